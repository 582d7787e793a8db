"""One process, one configuration, one folder: everything else is refused in one line."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from jaxat import rundir
from jaxat.rundir import RunError, RunFolder

CONFIG = {"eps": "8/255", "seed": 0, "sizes": [1, 2]}

HOLDER = """
import sys
from jaxat import _lock
if sys.argv[2] == "no fcntl":
    _lock.fcntl = None
from jaxat.rundir import RunFolder
run = RunFolder.open(sys.argv[1], {"eps": "8/255", "seed": 0, "sizes": [1, 2]}, resume=True)
print("held", flush=True)
sys.stdin.read()
run.close()
"""


@contextmanager
def holder(folder: Path, how: str) -> Iterator[subprocess.Popen[str]]:
    """Another process that holds the folder until it is told to stop."""
    command = [sys.executable, "-c", HOLDER, str(folder), how]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        try:
            yield other
        finally:
            other.kill()


def test_a_new_run_says_what_and_where(tmp_path: Path) -> None:
    with RunFolder.open(tmp_path / "a/b", CONFIG) as run:
        assert not run.resumed
        assert run.notes == ()
        assert json.loads((tmp_path / "a/b/config.json").read_text()) == CONFIG
        environment = json.loads((tmp_path / "a/b/environment.json").read_text())
        assert environment["python"] == ".".join(map(str, sys.version_info[:3]))
        assert run.result is None
        run.finish({"accuracy": float("nan"), "n": 2})
        assert run.result == {"accuracy": "NaN", "n": 2}
        assert run.checkpoints.parent == run.steps.parent == run.epochs.parent == run.path
    assert rundir.read_config(tmp_path / "a/b") == CONFIG
    names = sorted(path.name for path in (tmp_path / "a/b").iterdir())
    assert names == ["config.json", "environment.json", "lock", "result.json"]


def test_a_run_is_continued_only_when_that_is_asked_for(tmp_path: Path) -> None:
    RunFolder.open(tmp_path, CONFIG).close()
    with pytest.raises(RunError, match="holds this run already; resume it, or name another"):
        RunFolder.open(tmp_path, CONFIG)
    for _ in range(2):  # a refusal must not keep the lock
        with RunFolder.open(tmp_path, CONFIG, resume=True) as run:
            assert run.resumed
            assert run.notes == ()


def test_what_has_not_begun_is_begun_when_resumed(tmp_path: Path) -> None:
    with RunFolder.open(tmp_path / "seed-2", CONFIG, resume=True) as run:
        assert not run.resumed


@pytest.mark.parametrize("left", ["lock", "environment.json", ".config.json.part-17"])
def test_a_run_killed_before_it_began_is_no_obstacle(tmp_path: Path, left: str) -> None:
    (tmp_path / left).write_text("{}" if left.endswith("n") else "")
    with RunFolder.open(tmp_path, CONFIG) as run:
        assert not run.resumed
    assert not list(tmp_path.glob(".*"))


@pytest.mark.parametrize("resume", [False, True])
def test_another_configuration_is_named_key_by_key(tmp_path: Path, resume: bool) -> None:
    RunFolder.open(tmp_path, {**CONFIG, "old": 1}).close()
    with pytest.raises(RunError) as error:
        RunFolder.open(tmp_path, {**CONFIG, "eps": "4/255", "new": None}, resume=resume)
    assert str(error.value) == (
        f'{tmp_path} holds another run: eps is "8/255" there and "4/255" here; new is absent there '
        "and null here; old is 1 there and absent here; name another folder, or the same settings"
    )
    RunFolder.open(tmp_path, {**CONFIG, "old": 1}, resume=True).close()


def test_many_differences_stay_one_short_line(tmp_path: Path) -> None:
    RunFolder.open(tmp_path, {f"key{i}": 0 for i in range(9)}).close()
    with pytest.raises(RunError, match=r"key2 is 0 there and 1 here \(and 6 more\); name"):
        RunFolder.open(tmp_path, {f"key{i}": 1 for i in range(9)}, resume=True)


@pytest.mark.parametrize("resume", [False, True])
def test_a_folder_with_other_files_is_left_alone(tmp_path: Path, resume: bool) -> None:
    (tmp_path / "thesis.tex").write_text("x")
    with pytest.raises(RunError, match="is no run's folder: it holds thesis.tex and no config"):
        RunFolder.open(tmp_path, CONFIG, resume=resume)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


@pytest.mark.parametrize("text", ["{", "[]", "\xff"])
def test_a_damaged_configuration_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "config.json").write_text(text, "latin1")
    with pytest.raises(RunError, match=r"config\.json cannot be read: ") as error:
        RunFolder.open(tmp_path, CONFIG, resume=True)
    assert "\n" not in str(error.value)
    with pytest.raises(RunError, match=r"config\.json cannot be read: "):
        rundir.read_config(tmp_path)


def test_no_run_no_configuration(tmp_path: Path) -> None:
    assert not rundir.is_run(tmp_path)
    with pytest.raises(RunError, match=r"holds no run: there is no config\.json"):
        rundir.read_config(tmp_path)


def test_a_changed_environment_is_told(tmp_path: Path) -> None:
    RunFolder.open(tmp_path, CONFIG).close()
    path = tmp_path / "environment.json"
    environment = {**json.loads(path.read_text()), "x64": "yes", "command": "python other"}
    path.write_text(json.dumps(environment))
    with RunFolder.open(tmp_path, CONFIG, resume=True) as run:
        (note,) = run.notes
    assert note.startswith('x64 was "yes" when the run began, and is ')
    assert json.loads(path.read_text()) == environment  # where the run began, not where it goes on


@pytest.mark.parametrize("how", ["fcntl", "no fcntl"])
def test_the_second_process_is_refused_and_the_dead_one_is_no_obstacle(
    tmp_path: Path, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if how == "no fcntl":
        monkeypatch.setattr("jaxat._lock.fcntl", None)
    with holder(tmp_path, how) as other:
        with pytest.raises(RunError, match=f"process {other.pid} is at work in "):
            RunFolder.open(tmp_path, CONFIG, resume=True)
        os.kill(other.pid, signal.SIGKILL)
        other.wait()
        for _ in range(2):
            with RunFolder.open(tmp_path, CONFIG, resume=True) as run:
                assert run.resumed


def test_within_one_process_too_a_folder_is_held_once(tmp_path: Path) -> None:
    with (
        RunFolder.open(tmp_path, CONFIG) as run,
        pytest.raises(RunError, match=f"process {os.getpid()} is at work in"),
    ):
        RunFolder.open(tmp_path, CONFIG, resume=True)
    run.close()  # once more does no harm
    RunFolder.open(tmp_path, CONFIG, resume=True).close()


def test_a_file_system_without_locks_gets_the_other_kind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_locks(*_: object) -> None:
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr("fcntl.flock", no_locks)
    with RunFolder.open(tmp_path, CONFIG):
        assert (tmp_path / "lock.pid").read_text() == f"{os.getpid()}\n"
        with pytest.raises(RunError, match=f"process {os.getpid()} is at work in"):
            RunFolder.open(tmp_path, CONFIG, resume=True)
    assert not (tmp_path / "lock.pid").exists()


def test_a_place_that_is_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    for path in (tmp_path / "file", tmp_path / "file/run"):
        with pytest.raises(RunError, match="cannot write the run's folder .*; name another one"):
            RunFolder.open(path, CONFIG)


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="Windows has no such permissions")
def test_an_unwritable_place_is_named(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    RunFolder.open(tmp_path / "run", CONFIG).close()
    program = (
        "import os, sys; from jaxat.rundir import RunError, RunFolder\n"
        "import jax; jax.devices()\n"
        "if os.geteuid() == 0: os.seteuid(65534)\n"  # nobody: root may write anywhere
        "for path in sys.argv[1:]:\n"
        "    try: RunFolder.open(path, {'eps': '8/255'}, resume=True)\n"
        "    except RunError as error: print(error)\n"
    )
    tmp_path.chmod(0o555)
    for path in ("run", "run/lock"):
        (tmp_path / path).chmod(0o555 if path == "run" else 0o444)
    for parent in tmp_path.parents[:2]:
        parent.chmod(0o755)
    try:
        found = subprocess.run(
            [sys.executable, "-c", program, str(tmp_path / "run"), str(tmp_path / "new")],
            capture_output=True,
            text=True,
        )
    finally:
        tmp_path.chmod(0o755)
        (tmp_path / "run").chmod(0o755)
    assert found.stdout == "".join(
        f"cannot write the run's folder {tmp_path / name}: Permission denied; name another one\n"
        for name in ("run", "new")
    ), found.stderr
