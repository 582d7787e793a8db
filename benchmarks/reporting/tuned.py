"""The table of what might be faster, in benchmarks/README.md: predicted, then measured."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.reporting import expected
from benchmarks.reporting.markdown import NOT_MEASURED, provenance, rounded, short, table
from benchmarks.reporting.records import Entry, Stages

__all__ = ["tuning"]


def tuning(stages: Stages) -> str:
    """Every variant with its prediction; speeds are of the plain update, above 1 is faster."""
    measured = stages.get("tuning", {})
    names = dict.fromkeys([*expected.TRIES, *measured])
    rows = [row for name in names for row in _row(name, measured.get(name))]
    header = ("variant", "why", "predicted", "measured", "by round", "ms a minibatch")
    done = {name: entry for name, entry in measured.items() if not entry.failed}
    command = f"- {NOT_MEASURED}: `{expected.command('tuning')}`.\n"
    return f"{table(header, rows)}\n{provenance(done, 'tuning') if done else command}"


def _row(name: str, entry: Entry | None) -> Iterator[tuple[str, ...]]:
    before = expected.TRIES.get(name)
    why, predicted = ("", "") if before is None else (before.why, rounded(before.ratio, 2))
    if entry is None:
        yield name, why, predicted, NOT_MEASURED, "", ""
        return
    if entry.failed:
        yield name, why, predicted, short(entry.failed), "", ""
        return
    # A record keeps what was predicted when it was made.
    why, ratio = str(entry.at("prediction")), entry.at("predicted")
    predicted = "" if ratio is None else rounded(entry.number("predicted"), 2)
    low, high = entry.at("spread")
    yield (
        name,
        why,
        predicted,
        rounded(entry.number("ratio"), 2),
        f"{low:.2f} to {high:.2f}",
        rounded(1000 * entry.number("seconds_per_minibatch"), 1),
    )
