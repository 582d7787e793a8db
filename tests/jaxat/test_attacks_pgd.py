"""PGD against closed forms on linear models and a transcription in NumPy."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.tree_util import Partial

from jaxat.attacks import gaussian_start, pgd
from jaxat.threat import Combination, Norm, ThreatModel

FLOAT64 = jnp.zeros(0).dtype == jnp.float64
TOLERANCE = 1e-10 if FLOAT64 else 2e-5
D, CLASSES, BATCH = 12, 4, 10
KEY = jax.random.key(0)


def two_layer(params: Any, x: Any) -> Any:
    hidden = jnp.tanh(x.reshape(x.shape[0], -1) @ params[0])
    return hidden @ params[1]


def problem(seed: int = 0, binary: bool = False) -> tuple[Any, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    params = [3 * rng.normal(size=(D, 8)), rng.normal(size=(8, 1 if binary else CLASSES))]
    x = rng.uniform(size=(BATCH, 2, 2, 3))
    x[rng.uniform(size=x.shape) < 0.2] = 1.0
    return [jnp.asarray(p) for p in params], x, rng.integers(2 if binary else CLASSES, size=BATCH)


def numpy_pgd(
    params: Any, x: np.ndarray, y: np.ndarray, norm: str, eps: float, alpha: float, steps: int
) -> tuple[np.ndarray, list[np.ndarray]]:
    """The usual attack, line by line: delta in the ball, then in the box; cross-entropy."""
    w1, w2 = (np.asarray(p) for p in params)
    flat = x.reshape(len(x), -1)
    delta, losses = np.zeros_like(flat), []
    for step in range(steps + 1):
        hidden = np.tanh((flat + delta) @ w1)
        z = hidden @ w2
        e = np.exp(z - z.max(1, keepdims=True))
        p = e / e.sum(1, keepdims=True)
        losses.append(-np.log(p[np.arange(len(y)), y]))
        if step == steps:
            break
        dz = p - np.eye(z.shape[1])[y]
        g = ((dz @ w2.T) * (1 - hidden**2)) @ w1.T
        if norm == "linf":
            delta = np.clip(delta + alpha * np.sign(g), -eps, eps)
        else:
            delta = delta + alpha * g / np.linalg.norm(g, axis=1, keepdims=True)
            length = np.linalg.norm(delta, axis=1, keepdims=True)
            delta = delta * np.minimum(1, eps / length)
        delta = np.clip(flat + delta, 0, 1) - flat
    return (flat + delta).reshape(x.shape), losses


@pytest.mark.parametrize(("norm", "eps", "alpha"), [("linf", 0.1, 0.03), ("l2", 0.5, 0.15)])
@pytest.mark.parametrize("unroll", [True, 2])
def test_equals_a_transcription(norm: Norm, eps: float, alpha: float, unroll: bool | int) -> None:
    params, x, y = problem()
    expected, losses = numpy_pgd(params, x, y, norm, eps, alpha, 7)
    threat = ThreatModel(norm, eps, combine="ball-then-box")
    attack = pgd(threat, steps=7, step_size=alpha, random_start=False, trace=True, unroll=unroll)
    result = attack(Partial(two_layer, params), None, x, y)
    np.testing.assert_allclose(result.x_adv, expected, atol=TOLERANCE)
    assert result.trace is not None
    np.testing.assert_allclose(result.trace.loss, losses, atol=50 * TOLERANCE)
    np.testing.assert_allclose(result.best_loss, np.max(losses, axis=0), atol=50 * TOLERANCE)
    best = two_layer(params, result.best_x)
    again = jax.nn.logsumexp(best, axis=1) - best[jnp.arange(BATCH), y]
    np.testing.assert_allclose(again, result.best_loss, atol=50 * TOLERANCE)
    wrong = np.argmax(two_layer(params, result.x_adv), 1) != y
    np.testing.assert_array_equal(result.success, wrong)
    np.testing.assert_array_equal(result.trace.success[-1], wrong)


@pytest.mark.parametrize("loss", ["ce", "margin", lambda z, y: jax.nn.softplus(-(2 * y - 1) * z)])
def test_linear_models_linf_is_the_closed_form_to_the_bit(loss: Any) -> None:
    # The maximiser over ball and box of a loss that falls with s w.x is x - s eps sign(w), clipped.
    _, x, y = problem(1)
    x = jnp.asarray(x)
    w = jnp.asarray(np.random.default_rng(2).normal(size=(2, 2, 3))).at[0, 0, 0].set(0)
    eps = 8 / 255
    attack = pgd(ThreatModel("linf", eps), steps=10, step_size=2 / 255, loss=loss)
    y = jnp.asarray(y % 2)
    result = attack(Partial(lambda w, x: jnp.sum(w * x, axis=(1, 2, 3)), w), KEY, x, y)
    sign = (2 * y - 1).astype(x.dtype)[:, None, None, None]
    expected = jnp.clip(x - sign * jnp.asarray(eps, x.dtype) * jnp.sign(w), 0, 1)
    moving = jnp.broadcast_to(w != 0, x.shape)
    np.testing.assert_array_equal(result.x_adv[moving], expected[moving])
    assert bool(result.success.any())
    np.testing.assert_array_equal(
        result.success, (jnp.sum(w * expected, axis=(1, 2, 3)) > 0) != (y > 0)
    )


@pytest.mark.parametrize("combine", ["exact", "ball-then-box"])
def test_linear_models_l2(combine: Combination) -> None:
    # Without active bounds: x - s eps w / ||w||. With them: x - s clip of t w, where ||.|| = eps.
    _, x, y = problem(3)
    rng = np.random.default_rng(4)
    w, sign = rng.normal(size=(2, 2, 3)), 2.0 * (y % 2) - 1

    def logits_fn(w: Any, x: Any) -> Any:
        return jnp.einsum("nhwc,hwc->n", x, w)

    free = ThreatModel("l2", 0.3, bounds=None, combine=combine)
    result = pgd(free, steps=60, step_size=0.1)(Partial(logits_fn, jnp.asarray(w)), KEY, x, (y % 2))
    direction = w / np.linalg.norm(w)
    moved = x - 0.3 * sign[:, None, None, None] * direction
    np.testing.assert_allclose(result.x_adv, moved, atol=1e-6)

    boxed = ThreatModel("l2", 0.6, combine=combine)
    attack = pgd(boxed, steps=300, step_size=0.1, loss="margin", unroll=1)
    result = attack(Partial(logits_fn, jnp.asarray(w)), KEY, x, (y % 2))
    lengths = np.linalg.norm((np.asarray(result.x_adv) - x).reshape(BATCH, -1), axis=1)
    best = np.empty_like(x)
    for i, (image, s) in enumerate(zip(x, sign, strict=True)):
        low, high = 0.0, 1e3
        for _ in range(100):
            t = 0.5 * (low + high)
            delta = np.clip(image - s * t * w, 0, 1) - image
            low, high = (t, high) if np.linalg.norm(delta) < 0.6 else (low, t)
        best[i] = np.clip(image - s * low * w, 0, 1)
    reached = -sign * ((np.asarray(result.x_adv) - best) * w).sum((1, 2, 3))
    if combine == "exact":
        np.testing.assert_allclose(result.x_adv, best, atol=1e-4)
        np.testing.assert_allclose(reached, 0, atol=1e-5)
    else:
        # The clipped length is lost, which is what the exact projection is there for.
        assert reached.max() < 1e-5
        assert reached.min() < -1e-3
        assert lengths.min() < 0.6 - 1e-3


def test_l1_reaches_the_best_pixels_of_a_linear_model() -> None:
    w = jnp.array([[4.0, -3.0, 2.0, 1.0]])
    x = jnp.array([[0.9, 0.2, 0.5, 0.5]])
    attack = pgd(ThreatModel("l1", 0.5), steps=40, step_size=0.05, random_start=False)
    result = attack(lambda x: (x * w).sum(1), None, x, jnp.array([0]))
    # 0.1 of room at the first pixel, 0.2 at the second, the rest of 0.5 at the third. Each step
    # that the projection takes back a little of from every pixel leaves a ripple around it.
    best = jnp.array([[1.0, 0.0, 0.7, 0.5]])
    np.testing.assert_allclose(result.best_x, best, atol=5e-3)
    np.testing.assert_allclose(jnp.sum(w * (result.best_x - x)), 1.4, rtol=2e-3)


def test_binary_logits_are_two_logits_of_which_one_is_zero() -> None:
    params, x, y = problem(5, binary=True)
    threat = ThreatModel("linf", 0.1)
    for loss in ("ce", "margin", "kl"):
        attack = pgd(threat, steps=5, step_size=0.03, loss=loss)
        one = attack(Partial(two_layer, params), KEY, x, y)
        signed = attack(Partial(lambda p, x: two_layer(p, x)[:, 0], params), KEY, x, 2 * y - 1)
        both = attack(
            Partial(lambda p, x: jnp.pad(two_layer(p, x), ((0, 0), (1, 0))), params), KEY, x, y
        )
        for other in (signed, both):
            np.testing.assert_allclose(one.x_adv, other.x_adv, atol=TOLERANCE)
            np.testing.assert_allclose(one.best_loss, other.best_loss, atol=50 * TOLERANCE)
            np.testing.assert_array_equal(one.success, other.success)


def test_kl_ascends_the_divergence_from_the_clean_prediction() -> None:
    params, x, y = problem(6)
    attack = pgd(
        ThreatModel("linf", 0.1),
        steps=10,
        step_size=0.02,
        loss="kl",
        random_start=gaussian_start(1e-3),
        trace=True,
    )
    result = attack(Partial(two_layer, params), KEY, x, y)
    p, q = (
        np.asarray(jax.nn.softmax(two_layer(params, z))) for z in (jnp.asarray(x), result.x_adv)
    )
    assert result.trace is not None
    np.testing.assert_allclose(result.trace.loss[-1], (p * np.log(p / q)).sum(1), atol=1e-4)
    assert np.all(result.trace.loss[-1] > 10 * result.trace.loss[0])


def test_targets_are_approached() -> None:
    params, x, y = problem(7)
    target = (y + 1) % CLASSES
    attack = pgd(ThreatModel("linf", 0.5), steps=30, step_size=0.05)
    result = attack(Partial(two_layer, params), KEY, x, y, target=target)
    hit = np.argmax(two_layer(params, result.x_adv), axis=1) == target
    np.testing.assert_array_equal(result.success, hit)
    assert hit.mean() > 0.5
    logits = two_layer(params, result.best_x)
    expected = logits[jnp.arange(BATCH), target] - jax.nn.logsumexp(logits, axis=1)
    np.testing.assert_allclose(result.best_loss, expected, atol=50 * TOLERANCE)


def test_results_do_not_depend_on_the_batch() -> None:
    params, x, y = problem(8)
    attack = pgd(ThreatModel("l2", 0.4), steps=3, step_size=0.2)
    whole = attack(Partial(two_layer, params), KEY, x, y)
    some = np.array([7, 2, 5])
    part = attack(Partial(two_layer, params), KEY, x[some], y[some], index=some)
    np.testing.assert_allclose(part.x_adv, whole.x_adv[some], atol=TOLERANCE)
