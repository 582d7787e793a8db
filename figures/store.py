"""Arrays on disk with where they come from, so that drawing again computes nothing again."""

from __future__ import annotations

import json
import platform
from importlib import metadata
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np

from figures.figure import Arrays, Figure
from figures.sources import source_digest

__all__ = ["load_or_compute", "save_caption"]


def provenance(figure: Figure, resolution: int) -> dict[str, Any]:
    """What determines the arrays: figure, resolution, source text and records, package versions."""
    return {
        "figure": figure.name,
        "resolution": resolution,
        "source": source_digest(figure.compute.__module__, figure.records, figure.reported),
        "claims": list(figure.claims),
        "seed": 0,
        "device": "cpu",
        "python": platform.python_version(),
        "packages": {name: metadata.version(name) for name in ("jax", "numpy", "scipy")},
        "command": f"python -m figures {figure.name} --resolution {resolution}",
    }


def load_or_compute(figure: Figure, resolution: int, folder: Path) -> tuple[Arrays, bool]:
    """The figure's arrays, and whether they had to be computed.

    They are reused if the record beside them names the same figure, resolution, source text and
    package versions.
    """
    record = provenance(figure, resolution)
    arrays_path, record_path = folder / f"{figure.name}.npz", folder / f"{figure.name}.json"
    known = _read(record_path)
    keys = ("figure", "resolution", "source", "packages")
    if arrays_path.exists() and known and all(known.get(key) == record[key] for key in keys):
        try:
            # Opened here, for np.load leaves a file open that turns out to be broken.
            with arrays_path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
                return {name: stored[name] for name in stored.files}, False
        except (OSError, ValueError, EOFError, BadZipFile):
            pass  # a file cut off by a killed run is computed again
    arrays = {name: np.asarray(value) for name, value in figure.compute(resolution).items()}
    if figure.numbers is not None:
        record |= figure.numbers(arrays)
    record_path.unlink(missing_ok=True)
    np.savez_compressed(arrays_path, allow_pickle=False, **arrays)
    # The record comes last: arrays without a record are never trusted.
    record_path.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    return arrays, True


def _read(path: Path) -> dict[str, Any] | None:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def save_caption(figure: Figure, resolution: int, folder: Path) -> None:
    """The sidecar text: title, source, caption, claims, command."""
    text = (
        f"{figure.title}\n{figure.source}\n\n{figure.shows}\n\n{figure.caption}\n\n"
        f"Claims: {', '.join(figure.claims)}\n"
        f"Command: python -m figures {figure.name} --resolution {resolution}\n"
    )
    (folder / f"{figure.name}.txt").write_text(text, encoding="utf-8")
