"""Records of measurements, read so that whatever is wrong with them is one line of an error."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

__all__ = ["Entry", "RecordError", "Stages", "gpu_stages", "read", "sections"]


class RecordError(ValueError):
    """A record cannot be quoted; the text names the file, the place and what to do."""


@dataclass(frozen=True)
class Entry:
    """One measurement: what was found, and with what. ``name`` is for errors.

    >>> entry = Entry("gpu.json: timing: epoch", {"seconds": 4.0, "rows": {"AT": {"ratio": 1}}})
    >>> entry.number("rows", "AT", "ratio")
    1.0
    >>> entry.number("second")
    Traceback (most recent call last):
    benchmarks.reporting.records.RecordError: gpu.json: timing: epoch has no 'second'; measure it...
    """

    name: str
    values: Mapping[str, Any]
    environment: Mapping[str, Any] = field(default_factory=dict)

    @property
    def failed(self) -> str | None:
        """Why it could not be measured, or None."""
        found = self.values.get("failed")
        return None if found is None else str(found)

    def at(self, *keys: str) -> Any:
        """What is at the end of these keys."""
        found: Any = self.values
        for depth, key in enumerate(keys):
            if not isinstance(found, Mapping) or key not in found:
                path = ": ".join(keys[:depth])
                place = f"{self.name}: {path}" if path else self.name
                raise RecordError(f"{place} has no {key!r}; measure it anew")
            found = found[key]
        return found

    def number(self, *keys: str) -> float:
        """The number there; one that was not finite is infinite, so that it meets no bound."""
        found = self.at(*keys)
        if isinstance(found, bool) or not isinstance(found, int | float | str):
            raise RecordError(f"{self.name}: {': '.join(keys)} is {found!r}, which is no number")
        try:
            value = float(found)
        except ValueError:
            raise RecordError(
                f"{self.name}: {': '.join(keys)} is {found!r}, which is no number"
            ) from None
        return value if math.isfinite(value) else math.inf


Stages = Mapping[str, Mapping[str, Entry]]


def read(path: Path) -> dict[str, Any]:
    """The JSON object in a file; empty if there is no file.

    Raises:
        RecordError: it holds something else.
    """
    if not path.exists():
        return {}
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise RecordError(f"{path.name} cannot be read: {error}; restore it") from None
    if not isinstance(found, dict):
        raise RecordError(f"{path.name} holds no JSON object; restore it")
    return found


def sections(source: str, values: Mapping[str, Any]) -> dict[str, Entry]:
    """``{name: {"measured": ..., "environment": ...}}`` as entries; errors name ``source``."""
    found = {}
    for name, section in values.items():
        where = f"{source}: {name}"
        whole = Entry(where, section if isinstance(section, Mapping) else {})
        measured, environment = whole.at("measured"), whole.at("environment")
        if not isinstance(measured, Mapping) or not isinstance(environment, Mapping):
            raise RecordError(f"{where} is no measurement with its environment; measure it anew")
        found[name] = Entry(where, measured, environment)
    return found


def gpu_stages(path: Path) -> Stages:
    """What was measured on a GPU: stage, item, entry; empty if there is no file.

    Raises:
        RecordError: something in it was measured on another device, or tiny.
    """
    found = {}
    for stage, items in read(path).items():
        if not isinstance(items, Mapping):
            raise RecordError(f"{path.name}: {stage} holds no measurements; measure it anew")
        found[stage] = sections(f"{path.name}: {stage}", items)
        for entry in found[stage].values():
            backend, command = entry.environment.get("backend"), entry.environment.get("command")
            if backend != "gpu" or "--smoke" in str(command).split():
                raise RecordError(
                    f"{entry.name} was measured on {backend!r} by {command!r}; only full runs on "
                    "a GPU are quoted: take it out and measure it there"
                )
    return found
