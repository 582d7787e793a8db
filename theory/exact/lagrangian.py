"""The Lagrangian of an L2 attack at exact points, and its bordered Hessian in three versions.

    J(mu, delta) = l(delta) - mu (||delta||_2 - eps),    l = g.delta + 1/2 delta'H delta

Second derivatives are read off truncated Taylor series along lines, so no formula for the matrix is
used; the matrix itself is built with any sign of the border and any power of the norm, to compare.

Source: Kanai et al., early (38), (39), (41), final (20), (22), (43).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flint import fmpq

from theory.exact import dot, matvec, norm, sqrt

__all__ = ["bordered_hessian", "second_derivative", "tangent_form"]

Vector = Sequence[Any]
Matrix = Sequence[Sequence[Any]]


def bordered_hessian(
    H: Matrix, delta: Vector, mu: Any, *, border: int = -1, power: int = 3
) -> tuple[tuple[Any, ...], ...]:
    """[[0, s n'], [s n, H - mu I/r + mu delta delta'/r^power]] with s = border, n = delta/r.

    Here r = ||delta||. border = -1, power = 3 is the true Hessian of J in (mu, delta); printed is
    border = +1, and in the early version power = 1. Rational if r is.

    >>> bordered_hessian(((0, 0), (0, 0)), (3, 4), 5)[0]
    (0, -3/5, -4/5)
    """
    r = norm(delta)
    unit = [border * x / r for x in delta]
    rows = [
        tuple(
            h - (mu / r if i == j else 0) + mu * delta[i] * delta[j] / r**power
            for j, h in enumerate(row)
        )
        for i, row in enumerate(H)
    ]
    return ((fmpq(0), *unit), *((unit[i], *row) for i, row in enumerate(rows)))


def second_derivative(
    H: Matrix, g: Vector, eps: Any, delta: Vector, mu: Any, direction: Vector
) -> Any:
    """d^2/ds^2 J(mu + s a, delta + s v) at s = 0 for direction = (a, v), from Taylor series.

    >>> second_derivative(((0, 0), (0, 0)), (0, 0), 1, (3, 4), 5, (1, 3, 4))
    -10
    """
    a, v = direction[0], direction[1:]
    loss = (
        dot(g, delta) + dot(delta, matvec(H, delta)) / 2,
        dot(g, v) + dot(delta, matvec(H, v)),
        dot(v, matvec(H, v)) / 2,
    )
    radius = _root((dot(delta, delta), 2 * dot(delta, v), dot(v, v)))
    gap = (radius[0] - eps, radius[1], radius[2])
    penalty = _product((mu, a, fmpq(0)), gap)
    return 2 * (loss[2] - penalty[2])


def tangent_form(H: Matrix, delta: Vector, mu: Any, v: Vector) -> Any:
    """<v, (H - mu I/r) v> for v orthogonal to delta: the curvature of l along the sphere.

    >>> tangent_form(((1, 0), (0, 1)), (2, 0), 4, (0, 1))
    -1
    """
    return dot(v, matvec(H, v)) - mu * dot(v, v) / norm(delta)


def _product(s: tuple[Any, Any, Any], t: tuple[Any, Any, Any]) -> tuple[Any, Any, Any]:
    return (s[0] * t[0], s[0] * t[1] + s[1] * t[0], s[0] * t[2] + s[1] * t[1] + s[2] * t[0])


def _root(s: tuple[Any, Any, Any]) -> tuple[Any, Any, Any]:
    """The square root of s0 + s1 t + s2 t^2 up to t^2."""
    root = sqrt(s[0])
    first = s[1] / (2 * root)
    return (root, first, (s[2] - first * first) / (2 * root))
