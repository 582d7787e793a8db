"""What a run writes down: rows of numbers as JSON lines, and means over seeds.

Standard JSON knows no NaN: numbers that are not finite are written as the strings ``"NaN"``,
``"Infinity"`` and ``"-Infinity"``, which Python's ``float`` reads back.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO

import jax
import numpy as np

__all__ = ["RecordError", "RowFile", "plain", "read_rows", "summary"]


class RecordError(ValueError):
    """Something cannot be written down. One line."""


class RowFile:
    """A file of one JSON object a line, which grows by whole rows and survives a crash.

    Every row is handed to the system before `write` returns, so that a killed process loses none;
    a last line that was torn (by a full disk, or a machine that went down) is cut off when the file
    is opened again.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder, RowFile(Path(folder) / "steps.jsonl") as rows:
    ...     for i in range(3):
    ...         rows.write({"minibatch": i, "loss": 1 / (1 + i)})
    ...     rows.truncate_after(1)
    ...     read_rows(rows.path)
    [{'minibatch': 0, 'loss': 1.0}, {'minibatch': 1, 'loss': 0.5}]

    Raises:
        RecordError: by every method, when the file cannot be written.
    """

    def __init__(self, path: Path | str) -> None:
        self.path = Path(path)
        with self._named_errors():
            self._file: BinaryIO = self.path.open("ab+")
            self._file.seek(0)
            self._file.truncate(sum(len(line) for line in _whole_lines(self._file)))

    def write(self, row: Mapping[str, Any]) -> None:
        """Appends a row; values may be NumPy or JAX scalars and arrays."""
        line = json.dumps(plain(row), allow_nan=False)
        with self._named_errors():
            self._file.write(line.encode() + b"\n")
            self._file.flush()

    def truncate_after(self, minibatch: int, epoch: float = math.inf) -> None:
        """Keeps the rows up to the first whose ``minibatch`` or ``epoch`` is larger than given.

        Rows are in ascending order. A line that is no row ends the file too.
        """
        with self._named_errors():
            self._file.seek(0)
            kept = 0
            for line in _whole_lines(self._file):
                row = _parsed(line)
                if row is None or row.get("minibatch", -1) > minibatch:
                    break
                if row.get("epoch", -1) > epoch:
                    break
                kept += len(line)
            self._file.truncate(kept)
        self.sync()

    def sync(self) -> None:
        """Has all rows on the disk before it returns; call it before a checkpoint is written."""
        with self._named_errors():
            self._file.flush()
            os.fsync(self._file.fileno())

    def close(self) -> None:
        """Ends the file. Harmless when repeated."""
        with suppress(OSError):  # what could not be written has been said already
            self._file.close()

    def __enter__(self) -> RowFile:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    @contextmanager
    def _named_errors(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise RecordError(f"cannot write {self.path}: {error.strerror or error}") from error


def read_rows(path: Path | str) -> list[dict[str, Any]]:
    """The whole rows of a file, which may still be growing; none if there is no file."""
    path = Path(path)
    if not path.exists():
        return []
    with path.open("rb") as file:
        rows = [_parsed(line) for line in _whole_lines(file)]
    return [row for row in rows if row is not None]


def plain(value: Any) -> Any:
    """The same with dicts, lists, strings, finite numbers, true, false and null alone.

    Raises:
        TypeError: there is something else in it; the message shows it.

    >>> plain({"loss": np.float32(0.5), "worst": float("inf"), "eps": (1, None)})
    {'loss': 0.5, 'worst': 'Infinity', 'eps': [1, None]}
    """
    if isinstance(value, Mapping):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    if isinstance(value, np.ndarray | np.generic | jax.Array):
        return plain(np.asarray(value).tolist())
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    if value is None or isinstance(value, str | bool | int | float):
        return value
    raise TypeError(f"JSON cannot hold a {type(value).__name__}: {value!r:.60}")


def summary(values: Iterable[float]) -> dict[str, float | int | None]:
    """Mean, standard deviation over n − 1 and number of the values; for n = 1 the second is None.

    Raises:
        ValueError: there are none.

    >>> summary([1.0, 2.0, 3.0])
    {'mean': 2.0, 'std': 1.0, 'n': 3}
    """
    numbers = [float(value) for value in values]
    n = len(numbers)
    if n == 0:
        raise ValueError("a mean needs at least one value; got none")
    mean = math.fsum(numbers) / n
    squares = math.fsum((number - mean) ** 2 for number in numbers)
    return {"mean": mean, "std": math.sqrt(squares / (n - 1)) if n > 1 else None, "n": n}


def _whole_lines(file: BinaryIO) -> Iterator[bytes]:
    for line in file:
        if line.endswith(b"\n"):
            yield line


def _parsed(line: bytes) -> dict[str, Any] | None:
    try:
        row = json.loads(line)
    except ValueError:
        return None
    return row if isinstance(row, dict) else None
