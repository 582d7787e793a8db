"""What a proof covers, as sets that a machine can compare with what a claim asserts.

A claim asserts something over a *domain*: a product of named axes (the dimension d, a norm p, a
radius r, the part of the conclusion ...). A proof covers a *scope*: the domain with some axes
restricted. `uncovered` looks for a cell of the domain that no scope contains, so that a proof on a
box never passes for a proof.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from math import inf
from typing import Union

__all__ = ["EVERYTHING", "Axis", "Integers", "Names", "Reals", "Scope", "uncovered"]

Number = Union[int, float, Fraction, str]


def _exact(value: Number) -> Fraction | float:
    """A finite number as a fraction; infinities stay floats (fractions compare with both)."""
    if isinstance(value, float) and value in (inf, -inf):
        return value
    return Fraction(value)


@dataclass(frozen=True)
class Integers:
    """The integers low, ..., high; `high=None` means no upper end."""

    low: int
    high: int | None = None

    def ends(self) -> tuple[Fraction | float, ...]:
        return (Fraction(self.low), inf if self.high is None else Fraction(self.high))

    def __contains__(self, value: object) -> bool:
        if not isinstance(value, int | Fraction) or Fraction(value).denominator != 1:
            return False
        return self.low <= value and (self.high is None or value <= self.high)

    def __str__(self) -> str:
        if self.high is None:
            return f"≥ {self.low}"
        return str(self.low) if self.low == self.high else f"{self.low}..{self.high}"


@dataclass(frozen=True)
class Reals:
    """The interval from low to high; an end is closed unless it is called open or is infinite."""

    low: Number = -inf
    high: Number = inf
    low_open: bool = False
    high_open: bool = False

    def ends(self) -> tuple[Fraction | float, ...]:
        return (_exact(self.low), _exact(self.high))

    def __contains__(self, value: object) -> bool:
        if not isinstance(value, int | Fraction):
            return False
        low, high = self.ends()
        above = low < value or (not self.low_open and low == value)
        below = value < high or (not self.high_open and high == value)
        return above and below

    def __str__(self) -> str:
        low, high = self.ends()
        left = "(" if self.low_open or low == -inf else "["
        right = ")" if self.high_open or high == inf else "]"
        shown = [str(end).replace("inf", "∞") for end in (low, high)]
        return f"{left}{shown[0]}, {shown[1]}{right}"


@dataclass(frozen=True)
class Names:
    """A finite set of named cases, such as the parts of a conclusion."""

    members: frozenset[str]

    def __init__(self, *members: str) -> None:
        object.__setattr__(self, "members", frozenset(members))

    def __contains__(self, value: object) -> bool:
        return value in self.members

    def __str__(self) -> str:
        return ", ".join(sorted(self.members))


Axis = Union[Integers, Reals, Names]


@dataclass(frozen=True)
class Scope:
    """What a piece of evidence covers: words for people, restrictions of axes for the registry.

    >>> str(Scope("the plane", {"d": Integers(2, 2)}))
    'the plane'
    """

    text: str
    axes: Mapping[str, Axis] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.text

    def contains(self, cell: Mapping[str, object]) -> bool:
        return all(cell[name] in axis for name, axis in self.axes.items())


EVERYTHING = Scope("everything stated")


def _representatives(domain: Axis, restrictions: Iterable[Axis]) -> Sequence[object]:
    """One value from every cell into which the ends of all intervals cut the axis."""
    axes = [domain, *restrictions]
    if isinstance(domain, Names):
        return sorted(domain.members)
    ends = sorted({e for axis in axes if not isinstance(axis, Names) for e in axis.ends()})
    finite = [e for e in ends if isinstance(e, Fraction)] or [Fraction(0)]
    if isinstance(domain, Integers):
        values = {Fraction(int(e)) + step for e in finite for step in (-1, 0, 1)}
        return [int(v) for v in sorted(values) if v in domain]
    between = [(a + b) / 2 for a, b in itertools.pairwise(finite)]
    values = {finite[0] - 1, *finite, *between, finite[-1] + 1}
    return [v for v in sorted(values) if v in domain]


def uncovered(domain: Mapping[str, Axis], scopes: Iterable[Scope]) -> dict[str, object] | None:
    """A cell of the domain in no scope, or None if the scopes together cover the domain.

    The ends of all intervals cut every axis into finitely many cells, on which membership is
    constant; testing one value from each cell therefore decides the question.

    >>> half = Scope("d = 1", {"d": Integers(1, 1)})
    >>> uncovered({"d": Integers(1)}, [half])
    {'d': 2}
    >>> uncovered({"d": Integers(1)}, [half, Scope("d ≥ 2", {"d": Integers(2)})]) is None
    True
    """
    scopes = list(scopes)
    for scope in scopes:
        unknown = set(scope.axes) - set(domain)
        if unknown:
            raise ValueError(
                f"scope {scope.text!r} restricts {sorted(unknown)}, which the claim's domain does "
                f"not name; it names {sorted(domain)}"
            )
    names = sorted(domain)
    values = [
        _representatives(domain[name], [s.axes[name] for s in scopes if name in s.axes])
        for name in names
    ]
    for combination in itertools.product(*values):
        cell = dict(zip(names, combination, strict=True))
        if not any(scope.contains(cell) for scope in scopes):
            return cell
    return None
