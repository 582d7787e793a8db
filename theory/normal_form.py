"""A normal form in which an expression with roots and exponentials is zero only if it looks so.

Roots, absolute values, exponentials and other functions become symbols: roots with the polynomial
that they satisfy, exponentials as powers of few. Then the expression is a rational function of the
symbols, which `sympy.cancel` brings to lowest terms, and its numerator is reduced by the
polynomials of the roots. Relations between two different roots, or between sines and cosines, are
not known here, so a nonzero answer does not mean that the expression is not zero.
"""

from __future__ import annotations

from typing import Any, cast

import sympy
from sympy import Expr

__all__ = ["normal_form"]


def normal_form(expr: Expr) -> Expr:
    """Return 0 if ``expr`` is seen to be zero, else a numerator that is zero where ``expr`` is.

    >>> x = sympy.Symbol("x", real=True)
    >>> normal_form((sympy.exp(2 * x) - 1) / (sympy.exp(x) + 1) - sympy.exp(x) + 1)
    0
    >>> normal_form(1 / sympy.sqrt(x**2 + 1) - sympy.sqrt(x**2 + 1) / (x**2 + 1))
    0
    """
    expr = expr.rewrite((sympy.sinh, sympy.cosh, sympy.tanh, sympy.coth), sympy.exp)
    expr = sympy.expand(expr, power_exp=True).replace(_is_exp_lambert, _exp_lambert)
    expr = sympy.expand(expr.rewrite((sympy.Max, sympy.Min), sympy.Abs), power_exp=True)
    generators = _Generators()
    numerator, _ = sympy.fraction(sympy.cancel(sympy.together(generators.replace(expr))))
    return generators.reduce(sympy.expand(numerator))


def _is_exp_lambert(expr: Any) -> bool:
    if not isinstance(expr, sympy.exp):
        return False
    factor, rest = cast(Expr, expr.args[0]).as_coeff_Mul()
    return bool(factor.is_Integer) and isinstance(rest, sympy.LambertW) and len(rest.args) == 1


def _exp_lambert(expr: Any) -> Expr:
    # The definition of W: exp(W(z)) = z / W(z).
    factor, rest = expr.args[0].as_coeff_Mul()
    return (rest.args[0] / rest) ** factor


class _Generators:
    """Symbols that stand for roots, exponentials and functions, and the relations of the roots."""

    def __init__(self) -> None:
        self.names: dict[Expr, Expr] = {}
        # (symbol, q, base): symbol^q = base. Inner roots come before the outer ones.
        self.roots: list[tuple[Expr, int, Expr]] = []

    def replace(self, expr: Expr) -> Expr:
        if expr.is_Atom:
            return expr
        if isinstance(expr, sympy.exp):
            return self._exponential(expr)
        if not all(isinstance(argument, Expr) for argument in expr.args):
            return self._name(expr)  # conditions, as in Piecewise
        if isinstance(expr, sympy.Abs) and expr.args[0].is_real:
            factors = sympy.Mul.make_args(cast(Expr, expr.args[0]))
            return sympy.Mul(*(self._root(self.replace(f) ** 2, 2) for f in factors))
        args = [self.replace(cast(Expr, argument)) for argument in expr.args]
        if isinstance(expr, sympy.Add | sympy.Mul):
            return cast(Expr, expr.func(*args))
        if isinstance(expr, sympy.Pow):
            base, exponent = args
            if exponent.is_Integer:
                return cast(Expr, base**exponent)
            if isinstance(exponent, sympy.Rational):
                return self._root(base, int(exponent.q)) ** int(exponent.p)
        # Equal arguments in different spellings must give one symbol.
        canonical = [sympy.cancel(sympy.together(argument)) for argument in args]
        return self._name(cast(Expr, expr.func(*canonical)))

    def _name(self, expr: Expr) -> Expr:
        return self.names.setdefault(expr, sympy.Dummy())

    def _root(self, base: Expr, q: int) -> Expr:
        base = sympy.cancel(sympy.together(base))
        for symbol, degree, known in self.roots:
            if degree == q and known == base:
                return symbol
        symbol = sympy.Dummy()
        self.roots.append((symbol, q, base))
        return symbol

    def _exponential(self, expr: Expr) -> Expr:
        # exp(2 t / 3) and exp(t) are powers of one symbol, that of t and the denominator 3; all
        # denominators are brought to 12, so that one symbol serves the usual fractions.
        argument = sympy.cancel(sympy.together(self.replace(cast(Expr, expr.args[0]))))
        product = sympy.Integer(1)
        for term in sympy.Add.make_args(sympy.expand(argument)):
            factor, rest = term.as_coeff_Mul()
            twelfths = factor * 12
            if not twelfths.is_Integer:
                twelfths, rest = sympy.Integer(12), term
            product *= self._name(sympy.exp(rest / 12, evaluate=False)) ** twelfths
        return product

    def reduce(self, numerator: Expr) -> Expr:
        # A pseudo-remainder multiplies by a power of the leading coefficient, the denominator of
        # the base, which is not zero where the root is defined: the remainder is 0 for a zero.
        for symbol, q, base in reversed(self.roots):
            if numerator.has(symbol):
                top, bottom = sympy.fraction(base)
                relation = sympy.expand(bottom * symbol**q - top)
                numerator = sympy.expand(sympy.prem(numerator, relation, symbol))
        return numerator
