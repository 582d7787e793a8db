"""The shortest perturbation that reaches a hyperplane inside a box, in each of the three norms.

By the KKT conditions every coordinate moves against ``sign(gap) w``: for L-infinity and L2 by
``min(lambda |w_i|^q, r_i)`` with q = 0 and q = 1, the room r_i that the box leaves in that
direction, and one number lambda to find; for L1 the coordinates of the largest ``|w_i|`` use up
their room, one after the other.

To find lambda the public code of FAB sorts the kinks ``r_i / |w_i|^q`` of every row. The sum to
solve is concave and piecewise linear, so Newton's method from the left ends at the root exactly,
mostly after fewer than ten passes over the row.
"""

from __future__ import annotations

from functools import partial

import jax
import jax.numpy as jnp
from jax import lax

from jaxat._sampling import Norm
from jaxat._typing import Array, Float

__all__ = ["reach_hyperplane"]


# Compiled on its own, because a loop outside jit would be compiled anew at every call.
@partial(jax.jit, static_argnums=0)
def reach_hyperplane(
    norm: Norm,
    w: Float[Array, " d"],
    gap: Float[Array, ""],
    below: Float[Array, " d"],
    above: Float[Array, " d"],
) -> Float[Array, " d"]:
    """Return ``argmin ||u|| subject to <w, u> = -gap, below <= u <= above``.

    The room contains 0: ``below <= 0 <= above``, infinite without a box. If no such u exists, the
    u in the box with ``<w, u>`` nearest to ``-gap``; coordinates with ``w_i = 0`` stay. For L1
    coordinates of equal ``|w_i|`` are used in their order.

    >>> free = jnp.full(2, jnp.inf)
    >>> w, gap = jnp.array([3.0, -1.0]), jnp.array(2.0)
    >>> reach_hyperplane("linf", w, gap, -free, free).tolist()
    [-0.5, 0.5]
    >>> reach_hyperplane("linf", w, gap, jnp.array([-0.25, -1.0]), free).tolist()
    [-0.25, 1.25]
    """
    sign = jnp.where(gap >= 0, 1, -1).astype(w.dtype)
    direction = -sign * jnp.sign(w)
    room = jnp.where(direction > 0, above, -below)
    gap, size = jnp.abs(gap), jnp.abs(w)
    # In units of the largest coordinate no square underflows, whatever the scale of the logits.
    top = jnp.max(size, initial=0)
    scale = jnp.where(top > 0, top, 1)
    size, gap = size / scale, gap / scale
    if norm == "l1":
        length = _largest_first(size, room, gap)
    else:
        power = size if norm == "l2" else jnp.ones_like(size)
        kink = jnp.where(size > 0, room / jnp.where(size > 0, power, 1), 0)
        kink = jnp.minimum(kink, jnp.finfo(w.dtype).max)
        length = jnp.minimum(_newton(size * power, kink, gap) * power, room)
    return direction * jnp.where(size > 0, length, 0)


def _newton(slope: Array, kink: Array, gap: Array) -> Array:
    """The root of ``sum_i slope_i min(lambda, kink_i) = gap``; infinite where there is none."""

    def newton(root: Array) -> Array:
        full = kink <= root
        rest = gap - jnp.sum(jnp.where(full, slope * kink, 0))
        free = jnp.sum(jnp.where(full, 0, slope))
        step = rest / jnp.where(free > 0, free, 1)
        beyond = jnp.where(rest > 0, jnp.inf, root)
        # Never back: rounding cannot make the loop go in circles.
        return jnp.maximum(root, jnp.where(free > 0, step, beyond))

    def moved(ends: tuple[Array, Array]) -> Array:
        # False for a NaN, which ends the loop and stays to be seen.
        return ends[1] > ends[0]

    def step(ends: tuple[Array, Array]) -> tuple[Array, Array]:
        return ends[1], newton(ends[1])

    start = jnp.zeros_like(gap)
    return lax.while_loop(moved, step, (start, newton(start)))[1]


def _largest_first(size: Array, room: Array, gap: Array) -> Array:
    """Lengths that use up the room of the largest ``size`` first, until ``<size, u> = gap``."""
    order = jnp.argsort(-size, stable=True)
    gains = jnp.where(size > 0, size * room, 0)[order]
    # Where a coordinate starts: what those before it close. (A sum less its last term would be
    # inf - inf without a box.)
    before = jnp.concatenate([jnp.zeros_like(gains[:1]), jnp.cumsum(gains)[:-1]])
    rest = jnp.maximum(gap - before, 0) / jnp.where(size > 0, size, 1)[order]
    return jnp.minimum(jnp.zeros_like(room).at[order].set(rest), room)
