"""Files that are either whole or absent: written under another name, flushed, renamed."""

from __future__ import annotations

import hashlib
import os
from contextlib import suppress
from pathlib import Path

__all__ = ["PART", "digest", "sync", "sync_folder", "write_text"]

PART = ".part-"  # in the names of what is being written; whoever holds the folder may remove it


def write_text(path: Path, text: str) -> None:
    """Replaces the file in one step: a reader, or a crash, meets the old text or the new one."""
    part = path.with_name(f".{path.name}{PART}{os.getpid()}")
    try:
        with part.open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def sync(path: Path) -> None:
    """Has the file's contents on the disk before it returns."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Has the folder's entries on the disk before it returns, where the system knows how."""
    with suppress(OSError):  # Windows opens no folders; some network file systems sync none
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def digest(path: Path) -> str:
    """SHA-256 of the file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
