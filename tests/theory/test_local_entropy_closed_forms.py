"""Closed forms of local entropy against mpmath, quadrature and autodiff."""

from __future__ import annotations

from typing import Any

import jax
import mpmath
import numpy as np
import pytest

from theory.local_entropy import local_entropy
from theory.local_entropy.closed_forms import absolute_local_entropy, quadratic_local_entropy


def mp_absolute(slope: float, theta: float, gamma: float, beta: float) -> tuple[float, ...]:
    """Return F, mean and variance at 40 digits, by quadrature of the definition."""
    with mpmath.workdps(40):
        a, t0, g, b = (mpmath.mpf(v) for v in (slope, theta, gamma, beta))
        minimiser = mpmath.sign(t0) * max(abs(t0) - a / g, 0)

        def energy(t: Any) -> Any:
            return b * (a * abs(t) + g / 2 * (t - t0) ** 2)

        least = energy(minimiser)
        scale = 1 / max(mpmath.sqrt(b * g), b * abs(a))
        steps = [0, 1, 4, 12, 40, 120, 400]
        reach = 14 / mpmath.sqrt(b * g) + abs(a) / g * (a < 0)
        ends = {-reach + minimiser, reach + minimiser, mpmath.mpf(0), t0}
        ends |= {minimiser + sign * scale * k for k in steps for sign in (1, -1)}
        ends |= {sign * scale * k for k in steps for sign in (1, -1)}
        if a < 0:
            ends |= {sign * (t0 - sign * a / g) for sign in (1, -1)}
        moments: list[Any] = [
            mpmath.quad(lambda t, k=k: (t - t0) ** k * mpmath.exp(least - energy(t)), sorted(ends))
            for k in range(3)
        ]
        mean = moments[1] / moments[0]
        F = mpmath.log(moments[0]) - least
        return float(F), float(t0 + mean), float(moments[2] / moments[0] - mean**2)


@pytest.mark.parametrize("beta", [1.0, 2.5])
@pytest.mark.parametrize(
    ("slope", "theta", "gamma"),
    [
        (1.0, 0.0, 1.0),
        (1.0, -0.7, 0.03),
        (10.0, 0.4, 1.0),
        (100.0, 0.2, 0.03),
        (100.0, 0.0, 1000.0),
        (3.0, 25.0, 1.0),
        (-0.5, 0.3, 1.0),
        (12.0, 0.1, 1.0),
    ],
)
def test_absolute_value_matches_mpmath(
    slope: float, theta: float, gamma: float, beta: float
) -> None:
    result = absolute_local_entropy(slope, theta, gamma, beta)
    F, mean, variance = mp_absolute(slope, theta, gamma, beta)
    assert float(result.F) == pytest.approx(F, rel=1e-13, abs=1e-12)
    assert float(result.mean[0]) == pytest.approx(mean, rel=1e-9, abs=1e-11)
    assert float(result.covariance[0, 0]) == pytest.approx(variance, rel=1e-7)


@pytest.mark.parametrize(("slope", "gamma"), [(1.0, 0.03), (5.0, 1.0), (40.0, 1.0), (2.0, 1000.0)])
@pytest.mark.parametrize("theta", [0.0, 0.3, -2.0])
def test_absolute_value_derivatives_match_autodiff(
    slope: float, gamma: float, theta: float
) -> None:

    def negative(t: jax.Array) -> jax.Array:
        return -absolute_local_entropy(slope, t, gamma, 2.5).F

    result = absolute_local_entropy(slope, theta, gamma, 2.5)
    scale = 2.5 * gamma
    assert float(result.gradient[0]) == pytest.approx(float(jax.grad(negative)(theta)), abs=1e-9)
    second = float(jax.grad(jax.grad(negative))(theta))
    assert float(result.hessian[0, 0]) == pytest.approx(second, abs=1e-9 * (1 + scale))


@pytest.mark.parametrize("gamma", [0.03, 1.0, 1000.0])
def test_absolute_value_matches_panels(gamma: float) -> None:
    for theta in (0.0, 0.3, -20.0):
        exact = absolute_local_entropy(4.0, theta, gamma, 2.5)
        panels = local_entropy(lambda t: 4.0 * abs(t[0]), [theta], gamma, 2.5, kinks=[0.0])
        assert float(panels.F) == pytest.approx(float(exact.F), abs=1e-10)
        np.testing.assert_allclose(panels.hessian, exact.hessian, atol=1e-9 * (1 + gamma))
        np.testing.assert_allclose(panels.gradient, exact.gradient, atol=1e-9)


def test_curvature_of_a_steep_absolute_value_approaches_gamma() -> None:
    for slope, expected in ((10.0, 0.9809), (100.0, 0.9998)):
        ratio = float(absolute_local_entropy(slope, 0.0, 1.0).hessian[0, 0])
        assert ratio == pytest.approx(expected, abs=5e-5)


@pytest.mark.parametrize("gamma", [0.5, 10.0])
def test_quadratic_matches_panels(gamma: float) -> None:
    A = np.array([[2.0, -0.7], [-0.7, 0.4]])
    theta = np.array([0.3, -1.2])
    exact = quadratic_local_entropy(A, theta, gamma, 2.5)
    panels = local_entropy(lambda t: t @ A @ t / 2, theta, gamma, 2.5)
    for name in ("F", "gradient", "hessian", "mean", "covariance"):
        np.testing.assert_allclose(getattr(panels, name), getattr(exact, name), atol=1e-9)


def test_quadratic_derivatives_match_autodiff_in_five_dimensions() -> None:
    rng = np.random.default_rng(0)
    A = rng.normal(size=(5, 5))
    A, theta = A @ A.T - 0.1 * np.eye(5), rng.normal(size=5)
    result = quadratic_local_entropy(A, theta, 1.0, 2.5)

    def negative(t: jax.Array) -> jax.Array:
        return -quadratic_local_entropy(A, t, 1.0, 2.5).F

    np.testing.assert_allclose(result.gradient, jax.grad(negative)(theta), atol=1e-12)
    np.testing.assert_allclose(result.hessian, jax.hessian(negative)(theta), atol=1e-12)
    identity = 2.5 * np.eye(5) - 2.5**2 * result.covariance
    np.testing.assert_allclose(result.hessian, identity, atol=1e-12)


def test_refusals() -> None:
    with pytest.raises(ValueError, match=r"positive definite.*-2.*larger gamma"):
        quadratic_local_entropy(-2.0 * np.eye(2), np.zeros(2), 1.0)
    with pytest.raises(ValueError, match="symmetric"):
        quadratic_local_entropy([[1.0, 0.5], [0.0, 1.0]], np.zeros(2), 1.0)
    with pytest.raises(ValueError, match="shape"):
        quadratic_local_entropy(np.eye(2), np.zeros(3), 1.0)
    with pytest.raises(ValueError, match="gamma must be positive"):
        absolute_local_entropy(1.0, 0.0, 0.0)
    with pytest.raises(ValueError, match=r"theta have shape"):
        absolute_local_entropy(1.0, np.zeros(2), 1.0)
