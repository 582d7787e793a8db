"""The curvature bounds hold on many losses, and where they are tight the losses show it."""

from __future__ import annotations

import math
from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from theory.local_entropy.bounds import (
    curvature_bounds_convex,
    curvature_bounds_lipschitz,
    curvature_bounds_nonnegative,
    curvature_bounds_weakly_convex,
    printed_bound,
)
from theory.local_entropy.surface import local_entropy_surface

GRID = np.linspace(-6.0, 6.0, 241)


def curvatures(
    loss: Callable[[np.ndarray], np.ndarray], theta: np.ndarray, gamma: float, beta: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return -F'' and F at every theta, from plain trapezoid sums in one dimension."""
    std = 1 / math.sqrt(beta * gamma)
    t = np.linspace(theta.min() - 30 * std - 10, theta.max() + 30 * std + 10, 40_001)
    exponent = -beta * loss(t) - beta * gamma / 2 * (t - theta[:, None]) ** 2
    shift = exponent.max(axis=1, keepdims=True)
    mass = np.exp(exponent - shift)
    total = mass.sum(axis=1)
    mean = mass @ t / total
    variance = (mass * (t - mean[:, None]) ** 2).sum(axis=1) / total
    F = shift[:, 0] + np.log(total * (t[1] - t[0]))
    return beta * gamma - (beta * gamma) ** 2 * variance, F


@pytest.mark.parametrize("beta", [1.0, 2.5])
@pytest.mark.parametrize("gamma", [0.3, 1.0, 8.0])
def test_convex_losses_obey(gamma: float, beta: float) -> None:
    lower, upper = curvature_bounds_convex(gamma, beta)
    smooth_upper = curvature_bounds_convex(gamma, beta, smoothness=1.0)[1]
    for loss in (lambda t: 5 * np.abs(t), lambda t: np.maximum(0, 1 - t), lambda t: t**4):
        values, _ = curvatures(loss, GRID, gamma, beta)
        assert lower - 1e-6 * beta * gamma <= values.min()
        assert values.max() <= upper
    values, _ = curvatures(lambda t: np.logaddexp(2 * t, 0), GRID, gamma, beta)
    assert lower - 1e-9 <= values.min()
    assert values.max() <= smooth_upper < upper


@pytest.mark.parametrize("beta", [1.0, 2.5])
@pytest.mark.parametrize(("rho", "gamma"), [(1.0, 1.2), (1.0, 3.0), (4.0, 5.0)])
def test_weakly_convex_losses_obey(rho: float, gamma: float, beta: float) -> None:
    # rho (1 + cos t) is rho-weakly convex with second derivative at most rho.
    lower, upper = curvature_bounds_weakly_convex(rho, gamma, beta, smoothness=rho)
    values, _ = curvatures(lambda t: rho * (1 + np.cos(t)), GRID, gamma, beta)
    assert lower <= values.min()
    assert values.max() <= upper


def test_quadratics_attain_the_weakly_convex_bounds() -> None:
    gamma, beta = 2.0, 2.5
    valley, _ = curvatures(lambda t: 1.5 * t**2, GRID, gamma, beta)
    hill, _ = curvatures(lambda t: -0.5 * t**2, GRID, gamma, beta)
    lower, _ = curvature_bounds_weakly_convex(1.0, gamma, beta)
    _, upper = curvature_bounds_convex(gamma, beta, smoothness=3.0)
    np.testing.assert_allclose(hill, lower, rtol=1e-9)
    np.testing.assert_allclose(valley, upper, rtol=1e-9)


@pytest.mark.parametrize("beta", [1.0, 10.0])
@pytest.mark.parametrize("G", [0.5, 3.0])
def test_lipschitz_losses_obey(G: float, beta: float) -> None:
    gamma = 1.0
    lower, upper = curvature_bounds_lipschitz(G, gamma, beta)
    for width in (0.3, 1.0, 2.0, 3.0):
        values, _ = curvatures(lambda t, w=width: G * np.maximum(0, w - abs(t)), GRID, gamma, beta)
        assert lower <= values.min()
        assert values.max() <= upper


def test_lipschitz_bound_is_approached() -> None:
    # A wide tent parts the mass into two lumps. At the top of -G |t| itself, with z = G and
    # h = phi(z) / Phi(z), the variance is 1 + z (z + h) for gamma = 1.
    ratios = []
    for G in (1.0, 3.0, 10.0):
        width = 2 * G + 6

        def tent(t: np.ndarray, G: float = G, width: float = width) -> np.ndarray:
            return G * np.maximum(0, width - abs(t))

        value = curvatures(tent, np.zeros(1), 1.0, 1.0)[0][0]
        h = math.exp(-(G**2) / 2) / math.sqrt(2 * math.pi) / (0.5 * math.erfc(-G / math.sqrt(2)))
        assert value == pytest.approx(-G * (G + h), rel=1e-5)
        ratios.append(value / curvature_bounds_lipschitz(G, 1.0)[0])
    assert ratios == pytest.approx([0.7958, 0.9097, 0.9902], abs=1e-4)


def test_lipschitz_bound_holds_in_two_dimensions() -> None:
    rng = np.random.default_rng(0)
    directions = jnp.asarray(rng.normal(size=(6, 2)))
    directions = directions / jnp.linalg.norm(directions, axis=1, keepdims=True)

    def loss(t: jax.Array) -> jax.Array:
        return 2.0 * jnp.mean(jnp.sin(directions @ t) + 1)

    axis = np.linspace(-3, 3, 13)
    surface = local_entropy_surface(loss, axis, axis, 0.5, 2.5)
    eigenvalues = np.linalg.eigvalsh(surface.hessian)
    lower, upper = curvature_bounds_lipschitz(2.0, 0.5, 2.5)
    assert lower <= eigenvalues.min()
    assert eigenvalues.max() <= upper
    assert np.abs(eigenvalues).max() < printed_bound(0.5, surface.covariance, 2.5)


@pytest.mark.parametrize(("gamma", "beta"), [(1.0, 1.0), (4.0, 2.5)])
def test_nonnegative_losses_obey(gamma: float, beta: float) -> None:
    for loss in (np.abs, lambda t: 3 * (np.sin(5 * t) > 0), lambda t: (t - 1) ** 2 * (t + 1) ** 2):
        values, F = curvatures(loss, GRID, gamma, beta)
        for value, entropy in zip(values, F, strict=True):
            lower, upper = curvature_bounds_nonnegative(float(entropy), gamma, 1, beta)
            assert lower - 1e-9 <= value <= upper
    flat, F = curvatures(lambda t: 0 * t, GRID[:3], gamma, beta)
    assert flat[0] == pytest.approx(
        curvature_bounds_nonnegative(float(F[0]), gamma, 1, beta)[0], abs=1e-8
    )


def test_printed_bound_takes_the_largest_norm() -> None:
    covariances = np.stack([np.eye(2), np.array([[0.0, 3.0], [3.0, 0.0]])])
    assert printed_bound(2.0, covariances) == pytest.approx(2 + 4 * math.sqrt(18))
    assert printed_bound(2.0, jnp.eye(2), 0.5) == pytest.approx(1 + math.sqrt(2))


def test_better_of_two_lower_bounds() -> None:
    assert curvature_bounds_lipschitz(0.1, 4.0, rho=3.9)[0] > -1
    assert curvature_bounds_lipschitz(3.0, 4.0, rho=5.0) == curvature_bounds_lipschitz(3.0, 4.0)


def test_refusals() -> None:
    with pytest.raises(ValueError, match=r"rho must satisfy.*got 2.0"):
        curvature_bounds_weakly_convex(2.0, 2.0)
    with pytest.raises(ValueError, match="smoothness"):
        curvature_bounds_convex(1.0, smoothness=-1.0)
    with pytest.raises(ValueError, match="gamma"):
        curvature_bounds_convex(0.0)
    with pytest.raises(ValueError, match="G must be"):
        curvature_bounds_lipschitz(-1.0, 1.0)
    with pytest.raises(ValueError, match="L >= 0"):
        curvature_bounds_nonnegative(5.0, 1.0, 1)
    with pytest.raises(ValueError, match="m must be"):
        curvature_bounds_nonnegative(0.0, 1.0, 0)
    with pytest.raises(ValueError, match="covariance must have shape"):
        printed_bound(1.0, np.ones(3))
