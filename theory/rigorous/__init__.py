"""Certified answers with Arb balls: signs over boxes, suprema, roots, definiteness, integrals.

Nothing here is true up to rounding: every ball returned contains the exact value, and what cannot
be decided is said to be undecided. The functions given may be written by hand with Arb, or made
from JAX code by `theory.balls.ball_function`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flint import arb

from theory.rigorous.arithmetic import ball_interval, hull, precision, to_ball
from theory.rigorous.box import Box
from theory.rigorous.branch_and_bound import (
    Enclosure,
    Proof,
    maximise,
    prove_at_most,
    prove_nonnegative,
)
from theory.rigorous.definiteness import positive_definite, principal_minors
from theory.rigorous.integrals import gaussian_tail, integrate

__all__ = [
    "Box",
    "Enclosure",
    "Proof",
    "ball_interval",
    "enclose_root",
    "gaussian_tail",
    "hull",
    "integrate",
    "maximise",
    "positive_definite",
    "precision",
    "principal_minors",
    "prove_at_most",
    "prove_nonnegative",
    "to_ball",
]


def enclose_root(
    f: Callable[[arb], arb],
    lo: Any,
    hi: Any,
    *,
    df: Callable[[arb], arb] | None = None,
    digits: int = 30,
) -> arb:
    """A ball around a root of the continuous f in [lo, hi], by a certified change of sign.

    Bisection, and interval Newton steps if the derivative `df` is given (balls to balls). The
    ball holds at least one root; exactly one if `df` of ``[lo, hi]`` excludes zero. It is as thin
    as about `digits` significant digits (``2 * digits`` decimals of the bracket for a root at
    zero), or as the sign of f could be decided. ValueError if the
    signs at the two ends are not certified to differ.

    >>> root = enclose_root(lambda x: x * x - 2, 1, 2, df=lambda x: 2 * x)
    >>> bool(root.overlaps(arb(2).sqrt())), bool(root.rad() < 1e-30)
    (True, True)
    """
    if digits < 1:
        raise ValueError(f"digits is a number of decimal digits, at least 1; got {digits}.")
    with precision(int(digits * 3.33) + 40):
        left, right = to_ball(lo), to_ball(hi)
        if not left < right:
            raise ValueError(f"the bracket needs lo < hi; got lo = {lo!r}, hi = {hi!r}.")
        signs = (f(left).sgn(), f(right).sgn())
        for end, sign in zip((left, right), signs, strict=True):
            if sign == 0:
                return end
        if not (signs[0] * signs[1]) == -1:
            raise ValueError(
                "f must have certified opposite signs at the ends of the bracket; "
                f"got f({lo}) = {f(left)} and f({hi}) = {f(right)}."
            )
        rising = signs[1] == 1
        left, right = left.upper(), right.lower()
        goal = arb(10) ** (-digits)
        # A root at zero has no significant digits: there, twice as many decimals will do.
        floor = goal**2 * (right - left)
        while not right - left <= floor + goal * left.abs_upper().max(right.abs_upper()):
            narrower = _newton(f, df, left, right) or _bisect(f, left, right, rising)
            if narrower is None:
                break
            left, right = narrower
        return ball_interval(left, right)


def _newton(
    f: Callable[[arb], arb], df: Callable[[arb], arb] | None, left: arb, right: arb
) -> tuple[arb, arb] | None:
    """Both ends of the interval Newton image, if it more than halves the bracket."""
    if df is None:
        return None
    bracket = ball_interval(left, right)
    middle = bracket.mid()
    image = middle - f(middle) / df(bracket)
    if not image.is_finite() or not image.overlaps(bracket):
        return None
    a, b = image.lower().max(left).lower(), image.upper().min(right).upper()
    return (a, b) if 2 * (b - a) < right - left else None


def _bisect(f: Callable[[arb], arb], left: arb, right: arb, rising: bool) -> tuple[arb, arb] | None:
    """The half in which f changes sign; None if no inner point has a certified sign."""
    for share in (arb(1) / 2, arb(3) / 8, arb(5) / 8):
        point = (left + (right - left) * share).mid()
        if not left < point < right:
            return None
        value = f(point)
        if value == 0:
            return point, point
        if value > 0 or value < 0:
            return (left, point) if (value > 0) is rising else (point, right)
    return None
