"""Rows survive crashes and are standard JSON; no record names a person, a machine or a path."""

from __future__ import annotations

import getpass
import json
import os
import signal
import socket
import statistics
import struct
import subprocess
import sys
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxat.environment import environment
from jaxat.event_files import EventFiles
from jaxat.records import RecordError, RowFile, plain, read_rows, summary


def strict(text: str) -> Any:
    """What a reader makes of it that knows nothing beyond the standard."""

    def refuse(word: str) -> None:
        raise AssertionError(f"{word} is no JSON")

    return json.loads(text, parse_constant=refuse)


def test_rows_are_standard_json_and_exact(tmp_path: Path) -> None:
    value = np.float32(0.1)
    row = {
        "minibatch": jnp.int32(3),
        "loss": value,
        "double": 0.1 + 0.2,
        "brain": jnp.asarray(1 / 3, jnp.bfloat16),
        "list": (np.arange(2), [True, None, "ε"]),
        "bad": [float("nan"), np.float32(np.inf), jnp.asarray(-jnp.inf)],
    }
    with RowFile(tmp_path / "rows") as rows:
        rows.write(row)
    (line,) = (tmp_path / "rows").read_text().splitlines()
    found = strict(line)
    assert found["minibatch"] == 3
    assert np.float32(found["loss"]) == value
    assert found["double"] == 0.1 + 0.2
    assert found["brain"] == 0.333984375
    assert found["list"] == [[0, 1], [True, None, "ε"]]
    assert found["bad"] == ["NaN", "Infinity", "-Infinity"]
    assert [float(word) for word in found["bad"][1:]] == [np.inf, -np.inf]


def test_what_json_cannot_hold_is_shown() -> None:
    with pytest.raises(TypeError, match="JSON cannot hold a set"):
        plain({"a": [{1}]})


def test_a_torn_last_line_is_cut_off(tmp_path: Path) -> None:
    path = tmp_path / "rows"
    with RowFile(path) as rows:
        rows.write({"minibatch": 0})
        rows.write({"minibatch": 1})
    whole = path.read_bytes()
    for length in range(len(whole) + 1):
        path.write_bytes(whole[:length])
        expected = [{"minibatch": i} for i in range(whole[:length].count(b"\n"))]
        assert read_rows(path) == expected
        with RowFile(path) as rows:
            rows.write({"minibatch": 7})
        assert read_rows(path) == [*expected, {"minibatch": 7}]
    assert read_rows(tmp_path / "absent") == []


@pytest.mark.parametrize("last", [-1, 0, 3, 4, 9, 100])
def test_truncation_keeps_rows_up_to_the_minibatch_byte_for_byte(tmp_path: Path, last: int) -> None:
    path = tmp_path / "rows"
    minibatches = [0, 3, 3, 6, 9]
    with RowFile(path) as rows:
        for m in minibatches:
            rows.write({"minibatch": m, "text": "ε" * m})
        before = path.read_bytes().splitlines(keepends=True)
        rows.truncate_after(last)
        kept = b"".join(before[: sum(m <= last for m in minibatches)])
        assert path.read_bytes() == kept
        rows.write({"minibatch": 50})
    assert path.read_bytes() == kept + b'{"minibatch": 50}\n'


def test_a_line_that_is_no_row_ends_the_file_at_truncation(tmp_path: Path) -> None:
    path = tmp_path / "rows"
    path.write_bytes(b'{"minibatch": 0}\n\x00\x00\x00\n{"minibatch": 1}\n')
    assert read_rows(path) == [{"minibatch": 0}, {"minibatch": 1}]
    with RowFile(path) as rows:
        rows.truncate_after(5)
    assert path.read_bytes() == b'{"minibatch": 0}\n'


def test_a_killed_process_loses_no_row(tmp_path: Path) -> None:
    program = (
        "import os, signal, sys; from jaxat.records import RowFile\n"
        "rows = RowFile(sys.argv[1])\n"
        "for m in range(5): rows.write({'minibatch': m})\n"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    found = subprocess.run([sys.executable, "-c", program, str(tmp_path / "rows")])
    assert found.returncode == -signal.SIGKILL
    assert [row["minibatch"] for row in read_rows(tmp_path / "rows")] == list(range(5))


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a full device")
def test_what_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(RecordError, match="cannot write .*absent/rows: No such file"):
        RowFile(tmp_path / "absent/rows")
    rows = RowFile(tmp_path / "rows")
    rows.close()
    with (
        Path("/dev/full").open("wb", buffering=0) as rows._file,  # takes nothing
        pytest.raises(RecordError, match="cannot write .*rows: No space left on device"),
    ):
        rows.write({"minibatch": 0})


@pytest.mark.parametrize("values", [[1.5, 2.5], [91.2, 91.3, 90.9, 1e6], [0.1] * 3, [-5, 5]])
def test_summary_against_the_standard_library(values: list[float]) -> None:
    found = summary(values)
    assert found["n"] == len(values)
    assert found["mean"] == pytest.approx(statistics.mean(values), rel=1e-15)
    assert found["std"] == pytest.approx(statistics.stdev(values), rel=1e-12, abs=1e-15)


def test_one_value_has_no_deviation_and_none_has_no_mean() -> None:
    assert summary([3]) == {"mean": 3.0, "std": None, "n": 1}
    with pytest.raises(ValueError, match="at least one value"):
        summary([])


def test_the_environment_says_what_was_used_and_not_where_or_by_whom(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    home = str(Path.home())
    arguments = [
        "train",
        "p",
        "--workdir",
        f"{home}/runs/a b",
        f"--log={home}/x",
        "--set",
        "eps=8/255",
    ]
    monkeypatch.setattr(sys, "argv", [f"{home}/site/jaxat/__main__.py", *arguments])
    found = environment()
    assert found["command"] == (
        "python -m jaxat train p --workdir '.../a b' --log=.../x --set eps=8/255"
    )
    assert found["packages"]["jax"] == jax.__version__
    assert found["packages"]["numpy"] == np.__version__
    assert (found["device"], found["devices"]) == (jax.devices()[0].device_kind, len(jax.devices()))
    assert found["x64"] == (jnp.asarray(0.5).dtype == jnp.float64)
    text = json.dumps(found)
    assert strict(text) == found
    for secret in (socket.gethostname(), home, os.getcwd(), f"/{getpass.getuser()}"):
        assert secret not in text


def test_the_commit_is_the_checkouts(monkeypatch: pytest.MonkeyPatch) -> None:
    root = Path(__file__).parents[2]
    if not (root / ".git").exists():
        pytest.skip("this copy has no history, so there is no commit to compare with")
    head = subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=root, capture_output=True, text=True, check=True
    )
    commit = environment()["commit"]
    assert commit.removesuffix("+changes") == head.stdout.strip()
    monkeypatch.setenv("JAXAT_COMMIT", "another")
    assert environment()["commit"] == commit
    monkeypatch.setenv("PATH", "")
    assert environment()["commit"] is None


def test_a_copy_without_its_history_is_told_its_commit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "exists", lambda self: False)
    monkeypatch.delenv("JAXAT_COMMIT", raising=False)
    assert environment()["commit"] is None
    monkeypatch.setenv("JAXAT_COMMIT", "0123abc")
    assert environment()["commit"] == "0123abc"


def test_event_files_without_tensorboardx_are_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "tensorboardX", None)
    with pytest.raises(RecordError, match="need tensorboardX, which is not installed") as error:
        EventFiles(tmp_path)
    assert "\n" not in str(error.value)


def events(path: Path) -> list[bytes]:
    """The records of an event file: length, checksum, bytes, checksum."""
    data, found = path.read_bytes(), []
    while data:
        (length,) = struct.unpack("<Q", data[:8])
        found.append(data[12 : 12 + length])
        data = data[16 + length :]
    return found


def test_event_files_hold_the_numbers(tmp_path: Path) -> None:
    pytest.importorskip("tensorboardX", reason="of the development extra")
    row = {
        "loss": np.float32(0.5),
        "n": 3,
        "note": "x",
        "ok": True,
        "nothing": None,
        "v": np.ones(2),
    }
    with EventFiles(tmp_path, after=9) as files:
        files.write(row, 10)
    (path,) = tmp_path.iterdir()
    found = events(path)
    # Field 2 of an event is its step (varint), field 1.2 of a value its 32-bit number.
    (loss,) = [event for event in found if b"\x0a\x04loss" in event]
    assert b"\x10\x0a" in loss
    assert struct.pack("<Bf", 0x15, 0.5) in loss
    (n,) = [event for event in found if b"\x0a\x01n" in event]
    assert struct.pack("<Bf", 0x15, 3.0) in n
    assert not [event for event in found if any(w in event for w in (b"note", b"ok", b"nothing"))]
    assert "tensorflow" not in sys.modules
