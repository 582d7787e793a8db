"""Certified integrals: analytic panels between the kinks, and the tail that was cut off."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

from flint import acb, arb

from theory.rigorous.arithmetic import ball_interval, to_ball

__all__ = ["gaussian_tail", "integrate"]

# Parts of a panel in the crude enclosure that the sharp one must agree with.
_PARTS = 256


def integrate(
    f: Callable[[acb, bool], Any],
    breaks: Sequence[Any],
    *,
    tol: float | None = None,
) -> arb:
    """The integral of a real f from the first to the last of `breaks`, certified.

    ``f(t, analytic)`` encloses f at the complex ball `t`; where `analytic` is true and f is not
    analytic on `t`, it must return a ball that is not finite (Arb's own ``sqrt``, ``log``,
    ``real_abs`` take the flag as ``analytic=analytic``).

    `breaks` are increasing numbers as `to_ball` takes them. Every kink of f must be one of them,
    and in each panel f must be written as the formula that is analytic *there* (say t - 1/3 to
    the right of 1/3, not ``|t - 1/3|``). The reason: the error bound of Gauss quadrature comes
    from the size of f on a complex ellipse around the panel, which bounds nothing if f has a kink
    inside it; the quadrature nodes do not see the kink, and the result is a small, confident and
    wrong ball. So that such a mistake is not silent, each panel is also enclosed crudely by
    values of f on small real balls, which needs no analyticity: a contradiction raises
    ArithmeticError, and agreement sharpens the result.

    `tol` is the absolute and relative goal (default: the working precision), not a promise: the
    radius of the answer says what was reached. ValueError for breaks that do not increase;
    ArithmeticError also if the result is not finite.

    >>> third = to_ball("1/3")
    >>> left = integrate(lambda t, _: third - t, [0, "1/3"])
    >>> right = integrate(lambda t, _: t - third, ["1/3", 1])
    >>> bool((left + right).overlaps(to_ball("5/18")))
    True
    """
    ends = [to_ball(t) for t in breaks]
    if len(ends) < 2 or not all(a < b for a, b in pairwise(ends)):
        raise ValueError(f"breaks are at least two increasing numbers; got {list(breaks)!r}.")
    goal = None if tol is None else arb(tol)
    total = arb(0)
    for a, b in pairwise(ends):
        value = acb.integral(f, acb(a), acb(b), abs_tol=goal, rel_tol=goal).real
        if not value.is_finite():
            raise ArithmeticError(
                f"no finite enclosure of the integral over the panel [{a}, {b}]: "
                "split it where f is not analytic or not bounded."
            )
        total += _checked(f, a, b, value)
    return total


def _checked(f: Callable[[acb, bool], Any], a: arb, b: arb, value: arb) -> arb:
    """`value`, sharpened by the crude enclosure that needs no analyticity; they must overlap."""
    width = (b - a) / _PARTS
    cuts = [a + k * width for k in range(_PARTS)] + [b]
    crude = arb(0)
    for left, right in pairwise(cuts):
        height: Any = f(acb(left.union(right)), False)
        crude += (height.real if isinstance(height, acb) else to_ball(height)) * (right - left)
    if not crude.is_finite():
        return value
    if not crude.overlaps(value):
        raise ArithmeticError(
            f"the integral over the panel [{a}, {b}] came out as {value}, but f itself bounds it "
            f"to {crude}: f has a kink in the panel. Make the kink a break, or let f return a "
            "ball that is not finite when it is asked to be analytic across the kink."
        )
    return crude.intersection(value)


def gaussian_tail(gamma: Any, distance: Any) -> arb:
    """The ball [0, T] with ``T = int_distance^inf exp(-gamma t^2 / 2) dt``, one side.

    It encloses ``int_distance^inf g(t) exp(-gamma t^2 / 2) dt`` for every g with 0 <= g <= 1: with
    g = exp(-L) that is where a loss L >= 0 is used. Add it once for each side that was cut off.
    ValueError unless gamma > 0 and distance >= 0.

    >>> tail = gaussian_tail(1, 0)
    >>> tail.contains(0), tail.overlaps((arb.pi() / 2).sqrt())
    (True, True)
    """
    rate, start = to_ball(gamma), to_ball(distance)
    if not rate > 0:
        raise ValueError(f"gamma is positive, and certainly so; got {gamma!r}.")
    if not start >= 0:
        raise ValueError(f"distance is not negative, and certainly so; got {distance!r}.")
    half = rate / 2
    whole = (arb.pi() / half).sqrt() / 2 * (start * half.sqrt()).erfc()
    return ball_interval(0, whole)
