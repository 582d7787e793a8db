"""A run without its files: what is compiled once, an epoch of updates, a judgement of weights."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from jaxat.config import Config, ConfigError
from jaxat.data import Split
from jaxat.evaluate import Evaluation, make_evaluate, make_recalibrate
from jaxat.parts import build, evaluation_attack
from jaxat.placement import Placement
from jaxat.sets import Sets, load_sets
from jaxat.state import TrainState, initial_state, keys_of
from jaxat.stream import Stream
from jaxat.update import TrainingSet, make_update, make_updates

__all__ = ["Chunk", "NonFiniteError", "Trainer", "Weights"]

# Minibatches over which the statistics of BatchNorm are averaged at weights to be evaluated.
RECALIBRATION = 20

Tree = Any


class NonFiniteError(ArithmeticError):
    """A quantity of an update is not finite; the message names it and the minibatch."""


class Weights(NamedTuple):
    """What is evaluated and kept: parameters, and statistics that belong to them."""

    params: Tree
    state: Tree


class Chunk(NamedTuple):
    """The metrics of consecutive updates, fetched from the device: one row an update."""

    state: TrainState
    rows: list[dict[str, Any]]


class Trainer:
    """Builds and compiles what one configuration needs; the same for all its epochs.

    Args:
        config: of the run.
        seed: of weights, data order, attacks and noise.
        devices: over which minibatches are split; all of them unless given.
        sets: the images, if they have been loaded already.

    Raises:
        ConfigError: a setting that a part refuses, or a batch that the devices cannot share.
        DataError: the data set is unknown, absent or damaged.
    """

    def __init__(
        self, config: Config, seed: int, *, devices: Any = None, sets: Sets | None = None
    ) -> None:
        self.config = config
        self.sets = load_sets(config) if sets is None else sets
        self.placement = Placement(devices)
        if config.batch % self.placement.count:
            raise ConfigError(
                f"batch={config.batch} cannot be shared by {self.placement.count} devices; take a "
                "multiple"
            )
        self.keys = keys_of(seed)
        self.parts = build(config, self.sets.info, self.keys.langevin)
        self.stream = Stream(self.sets.train.size, config.batch, seed)
        place = self.placement.split
        update = make_update(self.parts, self.sets.augment, self.keys.train, place)
        self._updates = make_updates(update, self.placement.gathered)
        self._evaluate = make_evaluate(
            self.parts.model,
            evaluation_attack(config),
            batch=config.eval_batch,
            placement=self.placement,
        )
        objective, augment = self.parts.objective, self.sets.augment
        self._recalibrate = make_recalibrate(self.parts.model, objective, augment, place=place)
        train = self.sets.train
        self.data = self.placement.copied(
            TrainingSet(jnp.asarray(train.images), jnp.asarray(train.labels))
        )

    def start(self) -> TrainState:
        """The state before the first minibatch."""
        state = initial_state(self.parts, self.sets.info.shape, self.keys.init)
        return self.placement.copied(state)

    def epoch(
        self, state: TrainState, epoch: int, done: Callable[[Chunk], None] = lambda chunk: None
    ) -> TrainState:
        """All updates that end in ``epoch``; ``done`` is called after each compiled chunk of them.

        An update of EntropySGD that would end in the next epoch is left to it, minibatches and all.

        Raises:
            NonFiniteError: after ``done`` was called for the updates before the bad one.
        """
        each, phase = self.parts.minibatches(epoch), self.parts.phase(epoch)
        first = int(state.minibatch)
        count = ((epoch + 1) * self.stream.per_epoch - first) // each
        limit = self.config.chunk if self.config.compiled == "epoch" else 1
        limit = min(limit, -(-self.stream.per_epoch // each))
        rate = self.parts.rate(epoch)
        rates = np.full(limit, rate, np.float32)
        for begin in range(0, count, limit):
            size = min(limit, count - begin)
            at = first + begin * each
            rows = np.zeros((limit, each, self.config.batch), np.int32)
            rows[:size] = self.stream.rows(at, size * each).reshape(size, each, -1)
            state, metrics = self._updates(state, self.data, rows, rates, size, phase=phase)
            fetched = jax.device_get(metrics)
            chunk = [
                {
                    "minibatch": at + (i + 1) * each,
                    "epoch": epoch,
                    "rate": rate,
                    **{name: float(values[i]) for name, values in fetched.items()},
                }
                for i in range(size)
            ]
            bad = next((row for row in chunk if _not_finite(row)), None)
            done(Chunk(state, chunk if bad is None else chunk[: chunk.index(bad)]))
            if bad is not None:
                name = _not_finite(bad)
                raise NonFiniteError(
                    f"{name} is {bad[name or '']} at minibatch {bad['minibatch']} (epoch {epoch})"
                )
        return state

    def weights(self, state: TrainState, epoch: int) -> Weights:
        """The weights to be evaluated at the end of ``epoch``, with statistics that fit them.

        A copy, because the state itself is donated to the next update.
        """
        how = self.config.eval_statistics
        if how == "auto":
            how = "recalibrated" if self.parts.minibatches(epoch) > 1 else "running"
        statistics = state.model_state
        if how == "recalibrated":
            key = jax.random.fold_in(jax.random.fold_in(self.keys.evaluate, 0), epoch)
            count = min(RECALIBRATION, self.stream.per_epoch)
            rows = self.stream.rows(epoch * self.stream.per_epoch, count)
            statistics = self._recalibrate(state.params, statistics, self.data, rows, key)
        return jax.tree.map(jnp.copy, Weights(state.params, statistics))

    def judge(self, weights: Weights, split: Split, progress: Any = None) -> Evaluation:
        """Clean and attacked accuracy; the same random starts for all weights."""
        key = jax.random.fold_in(self.keys.evaluate, 1)
        return self._evaluate(weights.params, weights.state, split, key, progress=progress)


def _not_finite(row: dict[str, Any]) -> str | None:
    """The first quantity of an update that is not a number, the loss before all others."""
    names = sorted(row, key=lambda name: (name != "loss", name))
    return next((name for name in names if not np.isfinite(row[name])), None)
