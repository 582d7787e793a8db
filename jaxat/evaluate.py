"""Accuracy on clean and on attacked images, and BatchNorm's statistics at given weights."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.tree_util import Partial

from jaxat.attacks import cross_entropy, fooled
from jaxat.attacks.result import Attack
from jaxat.data import Augmentation, Split, to_unit
from jaxat.models import Model
from jaxat.objectives import Objective
from jaxat.placement import Placement
from jaxat.update import Place, TrainingSet

__all__ = ["Evaluation", "make_evaluate", "make_recalibrate"]

Tree = Any


class Evaluation(NamedTuple):
    """Counts over ``n`` images, and mean cross-entropies.

    ``robust`` images are those that the attack leaves correct; without an attack, those that are.
    """

    n: int
    correct: int
    robust: int
    loss: float
    robust_loss: float

    @property
    def accuracy(self) -> float:
        """Of clean images, in per cent."""
        return 100 * self.correct / self.n

    @property
    def robust_accuracy(self) -> float:
        """Of attacked images, in per cent."""
        return 100 * self.robust / self.n


def make_evaluate(
    model: Model,
    attack: Attack | None,
    *,
    batch: int = 512,
    placement: Placement | None = None,
) -> Callable[..., Evaluation]:
    """Build ``evaluate(params, state, split, key, *, progress=None) -> Evaluation``.

    The model runs with running statistics. An image counts as robust if the model is right on it
    and on what the attack made of it. Image i of the split draws from ``fold_in(key, i)``, so the
    result does not depend on ``batch``. ``progress(done, n)`` is called after each batch.

    >>> from jaxat import data, models
    >>> two = data.load("synthetic-two")
    >>> model = models.build("logistic")
    >>> params, state = model.init(jax.random.key(0), two.info.shape)
    >>> result = make_evaluate(model, None)(params, state, two.test, jax.random.key(1))
    >>> result.n, result.correct == result.robust
    (500, True)
    """
    dtype = model.options["param_dtype"]
    where = Placement(jax.local_devices()[:1]) if placement is None else placement

    @jax.jit
    def judged(params: Tree, state: Tree, x: Any, y: Any) -> tuple[jax.Array, jax.Array]:
        logits, _ = model.apply(params, state, x, train="eval")
        return where.gathered((~fooled(logits, y), cross_entropy(logits, y)))

    def evaluate(
        params: Tree, state: Tree, split: Split, key: Any, *, progress: Any = None
    ) -> Evaluation:
        size = math.ceil(min(batch, split.size) / where.count) * where.count
        clean, attacked = [], []
        for start in range(0, split.size, size):
            # Every batch has the same shape, so that one compilation serves all; the last one
            # begins again with the first images, which are not counted twice.
            places = np.arange(start, start + size) % split.size
            some = split.take(places)
            x, y = where.split(to_unit(some.images, dtype)), where.split(jnp.asarray(some.labels))
            wanted = slice(0, split.size - start)
            right, loss = judged(params, state, x, y)
            clean.append((right[wanted], loss[wanted]))
            if attack is not None:
                logits_fn, index = Partial(model.apply, params), where.split(jnp.asarray(places))
                found = attack(logits_fn, key, x, y, state=state, index=index)
                still, robust_loss = judged(params, state, found.x_adv, y)
                attacked.append(((right & still)[wanted], robust_loss[wanted]))
            if progress is not None:
                # Waits for the device, without which progress would be that of the queue.
                jax.block_until_ready((clean[-1], attacked[-1:]))
                progress(min(start + size, split.size), split.size)
        correct, loss = _total(clean)
        robust, robust_loss = _total(attacked) if attack is not None else (correct, loss)
        n = split.size
        return Evaluation(n, int(correct), int(robust), loss / n, robust_loss / n)

    return evaluate


def _total(batches: Sequence[tuple[jax.Array, jax.Array]]) -> tuple[int, float]:
    fetched = jax.device_get(list(batches))
    right = sum(int(np.sum(counts)) for counts, _ in fetched)
    return right, math.fsum(float(value) for _, losses in fetched for value in losses)


def make_recalibrate(
    model: Model,
    objective: Objective,
    augment: Augmentation,
    *,
    place: Place = lambda x: x,
) -> Callable[..., Tree]:
    """Build ``recalibrate(params, state, data, rows, key) -> state``: statistics at ``params``.

    The mean, over the minibatches ``rows`` (count, batch), of the statistics of the examples that
    the objective makes there, attacked ones in adversarial training. EntropySGD needs this: its
    running statistics belong to the weights θ' of its chain, and θ is evaluated (Chaudhari et al.
    pass the training set once more for it).
    """
    dtype = model.options["param_dtype"]

    @jax.jit
    def one(params: Tree, state: Tree, data: TrainingSet, index: Any, key: Any) -> Tree:
        augment_key, attack_key, dropout_key = jax.random.split(key, 3)
        x = to_unit(augment(augment_key, place(data.images[index])), dtype)
        y = place(data.labels[index])
        examples = objective.prepare(params, state, attack_key, x, y, index)
        # From zero statistics what comes out is the batch's own times a known weight.
        none = jax.tree.map(jnp.zeros_like, state)
        _, (moved, _) = objective.loss(params, examples._replace(state=none), dropout_key)
        return moved

    def recalibrate(params: Tree, state: Tree, data: TrainingSet, rows: Any, key: Any) -> Tree:
        if not jax.tree.leaves(state):
            return state
        weight = 1 - (1 - model.options["bn_momentum"]) ** objective.passes
        total = jax.tree.map(jnp.zeros_like, state)
        for i, index in enumerate(rows):
            moved = one(params, state, data, jnp.asarray(index), jax.random.fold_in(key, i))
            total = jax.tree.map(jnp.add, total, moved)
        scale = 1 / (weight * len(rows))
        return jax.tree.map(lambda leaf: (scale * leaf).astype(leaf.dtype), total)

    return recalibrate
