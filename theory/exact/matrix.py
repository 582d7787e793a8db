"""Matrices of rationals, decided exactly: definiteness, singular values, determinants, solutions.

A matrix is a nested tuple of rationals, as in a `theory.exact.Point`. With balls among the entries
see `theory.rigorous.definiteness`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flint import fmpq, fmpq_mat

__all__ = [
    "determinant",
    "diagonal",
    "identity",
    "multiply",
    "negative_definite",
    "positive_semidefinite",
    "quadratic_form",
    "scaled",
    "singular_values_at_least",
    "solve",
    "spectral_norm_at_most",
    "summed",
    "transpose",
]

Matrix = Sequence[Sequence[Any]]
Rows = tuple[tuple[Any, ...], ...]


def identity(d: int) -> Rows:
    return diagonal([1] * d)


def diagonal(entries: Sequence[Any]) -> Rows:
    """The diagonal matrix with these entries.

    >>> diagonal([2, 3])
    ((2, 0), (0, 3))
    """
    zero = fmpq(0)
    return tuple(
        tuple(fmpq(1) * e if i == j else zero for j in range(len(entries)))
        for i, e in enumerate(entries)
    )


def transpose(a: Matrix) -> Rows:
    return tuple(zip(*a, strict=True))


def multiply(a: Matrix, b: Matrix) -> Rows:
    """The product of two matrices.

    >>> multiply(((1, 2),), ((3,), (4,)))
    ((11,),)
    """
    columns = transpose(b)
    return tuple(
        tuple(sum((x * y for x, y in zip(row, c, strict=True)), fmpq(0)) for c in columns)
        for row in a
    )


def summed(a: Matrix, b: Matrix) -> Rows:
    """The sum of two matrices of one shape."""
    return tuple(tuple(x + y for x, y in zip(r, s, strict=True)) for r, s in zip(a, b, strict=True))


def scaled(c: Any, a: Matrix) -> Rows:
    """The matrix times a number."""
    return tuple(tuple(c * x for x in row) for row in a)


def quadratic_form(a: Matrix, v: Sequence[Any]) -> Any:
    """<v, a v>.

    >>> quadratic_form(((1, 2), (2, 1)), (1, -1))
    -2
    """
    return sum(
        (x * v[i] * v[j] for i, row in enumerate(a) for j, x in enumerate(row)),
        fmpq(0),
    )


def determinant(a: Matrix) -> Any:
    """The determinant of a square matrix of rationals.

    >>> determinant(((0, 1), (1, 0)))
    -1
    """
    return fmpq_mat([list(row) for row in a]).det()


def solve(a: Matrix, b: Sequence[Any]) -> tuple[Any, ...]:
    """The solution of a v = b; `ZeroDivisionError` for a singular matrix.

    >>> solve(((2, 0), (0, 4)), (1, 1))
    (1/2, 1/4)
    """
    found = fmpq_mat([list(row) for row in a]).solve(fmpq_mat([[x] for x in b]))
    return tuple(found[i, 0] for i in range(len(b)))


def positive_semidefinite(a: Matrix) -> bool:
    """Whether a symmetric matrix of rationals is positive semidefinite, by exact elimination.

    >>> positive_semidefinite(((1, 1), (1, 1))), positive_semidefinite(((0, 1), (1, 2)))
    (True, False)
    """
    rest = [list(row) for row in a]
    if any(rest[i][j] != rest[j][i] for i in range(len(rest)) for j in range(i)):
        raise ValueError(f"the matrix must be symmetric; got {a}")
    while rest:
        pivot, first = rest[0][0], rest[0][1:]
        # With a zero pivot a nonzero entry beside it makes an indefinite 2 x 2 block.
        if pivot < 0 or (pivot == 0 and any(x != 0 for x in first)):
            return False
        rest = [
            [x - (first[i] * first[j] / pivot if pivot else 0) for j, x in enumerate(row[1:])]
            for i, row in enumerate(rest[1:])
        ]
    return True


def negative_definite(a: Matrix) -> bool:
    """Whether a symmetric matrix of rationals is negative definite.

    >>> negative_definite(((-2, 1), (1, -2))), negative_definite(((-1, 0), (0, 0)))
    (True, False)
    """
    return positive_semidefinite(scaled(-1, a)) and determinant(a) != 0


def spectral_norm_at_most(a: Matrix, bound: Any) -> bool:
    """Whether ||a||_2 <= bound: bound^2 I - a'a is positive semidefinite.

    >>> spectral_norm_at_most(((3, 4),), 5), spectral_norm_at_most(((3, 4),), 4)
    (True, False)
    """
    gram = multiply(transpose(a), a)
    gap = summed(scaled(bound * bound, identity(len(gram))), scaled(-1, gram))
    return bound >= 0 and positive_semidefinite(gap)


def singular_values_at_least(a: Matrix, bound: Any) -> bool:
    """Whether every singular value of a square matrix is at least bound >= 0.

    >>> singular_values_at_least(((0, 2), (1, 0)), 1), singular_values_at_least(((1, 1), (1, 1)), 1)
    (True, False)
    """
    gram = multiply(transpose(a), a)
    return positive_semidefinite(summed(gram, scaled(-bound * bound, identity(len(gram)))))
