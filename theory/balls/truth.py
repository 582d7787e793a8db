"""Comparisons of balls and their logic in three values: True, False, and None for undecided."""

from __future__ import annotations

from typing import Any

from flint import arb

__all__ = ["below", "both", "either", "equal", "negation"]


def equal(x: Any, y: Any) -> bool | None:
    """x = y."""
    # NaN guards compare a number with itself; a ball that is not finite may stand for no number.
    if x is y and isinstance(x, arb) and x.is_finite():
        return True
    if x is None or y is None:
        return None
    return True if x == y else (False if x != y else None)


def below(x: Any, y: Any) -> bool | None:
    """x < y."""
    if x is y and isinstance(x, arb) and x.is_finite():
        return False
    return True if x < y else (False if x >= y else None)


def negation(x: bool | None) -> bool | None:
    """not x."""
    return None if x is None else not x


def both(x: bool | None, y: bool | None) -> bool | None:
    """x and y."""
    if x is None or y is None:
        return False if x is False or y is False else None
    return bool(x and y)


def either(x: bool | None, y: bool | None) -> bool | None:
    """x or y."""
    return negation(both(negation(x), negation(y)))
