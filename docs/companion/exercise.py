"""Exercises in the notebooks: an answer is compared, and the reader is told in words."""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["check"]


def check(answer: Any, expected: Any, tolerance: float = 1e-6) -> str:
    """Say whether an answer (a number or an array) is right; `None` and `...` are no answer yet.

    >>> check(..., 0.25), check(0.25, 0.25), check(0.3, 0.25)
    ('not answered yet', 'right', 'not yet: 0.3 is not within 1e-06 of the value')
    """
    if answer is None or answer is ...:
        return "not answered yet"
    given, value = np.asarray(answer, float), np.asarray(expected, float)
    if given.shape != value.shape:
        return f"not yet: the shape is {given.shape}, expected {value.shape}"
    if np.allclose(given, value, rtol=tolerance, atol=tolerance):
        return "right"
    return f"not yet: {answer} is not within {tolerance:g} of the value"
