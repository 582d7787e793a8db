"""The linear logistic model under attack at exact points: the exact counterpart of `adversarial`.

    h = -y theta.x + eps ||theta||_q,   l_eps = softplus(h),   grad l_eps = sigma(h) (-y x + eps v)

with v the subgradient of ||.||_q of smallest norm, 1/p + 1/q = 1. Everything stays rational
as long as it can (for p = 1 and p = inf all but sigma and softplus) and becomes a ball elsewhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import inf
from typing import Any

from flint import acb_mat, arb, fmpq

from theory.exact import (
    Point,
    Vector,
    add,
    ball,
    dot,
    dual,
    norm,
    scale,
    sigmoid,
    sign,
    softplus,
    sqrt,
)

__all__ = [
    "example",
    "gradient",
    "largest_eigenvalue",
    "largest_input",
    "logit",
    "loss",
    "mean_gradient",
    "mean_loss",
    "samples",
    "signs",
    "steepest",
]


def signs(theta: Vector) -> tuple[int, ...]:
    """The sign of every coordinate, 0 at 0.

    >>> from theory.exact import parse_point
    >>> signs(parse_point({"theta": "(2, 0, -1/3)"})["theta"])
    (1, 0, -1)
    """
    return tuple(sign(t) for t in theta)


def steepest(theta: Vector, p: Any) -> tuple[Any, ...]:
    """The subgradient of ||.||_q at theta of smallest Euclidean norm; 0 at theta = 0.

    >>> from theory.exact import rational
    >>> steepest((rational(3), rational(-4)), 2)
    (3/5, -4/5)
    """
    q = dual(p)
    if q == 1 or all(t == 0 for t in theta):
        return signs(theta)
    if q == inf:
        top = norm(theta, inf)
        ties = sum(abs(t) == top for t in theta)
        return tuple(fmpq(sign(t), ties) if abs(t) == top else fmpq(0) for t in theta)
    size = norm(theta, q)
    if q == 2:
        return tuple(t / size for t in theta)
    return tuple(fmpq(0) if t == 0 else sign(t) * ball(abs(t) / size) ** ball(q - 1) for t in theta)


def example(theta: Vector, x: Vector, y: Any, eps: Any, p: Any) -> tuple[Any, ...]:
    """x' = x - y eps v, the adversarial example.

    >>> from theory.exact import rational
    >>> example((rational(1), rational(-2)), (0, 0), -1, rational("3/5"), inf)
    (3/5, -3/5)
    """
    return add(x, scale(-y * eps, steepest(theta, p)))


def logit(theta: Vector, x: Vector, y: Any, eps: Any, p: Any) -> Any:
    """h = -y theta.x + eps ||theta||_q."""
    return -y * dot(theta, x) + eps * norm(theta, dual(p))


def loss(theta: Vector, x: Vector, y: Any, eps: Any, p: Any) -> Any:
    """softplus(h), the largest logistic loss over ||delta||_p <= eps."""
    return softplus(logit(theta, x, y, eps, p))


def gradient(theta: Vector, x: Vector, y: Any, eps: Any, p: Any) -> tuple[Any, ...]:
    """-y sigma(h) x', the gradient of `loss` in theta where there is one.

    >>> gradient((0, 0), (-1, 1), 1, 1, 2)
    (1/2, -1/2)
    """
    weight = sigmoid(logit(theta, x, y, eps, p))
    return scale(-y * weight, example(theta, x, y, eps, p))


def samples(point: Point) -> list[tuple[Vector, Any]]:
    """The data (x, y) of a point: one sample, or "x" and "y" tuples of as many.

    >>> from theory.exact import parse_point
    >>> samples(parse_point({"x": "((1, 0), (0, 2))", "y": "(1, -1)"}))
    [((1, 0), 1), ((0, 2), -1)]
    """
    x, y = point["x"], point["y"]
    return list(zip(x, y, strict=True)) if isinstance(y, tuple) else [(x, y)]


def _mean(values: Sequence[Any]) -> Any:
    return sum(values[1:], values[0]) / len(values)


def mean_loss(point: Point, theta: Vector, p: Any = None) -> Any:
    """L_eps(theta), the mean of `loss` over the point's data."""
    p = point["p"] if p is None else p
    return _mean([loss(theta, x, y, point["eps"], p) for x, y in samples(point)])


def mean_gradient(point: Point, theta: Vector, p: Any = None) -> tuple[Any, ...]:
    """The mean of `gradient` over the point's data."""
    p = point["p"] if p is None else p
    rows = [gradient(theta, x, y, point["eps"], p) for x, y in samples(point)]
    return tuple(_mean(column) for column in zip(*rows, strict=True))


def largest_input(point: Point, p: Any = None) -> Any:
    """R + eps D with R = max ||x_n||, D = max ||v||_2 over ||v||_p <= 1 (sqrt(d) for p = inf)."""
    p = point["p"] if p is None else p
    d = len(samples(point)[0][0])
    longest = norm([norm(x) for x, _ in samples(point)], inf)
    stretch = sqrt(d) if p == inf else ball(d) ** (ball(1) / 2 - 1 / ball(p)) if p > 2 else fmpq(1)
    return longest + point["eps"] * stretch


def largest_eigenvalue(matrix: Sequence[Vector]) -> Any:
    """The largest eigenvalue of a symmetric matrix: rational or in closed form up to 2 x 2.

    >>> largest_eigenvalue([(2, 1), (1, 2)])
    3
    """
    if len(matrix) == 1:
        return matrix[0][0]
    if len(matrix) == 2:
        (a, b), (_, d) = matrix
        return (a + d + sqrt((a - d) * (a - d) + 4 * b * b)) / 2
    values = acb_mat([[ball(entry) for entry in row] for row in matrix]).eig(multiple=True)
    largest: arb = values[0].real
    for value in values[1:]:
        largest = largest.max(value.real)
    return largest
