"""Signs and sizes of z3 reals, for statements about single coordinates.

z3's annotations make every operation a union of twenty types; these return `Any`, as `theory.smt`.
"""

from __future__ import annotations

import z3

from theory.smt import Formula, Real

__all__ = ["label", "reals", "sign_of", "size_of"]


def reals(names: str) -> tuple[Real, ...]:
    """One real for every name.

    >>> [str(v) for v in reals("s t")]
    ['s', 't']
    """
    return tuple(z3.Reals(names))


def sign_of(t: Real) -> Real:
    """The sign of t, 0 at 0.

    >>> from theory.smt import prove
    >>> (t,) = reals("t")
    >>> prove(sign_of(t) * size_of(t) == t).answer
    'proved'
    """
    one, zero = z3.RealVal(1), z3.RealVal(0)
    return z3.If(t > 0, one, z3.If(t < 0, -one, zero))


def size_of(t: Real) -> Real:
    """|t|.

    >>> from theory.smt import prove
    >>> s, t = reals("s t")
    >>> prove(size_of(s + t) <= size_of(s) + size_of(t)).answer
    'proved'
    """
    return z3.If(t >= 0, t, -t)


def label(y: Real) -> Formula:
    """y is -1 or 1."""
    return z3.Or(y == 1, y == -1)
