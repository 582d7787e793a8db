"""One training run in a folder: it can be killed at any moment and goes on to the same bits."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import jax
import numpy as np

from jaxat import checkpoint
from jaxat.config import Config
from jaxat.data import Split
from jaxat.evaluate import Evaluation
from jaxat.event_files import EventFiles, require_tensorboard
from jaxat.hosts import is_first, on_first, same_everywhere
from jaxat.records import RowFile, read_rows
from jaxat.rundir import RunError, RunFolder
from jaxat.sets import Sets
from jaxat.state import TrainState
from jaxat.trainer import Chunk, NonFiniteError, Trainer, Weights

__all__ = ["Reporter", "Snapshot", "StoppedError", "fit", "snapshot_like"]


class StoppedError(ArithmeticError):
    """A quantity is not finite. The message says which, where, and what is left."""


class Snapshot(NamedTuple):
    """What a checkpoint holds: where the run is, and the best weights so far."""

    state: TrainState
    best: Weights


class Reporter(Protocol):
    """Is told how far a run is: minibatches done of all, and what was measured last."""

    def __call__(self, done: int, total: int, measured: Mapping[str, float]) -> None: ...


def fit(
    config: Config,
    folder: Path | str,
    *,
    seed: int = 0,
    resume: bool = False,
    report: Reporter | None = None,
    say: Callable[[str], None] = print,
    devices: Any = None,
    sets: Sets | None = None,
) -> dict[str, Any]:
    """Train in ``folder`` and return what ``result.json`` there holds.

    After every epoch the weights may be judged (``eval_every``) and a checkpoint is written (after
    every ``checkpoint_every``-th). With
    ``resume`` a run that was killed goes on from its last whole checkpoint: rows that were written
    after it are cut off and written again, and final parameters and metrics, timings apart, are bit
    for bit those of a run that was never killed (on the same machine). A finished run is left as it
    is.

    Several processes that `jax.distributed` has joined call this alike. The first one writes, in a
    folder that all of them see.

    ``report`` is called after each compiled chunk of updates; ``say`` gets lines that a user should
    see: damaged checkpoints, selected epochs.

    Raises:
        ConfigError, DataError, RunError, CheckpointError: one line that says what to do.
        ElsewhereError: the first process met one of these.
        StoppedError: a quantity became infinite or not a number. Checkpoints before it stay.
    """
    settings = {**config.to_json(), "seed": seed}
    # Before the folder, so that what cannot run leaves nothing behind.
    if config.tensorboard:
        require_tensorboard()
    trainer = Trainer(config, seed, devices=devices, sets=sets)
    held = on_first(lambda: RunFolder.open(folder, settings, resume=resume))
    with RunFolder.beside(folder) if held is None else held as run:
        for note in run.notes:
            say(note)
        if run.result is not None:
            return run.result
        return _Loop(run, trainer, report or _silent, say).run(seed)


def _silent(done: int, total: int, measured: Mapping[str, float]) -> None:
    del done, total, measured


def snapshot_like(trainer: Trainer) -> Snapshot:
    """What a checkpoint of this trainer looks like: shapes and dtypes."""
    state = trainer.start()
    return Snapshot(state, Weights(state.params, state.model_state))


class _Loop:
    def __init__(
        self, run: RunFolder, trainer: Trainer, report: Reporter, say: Callable[[str], None]
    ) -> None:
        self.trainer, self.folder, self.report, self.say = trainer, run, report, say
        self.config = trainer.config
        self.total = self.config.epochs * trainer.stream.per_epoch

    def run(self, seed: int) -> dict[str, Any]:
        state, best, facts = self._begin()
        kind = RowFile if is_first() else _NoFile
        with kind(self.folder.steps) as steps, kind(self.folder.epochs) as epochs:
            for rows in (steps, epochs):
                rows.truncate_after(int(state.minibatch), facts["epoch"] - 1)
            events = None
            if self.config.tensorboard and is_first():
                events = EventFiles(self.folder.path, after=int(state.minibatch))
            for epoch in range(facts["epoch"], self.config.epochs):
                state, row = self._epoch(state, epoch, steps)
                due = (epoch + 1) % self.config.eval_every == 0 or epoch + 1 == self.config.epochs
                selection = self.trainer.sets.selection(self.config.select)
                if due and selection is not None:
                    weights = self.trainer.weights(state, epoch)
                    judged = self.trainer.judge(weights, selection)
                    row |= _measured(self.config.select, judged)
                    if judged.robust > facts["best_robust"]:
                        best = weights
                        facts |= {"best_robust": judged.robust, "best_epoch": epoch}
                elif epoch + 1 == self.config.epochs:
                    best = self.trainer.weights(state, epoch)
                    facts |= {"best_epoch": epoch}
                epochs.write(row)
                if events is not None:
                    events.write(row, row["minibatch"])
                facts |= {"epoch": epoch + 1}
                for rows in (steps, epochs):
                    rows.sync()
                if (
                    epoch + 1
                ) % self.config.checkpoint_every == 0 or epoch + 1 == self.config.epochs:
                    self._save(Snapshot(state, best), facts)
            if events is not None:
                events.close()
        result = {"seed": seed, **self._result(state, best, facts)}
        on_first(lambda: self.folder.finish(result))
        return result

    def _save(self, snapshot: Snapshot, facts: Mapping[str, Any]) -> None:
        number = int(snapshot.state.minibatch)
        on_first(lambda: checkpoint.save(self.folder.checkpoints, number, snapshot, facts))

    def _begin(self) -> tuple[TrainState, Weights, dict[str, Any]]:
        """The last whole checkpoint, or the beginning."""
        like = snapshot_like(self.trainer)
        restored = checkpoint.latest(self.folder.checkpoints, like)
        if not same_everywhere(-1 if restored is None else restored.number):
            raise RunError(
                f"the processes find different checkpoints in {self.folder.checkpoints}; it must "
                "lie where all of them see it"
            )
        if restored is None:
            # Its own arrays: the state is donated to the first update.
            best = jax.tree.map(np.asarray, like.best)
            return like.state, best, {"epoch": 0, "best_robust": -1, "best_epoch": -1}
        for complaint in restored.complaints:
            self.say(f"{complaint}; going on from the one before")
        state = self.trainer.placement.copied(restored.tree.state)
        return state, restored.tree.best, dict(restored.facts)

    def _epoch(
        self, state: TrainState, epoch: int, steps: RowFile | _NoFile
    ) -> tuple[TrainState, dict[str, Any]]:
        begin, first, rows = time.perf_counter(), int(state.minibatch), []

        def done(chunk: Chunk) -> None:
            for row in chunk.rows:
                steps.write(row)
            rows.extend(chunk.rows)
            if chunk.rows:
                last = chunk.rows[-1]
                self.report(last["minibatch"], self.total, _means(chunk.rows, last["epoch"]))

        try:
            state = self.trainer.epoch(state, epoch, done)
        except NonFiniteError as error:
            kept = checkpoint.numbers(self.folder.checkpoints)
            left = (
                f"checkpoint {self.folder.checkpoints / str(kept[-1])} is the last good one"
                if kept
                else "there is no checkpoint yet"
            )
            raise StoppedError(f"stopped: {error}; {left}; a smaller lr may help") from None
        seconds = time.perf_counter() - begin
        used = int(state.minibatch) - first
        speed = used * self.config.batch / seconds
        return state, {
            "minibatch": int(state.minibatch),
            "epoch": epoch,
            "rate": self.trainer.parts.rate(epoch),
            **_means(rows, epoch),
            "seconds": seconds,
            "examples_per_second": speed,
        }

    def _result(self, state: TrainState, best: Weights, facts: Mapping[str, Any]) -> dict[str, Any]:
        """The weights selected, and the last ones, judged on the whole test set."""
        trainer, config = self.trainer, self.config
        train = trainer.sets.train
        some = Split(
            train.images[: config.eval_train or None], train.labels[: config.eval_train or None]
        )
        final = trainer.weights(state, config.epochs - 1)
        is_last = facts["best_epoch"] == config.epochs - 1
        on_test = trainer.judge(best, trainer.sets.test)
        on_train = trainer.judge(best, some)
        rows = read_rows(self.folder.epochs)
        return {
            "epochs": config.epochs,
            "minibatches": int(state.minibatch),
            "select": config.select,
            "best_epoch": facts["best_epoch"],
            "n_train": on_train.n,
            "n_test": on_test.n,
            "train": _counts(on_train),
            "test": _counts(on_test),
            "last_test": _counts(on_test if is_last else trainer.judge(final, trainer.sets.test)),
            "training_seconds": sum(float(row["seconds"]) for row in rows),
            "device": f"{trainer.placement.count} x {jax.devices()[0].device_kind}",
        }


class _NoFile:
    """Where a process that does not write has a `RowFile`."""

    def __init__(self, path: Path) -> None:
        del path

    def write(self, row: Mapping[str, Any]) -> None:
        del row

    def truncate_after(self, minibatch: int, epoch: float) -> None:
        del minibatch, epoch

    def sync(self) -> None: ...

    def __enter__(self) -> _NoFile:
        return self

    def __exit__(self, *exception: object) -> None: ...


def _means(rows: list[dict[str, Any]], epoch: int) -> dict[str, float]:
    """Mean loss and accuracy of the updates of an epoch."""
    mine = [row for row in rows if row["epoch"] == epoch]
    return {
        f"train_{name}": float(np.mean([row[name] for row in mine]))
        for name in ("loss", "accuracy")
        if mine
    }


def _measured(select: str, judged: Evaluation) -> dict[str, float]:
    return {
        f"{select}_accuracy": judged.accuracy,
        f"{select}_robust_accuracy": judged.robust_accuracy,
        f"{select}_robust_loss": judged.robust_loss,
    }


def _counts(judged: Evaluation) -> dict[str, Any]:
    return {
        "correct": judged.correct,
        "robust": judged.robust,
        "accuracy": judged.accuracy,
        "robust_accuracy": judged.robust_accuracy,
        "loss": judged.loss,
        "robust_loss": judged.robust_loss,
    }
