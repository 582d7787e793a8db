"""JAX primitives that combine entries of arrays of balls: choice, sums, extremes, products.

The conventions for arrays are those of `theory.balls.primitives`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce
from typing import Any

import numpy as np
from flint import arb

from theory.balls.algebra import BallAlgebra
from theory.rigorous.arithmetic import hull, to_ball

__all__ = ["as_balls", "balls_of", "cumulative_sum", "dot_general", "each", "fold", "select"]


def balls_of(values: Any) -> np.ndarray:
    """An object array with a *fresh* ball for every entry: no two unknowns share an object."""
    array = np.asarray(values, dtype=object)
    out = np.empty(array.shape, dtype=object)
    for index in np.ndindex(array.shape):
        out[index] = to_ball(array[index])
    return out


def as_balls(x: np.ndarray) -> np.ndarray:
    """`x` itself if it holds objects, else exact balls of its integers."""
    return x if x.dtype == object else balls_of(x)


def each(f: Callable[..., Any], *arrays: np.ndarray) -> np.ndarray:
    """f of corresponding entries, with broadcasting of scalars."""
    return np.asarray(np.frompyfunc(f, len(arrays), 1)(*arrays), dtype=object)


def select(which: np.ndarray, *cases: np.ndarray) -> np.ndarray:
    """Entries of `cases` by index or truth value; the hull of all cases where undecided."""
    boxes = [as_balls(case) for case in cases]
    whole = np.broadcast_to(which, boxes[0].shape)
    out = np.empty(boxes[0].shape, dtype=object)
    for index in np.ndindex(out.shape):
        choice: Any = whole[index]
        options: list[Any] = [box[index] for box in boxes]
        if choice is not None:
            out[index] = options[int(choice)]
        elif all(isinstance(option, arb) for option in options):
            first = options[0]
            out[index] = first if all(o is first for o in options) else hull(*options)
        else:
            out[index] = options[0] if len(set(options)) == 1 else None
    return out


def fold(combine: Callable[[Any, Any], Any], x: np.ndarray, axes: Sequence[int]) -> np.ndarray:
    """Combine the entries along `axes`, none of which may be empty."""
    kept = [axis for axis in range(x.ndim) if axis not in axes]
    rows = np.transpose(x, (*kept, *axes)).reshape(
        [*(x.shape[axis] for axis in kept), int(np.prod([x.shape[axis] for axis in axes]))]
    )
    out = np.empty(rows.shape[:-1], dtype=object)
    for index in np.ndindex(out.shape):
        out[index] = reduce(combine, rows[index])
    return out


def cumulative_sum(
    algebra: BallAlgebra, x: np.ndarray, axis: int, reverse: bool = False
) -> np.ndarray:
    """Partial sums along `axis`, from the far end if `reverse`."""
    moved = np.moveaxis(as_balls(x), axis, 0)
    sums = (moved[::-1] if reverse else moved).copy()
    for k in range(1, len(sums)):
        sums[k, ...] = each(algebra.add, sums[k - 1, ...], sums[k, ...])
    return np.moveaxis(sums[::-1] if reverse else sums, 0, axis)


def dot_general(
    algebra: BallAlgebra, x: np.ndarray, y: np.ndarray, dimension_numbers: Any
) -> np.ndarray:
    """The generalised matrix product of ``jax.lax.dot_general``."""
    (cx, cy), (bx, by) = dimension_numbers
    fx = [a for a in range(x.ndim) if a not in (*cx, *bx)]
    fy = [a for a in range(y.ndim) if a not in (*cy, *by)]
    batch = [x.shape[a] for a in bx]
    left = np.transpose(as_balls(x), (*bx, *fx, *cx)).reshape(
        [*batch, int(np.prod([x.shape[a] for a in fx])), -1]
    )
    right = np.transpose(as_balls(y), (*by, *fy, *cy)).reshape(
        [*batch, int(np.prod([y.shape[a] for a in fy])), -1]
    )
    out = np.empty([*batch, left.shape[-2], right.shape[-2]], dtype=object)
    for index in np.ndindex(out.shape):
        *b, i, j = index
        terms = map(algebra.mul, left[(*b, i)], right[(*b, j)])
        out[index] = reduce(algebra.add, terms, arb(0))
    return out.reshape([*batch, *(x.shape[a] for a in fx), *(y.shape[a] for a in fy)])
