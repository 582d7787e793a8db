"""Vector algebra by Gram symbols, against NumPy vectors of several dimensions."""

from __future__ import annotations

import numpy as np
import pytest
import sympy
from sympy import Expr

from theory.gram import V, dot, evaluate, gram, gram_matrix, norm_squared
from theory.symbolic import prove_nonnegative_by_identity, prove_zero

a, b, eps = sympy.symbols("a b epsilon", positive=True)


def pair() -> tuple[V, V]:
    u, v = gram("u v", norms={"u": a, "v": b})
    return u, v


@pytest.mark.parametrize("d", [1, 2, 5])
def test_dot_agrees_with_coordinates(d: int) -> None:
    rng = np.random.default_rng(d)
    coordinates = rng.integers(-9, 9, size=(3, d))
    coefficients = rng.integers(-9, 9, size=(2, 3))
    vectors = gram("u v w")
    left, right = (
        vectors[0] * int(c[0]) + int(c[1]) * vectors[1] - vectors[2] / sympy.Rational(1, int(c[2]))
        if c[2]
        else vectors[0] * int(c[0]) + vectors[1] * int(c[1])
        for c in coefficients
    )
    signed = coefficients * np.array([1, 1, -1])
    expected = (signed[0] @ coordinates) @ (signed[1] @ coordinates)
    assert evaluate(dot(left, right), vectors, coordinates.tolist()) == expected


def test_lemma_2_identity_in_every_dimension() -> None:
    u, v = pair()
    moved = norm_squared(eps * u / a - eps * v / b)
    distance = norm_squared(u - v)
    assert prove_zero(moved - eps**2 / (a * b) * (distance - (a - b) ** 2)).proved
    mutant = prove_zero(moved - eps**2 / (a * b) * (distance + (a - b) ** 2))
    assert not mutant.proved
    assert mutant.counterexample is not None


def test_lemma_2_identity_on_numbers() -> None:
    rng = np.random.default_rng(3)
    for d in (1, 2, 7):
        x, y = rng.standard_normal((2, d))
        p, q = np.linalg.norm(x), np.linalg.norm(y)
        moved = np.sum((0.3 * x / p - 0.3 * y / q) ** 2)
        assert moved == pytest.approx(
            0.09 / (p * q) * (np.sum((x - y) ** 2) - (p - q) ** 2), rel=1e-10
        )


def test_dunkl_williams_gap() -> None:
    # 4 ||u - v||^2 - (a + b)^2 W = (4 - W) (a - b)^2, with W = ||u/a - v/b||^2 and
    # 4 - W = ||u/a + v/b||^2: both factors on the right are visibly nonnegative.
    u, v = pair()
    w, four_minus_w = norm_squared(u / a - v / b), norm_squared(u / a + v / b)
    gap = 4 * norm_squared(u - v) - (a + b) ** 2 * w
    assert prove_zero(four_minus_w - (4 - w)).proved
    assert prove_zero(gap - four_minus_w * (a - b) ** 2).proved


def test_cauchy_schwarz() -> None:
    u, v = gram("u v")
    square = norm_squared(u * norm_squared(v) - v * dot(u, v))
    determinant = gram_matrix(u, v).det()
    assert prove_zero(square - norm_squared(v) * determinant).proved
    assert prove_zero(determinant - (norm_squared(u) * norm_squared(v) - dot(u, v) ** 2)).proved


def test_parallelogram_as_a_certificate() -> None:
    u, v = pair()
    both = norm_squared(u + v) + norm_squared(u - v)
    assert prove_nonnegative_by_identity(both, 2 * a**2 + 2 * b**2).proved


def test_gram_matrix_on_coordinates() -> None:
    vectors = gram("u v w")
    rows = [[1, 2, 0], [0, -1, 4], [3, 3, 3]]
    values = [[evaluate(entry, vectors, rows) for entry in row] for row in _rows(vectors)]
    assert np.array_equal(np.array(values, float), np.array(rows) @ np.array(rows).T)


def _rows(vectors: tuple[V, ...]) -> list[list[Expr]]:
    return [[dot(u, v) for v in vectors] for u in vectors]


def test_unit_vector() -> None:
    (u,) = gram("u", norms={"u": sympy.Integer(1)})
    assert norm_squared(3 * u) == 9


def test_errors() -> None:
    (u,), (v,) = gram("u"), gram("v")
    with pytest.raises(ValueError, match="different frames"):
        dot(u, v)
    with pytest.raises(ValueError, match="each once"):
        gram("u u")
    with pytest.raises(ValueError, match="not among"):
        gram("u", norms={"w": a})
    with pytest.raises(ValueError, match="nonnegative"):
        gram("u", norms={"u": sympy.Symbol("c", real=True)})
    with pytest.raises(TypeError):
        u * u  # pyright: ignore[reportOperatorIssue, reportUnusedExpression]
    with pytest.raises(ValueError, match="coordinates"):
        evaluate(dot(u, u), (u,), [[1], [2]])
