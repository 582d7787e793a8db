"""Robust logistic regression at exact points: loss, gradient, Hessian, and derivatives as a check.

The exact counterpart of `theory.weight_sharpness`: rationals where possible, Arb balls elsewhere.
Samples are given as z_n = y_n x_n, with whole-number multiplicities where many are equal.
`directional` does not use the closed forms: it expands the loss along a line as a power series of
balls, so that every formula for a gradient or a Hessian can be held against it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flint import arb_series, fmpq

from theory.exact import ball, dot, norm, scale, sigmoid, softplus, sqrt, subtract

__all__ = [
    "detached_hessian",
    "directional",
    "identity_minus_projector",
    "largest_eigenvalue",
    "projector_coefficient",
    "quadratic_form",
    "robust_gradient",
    "robust_hessian",
    "robust_loss",
    "weighted_mean",
]

Vector = Sequence[Any]


def weighted_mean(values: Sequence[Any], counts: Sequence[Any] | None = None) -> Any:
    """The mean of the values, each counted as often as `counts` says (once if it is None)."""
    counts = [fmpq(1)] * len(values) if counts is None else counts
    total = sum((c * v for c, v in zip(counts, values, strict=True)), fmpq(0))
    return total / sum(counts, fmpq(0))


def _scores(w: Vector, z: Sequence[Vector], eps: Any) -> tuple[list[Any], list[tuple[Any, ...]]]:
    length = norm(w)
    s = [sigmoid(eps * length - dot(w, row)) for row in z]
    return s, [subtract(row, scale(eps / length, w)) for row in z]


def robust_loss(w: Vector, z: Sequence[Vector], eps: Any, counts: Any = None) -> Any:
    """mean log(1 + exp(eps ||w|| - w.z_n))."""
    length = norm(w)
    return weighted_mean([softplus(eps * length - dot(w, row)) for row in z], counts)


def robust_gradient(w: Vector, z: Sequence[Vector], eps: Any, counts: Any = None) -> tuple:
    """-mean s_n u_n, w != 0."""
    s, u = _scores(w, z, eps)
    parts = [scale(-a, row) for a, row in zip(s, u, strict=True)]
    return tuple(weighted_mean(column, counts) for column in zip(*parts, strict=True))


def detached_hessian(w: Vector, z: Sequence[Vector], eps: Any, counts: Any = None) -> tuple:
    """mean s_n (1 - s_n) u_n u_n^T."""
    s, u = _scores(w, z, eps)
    d = len(w)

    def entry(i: int, j: int) -> Any:
        terms = [a * (1 - a) * row[i] * row[j] for a, row in zip(s, u, strict=True)]
        return weighted_mean(terms, counts)

    return tuple(tuple(entry(i, j) for j in range(d)) for i in range(d))


def projector_coefficient(w: Vector, z: Sequence[Vector], eps: Any, counts: Any = None) -> Any:
    """eps mean(s_n) / ||w||."""
    return eps * weighted_mean(_scores(w, z, eps)[0], counts) / norm(w)


def identity_minus_projector(w: Vector) -> tuple:
    """I - w w^T / ||w||^2, rational for rational w.

    >>> identity_minus_projector((3, 4))
    ((16/25, -12/25), (-12/25, 9/25))
    """
    square = dot(w, w)
    d = range(len(w))
    return tuple(tuple((i == j) - w[i] * w[j] / square for j in d) for i in d)


def robust_hessian(w: Vector, z: Sequence[Vector], eps: Any, counts: Any = None) -> tuple:
    """A + c P, w != 0."""
    a, c = detached_hessian(w, z, eps, counts), projector_coefficient(w, z, eps, counts)
    pairs = zip(a, identity_minus_projector(w), strict=True)
    return tuple(tuple(x + c * y for x, y in zip(r, q, strict=True)) for r, q in pairs)


def quadratic_form(matrix: Sequence[Vector], v: Vector) -> Any:
    """v^T M v."""
    return dot(v, [dot(row, v) for row in matrix])


def largest_eigenvalue(matrix: Sequence[Vector]) -> Any:
    """Of a symmetric matrix of order 1 or 2, or of a diagonal one; ValueError for others.

    >>> largest_eigenvalue(((2, 1), (1, 2)))
    3
    """
    d = len(matrix)
    if d == 1:
        return matrix[0][0]
    if d != 2:
        raise ValueError(f"eigenvalues are computed for order 1 and 2 only, got {d}")
    (a, b), (_, c) = matrix
    return (a + c + sqrt((a - c) ** 2 + 4 * b * b)) / 2


def directional(
    w: Vector, z: Sequence[Vector], eps: Any, v: Vector, counts: Any = None
) -> tuple[Any, Any, Any]:
    """f(0), f'(0), f''(0) of f(t) = F(w + t v), by the power series of sqrt, exp and log; w != 0.

    >>> value, slope, curvature = directional((3, 4), ((3, 4),), 5, (4, -3))
    >>> bool(abs(curvature - ball("25/2")) < 1e-10)  # (eps / 2 ||w||) v^T P v at w = z, eps = ||z||
    True
    """
    square = arb_series([ball(dot(w, w)), ball(2 * dot(w, v)), ball(dot(v, v))], 3)
    length = square.sqrt()
    total = arb_series([0], 3)
    counts = [fmpq(1)] * len(z) if counts is None else counts
    for row, count in zip(z, counts, strict=True):
        exponent = length * ball(eps) - arb_series([ball(dot(w, row)), ball(dot(v, row))], 3)
        total += (1 + exponent.exp()).log() * ball(count)
    total *= 1 / ball(sum(counts, fmpq(0)))
    return total[0], total[1], 2 * total[2]
