"""The files in which data sets are handed on, read with NumPy and the standard library.

- IDX (MNIST and its relatives), packed with gzip or not;
- CIFAR-10 as sheets of PNG rows, one image a row, with JSON lists of labels;
- CIFAR-10 and CIFAR-100 in their "binary version";
- SVHN's cropped digits, MATLAB files (these alone need SciPy).

The "Python version" of CIFAR is pickled, and nothing here unpickles.
"""

from __future__ import annotations

import gzip
import importlib
import json
import struct
import zlib
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np

from jaxat.data.arrays import Arrays
from jaxat.data.catalogue import DatasetInfo
from jaxat.data.errors import DataError
from jaxat.data.png import decode_png

__all__ = ["read_folder", "read_idx"]


def read_folder(info: DatasetInfo, folder: Path) -> Arrays:
    """The four arrays of ``info`` from the files in ``folder`` (or one level below it).

    Raises:
        DataError: the folder does not hold the files, or one of them is damaged.
    """
    if not folder.is_dir():
        raise DataError(f"{folder} is not a folder")
    readers: dict[str, Callable[[DatasetInfo, Path], Arrays]] = {
        "idx": _idx,
        "cifar10": _cifar10,
        "cifar100": _cifar100,
        "svhn": _svhn,
    }
    try:
        return readers[info.form](info, folder)
    except OSError as error:
        raise DataError(f"cannot read {info.name} from {folder}: {error}") from error


def read_idx(path: Path) -> np.ndarray:
    """The array of unsigned bytes in an IDX file, which may be packed with gzip.

    Raises:
        DataError: another kind of file, or one of the wrong length.
    """
    data = path.read_bytes()
    if data[:2] == b"\x1f\x8b":
        try:
            data = gzip.decompress(data)
        except (EOFError, OSError, zlib.error) as error:
            raise DataError(f"{path} is damaged: {error}") from error
    if len(data) < 4 or data[:3] != b"\x00\x00\x08" or len(data) < 4 + 4 * data[3]:
        raise DataError(f"{path} is not an IDX file of unsigned bytes")
    axes = data[3]
    shape = struct.unpack_from(f">{axes}I", data, 4)
    values = np.frombuffer(data, np.uint8, offset=4 + 4 * axes)
    # Python's integers: a damaged header must not overflow.
    expected = 1
    for size in shape:
        expected *= size
    if len(values) != expected:
        raise DataError(f"{path} is damaged: {len(values)} values, its header says {expected}")
    return values.reshape(shape)


def _find(folder: Path, choices: Iterable[str]) -> Path | None:
    """The first of ``choices`` in the folder or in one of its subfolders."""
    below = sorted(entry for entry in folder.iterdir() if entry.is_dir())
    for choice in choices:
        for place in (folder, *below):
            if (place / choice).is_file():
                return place / choice
    return None


def _need(folder: Path, info: DatasetInfo, *choices: str) -> Path:
    path = _find(folder, choices)
    if path is None:
        python_version = _find(folder, ("data_batch_1", "train", "train.pkl"))
        hint = ""
        if python_version is not None and info.form in ("cifar10", "cifar100"):
            hint = "; the pickled Python version is not read, take the binary version"
        raise DataError(f"no {' or '.join(choices)} for {info.name} in {folder}{hint}")
    return path


def _idx(info: DatasetInfo, folder: Path) -> Arrays:
    def read(part: str, what: str, axes: int) -> np.ndarray:
        stems = (f"{part}-{what}-idx{axes}-ubyte", f"{part}-{what}.idx{axes}-ubyte")
        path = _need(folder, info, *stems, *(f"{stem}.gz" for stem in stems))
        values = read_idx(path)
        if values.ndim != axes:
            raise DataError(f"{path} has {values.ndim} axes, {axes} expected")
        return values

    arrays: Arrays = {}
    for split, part in (("train", "train"), ("test", "t10k")):
        arrays[f"{split}_images"] = read(part, "images", 3)[..., None]
        arrays[f"{split}_labels"] = read(part, "labels", 1)
    return arrays


def _cifar10(info: DatasetInfo, folder: Path) -> Arrays:
    parts = {"train": [f"data_batch_{k}" for k in range(1, 6)], "test": ["test_batch"]}
    arrays: Arrays = {}
    sheets = _find(folder, ("data_batch_1.png",)) is not None
    for split, stems in parts.items():
        if sheets:
            images = [_sheet(_need(folder, info, f"{stem}.png"), info) for stem in stems]
            # So spelt in the package.
            labels = _json_labels(_need(folder, info, f"{split}_lables.json"))
        else:
            # Sheets are what the first missing file should be called to those who have neither.
            paths = [_need(folder, info, f"{stem}.bin") for stem in stems]
            both = [_records(path, info, skip=0) for path in paths]
            images = [one for one, _ in both]
            labels = np.concatenate([one for _, one in both])
        arrays[f"{split}_images"] = np.concatenate(images)
        arrays[f"{split}_labels"] = labels
    return arrays


def _sheet(path: Path, info: DatasetInfo) -> np.ndarray:
    """The images of a sheet: row n holds the pixels of image n, line by line."""
    height, width, channels = info.shape
    try:
        rows = decode_png(path.read_bytes())
    except DataError as error:
        raise DataError(f"{path}: {error}") from error
    if rows.shape[1:] != (height * width, channels):
        raise DataError(
            f"{path} has rows of {rows.shape[1:]}, ({height * width}, {channels}) expected"
        )
    return rows.reshape(-1, height, width, channels)


def _json_labels(path: Path) -> np.ndarray:
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
        labels = np.array(values)
    except ValueError as error:
        raise DataError(f"{path} is damaged: {error}") from error
    whole = labels.ndim == 1 and labels.dtype.kind == "i" and labels.size > 0
    if not whole or labels.min() < 0 or labels.max() > 255:
        raise DataError(f"{path} is not a list of labels")
    return labels.astype(np.uint8)


def _cifar100(info: DatasetInfo, folder: Path) -> Arrays:
    arrays: Arrays = {}
    for split in ("train", "test"):
        # The coarse label comes first.
        images, labels = _records(_need(folder, info, f"{split}.bin"), info, skip=1)
        arrays[f"{split}_images"], arrays[f"{split}_labels"] = images, labels
    return arrays


def _records(path: Path, info: DatasetInfo, *, skip: int) -> tuple[np.ndarray, np.ndarray]:
    """Images and labels of CIFAR's binary version: bytes of label, then the three planes."""
    height, width, channels = info.shape
    values = np.frombuffer(path.read_bytes(), np.uint8)
    size = skip + 1 + height * width * channels
    if not len(values) or len(values) % size:
        raise DataError(f"{path} is damaged: {len(values)} bytes are not whole records of {size}")
    records = values.reshape(-1, size)
    planes = records[:, skip + 1 :].reshape(-1, channels, height, width)
    return np.ascontiguousarray(planes.transpose(0, 2, 3, 1)), records[:, skip].copy()


def _svhn(info: DatasetInfo, folder: Path) -> Arrays:
    arrays: Arrays = {}
    for split in ("train", "test"):
        path = _need(folder, info, f"{split}_32x32.mat")
        try:
            matlab = importlib.import_module("scipy.io")
        except ImportError as error:
            raise DataError(f"reading {path} needs SciPy: pip install scipy") from error
        try:
            values = matlab.loadmat(path, variable_names=["X", "y"])
            images, labels = np.asarray(values["X"]), np.asarray(values["y"])
        except Exception as error:  # SciPy's reader has errors of its own, of many kinds.
            raise DataError(f"{path} is not a MATLAB file of SVHN: {error}") from error
        if images.ndim != 4 or images.dtype != np.uint8 or labels.dtype.kind not in "ui":
            raise DataError(f"{path} is not a MATLAB file of SVHN")
        # Examples come last, and the digit 0 is labelled 10.
        arrays[f"{split}_images"] = np.ascontiguousarray(images.transpose(3, 0, 1, 2))
        arrays[f"{split}_labels"] = (labels.reshape(-1) % 10).astype(np.uint8)
    return arrays
