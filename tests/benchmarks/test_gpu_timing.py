"""What is timed: a method that fails, and measurements in processes of their own."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from benchmarks.on_gpu import timing
from benchmarks.on_gpu.alone import alone
from benchmarks.on_gpu.ledger import Clock, Ledger, OutOfTimeError
from benchmarks.on_gpu.operations import Operations
from benchmarks.on_gpu.sizes import SMOKE
from benchmarks.reporting.on_gpu import methods
from benchmarks.reporting.records import Entry


class Instant:
    """A method whose minibatch takes a second, and whose compilation fails if it is AWP."""

    first_call = 2.0

    def __init__(self, sizes: Any, **settings: Any) -> None:
        self.trainer = type("Trainer", (), {"config": sizes.config(**settings)})
        if "awp" in settings:
            raise RuntimeError("no algorithm\nworked")

    def seconds(self) -> float:
        return 1.0

    def operations(self) -> Operations:
        return Operations(1.0, 1.0, 1.0)


def test_a_method_that_fails_takes_no_other_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timing, "Timed", Instant)
    found = timing._methods(SMOKE, Ledger(tmp_path / "gpu.json"))
    assert found["rows"]["AT-AWP"] == {"error": "RuntimeError: no algorithm worked"}
    assert found["rows"]["TRADES"]["ratio"] == 1.0
    said = methods({"timing": {"methods": Entry("methods", found)}}).splitlines()
    assert "| ResNet-18 | AT-AWP | failed | failed |" in said[3]
    assert "| ResNet-18 | TRADES | 1,000.0 |" in said[5]


def test_what_a_process_of_its_own_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    other, python = tmp_path / "other", sys.executable
    monkeypatch.setattr(sys, "executable", str(other))

    def does(code: str, seconds: float = 60) -> Any:
        other.write_text(f"#!{python}\nimport os, sys, time\n{code}\n")
        other.chmod(0o755)
        return alone("timing.first_update", SMOKE, Clock(seconds), HOW="so")

    assert does(
        "print('a warning'); print([sys.argv[-1], os.environ['HOW']].__repr__()"
        ".replace(chr(39), chr(34)))"
    ) == ["SMOKE", "so"]
    with pytest.raises(RuntimeError, match="timing.first_update: Unknown flag in XLA_FLAGS$"):
        does("sys.exit('two lines\\nUnknown flag in XLA_FLAGS\\n ****')")
    assert "two lines" in capfd.readouterr().err
    with pytest.raises(OutOfTimeError):
        does("time.sleep(60)", seconds=1)
