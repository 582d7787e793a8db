"""Exact points of Lemma 5: attacks of quadratic losses on the sphere, with their multipliers.

A point names a quadratic loss (theory.exact.models), eps, and parameters theta_1, theta_2 with the
attacks delta_i and multipliers mu_i. What holds along the whole segment between the parameters is
decided where that is possible in rationals, and left undecided elsewhere.

Source: Kanai et al., Lemma 5.
"""

from __future__ import annotations

from typing import Any

from flint import fmpq

from theory.exact import Point, add, dot, matvec, norm, scale, subtract
from theory.exact.lagrangian import bordered_hessian
from theory.exact.matrix import (
    diagonal,
    identity,
    multiply,
    positive_semidefinite,
    scaled,
    singular_values_at_least,
    summed,
    transpose,
)
from theory.exact.models import trust_region_maximum

__all__ = [
    "bordered_at",
    "bordered_curvature",
    "maxima_on_ball",
    "on_sphere",
    "tangential_curvature",
]


def maxima_on_ball(point: Point) -> bool:
    """Whether delta_1 and delta_2 are global maxima over ||x'||_2 <= eps with multipliers mu_i."""
    return all(
        trust_region_maximum(point, point[f"theta_{i}"], point[f"delta_{i}"], point[f"mu_{i}"])
        for i in (1, 2)
    )


def on_sphere(point: Point, i: int) -> bool:
    """Whether ||delta_i||_2 = eps."""
    return norm(point[f"delta_{i}"]) == point["eps"]


def bordered_at(point: Point, i: int) -> tuple[tuple[Any, ...], ...]:
    """The true bordered Hessian at (mu_i, delta_i)."""
    return bordered_hessian(point["H"], point[f"delta_{i}"], point[f"mu_{i}"])


def bordered_curvature(point: Point) -> bool | None:
    """Whether every singular value of the bordered Hessian is >= c > 0 along the branch.

    Decided in two cases: a constant matrix (mu = 0 and one direction of the attack all along), and
    H = h I, where the matrix splits into [[0, -1], [-1, h]] and (h - nu) I on the tangent space,
    eps (nu - h) = ||g + B'theta||, which is least at a point of the segment that is computed.
    """
    c = fmpq(1) * point["c"]
    ends = all(c > 0 and singular_values_at_least(bordered_at(point, i), c) for i in (1, 2))
    if not ends:
        return False
    if _released(point):
        return True
    return True if _isotropic(point) and _force_squared(point) >= (c * point["eps"]) ** 2 else None


def tangential_curvature(point: Point) -> bool | None:
    """Whether H_t <= -c_t < 0 along the branch, H_t the tangential part of H - (mu/eps) I.

    Decided for H = h I, and where mu = 0 and the attack keeps its direction; else only the ends
    are looked at, and the answer is False or None.
    """
    c_t = fmpq(1) * point["c_t"]
    if c_t <= 0:
        return False
    if _isotropic(point):
        return _force_squared(point) >= (c_t * point["eps"]) ** 2
    if not _ends_curved(point, c_t):
        return False
    return True if _released(point) else None


def _ends_curved(point: Point, c_t: fmpq) -> bool:
    for i in (1, 2):
        delta, nu = point[f"delta_{i}"], fmpq(1) * point[f"mu_{i}"] / point["eps"]
        gap = summed(diagonal([nu - c_t] * len(delta)), scaled(-1, point["H"]))
        normal = tuple(tuple(-a * b / dot(delta, delta) for b in delta) for a in delta)
        tangent = summed(identity(len(delta)), normal)
        if not positive_semidefinite(multiply(tangent, multiply(gap, tangent))):
            return False
    return True


def _released(point: Point) -> bool:
    """Whether mu = 0 at both ends and the attacks have one direction: nothing changes between."""
    first, second = point["delta_1"], point["delta_2"]
    inner = dot(first, second)
    aligned = inner > 0 and inner * inner == dot(first, first) * dot(second, second)
    return point["mu_1"] == 0 == point["mu_2"] and aligned


def _isotropic(point: Point) -> bool:
    H = point["H"]
    return all(e == (H[0][0] if i == j else 0) for i, r in enumerate(H) for j, e in enumerate(r))


def _force_squared(point: Point) -> Any:
    """min ||g + B'theta||^2 over the segment from theta_1 to theta_2."""
    first, second = (
        add(matvec(transpose(point["B"]), point[f"theta_{i}"]), point["g"]) for i in (1, 2)
    )
    step = subtract(second, first)
    length = dot(step, step)
    t = -dot(first, step) / length if length else fmpq(0)
    nearest = add(first, scale(min(max(t, fmpq(0)), fmpq(1)), step))
    return dot(nearest, nearest)
