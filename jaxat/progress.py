"""How far a run is and how long it will take: a bar on a terminal, a line now and then in a log."""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections.abc import Callable
from typing import TextIO

__all__ = ["Progress"]

_REDRAW = 0.1  # seconds
_BAR = 40  # columns


class Progress:
    """Shows ``done/total``, the time used and the time left, on the standard error.

    On a terminal one line is drawn again and again, and cleared at the end. Elsewhere a line is
    printed after ten seconds, and then ever more rarely: at most about fifty while the time grows
    tenfold.

    Args:
        what: is going on, e.g. ``"training"``.
        total: number of units.
        unit: plural name of what is counted.
        done: units that were done before, by a run that is resumed.
        stream: by default `sys.stderr`.
        clock: seconds; for tests.

    >>> import io
    >>> seconds = iter([0.0, 1.0, 31.0])
    >>> log = io.StringIO()
    >>> with Progress("training", 60, stream=log, clock=lambda: next(seconds)) as progress:
    ...     progress.update(1)
    ...     progress.update(16, "loss 2.1")
    >>> log.getvalue()
    'training 16/60 minibatches, 0:00:31, 0:01:28 left, loss 2.1\\n'
    """

    def __init__(
        self,
        what: str,
        total: int,
        *,
        unit: str = "minibatches",
        done: int = 0,
        stream: TextIO | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._what, self._total, self._unit = what, total, unit
        self._stream = sys.stderr if stream is None else stream
        self._clock = clock
        self._begun = self._shown = clock()
        # The first update comes after the compilation, which says nothing about the rest.
        self._first: tuple[int, float] | None = None
        self._done = done
        self._line = ""
        self._on_terminal = self._stream.isatty() and os.environ.get("TERM") != "dumb"
        self._colours = self._on_terminal and not os.environ.get("NO_COLOR")

    def update(self, done: int, note: str = "") -> None:
        """Tells how many units are done by now, and a few words to stand behind the numbers."""
        now = self._clock()
        if self._first is None:
            self._first = (done, now)
        self._done = done
        used, left = now - self._begun, self._time_left(now)
        if self._on_terminal:
            if now - self._shown < _REDRAW and self._line and done < self._total:
                return
            times = _time(used) + (f" {_time(left)} left" if left is not None else "")
            self._draw(f" {done}/{self._total} {times} {note}".rstrip())
        elif now - self._shown >= max(10.0, used / 20):
            rest = f", {_time(left)} left" if left is not None else ""
            line = f"{self._what} {done}/{self._total} {self._unit}, {_time(used)}{rest}"
            print(f"{line}, {note}" if note else line, file=self._stream, flush=True)
        else:
            return
        self._shown = now

    def say(self, text: str) -> None:
        """Prints a line above the bar."""
        self._clear()
        print(text, file=self._stream, flush=True)
        self._stream.write(self._line)
        self._stream.flush()

    def close(self) -> None:
        """Clears the bar. Harmless when repeated."""
        self._clear()
        self._line = ""
        self._stream.flush()

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def _time_left(self, now: float) -> float | None:
        if self._first is None or self._done <= self._first[0] or now <= self._first[1]:
            return None
        rate = (self._done - self._first[0]) / (now - self._first[1])
        return max(0, self._total - self._done) / rate

    def _draw(self, rest: str) -> None:
        columns = shutil.get_terminal_size().columns - 1
        width = max(0, min(_BAR, columns - len(self._what) - 1 - len(rest)))
        full = round(width * min(1.0, self._done / max(1, self._total)))
        filled, empty = self._bar(full, width - full)
        text = rest[: max(0, columns - len(self._what) - 1 - width)]
        self._clear()
        self._line = f"{self._what} {filled}{empty}{text}"
        self._stream.write(self._line)
        self._stream.flush()

    def _bar(self, full: int, empty: int) -> tuple[str, str]:
        try:
            "━".encode(getattr(self._stream, "encoding", None) or "ascii")
        except UnicodeEncodeError:
            return "#" * full, "-" * empty
        if self._colours:
            return f"\x1b[35m{'━' * full}\x1b[0m", f"\x1b[90m{'━' * empty}\x1b[0m"
        return "━" * full, " " * empty

    def _clear(self) -> None:
        if self._line:
            self._stream.write("\r\x1b[2K")


def _time(seconds: float) -> str:
    whole = round(seconds)
    return f"{whole // 3600}:{whole // 60 % 60:02}:{whole % 60:02}"
