"""Arb balls as enclosures of real numbers: precision, conversion and hulls.

A *ball* is a midpoint with a radius; it stands for one unknown real number inside it. Conversions
are exact where a ball can hold the number and outward otherwise, never to nearest.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from typing import Any

from flint import arb, ctx, fmpq, fmpz

__all__ = [
    "ball_interval",
    "double_above",
    "double_below",
    "hull",
    "precision",
    "to_ball",
]

_HALF = arb(0.5)


@contextmanager
def precision(bits: int) -> Iterator[None]:
    """Work with `bits` bits of midpoint precision inside the block; restore the old value after.

    >>> from flint import ctx
    >>> before = ctx.prec
    >>> with precision(200):
    ...     ctx.prec
    200
    >>> ctx.prec == before
    True
    """
    if isinstance(bits, bool) or not isinstance(bits, int) or bits < 2:
        raise ValueError(f"bits is a number of bits, an integer of at least 2; got {bits!r}.")
    before = ctx.prec
    ctx.prec = bits
    try:
        yield
    finally:
        ctx.prec = before


def to_ball(x: Any) -> arb:
    """A fresh ball for `x`: int, float, `Fraction`, rational string "3/5", `fmpq` or `arb`.

    A float becomes exactly the dyadic number it is, so ``to_ball(0.6)`` is *not* 3/5: write
    ``Fraction(3, 5)`` or ``"3/5"`` for that, and get the tightest ball around it. Decimal strings
    mean the decimal number. Balls are copied. Anything else raises `TypeError`.

    >>> with precision(100):
    ...     to_ball(0.6).is_exact(), to_ball(0.6) < to_ball("3/5")
    (True, True)
    >>> to_ball("0.6").overlaps(to_ball(Fraction(3, 5)))
    True
    """
    if isinstance(x, arb):
        return arb(x)
    if isinstance(x, Fraction):
        return arb(fmpq(x.numerator, x.denominator))
    if isinstance(x, str):
        try:
            return to_ball(Fraction(x))
        except (ValueError, ZeroDivisionError):
            raise ValueError(
                f"a number as text is like '3/5', '0.6' or '1e-3'; got {x!r}."
            ) from None
    if isinstance(x, (int, float, fmpz, fmpq)):
        return arb(x)
    if hasattr(x, "shape") and x.shape == () and hasattr(x, "item"):
        return to_ball(x.item())
    raise TypeError(
        f"a ball is made of an int, float, Fraction, '3/5' or arb; got {type(x).__name__} {x!r}."
    )


def ball_interval(lo: Any, hi: Any) -> arb:
    """The ball that contains [lo, hi]; its ends are exact if they are dyadic with few bits.

    Arb's own radius conversion rounds up even what fits, so that the obvious ``arb(0.5, 0.5)``
    reaches below zero and ``sqrt`` of it is NaN. This one does not.

    >>> bool(ball_interval(0, 1) >= 0), bool(arb(0.5, 0.5) >= 0)
    (True, False)
    """
    low, high = to_ball(lo), to_ball(hi)
    if not (low <= high or low.overlaps(high)):
        raise ValueError(f"an interval needs lo <= hi; got lo = {lo!r}, hi = {hi!r}.")
    a, b = low.lower(), high.upper()
    half = ((b - a) * _HALF).upper()
    if not half.is_finite():
        return hull(a, b)
    # A radius given as mantissa and exponent is taken exactly where 30 bits suffice, and otherwise
    # rounded up: then the midpoint moves away from zero, so that no sign is lost.
    spread = arb(0, half.man_exp())
    if a >= 0:
        return (a + spread.rad() + spread).nonnegative_part()
    if b <= 0:
        return -((spread - b) + spread.rad()).nonnegative_part()
    return (a + b) * _HALF + spread


def hull(*balls: arb) -> arb:
    """A ball that contains all `balls`; NaN if one of them is.

    >>> hull(to_ball(1), to_ball(3)).contains(2)
    True
    """
    if not balls:
        raise ValueError("the hull of no balls is empty; pass at least one ball.")
    whole = arb(balls[0])
    for ball in balls[1:]:
        whole = whole.union(ball)
    return whole


def double_below(x: arb) -> float:
    """A double that no number of `x` is below, as near as can be; -inf unless finite.

    >>> bool(arb(double_below(to_ball("1/3"))) <= to_ball("1/3"))
    True
    """
    if not x.is_finite():
        return -math.inf
    low = x.lower()
    double = float(low)
    while not arb(double) <= low:
        double = math.nextafter(double, -math.inf)
    return double


def double_above(x: arb) -> float:
    """A double that no number of `x` is above, as near as can be; inf unless finite."""
    return -double_below(-x)
