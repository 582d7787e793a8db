"""The exact Hessian, its norm and the example's Jacobian against autodiff and differences."""

from __future__ import annotations

import doctest
import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import theory.curvature
from theory.curvature import (
    adversarial_hessian,
    adversarial_hessian_norm,
    example_jacobian,
    spectral_norm,
)


def loss(theta, x, y, eps):
    """softplus(-y theta.x + eps ||theta||), written anew; valid off the origin."""
    return jnp.logaddexp(0.0, eps * jnp.sqrt((theta**2).sum()) - y * (theta * x).sum())


def hessian_by_eye(theta, x, y, eps):
    """Central differences of a gradient that is itself coded in NumPy."""

    def gradient(theta):
        norm = math.sqrt(theta @ theta)
        weight = 1.0 / (1.0 + math.exp(y * theta @ x - eps * norm))
        return weight * (eps * theta / norm - y * x)

    h = 1e-5
    rows = [(gradient(theta + h * e) - gradient(theta - h * e)) / (2 * h) for e in np.eye(len(x))]
    return np.array(rows)


def test_doctests():
    assert doctest.testmod(theory.curvature).failed == 0


@pytest.mark.parametrize("d", [1, 2, 5])
@pytest.mark.parametrize("eps", [0.0, 0.6, 4.0])
def test_hessian_equals_dense_autodiff(d, eps):
    rng = np.random.default_rng(d)
    for y in (-1.0, 1.0):
        for scale in (0.05, 1.0, 4.0):
            theta, x = scale * rng.standard_normal(d), rng.standard_normal(d)
            closed = adversarial_hessian(theta, x, y, eps)
            dense = jax.hessian(loss)(theta, x, y, eps)
            size = float(jnp.abs(dense).max()) + eps / np.linalg.norm(theta)
            np.testing.assert_allclose(closed, dense, atol=1e-13 * size + 1e-15)
            numeric = hessian_by_eye(theta, x, y, eps)
            np.testing.assert_allclose(closed, numeric, atol=1e-5 * size + 1e-9)


def test_hessian_batches_traces_and_takes_jax_arrays():
    rng = np.random.default_rng(0)
    theta, x, y = rng.standard_normal(3), rng.standard_normal((4, 3)), np.array([1, -1, -1, 1])
    batch = adversarial_hessian(theta, x, y, 0.3)
    assert batch.shape == (4, 3, 3)
    for i in range(4):
        np.testing.assert_allclose(
            batch[i], adversarial_hessian(theta, x[i], y[i], 0.3), rtol=1e-13
        )
    traced = jax.jit(adversarial_hessian)(jnp.array(theta), jnp.array(x), jnp.array(y), 0.3)
    np.testing.assert_allclose(traced, batch, rtol=1e-12)


def test_saturated_weights_stay_finite():
    x = np.array([1.0, 0.0])
    for size in (1e3, 1e6):
        for sign in (-1, 1):
            hessian = adversarial_hessian(np.array([sign * size, 1.0]), x, 1, 0.5)
            assert np.all(np.isfinite(hessian))
            assert float(jnp.abs(hessian).max()) <= 0.5 / size + 1e-15


@pytest.mark.parametrize("d", [1, 2, 3, 6])
def test_norm_closed_form(d):
    rng = np.random.default_rng(10 + d)
    for y in (-1.0, 1.0):
        for scale in (0.03, 1.0, 3.0):
            theta, x, eps = scale * rng.standard_normal(d), rng.standard_normal(d), 0.8
            rho, radius = np.linalg.norm(theta), np.linalg.norm(x)
            dense = np.linalg.norm(jax.hessian(loss)(theta, x, y, eps), 2)
            c = y * theta @ x / rho
            # In one dimension eps/||theta|| cancels in the dense Hessian, so compare absolutely.
            tolerance = float(1e-14 * eps / rho)
            assert float(adversarial_hessian_norm(rho, c, radius, eps, d)) == pytest.approx(
                dense, rel=1e-11, abs=tolerance
            )


def test_norm_as_printed_by_trace_and_determinant():
    rng = np.random.default_rng(4)
    rho, c, radius, eps = rng.uniform(0.3, 3, 50), rng.uniform(-1.5, 1.5, 50), 1.5, 0.6
    s = 1 / (1 + np.exp(-rho * (eps - c)))
    kappa = s * (1 - s)
    trace = kappa * (radius**2 - 2 * eps * c + eps**2) + s * eps / rho
    determinant = kappa * (eps - c) ** 2 * s * eps / rho
    naive = 0.5 * (trace + np.sqrt(trace**2 - 4 * determinant))
    norm = adversarial_hessian_norm(rho, c, radius, eps, 2)
    assert norm.shape == (50,)
    np.testing.assert_allclose(norm, naive, rtol=1e-9)
    # Differentiable, so that its maximum can be searched by ascent.
    slope = jax.grad(adversarial_hessian_norm)(1.0, 0.2, 1.5, 0.6, 3)
    values = [float(adversarial_hessian_norm(1.0 + t, 0.2, 1.5, 0.6, 3)) for t in (1e-6, -1e-6)]
    assert float(slope) == pytest.approx((values[0] - values[1]) / 2e-6, rel=1e-7)


@pytest.mark.parametrize("y", [-1, 1])
def test_example_jacobian(y):
    theta, x, eps = np.array([0.3, -1.0, 2.0]), np.array([1.0, 0.5, 0.0]), 0.7
    closed = np.asarray(example_jacobian(theta, eps, y))
    h = 1e-6
    for i, e in enumerate(np.eye(3)):
        up, down = (x - y * eps * t / np.linalg.norm(t) for t in (theta + h * e, theta - h * e))
        np.testing.assert_allclose(closed[:, i], (up - down) / (2 * h), atol=1e-9)
    np.testing.assert_allclose(closed @ theta, 0.0, atol=1e-15)
    assert float(spectral_norm(closed)) == pytest.approx(eps / np.linalg.norm(theta), rel=1e-14)
    np.testing.assert_allclose(
        jax.jit(example_jacobian)(theta, eps, y), closed, rtol=1e-13, atol=1e-17
    )


def test_one_dimension_and_no_attack():
    np.testing.assert_array_equal(example_jacobian(np.array([-2.0]), 1.0), [[0.0]])
    np.testing.assert_array_equal(example_jacobian(np.zeros(2), 0.0), np.zeros((2, 2)))
    # Without an attack the loss is smooth at the origin, with Hessian x x'/4.
    x = np.array([2.0, -1.0])
    np.testing.assert_allclose(adversarial_hessian(np.zeros(2), x, 1, 0), np.outer(x, x) / 4)


def test_origin_is_refused():
    with pytest.raises(ValueError, match=r"theta = 0 for eps > 0, because"):
        adversarial_hessian(np.zeros(2), np.ones(2), 1, 0.1)
    with pytest.raises(ValueError, match=r"example_jacobian does not exist at theta = 0"):
        example_jacobian(np.zeros(2), 0.1)
    # Traced values cannot be looked at; the result says it instead.
    traced = jax.jit(adversarial_hessian)(np.zeros(2), np.ones(2), 1, 0.1)
    assert not np.all(np.isfinite(traced))
    # The reason: the gradient jumps by eps across the origin.
    gradient = jax.grad(loss)
    t = np.array([1e-9, 0.0])
    jump = gradient(t, np.ones(2), 1, 0.1) - gradient(-t, np.ones(2), 1, 0.1)
    np.testing.assert_allclose(jump, [0.1, 0.0], atol=1e-8)


def test_spectral_norm():
    rng = np.random.default_rng(6)
    for d in (1, 2, 5):
        matrix = rng.standard_normal((3, d, d))
        matrix = matrix + np.swapaxes(matrix, 1, 2)
        expected = [np.linalg.svd(m, compute_uv=False)[0] for m in matrix]
        np.testing.assert_allclose(spectral_norm(matrix), expected, rtol=1e-13)
        assert float(spectral_norm(jnp.array(matrix[0]))) == pytest.approx(expected[0], rel=1e-13)
    assert float(spectral_norm(np.diag([1, -3]))) == 3.0
    assert math.isnan(spectral_norm(np.full((2, 2), math.nan)))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: spectral_norm(np.array([[0.0, 1.0], [0.0, 0.0]])), r"norm\(A, 2\)"),
        (lambda: spectral_norm(np.ones((2, 3))), r"\(2, 3\)"),
        (lambda: adversarial_hessian(np.ones(2), np.ones(2), 0, 0.1), "labels -1 and 1"),
        (lambda: adversarial_hessian(np.ones(2), np.ones(3), 1, 0.1), "length of theta"),
        (lambda: example_jacobian(np.ones(2), -0.1), r"eps=-0\.1"),
        (lambda: example_jacobian(np.ones(2), 0.1, 3), "labels -1 and 1"),
        (lambda: adversarial_hessian_norm(0.0, 0.0, 1.0, 0.1, 2), "rho = .* > 0"),
        (lambda: adversarial_hessian_norm(1.0, 1.1, 1.0, 0.1, 2), r"c = y u\.x lies"),
        (lambda: adversarial_hessian_norm(1.0, 0.5, 1.0, 0.1, 1), "for d = 1"),
        (lambda: adversarial_hessian_norm(1.0, 0.5, 1.0, 0.1, 0), "d=0"),
    ],
)
def test_errors(call, message):
    with pytest.raises(ValueError, match=message):
        call()
