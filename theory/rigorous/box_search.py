"""What branch and bound is made of: lower bounds of a function on boxes, and the open boxes."""

from __future__ import annotations

import heapq
import inspect
import math
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any

from flint import arb

from theory.rigorous.arithmetic import ball_interval, double_below, to_ball
from theory.rigorous.box import Box

__all__ = ["Bounder", "Frontier", "Function", "by_name", "negated_gradient", "scalar"]

Function = Callable[..., Any]


def by_name(f: Function, box: Box) -> Callable[[Mapping[str, arb]], Any]:
    """f by keywords if its parameters bear the names of the box, else f of one dict."""
    try:
        parameters = inspect.signature(f).parameters
    except (TypeError, ValueError):
        by_keyword = False
    else:
        open_ended = any(p.kind is p.VAR_KEYWORD for p in parameters.values())
        by_keyword = open_ended or all(name in parameters for name in box.sides)
    # Compiled methods like `arb.sqrt` do not check what they are given: a dict is a crash.
    if not by_keyword and "cython" in type(f).__name__:
        raise ValueError(
            f"{f!r} takes neither the variables {list(box.sides)} by name nor one dict; "
            "wrap it, as in `lambda x: x.sqrt()`."
        )
    return (lambda balls: f(**balls)) if by_keyword else (lambda balls: f(dict(balls)))


def scalar(value: Any) -> arb:
    if isinstance(value, arb):
        return value
    if hasattr(value, "item"):
        return scalar(value.item())
    return to_ball(value)


class Bounder:
    """Lower bounds of f over boxes, certified values of f at points, and the count of both."""

    def __init__(self, f: Function, box: Box, gradient: Function | None) -> None:
        self._f = by_name(f, box)
        self._gradient = None if gradient is None else by_name(gradient, box)
        self.examined = 0

    def at(self, point: Mapping[str, Fraction]) -> arb:
        return scalar(self._f({name: to_ball(x) for name, x in point.items()}))

    def over(self, box: Box, enough: float) -> tuple[float, Box]:
        """A lower bound of f over `box`, and a box inside it on which the same infimum is had.

        Without a gradient, or where the plain enclosure reaches `enough`, the box is `box`.
        """
        self.examined += 1
        balls = box.balls()
        lower = double_below(scalar(self._f(balls)))
        if self._gradient is None or lower >= enough:
            return lower, box
        slopes = self._slopes(balls, box)
        ends = dict(box.sides)
        for name, slope in slopes.items():
            # Where f is monotone in a variable, its infimum is on that face.
            if slope >= 0:
                ends[name] = (ends[name][0], ends[name][0])
            elif slope <= 0:
                ends[name] = (ends[name][1], ends[name][1])
        face = Box(ends)
        if face.sides != box.sides:
            lower = max(lower, double_below(scalar(self._f(face.balls()))))
        centre = face.midpoint()
        value = self.at(centre)
        for name, (lo, hi) in face.sides.items():
            if lo < hi:
                value += slopes[name] * ball_interval(lo - centre[name], hi - centre[name])
        return max(lower, double_below(value)), face

    def _slopes(self, balls: Mapping[str, arb], box: Box) -> dict[str, arb]:
        assert self._gradient is not None
        slopes: Any = self._gradient(balls)
        if not isinstance(slopes, Mapping):
            entries: Sequence[Any] = list(slopes)
            if len(entries) != len(box.sides):
                raise ValueError(
                    f"the gradient has one entry per variable {list(box.sides)}; "
                    f"got {len(entries)} entries."
                )
            slopes = dict(zip(box.sides, entries, strict=True))
        return {name: scalar(slopes[name]) for name in box.sides}


class Frontier:
    """Open boxes: bounded ones by their lower bound, unbounded ones first come, first served.

    Taking turns keeps a region without finite enclosures from starving the search elsewhere.
    """

    def __init__(self) -> None:
        self._bounded: list[tuple[float, int, Box]] = []
        self._unbounded: list[tuple[int, Box]] = []
        self._count = 0

    def push(self, lower: float, box: Box) -> None:
        self._count += 1
        if lower == -math.inf:
            heapq.heappush(self._unbounded, (self._count, box))
        else:
            heapq.heappush(self._bounded, (lower, self._count, box))

    def pop(self) -> tuple[float, Box]:
        self._count += 1
        if self._unbounded and (not self._bounded or self._count % 2):
            return -math.inf, heapq.heappop(self._unbounded)[1]
        lower, _, box = heapq.heappop(self._bounded)
        return lower, box

    def lower(self) -> float:
        if self._unbounded:
            return -math.inf
        return self._bounded[0][0] if self._bounded else math.inf

    def best(self) -> Box:
        return self._unbounded[0][1] if self._unbounded else self._bounded[0][2]

    def __bool__(self) -> bool:
        return bool(self._unbounded or self._bounded)


def negated_gradient(gradient: Function | None, box: Box) -> Function | None:
    if gradient is None:
        return None
    gradient_of = by_name(gradient, box)

    def negated(balls: Mapping[str, arb]) -> Any:
        slopes = gradient_of(balls)
        if isinstance(slopes, Mapping):
            return {name: -scalar(slope) for name, slope in slopes.items()}
        return [-scalar(slope) for slope in slopes]

    return negated
