"""A folder that says what it holds: ``manifest.json`` with the SHA-256 of every file and its own.

The manifest is written last, after all files have been flushed to the disk.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from jaxat._files import digest, sync, sync_folder

__all__ = ["seal", "unseal"]

_NAME = "manifest.json"


def seal(folder: Path, contents: dict[str, Any]) -> None:
    """Flushes every file below the folder, and writes the manifest: `contents` and the files."""
    files: dict[str, dict[str, Any]] = {}
    for path in sorted(folder.rglob("*")):
        if path.is_dir():
            sync_folder(path)
            continue
        sync(path)
        name = path.relative_to(folder).as_posix()
        files[name] = {"bytes": path.stat().st_size, "sha256": digest(path)}
    contents = {**contents, "files": files}
    text = json.dumps({"sha256": _checksum(contents), "contents": contents}, indent=1)
    (folder / _NAME).write_text(text, "utf-8")
    sync(folder / _NAME)
    sync_folder(folder)


def unseal(folder: Path) -> dict[str, Any]:
    """The contents, after the manifest and every file in it have been checked.

    Raises:
        ValueError: something is missing or changed; the message names the file and is one line.
    """
    try:
        manifest = json.loads((folder / _NAME).read_text("utf-8"))
        contents = manifest["contents"]
        intact = manifest["sha256"] == _checksum(contents)
    except FileNotFoundError:
        raise ValueError(f"{_NAME} is missing") from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ValueError(f"{_NAME} cannot be read ({error})") from error
    if not intact:
        raise ValueError(f"{_NAME} has another checksum")
    for name, record in contents["files"].items():
        path = folder / name
        try:
            size = path.stat().st_size
            if size != record["bytes"]:
                raise ValueError(f"{name} has {size} bytes instead of {record['bytes']}")
            if digest(path) != record["sha256"]:
                raise ValueError(f"{name} has another checksum")
        except FileNotFoundError:
            raise ValueError(f"{name} is missing") from None
        except OSError as error:
            raise ValueError(f"{name} cannot be read ({error.strerror})") from error
    return contents


def _checksum(contents: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(contents, sort_keys=True).encode()).hexdigest()
