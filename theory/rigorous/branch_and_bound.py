"""Best-first branch and bound over boxes with exact rational ends: three answers, no guessing.

Depth-first search hangs along the level set of a razor-thin or false claim; best-first search
always works on the box that keeps the claim open, and stops at a budget with "undecided". An
enclosure that is NaN or infinite proves nothing: such a box is split further. A bound that is
*attained* inside the box cannot be closed by enclosures in general; that takes algebra.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal

from flint import arb

from theory.rigorous import arithmetic
from theory.rigorous.arithmetic import double_below, to_ball
from theory.rigorous.box import Box, Real
from theory.rigorous.box_search import (
    Bounder,
    Frontier,
    Function,
    by_name,
    negated_gradient,
    scalar,
)

__all__ = ["Enclosure", "Proof", "maximise", "prove_at_most", "prove_nonnegative"]

# Corners are tried first, where there are few: extremes of monotone functions are there.
_MOST_CORNERS = 64


@dataclass(frozen=True)
class Proof:
    """What a search over `box` found out about ``f >= 0`` (or ``f > 0`` if `strict`).

    `lower` is a certified lower bound of f over the whole box, a double and so an exact number,
    rounded down (-inf if there is none). `counterexample` is an exact rational point where f is
    certified to violate the claim, present exactly if the answer is "refuted".
    """

    answer: Literal["proved", "refuted", "undecided"]
    box: Box
    boxes: int
    lower: float
    strict: bool = False
    counterexample: dict[str, Fraction] | None = None
    value: str | None = None


@dataclass(frozen=True)
class Enclosure:
    """``lo <= sup f <= hi`` over a box; `argmax_point` attains at least `lo`.

    Both ends are doubles rounded outward. `argmax_box` is the box with the greatest upper bound
    when the search ended; `boxes` counts the boxes examined.
    """

    lo: float
    hi: float
    argmax_box: Box
    argmax_point: dict[str, Fraction]
    boxes: int


def prove_nonnegative(
    f: Function,
    box: Box,
    *,
    strict: bool = False,
    budget: int = 20_000,
    precision: int = 53,
    gradient: Function | None = None,
) -> Proof:
    """Prove ``f >= 0`` (``f > 0`` if `strict`) on the whole box, refute it, or say "undecided".

    `f` takes one ball per variable, by keyword if its parameters bear the names of the box and
    else as one dict, and returns a ball that contains f of every point in them. "proved" means
    that finitely many boxes cover `box` and f is certified on each; "refuted" comes with an exact
    rational point at which f is certified negative (not positive if `strict`); "undecided" is
    what remains after `budget` boxes.

    `gradient` (same arguments; a dict, or a sequence in the order of the box) adds the mean value
    form and drops variables in which f is monotone. It must enclose the derivatives at every
    point of the box where f is differentiable, and f must be locally Lipschitz: for a function
    that *jumps*, the derivative away from the jump says nothing, and the proof would be false.

    >>> prove_nonnegative(lambda x: 1 + x**3, Box({"x": ("-1/2", 3)})).answer
    'proved'
    >>> proof = prove_nonnegative(lambda x: 1 + x**3, Box({"x": (-2, 3)}))
    >>> proof.answer, proof.counterexample
    ('refuted', {'x': Fraction(-2, 1)})
    """
    _check_budget(budget)

    def fails(value: arb) -> bool:
        return value.is_finite() and bool(value <= 0 if strict else value < 0)

    bounder = Bounder(f, box, gradient)
    frontier = Frontier()
    floor = math.inf
    stuck = False

    def finish(
        answer: Literal["proved", "refuted", "undecided"],
        lower: float,
        point: dict[str, Fraction] | None = None,
        value: arb | None = None,
    ) -> Proof:
        text = None if value is None else str(value)
        return Proof(answer, box, bounder.examined, lower, strict, point, text)

    with arithmetic.precision(precision):
        for point in _first_points(box):
            value = bounder.at(point)
            if fails(value):
                return finish("refuted", -math.inf, point, value)

        def examine(part: Box, inherited: float) -> None:
            nonlocal floor
            # Strictness: a lower bound of exactly zero is not enough.
            lower, part = bounder.over(part, math.ulp(0.0) if strict else 0.0)
            lower = max(lower, inherited)
            if lower > 0 or (lower == 0 and not strict):
                floor = min(floor, lower)
            else:
                frontier.push(lower, part)

        examine(box, -math.inf)
        while frontier and bounder.examined < budget:
            lower, part = frontier.pop()
            point = part.midpoint()
            value = bounder.at(point)
            if fails(value):
                return finish("refuted", min(floor, lower, frontier.lower()), point, value)
            if part.is_finest(box):
                floor, stuck = min(floor, lower), True
                continue
            for half in part.split(box):
                examine(half, lower)
        answer = "undecided" if frontier or stuck else "proved"
        return finish(answer, min(floor, frontier.lower()))


def _check_budget(budget: int) -> None:
    if budget < 1:
        raise ValueError(f"budget is the number of boxes to examine, at least 1; got {budget}.")


def _first_points(box: Box) -> list[dict[str, Fraction]]:
    corners = list(box.corners()) if 2 ** len(box.sides) <= _MOST_CORNERS else []
    return [box.midpoint(), *corners]


def prove_at_most(f: Function, bound: Real | arb, box: Box, **options: Any) -> Proof:
    """Prove ``f <= bound`` on the whole box; options as in `prove_nonnegative`.

    With ``strict=True`` the claim is ``f < bound``. `lower` of the answer is then a certified
    lower bound of the slack ``bound - f``. A `gradient` is that of f.

    >>> prove_at_most(lambda x: x * (2 - x), "11/10", Box({"x": (0, 2)})).answer
    'proved'
    """
    gradient: Function | None = options.pop("gradient", None)
    f_of = by_name(f, box)

    def slack(balls: Mapping[str, arb]) -> arb:
        return to_ball(bound) - scalar(f_of(balls))

    return prove_nonnegative(slack, box, gradient=negated_gradient(gradient, box), **options)


def maximise(
    f: Function,
    box: Box,
    *,
    rtol: float = 1e-3,
    atol: float = 1e-12,
    budget: int = 20_000,
    precision: int = 53,
    gradient: Function | None = None,
) -> Enclosure:
    """A certified bracket of ``sup f`` over the box, by best-first search on the upper bounds.

    Stops when ``hi - lo <= max(atol, rtol * |hi|)`` or after `budget` boxes; either way the
    bracket holds, and hi is inf where f had no finite enclosure. f and `gradient` as in
    `prove_nonnegative`. ValueError if f is certified nowhere, because then there is no lo.

    >>> top = maximise(lambda x: x * (2 - x), Box({"x": (0, "3/2")}), rtol=1e-4)
    >>> top.lo <= 1 <= top.hi, top.hi - top.lo <= 1e-4
    (True, True)
    """
    _check_budget(budget)
    f_of = by_name(f, box)
    bounder = Bounder(lambda balls: -scalar(f_of(balls)), box, negated_gradient(gradient, box))
    frontier = Frontier()
    best = -math.inf
    best_point: dict[str, Fraction] | None = None
    # Boxes that cannot hold more than `best`, or are not split further, still bound f.
    floor, floor_box = math.inf, box

    def visit(point: dict[str, Fraction]) -> None:
        nonlocal best, best_point
        value = double_below(-bounder.at(point))
        if value > best:
            best, best_point = value, point

    def highest() -> float:
        return -min(floor, frontier.lower())

    with arithmetic.precision(precision):
        for point in _first_points(box):
            visit(point)
        frontier.push(*bounder.over(box, math.inf))
        while frontier and bounder.examined < budget:
            # An infinite end is no bracket, although inf <= rtol * inf.
            if math.isfinite(highest()) and highest() - best <= max(atol, rtol * abs(highest())):
                break
            lower, part = frontier.pop()
            visit(part.midpoint())
            if -lower <= best or part.is_finest(box):
                if lower < floor:
                    floor, floor_box = lower, part
                continue
            for half in part.split(box):
                bound, smaller = bounder.over(half, -best)
                frontier.push(max(bound, lower), smaller)
    if best_point is None:
        raise ValueError(
            f"f has no certified value at any point tried in the box {box}; "
            "it must be finite somewhere in the box."
        )
    where = frontier.best() if frontier and frontier.lower() <= floor else floor_box
    return Enclosure(best, highest(), where, best_point, bounder.examined)
