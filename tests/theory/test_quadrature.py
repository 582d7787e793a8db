"""Panel rules against exact integrals, and the breakpoints' promises."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import pytest
from scipy import integrate

from theory.local_entropy.quadrature import gauss_legendre, graded_breakpoints, panel_rule


@pytest.mark.parametrize("order", [1, 2, 7, 12])
def test_exact_up_to_degree_two_n_minus_one(order: int) -> None:
    nodes, weights = gauss_legendre(order)
    for degree in range(2 * order):
        exact = (1 - (-1) ** (degree + 1)) / (degree + 1)
        assert weights @ nodes**degree == pytest.approx(exact, abs=1e-14)
    assert abs(weights @ nodes ** (2 * order) - 2 / (2 * order + 1)) > 1e-9


@pytest.mark.parametrize("kinks", [[], [0.3], [-2.0, 0.0, 0.1, 5.0, 9.0]])
def test_breakpoints_keep_their_promises(kinks: list[float]) -> None:
    ends = graded_breakpoints(-1.0, 5.0, 7, kinks)
    assert ends[0] == -1.0
    assert ends[-1] == 5.0
    assert np.all(np.diff(ends) > 0)
    assert np.max(np.diff(ends)) <= 6.0 / 7 + 1e-12
    for kink in kinks:
        if -1 <= kink <= 5:
            assert kink in ends
            assert np.diff(ends)[np.searchsorted(ends[:-1], kink) - 1] <= 6.0 / 7 / 64 + 1e-12


def test_traced_form_has_static_length_and_the_same_integral() -> None:
    plain = panel_rule(graded_breakpoints(-1.0, 5.0, 7, [0.3]), 8)
    traced = graded_breakpoints(jnp.array(-1.0), jnp.array(5.0), 7, [0.3], xp=jnp)
    assert traced.shape == (7 + 1 + 15,)
    nodes, weights = panel_rule(traced, 8, jnp)
    expected = plain[1] @ np.abs(np.exp(plain[0]) - np.exp(0.3))
    assert float(weights @ jnp.abs(jnp.exp(nodes) - np.exp(0.3))) == pytest.approx(expected)


def test_grading_resolves_a_point_singularity() -> None:
    # The integral of |(x, y)| over the square [0, 1]^2; without grading six digits are lost.
    exact = integrate.quad(lambda a: 2 / (3 * np.cos(a) ** 3), 0, np.pi / 4, epsabs=1e-14)[0]
    errors = []
    for levels in (0, 8):
        nodes, weights = panel_rule(graded_breakpoints(0.0, 1.0, 1, [0.0], levels), 12)
        value = weights @ np.hypot(nodes[:, None], nodes[None, :]) @ weights
        errors.append(abs(value - exact))
    assert errors[1] < 1e-13 < 1e-7 < errors[0]


def test_refusals() -> None:
    with pytest.raises(ValueError, match="order must be at least 1; got 0"):
        gauss_legendre(0)
    with pytest.raises(ValueError, match="panels must be at least 1"):
        graded_breakpoints(0.0, 1.0, 0)
