"""Recorded results of training runs, read for the EMPIRICAL claims."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

__all__ = ["read_records"]


def read_records(folder: Path) -> dict[str, Any]:
    """All JSON files of a folder by name without suffix; none if the folder does not exist."""
    if not folder.is_dir():
        return {}
    found = {}
    for path in sorted(folder.glob("*.json")):
        try:
            found[path.stem] = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise LookupError(f"cannot read the recorded result {path.name}: {error}") from None
    return found
