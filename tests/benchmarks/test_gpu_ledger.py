"""Measurements that are kept, gone on with, and never lost to an item that fails."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks.on_gpu.ledger import Clock, Item, Ledger, LedgerError, OutOfTimeError, run_items


def silent(text: str) -> None:
    del text


def counted(name: str, results: list[Any], minutes: float = 0) -> tuple[Item, list[int]]:
    """An item that gives its results one after the other; an exception is raised."""
    calls: list[int] = []

    def run(clock: Clock) -> Any:
        del clock
        result = results[len(calls)]
        calls.append(1)
        if isinstance(result, BaseException):
            raise result
        return result

    return Item(name, run, minutes), calls


def test_what_is_known_is_not_measured_again_unless_asked(tmp_path: Path) -> None:
    item, calls = counted("one", [{"x": 1.5}, {"x": 2.5}])
    path = tmp_path / "gpu.json"
    assert run_items(Ledger(path), "stage", [item], Clock(9), say=silent) == (0, 0)
    assert run_items(Ledger(path), "stage", [item], Clock(9), say=silent) == (0, 0)
    assert (len(calls), Ledger(path).measured("stage", "one")) == (1, {"x": 1.5})
    assert run_items(Ledger(path), "stage", [item], Clock(9), say=silent, again=True) == (0, 0)
    assert Ledger(path).measured("stage", "one") == {"x": 2.5}
    entry = json.loads(path.read_text())["stage"]["one"]
    assert {"device", "commit", "command", "packages"} <= set(entry["environment"])


def test_a_failure_is_told_recorded_and_tried_again(tmp_path: Path) -> None:
    bad, _ = counted("bad", [ValueError("no\nsuch kernel"), {"x": 1}])
    good, _ = counted("good", [{"met": True}])
    said: list[str] = []
    ledger = Ledger(tmp_path / "gpu.json")
    assert run_items(ledger, "stage", [bad, good], Clock(9), say=said.append) == (1, 0)
    assert "NOT MET" in said[0]
    assert ledger.values["stage"]["bad"]["measured"] == {"failed": "ValueError: no such kernel"}
    assert ledger.measured("stage", "bad") is None
    assert ledger.measured("stage", "good") == {"met": True}
    assert run_items(Ledger(ledger.path), "stage", [bad, good], Clock(9), say=silent) == (0, 0)
    assert Ledger(ledger.path).measured("stage", "bad") == {"x": 1}


def test_what_is_wrong_fails_again_when_it_is_known(tmp_path: Path) -> None:
    item, calls = counted("one", [{"met": False}])
    for _ in range(2):
        ledger = Ledger(tmp_path / "gpu.json")
        assert run_items(ledger, "stage", [item], Clock(9), say=silent) == (1, 0)
    assert len(calls) == 1


def test_without_time_an_item_is_left_and_the_shorter_ones_are_done(tmp_path: Path) -> None:
    long, calls = counted("long", [{}], minutes=1)
    short, _ = counted("short", [{"x": 1}])
    stopped, _ = counted("stopped", [OutOfTimeError("12 epochs done")])
    said: list[str] = []
    ledger = Ledger(tmp_path / "gpu.json")
    items = [long, short, stopped]
    assert run_items(ledger, "stage", items, Clock(30), say=said.append) == (0, 2)
    assert not calls
    assert list(ledger.values["stage"]) == ["short"]
    assert said[-1] == "stage: stopped: 12 epochs done"


@pytest.mark.parametrize("text", ["", "[]", '{"stage": {"item": {}}}', '{"stage": 3}'])
def test_another_file_is_refused_and_left_alone(text: str, tmp_path: Path) -> None:
    path = tmp_path / "gpu.json"
    path.write_text(text)
    with pytest.raises(LedgerError, match="holds no measurements; move it away"):
        Ledger(path)
    assert path.read_text() == text


def test_whoever_keeps_copies_is_told_after_every_item(tmp_path: Path) -> None:
    good, _ = counted("good", [{"x": 1}])
    bad, _ = counted("bad", [ValueError("no kernel")])
    left, _ = counted("left", [OutOfTimeError("half done")])
    ledger = Ledger(tmp_path / "gpu.json")
    seen: list[list[str]] = []

    def kept() -> None:
        seen.append(list(Ledger(ledger.path).values["stage"]))

    run_items(ledger, "stage", [good, bad, left], Clock(30), say=silent, kept=kept)
    assert seen == [["good"], ["good", "bad"]]
