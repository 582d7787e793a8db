"""Epochs counted in minibatches, phases, learning rates, both ways to compile, and numbers gone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

import jax
import numpy as np
import pytest

from jaxat import checkpoint
from jaxat.config import Config, ConfigError
from jaxat.train import Snapshot, StoppedError, fit, snapshot_like
from jaxat.trainer import Trainer

SMALL: dict[str, Any] = {
    "dataset": "synthetic-two",
    "model": "logistic",
    "train_size": 40,
    "held_back": 8,
    "test_size": 24,
    "batch": 8,
    "attack_steps": 1,
    "eval_steps": 1,
    "eval_batch": 24,
    "epochs": 3,
    "eval_train": 0,
    "weight_decay": 0.01,
    "lr_drops": {"2": 0.2, "1": 0.5},
}  # 4 minibatches an epoch
ENSGD: dict[str, Any] = {"ensgd": "first", "ensgd_steps": 3, "ensgd_step": 0.05}


class Call(NamedTuple):
    """One compiled chunk of updates."""

    rows: np.ndarray
    rates: np.ndarray
    phase: int


class Watched:
    """A trainer, which is made once for a configuration, and what its compiled function gets."""

    def __init__(self, config: Config, seed: int) -> None:
        self.trainer, self.calls = Trainer(config, seed), []
        self._real = self.trainer._updates
        self.trainer._updates = self._updates

    def _updates(
        self, state: Any, data: Any, rows: Any, rates: Any, count: Any, *, phase: int
    ) -> Any:
        self.calls.append(Call(rows[:count].copy(), rates[:count].copy(), phase))
        return self._real(state, data, rows, rates, count, phase=phase)

    def train(self, epochs: int, state: Any = None, first: int = 0) -> tuple[Any, list]:
        self.calls.clear()
        state, rows = self.trainer.start() if state is None else state, []
        for epoch in range(first, epochs):
            state = self.trainer.epoch(state, epoch, lambda chunk: rows.extend(chunk.rows))
        return state, rows

    def begin_at(self, state: Any) -> Any:
        """The state of a new optimiser at the weights and the minibatch of another run."""
        params = jax.tree.map(np.array, state.params)
        return self.trainer.start()._replace(params=params, minibatch=np.array(state.minibatch))

    def used(self) -> np.ndarray:
        return np.concatenate([call.rows.reshape(-1, 8) for call in self.calls])


_MADE: dict[str, Watched] = {}


def watched(seed: int = 0, **settings: Any) -> Watched:
    config = Config(**{**SMALL, **settings})
    key = json.dumps([config.to_json(), seed])
    return _MADE.setdefault(key, _MADE.get(key) or Watched(config, seed))


def equal(one: Any, other: Any, rtol: float = 0) -> None:
    for a, b in zip(*map(jax.tree.leaves, (one, other)), strict=True):
        np.testing.assert_allclose(np.asarray(a), np.asarray(b), rtol=rtol)


def test_an_outer_step_may_use_minibatches_of_two_epochs() -> None:
    run = watched(**ENSGD)
    state, rows = run.train(3)
    assert run.trainer.stream.per_epoch == 4
    assert [row["minibatch"] for row in rows] == [3, 6, 9, 12]
    assert [row["epoch"] for row in rows] == [0, 1, 2, 2]
    assert int(state.minibatch) == 12
    np.testing.assert_array_equal(run.used(), run.trainer.stream.rows(0, 12))


def test_after_entropy_sgd_minibatches_left_over_are_used_one_by_one_by_plain_sgd() -> None:
    run = watched(**ENSGD, ensgd_until=2, ensgd_then_lr=0.02)
    assert run.trainer.parts.phases == (0, 2)
    middle, _ = run.train(2)
    plain = watched()
    begin = plain.begin_at(middle)
    after, rows = run.train(3, middle, first=2)
    assert [row["minibatch"] for row in rows] == [7, 8, 9, 10, 11, 12]
    assert {row["rate"] for row in rows} == {0.02}
    assert {call.phase for call in run.calls} == {2}
    np.testing.assert_array_equal(run.used(), run.trainer.stream.rows(6, 6))
    # It is what plain SGD does from these weights, momentum at zero.
    expected, _ = plain.train(3, begin, first=2)
    equal(after.params, expected.params, rtol=1e-5)


def test_phases_begin_late_and_entropy_sgd_begins_anew() -> None:
    """Plain in epoch 0, EntropySGD in epoch 1, AWP inside from epoch 2 on."""
    run, plain, alone = (
        watched(**ENSGD, ensgd_from=1, awp=0.1, awp_from=2),
        watched(),
        watched(**ENSGD),
    )
    assert run.trainer.parts.phases == (0, 1, 2)
    before, rows = run.train(1)
    same, others = plain.train(1)
    assert rows == [
        {**row, **{k: 0.0 for k in rows[0] if k.startswith("ensgd_")}} for row in others
    ]
    equal(before.params, same.params)
    begin = alone.begin_at(before)
    late, rows = run.train(2, before, first=1)
    expected, others = alone.train(2, begin, first=1)
    assert [row["minibatch"] for row in rows] == [7] == [row["minibatch"] for row in others]
    equal(late.params, expected.params, rtol=1e-5)
    _, rows = run.train(3, late, first=2)
    _, others = alone.train(3, expected, first=2)
    assert rows[0]["minibatch"] == others[0]["minibatch"] == 10
    assert abs(rows[0]["step_norm"] / others[0]["step_norm"] - 1) > 1e-3


def test_awp_begins_with_its_epoch_and_not_before() -> None:
    _, without = watched().train(2)
    _, late = watched(awp=0.1, awp_from=1).train(2)
    assert late[:4] == without[:4]
    assert late[4]["loss"] == pytest.approx(without[4]["loss"])
    assert abs(late[4]["step_norm"] / without[4]["step_norm"] - 1) > 1e-3


def test_learning_rates_drop_as_their_epoch_begins() -> None:
    run = watched()
    _, rows = run.train(3)
    rates = [0.1] * 4 + [0.05] * 4 + [0.02] * 4
    assert [row["rate"] for row in rows] == pytest.approx(rates)
    assert [float(rate) for call in run.calls for rate in call.rates] == pytest.approx(rates)


@pytest.mark.parametrize(
    ("how", "sizes"), [({"compiled": "step"}, [1] * 8), ({"chunk": 3}, [3, 1, 3, 1])]
)
def test_one_by_one_as_in_one_compiled_loop(how: dict[str, Any], sizes: list[int]) -> None:
    by_epoch, rows = watched().train(2)
    run = watched(**how)
    other, others = run.train(2)
    assert [len(call.rates) for call in run.calls] == sizes
    assert [row["minibatch"] for row in others] == [row["minibatch"] for row in rows]
    for a, b in zip(rows, others, strict=True):
        assert a == pytest.approx(b, rel=1e-5)
    equal(by_epoch.params, other.params, rtol=1e-5)


def test_a_rate_of_zero_is_no_fault() -> None:
    state, rows = watched(lr_drops={"0": 0.0}).train(1)
    equal(state.params, watched().trainer.start().params)
    assert [row["step_norm"] for row in rows] == [0.0] * 4


def test_a_loss_that_is_not_finite_stops_the_run_there(tmp_path: Path) -> None:
    """Epoch 0 is kept; in epoch 1 every step multiplies the weights by -1e18."""
    settings = {**SMALL, "weight_decay": 1.0, "lr_drops": {"1": 1e19}}
    with pytest.raises(StoppedError) as caught:
        fit(Config(**settings), tmp_path / "run", say=lambda text: None)
    text = str(caught.value)
    steps = [json.loads(line) for line in (tmp_path / "run/steps.jsonl").read_text().splitlines()]
    epochs = (tmp_path / "run/epochs.jsonl").read_text().splitlines()
    last = steps[-1]["minibatch"]
    assert 4 <= last < 8
    assert f"at minibatch {last + 1} (epoch 1)" in text
    assert text.startswith(("stopped: loss is nan", "stopped: loss is inf", "stopped: step_norm"))
    assert f"{tmp_path / 'run/checkpoints/4'} is the last good one" in text
    assert "\n" not in text
    assert all(np.isfinite(row[name]) for row in steps for name in row)
    assert len(epochs) == 1
    assert not (tmp_path / "run/result.json").exists()
    kept: Any = checkpoint.latest(
        tmp_path / "run/checkpoints", snapshot_like(Trainer(Config(**settings), 0))
    )
    assert kept.number == 4
    assert np.isfinite(jax.tree.leaves(kept.tree.state.params)[0]).all()


def test_a_loss_that_is_never_finite_says_that_there_is_no_checkpoint(tmp_path: Path) -> None:
    run = watched().trainer
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(run.parts), "rate", lambda self, epoch: 1e30)
        patch.setattr("jaxat.train.Trainer", lambda *given, **more: run)
        with pytest.raises(StoppedError, match="there is no checkpoint yet"):
            fit(run.config, tmp_path / "run", say=lambda text: None)


def test_before_the_first_evaluation_a_checkpoint_holds_the_weights_at_the_start(
    tmp_path: Path,
) -> None:
    """And not what the memory of those weights, which were given away, holds by then."""
    config = Config(**{**SMALL, "eval_every": 2, "select": "val", "epochs": 2})
    trainer = Trainer(config, 0)
    seen: list[Any] = []
    real = checkpoint.save

    def save(folder: Any, number: int, tree: Snapshot, facts: Any) -> Any:
        seen.append((jax.tree.map(np.array, tree.best), dict(facts)))
        return real(folder, number, tree, facts)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(checkpoint, "save", save)
        fit(config, tmp_path / "run", say=lambda text: None, sets=trainer.sets)
    begin = trainer.start()
    equal(seen[0][0].params, begin.params)
    assert [facts["best_epoch"] for _, facts in seen] == [-1, 1]


def test_epochs_too_short_for_an_outer_step_are_not_recorded_twice(tmp_path: Path) -> None:
    """Six minibatches an outer step and four an epoch: the first epoch ends where it begins."""
    run, real = watched(**{**ENSGD, "ensgd_steps": 6}).trainer, checkpoint.save
    saved: list[int] = []

    def save(*given: Any) -> Any:
        saved.append(given[1])
        if len(saved) == 1:
            raise KeyboardInterrupt  # after the row of the epoch, before its checkpoint
        return real(*given)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("jaxat.train.Trainer", lambda *given, **more: run)
        patch.setattr(checkpoint, "save", save)
        with pytest.raises(KeyboardInterrupt):
            fit(run.config, tmp_path, say=lambda text: None)
        assert len((tmp_path / "epochs.jsonl").read_text().splitlines()) == 1
        fit(run.config, tmp_path, say=lambda text: None, resume=True)
    rows = [json.loads(line) for line in (tmp_path / "epochs.jsonl").read_text().splitlines()]
    assert [(row["epoch"], row["minibatch"]) for row in rows] == [(0, 0), (1, 6), (2, 12)]
    assert saved == [0, 0, 6, 12]


def test_with_checkpoints_now_and_then_a_run_that_was_stopped_ends_with_the_same_bits(
    tmp_path: Path,
) -> None:
    """Stopped in its third epoch, it does the last two again, and their rows stand there once."""
    run = watched(checkpoint_every=2, epochs=5).trainer
    stop = [9]

    def report(done: int, total: int, measured: Any) -> None:
        if stop and done >= stop[0]:
            stop.clear()
            raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("jaxat.train.Trainer", lambda *given, **more: run)
        whole = fit(run.config, tmp_path / "whole", say=lambda text: None)
        kept = checkpoint.numbers(tmp_path / "whole/checkpoints")
        with pytest.raises(KeyboardInterrupt):
            fit(run.config, tmp_path / "run", say=lambda text: None, report=report)
        assert checkpoint.numbers(tmp_path / "run/checkpoints") == [8]
        again = fit(run.config, tmp_path / "run", say=lambda text: None, resume=True)
    assert kept == [16, 20]
    assert {**again, "training_seconds": 0} == {**whole, "training_seconds": 0}
    steps, rows = (
        [(tmp_path / name / f"{kind}.jsonl").read_text().splitlines() for name in ("run", "whole")]
        for kind in ("steps", "epochs")
    )
    assert steps[0] == steps[1]
    assert [json.loads(row)["epoch"] for row in rows[0]] == [*range(5)]


def test_seeds_change_weights_order_and_attacks_and_nothing_else_does() -> None:
    first, rows = watched().train(1)
    again, same = watched().train(1)
    other, others = watched(seed=1).train(1)
    equal(first.params, again.params)
    assert rows == same
    assert rows[0]["loss"] != others[0]["loss"]
    kernels = [state.params["linear"]["kernel"] for state in (first, other)]
    assert not np.array_equal(*kernels)


def test_what_cannot_be_built_leaves_no_folder(tmp_path: Path) -> None:
    for wrong in ({"batch": 33}, {"held_back": 40}, {"model": "small-cnm"}, {"train_size": 10**6}):
        with pytest.raises(ConfigError):
            fit(Config(**{**SMALL, **wrong}), tmp_path / "run")
    assert list(tmp_path.iterdir()) == []
