"""Symbolic proofs: what must be proved, what must not, and what must be refuted."""

from __future__ import annotations

import math
import time
from fractions import Fraction

import pytest
import sympy
from sympy import Expr, Rational, exp, log, sqrt

from theory.symbolic import prove_monotone, prove_nonnegative_by_identity, prove_zero

t, x, y = sympy.symbols("t x y", real=True)
a, b, g = sympy.symbols("a b g", positive=True)
sigmoid = 1 / (1 + exp(-t))

ZERO: dict[str, Expr] = {
    "sigmoid'": sympy.diff(sigmoid, t) - sigmoid * (1 - sigmoid),
    "sigmoid''": sympy.diff(sigmoid, t, 2) - sigmoid * (1 - sigmoid) * (1 - 2 * sigmoid),
    "softplus'": sympy.diff(log(1 + exp(-t)), t) + 1 / (1 + exp(t)),
    "half angle": sympy.tanh(t / 2) - (2 * sigmoid - 1),
    "thirds": (exp(t / 3) + exp(-t / 3)) ** 3 - exp(t) - exp(-t) - 3 * (exp(t / 3) + exp(-t / 3)),
    "denominator of a root": 1 / sqrt(x**2 + 1) - sqrt(x**2 + 1) / (x**2 + 1),
    "nested roots": (sqrt(1 + sqrt(x**2 + 1)) ** 2 - 1) ** 2 - x**2 - 1,
    "absolute values": sympy.Abs(x) * sympy.Abs(y) - sympy.Abs(x * y),
    "maximum": sympy.Max(x, y) - (x + y + sympy.Abs(x - y)) / 2,
    "Lambert": exp(sympy.LambertW(a)) * sympy.LambertW(a) - a,
    "trigonometric": sympy.sin(2 * t) - 2 * sympy.sin(t) * sympy.cos(t),
    "removable": (x**2 - 1) / (x - 1) - x - 1,
}

NOT_ZERO: dict[str, Expr] = {
    "wrong branch": sqrt(x) * sqrt(y) - sqrt(x * y),
    "absolute value": sqrt(x**2) - x,
    "coefficient": sympy.diff(sigmoid, t) - Rational(99, 100) * sigmoid * (1 - sigmoid),
    "almost an integer": exp(sympy.pi * sqrt(163)) - 262537412640768744,
    "tiny": Rational(1, 10**35) * x**2,
}


@pytest.mark.parametrize("name", ZERO)
def test_proves_zero(name: str) -> None:
    started = time.process_time()
    proof = prove_zero(ZERO[name])
    assert proof.proved, proof
    assert proof.residual == "0"
    assert proof.points >= 1
    assert time.process_time() - started < 2.0


@pytest.mark.parametrize("name", NOT_ZERO)
def test_refutes_with_a_point_that_refutes(name: str) -> None:
    proof = prove_zero(NOT_ZERO[name])
    assert not proof.proved
    assert proof.counterexample is not None, proof
    value = NOT_ZERO[name]
    for symbol in NOT_ZERO[name].free_symbols:
        value = value.subs(symbol, Rational(proof.counterexample[str(symbol)]))
    assert abs(sympy.N(value, 60)) > 1e-39


def test_counterexample_respects_the_assumptions() -> None:
    proof = prove_zero(sqrt(a**2) * x - a * x + (a - 1))
    assert proof.counterexample is not None
    assert Fraction(proof.counterexample["a"]) > 0


def test_undecided_is_neither_proof_nor_refutation() -> None:
    # Two roots with a hidden relation, which neither the normal form nor SymPy sees.
    hidden = sqrt(x**2 + 2 * sqrt(x**2 + 1) + 2) - 1 - sqrt(x**2 + 1)
    for value in (-3.0, 0.2, 2.0):
        inner = math.sqrt(value**2 + 1)
        assert math.sqrt(value**2 + 2 * inner + 2) == pytest.approx(1 + inner, rel=1e-14)
    proof = prove_zero(hidden)
    assert not proof.proved
    assert proof.counterexample is None
    assert "undecided" in proof.method


def test_undefined_functions_count_as_free() -> None:
    f = sympy.Function("f")(t)
    assert prove_zero(sympy.diff(f**2, t) - 2 * f * sympy.diff(f, t)).proved
    wrong = prove_zero(sympy.diff(f**2, t) - f * sympy.diff(f, t))
    assert not wrong.proved
    assert wrong.counterexample is None


def test_undefined_expression_is_refused() -> None:
    with pytest.raises(ValueError, match="undefined"):
        prove_zero(x / (sympy.Abs(x) - sqrt(x**2)))


def test_jacobian_of_the_worst_case_perturbation() -> None:
    theta = sympy.symbols("theta1:4", real=True)
    norm = sqrt(sum(c**2 for c in theta))
    column = sympy.Matrix(theta)
    jacobian = (column / norm).jacobian(theta)
    expected = (sympy.eye(3) - column * column.T / (column.T * column)[0]) / norm
    assert all(prove_zero(entry).proved for entry in jacobian - expected)
    assert not prove_zero((jacobian - 2 * expected)[0]).proved


def test_sigmoid_derivative_is_at_most_a_quarter() -> None:
    difference = Rational(1, 4) - sympy.diff(sigmoid, t)
    assert prove_nonnegative_by_identity(difference, (2 * sigmoid - 1) ** 2 / 4).proved
    smaller = Rational(249, 1000) - sympy.diff(sigmoid, t)
    mutant = prove_nonnegative_by_identity(smaller, (2 * sigmoid - 1) ** 2 / 4)
    assert not mutant.proved
    assert mutant.counterexample is not None


@pytest.mark.parametrize(
    "certificate",
    [x * y, (a - b) * g, a + x, x**3, a - b + 2, exp(sympy.I * x), 1 / x, sympy.Integer(-1), a / y],
)
def test_doubtful_certificates_are_refused(certificate: Expr) -> None:
    # The identity itself holds trivially: only the sign can be at fault.
    proof = prove_nonnegative_by_identity(certificate, certificate)
    assert not proof.proved
    assert "not visibly nonnegative" in proof.method


@pytest.mark.parametrize(
    "certificate",
    [a * b + g**2, (x - y) ** 2 / a, sympy.Abs(x) * exp(x), sqrt(a) / (1 + x**2), (a + b) ** -3],
)
def test_visible_certificates_are_accepted(certificate: Expr) -> None:
    assert prove_nonnegative_by_identity(sympy.expand(certificate), certificate).proved


def test_monotone() -> None:
    assert prove_monotone(sigmoid, t, sigmoid**2 * exp(-t)).proved
    assert prove_monotone(1 / a, a, 1 / a**2, decreasing=True).proved
    assert not prove_monotone(sigmoid, t, sigmoid**2 * exp(-t), decreasing=True).proved
    # 1/t falls on either side of 0, not on the line.
    across = prove_monotone(1 / t, t, 1 / t**2, decreasing=True)
    assert not across.proved
    assert "not visibly continuous" in across.method
    with pytest.raises(ValueError, match="declared real"):
        prove_monotone(sympy.Symbol("z"), sympy.Symbol("z"), sympy.Integer(1))
