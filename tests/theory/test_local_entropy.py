"""Local entropy against SciPy's adaptive quadrature, finite differences and autodiff."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import integrate

from theory.local_entropy import local_entropy

X = np.array([-1.0, 1.0])
EPS = 0.6
ORIGIN = ([0.0], [0.0])
GAMMAS = [0.03, 0.1, 1.0, 10.0, 100.0, 1000.0]


def loss_l2(theta: jax.Array) -> jax.Array:
    return jax.nn.softplus(-theta @ X + EPS * jnp.sqrt(theta @ theta))


def loss_linf(theta: jax.Array) -> jax.Array:
    return jax.nn.softplus(-theta @ X + EPS * jnp.sum(jnp.abs(theta)))


def plain_l2(a: float, b: float) -> float:
    return float(np.logaddexp(0.0, a - b + EPS * math.hypot(a, b)))


def plain_linf(a: float, b: float) -> float:
    return float(np.logaddexp(0.0, a - b + EPS * (abs(a) + abs(b))))


def plain_wave(t: float) -> float:
    return abs(math.sin(3 * t)) + (t > 0.3)


def loss_wave(theta: jax.Array) -> jax.Array:
    return jnp.abs(jnp.sin(3 * theta[0])) + jnp.where(theta[0] > 0.3, 1.0, 0.0)


WAVE_KINKS = np.concatenate([[0.3], np.arange(-60, 61) * np.pi / 3])


def quad_oracle_1d(
    plain: Callable[[float], float], theta: float, gamma: float, beta: float, breaks: np.ndarray
) -> tuple[float, float, float]:
    """Return F, mean and variance by QUADPACK, piece by piece between the breaks."""
    std = 1 / math.sqrt(beta * gamma)
    low, high = theta - 12 * std, theta + 12 * std
    ends = [low, *sorted(b for b in breaks if low < b < high), high]

    def moment(power: int) -> float:
        def integrand(t: float) -> float:
            return (t - theta) ** power * math.exp(
                -beta * plain(t) - beta * gamma / 2 * (t - theta) ** 2
            )

        return sum(integrate.quad(integrand, a, b, epsabs=1e-15)[0] for a, b in pairwise(ends))

    zeroth, first, second = moment(0), moment(1), moment(2)
    return math.log(zeroth), theta + first / zeroth, second / zeroth - (first / zeroth) ** 2


def polar_oracle(theta: tuple[float, float], gamma: float, beta: float) -> float:
    """Return F of the L2 loss in polar coordinates, where the kink at 0 is the end r = 0."""

    def integrand(r: float, angle: float) -> float:
        a, b = r * math.cos(angle), r * math.sin(angle)
        square = (a - theta[0]) ** 2 + (b - theta[1]) ** 2
        return r * math.exp(-beta * plain_l2(a, b) - beta * gamma / 2 * square)

    reach = math.hypot(*theta) + 9 / math.sqrt(beta * gamma)
    return math.log(integrate.dblquad(integrand, -math.pi, math.pi, 0, reach, epsabs=1e-12)[0])


def quadrant_oracle(
    plain: Callable[[float, float], float], theta: tuple[float, float], gamma: float, beta: float
) -> float:
    """Return F by dblquad on each quadrant, so that the axes are ends of every piece."""

    def integrand(b: float, a: float) -> float:
        square = (a - theta[0]) ** 2 + (b - theta[1]) ** 2
        return math.exp(-beta * plain(a, b) - beta * gamma / 2 * square)

    std = 1 / math.sqrt(beta * gamma)
    spans = []
    for centre in theta:
        low, high = centre - 9 * std, centre + 9 * std
        spans.append([(low, 0.0), (0.0, high)] if low < 0 < high else [(low, high)])
    return math.log(
        sum(
            integrate.dblquad(integrand, *span_1, *span_2, epsabs=1e-13)[0]
            for span_1 in spans[0]
            for span_2 in spans[1]
        )
    )


@pytest.mark.parametrize("gamma", GAMMAS)
@pytest.mark.parametrize("theta", [0.0, -0.8])
def test_one_dimension_matches_quadpack(gamma: float, theta: float) -> None:
    result = local_entropy(loss_wave, np.array([theta]), gamma, beta=2.5, kinks=WAVE_KINKS)
    F, mean, variance = quad_oracle_1d(plain_wave, theta, gamma, 2.5, WAVE_KINKS)
    assert float(result.F) == pytest.approx(F, abs=1e-9)
    assert float(result.mean[0]) == pytest.approx(mean, abs=1e-9)
    assert float(result.covariance[0, 0]) == pytest.approx(variance, rel=1e-7)
    assert float(result.error) <= 1e-9


@pytest.mark.parametrize("gamma", [0.1, 1.0, 100.0])
def test_linf_loss_matches_dblquad(gamma: float) -> None:
    theta = (0.3, -0.4)
    result = local_entropy(loss_linf, np.array(theta), gamma, beta=2.5, kinks=ORIGIN)
    oracle = quadrant_oracle(plain_linf, theta, gamma, 2.5)
    assert float(result.F) == pytest.approx(oracle, abs=1e-9)


@pytest.mark.parametrize(("gamma", "theta"), [(1.0, (0.0, 0.0)), (0.03, (0.5, 0.2))])
def test_l2_loss_matches_polar_dblquad(gamma: float, theta: tuple[float, float]) -> None:
    result = local_entropy(loss_l2, np.array(theta), gamma, kinks=ORIGIN)
    assert float(result.F) == pytest.approx(polar_oracle(theta, gamma, 1.0), abs=1e-9)


@pytest.mark.parametrize("gamma", GAMMAS)
@pytest.mark.parametrize("loss", [loss_l2, loss_linf])
def test_error_is_small_and_honest(loss: Callable[[jax.Array], jax.Array], gamma: float) -> None:
    theta = np.array([0.4, -1.1])
    result = local_entropy(loss, theta, gamma, kinks=ORIGIN)
    finer = local_entropy(loss, theta, gamma, kinks=ORIGIN, panels=40)
    assert float(result.error) <= 1e-9
    assert abs(float(result.F - finer.F)) <= float(result.error)


def test_error_reports_a_kink_that_was_not_named() -> None:
    honest = 0
    for kink in np.linspace(0.1, 0.7, 40):

        def loss(t: jax.Array, at: float = kink) -> jax.Array:
            return 3 * jnp.abs(t[0] - at)

        blind = local_entropy(loss, np.array([0.0]), 1.0, panels=16)
        truth = local_entropy(loss, np.array([0.0]), 1.0, kinks=[kink])
        assert truth.error < 1e-10 < blind.error
        honest += abs(float(blind.F - truth.F)) <= float(blind.error)
    # An estimate that compares rules can be fooled; it must not be as a rule.
    assert honest >= 38


@pytest.mark.parametrize("loss", [loss_l2, loss_linf])
@pytest.mark.parametrize(("gamma", "beta"), [(0.03, 1.0), (1.0, 2.5), (100.0, 2.5)])
def test_derivatives_match_autodiff_and_differences(
    loss: Callable[[jax.Array], jax.Array], gamma: float, beta: float
) -> None:
    theta = np.array([0.3, -0.2])

    def negative(t: jax.Array) -> jax.Array:
        return -local_entropy(loss, t, gamma, beta, ORIGIN, panels=24).F

    result = local_entropy(loss, theta, gamma, beta, ORIGIN)
    scale = beta * gamma
    np.testing.assert_allclose(result.gradient, jax.grad(negative)(theta), atol=1e-9 * (1 + scale))
    np.testing.assert_allclose(
        result.hessian, jax.hessian(negative)(theta), atol=1e-8 * (1 + scale)
    )

    step = 1e-3 / math.sqrt(scale)
    for i in range(2):
        shift = step * np.eye(2)[i]
        ahead = local_entropy(loss, theta + shift, gamma, beta, ORIGIN)
        behind = local_entropy(loss, theta - shift, gamma, beta, ORIGIN)
        slope = (behind.F - ahead.F) / (2 * step)
        column = (ahead.gradient - behind.gradient) / (2 * step)
        np.testing.assert_allclose(result.gradient[i], slope, atol=1e-5 * math.sqrt(scale))
        np.testing.assert_allclose(result.hessian[i], column, atol=2e-5 * scale)


def test_gradient_is_beta_times_the_mean_slope() -> None:
    # Integration by parts: -grad F = beta E[grad L]; a route that never uses theta - E.
    beta, gamma, theta = 2.5, 0.7, 0.4
    result = local_entropy(lambda t: jnp.log(jnp.cosh(t[0])), np.array([theta]), gamma, beta)

    def weighted(t: float, factor: float) -> float:
        return factor * math.exp(
            -beta * math.log(math.cosh(t)) - beta * gamma / 2 * (t - theta) ** 2
        )

    total = integrate.quad(lambda t: weighted(t, 1.0), -10, 10, epsabs=1e-14)[0]
    slope = integrate.quad(lambda t: weighted(t, math.tanh(t)), -10, 10, epsabs=1e-14)[0]
    assert float(result.gradient[0]) == pytest.approx(beta * slope / total, abs=1e-10)


def test_mass_far_from_theta_is_found() -> None:
    # The minimiser of 50 |t| + 0.015 (t - 40)^2 is the kink at 0, seven Gaussian widths away.
    result = local_entropy(lambda t: 50 * jnp.abs(t[0]), np.array([40.0]), 0.03, kinks=[0.0])
    F, mean, _ = quad_oracle_1d(lambda t: 50 * abs(t), 40.0, 0.03, 1.0, np.array([-1.0, 0.0, 1.0]))
    assert float(result.F) == pytest.approx(F, abs=1e-9)
    assert float(result.mean[0]) == pytest.approx(mean, abs=1e-9)


def test_loss_that_vanishes_on_a_half_space() -> None:
    result = local_entropy(lambda t: jax.nn.relu(-t[0]) * 1e3, np.zeros(1), 0.03, kinks=[0.0])
    F, mean, _ = quad_oracle_1d(lambda t: max(-t, 0) * 1e3, 0.0, 0.03, 1.0, np.array([-0.1, 0.0]))
    assert float(result.F) == pytest.approx(F, abs=1e-9)
    assert float(result.mean[0]) == pytest.approx(mean, abs=1e-9)


def test_loss_that_falls_slower_than_the_coupling_grows() -> None:
    # L = -0.4 gamma t^2 leaves a Gaussian of precision 0.2 gamma and mean 5 theta.
    result = local_entropy(lambda t: -0.4 * 2.0 * t[0] ** 2, np.array([3.0]), 2.0)
    assert float(result.mean[0]) == pytest.approx(15.0, abs=1e-9)
    assert float(result.covariance[0, 0]) == pytest.approx(1 / 0.4, abs=1e-9)


def test_infinite_loss_restricts_the_domain() -> None:
    result = local_entropy(
        lambda t: jnp.where(t[0] > 0, 0.0, jnp.inf), np.zeros(1), 2.0, kinks=[0.0]
    )
    assert float(result.F) == pytest.approx(0.5 * math.log(math.pi) - math.log(2), abs=1e-9)


def test_jit_and_vmap_agree_with_known_values() -> None:
    thetas = np.array([[0.2, -0.3], [1.0, 0.7]])

    def at(theta: jax.Array, gamma: float) -> jax.Array:
        return local_entropy(loss_l2, theta, gamma, kinks=ORIGIN, panels=12).F

    known = [float(at(theta, 1.5)) for theta in thetas]
    np.testing.assert_allclose(jax.jit(jax.vmap(at, (0, None)))(thetas, 1.5), known, atol=1e-10)


def test_loss_parameters_are_differentiable() -> None:
    # For L = a t^2 / 2 the derivative of F in a is -beta E[t^2] / 2.
    def F(a: jax.Array) -> jax.Array:
        return local_entropy(lambda t: a * t[0] ** 2 / 2, np.array([0.5]), 1.0, 2.0).F

    variance, mean = 1 / (2.0 * (1.0 + 3.0)), 0.5 / 4.0
    assert float(jax.grad(F)(3.0)) == pytest.approx(-(variance + mean**2), abs=1e-10)


def test_jax_and_numpy_inputs_agree() -> None:
    first = local_entropy(loss_linf, np.array([0.1, 0.2]), 1.0, kinks=ORIGIN)
    second = local_entropy(
        loss_linf, jnp.array([0.1, 0.2]), jnp.array(1.0), kinks=jnp.zeros((2, 1))
    )
    assert float(first.F) == float(second.F)
    shapes = [value.shape for value in first]
    assert shapes == [(), (2,), (2, 2), (2,), (2, 2), ()]


def test_refusals_name_the_argument() -> None:
    def zero(t: jax.Array) -> jax.Array:
        return 0.0 * t[0]

    with pytest.raises(ValueError, match=r"theta must have shape.*\(3,\)"):
        local_entropy(zero, np.zeros(3), 1.0)
    with pytest.raises(ValueError, match=r"gamma must be positive.*-1"):
        local_entropy(zero, np.zeros(1), -1.0)
    with pytest.raises(ValueError, match="beta must be positive"):
        local_entropy(zero, np.zeros(1), 1.0, 0.0)
    with pytest.raises(ValueError, match="scalar"):
        local_entropy(lambda t: t, np.zeros(1), 1.0)
    with pytest.raises(ValueError, match="kinks must be a pair"):
        local_entropy(zero, np.zeros(2), 1.0, kinks=[0.0])


@pytest.mark.parametrize("curvature", [1.0, 1.0 + 1e-12, 3.0])
def test_infinite_integral_is_refused(curvature: float) -> None:
    with pytest.raises(ValueError, match="larger gamma"):
        local_entropy(lambda t: -curvature * t[0] ** 2 / 2, np.zeros(1), 1.0)


def test_loss_without_finite_values_is_refused() -> None:
    with pytest.raises(ValueError, match="NaN"):
        local_entropy(lambda t: jnp.nan * t[0], np.zeros(1), 1.0)
    with pytest.raises(ValueError, match="finite on a set"):
        local_entropy(lambda t: jnp.inf + t[0], np.zeros(1), 1.0)
