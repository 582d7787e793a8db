"""Facts about sigma(t) = 1 / (1 + exp(-t)) and softplus, each a list of symbolic proofs.

They replace the transcendental function by what is known of it, after which a statement about the
logistic loss is algebra. Every function returns the proofs that together make its first line true;
what joins them is one of the two textbook theorems `MEAN_VALUE` and `TAYLOR`.
"""

from __future__ import annotations

import sympy

from theory.symbolic import SymbolicProof, prove_monotone, prove_nonnegative_by_identity, prove_zero

__all__ = [
    "MEAN_VALUE",
    "TAYLOR",
    "decreasing_over_its_argument",
    "increasing",
    "slope_at_most_quarter",
    "slope_decreases_in_modulus",
    "softplus_above_tangent",
    "softplus_below_parabola",
]

MEAN_VALUE = "the mean value theorem"
TAYLOR = "Taylor's formula with the integral remainder"


def _sigma(t: sympy.Expr) -> sympy.Expr:
    return 1 / (1 + sympy.exp(-t))


def increasing() -> list[SymbolicProof]:
    """sigma increases: sigma' = exp(-t) / (1 + exp(-t))^2 > 0."""
    t = sympy.Symbol("t", real=True)
    return [prove_monotone(_sigma(t), t, sympy.exp(-t) / (1 + sympy.exp(-t)) ** 2)]


def slope_at_most_quarter() -> list[SymbolicProof]:
    """0 <= sigma' <= 1/4: sigma' = sigma (1 - sigma) and 1/4 - sigma' = (1/2 - sigma)^2."""
    t = sympy.Symbol("t", real=True)
    s = _sigma(t)
    slope = sympy.diff(s, t)
    return [
        prove_zero(slope - s * (1 - s)),
        prove_nonnegative_by_identity(
            sympy.Rational(1, 4) - slope, (sympy.Rational(1, 2) - s) ** 2
        ),
        *increasing(),
    ]


def slope_decreases_in_modulus() -> list[SymbolicProof]:
    """sigma'(t) is even and decreases for t >= 0.

    With t = log(1 + w), w >= 0: sigma' = (1 + w) / (2 + w)^2, whose derivative in w is
    -w / (2 + w)^3.
    """
    t = sympy.Symbol("t", real=True)
    w = sympy.Symbol("w", nonnegative=True)
    slope = _sigma(t) * _sigma(-t)
    in_w = (1 + w) / (2 + w) ** 2
    return [
        prove_zero(slope - slope.subs(t, -t)),
        prove_zero(slope.subs(t, sympy.log(1 + w)) - in_w),
        prove_monotone(in_w, w, w / (2 + w) ** 3, decreasing=True),
    ]


def decreasing_over_its_argument() -> list[SymbolicProof]:
    """sigma(c t) / t decreases in t > 0, for every real c.

    The derivative is -(1 + exp(z) - z) / (t^2 (1 + exp(-z)) (1 + exp(z))), z = c t, and
    1 + exp(z) - z > 0: for z <= 0 all three terms are >= 0, and for z = log(1 + w), w >= 0, it is
    2 + w - log(1 + w), which increases from 2.
    """
    c = sympy.Symbol("c", real=True)
    t = sympy.Symbol("t", positive=True)
    w = sympy.Symbol("w", nonnegative=True)
    z = c * t
    factor = 1 + sympy.exp(z) - z
    derivative = sympy.diff(_sigma(z) / t, t)
    claimed = -factor / (t**2 * (1 + sympy.exp(-z)) * (1 + sympy.exp(z)))
    grown = 2 + w - sympy.log(1 + w)
    return [
        prove_zero(derivative - claimed),
        prove_nonnegative_by_identity(factor.subs(c, -1), 1 + sympy.exp(-t) + t),
        prove_zero((1 + sympy.exp(t) - t).subs(t, sympy.log(1 + w)) - grown),
        prove_monotone(grown, w, w / (1 + w)),
        prove_nonnegative_by_identity(grown.subs(w, 0), sympy.Integer(2)),
    ]


def softplus_above_tangent() -> list[SymbolicProof]:
    """softplus(h) >= log 2 + h/2: exp of the difference is cosh(h/2) = 1 + (..)^2 / 2."""
    h = sympy.Symbol("h", real=True)
    ratio = (1 + sympy.exp(h)) / (2 * sympy.exp(h / 2))
    square = (sympy.exp(h / 4) - sympy.exp(-h / 4)) ** 2 / 2
    return [prove_nonnegative_by_identity(ratio - 1, square)]


def softplus_below_parabola() -> list[SymbolicProof]:
    """softplus(h) <= log 2 + h/2 + h^2/8: equal to first order at 0, and curvature <= 1/4."""
    h = sympy.Symbol("h", real=True)
    gap = sympy.log(2) + h / 2 + h**2 / 8 - sympy.log(1 + sympy.exp(h))
    certificate = (sympy.Rational(1, 2) - _sigma(h)) ** 2
    return [
        prove_zero(gap.subs(h, 0)),
        prove_zero(sympy.diff(gap, h).subs(h, 0)),
        prove_nonnegative_by_identity(sympy.diff(gap, h, 2), certificate),
    ]
