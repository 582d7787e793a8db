"""Kinks from both sides: automatic differentiation never says that a derivative does not exist.

At a kink `jax.grad` returns one of the one-sided gradients, or their mean, without a word. So every
smoothness check compares the gradients at theta - h u and theta + h u for shrinking h. For a loss
with a Lipschitz gradient the difference is at most 2 L h and shrinks with h; at a kink it stays.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import jax
import numpy as np

from theory.precision import require_x64

if TYPE_CHECKING:
    from jax import Array
    from numpy.typing import ArrayLike

__all__ = ["GradientJump", "gradient_jump", "is_kink", "two_sided_gradients"]

Loss = Callable[["Array"], "Array"]


@dataclass(frozen=True, eq=False)
class GradientJump:
    """The gradient on both sides of a point, for shrinking distances.

    ``jumps[i]`` is ||grad(theta + hs[i] u) - grad(theta - hs[i] u)||. ``limit`` is the jump
    extrapolated to h = 0: the vector jumps at the two smallest distances continued as J + c h,
    which is exact for a kink between quadratics. ``order`` is the rate at which jumps shrink,
    log(jump) against log(h) between the two smallest distances: 1 for a Lipschitz gradient, 1/2
    for |t|^(3/2), 0 for a kink; infinite when there is no jump at all. ``kink``: the limit is not
    zero and the order is below 1/4.
    """

    hs: tuple[float, ...]
    jumps: np.ndarray
    limit: np.ndarray
    order: float
    kink: bool


def _direction(theta: ArrayLike, direction: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    require_x64()
    point, u = np.asarray(theta, float), np.asarray(direction, float)
    if point.ndim != 1 or point.shape != u.shape:
        raise ValueError(
            f"theta and direction are vectors of one shape; got {point.shape} and {u.shape}"
        )
    norm = float(np.linalg.norm(u))
    if not (np.isfinite(norm) and norm > 0):
        raise ValueError(f"the direction must be finite and not zero; got {u.tolist()}")
    return point, u / norm


def _gradients(loss: Loss, points: np.ndarray) -> np.ndarray:
    # Compiled at once but hardly optimised: there are few points, and each loss is met once.
    options = {"xla_backend_optimization_level": 0}
    gradients = np.asarray(jax.jit(jax.vmap(jax.grad(loss)), compiler_options=options)(points))
    finite = np.isfinite(gradients).all(axis=1)
    if not finite.all():
        raise ValueError(
            f"the gradient is not finite at {points[~finite][0].tolist()}; guard the loss there "
            "(a norm at 0, a logarithm at 0) or choose another direction"
        )
    return gradients


def two_sided_gradients(
    loss: Loss, theta: ArrayLike, direction: ArrayLike, h: float = 1e-6
) -> tuple[np.ndarray, np.ndarray]:
    """Return the gradients of ``loss`` at theta - h u and theta + h u, u = direction / ||.||.

    ``loss`` maps a vector of shape (k,) to a scalar; ``theta`` and ``direction`` have that shape.

    >>> import jax.numpy as jnp
    >>> left, right = two_sided_gradients(lambda t: jnp.sum(jnp.abs(t)), [0.0, 2.0], [1.0, 0.0])
    >>> left.tolist(), right.tolist()
    ([-1.0, 1.0], [1.0, 1.0])
    """
    if not h > 0:
        raise ValueError(f"the distance h must be positive; got {h=}")
    point, u = _direction(theta, direction)
    left, right = _gradients(loss, np.stack([point - h * u, point + h * u]))
    return left, right


def gradient_jump(
    loss: Loss,
    theta: ArrayLike,
    direction: ArrayLike,
    hs: Sequence[float] = (1e-4, 1e-6, 1e-8),
    *,
    tolerance: float = 1e-6,
) -> GradientJump:
    """Measure the jump of the gradient across ``theta`` along ``direction``.

    A jump counts as zero below ``tolerance`` * max(1, largest gradient met). The point must lie on
    the kink to within the smallest distance, and the direction must cross it: no jump along one
    direction says nothing of the others.

    Raises
    ------
    ValueError
        If ``hs`` are not at least two positive, falling distances; if they are lost in the
        rounding of theta; if a gradient is not finite.

    >>> import jax.numpy as jnp
    >>> jump = gradient_jump(lambda t: jnp.abs(t[0]) + 50.0 * t[0] ** 2, [0.0], [1.0])
    >>> jump.kink, jump.limit.round(9).tolist()
    (True, [2.0])
    >>> gradient_jump(lambda t: 50.0 * t[0] ** 2, [0.0], [1.0]).kink
    False
    """
    (jump,) = _jumps(loss, theta, [direction], hs, tolerance)
    return jump


def is_kink(
    loss: Loss,
    theta: ArrayLike,
    directions: ArrayLike | None = None,
    *,
    hs: Sequence[float] = (1e-4, 1e-6, 1e-8),
    tolerance: float = 1e-6,
) -> bool:
    """Return whether the gradient of ``loss`` jumps across ``theta`` in one of ``directions``.

    ``directions`` has shape (n, k) or (k,). Without them: every coordinate axis, and four seeded
    random directions, which cross any given smooth surface of kinks with probability one.

    >>> import jax.numpy as jnp
    >>> is_kink(lambda t: jnp.abs(t[0] - t[1]), [1.0, 1.0])
    True
    >>> is_kink(lambda t: jnp.log1p(jnp.exp(t[0] - t[1])), [1.0, 1.0])
    False
    """
    k = np.asarray(theta).size
    if directions is None:
        random = np.random.default_rng(0).standard_normal((4, k))
        directions = np.concatenate([np.eye(k), random])
    rows = list(np.atleast_2d(np.asarray(directions, float)))
    return any(jump.kink for jump in _jumps(loss, theta, rows, hs, tolerance))


def _jumps(
    loss: Loss,
    theta: ArrayLike,
    directions: Sequence[ArrayLike],
    hs: Sequence[float],
    tolerance: float,
) -> list[GradientJump]:
    distances = np.asarray(hs, float)
    if len(distances) < 2 or not (np.all(distances > 0) and np.all(np.diff(distances) < 0)):
        raise ValueError(f"hs must be at least two falling positive distances; got {tuple(hs)}")
    point, units = np.asarray(theta, float), []
    for direction in directions:
        point, u = _direction(theta, direction)
        moved = np.abs(u) > 1e-3
        if np.any(np.spacing(np.abs(point[moved])) > 0.1 * np.abs(distances[-1] * u[moved])):
            raise ValueError(
                f"the distance {distances[-1]} is lost in the rounding of theta = "
                f"{point.tolist()}; use larger hs or rescale the problem"
            )
        units.append(u)
    steps = np.asarray(units)[:, None, :] * distances[:, None]
    points = np.stack([point - steps, point + steps])
    left, right = _gradients(loss, points.reshape(-1, point.size)).reshape(points.shape)
    sizes = np.linalg.norm(np.stack([left, right]), axis=-1).max(axis=(0, 2))
    return [
        _judge(distances, vectors, tolerance * max(1.0, float(size)))
        for vectors, size in zip(right - left, sizes, strict=True)
    ]


def _judge(distances: np.ndarray, vectors: np.ndarray, zero: float) -> GradientJump:
    jumps = np.linalg.norm(vectors, axis=1)
    far, near = distances[-2:]
    limit = (vectors[-1] * far - vectors[-2] * near) / (far - near)
    order = float("inf")
    if jumps[-1] > 0:
        order = float(np.log(max(jumps[-2], 1e-300) / jumps[-1]) / np.log(far / near))
    kink = bool(np.linalg.norm(limit) > zero and order < 0.25)
    return GradientJump(tuple(map(float, distances)), jumps, limit, order, kink)
