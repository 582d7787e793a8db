"""Elementary functions of wide Arb balls, as tight as their monotonicity allows.

Arb evaluates ``exp``, ``tanh`` and the like by a derivative bound around the midpoint, which is
sharp for thin balls and poor for wide ones. Branch and bound starts with wide ones, hence these,
which look at both ends. Each returns a ball that contains the exact image of every real number in
its arguments, and a NaN ball where the function is not defined on all of them.
"""

from __future__ import annotations

from collections.abc import Callable

from flint import arb

__all__ = [
    "absolute",
    "log_add_exp",
    "logistic",
    "maximum",
    "minimum",
    "monotone",
    "power",
    "softplus",
    "square",
]

_ZERO = arb(0)
_ONE = arb(1)
_NAN = arb("nan")
_MINUS_INFINITY = arb("-inf")
# Thinner than this, Arb's own evaluation loses nothing that a radius of 30 bits could show.
_THIN = arb(2.0**-24)


def monotone(f: Callable[[arb], arb], x: arb) -> arb:
    """The enclosure of a monotone f over the ball `x`, from the two ends of the ball.

    `f` encloses the function at exact points. It may return a non-finite ball, and then so does
    this. Increasing or decreasing is all one: the hull of the two end values is returned.
    """
    if x.is_exact():
        return f(x)
    if not x.is_finite():
        return arb(_NAN)
    if x.rad() <= _THIN and x.rel_accuracy_bits() > 24:
        return f(x)
    return f(x.lower()).union(f(x.upper()))


def absolute(x: arb) -> arb:
    """|x|, never reaching below zero."""
    if x >= 0:
        return arb(x)
    if x <= 0:
        return -x
    if x.is_nan():
        return arb(_NAN)
    return _ZERO.union(x.abs_upper()).nonnegative_part()


def square(x: arb) -> arb:
    """x squared, never reaching below zero (x * x of a ball around zero would).

    >>> b = arb(0, 1)
    >>> bool(square(b) >= 0), bool(b * b >= 0)
    (True, False)
    """
    if x.is_exact():
        return x * x
    size = absolute(x)
    return monotone(lambda t: t * t, size).nonnegative_part()


def maximum(x: arb, y: arb) -> arb:
    """max(x, y); returns one of the arguments itself when the order is certain."""
    if x >= y:
        return x
    if y >= x:
        return y
    if x.is_nan() or y.is_nan():
        return arb(_NAN)
    # One of the lower ends is below the other, so both comparisons of ends are decided.
    low = max(x.lower(), y.lower())
    high = max(x.upper(), y.upper())
    return low.union(high)


def minimum(x: arb, y: arb) -> arb:
    """min(x, y); returns one of the arguments itself when the order is certain."""
    if x <= y:
        return x
    if y <= x:
        return y
    return -maximum(-x, -y)


def _softplus_at(x: arb) -> arb:
    return x + (-x).exp().log1p() if x > 0 else x.exp().log1p()


def softplus(x: arb) -> arb:
    """log(1 + exp(x)), increasing, from both ends.

    >>> bool(softplus(arb(0)).overlaps(arb(2).log()))
    True
    """
    return monotone(_softplus_at, x).nonnegative_part()


def log_add_exp(x: arb, y: arb) -> arb:
    """log(exp(x) + exp(y)), increasing in both arguments."""
    if x.is_finite() and y.is_finite():
        low = x.lower() + _softplus_at(y.lower() - x.lower())
        if x.is_exact() and y.is_exact():
            return low
        return low.union(x.upper() + _softplus_at(y.upper() - x.upper()))
    # exp(-inf) = 0 is how a log-sum starts; any other infinity is not a real number.
    if y == _MINUS_INFINITY:
        return arb(x)
    if x == _MINUS_INFINITY:
        return arb(y)
    return arb(_NAN)


def _logistic_at(x: arb) -> arb:
    if x > 0:
        return _ONE / (_ONE + (-x).exp())
    e = x.exp()
    return e / (_ONE + e)


def logistic(x: arb) -> arb:
    """1 / (1 + exp(-x)), increasing, from both ends.

    >>> bool(logistic(arb(0, 1000)) <= 1 + 1e-8)
    True
    """
    return monotone(_logistic_at, x).nonnegative_part()


def power(x: arb, exponent: int) -> arb:
    """x**exponent for an integer exponent: even powers are never negative, all are tight."""
    if exponent < 0:
        return _ONE / power(x, -exponent)
    if exponent == 0:
        return arb(1)
    if exponent % 2:
        return monotone(lambda t: t**exponent, x)
    return monotone(lambda t: t**exponent, absolute(x)).nonnegative_part()
