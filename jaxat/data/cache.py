"""The prepared data on this machine: plain ``.npy`` files beside a manifest with their checksums.

A data set NAME is the folder NAME with ``train_images.npy``, ``train_labels.npy``,
``test_images.npy``, ``test_labels.npy`` (uint8; ``numpy.load`` reads them) and ``manifest.json``.
It is written under another name and then renamed as a whole, so that an interrupted preparation
leaves nothing that could be mistaken for a data set.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np

from jaxat.data.arrays import Arrays
from jaxat.data.errors import DataAbsentError, DataError

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None

__all__ = [
    "ARRAYS",
    "cache_folder",
    "is_present",
    "locked",
    "read_arrays",
    "scratch",
    "write_arrays",
]

ARRAYS = ("train_images", "train_labels", "test_images", "test_labels")
_FORMAT = 1
_MANIFEST = "manifest.json"


def cache_folder() -> Path:
    """Where prepared data lies: ``$JAXAT_DATA``, or ``jaxat/data`` in the user's cache folder."""
    if chosen := os.environ.get("JAXAT_DATA"):
        return Path(chosen).expanduser().absolute()
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return base / "jaxat" / "data"


def is_present(name: str) -> bool:
    """Whether a data set of this name has been prepared; its files are not looked at."""
    return (cache_folder() / name / _MANIFEST).is_file()


@contextmanager
def locked(name: str) -> Iterator[None]:
    """One preparation of a data set at a time; what a killed one left behind is cleared away.

    Raises:
        DataError: the cache folder cannot be written.
    """
    root = cache_folder()
    try:
        root.mkdir(parents=True, exist_ok=True)
        lock = (root / f".{name}.lock").open("a")
    except OSError as error:
        raise DataError(_unwritable(root, error)) from error
    with lock:
        if fcntl is not None:
            # Some network file systems know no locks; the renaming stays safe without.
            with suppress(OSError):
                fcntl.flock(lock, fcntl.LOCK_EX)
        for left in root.glob(f".{name}.part-*"):
            shutil.rmtree(left, ignore_errors=True)
        yield


@contextmanager
def scratch(name: str) -> Iterator[Path]:
    """A folder for what a preparation needs on its way, removed when the block ends. Lock first.

    Raises:
        DataError: the cache folder cannot be written.
    """
    root = cache_folder()
    try:
        made = tempfile.TemporaryDirectory(
            prefix=f".{name}.part-", dir=root, ignore_cleanup_errors=True
        )
    except OSError as error:
        raise DataError(_unwritable(root, error)) from error
    with made as folder:
        yield Path(folder)


def write_arrays(name: str, arrays: Arrays, source: str) -> Path:
    """Writes the data set and returns its folder; replaces one of the same name. Lock first.

    Raises:
        DataError: the folder cannot be written, or the disk is full.
    """
    root = cache_folder()
    final = root / name
    try:
        part = Path(tempfile.mkdtemp(prefix=f".{name}.part-", dir=root))
        try:
            part.chmod(0o755)
            files = {key: _write_file(part / f"{key}.npy", arrays[key]) for key in ARRAYS}
            manifest = {"format": _FORMAT, "name": name, "source": source, "files": files}
            with (part / _MANIFEST).open("w", encoding="utf-8") as file:
                json.dump(manifest, file, indent=2)
                file.flush()
                os.fsync(file.fileno())
            if final.exists():
                # A folder cannot be replaced in one step; in between there is none, which is safe.
                old = Path(tempfile.mkdtemp(prefix=f".{name}.part-", dir=root))
                final.rename(old / name)
                part.rename(final)
                shutil.rmtree(old, ignore_errors=True)
            else:
                part.rename(final)
        except BaseException:
            shutil.rmtree(part, ignore_errors=True)
            raise
    except OSError as error:
        raise DataError(_unwritable(root, error)) from error
    return final


def read_arrays(name: str, *, verify: bool = True) -> tuple[Arrays, dict[str, Any]]:
    """The arrays, mapped into memory and read-only, and the manifest.

    Args:
        name: of the data set.
        verify: compare the files' SHA-256 with the manifest; sizes and types always are.

    Raises:
        DataAbsentError: it has not been prepared.
        DataError: it is damaged; the message names the file.
    """
    folder = cache_folder() / name
    remedy = f"run: python -m jaxat data prepare {name}"
    if not is_present(name):
        raise DataAbsentError(f"{name} is not prepared in {cache_folder()}; {remedy}")
    manifest = _read_manifest(folder / _MANIFEST, remedy)
    arrays: Arrays = {}
    for key in ARRAYS:
        path = folder / f"{key}.npy"
        try:
            record = manifest["files"][key]
            if path.stat().st_size != record["bytes"]:
                raise DataError(f"{path} is damaged: its size is wrong; {remedy}")
            if verify and _digest(path) != record["sha256"]:
                raise DataError(f"{path} is damaged: its checksum is wrong; {remedy}")
            values = np.load(path, mmap_mode="r", allow_pickle=False)
            if list(values.shape) != record["shape"] or values.dtype != np.uint8:
                raise DataError(f"{path} is damaged: {values.dtype} {values.shape}; {remedy}")
        except DataError:
            raise
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise DataError(f"{path} is damaged: {error}; {remedy}") from error
        arrays[key] = values
    return arrays, manifest


def _write_file(path: Path, values: np.ndarray) -> dict[str, Any]:
    with path.open("wb") as file:
        np.save(file, np.ascontiguousarray(values), allow_pickle=False)
        file.flush()
        os.fsync(file.fileno())
    shape = list(values.shape)
    return {"shape": shape, "bytes": path.stat().st_size, "sha256": _digest(path)}


def _read_manifest(path: Path, remedy: str) -> dict[str, Any]:
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DataError(f"{path} is damaged: {error}; {remedy}") from error
    if not isinstance(manifest, dict) or not isinstance(manifest.get("files"), dict):
        raise DataError(f"{path} is damaged; {remedy}")
    if manifest.get("format") != _FORMAT:
        raise DataError(f"{path} has format {manifest.get('format')}, {_FORMAT} is read; {remedy}")
    return manifest


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _unwritable(root: Path, error: OSError) -> str:
    return f"cannot write the data folder {root}: {error.strerror or error}; set JAXAT_DATA"
