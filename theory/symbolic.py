"""Symbolic proofs that an expression is zero, or is not negative because of an identity.

The work is done by a normal form (`theory.normal_form`), not by `sympy.simplify`, whose running
time nobody can foretell; it is asked last and only about short expressions. Every answer is checked
by evaluating the expression at random rational points to 40 digits.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

import mpmath
import sympy
from sympy import Expr, Symbol
from sympy.core.function import AppliedUndef

from theory.normal_form import normal_form

__all__ = ["SymbolicProof", "prove_monotone", "prove_nonnegative_by_identity", "prove_zero"]

_DIGITS = 40
_WORKING_DIGITS = 70
# Above this many operations `sympy.simplify` can take longer than a reader waits.
_SIMPLIFY_LIMIT = 80
# Continuous wherever their arguments are real; tan, sign, floor and the like are not.
_CONTINUOUS = (
    sympy.Add,
    sympy.Mul,
    sympy.exp,
    sympy.Abs,
    sympy.Max,
    sympy.Min,
    sympy.sin,
    sympy.cos,
    sympy.atan,
    sympy.sinh,
    sympy.cosh,
    sympy.tanh,
    sympy.erf,
)


@dataclass(frozen=True)
class SymbolicProof:
    """The answer of a symbolic proof.

    ``proved``; ``residual``: what is left of the difference, "0" when proved; ``method``: what
    was done, in words; ``counterexample``: a rational point at which the difference is not zero to
    40 digits, when one was met; ``points``: rational points at which it was evaluated.
    Neither proved nor a counterexample: undecided.
    """

    proved: bool
    residual: str
    method: str
    counterexample: Mapping[str, str] | None = None
    points: int = 0


def prove_zero(expr: Expr, *, points: int = 6, seed: int = 0) -> SymbolicProof:
    """Prove that ``expr`` is zero wherever it is defined, under its symbols' assumptions.

    Derivatives and integrals that SymPy can do are done first. What it cannot do, and functions
    without a definition, count as independent quantities; with those, a proof stands, but a
    nonzero value refutes nothing and gives no counterexample.

    Raises
    ------
    ValueError
        If the expression has a value at none of the points tried: it may be undefined everywhere.

    >>> t = sympy.Symbol("t", real=True)
    >>> s = 1 / (1 + sympy.exp(-t))
    >>> prove_zero(sympy.diff(s, t) - s * (1 - s)).proved
    True
    >>> prove_zero(sympy.sqrt(t**2) - t).counterexample
    {'t': '-27/10'}
    """
    expr = cast(Expr, sympy.sympify(expr).doit())
    closed, opaque = _close(expr)
    used, nonzero = _evaluate_at_random_points(closed, points, seed)
    if nonzero is not None:
        if opaque:
            return SymbolicProof(False, str(expr), "not zero as a free expression", None, used)
        return SymbolicProof(False, str(expr), "numerical counterexample", nonzero, used)
    checked = f"zero to {_DIGITS} digits at {used} rational points"
    residual, method = normal_form(closed), "rational normal form"
    if residual != 0 and sympy.count_ops(residual) <= _SIMPLIFY_LIMIT:
        residual, method = cast(Expr, sympy.simplify(closed)), "sympy.simplify"
    if residual != 0:
        return SymbolicProof(False, str(residual), f"undecided; {checked}", None, used)
    return SymbolicProof(True, "0", f"{method}; {checked}", None, used)


def prove_nonnegative_by_identity(
    expr: Expr, certificate: Expr, *, points: int = 6, seed: int = 0
) -> SymbolicProof:
    """Prove ``expr`` >= 0 by the identity ``expr`` == ``certificate``.

    The certificate must be visibly nonnegative: a sum of products of even powers of real
    expressions, absolute values, exponentials, positive numbers and symbols that are declared
    positive or nonnegative, with denominators that are positive in the same visible way.

    >>> a, b = sympy.symbols("a b", real=True)
    >>> prove_nonnegative_by_identity(a**2 + b**2 - 2 * a * b, (a - b) ** 2).proved
    True
    """
    certificate = cast(Expr, sympy.sympify(certificate))
    if (bad := _visible_doubt(certificate, strict=False)) is not None:
        method = f"the certificate is not visibly nonnegative: {bad}"
        return SymbolicProof(False, str(certificate), method)
    proof = prove_zero(sympy.sympify(expr) - certificate, points=points, seed=seed)
    if not proof.proved:
        return proof
    return SymbolicProof(
        True, "0", f"identity with {certificate} >= 0; {proof.method}", None, proof.points
    )


def prove_monotone(
    expr: Expr, symbol: Symbol, certificate: Expr, *, decreasing: bool = False
) -> SymbolicProof:
    """Prove that ``expr`` rises or falls with ``symbol``: its derivative is +-``certificate``.

    The range of ``symbol`` is an interval: it must be real, positive or nonnegative. The expression
    must be visibly continuous there, or 1/t would be found decreasing on the whole line.

    >>> t = sympy.Symbol("t", real=True)
    >>> prove_monotone(t**3, t, 3 * t**2).proved
    True
    """
    if not symbol.is_real or symbol.is_integer:
        raise ValueError(f"{symbol} must be declared real, positive or nonnegative")
    if (jump := _possible_jump(cast(Expr, sympy.sympify(expr)))) is not None:
        return SymbolicProof(False, str(expr), f"not visibly continuous: {jump}")
    derivative = sympy.diff(expr, symbol)
    return prove_nonnegative_by_identity(-derivative if decreasing else derivative, certificate)


def _close(expr: Expr) -> tuple[Expr, bool]:
    """Replace undone derivatives, integrals and undefined functions by symbols."""
    opaque = [
        node
        for node in sympy.preorder_traversal(expr)
        if isinstance(node, sympy.Derivative | sympy.Integral | AppliedUndef | sympy.Sum)
    ]
    names = {node: sympy.Dummy(real=node.is_real, positive=node.is_positive) for node in opaque}
    # Outermost first, so that a derivative is replaced before the function in it.
    for node, name in names.items():
        expr = cast(Expr, expr.xreplace({node: name}))
    return expr, bool(opaque)


def _rational_value(symbol: Any, source: random.Random, negative: bool) -> Any:
    size = sympy.Rational(source.randint(1, 40), 10)
    if symbol.is_integer:
        size = sympy.Integer(source.randint(1, 5))
    negative = symbol.is_nonpositive or (not symbol.is_nonnegative and negative)
    return -size if negative else size


def _evaluate_at_random_points(
    expr: Expr, points: int, seed: int
) -> tuple[int, dict[str, str] | None]:
    """Return how many points gave a value, and the first point where it is not zero."""
    if expr.has(sympy.nan, sympy.zoo):
        raise ValueError(f"{expr} is undefined")
    symbols = sorted(expr.free_symbols, key=lambda symbol: symbol.sort_key())
    source, used = random.Random(seed), 0
    terms = sympy.Add.make_args(expr)
    # Each term apart: the size of the terms says how small a rounding error is.
    function = sympy.lambdify(symbols, list(terms), modules="mpmath")
    for trial in range(10 * points):
        # All positive, then all negative, then mixed: roots and absolute values go wrong by signs.
        signs = [trial == 1 or (trial > 1 and source.random() < 0.5) for _ in symbols]
        pairs = zip(symbols, signs, strict=True)
        values = [_rational_value(symbol, source, negative) for symbol, negative in pairs]
        with mpmath.workdps(_WORKING_DIGITS):
            try:
                parts = function(*(mpmath.mpf(int(v.p)) / int(v.q) for v in values))
                value: Any = mpmath.fsum(parts)
                size: Any = mpmath.fsum(abs(part) for part in parts)
            except (ZeroDivisionError, ValueError, OverflowError):
                continue
            if not mpmath.isfinite(value):
                continue
            used += 1
            if abs(value) > size * mpmath.mpf(10) ** -_DIGITS:
                pairs = zip(symbols, values, strict=True)
                return used, {str(symbol): str(v) for symbol, v in pairs}
        if used == points or not symbols:
            break
    if used == 0:
        raise ValueError(f"{expr} has no finite value at any rational point tried")
    return used, None


def _possible_jump(expr: Expr) -> Any:
    """Return a part of ``expr`` that might not be continuous, or None."""
    for node in sympy.preorder_traversal(expr):
        if isinstance(node, sympy.Pow):
            base, exponent = cast("tuple[Expr, Expr]", node.args)
            if not exponent.is_nonnegative and _visible_doubt(base, strict=True) is not None:
                return node
        elif isinstance(node, sympy.log):
            if _visible_doubt(cast(Expr, node.args[0]), strict=True) is not None:
                return node
        elif not (node.is_Atom or isinstance(node, _CONTINUOUS)):
            return node
    return None


def _visible_doubt(expr: Expr, *, strict: bool) -> Expr | None:
    """Return a part of ``expr`` that is not visibly nonnegative (positive if ``strict``)."""
    if expr.is_Atom or isinstance(expr, sympy.Abs | AppliedUndef):
        good = expr.is_positive if strict else expr.is_nonnegative
        return None if good else expr
    if isinstance(expr, sympy.exp):
        return None if expr.args[0].is_real else expr
    args = cast("tuple[Expr, ...]", expr.args)
    if isinstance(expr, sympy.Mul):
        return next(
            (bad for a in args if (bad := _visible_doubt(a, strict=strict)) is not None), None
        )
    if isinstance(expr, sympy.Add):
        doubts = [_visible_doubt(a, strict=False) for a in args]
        bad = next((doubt for doubt in doubts if doubt is not None), None)
        # One positive term makes a sum positive.
        if bad is None and strict and all(_visible_doubt(a, strict=True) is not None for a in args):
            return expr
        return bad
    if isinstance(expr, sympy.Pow):
        base, exponent = args
        if exponent.is_even and base.is_real:
            nonzero = not strict and exponent.is_nonnegative
            return None if nonzero or base.is_nonzero else expr
        positive = strict or not exponent.is_nonnegative
        return _visible_doubt(base, strict=positive) if exponent.is_real else expr
    return expr
