"""The closed-form inner maximum of the swish unit against brute force and 50-digit arithmetic."""

from __future__ import annotations

import doctest
import math

import jax
import jax.numpy as jnp
import mpmath
import numpy as np
import pytest

import theory.swish
from theory.adversarial import SWISH_ARGMAX, swish_adversarial_loss, swish_interior, swish_loss

PAPER_X = np.array([-1.0, 1.0])


def reference_loss(u, y):
    return np.logaddexp(0.0, -y * u / (1.0 + np.exp(-u)))


def searched_loss(theta, x, y, eps, p):
    """Brute force: u runs over an interval whose half-length is found by search over the sphere."""
    angle = np.linspace(0.0, 2.0 * np.pi, 40001)
    points = np.stack([np.cos(angle), np.sin(angle)], 1)
    points /= np.linalg.norm(points, ord=p, axis=1, keepdims=True)
    reach = eps * (points @ theta).max()
    return reference_loss(theta @ x + np.linspace(-reach, reach, 200001), y).max()


def test_doctests():
    assert doctest.testmod(theory.swish).failed == 0


def test_argmax_to_the_last_digit():
    with mpmath.workdps(50):
        exact = -(1 + mpmath.lambertw(mpmath.exp(-1)))
        assert mpmath.almosteq(1 + mpmath.exp(exact) + exact, 0, abs_eps=mpmath.mpf(10) ** -45)
        assert float(exact) == SWISH_ARGMAX
    assert jax.grad(lambda u: u * jax.nn.sigmoid(u))(SWISH_ARGMAX) == pytest.approx(0.0, abs=1e-16)
    assert float(swish_loss(np.array([SWISH_ARGMAX]), np.ones(1), 1)) == pytest.approx(
        0.84204110871051470457, rel=1e-15
    )


# theta, loss without attack, L2, L-infinity at x = (-1, 1), y = 1, eps = 0.6.
@pytest.mark.parametrize(
    ("theta", "clean", "l2", "linf"),
    [
        ((1.5, -1.5), 0.766814224, 0.831976430, 0.842041109),
        ((-1.0, 0.5), 0.257241905, 0.445605207, 0.518093389),
        ((0.3, 0.3), 0.693147181, 0.750274193, 0.769853393),
        ((2.0, -2.0), 0.729766468, 0.803257656, 0.836535127),
        ((-2.0, -2.0), 0.693147181, 0.842041109, 0.842041109),
    ],
)
def test_golden_values(theta, clean, l2, linf):
    theta = np.array(theta)
    assert float(swish_loss(theta, PAPER_X, 1)) == pytest.approx(clean, abs=5e-10)
    for p, expected in [(2, l2), (math.inf, linf)]:
        value = float(swish_adversarial_loss(theta, PAPER_X, 1, 0.6, p))
        assert value == pytest.approx(expected, abs=5e-10)


@pytest.mark.parametrize("p", [1, 2, 3, math.inf])
@pytest.mark.parametrize("y", [-1, 1])
def test_brute_force(p, y):
    rng = np.random.default_rng(1)
    regimes = set()
    for _ in range(12):
        theta, x = rng.uniform(-2, 2, 2), rng.uniform(-2, 2, 2)
        value = float(swish_adversarial_loss(theta, x, y, 0.5, p))
        assert value == pytest.approx(searched_loss(theta, x, y, 0.5, p), abs=2e-8)
        regimes.add(bool(swish_interior(theta, x, 0.5, p)))
    assert regimes == {True, False}


def test_interior_region_is_a_band():
    # For theta_1 > 0 > theta_2 and the L-infinity attack the optimum is interior exactly if
    # -u*/1.6 < theta_1 - theta_2 < -u*/0.4, which cuts the square that the paper names.
    for total, inside in [(0.799, False), (0.7991, True), (3.1961, True), (3.1962, False)]:
        theta = np.array([0.5 * total, -0.5 * total])
        assert bool(swish_interior(theta, PAPER_X, 0.6, math.inf)) is inside
    batch = swish_interior(np.array([2.0, -2.0]), np.stack([PAPER_X, 0.3 * PAPER_X]), 0.6, math.inf)
    assert batch.tolist() == [False, True]


def test_gradient_inside_outside_and_at_the_origin():
    x, y = PAPER_X, 1
    gradient = jax.grad(swish_adversarial_loss)
    np.testing.assert_array_equal(gradient(np.array([1.5, -1.5]), x, y, 0.6, math.inf), [0.0, 0.0])
    np.testing.assert_allclose(gradient(np.zeros(2), x, y, 0.6, 2), -0.25 * x, rtol=1e-15)
    for y in (-1, 1):
        for theta in ([2.0, -2.0], [-1.0, 0.5], [0.3, 0.4]):
            theta, h = np.array(theta), 1e-6
            numeric = [
                (
                    searched_end(theta + h * e, x, y, 0.6, 2)
                    - searched_end(theta - h * e, x, y, 0.6, 2)
                )
                / (2 * h)
                for e in np.eye(2)
            ]
            np.testing.assert_allclose(gradient(theta, x, y, 0.6, 2), numeric, atol=1e-9)
        for p in (1, 1.5, 2, 3, math.inf):
            hessian = jax.hessian(swish_adversarial_loss)(np.zeros(2), x, y, 0.6, p)
            assert np.all(np.isfinite(hessian))


def searched_end(theta, x, y, eps, p):
    """The loss at the better end of the interval: enough outside the interior regime."""
    reach = eps * np.linalg.norm(theta, ord=p / (p - 1))
    return max(reference_loss(theta @ x - reach, y), reference_loss(theta @ x + reach, y))


@pytest.mark.parametrize("y", [-1, 1])
def test_no_attack_leaves_the_loss_and_its_gradient(y):
    for theta in ([0.4, 1.0], [3.0, 0.5], [0.0, 0.0]):
        theta = np.array(theta)
        attacked, clean = swish_adversarial_loss(theta, PAPER_X, y, 0.0, 2), swish_loss
        assert float(attacked) == pytest.approx(float(clean(theta, PAPER_X, y)), rel=1e-15)
        np.testing.assert_allclose(
            jax.grad(swish_adversarial_loss)(theta, PAPER_X, y, 0.0, 2),
            jax.grad(clean)(theta, PAPER_X, y),
            rtol=1e-13,
        )


def test_batch_equals_loop():
    rng = np.random.default_rng(2)
    theta, x, y = rng.standard_normal(3), rng.standard_normal((5, 3)), np.array([1, -1, 1, 1, -1])
    batch = swish_adversarial_loss(jnp.array(theta), x, y, 0.4, 2)
    loop = [float(swish_adversarial_loss(theta, x[i], y[i], 0.4, 2)) for i in range(5)]
    np.testing.assert_allclose(batch, loop, rtol=1e-14)
    traced = jax.jit(swish_adversarial_loss, static_argnums=4)(theta, x, y, 0.4, 2)
    np.testing.assert_allclose(traced, batch, rtol=1e-14)


def test_errors():
    with pytest.raises(ValueError, match="labels -1 and 1"):
        swish_loss(np.ones(2), np.ones(2), 2)
    with pytest.raises(ValueError, match="eps=-1"):
        swish_adversarial_loss(np.ones(2), np.ones(2), 1, -1, 2)
    with pytest.raises(ValueError, match=r"p=0\.0"):
        swish_interior(np.ones(2), np.ones(2), 1.0, 0)
    with pytest.raises(ValueError, match="length of theta"):
        swish_interior(np.ones(2), np.ones(3), 1.0, 2)
