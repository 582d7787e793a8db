"""Each objective against NumPy in float64: loss, gradient by differences, running statistics."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxat import objectives
from jaxat.attacks import pgd
from jaxat.attacks.result import AttackResult
from jaxat.threat import ThreatModel

X64 = jnp.zeros(()).dtype == jnp.float64
TOLERANCE = 1e-8 if X64 else 2e-4
MOMENTUM, EPSILON = 0.1, 1e-5
rng = np.random.default_rng(7)
PARAMS = {"first": rng.normal(size=(3, 4)), "last": rng.normal(size=(4, 3))}
STATE = {"mean": rng.normal(size=4), "var": rng.uniform(0.5, 2, size=4)}
X = rng.uniform(0.2, 0.8, size=(6, 3))
SHIFT = rng.uniform(-0.2, 0.2, size=X.shape)
Y = np.array([1, 2, 0, 0, 1, 0])
INDEX = np.array([10, 3, 5, 8, 2, 4])
BETA = 2.5


def apply(params: Any, state: Any, x: Any, *, train: str, key: Any = None) -> tuple[Any, Any]:
    """A dense layer, BatchNorm without a scale, tanh, a dense layer."""
    del key
    h = x @ params["first"]
    mean, var = (state["mean"], state["var"]) if train == "eval" else (h.mean(0), h.var(0))
    z = jnp.tanh((h - mean[None]) / jnp.sqrt(var + EPSILON)[None]) @ params["last"]
    if train != "update":
        return z, state
    return z, {
        "mean": (1 - MOMENTUM) * state["mean"] + MOMENTUM * mean,
        "var": (1 - MOMENTUM) * state["var"] + MOMENTUM * var,
    }


class Naive:
    """The same in NumPy; every pass with the statistics of its batch moves the running ones."""

    def __init__(self, state: dict[str, np.ndarray]) -> None:
        self.mean, self.var = state["mean"].copy(), state["var"].copy()

    def log_probabilities(self, params: dict[str, np.ndarray], x: np.ndarray) -> np.ndarray:
        h = x @ params["first"]
        mean, var = h.mean(axis=0), ((h - h.mean(axis=0)) ** 2).mean(axis=0)
        self.mean += MOMENTUM * (mean - self.mean)
        self.var += MOMENTUM * (var - self.var)
        logits = np.tanh((h - mean) / np.sqrt(var + EPSILON)) @ params["last"]
        return logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))


def naive_cross_entropy(params: dict[str, np.ndarray], net: Naive) -> float:
    rows = net.log_probabilities(params, X + SHIFT)
    return float(np.mean([-row[y] for row, y in zip(rows, Y, strict=True)]))


def naive_trades(params: dict[str, np.ndarray], net: Naive) -> float:
    log_q = net.log_probabilities(params, X + SHIFT)
    log_p = net.log_probabilities(params, X)
    total = 0.0
    for n, y in enumerate(Y):
        divergence = sum(np.exp(log_p[n, k]) * (log_p[n, k] - log_q[n, k]) for k in range(3))
        total += -log_p[n, y] + BETA * divergence
    return total / len(Y)


def by_differences(loss: Callable[..., float], name: str) -> np.ndarray:
    grads = np.zeros_like(PARAMS[name])
    for place in np.ndindex(*grads.shape):
        values = []
        for h in (1e-5, -1e-5):
            moved = {key: value.copy() for key, value in PARAMS.items()}
            moved[name][place] += h
            values.append(loss(moved, Naive(STATE)))
        grads[place] = (values[0] - values[1]) / 2e-5
    return grads


def stub(seen: dict[str, Any]) -> Any:
    """An attack that shifts by SHIFT, hands out another state, and notes what it was called with.

    ``best_x`` is nonsense: an objective is the loss at the last point.
    """

    def attack(logits_fn: Any, key: Any, x: Any, y: Any, **given: Any) -> AttackResult:
        seen.update(given, key=key, y=y, logits=logits_fn(given["state"], x, train="eval")[0])
        moved = jax.tree.map(lambda leaf: leaf + 1, given["state"])
        x_adv = x + jnp.asarray(SHIFT, x.dtype)
        return AttackResult(x_adv, y < 0, x * jnp.nan, x[:, 0], state=moved)

    return attack


def arrays() -> tuple[Any, ...]:
    params, state = jax.tree.map(jnp.asarray, (PARAMS, STATE))
    return params, state, jnp.asarray(X), jnp.asarray(Y), jnp.asarray(INDEX)


@pytest.mark.parametrize(
    ("make", "naive"),
    [
        (lambda attack: objectives.adversarial(apply, attack), naive_cross_entropy),
        (lambda attack: objectives.trades(apply, attack, beta=BETA), naive_trades),
    ],
    ids=["adversarial", "trades"],
)
def test_attacked_loss_gradient_and_statistics(make: Any, naive: Any) -> None:
    seen: dict[str, Any] = {}
    params, state, x, y, index = arrays()
    objective, key = make(stub(seen)), jax.random.key(3)
    examples = objective.prepare(params, state, key, x, y, index)
    assert seen["key"] is key
    assert seen["index"] is index
    np.testing.assert_array_equal(seen["state"]["mean"], state["mean"])
    np.testing.assert_allclose(seen["logits"], apply(params, state, x, train="eval")[0])
    np.testing.assert_allclose(examples.x_adv, X + SHIFT, rtol=1e-6)
    # The attack's state is where the loss begins.
    np.testing.assert_allclose(examples.state["mean"], STATE["mean"] + 1, rtol=1e-6)
    examples = examples._replace(state=state)
    value = jax.value_and_grad(objective.loss, has_aux=True)
    (loss, (moved, metrics)), grads = value(params, examples, None)
    net = Naive(STATE)
    np.testing.assert_allclose(loss, naive(PARAMS, net), rtol=TOLERANCE)
    for name in PARAMS:
        np.testing.assert_allclose(grads[name], by_differences(naive, name), atol=TOLERANCE)
    np.testing.assert_allclose(moved["mean"], net.mean, rtol=TOLERANCE, atol=TOLERANCE)
    np.testing.assert_allclose(moved["var"], net.var, rtol=TOLERANCE, atol=TOLERANCE)
    predicted = Naive(STATE).log_probabilities(PARAMS, X + SHIFT).argmax(axis=1)
    assert float(metrics["accuracy"]) == pytest.approx(np.mean(predicted == Y))
    assert 0 < float(metrics["accuracy"]) < 1
    assert objective.passes == (1 if naive is naive_cross_entropy else 2)


def test_trades_names_its_terms_and_its_gradient_goes_through_the_clean_side_too() -> None:
    params, state, x, y, index = arrays()
    objective = objectives.trades(apply, stub({}), beta=BETA)
    examples = objective.prepare(params, state, jax.random.key(0), x, y, index)
    loss, (_, metrics) = objective.loss(params, examples, None)
    assert float(loss) == pytest.approx(float(metrics["natural"] + BETA * metrics["kl"]))

    def held(params: Any) -> Any:
        """With p(x) held, which the gradient must differ from."""
        log_q = jax.nn.log_softmax(apply(params, state, examples.x_adv, train="batch")[0])
        log_p = jax.nn.log_softmax(apply(params, state, x, train="batch")[0])
        fixed = jax.lax.stop_gradient(log_p)
        natural = -jnp.take_along_axis(log_p, y[:, None], 1).mean()
        return natural + BETA * (jnp.exp(fixed) * (fixed - log_q)).sum(1).mean()

    ours = jax.grad(lambda p: objective.loss(p, examples, None)[0])(params)
    assert float(jnp.abs(ours["last"] - jax.grad(held)(params)["last"]).max()) > 1e-2
    with pytest.raises(ValueError, match="at least 0; got -1"):
        objectives.trades(apply, stub({}), beta=-1)


def test_standard_is_the_loss_at_the_images_themselves() -> None:
    params, state, x, y, index = arrays()
    objective = objectives.standard(apply)
    examples = objective.prepare(params, state, None, x, y, index)
    loss, (moved, _) = objective.loss(params, examples, None)
    net = Naive(STATE)
    rows = net.log_probabilities(PARAMS, X)
    np.testing.assert_allclose(loss, -rows[np.arange(6), Y].mean(), rtol=TOLERANCE)
    np.testing.assert_allclose(moved["var"], net.var, rtol=TOLERANCE)


@pytest.mark.parametrize("norm", ["linf", "l2"])
def test_noise_is_uniform_in_the_ball_clipped_and_of_the_image_not_of_the_batch(norm: Any) -> None:
    params, state, _, _, _ = arrays()
    eps, n = 0.3, 4000
    x = jnp.tile(jnp.asarray([[0.1, 0.5, 0.9]]), (n, 1))
    y, index = jnp.zeros(n, jnp.int32), jnp.arange(n)
    objective = objectives.noise(apply, ThreatModel(norm, eps))
    key = jax.random.key(5)
    noisy = np.asarray(objective.prepare(params, state, key, x, y, index).x_adv)
    assert noisy.min() == 0
    assert noisy.max() == 1
    middle = (noisy[:, 1] - 0.5) / eps
    # One coordinate of the ball: uniform on [-1, 1], or of density 3/4 (1 - t²); P(|t| < 1/2).
    share = {"linf": 0.5, "l2": 0.6875}[norm]
    assert np.mean(np.abs(middle) < 0.5) == pytest.approx(share, abs=4 * 0.5 / np.sqrt(n))
    some = objective.prepare(params, state, key, x[7:9], y[:2], index[7:9]).x_adv
    np.testing.assert_array_equal(some, noisy[7:9])


@pytest.mark.parametrize(("bn", "passes"), [("eval", 0), ("local", 0), ("reference", 3)])
def test_only_the_mode_of_the_public_code_moves_statistics_in_the_attack(
    bn: Any, passes: int
) -> None:
    params, state, x, y, index = arrays()
    attack = pgd(ThreatModel("linf", 0.1), steps=2, step_size=0.05, bn=bn)
    objective = objectives.adversarial(apply, attack)
    examples = objective.prepare(params, state, jax.random.key(1), x, y, index)
    weight = 1 - (1 - MOMENTUM) ** passes
    moved = np.abs(examples.state["var"] - state["var"])
    assert bool(np.any(moved > 0)) == (passes > 0)
    # Each of the passes takes a tenth of the way to statistics that hardly differ.
    if passes:
        batch = Naive(STATE)
        batch.log_probabilities(PARAMS, np.asarray(examples.x_adv, np.float64))
        one = (batch.mean - (1 - MOMENTUM) * STATE["mean"]) / MOMENTUM
        expected = STATE["mean"] + weight * (one - STATE["mean"])
        np.testing.assert_allclose(examples.state["mean"], expected, atol=0.02)
