"""The sweep of γ: limits for large and small γ, one-dimensional integrals, the bound γ."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.integrate import dblquad

NORMS = [("l2", 2), ("linf", 1)]


@pytest.fixture(scope="module")
def arrays(computed: Any) -> Any:
    return computed("gamma-sweep", 9)


def loss(a: Any, b: Any, q: float) -> Any:
    size = np.hypot(a, b) if q == 2 else np.abs(a) + np.abs(b)
    return np.logaddexp(0, a - b + 0.6 * size)


@pytest.mark.parametrize(("name", "q"), NORMS)
def test_every_gamma_against_a_plain_sum(arrays: Any, name: str, q: float) -> None:
    t, i, j = arrays["theta"], 2, 5
    s = np.linspace(-9, 9, 1201)
    for k, gamma in enumerate(arrays["gamma"]):
        u, v = np.meshgrid(t[i] + s / gamma**0.5, t[j] + s / gamma**0.5, indexing="ij")
        weight = np.exp(-(s[:, None] ** 2 + s**2) / 2) / (2 * np.pi) * (s[1] - s[0]) ** 2
        expected = -np.log((np.exp(-loss(u, v, q)) * weight).sum())
        assert arrays[f"entropy_{name}"][k, i, j] == pytest.approx(expected, abs=5e-5)


def test_one_value_against_scipy(arrays: Any) -> None:
    k, (i, j) = 2, (6, 1)
    a, b = arrays["theta"][[i, j]]
    mass = sum(
        dblquad(
            lambda v, u: np.exp(-loss(u, v, 1) - ((u - a) ** 2 + (v - b) ** 2) / 2),
            *u, *v, epsabs=1e-9, epsrel=1e-8,
        )[0]
        for u in ((-8, 0), (0, 8))
        for v in ((-8, 0), (0, 8))
    )  # fmt: skip
    expected = -np.log(mass / (2 * np.pi))
    assert arrays["entropy_linf"][k, i, j] == pytest.approx(expected, abs=1e-7)


@pytest.mark.parametrize(("name", "q"), NORMS)
def test_large_gamma_returns_the_loss(arrays: Any, name: str, q: float) -> None:
    t = arrays["theta"]
    exact = loss(t[:, None], t[None, :], q)
    far = [np.abs(values - exact).max() for values in arrays[f"entropy_{name}"]]
    assert far == sorted(far, reverse=True)
    # At the kink the mean of ε|t| over N(0, 1/γ) is ε√(2/(πγ)) an axis, halved by the sigmoid.
    assert far[-1] < 2 * 0.6 * np.sqrt(2 / (np.pi * 100))
    np.testing.assert_allclose(arrays[f"cut_{name}"], loss(-0.5, t, q), atol=1e-12)
    np.testing.assert_allclose(arrays[f"entropy_cut_{name}"], arrays[f"entropy_{name}"][:, 3])


@pytest.mark.parametrize(("name", "q"), NORMS)
def test_curvature_stays_below_gamma(arrays: Any, name: str, q: float) -> None:
    found = arrays[f"curvature_{name}"]
    assert (found > 0).all()
    assert (found < arrays["gamma"]).all()
    # The maxima over the plane to three digits; a coarse grid with the folds may miss a tenth.
    expected = {"l2": (0.0210, 0.393, 1.08), "linf": (0.0209, 0.423, 1.31)}[name]
    assert (found[[0, 2, 3]] <= np.array(expected) * 1.005).all()
    np.testing.assert_allclose(found[[0, 2, 3]], expected, rtol=0.1)


def test_drawing(arrays: Any, drawn: Any) -> None:
    axes = drawn("gamma-sweep", arrays)
    assert len(axes) == 13
    assert all(r"\gamma=" in place.get_title() for place in axes[:10])
    assert len({place.get_zlim() for place in axes[:10]}) == 1, "one scale for all surfaces"
    assert len(axes[-2].get_lines()) == 6
