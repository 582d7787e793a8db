"""What has been measured so far: one JSON file, written anew after every item, in one step."""

from __future__ import annotations

import json
import time
import traceback
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from jaxat._files import write_text
from jaxat.environment import environment
from jaxat.records import plain

__all__ = ["Clock", "Item", "Ledger", "LedgerError", "OutOfTimeError", "run_items"]


class LedgerError(ValueError):
    """A file of measurements cannot be used; the text says what to do."""


class OutOfTimeError(Exception):
    """The time of this call is over. What has been done is kept; the same command goes on."""


class Clock:
    """How much of this call's time is left, in seconds.

    >>> Clock(60).left() <= 60
    True
    """

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def left(self) -> float:
        return self._end - time.monotonic()


class Item(NamedTuple):
    """One measurement: ``run(clock)`` returns it, in types that JSON knows.

    ``minutes`` is what it is expected to take at most; with less time left it is not begun. A
    result with ``"met": False`` is recorded, and the command ends with a failure.
    """

    name: str
    run: Callable[[Clock], Mapping[str, Any]]
    minutes: float


class Ledger:
    """``path`` maps stages to items to ``measured``, ``seconds`` and ``environment``.

    Raises:
        LedgerError: the file is there and is no such file.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.values: dict[str, dict[str, Any]] = {}
        if path.exists():
            try:
                self.values = json.loads(path.read_text(encoding="utf-8"))
                done = [
                    entry["measured"] for stage in self.values.values() for entry in stage.values()
                ]
            except (OSError, ValueError, AttributeError, KeyError, TypeError):
                raise LedgerError(f"{path} holds no measurements; move it away") from None
            del done

    def measured(self, stage: str, item: str) -> dict[str, Any] | None:
        """What was measured, or None: not yet, or it failed."""
        entry = self.values.get(stage, {}).get(item)
        return None if entry is None or "failed" in entry["measured"] else entry["measured"]

    def put(self, stage: str, item: str, measured: Mapping[str, Any], seconds: float) -> None:
        """Record one item, with where and with what it was measured."""
        entry = {
            "measured": plain(measured),
            "seconds": round(seconds, 2),
            "environment": environment(),
        }
        self.values.setdefault(stage, {})[item] = entry
        self.write()

    def write(self) -> None:
        """Put everything into the file, in one step."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        write_text(self.path, json.dumps(self.values, indent=1) + "\n")


def _say(text: str) -> None:
    # Through a pipe it would come when the call is over, or never.
    print(text, flush=True)


def run_items(
    ledger: Ledger,
    stage: str,
    items: Iterable[Item],
    clock: Clock,
    *,
    again: bool = False,
    say: Callable[[str], None] = _say,
    kept: Callable[[], None] = lambda: None,
) -> tuple[int, int]:
    """Measure what has not been measured; return how many items failed, and how many are left.

    A failing item is recorded with its error and does not keep the others from being measured; the
    next call tries it again. Items for which the time does not suffice are left to the next call.
    ``kept`` is called whenever something was recorded: whoever runs this may end it at any moment.
    """
    failed = left = 0
    for item in items:
        known = ledger.measured(stage, item.name)
        if known is not None and not again:
            say(f"{stage}: {item.name}: known")
            failed += known.get("met") is False
            continue
        if clock.left() < 60 * item.minutes:
            say(f"{stage}: {item.name}: left, {clock.left():.0f} s do not suffice")
            left += 1
            continue
        begin = time.monotonic()
        try:
            measured: Mapping[str, Any] = item.run(clock)
        except OutOfTimeError as stopped:
            say(f"{stage}: {item.name}: {stopped}")
            left += 1
            continue
        except Exception as error:  # whatever it is, the others are measured all the same
            traceback.print_exc()
            text = " ".join(str(error).split())[:500]
            measured = {"failed": f"{type(error).__name__}: {text}"}
        seconds = time.monotonic() - begin
        ledger.put(stage, item.name, measured, seconds)
        kept()
        wrong = "failed" in measured or measured.get("met") is False
        failed += wrong
        verdict = "NOT MET " if wrong else ""
        say(f"{stage}: {item.name}: {verdict}{_short(measured)} ({seconds:.0f} s)")
    return failed, left


def _short(measured: Mapping[str, Any]) -> str:
    """Numbers and words on one line; of rows, how long they take and how they compare."""
    found = {k: v for k, v in measured.items() if isinstance(v, str | int | float)}
    words = [f"{k} {v:.4g}" if isinstance(v, float) else f"{k} {v}" for k, v in found.items()]
    rows = measured.get("rows")
    for name, row in rows.items() if isinstance(rows, Mapping) else ():
        shown = ("seconds_per_minibatch", "seconds", "ratio", "share_of_matrix_product", "error")
        values = (row[key] for key in shown if row.get(key) is not None)
        words.append(
            f"{name}: " + " ".join(v if isinstance(v, str) else f"{v:.3g}" for v in values)
        )
    return ", ".join(words)
