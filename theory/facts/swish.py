"""Facts about the swish unit that many proofs share, each proved once.

swish'(u) = e^u g(u) / (1 + e^u)^2,   g(u) = 1 + u + e^u increasing,   g(-2) < 0 < g(-1),
so swish falls up to u* in [-2, -1] and rises after it; phi = softplus(-swish) the other way.
|phi'| <= SLOPE and |phi''| <= CURVATURE everywhere (claim jaxat.swish-curvature).
"""

from __future__ import annotations

from functools import cache

import sympy
from flint import arb

from theory.rigorous import enclose_root
from theory.symbolic import SymbolicProof, prove_monotone, prove_zero

__all__ = [
    "g_increases",
    "phi_slope_identity",
    "root",
    "slope_identity",
]

_U = sympy.Symbol("u", real=True)
_E = sympy.exp(_U)
_SWISH = _U / (1 + sympy.exp(-_U))


@cache
def slope_identity() -> SymbolicProof:
    """swish'(u) = e^u (1 + u + e^u) / (1 + e^u)^2.

    >>> slope_identity().proved
    True
    """
    return prove_zero(sympy.diff(_SWISH, _U) - _E * (1 + _U + _E) / (1 + _E) ** 2)


@cache
def phi_slope_identity() -> SymbolicProof:
    """d/dw log(1 + e^-w) = -1 / (1 + e^w) < 0: phi falls where swish rises.

    >>> phi_slope_identity().proved
    True
    """
    w = sympy.Symbol("w", real=True)
    return prove_zero(sympy.diff(sympy.log(1 + sympy.exp(-w)), w) + 1 / (1 + sympy.exp(w)))


@cache
def g_increases() -> SymbolicProof:
    """g(u) = 1 + u + e^u increases.

    >>> g_increases().proved
    True
    """
    return prove_monotone(1 + _U + _E, _U, 1 + _E)


@cache
def root(digits: int = 30) -> arb:
    """The root of g in [-2, -1], enclosed by a certified change of sign.

    >>> root().str(15, radius=False)
    '-1.27846454276107'
    """
    return enclose_root(lambda u: 1 + u + u.exp(), -2, -1, df=lambda u: 1 + u.exp(), digits=digits)
