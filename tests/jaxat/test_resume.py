"""Killed at any moment and taken up again, a run ends with the bits of one that was never killed.

Training happens in processes of its own. They share what is compiled; each is a copy of one process
that has imported everything and has not yet begun to compute.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

SETTINGS: dict[str, Any] = {
    "dataset": "synthetic-two",
    "train_size": 72,
    "test_size": 24,
    "held_back": 8,
    "batch": 16,
    "model": "small-cnn",
    "model_options": {"width": 3, "hidden": 4, "batch_norm": True},
    "attack_steps": 1,
    "eval_steps": 1,
    "eval_batch": 24,
    "eval_train": 0,
    "epochs": 4,
    "lr": 0.05,
    "lr_drops": {"2": 0.5},
    "awp": 0.01,
    "chunk": 1,
    # Three minibatches of the four in an epoch: outer steps go across checkpoints.
    "ensgd": "first",
    "ensgd_steps": 3,
    "ensgd_step": 0.02,
}

# Reads one order a line: a folder, whether to resume, and when to kill itself (at the k-th file
# that it touches in the folder, or after the k-th chunk of updates). Answers with the exit status,
# how many files were touched, and what was said.
TRAINER = """
import json, os, signal, sys
from pathlib import Path
sys.modules["orbax"] = sys.modules["orbax.checkpoint"] = None  # plain files are faster here
from jaxat import environment
from jaxat.config import Config
from jaxat.train import fit
environment._commit = lambda: None  # it may change while the tests run

def killed():
    os.kill(os.getpid(), signal.SIGKILL)

def train(order, answer):
    folder, touches, chunks = order["folder"], 0, 0

    def hook(event, arguments):
        nonlocal touches
        if event == "open" or event.startswith(("os.", "shutil.")):
            if arguments and str(arguments[0]).startswith(folder):
                touches += 1
                if touches == order.get("touch"):
                    killed()

    def report(done, total, measured):
        nonlocal chunks
        chunks += 1
        if chunks == order.get("chunk"):
            killed()

    said = []
    sys.addaudithook(hook)
    try:
        fit(Config(**json.loads(sys.argv[1])), folder, seed=5, resume=order["resume"],
            report=report, say=said.append)
    except ValueError as error:
        said.append(f"{type(error).__name__}: {error}")
    answer.write_text(json.dumps({"touches": touches, "said": said}))

for line in sys.stdin:
    order = json.loads(line)
    answer = Path(order["folder"] + ".answer")
    answer.unlink(missing_ok=True)
    pid = os.fork()
    if pid == 0:
        try:
            train(order, answer)
            os._exit(0)
        finally:
            os._exit(1)
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    found = json.loads(answer.read_text()) if answer.exists() else {}
    print(json.dumps({"code": code, **found}), flush=True)
"""

Train = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def train(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Train]:
    """``train(folder, resume=..., touch=..., chunk=...)``: the answer of a process that trained."""
    env = {
        **os.environ,
        "JAX_COMPILATION_CACHE_DIR": str(tmp_path_factory.mktemp("compiled")),
        "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
        "JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES": "-1",
        "JAX_PLATFORMS": "cpu",
    }
    command = [sys.executable, "-c", TRAINER, json.dumps(SETTINGS)]
    with subprocess.Popen(
        command, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdin is not None
        assert server.stdout is not None

        def ask(folder: Path, *, resume: bool = True, **when: int) -> dict[str, Any]:
            assert server.stdin is not None
            assert server.stdout is not None
            print(
                json.dumps({"folder": str(folder), "resume": resume, **when}),
                file=server.stdin,
                flush=True,
            )
            return json.loads(server.stdout.readline())

        try:
            yield ask
        finally:
            server.kill()


@pytest.fixture(scope="module")
def whole(train: Train, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, int]:
    """A run that nobody disturbed, and how many files it touched."""
    folder = tmp_path_factory.mktemp("whole") / "run"
    answer = train(folder, resume=False)
    assert answer["code"] == 0
    assert answer["said"] == []
    return folder, answer["touches"]


def rows(folder: Path, name: str) -> list[dict[str, Any]]:
    timings = ("seconds", "examples_per_second")
    found = [json.loads(line) for line in (folder / name).read_text().splitlines()]
    return [{key: row[key] for key in row if key not in timings} for row in found]


def newest(folder: Path) -> Path:
    return max((folder / "checkpoints").iterdir(), key=lambda path: int(path.name))


def same(folder: Path, other: Path) -> None:
    for name in ("steps.jsonl", "epochs.jsonl"):
        assert rows(folder, name) == rows(other, name)
    results = [json.loads((path / "result.json").read_text()) for path in (folder, other)]
    for result in results:
        assert result.pop("training_seconds") > 0
    assert results[0] == results[1]
    assert newest(folder).name == newest(other).name == "15"
    arrays = [np.load(newest(path) / "arrays.npz", allow_pickle=False) for path in (folder, other)]
    assert len(arrays[0].files) > 20
    assert sorted(arrays[0].files) == sorted(arrays[1].files)
    for name in arrays[0].files:
        assert arrays[0][name].tobytes() == arrays[1][name].tobytes(), name


def test_the_run_that_is_compared_with_trained(whole: tuple[Path, int]) -> None:
    folder, touches = whole
    steps = rows(folder, "steps.jsonl")
    assert [row["minibatch"] for row in steps] == [3, 6, 9, 12, 15]
    assert [row["epoch"] for row in steps] == [0, 1, 2, 2, 3]
    assert len({row["loss"] for row in steps}) == 5
    assert [row["minibatch"] for row in rows(folder, "epochs.jsonl")] == [3, 6, 12, 15]
    assert touches > 50


def test_killed_four_times_torn_and_damaged_it_ends_with_the_same_bits(
    train: Train, whole: tuple[Path, int], tmp_path: Path
) -> None:
    folder = tmp_path / "run"
    # In the first epoch, before there is any checkpoint.
    assert train(folder, resume=False, chunk=1)["code"] == -9
    assert len(rows(folder, "steps.jsonl")) == 1
    assert not (folder / "checkpoints").exists()
    # After two checkpoints, in the third epoch; the last rows are torn as by a full disk.
    assert train(folder, chunk=3)["code"] == -9
    assert newest(folder).name == "6"
    assert len(rows(folder, "steps.jsonl")) == 3
    for name in ("steps.jsonl", "epochs.jsonl"):
        with (folder / name).open("ab") as file:
            file.write(b'{"minibatch": 9, "lo')
    # In the fourth epoch; and the newest checkpoint is damaged afterwards.
    assert train(folder, chunk=3)["code"] == -9
    assert newest(folder).name == "12"
    damaged = newest(folder) / "arrays.npz"
    content = bytearray(damaged.read_bytes())
    content[len(content) // 2] ^= 1
    damaged.write_bytes(content)
    answer = train(folder)
    assert answer["code"] == 0
    (line,) = answer["said"]
    assert str(newest(folder).with_name("12")) in line
    assert "damaged" in line
    assert line.endswith("going on from the one before")
    assert "\n" not in line
    same(folder, whole[0])


def test_killed_at_files_drawn_at_random_it_ends_with_the_same_bits(
    train: Train, whole: tuple[Path, int], tmp_path: Path
) -> None:
    """Most files are touched while checkpoints are written."""
    draw = np.random.default_rng(1)
    reference, touches = whole
    folder, codes = tmp_path / "run", []
    while not codes or (codes[-1] != 0 and len(codes) < 3):
        codes.append(train(folder, touch=int(draw.integers(1, touches)))["code"])
    assert codes[0] == -9
    answer = train(folder)
    assert answer["code"] == 0
    assert answer["said"] == []
    same(folder, reference)
