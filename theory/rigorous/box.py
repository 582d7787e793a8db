"""Boxes of named variables with exact rational ends."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction

from flint import arb

from theory.rigorous.arithmetic import ball_interval

__all__ = ["Box", "Real"]

Real = int | float | str | Fraction
# A box narrower than this share of the whole, in every variable, is not split any further: near a
# point where f has no finite enclosure at all, splitting would go on until the budget is gone.
_FINEST = Fraction(1, 2**45)


def _exact(x: Real) -> Fraction:
    try:
        return Fraction(x)
    except (ValueError, TypeError, OverflowError, ZeroDivisionError):
        raise ValueError(
            f"the ends of a box are finite ints, floats, Fractions or '3/5'; got {x!r}."
        ) from None


@dataclass(frozen=True)
class Box:
    """Named closed intervals with exact rational ends, ``{name: (lo, hi)}``.

    Ends are ints, floats (taken as the exact dyadic number they are), `Fraction` or "3/5". An
    interval of width zero pins its variable. ValueError for an empty box or lo > hi.

    >>> box = Box({"r": ("1/4", 2)})
    >>> box.sides
    {'r': (Fraction(1, 4), Fraction(2, 1))}
    >>> box.midpoint()
    {'r': Fraction(9, 8)}
    """

    sides: Mapping[str, tuple[Fraction, Fraction]]

    def __init__(self, sides: Mapping[str, tuple[Real, Real]]) -> None:
        exact = {str(name): (_exact(lo), _exact(hi)) for name, (lo, hi) in sides.items()}
        if not exact:
            raise ValueError("a box needs at least one named interval; got none.")
        for name, (lo, hi) in exact.items():
            if lo > hi:
                raise ValueError(f"the interval of {name!r} needs lo <= hi; got [{lo}, {hi}].")
        object.__setattr__(self, "sides", exact)

    def __hash__(self) -> int:
        return hash(tuple(self.sides.items()))

    def __str__(self) -> str:
        return ", ".join(f"{name} in [{lo}, {hi}]" for name, (lo, hi) in self.sides.items())

    def balls(self) -> dict[str, arb]:
        """One ball per variable that contains its interval."""
        return {name: ball_interval(lo, hi) for name, (lo, hi) in self.sides.items()}

    def midpoint(self) -> dict[str, Fraction]:
        """The exact centre."""
        return {name: (lo + hi) / 2 for name, (lo, hi) in self.sides.items()}

    def corners(self) -> Iterator[dict[str, Fraction]]:
        """All corners, 2**d of them for d variables of positive width."""
        points: list[dict[str, Fraction]] = [{}]
        for name, ends in self.sides.items():
            points = [{**p, name: end} for p in points for end in dict.fromkeys(ends)]
        return iter(points)

    def split(self, whole: Box | None = None) -> tuple[Box, Box]:
        """Halve the variable that is widest relative to its width in `whole`."""

        def share(name: str) -> Fraction:
            lo, hi = self.sides[name]
            first, last = (whole or self).sides[name]
            return (hi - lo) / (last - first) if last > first else Fraction(0)

        name = max(self.sides, key=share)
        lo, hi = self.sides[name]
        middle = (lo + hi) / 2
        return Box({**self.sides, name: (lo, middle)}), Box({**self.sides, name: (middle, hi)})

    def is_finest(self, whole: Box) -> bool:
        """Whether splitting further is pointless."""
        return all(
            hi - lo <= _FINEST * (whole.sides[name][1] - whole.sides[name][0])
            for name, (lo, hi) in self.sides.items()
        )
