"""The rows of a run as TensorBoard's event files, through tensorboardX; TensorFlow is never asked.

TensorBoard's own rules make the name of such a file, which ends in the name of the machine.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jaxat.records import RecordError

__all__ = ["EventFiles", "require_tensorboard"]


def require_tensorboard() -> Any:
    """The module tensorboardX.

    Raises:
        RecordError: it is not installed.
    """
    try:
        return importlib.import_module("tensorboardX")
    except ImportError:
        raise RecordError(
            "TensorBoard's event files need tensorboardX, which is not installed: "
            "pip install tensorboardX, or do without them"
        ) from None


class EventFiles:
    """Writes the numbers of each row as one scalar each.

    Args:
        folder: for the files; made if need be.
        after: the minibatch at which a run is taken up again: TensorBoard hides what an earlier
            file says about later ones.

    Raises:
        RecordError: tensorboardX is not installed, or the folder cannot be written.
    """

    def __init__(self, folder: Path | str, *, after: int | None = None) -> None:
        writer = require_tensorboard().SummaryWriter
        try:
            self._writer: Any = writer(str(folder), purge_step=None if after is None else after + 1)
        except OSError as error:
            raise RecordError(f"cannot write {folder}: {error.strerror or error}") from error

    def write(self, row: Mapping[str, Any], minibatch: int) -> None:
        """Adds the numbers among the row's values; words, truth values and arrays are left out."""
        for name, value in row.items():
            if isinstance(value, bool | str) or value is None or getattr(value, "shape", ()) != ():
                continue
            try:
                number = float(value)
            except (TypeError, ValueError):
                continue
            self._writer.add_scalar(name, number, minibatch)

    def close(self) -> None:
        """Writes what is left and ends the file. Harmless when repeated."""
        self._writer.close()

    def __enter__(self) -> EventFiles:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()
