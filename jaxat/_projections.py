"""Euclidean projections of one perturbation onto a ball, or onto a ball and a box at once.

All take a flat vector `v` and the room `c >= 0` that the box leaves each coordinate in the
direction in which v points (infinite without a box), and return the nearest point. By the KKT
conditions it is ``sign(v) * min(s |v|, c)`` for the L2 ball and ``sign(v) * clip(|v| - tau, 0, c)``
for the L1 ball, with one number to find; its equation is piecewise linear, so it is solved exactly.
"""

from __future__ import annotations

import math
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax

from jaxat._typing import Array, Float

__all__ = ["l1_project", "l2_length", "l2_project"]


def l2_length(v: Float[Array, " d"]) -> Float[Array, ""]:
    """Return ``||v||_2`` without overflow or underflow of the squares.

    >>> float(l2_length(jnp.array([3e-30, 4e-30])) / 5e-30) > 0.999
    True
    """
    largest = jnp.max(jnp.abs(v), initial=0)
    scale = jnp.where(largest > 0, largest, 1)
    return scale * jnp.sqrt(jnp.sum((v / scale) ** 2))


# Compiled on their own, because a loop outside jit would be compiled anew at every call.
@jax.jit
def l2_project(
    v: Float[Array, " d"], room: Float[Array, " d"], eps: Float[Array, ""]
) -> Float[Array, " d"]:
    """Return the point nearest to v in ``{u : ||u||_2 <= eps, |u_i| <= c_i where u_i v_i > 0}``.

    With ``t = s^2``, ``h(t) = sum_i min(t v_i^2, c_i^2)`` is concave and piecewise linear, so
    Newton's method from the left never passes the root of ``h(t) = eps^2`` and stops at it, after
    as many steps as the set of clipped coordinates changes (mostly fewer than ten).

    >>> room = jnp.array([1.0, jnp.inf])
    >>> print(l2_project(jnp.array([6.0, 8.0]), room, jnp.array(2.0)).round(4))
    [1.     1.7321]
    """
    boxed = jnp.minimum(jnp.abs(v), room)
    # In units of the longest coordinate and of eps nothing overflows, and eps = 0 needs no care.
    top = jnp.max(jnp.abs(v), initial=0)
    scale, radius = jnp.where(top > 0, top, 1), jnp.where(eps > 0, eps, 1)
    a2, c2 = (v / scale) ** 2, (room / radius) ** 2

    def newton(clipped: Array) -> Array:
        rest = 1 - jnp.sum(jnp.where(clipped, c2, 0))
        free = jnp.sum(jnp.where(clipped, 0, a2))
        return jnp.maximum(rest, 0) / jnp.where(free > 0, free, 1)

    def changes(carry: tuple[Array, Array]) -> Array:
        clipped, t = carry
        return jnp.any((t * a2 > c2) & ~clipped)

    def step(carry: tuple[Array, Array]) -> tuple[Array, Array]:
        clipped = carry[0] | (carry[1] * a2 > c2)
        return clipped, newton(clipped)

    # What is clipped stays clipped, so rounding cannot make the loop go in circles. A box that cuts
    # nothing off needs no step; a point that the box alone puts inside the ball needs no ball.
    inside = l2_length(boxed) <= eps
    start = jnp.zeros(v.shape, bool) | inside
    _, t = lax.while_loop(changes, step, (start, newton(start)))
    factor = jnp.sqrt(t) * (eps / scale)
    return jnp.sign(v) * jnp.where(inside, boxed, jnp.minimum(factor * jnp.abs(v), room))


@jax.jit
def l1_project(
    v: Float[Array, " d"], room: Float[Array, " d"], eps: Float[Array, ""]
) -> Float[Array, " d"]:
    """Return the point nearest to v in ``{u : ||u||_1 <= eps, |u_i| <= c_i where u_i v_i > 0}``.

    ``sum_i clip(|v_i| - tau, 0, c_i)`` falls from that of the box to 0 and is linear between the
    points ``|v_i|`` and ``|v_i| - c_i``: they are sorted, halved until one interval is left, and
    the equation is solved there (Croce and Hein, "Mind the Box: l1-APGD for Sparse Adversarial
    Attacks on Image Classifiers", 2021, have the same projection).

    >>> room = jnp.array([1.0, jnp.inf])
    >>> l1_project(jnp.array([6.0, 8.0]), room, jnp.array(4.0)).tolist()
    [1.0, 3.0]
    """
    size = jnp.abs(v)

    def excess(tau: Array) -> Array:
        return jnp.sum(jnp.clip(size - tau, 0, room)) - eps

    kinks = jnp.sort(jnp.maximum(jnp.concatenate([size, size - room, jnp.zeros(1, v.dtype)]), 0))

    # Invariant: excess(kinks[low]) > 0 >= excess(kinks[high]).
    def halve(_: Any, ends: tuple[Array, Array]) -> tuple[Array, Array]:
        low, high = ends
        middle = (low + high) // 2
        above = excess(kinks[middle]) > 0
        return jnp.where(above, middle, low), jnp.where(above, high, middle)

    count = kinks.size
    ends = (jnp.zeros((), jnp.int32), jnp.asarray(count - 1, jnp.int32))
    low, high = lax.fori_loop(0, math.ceil(math.log2(max(count, 2))), halve, ends)
    left, right = kinks[low], kinks[high]
    # Over the last interval every coordinate is at 0, at its room, or on its slope of one.
    sloped = (size >= right) & (size - room <= left)
    full = size - room >= right
    slopes = jnp.sum(sloped)
    total = jnp.sum(jnp.where(sloped, size, 0)) + jnp.sum(jnp.where(full, room, 0))
    tau = jnp.clip((total - eps) / jnp.maximum(slopes, 1), left, right)
    inside = excess(jnp.zeros_like(eps)) <= 0
    return jnp.sign(v) * jnp.clip(size - jnp.where(inside, 0, tau), 0, room)
