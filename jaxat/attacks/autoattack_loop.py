"""The loop over passes and batches: attack, verify, book, save, report."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from jaxat.attacks.autoattack_checks import Flag, refuse_nan
from jaxat.attacks.autoattack_inputs import within
from jaxat.attacks.autoattack_passes import GRADIENT_ATTACKS, Pass
from jaxat.attacks.autoattack_report import AttackLine, Progress
from jaxat.attacks.autoattack_store import State, Store
from jaxat.placement import Placement
from jaxat.threat import ThreatModel

__all__ = ["Evaluation", "batches", "run_passes", "tail_of"]


@dataclass
class Evaluation:
    """All that stays as it is while passes are run, and counts of what should not happen."""

    threat: ThreatModel
    model: Any
    attacked: Any
    judge: Callable[..., np.ndarray]
    placement: Placement
    key: Any
    model_key: Any
    x: np.ndarray
    y: np.ndarray
    logits: np.ndarray
    plan: list[Pass]
    names: list[str]
    batch: int
    individual: bool
    unconfirmed: int = 0
    outside: int = 0
    order: np.ndarray = field(init=False)
    correct: np.ndarray = field(init=False)

    def __post_init__(self) -> None:
        self.order = np.argsort(-self.logits, axis=1, kind="stable").astype(np.int32)
        self.correct = np.argmax(self.logits, axis=1) == self.y

    def left(self, state: State, attack: int) -> np.ndarray:
        """Which images a pass of this attack has to meet, whether or not it has met them yet."""
        done = state.by[attack] if self.individual else state.by.any(axis=0)
        return self.correct & ~done

    def bound(self, state: State, *, finished: bool = False) -> float | None:
        """What APGD-CE and APGD-T leave, once they are through, else None."""
        if not set(GRADIENT_ATTACKS) <= set(self.names):
            return None
        last = max(i for i, part in enumerate(self.plan) if part.attack in GRADIENT_ATTACKS)
        if not finished and state.current <= last:
            return None
        rows = [self.names.index(name) for name in GRADIENT_ATTACKS]
        return float((self.correct & ~state.by[rows].any(axis=0)).mean())

    def lines(self, state: State) -> tuple[AttackLine, ...]:
        """The table of the report."""
        lines, left = [], self.correct.copy()
        for row, name in enumerate(self.names):
            alone = self.correct & ~state.by[row]
            left = left & alone
            robust = alone if self.individual else left
            seconds, *counts = state.costs[row].tolist()
            forwards, backwards, padding = map(int, counts)
            met, broken = int(state.met[row].sum()), int(state.by[row].sum())
            lines.append(
                AttackLine(
                    name, met, broken, float(robust.mean()), seconds, forwards, backwards, padding
                )
            )
        return tuple(lines)

    def doubts(self) -> list[Flag]:
        """Flags about results of attacks that verification did not confirm."""
        many = 0.01 * len(self.x)
        found = []
        # A randomised model is wrong now and right then.
        if self.unconfirmed > many and self.model_key is None:
            found.append(
                Flag(
                    "unconfirmed",
                    f"{self.unconfirmed} adversarial examples did not survive verification at full "
                    f"precision, and were not counted: compare with attacks in float32.",
                )
            )
        if self.outside:
            found.append(
                Flag(
                    "outside",
                    f"{self.outside} adversarial examples lay outside the threat model, and were "
                    f"not counted.",
                )
            )
        return found


def run_passes(
    evaluation: Evaluation,
    state: State,
    store: Store | None,
    progress: Callable[[Progress], None] | None,
    began: float,
) -> None:
    """Run what is left of the plan; `state` is changed in place, and saved after each batch."""
    spent = done_units = 0.0
    tail = tail_of(evaluation.batch, evaluation.placement.count)
    while state.current < len(evaluation.plan):
        part = evaluation.plan[state.current]
        row = evaluation.names.index(part.attack)
        todo = np.flatnonzero(evaluation.left(state, row) & ~state.seen)
        total, done = len(todo), 0
        for index, size in batches(todo, evaluation.batch, tail):
            start = time.perf_counter()
            wrong, x_adv = _attack(evaluation, part, state.current, index, size)
            seconds = time.perf_counter() - start
            broken = index[wrong]
            state.seen[index] = True
            state.met[row, index] = True
            state.by[row, broken] = True
            # What broke an image first is kept.
            for place, found in zip(broken.tolist(), x_adv[wrong], strict=True):
                state.found.setdefault(place, found)
            cost = len(index) * part.forwards, len(index) * part.backwards
            idle = (size - len(index)) * part.forwards
            state.costs[row] += (seconds, *cost, idle)
            if store is not None:
                store.save(state, broken, x_adv[wrong])
            done += len(index)
            spent, done_units = spent + seconds, done_units + sum(cost)
            if progress is not None:
                ahead = _units_ahead(evaluation, state, total - done)
                robust = evaluation.correct & ~state.by.any(axis=0)
                progress(
                    Progress(
                        part.attack if part.rank is None else f"{part.attack} {part.rank}",
                        done,
                        total,
                        float(robust.mean()),
                        evaluation.bound(state),
                        time.perf_counter() - began,
                        spent / done_units * ahead,
                    )
                )
        state.seen[:] = False
        state.current += 1


def batches(todo: np.ndarray, size: int, tail: int) -> Iterator[tuple[np.ndarray, int]]:
    """Cut indices into batches of `size`, and of `tail` for the last ones: two shapes at most.

    >>> [(len(index), size) for index, size in batches(np.arange(145), 64, 8)]
    [(64, 64), (64, 64), (8, 8), (8, 8), (1, 8)]
    """
    whole = len(todo) // size * size
    for start in range(0, whole, size):
        yield todo[start : start + size], size
    rest = todo[whole:]
    if len(rest) > size - tail:
        yield rest, size
        return
    for start in range(0, len(rest), tail):
        yield rest[start : start + tail], tail


def tail_of(size: int, multiple: int) -> int:
    """Return the batch for the last images: on a CPU, where a pass takes time in proportion.

    >>> tail_of(16, 1)
    16
    """
    eighth = size // 8 // multiple * multiple
    small = jax.default_backend() == "cpu" and eighth >= 8
    return eighth if small else size


def _attack(
    evaluation: Evaluation, part: Pass, number: int, index: np.ndarray, size: int
) -> tuple[np.ndarray, np.ndarray]:
    # The batch is filled up with its last image.
    places = np.concatenate([index, np.full(size - len(index), index[-1])])
    split = evaluation.placement.split
    target = None
    if part.rank is not None:
        target = split(jnp.asarray(evaluation.order[places, part.rank]))
    result = part.run(
        evaluation.attacked,
        jax.random.fold_in(evaluation.key, number),
        split(jnp.asarray(evaluation.x[places])),
        split(jnp.asarray(evaluation.y[places])),
        target=target,
        index=split(jnp.asarray(places)),
    )
    x_adv = np.asarray(result.x_adv)
    logits = evaluation.judge(evaluation.model, x_adv, evaluation.model_key)[: len(index)]
    x_adv = x_adv[: len(index)]
    refuse_nan(logits, "attacked images")
    inside = within(evaluation.threat, x_adv, evaluation.x[index])
    wrong = np.argmax(logits, axis=1) != evaluation.y[index]
    claimed = np.asarray(result.success)[: len(index)]
    evaluation.unconfirmed += int(np.sum(claimed & ~wrong))
    evaluation.outside += int(np.sum(claimed & ~inside))
    return wrong & inside, x_adv


def _units_ahead(evaluation: Evaluation, state: State, rest: int) -> float:
    """Passes through the model that are still to come, if no image breaks from here on."""
    part = evaluation.plan[state.current]
    units = rest * (part.forwards + part.backwards)
    for later in evaluation.plan[state.current + 1 :]:
        left = evaluation.left(state, evaluation.names.index(later.attack)).sum()
        units += int(left) * (later.forwards + later.backwards)
    return float(units)
