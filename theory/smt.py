"""Algebraic inequalities over the reals, decided by z3: proved, or refuted by an exact point.

A claim is proved when its negation together with the hypotheses has no solution. Two silent ways
to a false proof are shut: hypotheses that nothing satisfies (answer "vacuous"), and divisions,
because z3 lets x / 0 be any number (such a claim is refused unless the hypotheses exclude 0).

A statement about two vectors is best posed in their norms and their inner product (`gram_pair`):
faster by orders of magnitude than coordinates, and it covers every dimension at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, NamedTuple, TypeAlias

import z3

__all__ = ["GramPair", "SmtProof", "gram_pair", "prove", "reals"]

# z3's own annotations make every operation on a real a union of twenty types.
Real: TypeAlias = Any
Formula: TypeAlias = Any


@dataclass(frozen=True)
class SmtProof:
    """The answer of `prove`.

    ``answer``: "proved", "refuted", "vacuous" or "undecided". ``point``: for "refuted" a point
    that satisfies the hypotheses and violates the claim; for "proved" a point that satisfies the
    hypotheses, which shows that they are not empty; else None. Its values are exact: fractions, or,
    for irrational algebraic numbers, z3's root-obj expression as text. ``reason``: why undecided.
    """

    answer: str
    point: Mapping[str, Fraction | str] | None = None
    reason: str = ""

    @property
    def proved(self) -> bool:
        return self.answer == "proved"

    @property
    def refuted(self) -> bool:
        return self.answer == "refuted"


class GramPair(NamedTuple):
    """Two vectors by a = ||theta1||, b = ||theta2||, p = <theta1, theta2>."""

    a: Real
    b: Real
    p: Real
    constraints: tuple[Formula, ...]

    @property
    def distance_squared(self) -> Real:
        """||theta1 - theta2||^2 = a^2 + b^2 - 2 p."""
        return self.a**2 + self.b**2 - 2 * self.p


def reals(names: str) -> tuple[Real, ...]:
    """Return z3 reals, one for every name ("x y"): `z3.Reals`, without its unusable annotations.

    >>> x, y = reals("x y")
    >>> prove(x + y > x, given=[y > 0]).answer
    'proved'
    """
    return tuple(z3.Reals(names))


def gram_pair(suffix: str = "") -> GramPair:
    """Return reals a, b, p with a > 0, b > 0, -a b <= p and p <= a b, in this order.

    Every pair of nonzero vectors gives such numbers and, from dimension 2 on, every such triple
    comes from a pair: a proof holds in every dimension, a refutation in every dimension d >= 2.
    """
    a, b, p = reals(f"a{suffix} b{suffix} p{suffix}")
    return GramPair(a, b, p, (a > 0, b > 0, -a * b <= p, p <= a * b))


def prove(claim: Formula, *, given: Sequence[Formula] = (), timeout_ms: int = 10_000) -> SmtProof:
    """Decide whether ``given`` implies ``claim`` for all real values.

    The solver is seeded; ``timeout_ms`` bounds each of its questions.

    Raises
    ------
    ValueError
        If the hypotheses allow a denominator to vanish, or a denominator contains a quantified
        variable, or a power is not a fixed nonnegative integer one: multiply out.

    >>> x, y = reals("x y")
    >>> prove(2 * x * y <= x**2 + y**2).answer
    'proved'
    >>> prove(x**2 >= x, given=[x > 0]).answer
    'refuted'
    """
    hypotheses = list(given)
    if not isinstance(claim, z3.BoolRef) or not all(isinstance(g, z3.BoolRef) for g in hypotheses):
        raise ValueError("claim and given must be z3 formulas, made from z3 reals")
    for denominator in _denominators([claim, *hypotheses]):
        status, model = _solve([*hypotheses, denominator == 0], timeout_ms)
        if status == z3.sat:
            raise ValueError(
                f"the hypotheses allow the denominator {denominator} to be 0, for example at "
                f"{_point([*hypotheses, denominator], model)}, "
                "where z3 may choose any value; exclude it or multiply out"
            )
        if status == z3.unknown:
            return SmtProof("undecided", reason=f"is the denominator {denominator} ever 0?")
    status, model = _solve([*hypotheses, z3.Not(claim)], timeout_ms)
    if status == z3.sat:
        model = _rational([*hypotheses, z3.Not(claim)], model, timeout_ms)
        return SmtProof("refuted", point=_point([*hypotheses, claim], model))
    if status == z3.unknown:
        return SmtProof("undecided", reason="neither a proof nor a counterexample in time")
    status, model = _solve(hypotheses, timeout_ms)
    if status == z3.unsat:
        return SmtProof("vacuous", reason="nothing satisfies the hypotheses")
    if status == z3.unknown:
        return SmtProof(
            "undecided", reason="the claim follows, but are the hypotheses satisfiable?"
        )
    return SmtProof("proved", point=_point([*hypotheses, claim], model))


def _solve(formulas: Sequence[Formula], timeout_ms: int) -> tuple[Any, Any]:
    solver = z3.Solver()
    solver.set("random_seed", 0)
    solver.set("timeout", timeout_ms)
    solver.add(*formulas)
    status = solver.check()
    return status, solver.model() if status == z3.sat else None


def _point(formulas: Sequence[Formula], model: Any) -> dict[str, Fraction | str]:
    # A solution leaves out the variables that do not matter; a witness names them all.
    values = {
        str(node): _exact(model.eval(node, model_completion=True))
        for node in _nodes(formulas)
        if z3.is_const(node) and node.decl().kind() == z3.Z3_OP_UNINTERPRETED
    }
    return dict(sorted(values.items()))


def _exact(value: Any) -> Fraction | str:
    if isinstance(value, z3.RatNumRef):
        return value.as_fraction()
    if isinstance(value, z3.IntNumRef):
        return Fraction(value.as_long())
    return value.sexpr()


def _rational(formulas: list[Formula], model: Any, timeout_ms: int) -> Any:
    """Replace irrational coordinates of a solution by fractions nearby, where that is possible."""
    fixed = list(formulas)
    for name in sorted(model.decls(), key=str):
        if not isinstance(model[name], z3.AlgebraicNumRef):
            continue
        for digits in (2, 6):
            near = model[name].approx(digits)
            status, other = _solve([*fixed, name() == near], min(timeout_ms, 1000))
            if other is not None and status == z3.sat:
                fixed.append(name() == near)
                model = other
                break
    return model


def _nodes(formulas: Sequence[Formula]) -> Iterator[Any]:
    """Yield every subterm once, those under quantifiers too."""
    seen: set[int] = set()
    stack: list[Any] = list(formulas)
    while stack:
        node = stack.pop()
        if node.get_id() in seen:
            continue
        seen.add(node.get_id())
        yield node
        stack.extend([node.body()] if z3.is_quantifier(node) else node.children())


def _simplify(node: Any) -> Any:
    return z3.simplify(node)


def _denominators(formulas: Sequence[Formula]) -> Iterator[Real]:
    """Yield every denominator that is not a number; refuse powers and bound denominators."""
    for node in _nodes(formulas):
        if not z3.is_app(node):
            continue
        kind = node.decl().kind()
        if kind == z3.Z3_OP_POWER:
            power = _simplify(node.arg(1))
            value = power.as_fraction() if z3.is_rational_value(power) else None
            if z3.is_int_value(power):
                value = Fraction(power.as_long())
            if value is None or value < 0 or value.denominator != 1:
                raise ValueError(
                    f"the power {node} is not a nonnegative integer one; write it with a division, "
                    "or with a new variable r >= 0 and r**2 == ..."
                )
        elif kind in (z3.Z3_OP_DIV, z3.Z3_OP_IDIV, z3.Z3_OP_MOD, z3.Z3_OP_REM):
            denominator = _simplify(node.arg(1))
            if z3.is_rational_value(denominator) and denominator.as_fraction() != 0:
                continue
            if any(z3.is_var(part) for part in _nodes([denominator])):
                raise ValueError(
                    f"the denominator {denominator} has a quantified variable; multiply out"
                )
            yield node.arg(1)
