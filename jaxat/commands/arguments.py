"""Reading the words of a command, and complaining in one line."""

from __future__ import annotations

import argparse
import sys
from typing import NoReturn

__all__ = ["Parser", "UsageError", "complain"]


class UsageError(ValueError):
    """A mistake in how a command was called."""


class Parser(argparse.ArgumentParser):
    """An `argparse.ArgumentParser` for ``python -m jaxat NAME`` that raises `UsageError`.

    >>> parser = Parser("train", "Train a preset.")
    >>> parser.parse_args(["--nonsense"])
    Traceback (most recent call last):
    jaxat.commands.arguments.UsageError: unrecognized arguments: --nonsense; --help says more
    """

    def __init__(self, name: str, description: str) -> None:
        super().__init__(f"python -m jaxat {name}", description=description, allow_abbrev=False)

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message}; --help says more")


def complain(command: str, error: Exception) -> int:
    """Prints the error in one line on the standard error; the exit status of a mistake, 2."""
    print(f"jaxat {command}: {' '.join(str(error).split())}", file=sys.stderr)
    return 2
