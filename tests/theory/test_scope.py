"""Coverage of a domain by scopes, against brute force over the points of a fine lattice."""

from __future__ import annotations

import random
from fractions import Fraction
from math import inf

import pytest

from theory.scope import Integers, Names, Reals, Scope, uncovered


def test_a_proof_on_a_box_does_not_cover_the_line() -> None:
    box = Scope("[1/4, 2]", {"r": Reals("1/4", 2)})
    missing = uncovered({"r": Reals(0, inf, low_open=True)}, [box])
    assert missing is not None
    assert missing["r"] not in box.axes["r"]


def test_open_ends_leave_their_point_uncovered() -> None:
    domain = {"r": Reals(0, 2)}
    left, right = Reals(0, 1, high_open=True), Reals(1, 2, low_open=True)
    halves = [Scope("left", {"r": left}), Scope("right", {"r": right})]
    assert uncovered(domain, halves) == {"r": 1}
    assert uncovered(domain, [*halves, Scope("point", {"r": Reals(1, 1)})]) is None


def test_every_part_and_every_dimension_is_asked_for() -> None:
    domain = {"d": Integers(1), "part": Names("bound", "attained")}
    bound = Scope("bound, all d", {"part": Names("bound")})
    attained = Scope("attained, d ≥ 2", {"part": Names("attained"), "d": Integers(2)})
    assert uncovered(domain, [bound, attained]) == {"d": 1, "part": "attained"}


def test_unknown_axes_are_refused() -> None:
    with pytest.raises(ValueError, match="does not name"):
        uncovered({"d": Integers(1)}, [Scope("typo", {"dim": Integers(1)})])


@pytest.mark.parametrize("seed", range(20))
def test_against_brute_force(seed: int) -> None:
    """Random unions of rectangles with small integer ends; half-integers see every cell."""
    rng = random.Random(seed)
    domain = {"a": Reals(0, 4), "n": Integers(0, 4)}

    def random_scope() -> Scope:
        low, high = sorted(rng.sample(range(5), 2))
        first, last = sorted(rng.sample(range(5), 2))
        opens = {"low_open": rng.random() < 0.5, "high_open": rng.random() < 0.5}
        return Scope("s", {"a": Reals(low, high, **opens), "n": Integers(first, last)})

    scopes = [random_scope() for _ in range(rng.choice([3, 12, 40]))]
    lattice = [{"a": Fraction(i, 2), "n": n} for i in range(9) for n in range(5)]
    expected = all(any(s.contains(cell) for s in scopes) for cell in lattice)
    assert (uncovered(domain, scopes) is None) == expected
