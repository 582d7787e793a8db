"""Exact points, and formulas on them that are decided rather than rounded.

A point maps names to rationals (FLINT's `fmpq`), to vectors and matrices of rationals (nested
tuples), to ±inf, or to words. Formulas mix integers, rationals and balls freely, but no floats and
no `fractions.Fraction`: write a constant as `rational("1/4")` or divide by an integer. They stay
rational as long as they can and pass to Arb balls where they must (exp, log, square roots); a
`Comparison` of two such numbers is then certainly true, certainly false, or undecided at the
current precision.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import inf, isqrt
from typing import Any, Union

from flint import arb, fmpq

__all__ = [
    "Comparison",
    "Point",
    "absolute",
    "add",
    "ball",
    "dot",
    "dual",
    "exp",
    "format_point",
    "log",
    "matvec",
    "norm",
    "parse_point",
    "rational",
    "scale",
    "sigmoid",
    "sign",
    "softplus",
    "sqrt",
    "subtract",
]

Real = Union[int, fmpq, arb]
Vector = Sequence[Any]
Point = Mapping[str, Any]


def rational(x: Any) -> fmpq:
    """The exact value of an integer, fraction, double or string like "3/5".

    >>> rational("3/5") + rational(0.5)
    11/10
    """
    if isinstance(x, fmpq):
        return x
    f = Fraction(x)
    return fmpq(f.numerator, f.denominator)


def ball(x: Any) -> arb:
    """The number as an Arb ball: exactly, or for rationals up to the working precision."""
    if isinstance(x, arb):
        return x
    return arb(x) if x in (inf, -inf) else arb(rational(x))


def sqrt(x: Real) -> Real:
    """The square root; rational if it is (so that Pythagorean witnesses stay exact)."""
    if not _is_ball(x):
        numerator, denominator = int(rational(x).p), int(rational(x).q)
        p, q = isqrt(max(numerator, 0)), isqrt(denominator)
        if p * p == numerator and q * q == denominator:
            return fmpq(p, q)
    return ball(x).sqrt()


def exp(x: Real) -> Real:
    return fmpq(1) if not _is_ball(x) and x == 0 else ball(x).exp()


def log(x: Real) -> Real:
    return fmpq(0) if not _is_ball(x) and x == 1 else ball(x).log()


def sigmoid(x: Real) -> Real:
    """σ(x) = 1/(1 + exp(−x)); exactly 1/2 at 0."""
    return fmpq(1, 2) if not _is_ball(x) and x == 0 else 1 / (1 + (-ball(x)).exp())


def softplus(x: Real) -> Real:
    """log(1 + exp(x))."""
    return ball(x).exp().log1p()


def absolute(x: Real) -> Real:
    return abs(x)


def sign(x: fmpq | int) -> int:
    """The sign of a rational, 0 at 0."""
    return (x > 0) - (x < 0)


def _is_ball(x: object) -> bool:
    return isinstance(x, arb)


def add(a: Vector, b: Vector) -> tuple[Any, ...]:
    return tuple(x + y for x, y in zip(a, b, strict=True))


def subtract(a: Vector, b: Vector) -> tuple[Any, ...]:
    return tuple(x - y for x, y in zip(a, b, strict=True))


def scale(c: Any, a: Vector) -> tuple[Any, ...]:
    return tuple(c * x for x in a)


def dot(a: Vector, b: Vector) -> Any:
    return sum((x * y for x, y in zip(a, b, strict=True)), fmpq(0))


def matvec(matrix: Sequence[Vector], a: Vector) -> tuple[Any, ...]:
    return tuple(dot(row, a) for row in matrix)


def dual(p: Any) -> Any:
    """The dual exponent q with 1/p + 1/q = 1.

    >>> dual(1), dual(3), dual(inf)
    (inf, 3/2, 1)
    """
    if p == 1:
        return inf
    return 1 if p == inf else rational(p) / (rational(p) - 1)


def norm(a: Vector, p: Any = 2) -> Any:
    """‖a‖_p for p in [1, ∞]: rational for p = 1, ∞ and for perfect squares, else a ball.

    >>> norm((3, 4))
    5
    """
    if p == inf:
        entries = [abs(x) for x in a]
        if any(_is_ball(x) for x in entries):
            largest = ball(entries[0])
            for x in entries[1:]:
                largest = largest.max(ball(x))
            return largest
        return max(entries)
    if p == 1:
        return sum((abs(x) for x in a), fmpq(0))
    if p == 2:
        return sqrt(sum((x * x for x in a), fmpq(0)))
    if not any(_is_ball(x) or x != 0 for x in a):
        return fmpq(0)
    powers = [abs(ball(x)) ** ball(p) for x in a if _is_ball(x) or x != 0]
    return sum(powers[1:], powers[0]) ** (1 / ball(p))


@dataclass(frozen=True)
class Comparison:
    """`left relation right`, with relation one of <=, <, >=, >, ==, !=.

    >>> Comparison(rational("1/3"), "<=", rational("1/3")).holds()
    True
    """

    left: Any
    relation: str
    right: Any

    def holds(self) -> bool | None:
        """True or False when certain, None when the balls overlap (or are not finite)."""
        left, right = self.left, self.right
        if _is_ball(left) or _is_ball(right):
            left, right = ball(left), ball(right)
            if left.is_nan() or right.is_nan():
                return None
        positive, negative = _RELATIONS[self.relation]
        if positive(left, right):
            return True
        return False if negative(left, right) else None

    def ratio(self) -> float | None:
        """left/right for an upper bound (right/left for a lower one): 1 means attained."""
        over, under = (self.left, self.right) if "<" in self.relation else (self.right, self.left)
        if self.relation in ("==", "!=") or ball(under).contains(0):
            return None
        value = float((ball(over) / ball(under)).mid())
        return value if value == value else None


# Ball comparisons answer True only when certain, so each relation needs its certain opposite too.
_RELATIONS: Mapping[str, tuple[Any, Any]] = {
    "<=": (lambda a, b: bool(a <= b), lambda a, b: bool(a > b)),
    "<": (lambda a, b: bool(a < b), lambda a, b: bool(a >= b)),
    ">=": (lambda a, b: bool(a >= b), lambda a, b: bool(a < b)),
    ">": (lambda a, b: bool(a > b), lambda a, b: bool(a <= b)),
    "==": (lambda a, b: bool(a == b), lambda a, b: bool(a != b)),
    "!=": (lambda a, b: bool(a != b), lambda a, b: bool(a == b)),
}


def _to_exact(value: Any) -> Any:
    if isinstance(value, tuple | list):
        return tuple(_to_exact(v) for v in value)
    if isinstance(value, str):
        return value
    if hasattr(value, "tolist"):  # NumPy and JAX arrays and scalars
        return _to_exact(value.tolist())
    return value if value in (inf, -inf) else rational(value)


def format_point(point: Point) -> dict[str, str]:
    """A point as strings, exactly: rationals as "3/5", vectors as "(1, -3/5)", words as they are.

    Doubles are rationals too, so a point found by a search is recorded without rounding.

    >>> format_point({"theta": (1, rational("-3/5")), "p": inf, "loss": "linear"})
    {'theta': '(1, -3/5)', 'p': 'inf', 'loss': 'linear'}
    """

    def show(value: Any) -> str:
        if isinstance(value, tuple):
            inner = ", ".join(show(v) for v in value)
            return f"({inner},)" if len(value) == 1 else f"({inner})"
        return str(value)

    return {name: show(_to_exact(value)) for name, value in point.items()}


def parse_point(strings: Mapping[str, str]) -> dict[str, Any]:
    """The inverse of `format_point`.

    >>> parse_point({"theta": "(1, -3/5)", "p": "inf", "loss": "linear"})
    {'theta': (1, -3/5), 'p': inf, 'loss': 'linear'}
    """
    return {name: _parse(text.strip()) for name, text in strings.items()}


def _parse(text: str) -> Any:
    if text in ("inf", "-inf"):
        return float(text)
    try:
        return rational(text)
    except ValueError:
        pass
    try:
        tree = ast.parse(text, mode="eval").body
    except SyntaxError:
        return text
    return _number(tree) if isinstance(tree, ast.Tuple) else text


def _number(node: ast.expr) -> Any:
    """Fractions from the syntax tree of nested tuples; nothing is evaluated as code."""
    if isinstance(node, ast.Tuple):
        return tuple(_number(e) for e in node.elts)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return -_number(node.operand)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
        return _number(node.left) / _number(node.right)
    if isinstance(node, ast.Constant) and isinstance(node.value, int):
        return fmpq(node.value)
    raise ValueError(f"not an exact number: {ast.unparse(node)!r}; write fractions like 3/5")
