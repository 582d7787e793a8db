"""Exact points: strings and back, and formulas against SymPy and mpmath."""

from __future__ import annotations

from math import inf
from typing import Any

import mpmath
import numpy as np
import pytest

from theory import exact
from theory.exact import Comparison, ball, format_point, norm, parse_point, rational


def test_points_survive_the_way_through_strings() -> None:
    point = {"v": (rational("-3/5"), rational(2)), "one": (rational(7),), "p": inf, "w": "linear"}
    point |= {"m": ((rational(1), rational(0)), (rational(0), rational("1/3")))}
    assert parse_point(format_point(point)) == point


def test_doubles_are_recorded_without_rounding() -> None:
    value = np.float64(0.1)
    text = format_point({"x": np.array([value])})["x"]
    assert text == "(3602879701896397/36028797018963968,)"
    assert float(parse_point({"x": text})["x"][0]) == value


@pytest.mark.parametrize("text", ["(1, foo)", "(1.5, 2)", "(__import__('os'),)"])
def test_what_is_no_exact_number_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not an exact number"):
        parse_point({"x": text})


def test_pythagorean_norms_stay_rational() -> None:
    assert norm(parse_point({"v": "(3/5, 4/5)"})["v"]) == 1
    assert not isinstance(norm((1, 1)), int)


@pytest.mark.parametrize("p", [1, "3/2", 2, 3, 4, inf])
def test_norms_against_mpmath(p: Any) -> None:
    v = parse_point({"v": "(1/3, -2, 0, 5/7)"})["v"]
    exponent = p if p == inf else rational(p)
    # Not mpmath.norm: it takes the root of an order cut to an integer.
    entries = [abs(mpmath.mpf(float(x))) for x in v]
    q = mpmath.mpf(float(exponent))
    total = max(entries) if p == inf else mpmath.fsum(x**q for x in entries) ** (1 / q)
    expected = float(total)
    assert float(ball(norm(v, exponent))) == pytest.approx(float(expected), rel=1e-14)


@pytest.mark.parametrize("x", ["-40", "-1", "0", "1/3", "40"])
def test_sigmoid_and_softplus_against_mpmath(x: str) -> None:
    with mpmath.workdps(40):
        t = mpmath.mpf(x) if "/" not in x else mpmath.mpf(1) / 3
        sigma, plus = 1 / (1 + mpmath.exp(-t)), mpmath.log1p(mpmath.exp(t))
    value = rational(x)
    assert float(ball(exact.sigmoid(value))) == pytest.approx(float(sigma), rel=1e-15)
    assert float(ball(exact.softplus(value))) == pytest.approx(float(plus), rel=1e-15)


def test_comparisons_answer_only_when_certain() -> None:
    root = exact.sqrt(2)
    assert Comparison(root, "<", rational("3/2")).holds() is True
    assert Comparison(root, ">=", rational("3/2")).holds() is False
    assert Comparison(root * root, "<=", 2).holds() is None
    assert Comparison(root * root, "==", 2).holds() is None
    assert Comparison(rational("1/3"), "==", rational("2/6")).holds() is True
    assert Comparison(ball(0).log(), "<", 1).holds() is None


def test_ratio_is_one_when_a_bound_is_attained() -> None:
    assert Comparison(rational(2), "<=", rational(2)).ratio() == 1.0
    assert Comparison(rational(4), ">=", rational(2)).ratio() == 0.5
    assert Comparison(rational(4), "==", rational(2)).ratio() is None
