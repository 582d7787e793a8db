"""A finished run without what only training needs: the same weights, and the same numbers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jax
import numpy as np
import pytest

from jaxat import __main__ as command
from jaxat.checkpoint import CheckpointError
from jaxat.config import Config
from jaxat.export import export
from jaxat.restore import restore
from jaxat.rundir import RunError
from jaxat.train import fit

SETTINGS: dict[str, Any] = {
    "dataset": "synthetic-two",
    "model": "logistic",
    "train_size": 24,
    "held_back": 8,
    "test_size": 16,
    "batch": 8,
    "attack_steps": 1,
    "eval_steps": 1,
    "eval_batch": 16,
    "eval_train": 0,
    "epochs": 2,
    "lr": 5.0,
}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runs") / "one"
    fit(Config(**SETTINGS), folder, say=lambda text: None)
    (folder / "evaluations").mkdir()
    (folder / "evaluations" / "pgd20.json").write_text("{}")
    (folder / "evaluations" / "autoattack-half-done").mkdir()
    return folder


@pytest.mark.parametrize("which", ["best", "last"])
def test_it_is_restored_and_evaluated_as_the_run_is(
    which: Any, run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = []
    for folder in (run, export(run, tmp_path / "sent", which)):
        assert command.main(["evaluate", str(folder), "--weights", which]) == 0
        line = capsys.readouterr().out
        said.append(line.removeprefix(f"{folder}: ").rsplit(", ", 1)[0])  # without the seconds
    assert said[0] == said[1]
    assert "16 images" in said[0]


def test_weights_settings_and_results_are_kept_and_nothing_else(run: Path, tmp_path: Path) -> None:
    target = export(run, tmp_path / "sent")
    sent, whole = restore(target), restore(run)
    for a, b in zip(*map(jax.tree.leaves, (sent.weights, whole.weights)), strict=True):
        np.testing.assert_array_equal(a, b)
    assert (sent.config, sent.seed, sent.minibatch) == (whole.config, whole.seed, whole.minibatch)
    names = sorted(path.relative_to(target).as_posix() for path in target.glob("*"))
    assert names == [
        *("config.json", "environment.json", "epochs.jsonl", "evaluations", "result.json"),
        "weights",
    ]
    reports = [path.name for path in (target / "evaluations").iterdir()]
    assert "pgd20.json" in reports
    assert "autoattack-half-done" not in reports
    assert json.loads((target / "result.json").read_text())["epochs"] == 2


def test_what_it_refuses_is_one_line(run: Path, tmp_path: Path) -> None:
    target = export(run, tmp_path / "sent", "last")
    with pytest.raises(RunError, match="sent is there already; choose a new folder"):
        export(run, target)
    with pytest.raises(RunError, match="holds the last weights of its run, not the best"):
        restore(target)
    with pytest.raises(RunError, match="is no finished run"):
        export(tmp_path, tmp_path / "other")
    begun = tmp_path / "begun"
    begun.mkdir()
    (begun / "config.json").write_text((run / "config.json").read_text())
    with pytest.raises(RunError, match="is no finished run; let it train to its end"):
        export(begun, tmp_path / "other")


def test_a_damaged_file_is_named(run: Path, tmp_path: Path) -> None:
    target = export(run, tmp_path / "sent")
    (arrays,) = target.glob("weights/*/*.npz")
    arrays.write_bytes(arrays.read_bytes()[:-1] + b"x")
    with pytest.raises(CheckpointError, match=r"arrays\.npz"):
        restore(target)
