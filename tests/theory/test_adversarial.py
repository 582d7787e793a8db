"""The closed-form inner maxima of the linear model against search, autodiff and golden values."""

from __future__ import annotations

import doctest
import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import theory.adversarial
import theory.dual_norm
from theory.adversarial import adversarial_example, adversarial_gradient, adversarial_loss
from theory.dual_norm import dual_exponent, lq_norm, steepest

EXPONENTS = [1.0, 1.3, 2.0, 3.0, 7.5, math.inf]
PAPER_X = np.array([-1.0, 1.0])


def clean_loss(theta, x, y):
    """log(1 + exp(-y theta.x)), from scratch."""
    return np.logaddexp(0.0, -y * np.dot(x, theta))


def sphere(rng, p, d, n):
    """n points of the unit L_p sphere, the vertices of the L1 and the L-infinity ball included."""
    points = rng.standard_normal((n, d)) * rng.choice([0.01, 1.0], (n, d))
    corners = np.stack(np.meshgrid(*[[-1.0, 1.0]] * d), -1).reshape(-1, d)
    points = np.concatenate([points, corners, np.eye(d), -np.eye(d)])
    return points / np.linalg.norm(points, ord=p, axis=1, keepdims=True)


def smooth_loss(p):
    """softplus(-y theta.x + eps ||theta||_q) anew, for 1 < p < inf and no zero coordinate."""
    q = p / (p - 1.0)

    def loss(theta, x, y, eps):
        norm = (jnp.abs(theta) ** q).sum() ** (1.0 / q)
        return jnp.logaddexp(0.0, -y * (theta * x).sum() + eps * norm)

    return loss


def test_doctests():
    for module in (theory.adversarial, theory.dual_norm):
        assert doctest.testmod(module).failed == 0


@pytest.mark.parametrize("p", EXPONENTS)
@pytest.mark.parametrize("d", [1, 2, 4])
@pytest.mark.parametrize("y", [-1, 1])
def test_loss_is_the_maximum_over_the_ball(p, d, y):
    rng = np.random.default_rng(d)
    for scale in (1e-3, 1.0, 5.0):
        theta, x, eps = scale * rng.standard_normal(d), rng.standard_normal(d), 0.7
        value = float(adversarial_loss(theta, x, y, eps, p))
        searched = clean_loss(theta, x + eps * sphere(rng, p, d, 4000), y).max()
        assert searched <= value * (1 + 1e-14)
        # Random directions come close in low dimension only.
        assert value - searched <= 0.02 * eps * scale * d
        example = np.asarray(adversarial_example(theta, x, y, eps, p))
        assert np.linalg.norm(example - x, ord=p) <= eps * (1 + 1e-14)
        assert clean_loss(theta, example, y) == pytest.approx(value, rel=1e-14)


@pytest.mark.parametrize("p", [2.0, math.inf])
def test_projected_gradient_ascent_reaches_the_example(p):
    rng = np.random.default_rng(3)
    theta, x, y, eps = rng.standard_normal(5), rng.standard_normal(5), -1, 0.4
    delta = 0.1 * rng.standard_normal(5)
    for _ in range(3000):
        delta = delta - 0.01 * y * theta / (1.0 + np.exp(y * theta @ (x + delta)))
        if p == 2.0:
            delta *= min(1.0, eps / np.linalg.norm(delta))
        else:
            delta = np.clip(delta, -eps, eps)
    np.testing.assert_allclose(adversarial_example(theta, x, y, eps, p), x + delta, atol=1e-6)


# Reference values of the paper's two-dimensional datum x = (-1, 1), y = 1, eps = 0.6: theta, loss
# without attack, L2, L-infinity.
@pytest.mark.parametrize(
    ("theta", "clean", "l2", "linf"),
    [
        ((1.5, -1.5), 3.048587352, 4.286638697, 4.808196067),
        ((-1.0, 0.5), 0.201413278, 0.362144972, 0.437487950),
        ((0.3, 0.3), 0.693147181, 0.828504625, 0.889260449),
        ((2.0, -2.0), 4.018149928, 5.700406486, 6.401660178),
        ((-2.0, -2.0), 0.693147181, 1.865297574, 2.486836152),
    ],
)
def test_golden_values(theta, clean, l2, linf):
    theta = np.array(theta)
    for eps, p, expected in [(0.0, 2, clean), (0.6, 2, l2), (0.6, math.inf, linf)]:
        assert float(adversarial_loss(theta, PAPER_X, 1, eps, p)) == pytest.approx(
            expected, abs=5e-10
        )


@pytest.mark.parametrize("p", [1.3, 2.0, 3.0])
def test_derivatives_agree_with_autodiff_of_an_independent_loss(p):
    rng = np.random.default_rng(11)
    loss = smooth_loss(p)
    for y in (-1.0, 1.0):
        theta, x = rng.standard_normal(4), rng.standard_normal(4)
        arguments = (theta, x, y, 0.6)
        np.testing.assert_allclose(
            adversarial_gradient(*arguments, p), jax.grad(loss)(*arguments), rtol=1e-12
        )
        own = jax.jit(jax.hessian(adversarial_loss), static_argnums=4)(*arguments, p)
        np.testing.assert_allclose(own, jax.hessian(loss)(*arguments), rtol=1e-10, atol=1e-13)
        jacobian = jax.jacobian(adversarial_gradient)(*arguments, p)
        np.testing.assert_allclose(jacobian, own, rtol=1e-10, atol=1e-13)


@pytest.mark.parametrize("p", EXPONENTS)
def test_autodiff_gives_the_chosen_subgradient_at_kinks(p):
    x = np.array([0.3, -0.2, 1.0])
    for theta in ([0.0, 0.0, 0.0], [2.0, -2.0, 0.0], [0.0, 0.0, 1.0], [1.0, 1.0, 1.0]):
        theta = np.array(theta)
        closed = np.asarray(adversarial_gradient(theta, x, -1, 0.5, p))
        np.testing.assert_allclose(
            jax.grad(adversarial_loss)(theta, x, -1, 0.5, p), closed, rtol=1e-14, atol=1e-15
        )
        # Convexity: a subgradient at theta supports the loss everywhere.
        base = adversarial_loss(theta, x, -1, 0.5, p)
        for step in np.random.default_rng(0).standard_normal((50, 3)):
            assert adversarial_loss(theta + step, x, -1, 0.5, p) >= base + closed @ step - 1e-13
        for derivative in (jax.hessian(adversarial_loss), jax.jacobian(adversarial_example)):
            assert np.all(np.isfinite(derivative(theta, x, -1, 0.5, p)))


def test_ties_and_zero_coordinates_take_the_shortest_subgradient():
    x = np.zeros(3)
    theta = np.array([2.0, -2.0, 0.0])
    np.testing.assert_array_equal(adversarial_example(theta, x, 1, 1.0, 1), [-0.5, 0.5, 0.0])
    np.testing.assert_array_equal(adversarial_example(theta, x, 1, 1.0, math.inf), [-1, 1, 0])
    np.testing.assert_array_equal(adversarial_example(theta * 0, x + 3, 1, 1.0, 2), x + 3)


@pytest.mark.parametrize("p", EXPONENTS)
def test_origin(p):
    zero, x = np.zeros(2), np.array([1.0, -2.0])
    assert float(adversarial_loss(zero, x, -1, 3.0, p)) == pytest.approx(math.log(2), rel=1e-15)
    np.testing.assert_array_equal(adversarial_gradient(zero, x, -1, 3.0, p), 0.5 * x)


@pytest.mark.parametrize("p", EXPONENTS)
def test_no_attack_and_one_dimension(p):
    theta, x = np.array([0.3, -1.0]), np.array([2.0, 1.0])
    np.testing.assert_array_equal(adversarial_example(theta, x, 1, 0, p), x)
    assert float(adversarial_loss(theta, x, 1, 0, p)) == pytest.approx(clean_loss(theta, x, 1))
    # In one dimension every norm is the absolute value.
    one = adversarial_loss(np.array([-1.5]), np.array([0.7]), 1, 0.2, p)
    assert float(one) == pytest.approx(np.logaddexp(0, 1.5 * 0.9), rel=1e-15)


@pytest.mark.parametrize("function", [adversarial_example, adversarial_loss, adversarial_gradient])
@pytest.mark.parametrize("p", [1, 2.0, math.inf])
def test_batch_equals_loop_and_arrays_may_be_of_either_kind(function, p):
    rng = np.random.default_rng(5)
    theta, x, y = rng.standard_normal(3), rng.standard_normal((6, 3)), rng.choice([-1, 1], 6)
    batch = function(theta, x, y, 0.3, p)
    loop = np.stack([function(theta, x[i], int(y[i]), 0.3, p) for i in range(6)])
    assert batch.dtype == jnp.float64
    np.testing.assert_allclose(batch, loop, rtol=1e-14)
    traced = jax.jit(function, static_argnums=4)(
        jnp.array(theta), jnp.array(x), jnp.array(y), 0.3, p
    )
    np.testing.assert_allclose(traced, batch, rtol=1e-14)
    mapped = jax.vmap(lambda x, y: function(theta, x, y, 0.3, p))(x, y)
    np.testing.assert_allclose(mapped, batch, rtol=1e-14)
    thetas = np.stack([theta, 0 * theta, -2 * theta])
    grid = jax.vmap(lambda theta: function(theta, x, y, 0.3, p))(thetas)
    for row, parameter in zip(grid, thetas, strict=True):
        np.testing.assert_allclose(row, function(parameter, x, y, 0.3, p), rtol=1e-14, atol=1e-16)


def test_extreme_sizes_neither_overflow_nor_vanish():
    for scale in (1e-300, 1e300):
        for q in (1.5, 2.0, 4.0):
            expected = scale * 2.0 ** (1.0 / q)
            assert float(lq_norm(np.full(2, scale), q)) == pytest.approx(expected, rel=1e-14)
        np.testing.assert_allclose(steepest(np.full(2, scale), 2), math.sqrt(0.5), rtol=1e-14)
    large = adversarial_gradient(np.array([1e4, 0.0]), np.array([1.0, 0.0]), 1, 0.1, 2)
    np.testing.assert_array_equal(large, [0.0, 0.0])


def test_dual_exponents():
    for p in (1.0001, 1.5, 2.0, 30.0):
        assert 1 / p + 1 / dual_exponent(p) == pytest.approx(1.0, rel=1e-13)
    # Beyond the resolution of float64 the dual exponent rounds to 1, and so does the attack.
    theta = np.array([1.0, -3.0])
    np.testing.assert_array_equal(steepest(theta, 1e300), [1.0, -1.0])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"eps": -0.1}, r"eps=-0\.1"),
        ({"eps": math.nan}, "eps=nan"),
        ({"eps": math.inf}, "eps=inf"),
        ({"eps": np.ones(2)}, "one number"),
        ({"p": 0.5}, r"p=0\.5"),
        ({"p": math.nan}, "p=nan"),
        ({"y": 0}, r"\[0\].*2 \* y - 1"),
        ({"y": np.array([1.0])}, "one label for each row"),
        ({"x": np.zeros(3)}, r"d = 2.*shape \(3,\)"),
        ({"x": np.zeros((1, 1, 2))}, r"\(1, 1, 2\)"),
        ({"theta": np.zeros((2, 2))}, "jax.vmap"),
        ({"theta": np.zeros(0)}, r"\(0,\)"),
    ],
)
@pytest.mark.parametrize("function", [adversarial_example, adversarial_loss, adversarial_gradient])
def test_errors_name_the_value(function, change, message):
    arguments = {"theta": np.ones(2), "x": np.ones(2), "y": 1, "eps": 0.1, "p": 2} | change
    with pytest.raises(ValueError, match=message):
        function(**arguments)
