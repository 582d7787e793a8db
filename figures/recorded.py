"""Recorded training runs, and those of others, as figures read them; what is drawn without one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["not_measured", "read_record", "read_reported", "record_path", "reported_path"]

_BENCHMARKS = Path(__file__).resolve().parent.parent / "benchmarks"
RESULTS, REPORTED = _BENCHMARKS / "results", _BENCHMARKS / "reported"


def record_path(name: str) -> Path:
    """Where the record of that name lies, if it does."""
    return RESULTS / f"{name}.json"


def reported_path(name: str) -> Path:
    """Where the numbers lie that others have published under that name."""
    return REPORTED / f"{name}.json"


def read_record(name: str) -> dict[str, Any] | None:
    """The record of that name, or None if nobody has measured it.

    Raises:
        ValueError: it is there and cannot be read.
    """
    path = record_path(name)
    return _read(path) if path.exists() else None


def read_reported(name: str) -> dict[str, Any]:
    """What others have published.

    Raises:
        ValueError: it is not there, or cannot be read.

    >>> sorted(read_reported("awp_logs")["runs"])
    ['at', 'awp']
    """
    return _read(reported_path(name))


def _read(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ValueError(f"cannot read the record {path.name}: {error}") from error
    if not isinstance(found, dict):
        raise ValueError(f"the record {path.name} is no object with names")
    return found


def not_measured(place: Axes, title: str, commands: list[str]) -> None:
    """An empty panel which says how to fill it."""
    place.set_title(title)
    place.set_xticks([])
    place.set_yticks([])
    lines = "\n".join(commands)
    place.text(
        0.5, 0.5, f"not measured, run:\n{lines}", ha="center", va="center", fontsize=6,
        transform=place.transAxes, wrap=True,
    )  # fmt: skip
