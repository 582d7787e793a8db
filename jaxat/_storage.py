"""Named arrays in a folder: by Orbax where it is installed, in a plain ``.npz`` file where not."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any, Literal

import jax
import numpy as np

__all__ = ["Storage", "chosen", "read_arrays", "write_arrays"]

Storage = Literal["orbax", "npz"]
_NPZ = "arrays.npz"
_ORBAX = "arrays"


def chosen(storage: Storage | None) -> Storage:
    """The format asked for; by default Orbax where it is installed and one process runs alone.

    Raises:
        ValueError: no such format, or Orbax is asked for and not installed.
    """
    if storage not in (None, "orbax", "npz"):
        raise ValueError(f"storage is 'orbax' or 'npz'; got {storage!r}")
    if storage == "orbax" and _orbax() is None:
        raise ValueError("orbax-checkpoint is not installed; install it, or use storage 'npz'")
    if storage is not None:
        return storage
    # Orbax waits for all processes of a run, of which only one writes here.
    return "orbax" if jax.process_count() == 1 and _orbax() is not None else "npz"


def write_arrays(folder: Path, arrays: dict[str, np.ndarray], storage: Storage) -> None:
    """Writes the arrays into the folder, which exists and is empty."""
    if storage == "npz":
        # As numpy.savez does, which could not store an array called `file`.
        with zipfile.ZipFile(folder / _NPZ, "w") as archive:
            for name, array in arrays.items():
                with archive.open(zipfile.ZipInfo(f"{name}.npy"), "w", force_zip64=True) as file:
                    np.lib.format.write_array(file, array, allow_pickle=False)
    elif arrays:
        ocp = _orbax()
        try:
            ocp.save(str((folder / _ORBAX).absolute()), arrays)
        except Exception as error:  # of whatever kind its storage layer raises, over many lines
            raise OSError(f"Orbax: {_first_line(error)}") from error


def read_arrays(folder: Path, storage: Storage) -> dict[str, np.ndarray]:
    """The arrays, in memory of their own; nothing is unpickled.

    Raises:
        ValueError: Orbax wrote them and is not installed.
        OSError: they cannot be read.
    """
    if storage == "npz":
        with np.load(folder / _NPZ, allow_pickle=False) as archive:
            return {name: archive[name] for name in archive.files}
    if not (folder / _ORBAX).exists():
        return {}
    ocp = _orbax()
    if ocp is None:
        raise ValueError("Orbax wrote it, which is not installed; install orbax-checkpoint")
    try:
        arrays = ocp.load(str((folder / _ORBAX).absolute()))
    except Exception as error:
        raise OSError(f"Orbax: {_first_line(error)}") from error
    return {name: np.asarray(value) for name, value in arrays.items()}


def _orbax() -> Any:
    """Orbax, or None where it is not installed or does not fit the JAX that is."""
    try:
        from orbax.checkpoint import v1
    except (ImportError, AttributeError):
        return None
    return v1


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
