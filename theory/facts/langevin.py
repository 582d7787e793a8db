"""Facts about sinh, the Langevin function Lg(t) = coth t - 1/t and its slope, for t > 0, proved.

Multiplied by powers of t and sinh t they are statements f(t) >= 0 with f(0) = 0, proved by the sign
of f'. That sign is visible once sinh t and t cosh t - sinh t, themselves not negative, are symbols.
Lg and Lg' are odd and even, so t > 0 is enough; at t = 0 they are 0 and 1/3 by continuity.
"""

from __future__ import annotations

from typing import Any

import sympy

from theory.symbolic import SymbolicProof, prove_nonnegative_by_identity, prove_zero

__all__ = [
    "grows",
    "mass_below_exponential",
    "mass_below_gaussian",
    "near_zero",
    "slope_at_most_third",
    "slope_not_negative",
    "towards_one",
]

_T = sympy.Symbol("t", positive=True)
_SINH, _COSH = sympy.sinh(_T), sympy.cosh(_T)
# Symbols for functions that are not negative by `_basic`.
_S, _B, _S2, _C = sympy.symbols("S B S2 C", nonnegative=True)
_MEANING = {_S: _SINH, _B: _T * _COSH - _SINH, _S2: sympy.sinh(2 * _T), _C: sympy.cosh(2 * _T)}


def _rises_from_zero(f: Any, slope: Any) -> list[SymbolicProof]:
    """f(0) = 0 and f' = slope, which is visibly not negative in t and the symbols above."""
    return [
        prove_zero(sympy.sympify(f).subs(_T, 0)),
        prove_zero(sympy.diff(f, _T) - slope.subs(_MEANING)),
        prove_nonnegative_by_identity(slope, slope),
    ]


def _basic() -> list[SymbolicProof]:
    """sinh t >= 0, sinh 2t >= 0, cosh > 0 and t cosh t - sinh t >= 0."""
    twice = (sympy.exp(2 * _T) + sympy.exp(-2 * _T)) / 2
    return [
        *_rises_from_zero(_SINH, (sympy.exp(_T) + sympy.exp(-_T)) / 2),
        *_rises_from_zero(sympy.sinh(2 * _T), 2 * twice),
        prove_nonnegative_by_identity(sympy.cosh(2 * _T), twice),
        *_rises_from_zero(_MEANING[_B], _T * _S),
    ]


def slope_not_negative() -> list[SymbolicProof]:
    """1/t^2 - 1/sinh^2 t >= 0, since sinh t >= t.

    >>> all(proof.proved for proof in slope_not_negative())
    True
    """
    excess = (sympy.exp(_T / 2) - sympy.exp(-_T / 2)) ** 2 / 2
    return _rises_from_zero(_SINH - _T, excess)


def slope_at_most_third() -> list[SymbolicProof]:
    """1/t^2 - 1/sinh^2 t <= 1/3: f = t^2 sinh^2 t - 3 sinh^2 t + 3 t^2 >= 0.

    f and its first three derivatives are 0 at 0; the fourth is 8 t^2 cosh 2t + 32 t sinh 2t.

    >>> all(proof.proved for proof in slope_at_most_third())
    True
    """
    f = _T**2 * _SINH**2 - 3 * _SINH**2 + 3 * _T**2
    fourth = 8 * _T**2 * _C + 32 * _T * _S2
    gap = sympy.Rational(1, 3) - (1 / _T**2 - 1 / _SINH**2)
    return [
        *_basic(),
        prove_zero(gap - f / (3 * _T**2 * _SINH**2)),
        *(prove_zero(sympy.diff(f, _T, k).subs(_T, 0)) for k in range(3)),
        *_rises_from_zero(sympy.diff(f, _T, 3), fourth),
    ]


def _langevin_below_third() -> list[SymbolicProof]:
    """Lg(t) <= t/3: (t/3) sinh t - cosh t + sinh t / t, times t, rises from 0."""
    lifted = (1 + _T**2 / 3) * _SINH - _T * _COSH
    return [
        *_basic(),
        *_rises_from_zero(lifted, _T / 3 * _B),
        prove_zero(_T / 3 - (_COSH / _SINH - 1 / _T) - lifted / (_T * _SINH)),
    ]


def mass_below_gaussian() -> list[SymbolicProof]:
    """sinh t / t <= exp(t^2 / 6): the difference of logarithms has the slope t/3 - Lg(t) >= 0.

    >>> all(proof.proved for proof in mass_below_gaussian())
    True
    """
    mass = _SINH / _T
    slope = sympy.diff(_T**2 / 6 - sympy.log(mass), _T) - (_T / 3 - (_COSH / _SINH - 1 / _T))
    return [
        *_langevin_below_third(),
        prove_zero(slope),
        prove_zero(sympy.log(sympy.limit(mass, _T, 0))),
    ]


def mass_below_exponential() -> list[SymbolicProof]:
    """1 <= sinh t / t <= e^t: t e^t - sinh t has the slope sinh t + t e^t.

    >>> all(proof.proved for proof in mass_below_exponential())
    True
    """
    return [
        *_basic(),
        *slope_not_negative(),
        *_rises_from_zero(_T * sympy.exp(_T) - _SINH, _S + _T * sympy.exp(_T)),
    ]


def grows() -> list[SymbolicProof]:
    """sinh t / t, Lg and t^2 Lg'(t) = 1 - t^2 / sinh^2 t increase.

    The slopes are (t cosh t - sinh t) / t^2, 1/t^2 - 1/sinh^2 t and
    2 t (t cosh t - sinh t) / sinh^3 t.

    >>> all(proof.proved for proof in grows())
    True
    """
    rest = _T * _COSH - _SINH
    return [
        *_basic(),
        *slope_not_negative(),
        prove_zero(sympy.diff(_SINH / _T, _T) - rest / _T**2),
        prove_zero(sympy.diff(_COSH / _SINH - 1 / _T, _T) - (1 / _T**2 - 1 / _SINH**2)),
        prove_zero(sympy.diff(1 - _T**2 / _SINH**2, _T) - 2 * _T * rest / _SINH**3),
    ]


def near_zero() -> list[SymbolicProof]:
    """t/3 - t^3/45 <= Lg(t) <= t/3.

    >>> all(proof.proved for proof in near_zero())
    True
    """
    lower = _T * _COSH - _SINH - (_T**2 / 3 - _T**4 / 45) * _SINH
    inner = _SINH - _T * _COSH + 4 * _T**2 / 15 * _SINH + _T**3 / 15 * _COSH
    return [
        *_langevin_below_third(),
        *_rises_from_zero(inner, 7 * _T / 15 * _B + _T**3 / 15 * _S),
        prove_zero(sympy.diff(lower, _T) - _T / 3 * inner),
        prove_zero(lower.subs(_T, 0)),
        prove_zero((_COSH / _SINH - 1 / _T - _T / 3 + _T**3 / 45) - lower / (_T * _SINH)),
    ]


def towards_one() -> list[SymbolicProof]:
    """1 - 1/t <= Lg(t) <= 1: coth t >= 1, and sinh t >= t >= t e^-t = t (cosh t - sinh t).

    >>> all(proof.proved for proof in towards_one())
    True
    """
    below = _T - _T * sympy.exp(-_T)
    return [
        *_basic(),
        *slope_not_negative(),
        prove_nonnegative_by_identity(_COSH - _SINH, sympy.exp(-_T)),
        # 1 - e^-t rises from 0, so t - t e^-t is not negative.
        *_rises_from_zero(1 - sympy.exp(-_T), sympy.exp(-_T)),
        prove_zero(1 - (_COSH / _SINH - 1 / _T) - (_SINH - _T + below) / (_T * _SINH)),
    ]
