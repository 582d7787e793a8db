"""Definiteness of symmetric matrices of balls, three-valued."""

from __future__ import annotations

from typing import Any

from flint import arb, arb_mat

from theory.rigorous.arithmetic import to_ball
from theory.rigorous.functions import minimum, square

__all__ = ["positive_definite", "principal_minors"]


def _symmetric(matrix: Any) -> list[list[arb]]:
    """The lower triangle, each entry the intersection of the two enclosures of one number."""
    rows = [[to_ball(entry) for entry in row] for row in matrix]
    if not rows or any(len(row) != len(rows) for row in rows):
        raise ValueError(
            f"the matrix must be square and not empty; got rows of {[len(r) for r in rows]}."
        )
    for i, row in enumerate(rows):
        for j in range(i):
            if row[j].is_finite() and rows[j][i].is_finite():
                if not row[j].overlaps(rows[j][i]):
                    raise ValueError(
                        f"the matrix must be symmetric; entry ({i}, {j}) is {row[j]} "
                        f"and entry ({j}, {i}) is {rows[j][i]}."
                    )
                row[j] = row[j].intersection(rows[j][i])
            rows[j][i] = row[j]
    return rows


def positive_definite(matrix: Any) -> bool | None:
    """Whether every symmetric matrix in the balls is positive definite: True, False or None.

    `matrix` is a square nested sequence or object array of balls (or of exact numbers), both
    triangles enclosing the same symmetric matrix. Pivots of the LDL^T factorisation, on balls:
    all positive proves it, the first one not positive refutes it for *every* matrix in the balls,
    anything else is None. To prove ``||H|| < C`` without a square root, prove ``C I - H`` and
    ``C I + H`` positive definite. ValueError for a matrix that is not square or not symmetric.

    >>> positive_definite([[2, 1], [1, 2]]), positive_definite([[1, 2], [2, 1]])
    (True, False)
    >>> positive_definite([[1, 1], [1, 1]]), positive_definite([[arb(1, 2)]])
    (False, None)
    """
    rest = _symmetric(matrix)
    for k in range(len(rest)):
        pivot = rest[k][k]
        if not pivot.is_finite():
            return None
        if not pivot > 0:
            return False if pivot <= 0 else None
        for i in range(k + 1, len(rest)):
            ratio = rest[i][k] / pivot
            for j in range(k + 1, i + 1):
                # A square is never negative; a product of a ball with itself may be.
                step = square(rest[i][k]) / pivot if i == j else ratio * rest[j][k]
                rest[i][j] = rest[i][j] - step
                rest[j][i] = rest[i][j]
    return True


def principal_minors(matrix: Any) -> arb:
    """The least leading principal minor of a symmetric matrix of balls.

    By Sylvester's criterion it is positive exactly if the matrix is positive definite. It has a
    finite enclosure on wide boxes, where a pivot divides by zero, so it is what to hand to
    `prove_nonnegative(..., strict=True)`; the pivots of `positive_definite` only decide.

    >>> bool(principal_minors([[2, 1], [1, 2]]) > 0)
    True
    """
    entries = _symmetric(matrix)
    least = _determinant(entries[:1])
    for size in range(2, len(entries) + 1):
        least = minimum(least, _determinant([r[:size] for r in entries[:size]]))
    return least


def _determinant(m: list[list[arb]]) -> arb:
    if len(m) == 1:
        return m[0][0]
    if len(m) == 2:
        return m[0][0] * m[1][1] - square(m[1][0])
    if len(m) == 3:
        (a, b, c), (_, d, e), (_, _, f) = m
        return a * d * f + 2 * b * c * e - a * square(e) - d * square(c) - f * square(b)
    return arb_mat(m).det()
