"""The surface form against the pointwise form, and its refusals."""

from __future__ import annotations

import math
from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from theory.local_entropy import local_entropy
from theory.local_entropy.blur import blur_log
from theory.local_entropy.closed_forms import quadratic_local_entropy
from theory.local_entropy.surface import local_entropy_surface

ORIGIN = ([0.0], [0.0])


def loss_l2(theta: jax.Array) -> jax.Array:
    return jax.nn.softplus(theta[0] - theta[1] + 0.6 * jnp.sqrt(theta @ theta))


def loss_linf(theta: jax.Array) -> jax.Array:
    return jax.nn.softplus(theta[0] - theta[1] + 0.6 * jnp.sum(jnp.abs(theta)))


def plain_l2(a: float, b: float) -> float:
    return float(np.logaddexp(0.0, a - b + 0.6 * math.hypot(a, b)))


@pytest.mark.parametrize("gamma", [0.03, 1.0, 100.0])
@pytest.mark.parametrize("loss", [loss_l2, loss_linf])
def test_surface_matches_pointwise(loss: Callable[[jax.Array], jax.Array], gamma: float) -> None:
    axis_1, axis_2 = np.linspace(-2, 2, 9), np.linspace(-1, 2.5, 8)
    surface = local_entropy_surface(loss, axis_1, axis_2, gamma, 2.5, ORIGIN)
    assert surface.F.shape == (9, 8)
    assert surface.gradient.shape == (9, 8, 2)
    assert surface.hessian.shape == (9, 8, 2, 2)
    assert np.max(surface.error) <= 1e-9
    for i, j in ((0, 0), (4, 2), (8, 7), (2, 6)):
        point = local_entropy(loss, np.array([axis_1[i], axis_2[j]]), gamma, 2.5, ORIGIN)
        assert abs(surface.F[i, j] - float(point.F)) <= surface.error[i, j] + float(point.error)
        scale = 1 + 2.5 * gamma
        np.testing.assert_allclose(surface.mean[i, j], point.mean, atol=1e-9)
        np.testing.assert_allclose(surface.covariance[i, j], point.covariance, atol=1e-9 * scale)
        np.testing.assert_allclose(surface.gradient[i, j], point.gradient, atol=1e-9 * scale)
        np.testing.assert_allclose(surface.hessian[i, j], point.hessian, atol=1e-8 * scale)


def test_surface_matches_a_plain_trapezoid_sum() -> None:
    # Shares nothing with the panels; its error at the kink in 0 is about 2e-6 at this step.
    axis = np.array([-0.5, 1.0])
    surface = local_entropy_surface(loss_l2, axis, axis, 1.0, 1.0, ORIGIN)
    grid = np.arange(-9, 9, 0.05)
    plain = np.array([[plain_l2(a, b) for b in grid] for a in grid])
    for i, a in enumerate(axis):
        for j, b in enumerate(axis):
            gauss = np.exp(-((grid[:, None] - a) ** 2 + (grid[None, :] - b) ** 2) / 2)
            total = np.sum(np.exp(-plain) * gauss) * 0.05**2
            assert surface.F[i, j] == pytest.approx(math.log(total), abs=1e-5)


def test_steep_loss_does_not_underflow() -> None:
    # exp(-L) spans 10^-8000 over the grid, far below the smallest double.
    axis = np.linspace(-3.0, 3.0, 7)

    def loss(t: jax.Array) -> jax.Array:
        return 1000.0 * t @ t

    surface = local_entropy_surface(loss, axis, axis, gamma=1000.0)
    for i in range(7):
        exact = quadratic_local_entropy(2000.0 * np.eye(2), [axis[i], axis[-1]], 1000.0)
        assert surface.F[i, -1] == pytest.approx(float(exact.F), rel=1e-12)
        np.testing.assert_allclose(surface.gradient[i, -1], exact.gradient, rtol=1e-10, atol=1e-9)
        np.testing.assert_allclose(surface.hessian[i, -1], exact.hessian, rtol=1e-6, atol=1e-6)


def test_blur_survives_any_energy_scale() -> None:
    rng = np.random.default_rng(0)
    nodes, centres = np.linspace(-3, 3, 21), np.linspace(-3, 3, 13)
    energies = rng.uniform(0, 5000, size=(21, 21))
    rules = [(nodes, np.full(21, 0.3))] * 2
    value = blur_log(energies, rules, [centres, centres], 700.0)
    for i in (0, 5, 12):
        for j in (1, 7):
            square = (nodes[:, None] - centres[i]) ** 2 + (nodes[None, :] - centres[j]) ** 2
            exponent = -energies - 350.0 * square + 2 * math.log(0.3)
            oracle = np.logaddexp.reduce(exponent.reshape(-1))
            assert value[i, j] == pytest.approx(oracle, rel=1e-13)


def test_numpy_and_jax_axes_agree_and_repeat() -> None:
    axis = np.linspace(-1, 1, 3)
    first = local_entropy_surface(loss_linf, axis, axis, 1.0, kinks=ORIGIN)
    second = local_entropy_surface(
        loss_linf, jnp.asarray(axis), jnp.asarray(axis), 1.0, 1.0, ORIGIN
    )
    np.testing.assert_array_equal(first.F, second.F)


def test_refusals() -> None:
    axis = np.linspace(-1, 1, 3)
    with pytest.raises(ValueError, match="axis_2 must be a strictly increasing"):
        local_entropy_surface(loss_l2, axis, axis[::-1], 1.0)
    with pytest.raises(ValueError, match="gamma must be positive"):
        local_entropy_surface(loss_l2, axis, axis, 0.0)
    with pytest.raises(ValueError, match="larger gamma"):
        local_entropy_surface(lambda t: -(t @ t), axis, axis, 1.0)
    with pytest.raises(ValueError, match="NaN"):
        local_entropy_surface(lambda t: jnp.nan * t[0], axis, axis, 1.0)
