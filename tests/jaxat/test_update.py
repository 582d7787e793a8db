"""Two updates of every kind of training against a transcription with dense gradients.

The transcription is a Python loop over minibatches, attack steps and weights; of the library it
uses the model and the law of the random numbers alone.
"""

from __future__ import annotations

import dataclasses
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxat import data
from jaxat.config import Config
from jaxat.data import Augmentation, DatasetInfo
from jaxat.parts import build
from jaxat.state import TrainState, initial_state
from jaxat.update import TrainingSet, make_update, make_updates

X64 = jnp.zeros(()).dtype == jnp.float64
DTYPE = jnp.float64 if X64 else jnp.float32
RTOL, ATOL = (1e-9, 1e-11) if X64 else (1e-3, 2e-5)
L, B, PIXELS = 3, 5, (6, 6, 1)
rng = np.random.default_rng(11)
IMAGES = rng.integers(0, 256, size=(4 * L * B, *PIXELS)).astype(np.uint8)
LABELS = rng.integers(0, 3, size=len(IMAGES)).astype(np.int32)
INFO = DatasetInfo("made", PIXELS, (20, 20, 20), (1, 1, 1), (0.0,), (1.0,))
KEY = jax.random.key(42)

BASE = Config(
    dataset="synthetic-two",
    batch=B,
    model="small-cnn",
    model_options={
        "width": 2,
        "hidden": 3,
        "batch_norm": True,
        "activation": "swish",
        "bn_momentum": 0.2,
        "param_dtype": "float64" if X64 else "float32",
    },
    eps="0.1",
    attack_steps=2,
    attack_step="0.06",
    lr=0.3,
    momentum=0.8,
    weight_decay=0.05,
    ensgd_steps=L,
    ensgd_scope=0.4,
    ensgd_step=0.2,
    ensgd_noise=0.0,
    ensgd_averaging=0.7,
)
CASES: dict[str, dict[str, Any]] = {
    "at": {"attack_bn": "reference", "nesterov": True},
    "awp": {"attack_bn": "eval", "awp": 0.3},
    "trades-ensgd": {
        "objective": "trades",
        "beta": 3.0,
        "attack_bn": "local",
        "ensgd": "first",
        "nesterov": True,
    },
    "awp-ensgd2": {"attack_bn": "local", "ensgd": "second", "awp": 0.2, "ensgd_scope": 3.0},
}
TRAIN = {"eval": "eval", "local": "batch", "reference": "update"}


class Inverted(Augmentation):
    """What no random augmentation shows: that it comes before everything else, on grey levels."""

    def __call__(self, key: Any, images: Any) -> Any:
        del key
        return 255 - images


class Naive:
    """Training as the papers and the public code describe it; ``tree.map`` and nothing else."""

    def __init__(self, config: Config, model: Any, state: TrainState) -> None:
        self.config, self.apply, self.batch = config, model.apply, 0
        self.params, self.stats = state.params, state.model_state
        self.buffer = jax.tree.map(jnp.zeros_like, state.params)
        self.losses: list[float] = []
        self.pass_ = jax.jit(self.log_softmax, static_argnames="train")
        self.value = jax.jit(jax.value_and_grad(self.loss, has_aux=True))
        self.ascent = jax.jit(jax.grad(self.attacked, argnums=2, has_aux=True))

    def log_softmax(self, params: Any, stats: Any, x: Any, train: Any) -> tuple[Any, Any]:
        z, stats = self.apply(params, stats, x, train=train)
        return z - jnp.log(jnp.sum(jnp.exp(z), axis=1, keepdims=True)), stats

    def loss(self, params: Any, stats: Any, x: Any, x_adv: Any, y: Any) -> tuple[Any, Any]:
        rows = jnp.arange(len(y))
        log_q, stats = self.log_softmax(params, stats, x_adv, "update")
        if self.config.objective != "trades":
            return -log_q[rows, y].mean(), stats
        log_p, stats = self.log_softmax(params, stats, x, "update")
        divergence = (jnp.exp(log_p) * (log_p - log_q)).sum(axis=1)
        return (-log_p[rows, y] + self.config.beta * divergence).mean(), stats

    def attacked(self, params: Any, stats: Any, x: Any, y: Any, clean: Any) -> tuple[Any, Any]:
        log_q, moved = self.log_softmax(params, stats, x, TRAIN[self.config.attack_bn])
        if self.config.objective == "trades":
            return (jnp.exp(clean) * (clean - log_q)).sum(), moved
        return -log_q[jnp.arange(len(y)), y].sum(), moved

    def minibatch(self, params: Any, index: Any) -> tuple[Any, ...]:
        """Examples attacked at ``params``, and the statistics after the attack."""
        attack_key = jax.random.split(jax.random.fold_in(KEY, self.batch), 3)[1]
        self.batch += 1
        x = jnp.asarray((255 - IMAGES[index]) / 255, DTYPE)
        y = jnp.asarray(LABELS[index])
        draws = [
            jax.random.uniform(jax.random.fold_in(attack_key, i), PIXELS, DTYPE, -1, 1)
            for i in index.tolist()
        ]
        stats, eps = self.stats, 0.1
        trades = self.config.objective == "trades"
        clean = self.pass_(params, stats, x, train="batch")[0] if trades else None
        x_adv = jnp.clip(x + eps * jnp.stack(draws), 0, 1)
        for _ in range(2):
            gradient, moved = self.ascent(params, stats, x_adv, y, clean)
            stats = moved if self.config.attack_bn == "reference" else stats
            x_adv = jnp.clip(jnp.clip(x_adv + 0.06 * jnp.sign(gradient), x - eps, x + eps), 0, 1)
        if self.config.attack_bn == "reference":
            stats = self.pass_(params, stats, x_adv, train="update")[1]
        return stats, x, x_adv, y

    def gradient(self, params: Any, index: Any) -> tuple[Any, Any, Any]:
        """At the weights, or where AWP moves them; weights, gradient, statistics of the pass."""
        stats, x, x_adv, y = self.minibatch(params, index)
        (loss, moved), grads = self.value(params, stats, x, x_adv, y)
        self.losses.append(float(loss))
        if not self.config.awp:
            return params, grads, moved

        def perturbed(w: Any, g: Any) -> Any:
            if w.ndim < 2:
                return w
            ratio = np.linalg.norm(np.ravel(w)) / np.linalg.norm(np.ravel(g))
            return w + self.config.awp * ratio * g

        at = jax.tree.map(perturbed, params, grads)
        (_, moved), grads = self.value(at, stats, x, x_adv, y)
        return at, grads, moved

    def outer(self, grads: Any, decayed: Any, rate: float) -> None:
        c = self.config
        grads = jax.tree.map(lambda g, w: g + c.weight_decay * w, grads, decayed)
        self.buffer = jax.tree.map(lambda b, g: c.momentum * b + g, self.buffer, grads)
        step = self.buffer
        if c.nesterov:
            step = jax.tree.map(lambda g, b: g + c.momentum * b, grads, self.buffer)
        self.params = jax.tree.map(lambda w, s: w - rate * s, self.params, step)

    def sgd(self, rows: np.ndarray, rate: float) -> None:
        at, grads, self.stats = self.gradient(self.params, rows[0])
        self.outer(grads, at, rate)  # AWP's public code decays the perturbed weights

    def entropy_sgd(self, rows: np.ndarray, rate: float) -> None:
        c, theta = self.config, self.params
        w, mean, square = theta, theta, jax.tree.map(jnp.square, theta)
        keep = c.ensgd_averaging
        momentum, moved = jax.tree.map(jnp.zeros_like, theta), []
        for index in rows:
            _, grads, stats = self.gradient(w, index)
            moved.append(stats)
            grads = jax.tree.map(lambda g, v: g + c.weight_decay * v, grads, w)
            momentum = jax.tree.map(lambda m, g: 0.9 * m + g, momentum, grads)
            w = jax.tree.map(
                lambda v, g, m, t: v - c.ensgd_step * (g + 0.9 * m - c.ensgd_scope * (t - v)),
                *(w, grads, momentum, theta),
            )
            mean = jax.tree.map(lambda a, v: keep * a + (1 - keep) * v, mean, w)
            square = jax.tree.map(lambda a, v: keep * a + (1 - keep) * v**2, square, w)
        away = jax.tree.map(jnp.subtract, theta, mean)
        if c.ensgd == "second":
            away = jax.tree.map(
                lambda a, x, m: a / jnp.maximum(1 - c.ensgd_scope * (x - m**2), 0.1),
                *(away, square, mean),
            )
        # All minibatches begin from the statistics before the update.
        self.stats = jax.tree.map(lambda *leaves: jnp.mean(jnp.stack(leaves), axis=0), *moved)
        self.outer(away, theta, rate)


def close(found: Any, expected: Any) -> None:
    assert jax.tree.structure(found) == jax.tree.structure(expected)
    for path, leaf in jax.tree_util.tree_leaves_with_path(expected):
        name = jax.tree_util.keystr(path)
        got = dict(jax.tree_util.tree_leaves_with_path(found))[path]
        assert got.dtype == leaf.dtype == DTYPE, name
        np.testing.assert_allclose(got, leaf, rtol=RTOL, atol=ATOL, err_msg=name)


@pytest.mark.parametrize("name", CASES)
def test_two_updates_are_those_of_the_transcription(name: str) -> None:
    config = dataclasses.replace(BASE, **CASES[name])
    parts = build(config, INFO, jax.random.key(9))
    state = initial_state(parts, PIXELS, jax.random.key(1))
    naive = Naive(config, parts.model, jax.tree.map(jnp.copy, state))  # `updates` takes the state
    updates = make_updates(make_update(parts, Inverted(), KEY))
    each = parts.minibatches(0)
    rows = np.arange(2 * each * B, dtype=np.int32).reshape(2, each, B)[..., ::-1]
    images = TrainingSet(jnp.asarray(IMAGES), jnp.asarray(LABELS))
    rates = np.array([0.3, 0.2], np.float32)
    before = jax.tree.map(np.array, state.params)
    state, metrics = updates(state, images, rows, rates, 2, phase=0)
    for k in range(2):
        step = naive.sgd if config.ensgd == "none" else naive.entropy_sgd
        naive.losses, old = [], naive.params
        step(rows[k], float(rates[k]))
        np.testing.assert_allclose(metrics["loss"][k], np.mean(naive.losses), rtol=RTOL)
        moves = jax.tree.map(jnp.subtract, naive.params, old)
        norm = np.sqrt(sum(float(jnp.sum(m**2)) for m in jax.tree.leaves(moves)))
        np.testing.assert_allclose(metrics["step_norm"][k], norm / rates[k], rtol=10 * RTOL)
    close(state.params, naive.params)
    close(state.model_state, naive.stats)
    assert int(state.minibatch) == naive.batch == 2 * each
    # The update is large enough for the comparison to mean something.
    far = jax.tree.map(lambda a, b: float(jnp.abs(a - b).max()), before, naive.params)
    assert min(jax.tree.leaves(far)) > 1e-4


def test_a_chunk_stops_where_it_is_told_to_and_says_so() -> None:
    """Rows from ``count`` on are neither used nor measured, and one compilation serves them all."""
    config = dataclasses.replace(BASE, model="logistic", model_options={}, dataset="synthetic-two")
    info = data.info("synthetic-two")
    parts = build(config, info, jax.random.key(9))
    images = data.load("synthetic-two").train.take(np.arange(40))
    some = TrainingSet(jnp.asarray(images.images), jnp.asarray(images.labels))
    updates: Any = make_updates(make_update(parts, info.augmentation, KEY))
    rows = np.arange(40, dtype=np.int32).reshape(4, 1, 10)
    rates = np.full(4, 0.1, np.float32)

    def run(count: int, rows: np.ndarray) -> tuple[TrainState, Any]:
        state = initial_state(parts, info.shape, jax.random.key(1))
        return updates(state, some, rows, rates, count, phase=0)

    with_zeros = np.concatenate([rows[:2], np.zeros_like(rows[2:])])
    state, metrics = run(2, rows)
    same, _ = run(2, with_zeros)
    for a, b in zip(*map(jax.tree.leaves, (state, same)), strict=True):
        np.testing.assert_array_equal(a, b)
    assert int(state.minibatch) == 2
    assert np.isfinite(metrics["loss"]).tolist() == [True, True, False, False]
    nothing, _ = run(0, rows)
    begin = initial_state(parts, info.shape, jax.random.key(1))
    np.testing.assert_array_equal(
        nothing.params["linear"]["kernel"], begin.params["linear"]["kernel"]
    )
    assert updates._cache_size() == 1
