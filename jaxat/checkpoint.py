"""Checkpoints: a pytree of arrays and a few facts, whole or not at all, checked when read.

A checkpoint is the folder ``<number>`` with the arrays (Orbax's files where Orbax is installed,
else ``arrays.npz``) and ``manifest.json``: format, tree structure, names, shapes and dtypes of the
leaves, the facts, and the SHA-256 of every file, the manifest itself included. It is written under
another name, flushed to the disk and renamed, so that a crash at any moment leaves the checkpoints
before it as they were. What is damaged afterwards is noticed and named, and `latest` falls back to
the one before. Nothing is ever unpickled. One process writes; any number may read.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import jax

from jaxat._files import PART, sync_folder
from jaxat._interrupt import uninterrupted
from jaxat._leaves import describe, is_stored, pack, restore, text
from jaxat._manifest import seal, unseal
from jaxat._storage import Storage, chosen, read_arrays, write_arrays

__all__ = [
    "CheckpointError",
    "DamagedCheckpointError",
    "Restored",
    "latest",
    "load",
    "numbers",
    "save",
]

_FORMAT = 1


class CheckpointError(ValueError):
    """A checkpoint cannot be written, is absent, or belongs to another model. One line."""


class DamagedCheckpointError(CheckpointError):
    """A checkpoint is not as it was written; the message names it and what is wrong with it."""


class Restored(NamedTuple):
    """The newest whole checkpoint of a folder.

    Attributes:
        number: of the checkpoint.
        tree: as it was saved, bit for bit.
        facts: as they were saved.
        complaints: one line for every newer checkpoint that is damaged.
    """

    number: int
    tree: Any
    facts: dict[str, Any]
    complaints: tuple[str, ...]


@uninterrupted()
def save(
    folder: Path | str,
    number: int,
    tree: Any,
    facts: Mapping[str, Any] | None = None,
    *,
    keep: int = 2,
    storage: Storage | None = None,
) -> Path:
    """Writes checkpoint `number` and returns its folder; replaces one of the same number.

    Args:
        folder: of all checkpoints of a run; made if need be.
        number: that orders them, e.g. minibatches done; those with larger numbers, which a run that
            was taken up again left behind, are removed.
        tree: pytree of JAX or NumPy arrays of any dtype, typed keys and Python numbers.
        facts: what JSON can hold and give back: string keys, lists, finite numbers.
        keep: how many of the newest stay.
        storage: ``"orbax"`` or ``"npz"``; by default Orbax where it is installed.

    Raises:
        CheckpointError: the facts are no JSON, a leaf is no array, or the folder cannot be written.

    >>> import tempfile, jax.numpy as jnp
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = save(folder, 100, {"w": jnp.ones(2)}, {"best": 0.5})
    ...     restored = latest(folder, {"w": jnp.zeros(2)})
    >>> path.name, restored.number, restored.tree["w"].tolist(), restored.facts
    ('100', 100, [1.0, 1.0], {'best': 0.5})
    """
    if number < 0 or keep < 1:
        raise CheckpointError(f"number is at least 0 and keep at least 1; got {number}, {keep}")
    folder = Path(folder)
    remembered = _checked_facts(facts or {})
    part = folder / f"{PART}{os.getpid()}"
    try:
        storage = chosen(storage)
        leaves, arrays = pack(tree)
        folder.mkdir(parents=True, exist_ok=True)
        for left in folder.glob(f"{PART}*"):
            shutil.rmtree(left, ignore_errors=True)
        part.mkdir()
        stored = {
            leaf["name"]: array
            for leaf, array in zip(leaves, arrays, strict=True)
            if is_stored(leaf)
        }
        write_arrays(part, stored, storage)
        contents = {
            "format": _FORMAT,
            "number": number,
            "storage": storage,
            "structure": str(jax.tree.structure(tree)),
            "leaves": leaves,
            "facts": remembered,
        }
        seal(part, contents)
        path = _put(part, folder / str(number))
        kept = [other for other in numbers(folder) if other <= number][-keep:]
        for other in numbers(folder):
            if other not in kept:
                _remove(folder / str(other))
    except (OSError, TypeError, ValueError) as error:
        raise CheckpointError(f"cannot write checkpoint {folder / str(number)}: {error}") from error
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return path


def numbers(folder: Path | str) -> list[int]:
    """The numbers of the checkpoints in the folder, ascending, whole or not."""
    folder = Path(folder)
    if not folder.is_dir():
        return []
    return sorted(int(p.name) for p in folder.iterdir() if p.name.isdecimal() and p.is_dir())


def latest(folder: Path | str, like: Any) -> Restored | None:
    """The newest checkpoint that is whole; None if there is no checkpoint at all.

    Args:
        folder: of all checkpoints of a run.
        like: pytree with the structure, shapes and dtypes that are expected (arrays, or
            `jax.ShapeDtypeStruct`); arrays are put on the devices that its arrays lie on.

    Raises:
        CheckpointError: it is of another model, or all checkpoints are damaged.
    """
    complaints: list[str] = []
    for number in reversed(numbers(folder)):
        try:
            tree, facts = load(Path(folder) / str(number), like)
        except DamagedCheckpointError as error:
            complaints.append(str(error))
        else:
            return Restored(number, tree, facts, tuple(complaints))
    if complaints:
        raise DamagedCheckpointError(
            f"no checkpoint in {folder} is whole (delete them to start anew): {complaints[0]}"
        )
    return None


@uninterrupted()
def load(path: Path | str, like: Any) -> tuple[Any, dict[str, Any]]:
    """The tree and the facts of one checkpoint, after every file has been checked.

    Raises:
        DamagedCheckpointError: a file is missing or changed.
        CheckpointError: there is none, or its leaves are not those of `like`; names the first.
    """
    path = Path(path)
    if not path.is_dir():
        raise CheckpointError(f"there is no checkpoint {path}")
    try:
        contents = unseal(path)
    except ValueError as error:
        raise DamagedCheckpointError(f"checkpoint {path} is damaged: {error}") from error
    if contents["format"] != _FORMAT:
        raise CheckpointError(
            f"checkpoint {path} has format {contents['format']}, {_FORMAT} is read"
        )
    wanted = describe(like)
    _compare(path, contents["leaves"], wanted)
    found = {leaf["name"]: leaf for leaf in contents["leaves"]}
    try:
        stored = read_arrays(path, contents["storage"])
        restored = [
            restore(found[leaf["name"]], stored.get(leaf["name"]), template)
            for leaf, template in zip(wanted, jax.tree.leaves(like), strict=True)
        ]
    except (OSError, ValueError) as error:
        # The files are as they were written: it is the reader that cannot read them.
        raise CheckpointError(f"cannot read checkpoint {path}: {error}") from error
    return jax.tree.unflatten(jax.tree.structure(like), restored), contents["facts"]


def _compare(path: Path, found: list[dict[str, Any]], wanted: list[dict[str, Any]]) -> None:
    there = {leaf["name"]: text(leaf) for leaf in found}
    here = {leaf["name"]: text(leaf) for leaf in wanted}
    for name in [*here, *there]:
        if there.get(name) != here.get(name):
            raise CheckpointError(
                f"checkpoint {path} is of another model: {name} is {there.get(name, 'absent')} "
                f"there, {here.get(name, 'absent')} in this one"
            )


def _checked_facts(facts: Mapping[str, Any]) -> dict[str, Any]:
    for name, value in facts.items():
        try:
            same = json.loads(json.dumps({name: value}, allow_nan=False)) == {name: value}
        except (TypeError, ValueError) as error:
            raise CheckpointError(f"facts[{name!r}] is no JSON: {error}") from error
        if not same:
            raise CheckpointError(f"facts[{name!r}] = {value!r} would come back as something else")
    return dict(facts)


def _put(part: Path, path: Path) -> Path:
    if path.exists():
        # No folder is replaced in one step; in between, the checkpoint before it is the newest.
        _remove(path)
    part.rename(path)
    sync_folder(path.parent)
    return path


def _remove(path: Path) -> None:
    """Out of sight in one step, so that what is half deleted is never taken for a checkpoint."""
    away = path.with_name(f"{PART}{path.name}-old")
    path.rename(away)
    shutil.rmtree(away, ignore_errors=True)
