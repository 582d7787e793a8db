"""``train`` and ``evaluate``: what they leave behind, and every mistake in one line, exit 2."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from command_mistakes import EVALUATION, PRESET, TRAINING

from jaxat import environment
from jaxat.__main__ import main
from jaxat._lock import Lock
from jaxat.commands import evaluate, train

ONE = ("--smoke", "--set", "eps=0.2", "--set", "attack_step=0.1", "--set", "eval_step=0.1")


@pytest.fixture(autouse=True)
def _compiled_in_memory(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Neither folders of the user nor settings that outlive a test."""
    monkeypatch.setenv("JAX_COMPILATION_CACHE_DIR", "")
    monkeypatch.setenv("JAXAT_DATA", str(tmp_path / "no-data"))


@pytest.fixture(autouse=True, scope="module")
def _commit_that_stays() -> Iterator[None]:
    """A run says when the commit of the checkout has changed, which it may while tests run."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(environment, "_commit", lambda: None)
        yield


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("trained") / "work"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JAX_COMPILATION_CACHE_DIR", "")
        words = ["train", PRESET, *ONE, "--seeds", "0,3", "--workdir", str(folder)]
        assert main(words) == 0
    return folder


@pytest.fixture
def copy(trained: Path, tmp_path: Path) -> Path:
    """The trained runs, to be spoilt."""
    return Path(shutil.copytree(trained, tmp_path / "copy"))


@pytest.fixture
def refused(capfd: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """Runs a command that must fail in one line, which is returned without its beginning."""

    def run(*words: str | Path, status: int = 2) -> str:
        capfd.readouterr()
        found = main([str(word) for word in words])
        out, err = capfd.readouterr()
        assert found == status, err
        assert out == ""
        (line,) = err.splitlines()
        assert line.startswith(f"jaxat {words[0]}: ")
        assert "Traceback" not in line
        return line.removeprefix(f"jaxat {words[0]}: ")

    return run


def test_training_leaves_runs_and_a_record(trained: Path) -> None:
    joint = json.loads((trained / "result.json").read_text())
    assert joint["preset"] == PRESET
    assert joint["seeds"] == [0, 3]
    assert [row["seed"] for row in joint["rows"]] == [0, 3]
    assert joint["sweep"] == {}
    assert joint["result"]["clean_accuracy"]["n"] == 2
    assert joint["reported"]
    for seed in ("seed-0", "seed-3"):
        alone = json.loads((trained / seed / "result.json").read_text())
        row = next(row for row in joint["rows"] if row["seed"] == alone["seed"])
        assert row["test_correct"] == alone["test"]["robust"]
        assert (trained / seed / "checkpoints").is_dir()
        assert len((trained / seed / "epochs.jsonl").read_text().splitlines()) == alone["epochs"]


def test_a_sweep_has_a_folder_for_each_point(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main(["train", PRESET, "--smoke", "--workdir", str(tmp_path / "work")]) == 0
    joint = json.loads((tmp_path / "work/result.json").read_text())
    assert len(joint["rows"]) == 2
    assert "result" not in joint
    for row in joint["rows"]:
        assert (tmp_path / f"work/eps-{row['eps'].replace('/', '_')}/seed-0/result.json").exists()
    out, _ = capfd.readouterr()
    assert out.splitlines()[-1] == f"written to {tmp_path / 'work/result.json'}"


@pytest.mark.parametrize(("words", "wanted"), TRAINING)
def test_a_mistake_in_training_is_one_line_and_leaves_no_run(
    refused: Callable[..., str], tmp_path: Path, words: list[str], wanted: str
) -> None:
    line = refused("train", *words, "--smoke", "--workdir", tmp_path / "work")
    assert wanted in line
    assert not list(tmp_path.rglob("seed-*"))
    # The folder can still be used, although the name of the experiment may stand in it.
    left = {path.name for path in tmp_path.rglob("*")}
    assert left <= {"work", "experiment.json"}


def test_after_a_mistake_the_same_folder_serves_the_right_call(
    refused: Callable[..., str], tmp_path: Path
) -> None:
    words = ("train", PRESET, *ONE, "--workdir", tmp_path / "work")
    assert "mnist" in refused(*words, "--set", "dataset=mnist2")
    assert main([str(word) for word in words]) == 0


def test_folders_that_cannot_be_used(
    refused: Callable[..., str], trained: Path, copy: Path, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("mine")
    for path in (tmp_path / "file", tmp_path / "file/below"):
        assert f"cannot use {path} as --workdir" in refused(
            "train", PRESET, *ONE, "--workdir", path
        )
    assert (tmp_path / "file").read_text() == "mine"
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/thesis.tex").write_text("mine")
    line = refused("train", PRESET, *ONE, "--workdir", tmp_path / "mine")
    assert line.endswith("is not empty and holds no experiment; choose another --workdir")
    line = refused("train", PRESET, *ONE, "--workdir", trained)
    assert "holds this experiment already; go on with --resume" in line
    line = refused("train", PRESET, *ONE, "--set", "lr=0.7", "--workdir", trained, "--resume")
    assert f"holds another experiment ({PRESET}): lr differs" in line
    for damage in ("{", "[]", '{"preset": 1, "config": "x"}', "\udcff"):
        text = damage.encode(errors="surrogateescape")
        (copy / "experiment.json").write_bytes(text)
        line = refused("train", PRESET, *ONE, "--workdir", copy, "--resume")
        assert "experiment.json is damaged" in line


def test_a_second_process_is_refused(
    refused: Callable[..., str], trained: Path, tmp_path: Path
) -> None:
    lock = Lock(trained / "seed-3" / "lock")
    try:
        words = ("train", PRESET, *ONE, "--seeds", "0,3", "--workdir", trained, "--resume")
        line = refused(*words)
        where = f"process {os.getpid()} is at work in {trained / 'seed-3'}"
        assert line == f"{where}; wait for it, or end it"
    finally:
        lock.release()


def test_a_run_that_diverges_stops_with_one_line(
    refused: Callable[..., str], tmp_path: Path
) -> None:
    words = (*ONE, "--set", "lr_drops.1=1e25", "--set", "weight_decay=1", "--set", "epochs=9")
    line = refused("train", PRESET, *words, "--workdir", tmp_path / "work", status=1)
    assert line.startswith("stopped: ")
    assert "at minibatch" in line
    assert "is the last good one" in line


def test_evaluation_is_what_training_measured(
    trained: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    capfd.readouterr()
    assert main(["evaluate", str(trained), "--attack", "none"]) == 0
    out, _ = capfd.readouterr()
    assert out.count("clean ") == 2
    assert "clean_accuracy: " in out
    for seed in ("seed-0", "seed-3"):
        alone = json.loads((trained / seed / "result.json").read_text())
        (written,) = (trained / seed / "evaluations").glob("none-*.json")
        report = json.loads(written.read_text())
        assert report["clean_accuracy"] == pytest.approx(alone["test"]["accuracy"])
        assert report["n"] == alone["n_test"]
        assert f"{trained / seed}: clean {alone['test']['accuracy']:.2f}, none" in out
    checkpoint = max((trained / "seed-0/checkpoints").iterdir(), key=lambda p: int(p.name))
    words = ["--attack", "pgd1", "--eps", "0.9", "--n", "5", "--weights", "last"]
    assert main(["evaluate", str(checkpoint), *words]) == 0
    (written,) = (trained / "seed-0/evaluations").glob("pgd1-*.json")
    report = json.loads(written.read_text())
    assert report["n"] == 5
    assert report["robust_accuracy"] == 0
    assert report["step"] == "1"


@pytest.mark.parametrize(("words", "wanted"), EVALUATION)
def test_a_mistake_in_evaluation_is_one_line(
    refused: Callable[..., str], trained: Path, words: list[str], wanted: str
) -> None:
    assert wanted in refused("evaluate", trained / "seed-0", *words)


def test_paths_that_hold_no_run(refused: Callable[..., str], copy: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    (tmp_path / "empty").mkdir()
    for name, wanted in (
        ("nowhere", "does not exist"),
        ("file", "holds no run"),
        ("empty", "holds no run"),
        ("copy/seed-0/checkpoints/999", "there is no checkpoint"),
    ):
        assert wanted in refused("evaluate", tmp_path / name)
    shutil.rmtree(copy / "seed-0/checkpoints")
    assert "has no checkpoint yet" in refused("evaluate", copy / "seed-0")
    shutil.rmtree(copy / "seed-3/evaluations", ignore_errors=True)
    (copy / "seed-3/evaluations").write_text("a file")
    assert "evaluations" in refused("evaluate", copy / "seed-3", "--attack", "none")


def test_checkpoints_of_another_model_and_damaged_ones(
    refused: Callable[..., str], copy: Path
) -> None:
    settings = json.loads((copy / "seed-0/config.json").read_text())

    def with_config(**changes: Any) -> None:
        (copy / "seed-0/config.json").write_text(json.dumps({**settings, **changes}))

    for changes, wanted in (
        ({"model": "small-cnn"}, "is of another model: state/params/"),
        ({"model": "smal-cnn"}, "Did you mean small-cnn?"),
        ({"batch": "many"}, "batch is a whole number"),
        ({"bacth": 3}, "unknown setting 'bacth'"),
        ({"seed": None}, "config.json has no seed"),
    ):
        with_config(**changes)
        assert wanted in refused("evaluate", copy / "seed-0")
    (copy / "seed-0/config.json").write_text("{")
    assert "config.json cannot be read" in refused("evaluate", copy / "seed-0")
    with_config()
    for manifest in (copy / "seed-0/checkpoints").glob("*/manifest.json"):
        manifest.write_text(manifest.read_text().replace("float32", "float23", 1))
    assert "no checkpoint in" in refused("evaluate", copy / "seed-0")


def test_interrupted(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    def interrupted(*words: Any, **named: Any) -> Any:
        raise KeyboardInterrupt

    monkeypatch.setattr(evaluate, "find_runs", interrupted)
    monkeypatch.setattr(train, "train_all", interrupted)
    assert main(["evaluate", "anything"]) == 130
    assert main(["train", PRESET, "--smoke"]) == 130
    assert capfd.readouterr().err.splitlines() == [
        "jaxat evaluate: interrupted",
        "jaxat train: interrupted; go on with --resume",
    ]


def test_ctrl_c_ends_a_process_at_once_even_while_it_writes_a_checkpoint(tmp_path: Path) -> None:
    words = [PRESET, *ONE, "--workdir", str(tmp_path / "work")]
    long = ["--set", "epochs=1000000", "--set", "eval_every=1000000"]
    steps = tmp_path / "work/seed-0/steps.jsonl"
    with subprocess.Popen(
        [sys.executable, "-m", "jaxat", "train", *words, *long],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "JAX_PLATFORMS": "cpu"},
    ) as process:
        try:
            deadline = time.monotonic() + 120
            while not steps.exists() or steps.read_bytes().count(b"\n") < 3:
                assert process.poll() is None
                assert time.monotonic() < deadline
                time.sleep(0.05)
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=60)
        finally:
            process.kill()
    assert process.returncode == 130
    assert out == ""
    assert err.splitlines()[-1] == "jaxat train: interrupted; go on with --resume"
    assert "Traceback" not in err
