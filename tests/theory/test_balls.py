"""Balls against float64: JAX's own values at points inside a box must lie in the enclosure."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flint import arb

from theory.balls import UnsupportedPrimitiveError, ball_function, ball_interval, to_ball

W = np.array([0.7, -0.2])
A = np.arange(6.0).reshape(3, 2) - 2.0


def l2_adversarial(t: Any) -> Any:
    return jax.nn.softplus(-(t @ W) + 0.1 * jnp.linalg.norm(t))


def cross_entropy(t: Any) -> Any:
    logits = jnp.stack([A @ t, -A @ t])
    return -jnp.mean(jax.nn.log_softmax(logits)[jnp.arange(2), jnp.array([1, 0])])


FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    "l2 adversarial": l2_adversarial,
    "l-infinity adversarial": lambda t: jax.nn.softplus(-(t @ W) + 0.1 * jnp.abs(t).sum()),
    "inner call": lambda t: jax.jit(l2_adversarial)(t) + jax.checkpoint(l2_adversarial)(2 * t),
    "batch": lambda t: jax.vmap(l2_adversarial)(A + t).mean(),
    "cross entropy": cross_entropy,
    "softmax": lambda t: jax.nn.softmax(A @ t)[0] + jax.nn.logsumexp(A @ t),
    "swish": lambda t: jax.nn.swish(t).sum() + jax.nn.log_sigmoid(t).sum(),
    "gelu": lambda t: jax.nn.gelu(t, approximate=False).sum() + jax.nn.gelu(t).sum(),
    "hinge": lambda t: jnp.maximum(0.0, 1 - t @ W) + jax.nn.relu(t).sum() + jnp.clip(t, -1, 1)[0],
    "tanh": lambda t: jnp.tanh(t).prod() + jnp.exp(t).sum() + jnp.sin(t[0]) * jnp.cos(t[1]),
    "log": lambda t: jnp.log(1 + t**2).sum() + jnp.sqrt(1 + t[0] ** 2) + jnp.log1p(t[1] ** 2),
    "powers": lambda t: (t**3).sum() + (1 + t[0] ** 2) ** 1.5 + jnp.square(t[1]) / (2 + t[0] ** 4),
    "extremes": lambda t: jnp.max(t) - 2 * jnp.min(t) + jnp.maximum(t[0], 0.3),
    "where": lambda t: jnp.where(t > 0.2, t**2, 3 * t).sum() + jnp.sign(t[0]) * t[0],
    "einsum": lambda t: jnp.einsum("ij,j,ij->", A, t, A) + jnp.outer(t, t).trace(),
    "indices": lambda t: (
        jnp.concatenate([t, t[::-1]]).at[1].set(2.0).cumsum()[jnp.array([3, 0])].sum()
    ),
    "loop": lambda t: jax.lax.fori_loop(0, 3, lambda _, c: c * t[0] + t[1], 1.0),
    "branch": lambda t: jax.lax.cond(t[0] > 0.1, lambda: t[0] ** 2, lambda: t[1] - 1),
    "norms": lambda t: jnp.linalg.norm(t + 3, 1) + jnp.linalg.norm(t, jnp.inf) + jnp.std(A @ t),
    "erf": lambda t: jax.scipy.stats.norm.cdf(t).sum() + jax.scipy.special.erfc(t[0]),
    "angle": lambda t: jnp.arctan2(t[0], 2 + t[1]) + jnp.cbrt(3 + t[0]) + jax.lax.rsqrt(3 + t[1]),
}
DERIVATIVES: dict[str, Callable[[Any], Any]] = {
    "value": lambda f: f,
    "grad": jax.grad,
    "hessian": jax.hessian,
    "jacrev of grad": lambda f: jax.jacrev(jax.grad(f)),
}
BOXES = [
    ([0.3, 0.75], 0.0),
    ([0.3, 0.7], 0.05),
    ([0.45, 0.4], 0.3),
    ([-0.2, 0.3], 0.25),
    ([1.0, 2.0], 1.0),
]


@pytest.mark.parametrize("derivative", DERIVATIVES)
@pytest.mark.parametrize("name", FUNCTIONS)
def test_values_at_points_lie_in_the_enclosure_over_a_box(name: str, derivative: str) -> None:
    fn = DERIVATIVES[derivative](FUNCTIONS[name])
    enclosure, value = ball_function(fn, np.ones(2)), jax.jit(jax.vmap(fn))
    rng = np.random.default_rng(0)
    finite = 0
    for centre, width in BOXES:
        over = enclosure([ball_interval(c - width, c + width) for c in centre])
        points = np.array(centre) + width * rng.uniform(-1, 1, (6, 2))
        for got in np.asarray(value(points)):
            for index in np.ndindex(got.shape):
                ball = over[index]
                if ball.is_finite():
                    finite += 1
                    slack = arb(0, 1e-12 * (1 + abs(float(got[index]))))
                    assert (ball + slack).contains(float(got[index])), (centre, width, index)
        if width == 0:
            assert all(ball.rad() < 1e-12 for ball in over.flat)
    assert finite


def test_enclosures_shrink_to_the_exact_value() -> None:
    hessian = ball_function(jax.hessian(l2_adversarial), np.ones(2))
    exact = np.asarray(jax.hessian(l2_adversarial)(jnp.array([1.0, 0.5])))
    for width in (1e-2, 1e-4, 1e-6):
        over = hessian(
            [ball_interval(1 - width, 1 + width), ball_interval(0.5 - width, 0.5 + width)]
        )
        for ball, value in zip(over.flat, exact.flat, strict=True):
            assert ball.contains(float(value))
            assert ball.rad() < 20 * width


def test_two_arguments_that_share_a_ball_are_different_unknowns() -> None:
    shared = ball_interval(0, 1)
    difference = ball_function(lambda t: t[0] - t[1], np.ones(2))([shared, shared]).item()
    assert difference.contains(-1)
    assert difference.contains(1)
    # Neither are two undecided signs.
    signs = ball_function(lambda t: jnp.sign(t[0]) - jnp.sign(t[1]), np.ones(2))
    assert signs([ball_interval(-1, 1)] * 2).item().contains(2)
    signed = jnp.array([1.0, -1.0])
    masks = ball_function(lambda t: (t > 0).astype(float) @ signed, np.ones(2))
    assert masks([ball_interval(-1, 1)] * 2).item().contains(-1)
    choice = ball_function(lambda t: jnp.where(t > 0, 1.0, 0.0) @ signed, np.ones(2))
    assert choice([ball_interval(-1, 1)] * 2).item().contains(1)


def test_one_unknown_used_twice_is_no_loss() -> None:
    x = ball_interval(-1, 2)
    assert ball_function(lambda t: t - t, 1.0)(x).item() == 0
    assert ball_function(lambda t: t * t, 1.0)(x).item() >= 0
    assert ball_function(jnp.linalg.norm, np.ones(2))([x, x]).item().is_finite()


@pytest.mark.parametrize(
    ("fn", "lo", "hi", "low", "high"),
    [
        (jax.nn.softplus, -30, 30, 0.0, 30.0),
        (jax.grad(jax.nn.softplus), -30, 30, 0.0, 1.0),
        (jax.grad(jax.grad(jax.nn.softplus)), -3, 3, 0.0, 0.25),
        (jax.nn.sigmoid, -30, 30, 0.0, 1.0),
        (jax.grad(jax.nn.sigmoid), -3, 3, 0.0, 0.25),
        (jnp.tanh, -9, 9, -1.0, 1.0),
        (jax.grad(jnp.tanh), -9, 9, 0.0, 1.0),
        (jnp.abs, -1, 2, 0.0, 2.0),
        (lambda t: jnp.maximum(t, 0.5), -4, 1, 0.5, 1.0),
        (jnp.square, -1, 2, 0.0, 4.0),
        (lambda t: t**3, -1, 2, -1.0, 8.0),
        (jnp.exp, -20, 3, 0.0, float(np.exp(3))),
        (jnp.log, 0.01, 5, float(np.log(0.01)), float(np.log(5))),
        (lambda t: jnp.logaddexp(t, 1.0), -20, 2, 1.0, float(np.logaddexp(2, 1))),
    ],
)
def test_the_range_over_a_wide_ball_is_tight(
    fn: Callable[[Any], Any], lo: float, hi: float, low: float, high: float
) -> None:
    ball = ball_function(fn, 1.0)(ball_interval(lo, hi)).item()
    spread = 1e-7 * max(1.0, high - low)
    assert low - spread <= float(ball.lower())
    assert float(ball.upper()) <= high + spread


def test_an_undecided_comparison_gives_both_branches() -> None:
    step = ball_function(lambda t: jnp.where(t > 0, 1.0, -1.0), 1.0)
    across = step(ball_interval(-1, 1)).item()
    assert across.contains(1)
    assert across.contains(-1)
    assert step(ball_interval(1, 2)).item() == 1
    slope = ball_function(jax.grad(jnp.abs), 1.0)(ball_interval(-1, 1)).item()
    assert slope.contains(1)
    assert slope.contains(-1)


def test_outside_the_domain_there_is_no_finite_enclosure() -> None:
    root = ball_function(jnp.sqrt, 1.0)
    assert not root(ball_interval(-1, 1)).item().is_finite()
    assert root(ball_interval(0, 1)).item().is_finite()
    # The branch that is not taken may be undefined; an undecided one may not.
    guarded = ball_function(lambda t: jnp.where(t > 0, jnp.sqrt(t), 0.0), 1.0)
    assert guarded(ball_interval(-2, -1)).item() == 0
    assert not guarded(ball_interval(-1, 1)).item().is_finite()
    norm = ball_function(jax.grad(jnp.linalg.norm), np.ones(2))
    assert not any(b.is_finite() for b in norm([ball_interval(-1, 1)] * 2))


def test_arguments_are_exact_and_may_be_trees() -> None:
    fn = ball_function(lambda p, x: {"out": p["w"] * x + p["b"]}, {"w": 1.0, "b": 1.0}, np.ones(2))
    got = fn({"w": Fraction(3, 5), "b": 0}, ["1/3", to_ball(1)])["out"]
    assert got.shape == (2,)
    assert got[0].overlaps(to_ball("1/5"))
    assert got[1].overlaps(to_ball("3/5"))
    # A constant in the code is the double, which is not 3/5.
    from theory.balls import precision

    with precision(120):
        constant = ball_function(lambda t: 0.6 * t, 1.0)(1).item()
        assert constant == 0.6
        assert not constant.overlaps(to_ball("3/5"))


def test_results_are_the_callers_to_change() -> None:
    fn = ball_function(lambda t: (jnp.ones(2), t), np.ones(2))
    fn([1, 2])[0][0] = arb(7)
    assert fn([1, 2])[0][0] == 1


def test_errors_say_what_is_wrong() -> None:
    with pytest.raises(UnsupportedPrimitiveError, match=r"'sort' has no enclosure.*RULES"):
        ball_function(jnp.sort, np.ones(3))
    with pytest.raises(NotImplementedError, match="index that depends on the argument"):
        ball_function(lambda t: t[t[0].astype(int)], np.ones(3))
    with pytest.raises(ValueError, match=r"shape \(3,\).*shape \(2,\)"):
        ball_function(jnp.sum, np.ones(3))([1, 2])
    with pytest.raises(ValueError, match="real numbers"):
        ball_function(jnp.sum, np.ones(3) * 1j)


def test_what_no_output_needs_may_be_unsupported() -> None:
    def fn(t: Any) -> Any:
        jnp.sort(t)
        return t.sum()

    assert ball_function(fn, np.ones(3))([1, 2, 3]).item() == 6


def test_a_custom_function_called_logaddexp_is_not_mistaken_for_it() -> None:
    @jax.custom_jvp
    def logaddexp(x: Any, y: Any) -> Any:
        return x - y

    logaddexp.defjvps(lambda t, _, *xs: t, lambda t, _, *xs: -t)
    assert ball_function(logaddexp, 1.0, 1.0)(5, 3).item() == 2
