"""The law of noise weighted by exp(-y w.eta), against 40 digits, sampling and quadrature."""

from __future__ import annotations

import doctest

import jax
import jax.numpy as jnp
import mpmath
import numpy as np
import pytest
from flint import arb

import theory.exact.noise
import theory.noise_law
from theory.exact import ball
from theory.noise_law import (
    gaussian_noise,
    langevin,
    langevin_slope,
    log_sinhc,
    noise_hessian,
    uniform_noise,
)

POINTS = [1e-300, 1e-12, 1e-3, 0.3, 1.0, 1.999999, 2.0, 2.000001, 5.0, 20.0, 50.0, 700.0, 1e8]


def test_doctests():
    for module in (theory.noise_law, theory.exact.noise):
        assert doctest.testmod(module).failed == 0


@pytest.mark.parametrize("sign", [1, -1])
def test_scalar_functions_to_full_relative_accuracy(sign):
    with mpmath.workdps(400):
        for point in POINTS:
            t = mpmath.mpf(point) * sign
            # 400 digits survive the cancellation at 1e-12; below it the series is the value.
            tiny = point < 1e-100
            lg = t / 3 if tiny else mpmath.coth(t) - 1 / t
            slope = mpmath.mpf(1) / 3 if tiny else 1 / t**2 - 1 / mpmath.sinh(t) ** 2
            log = t * t / 6 if tiny else mpmath.log(mpmath.sinh(t) / t)
            assert float(langevin(float(t))) == pytest.approx(float(lg), rel=3e-15)
            assert float(langevin_slope(float(t))) == pytest.approx(float(slope), rel=3e-15)
            assert float(log_sinhc(float(t))) == pytest.approx(float(log), rel=3e-15)


def test_at_zero_and_derivatives():
    assert [float(f(0.0)) for f in (langevin, log_sinhc)] == [0.0, 0.0]
    assert float(langevin_slope(0.0)) == pytest.approx(1 / 3, rel=1e-15)
    for t in (0.1, 1.9, 2.1, 30.0, 800.0):
        assert float(jax.grad(langevin)(t)) == pytest.approx(float(langevin_slope(t)), rel=1e-9)
        assert float(jax.grad(log_sinhc)(t)) == pytest.approx(float(langevin(t)), rel=1e-12)


def test_hessian_against_quadrature_of_the_definition():
    nodes, weights = np.polynomial.legendre.leggauss(40)
    w, x, y, eps = np.array([1.5, -4.0]), np.array([0.3, -0.8]), 1.0, 0.7
    eta = eps * np.stack(np.meshgrid(nodes, nodes, indexing="ij"), -1).reshape(-1, 2)
    mass = np.outer(weights, weights).ravel() / 4
    rows = x + eta
    kappa = np.exp(-y * rows @ w)
    expected = (mass * kappa * rows.T) @ rows
    found = noise_hessian(w, x, y, uniform_noise(w, y, eps))
    np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_gaussian_hessian_against_quadrature_of_the_definition():
    nodes, weights = np.polynomial.hermite_e.hermegauss(60)
    w, x, y, sigma = np.array([0.5, -1.0]), np.array([0.3, -0.8]), -1.0, 0.6
    rows = x + sigma * np.stack(np.meshgrid(nodes, nodes, indexing="ij"), -1).reshape(-1, 2)
    mass = np.outer(weights, weights).ravel() / (2 * np.pi)
    kappa = np.exp(-y * rows @ w)
    found = noise_hessian(w, x, y, gaussian_noise(w, y, sigma))
    np.testing.assert_allclose(found, (mass * kappa * rows.T) @ rows, rtol=1e-11)


def test_strong_noise_is_the_linf_attack():
    w = jnp.array([1e6, -1e6])
    np.testing.assert_allclose(uniform_noise(w, 1, 0.3).mean, [-0.3, 0.3], rtol=1e-5)


@pytest.mark.parametrize("arguments", [(np.ones((2, 2)), 1, 0.1), (np.ones(2), np.ones(2), 0.1)])
def test_shapes_are_refused(arguments):
    with pytest.raises(ValueError, match="shape"):
        uniform_noise(*arguments)


def test_sample_of_another_shape_is_refused():
    with pytest.raises(ValueError, match="one sample"):
        noise_hessian(np.ones(2), np.ones(3), 1, uniform_noise(np.ones(2), 1, 0.1))


def test_exact_functions_contain_the_quadrature():
    for t in (-3, "1/7", 1, 12):
        zeroth, first, second = (theory.exact.noise.tilted_moment(ball(t), k) for k in range(3))
        lg = theory.exact.noise.langevin(ball(t))
        assert abs(zeroth - theory.exact.noise.sinhc(ball(t))) < arb("1e-9")
        assert abs(first / zeroth + lg) < arb("1e-9")
        variance = second / zeroth - lg * lg
        assert abs(variance - theory.exact.noise.langevin_slope(ball(t))) < arb("1e-9")
    assert theory.exact.noise.langevin_slope(0) * 3 == 1


def test_gaussian_tail_bound():
    # (1 + u)^2 against the normal density beyond 13 standard deviations, both sides.
    tail = 2 * mpmath.quad(lambda u: (1 + u) ** 2 * mpmath.npdf(u), [13, 14, 16, 30])
    assert tail < mpmath.mpf("1e-33")
