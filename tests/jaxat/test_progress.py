"""A bar that fits the terminal, sparse lines in a log, and a time left without compilation."""

from __future__ import annotations

import io
import re

import pytest

from jaxat.progress import Progress


class Terminal(io.StringIO):
    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def shown(text: str) -> list[str]:
    """What was on the line each time it was drawn, without colours."""
    return [re.sub("\x1b\\[\\d+m", "", line) for line in text.split("\r\x1b[2K")]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    return Clock()


def test_a_log_gets_a_line_now_and_then(clock: Clock) -> None:
    log = io.StringIO()
    with Progress("training", 36000, unit="epochs", stream=log, clock=clock) as progress:
        for second in range(1, 36001):  # ten hours
            clock.now = second
            progress.update(second, "loss 1")
    lines = log.getvalue().splitlines()
    assert lines[0] == "training 10/36000 epochs, 0:00:10, 9:59:50 left, loss 1"
    assert "\x1b" not in log.getvalue()
    assert 100 < len(lines) < 200


def test_the_time_left_counts_neither_the_compilation_nor_what_was_done_before(
    clock: Clock,
) -> None:
    log = io.StringIO()
    progress = Progress("training", 1000, done=500, stream=log, clock=clock)
    clock.now = 100  # the first minibatch took so long
    progress.update(501)
    clock.now = 120
    progress.update(511)  # two seconds each
    first, second = log.getvalue().splitlines()
    assert first == "training 501/1000 minibatches, 0:01:40"
    assert second == "training 511/1000 minibatches, 0:02:00, 0:16:18 left"


def test_a_terminal_has_one_line_that_is_cleared_at_the_end(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    terminal = Terminal()
    with Progress("training", 4, stream=terminal, clock=clock) as progress:
        for done in range(1, 5):
            clock.now = done
            progress.update(done, "loss 0.5")
        progress.say("a remark")
    assert "\n" not in terminal.getvalue().replace("a remark\n", "")
    bars = [line for line in shown(terminal.getvalue()) if line.startswith("training")]
    assert bars[0] == "training " + "━" * 40 + " 1/4 0:00:01 loss 0.5"
    assert bars[1] == "training " + "━" * 40 + " 2/4 0:00:02 0:00:02 left loss 0.5"
    assert terminal.getvalue().endswith("\r\x1b[2K")
    # What is done and what is not differ in colour.
    assert f"\x1b[35m{'━' * 20}\x1b[0m\x1b[90m{'━' * 20}\x1b[0m 2/4" in terminal.getvalue()


@pytest.mark.parametrize("columns", [10, 30, 60, 80])
def test_the_line_never_wraps(clock: Clock, columns: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    terminal = Terminal()
    with Progress("training", 9, stream=terminal, clock=clock) as progress:
        for done in (1, 5):
            clock.now = done
            progress.update(done, "a long remark about the loss and the accuracy")
    assert all(len(line) < columns for line in shown(terminal.getvalue()))


def test_it_draws_at_most_ten_times_a_second_and_always_the_last(clock: Clock) -> None:
    terminal = Terminal()
    with Progress("training", 1000, stream=terminal, clock=clock) as progress:
        for done in range(1, 1001):
            clock.now = done / 1000
            progress.update(done)
    drawn = shown(terminal.getvalue())
    assert len(drawn) < 20
    assert any(" 1000/1000 " in line for line in drawn)


def test_without_colours_or_unicode_it_is_still_a_bar(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    terminal = Terminal()
    with Progress("training", 4, stream=terminal, clock=clock) as progress:
        progress.update(1)
    assert "training " + "━" * 10 + " " * 30 + " 1/4" in terminal.getvalue()

    class Old(Terminal):
        encoding = "ascii"

    terminal = Old()
    with Progress("training", 4, stream=terminal, clock=clock) as progress:
        progress.update(1)
    assert "#" * 10 + "-" * 30 + " 1/4" in terminal.getvalue()


def test_a_dumb_terminal_is_a_log(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "dumb")
    terminal = Terminal()
    with Progress("training", 4, stream=terminal, clock=clock) as progress:
        progress.update(1)
    assert terminal.getvalue() == ""
