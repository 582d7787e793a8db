"""Several processes that train together: the first one alone writes, and none waits in vain."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import jax
import numpy as np

__all__ = ["ElsewhereError", "is_first", "on_first", "same_everywhere"]

T = TypeVar("T")


class ElsewhereError(ValueError):
    """The first process stopped; it says why. One line."""


def is_first() -> bool:
    """Whether this process writes the files: the only one, or number 0 of several."""
    return jax.process_index() == 0


def on_first(work: Callable[[], T]) -> T | None:
    """What ``work()`` returns in the first process, and None in the others, which wait for it.

    Raises:
        ElsewhereError: in the others, where it raised something in the first.

    >>> on_first(lambda: 3)
    3
    """
    if jax.process_count() == 1:
        return work()
    result: T | None = None
    caught: Exception | None = None
    if is_first():
        try:
            result = work()
        except Exception as error:  # handed on as soon as the others know
            caught = error
    if any(_everyone(int(caught is not None))):
        raise caught or ElsewhereError("the first process stopped; it says why")
    return result


def same_everywhere(value: int) -> bool:
    """Whether all processes call this with the same number."""
    return jax.process_count() == 1 or len(set(_everyone(value))) == 1


def _everyone(value: int) -> list[int]:
    from jax.experimental import multihost_utils

    return np.asarray(multihost_utils.process_allgather(np.int32(value))).ravel().tolist()
