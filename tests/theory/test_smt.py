"""z3 proofs, and the mutations that z3 must refute with points that really violate."""

from __future__ import annotations

import math
from collections.abc import Mapping
from fractions import Fraction

import pytest
import z3

from theory.smt import SmtProof, gram_pair, prove, reals

pair = gram_pair()
a, b, p, constraints = pair
(m,) = reals("m")
W = 2 - 2 * p / (a * b)  # ||theta1 / a - theta2 / b||^2
lemma_2 = W * m**2 <= pair.distance_squared
above = [m > 0, a >= m, b >= m]


def numbers(proof: SmtProof) -> dict[str, Fraction]:
    assert proof.point is not None
    values = {name: v for name, v in proof.point.items() if isinstance(v, Fraction)}
    assert len(values) == len(proof.point), proof
    return values


def sides(at: Mapping[str, Fraction]) -> tuple[Fraction, Fraction]:
    """||u1 - u2||^2 and ||theta1 - theta2||^2, in exact arithmetic and without z3."""
    u = 2 - 2 * at["p"] / (at["a"] * at["b"])
    return u, at["a"] ** 2 + at["b"] ** 2 - 2 * at["p"]


def is_pair(at: Mapping[str, Fraction]) -> bool:
    return at["a"] > 0 and at["b"] > 0 and abs(at["p"]) <= at["a"] * at["b"]


def test_lemma_2() -> None:
    proof = prove(lemma_2, given=[*constraints, *above])
    assert proof.proved
    assert not proof.refuted
    at = numbers(proof)  # the hypotheses are not empty
    assert is_pair(at)
    assert 0 < at["m"] <= min(at["a"], at["b"])


def test_dunkl_williams() -> None:
    sharp = W * (a + b) ** 2 <= 4 * pair.distance_squared
    assert prove(sharp, given=constraints).proved
    assert prove(W * a * b <= pair.distance_squared, given=constraints).proved


def test_constant_099_is_refuted() -> None:
    claim = 100**2 * W * m**2 <= 99**2 * pair.distance_squared
    at = numbers(prove(claim, given=[*constraints, *above]))
    w, distance = sides(at)
    assert is_pair(at)
    assert 0 < at["m"] <= min(at["a"], at["b"])
    assert w * at["m"] ** 2 > Fraction(99, 100) ** 2 * distance


def test_dropping_the_bound_on_b_is_refuted() -> None:
    at = numbers(prove(lemma_2, given=[*constraints, m > 0, a >= m]))
    w, distance = sides(at)
    assert is_pair(at)
    assert 0 < at["m"] <= at["a"]
    assert w * at["m"] ** 2 > distance


def test_dropping_cauchy_schwarz_is_refuted() -> None:
    at = numbers(prove(lemma_2, given=[*constraints[:2], *above]))
    w, distance = sides(at)
    assert abs(at["p"]) > at["a"] * at["b"]
    assert w * at["m"] ** 2 > distance


def test_dividing_by_the_larger_norm_is_refuted() -> None:
    claim = z3.And(W * a**2 <= pair.distance_squared, W * b**2 <= pair.distance_squared)
    at = numbers(prove(claim, given=constraints))
    w, distance = sides(at)
    assert is_pair(at)
    assert w * max(at["a"], at["b"]) ** 2 > distance


def test_sigmoid_derivative_is_at_most_a_quarter() -> None:
    (s,) = reals("s")
    assert prove(4 * s * (1 - s) <= 1).proved
    at = numbers(prove(4 * s * (1 - s) < 1, given=[s > 0, s < 1]))
    assert at["s"] == Fraction(1, 2)


def test_vacuous_hypotheses_prove_nothing() -> None:
    proof = prove(lemma_2, given=[*constraints, *above, a < m])
    assert proof.answer == "vacuous"
    assert not proof.proved
    assert prove(m**2 >= 5, given=[m**2 < 0]).answer == "vacuous"


def test_division_by_zero_is_not_a_value() -> None:
    x, y = reals("x y")
    with pytest.raises(ValueError, match="denominator x to be 0"):
        prove(y / x >= 0, given=[x >= 0, y >= 0])
    assert prove(y / x >= 0, given=[x > 0, y >= 0]).proved
    with pytest.raises(ValueError, match="quantified"):
        prove(z3.ForAll([x], 1 / x <= 5))
    with pytest.raises(ValueError, match="nonnegative integer"):
        prove(x**-1 > 0, given=[x > 0])
    with pytest.raises(ValueError, match="nonnegative integer"):
        prove(x**0.5 >= 0, given=[x > 0])
    with pytest.raises(ValueError, match="formulas"):
        prove(True)


def test_irrational_points_are_exact() -> None:
    (s,) = reals("s")
    proof = prove(s * s != 2)
    assert proof.refuted
    assert proof.point is not None
    assert isinstance(proof.point["s"], str)
    assert "root-obj" in proof.point["s"]


def test_a_rational_point_is_preferred() -> None:
    x, y = reals("x y")
    at = numbers(prove(z3.Not(z3.And(x**2 > 2, y**3 > x)), given=[x < 3, x > 0]))
    assert at["x"] ** 2 > 2
    assert at["y"] ** 3 > at["x"]
    assert 0 < at["x"] < 3


def test_quantifiers() -> None:
    (x,) = reals("x")
    claim = z3.ForAll([x], x**2 - 2 * x >= m)
    assert prove(claim, given=[m <= -1]).proved
    at = numbers(prove(claim, given=[m <= 0]))
    assert -1 < at["m"] <= 0


def test_a_hopeless_question_is_undecided() -> None:
    # A degree 12 form in six variables: nothing is decided in a millisecond.
    xs = reals("x1 x2 x3 x4 x5 x6")
    form = sum((x**12 for x in xs[1:]), xs[0] ** 12) - 6 * math.prod(x**2 for x in xs)
    proof = prove(form >= 0, timeout_ms=1)
    assert proof.answer == "undecided"
    assert proof.reason


def test_the_same_question_has_the_same_answer() -> None:
    given = [*constraints, m > 0, a >= m]
    assert prove(lemma_2, given=given) == prove(lemma_2, given=given)
