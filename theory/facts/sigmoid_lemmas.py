"""Small facts that many proofs share, each proved once: the sigmoid's slopes, Cauchy-Schwarz.

    0 <= (sigma(a) - sigma(b)) / (a - b) <= 1/4,        0 < sigma < 1,
    |softplus(a) - softplus(b)| <= |a - b|,             <u, v>^2 <= ||u||^2 ||v||^2.

The slopes are proved without the mean value theorem: a function is monotone if its derivative is
visibly nonnegative, and t/4 - sigma(t), sigma(t), softplus(t) and t - softplus(t) all are.
"""

from __future__ import annotations

from functools import cache

import sympy

from theory.gram import dot, gram, norm_squared
from theory.symbolic import SymbolicProof, prove_monotone, prove_zero

__all__ = [
    "cauchy_schwarz",
    "sigmoid_increases",
    "sigmoid_quarter_lipschitz",
    "softplus_increases",
    "softplus_nonexpansive",
]

_T = sympy.Symbol("t", real=True)
_E = sympy.exp(_T)
_SIGMOID = 1 / (1 + sympy.exp(-_T))
_SOFTPLUS = sympy.log(1 + _E)


@cache
def sigmoid_increases() -> SymbolicProof:
    """sigma' = e^t / (1 + e^t)^2 >= 0.

    >>> sigmoid_increases().proved
    True
    """
    return prove_monotone(_SIGMOID, _T, _E / (1 + _E) ** 2)


@cache
def sigmoid_quarter_lipschitz() -> SymbolicProof:
    """t/4 - sigma(t) increases, so sigma(a) - sigma(b) <= (a - b)/4 for a >= b.

    >>> sigmoid_quarter_lipschitz().proved
    True
    """
    certificate = ((1 - _E) / (1 + _E)) ** 2 / 4
    return prove_monotone(_T / 4 - _SIGMOID, _T, certificate)


@cache
def softplus_increases() -> SymbolicProof:
    """softplus' = e^t / (1 + e^t) >= 0.

    >>> softplus_increases().proved
    True
    """
    return prove_monotone(_SOFTPLUS, _T, _E / (1 + _E))


@cache
def softplus_nonexpansive() -> SymbolicProof:
    """t - softplus(t) increases, so softplus(a) - softplus(b) <= a - b for a >= b.

    >>> softplus_nonexpansive().proved
    True
    """
    return prove_monotone(_T - _SOFTPLUS, _T, 1 / (1 + _E))


@cache
def cauchy_schwarz() -> SymbolicProof:
    """||v||^2 (||u||^2 ||v||^2 - <u, v>^2) = || ||v||^2 u - <u, v> v ||^2, in every dimension.

    >>> cauchy_schwarz().proved
    True
    """
    u, v = gram("u v")
    inner, square = dot(u, v), norm_squared(v)
    rest = norm_squared(u * square - v * inner)
    gap = norm_squared(u) * square - inner**2
    return prove_zero(rest - square * gap)
