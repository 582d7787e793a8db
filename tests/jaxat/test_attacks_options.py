"""PGD's options: step rules, starts, what BatchNorm does, and every refusal."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from jax.tree_util import Partial

from jaxat import models
from jaxat.attacks import apgd, fab, gaussian_start, pgd, projection, square, steepest_step
from jaxat.threat import Norm, ThreatModel

FLOAT64 = jnp.zeros(0).dtype == jnp.float64
TOLERANCE = 1e-10 if FLOAT64 else 2e-5
D, CLASSES, BATCH = 12, 4, 10
KEY = jax.random.key(0)
LINF = ThreatModel("linf", 0.1)


def two_layer(params: Any, x: Any) -> Any:
    hidden = jnp.tanh(x.reshape(x.shape[0], -1) @ params[0])
    return hidden @ params[1]


def problem(seed: int) -> tuple[Any, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    params = [3 * rng.normal(size=(D, 8)), rng.normal(size=(8, CLASSES))]
    x = rng.uniform(size=(BATCH, 2, 2, 3))
    x[rng.uniform(size=x.shape) < 0.2] = 1.0
    return [jnp.asarray(p) for p in params], x, rng.integers(CLASSES, size=BATCH)


@pytest.mark.parametrize("rule", ["adam", "chain"])
def test_any_optimiser_is_a_step_rule(rule: str) -> None:
    params, x, y = problem(9)
    threat = ThreatModel("linf", 0.1)
    momentum = optax.chain(optax.trace(0.75), steepest_step(threat, 0.02))
    attack = pgd(
        threat, steps=8, step_rule=optax.adam(0.02) if rule == "adam" else momentum, trace=True
    )
    result = attack(Partial(two_layer, params), KEY, x, y)
    assert bool(threat.contains(result.x_adv, jnp.asarray(x)).all())
    assert result.trace is not None
    assert np.mean(result.trace.loss[-1]) > np.mean(result.trace.loss[0]) + 0.1


def test_chained_transformations_are_the_attack() -> None:
    params, x, y = problem(10)
    x = jnp.asarray(x)
    threat = ThreatModel("l2", 0.4)
    tx = optax.chain(steepest_step(threat, 0.1), projection(threat))
    delta = jnp.zeros_like(x)
    state = tx.init(delta)

    def loss(delta: Any) -> Any:
        logits = two_layer(params, x + delta)
        return -jnp.sum(jax.nn.logsumexp(logits, 1) - logits[jnp.arange(BATCH), y])

    for _ in range(5):
        updates, state = tx.update(jax.grad(loss)(delta), state, delta, x=x)
        delta = optax.apply_updates(delta, updates)
    result = pgd(threat, steps=5, step_size=0.1, random_start=False)(
        Partial(two_layer, params), None, x, y
    )
    np.testing.assert_allclose(result.x_adv, x + jnp.asarray(delta), atol=100 * TOLERANCE)


@pytest.mark.parametrize("norm", ["linf", "l2", "l1"])
def test_zero_gradient_and_radius_zero_stay_finite(norm: Norm) -> None:
    _, x, y = problem(11)
    still = pgd(ThreatModel(norm, 0.1), steps=2, random_start=False)
    flat = Partial(lambda w, x: jnp.zeros((x.shape[0], CLASSES)) + 0 * w * x.sum(), jnp.ones(()))
    result = still(flat, None, x, y)
    np.testing.assert_array_equal(result.x_adv, jnp.asarray(x))
    params, x, y = problem(11)
    nothing = pgd(ThreatModel(norm, 0.0), steps=2)
    result = nothing(Partial(two_layer, params), KEY, x, y)
    np.testing.assert_array_equal(result.x_adv, jnp.asarray(x))
    assert np.all(np.isfinite(result.best_loss))


def test_nan_is_not_hidden() -> None:
    _, x, y = problem(12)
    result = pgd(ThreatModel("linf", 0.1), steps=2)(
        Partial(lambda w, x: w * x.reshape(BATCH, -1), jnp.array(jnp.nan)), KEY, x, y
    )
    assert np.all(np.isnan(result.best_loss))


def test_starts() -> None:
    params, x, y = problem(13)
    model, threat = Partial(two_layer, params), ThreatModel("linf", 0.1)
    noise = pgd(threat, steps=0, trace=True)(model, KEY, x, y)
    np.testing.assert_allclose(noise.x_adv - x, threat.random_start(KEY, jnp.asarray(x)), atol=1e-6)
    assert noise.trace is not None
    assert noise.trace.loss.shape == (1, BATCH)
    given = pgd(threat, steps=0)(model, None, x, y, x_init=x + 0.3)
    np.testing.assert_allclose(given.x_adv, np.clip(x + 0.1, 0, 1), atol=1e-6)
    ordinary = pgd(threat, steps=0, random_start=gaussian_start(1.0))(model, KEY, x, y)
    assert bool(threat.contains(ordinary.x_adv, jnp.asarray(x)).all())


def batch_norm(params: Any, state: Any, x: Any, *, train: str) -> tuple[Any, Any]:
    x = x.reshape(x.shape[0], -1)
    mean = state["mean"] if train == "eval" else x.mean(0)
    moved = {"mean": 0.9 * state["mean"] + 0.1 * mean} if train == "update" else state
    return jnp.tanh(x - mean) @ params, moved


@pytest.mark.parametrize("mode", ["eval", "local", "reference"])
@pytest.mark.parametrize("unroll", [True, 1])
def test_what_the_running_statistics_do(mode: Any, unroll: bool | int) -> None:
    _, x, y = problem(14)
    x = jnp.asarray(x)
    weights = jnp.asarray(np.random.default_rng(0).normal(size=(D, CLASSES)))
    state = {"mean": jnp.full(D, 0.3)}
    threat, steps = ThreatModel("linf", 0.1), 3
    attack = pgd(threat, steps=steps, step_size=0.03, bn=mode, random_start=False, unroll=unroll)
    result = attack(Partial(batch_norm, weights), None, x, y, state=state)

    # The same attack by hand: with fixed statistics, or with those of the batch.
    delta, mean = np.zeros(x.shape), np.full(D, 0.3)

    def loss(x: Any) -> Any:
        flat = x.reshape(BATCH, -1)
        logits = jnp.tanh(flat - (0.3 if mode == "eval" else flat.mean(0))) @ weights
        return jnp.sum(jax.nn.logsumexp(logits, 1) - logits[jnp.arange(BATCH), y])

    for _ in range(steps):
        mean = 0.9 * mean + 0.1 * (x + delta).reshape(BATCH, -1).mean(0)
        delta = np.clip(delta + 0.03 * np.sign(jax.grad(loss)(x + delta)), -0.1, 0.1)
        delta = np.clip(x + delta, 0, 1) - x
    mean = 0.9 * mean + 0.1 * (x + delta).reshape(BATCH, -1).mean(0)
    np.testing.assert_allclose(result.x_adv, x + delta, atol=1e-6)
    expected = mean if mode == "reference" else np.full(D, 0.3)
    np.testing.assert_allclose(result.state["mean"], expected, atol=1e-6)


@pytest.mark.parametrize("mode", ["eval", "local", "reference"])
def test_the_models_of_the_library_fit(mode: Any) -> None:
    model = models.build("small-cnn", width=2, hidden=4, batch_norm=True)
    params, state = model.init(KEY, (8, 8, 3))
    x = jax.random.uniform(KEY, (3, 8, 8, 3), jnp.float32)
    attack = pgd(LINF, steps=2, bn=mode)
    result = attack(Partial(model.apply, params), KEY, x, jnp.arange(3), state=state)
    moved = jax.tree.map(lambda a, b: bool(jnp.any(a != b)), state, result.state)
    assert set(jax.tree.leaves(moved)) == {mode == "reference"}
    logits, _ = model.apply(params, state, result.x_adv, train="eval")
    if mode == "eval":
        np.testing.assert_array_equal(result.success, jnp.argmax(logits, 1) != jnp.arange(3))


@pytest.mark.parametrize("build", [pgd, apgd, fab, square])
@pytest.mark.parametrize("tree", [True, False])
def test_labels_that_are_no_classes_are_refused(build: Any, tree: bool) -> None:
    params, x, y = problem(12)
    options = {"queries": 1} if build is square else {"steps": 1}
    attack = build(LINF, **options)
    fn = Partial(two_layer, params) if tree else lambda x: two_layer(params, x)
    assert attack(fn, KEY, x, y).success.shape == (BATCH,)
    for wrong in (np.where(y == 0, -1, y), np.where(y == 0, CLASSES, y)):
        with pytest.raises(ValueError, match=r"y are classes, 0 to 3 .* got values from"):
            attack(fn, KEY, x, wrong)
        with pytest.raises(ValueError, match=r"target are classes, 0 to 3 for this model"):
            attack(fn, KEY, x, y, target=wrong)


@pytest.mark.parametrize("build", [pgd, apgd, fab, square])
def test_a_key_is_one_random_key(build: Any) -> None:
    params, x, y = problem(14)
    options = {fab: {"steps": 1, "restarts": 2}, square: {"queries": 1}}
    attack = build(LINF, **options.get(build, {"steps": 1}))
    for wrong in (0, "0", jax.random.split(KEY, BATCH), jnp.ones(2), np.random.default_rng(0)):
        with pytest.raises(ValueError, match=r"key is one random key, jax.random.key\(seed\); got"):
            attack(Partial(two_layer, params), wrong, x, y)
    for right in (KEY, jax.random.PRNGKey(0)):
        assert attack(Partial(two_layer, params), right, x, y).success.shape == (BATCH,)


@pytest.mark.parametrize("build", [pgd, apgd, fab, square])
@pytest.mark.parametrize("what", ["key", "weights"])
def test_vmap_over_keys_and_models(build: Any, what: str) -> None:
    params, x, y = problem(14)
    options = {"queries": 3} if build is square else {"steps": 2}
    attack = build(LINF, **options)
    values: Any = (
        jax.random.split(KEY, 2) if what == "key" else [jnp.stack([p, -p]) for p in params]
    )

    def one(value: Any) -> Any:
        key, weights = (value, params) if what == "key" else (KEY, value)
        return attack(Partial(two_layer, weights), key, x, y).best_x

    each = [one(jax.tree.map(lambda leaf, i=i: leaf[i], values)) for i in range(2)]
    np.testing.assert_allclose(jax.vmap(one)(values), jnp.stack(each), atol=100 * TOLERANCE)


@pytest.mark.parametrize("build", [pgd, apgd, fab, square])
def test_logits_alone_are_not_taken_for_logits_and_state(build: Any) -> None:
    """As many classes as images: the first row would pass for one logit an image."""
    params, x, _ = problem(15)
    attack = build(LINF, **({"queries": 1} if build is square else {"steps": 1}))
    alone = Partial(lambda params, state, x, train: two_layer(params, x), params)
    with pytest.raises(ValueError, match=r"returns \(logits, state\); got"):
        attack(alone, KEY, x[:CLASSES], jnp.arange(CLASSES) % 2, state={})


def test_a_binary_model_has_labels_of_two_signs() -> None:
    params, x, y = problem(13)
    signs = np.where(y > 1, 1, -1)
    result = pgd(LINF, steps=1)(lambda x: two_layer(params, x)[:, :1], KEY, x, signs)
    again = pgd(LINF, steps=1)(lambda x: two_layer(params, x)[:, 0], KEY, x, 1 * (y > 1))
    np.testing.assert_array_equal(result.success, again.success)


def call(attack: Any = None, **changes: Any) -> None:
    arguments: dict[str, Any] = {"key": KEY, "x": jnp.full((2, 3), 0.5), "y": jnp.array([0, 1])}
    attack = pgd(ThreatModel("linf", 0.1), steps=1) if attack is None else attack
    attack(changes.pop("fn", lambda x: x), **{**arguments, **changes})


@pytest.mark.parametrize(
    ("act", "message"),
    [
        (lambda: pgd(LINF, steps=-1), "steps is an integer, at least 0; got -1"),
        (lambda: pgd(LINF, steps=2.0), "steps is an integer"),  # pyright: ignore
        (lambda: pgd(LINF, step_size=2), "8/255"),
        (lambda: pgd(LINF, step_size=-0.1), "at least 0; got -0.1"),
        (lambda: pgd(LINF, step_size=0.1, step_rule=optax.sgd(1.0)), "one of them"),
        (lambda: pgd(LINF, bn="train"), "got 'train'"),  # pyright: ignore
        (lambda: pgd(LINF, loss="dlr"), "ce, margin, kl or callable; got 'dlr'"),  # pyright: ignore
        (lambda: pgd(LINF, unroll=0), "unroll is an integer, at least 1"),
        (lambda: call(x=jnp.full((2, 3), 128.0)), "Divide grey levels by 255"),
        (lambda: call(x=jnp.full((2, 3), jnp.nan)), "outside the bounds"),
        (lambda: call(x=jnp.zeros((2, 3), jnp.uint8)), "images of floats"),
        (lambda: call(y=jnp.zeros(3, int)), "y has one entry an image"),
        (lambda: call(y=jnp.zeros(2)), "labels are integers"),
        (lambda: call(target=jnp.zeros(1, int)), "target has one entry"),
        (lambda: call(index=jnp.zeros(2)), "index are integers"),
        (lambda: call(x_init=jnp.zeros((2, 2))), "x_init has the shape of x"),
        (lambda: call(key=None), "needs a key"),
        (lambda: call(fn=lambda x: x[:, :, None]), "logits have shape"),
        (lambda: call(pgd(LINF, bn="local")), "needs state"),
        (lambda: call(pgd(LINF, loss="kl", random_start=False)), "gradient 0 at x itself"),
        (lambda: call(pgd(LINF, loss="kl"), target=jnp.zeros(2, int)), "takes no target"),
        (lambda: call(pgd(LINF, loss=lambda z, y: z.sum())), "one number an image"),
    ],
)
def test_errors(act: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        act()
