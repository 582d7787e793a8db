"""A quadrature rule on a tensor grid of nodes: the integral, its mean and its covariance."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array, lax

__all__ = ["Moments", "loss_on_grid", "moments"]

# Loss values are asked for in batches of fixed size, so that XLA compiles each operation once.
BATCH = 16384


def loss_on_grid(loss: Callable[[Array], Any], axes: Sequence[Any], known: bool) -> Array:
    """Evaluate the loss on the tensor grid of the axes, shape (len(t_1), ..., len(t_m)).

    known: whether the axes are NumPy arrays rather than traced values.

    >>> values = loss_on_grid(jnp.sum, [np.arange(2.0), np.arange(3.0)], known=True)
    >>> values.tolist()
    [[0.0, 1.0, 2.0], [1.0, 2.0, 3.0]]
    """
    shape = tuple(len(axis) for axis in axes)
    xp: Any = np if known else jnp
    points = xp.stack(xp.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, len(axes))
    batched = jax.vmap(loss)
    if not known:
        return batched(points).reshape(shape)
    size = math.prod(shape)
    batch = BATCH if size > BATCH // 8 else BATCH // 8
    padded = np.concatenate([points, np.repeat(points[-1:], -size % batch, axis=0)])
    values = [batched(jnp.asarray(part)) for part in padded.reshape(-1, batch, len(axes))]
    return jnp.concatenate(values)[:size].reshape(shape)


class Moments(NamedTuple):
    """F (), shift = E - theta (m,), covariance (m, m), least energy on the nodes and on their edge.

    The covariance is accumulated around the mean, so that it has no cancellation.
    """

    F: Array
    shift: Array
    covariance: Array
    least: Array
    edge: Array


@jax.jit
def moments(
    theta: Array,
    gamma: Array,
    beta: Array,
    nodes: Sequence[Array],
    weights: Sequence[Array],
    losses: Array,
) -> Moments:
    """Sum the rule with these nodes and weights, one array an axis, and the losses on their grid.

    >>> nodes, weights = [jnp.array([-1.0, 1.0])], [jnp.array([1.0, 1.0])]
    >>> result = moments(jnp.zeros(1), jnp.array(1.0), jnp.array(2.0), nodes, weights, jnp.zeros(2))
    >>> round(float(result.F), 12), float(result.covariance[0, 0])
    (-0.30685281944, 1.0)
    """
    m = losses.ndim
    # Offset i varies along axis i of the tensor grid alone: shape (1, .., n_i, .., 1).
    offsets = [_along(t - theta[i], i, m) for i, t in enumerate(nodes)]
    squares = sum(offset**2 for offset in offsets)
    energies = beta * losses + 0.5 * beta * gamma * squares
    least = lax.stop_gradient(jnp.min(energies))
    mass = jnp.exp(least - energies)
    for i, axis_weights in enumerate(weights):
        mass = mass * _along(axis_weights, i, m)
    total = _total(mass)
    share = mass / total
    shift = [_total(share * offset) for offset in offsets]
    around = [offset - mean for offset, mean in zip(offsets, shift, strict=True)]
    covariance = [[_total(share * (a * b)) for b in around] for a in around]
    faces = [jnp.min(jnp.take(energies, np.array([0, -1]), axis=i)) for i in range(m)]
    return Moments(
        F=jnp.log(total) - least,
        shift=jnp.stack(shift),
        covariance=jnp.stack([jnp.stack(row) for row in covariance]),
        least=least,
        edge=lax.stop_gradient(jnp.min(jnp.stack(faces))),
    )


def _along(vector: Array, axis: int, m: int) -> Array:
    return vector.reshape(tuple(-1 if i == axis else 1 for i in range(m)))


def _total(grid: Array) -> Array:
    # Axis by axis: one long reduction would lose digits in proportion to its length.
    for _ in range(grid.ndim):
        grid = jnp.sum(grid, axis=-1)
    return grid
