"""Reading the joint records of experiments from a folder."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jaxat import presets
from jaxat.commands.arguments import UsageError
from jaxat.presets import Preset

__all__ = ["RESULTS", "Recorded", "differences", "notes_on", "print_notes", "read_recorded"]

RESULTS = Path(__file__).parents[2] / "benchmarks" / "results"
"""Where a checkout keeps the records of its runs."""

# Settings that say how a run is computed, not what is computed.
_HOW = {
    *("compiled", "chunk", "tensorboard", "eval_batch", "eval_every"),
    *("attack_unroll", "checkpoint_every"),
}


@dataclass(frozen=True)
class Recorded:
    """One file: the record, and its name for messages."""

    path: Path
    values: Mapping[str, Any]


def read_recorded(folder: Path) -> dict[str, list[Recorded]]:
    """Records by preset, from ``folder/*.json`` and ``folder/*/result.json``, in order of path.

    Files of other kinds, which name no preset, are passed over. A folder that is not there holds
    none.

    Raises:
        UsageError: a file cannot be read, or is no JSON.
    """
    found: dict[str, list[Recorded]] = {}
    for path in sorted([*folder.glob("*.json"), *folder.glob("*/result.json")]):
        try:
            values = json.loads(path.read_text(encoding="utf-8"))
        except OSError as error:
            raise UsageError(f"cannot read {path}: {error.strerror or error}") from None
        except ValueError:
            raise UsageError(f"{path} is no JSON; move it away, or make it again") from None
        if isinstance(values, dict) and isinstance(values.get("preset"), str):
            found.setdefault(values["preset"], []).append(Recorded(path, values))
    return found


def differences(record: Mapping[str, Any], preset: Preset) -> list[str]:
    """Settings, as ``key=value``, in which a record differs from its preset.

    Those that the preset sweeps over, and those that only say how a run is computed, do not count.
    """
    wanted, had = preset.config.to_json(), record.get("config", {})
    return [
        f"{name}={had[name]}"
        for name in wanted
        if name in had and had[name] != wanted[name] and name not in {*preset.sweep, *_HOW}
    ]


def notes_on(record: Recorded) -> list[str]:
    """Lines that say where a record differs from its preset, and what attacks computed in."""
    name, notes = record.values["preset"], []
    found = differences(record.values, presets.get(name))
    if found:
        more = f" and {len(found) - 4} more" if len(found) > 4 else ""
        notes.append(f"{record.path.name}: not the preset {name}, but {', '.join(found[:4])}{more}")
    if (lower := record.values.get("attacks_compute_in", ["float32"])) != ["float32"]:
        notes.append(
            f"{record.path.name}: AutoAttack computes in {', '.join(lower)}; what it finds is "
            "verified in full precision"
        )
    return notes


def print_notes(notes: list[str]) -> None:
    """The lines of `notes_on` under a heading, if there are any."""
    if notes:
        print("\nRecorded with other settings:\n" + "\n".join(f"  {note}" for note in notes))
