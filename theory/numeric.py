"""Worst-case search: is value / bound ever above 1, and how near to 1 does it come?

Gradient ascent from many seeded starts at once. What is reported is the largest value met at an
admissible point anywhere on the way, so that a start which diverges afterwards costs nothing. A
search proves nothing; it refutes (the returned point is the witness), or it supports with a
measured tightness.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import numpy as np

from theory.precision import require_x64
from theory.sampling import (
    in_annulus,
    in_ball,
    in_orthant,
    outside_ball,
    pair_starts,
    safe_norm,
    split_pair,
    starting_points,
)

if TYPE_CHECKING:
    from jax import Array
    from numpy.typing import ArrayLike

__all__ = [
    "Search",
    "in_annulus",
    "in_ball",
    "in_orthant",
    "lipschitz_ratio",
    "maximise_ratio",
    "outside_ball",
    "pair_starts",
    "relative_excess",
    "safe_norm",
    "split_pair",
    "starting_points",
]


@dataclass(frozen=True, eq=False)
class Search:
    """What a search found.

    ``best``: the largest ratio at an admissible point, NaN when there was none, so that no
    comparison with it succeeds. ``point``: where, shape (k,), in the search's own coordinates.
    ``tried``: evaluations; ``admissible``: those with a finite value at an admissible point;
    ``nonfinite``: those whose value was NaN or infinite. A start that gives NaN is counted in
    ``nonfinite`` at every step and can never be the best.
    """

    best: float
    point: np.ndarray
    admissible: int
    tried: int
    nonfinite: int


def maximise_ratio(
    ratio: Callable[..., Array],
    starts: ArrayLike,
    *,
    admissible: Callable[..., Array] | None = None,
    args: tuple[Any, ...] = (),
    steps: int = 300,
    learning_rate: float = 0.02,
    polish: bool = True,
    heavy: bool = False,
) -> Search:
    """Maximise ``ratio(z, *args)`` over z by Adam on its logarithm, from every row of ``starts``.

    Parameters
    ----------
    ratio
        JAX function of one point z of shape (k,) to a scalar, normally value / bound. The same
        function object with equal shapes is compiled once, so pass what varies (a radius, a data
        point) through ``args``.
    starts
        Starting points, shape (n, k).
    admissible
        JAX predicate of one point, called as ``admissible(z, *args)``; only where it is true can
        a point be the best.
    steps, learning_rate
        Adam steps per start and their first size; it falls linearly to zero. Every second start
        moves with a tenth of it, to stay long enough where it was put.
    polish
        Run a second ascent of the same length around the best point, at scales from 1e-1 to 1e-6.
    heavy
        Compile with full optimisation: slower to compile, two to four times faster to run. For a
        ratio that costs more than some ten microseconds a point (a quadrature, a large Hessian).

    Raises
    ------
    ValueError
        If ``starts`` is not a non-empty (n, k) array of numbers, or steps or learning_rate are
        not positive.

    >>> search = maximise_ratio(lambda z: jnp.exp(-jnp.sum((z - 1.0) ** 2)), np.zeros((4, 2)))
    >>> round(search.best, 9), search.point.round(4).tolist(), search.nonfinite
    (1.0, [1.0, 1.0], 0)
    """
    require_x64()
    start = np.asarray(starts, float)
    if start.ndim != 2 or 0 in start.shape:
        raise ValueError(f"starts must have shape (n, k), n, k >= 1; got shape {start.shape}")
    if steps < 1 or not learning_rate > 0:
        raise ValueError(f"steps and learning_rate are positive; got {steps=}, {learning_rate=}")
    n, k = start.shape
    evaluate = _evaluator(ratio, admissible, heavy)
    rates = learning_rate * np.where(np.arange(n) % 2, 0.1, 1.0)
    runs = [_ascend(evaluate, start, rates, steps, args)]
    if polish and np.isfinite(runs[0].best):
        scales = 10.0 ** np.linspace(-1.0, -6.0, n)
        # A seeded cloud around the best point, whose size falls from row to row.
        cloud = np.random.default_rng(0).standard_normal((n, k)) * scales[:, None]
        centre = runs[0].point
        around = centre + cloud * np.maximum(1e-3, np.abs(centre))
        runs.append(_ascend(evaluate, around, 0.5 * learning_rate * scales, steps, args))
    winner = max(runs, key=lambda run: run.best if np.isfinite(run.best) else -np.inf)
    return Search(
        best=winner.best,
        point=winner.point,
        admissible=sum(run.admissible for run in runs),
        tried=sum(run.tried for run in runs),
        nonfinite=sum(run.nonfinite for run in runs),
    )


@functools.lru_cache(maxsize=16)
def _evaluator(
    ratio: Callable[..., Array], admissible: Callable[..., Array] | None, heavy: bool
) -> Callable[..., tuple[Array, Array, Array]]:
    """Compile value, gradient and admissibility of a batch of points."""

    def one(z: Array, args: tuple[Any, ...]) -> tuple[Array, Array, Array]:
        value, grad = jax.value_and_grad(lambda z: ratio(z, *args))(z)
        inside = jnp.asarray(True) if admissible is None else jnp.asarray(admissible(z, *args))
        return value, grad, inside

    # Compilation takes ten times as long as the ascent: the optimiser of machine code stays off.
    options = None if heavy else {"xla_backend_optimization_level": 0}
    return jax.jit(jax.vmap(one, in_axes=(0, None)), compiler_options=options)


def _ascend(
    evaluate: Callable[..., tuple[Array, Array, Array]],
    start: np.ndarray,
    rates: np.ndarray,
    steps: int,
    args: tuple[Any, ...],
) -> Search:
    """Run Adam from every row of ``start``, row i beginning with step size ``rates[i]``."""
    z = start.copy()
    mean, square = np.zeros_like(z), np.zeros_like(z)
    best, point = np.full(len(z), -np.inf), z.copy()
    good = bad = 0
    # NumPy and not `lax.scan`: fusing these few lines with the ratio doubles the compile time.
    for t in range(steps + 1):
        value, grad, inside = map(np.asarray, evaluate(z, args))
        finite = np.isfinite(value)
        eligible = finite & inside & np.isfinite(z).all(axis=1)
        good, bad = good + int(eligible.sum()), bad + int((~finite).sum())
        better = eligible & (value > best)
        best, point = np.where(better, value, best), np.where(better[:, None], z, point)
        # The gradient of log(ratio), without the log of a ratio that may be zero or negative.
        grad = np.where(finite[:, None] & np.isfinite(grad), grad, 0.0)
        grad = grad / np.where(finite & (value > 1e-150), value, 1.0)[:, None]
        mean = 0.9 * mean + 0.1 * grad
        square = 0.99 * square + 0.01 * np.square(np.clip(grad, -1e150, 1e150))
        # A tiny epsilon: near-diagonal pairs have small but meaningful gradients.
        move = mean / (1 - 0.9 ** (t + 1)) / (np.sqrt(square / (1 - 0.99 ** (t + 1))) + 1e-30)
        z = z + (rates * (1 - t / (steps + 1)))[:, None] * move
    row = int(np.argmax(best))
    found = bool(np.isfinite(best[row]))
    return Search(
        best=float(best[row]) if found else float("nan"),
        point=point[row] if found else np.full(z.shape[1], np.nan),
        admissible=good,
        tried=len(z) * (steps + 1),
        nonfinite=bad,
    )


def lipschitz_ratio(
    f: Callable[[Array], Any],
    a: Array | np.ndarray,
    b: Array | np.ndarray,
    *,
    closest: float = 1e-7,
    rounding: float = 4e-16,
) -> Array:
    """Return ||f(a) - f(b)|| / ||a - b||, NaN for pairs closer than ``closest``.

    The numerator is reduced by ``rounding`` * max(||f(a)||, ||f(b)||), the error of computing f
    and of the subtraction: at distance 1e-7 rounding alone would make a ratio of 4e-9 ||f||.
    Raise ``rounding`` for an f that is computed less well than to two units in the last place.

    >>> float(lipschitz_ratio(lambda t: 3.0 * t, np.array([0.0, 1.0]), np.array([0.0, 2.0])))
    2.999999999999998
    >>> float(lipschitz_ratio(lambda t: t, np.array([0.0]), np.array([1e-9])))
    nan
    """
    a, b = jnp.asarray(a), jnp.asarray(b)
    # Once over the stacked pair, not twice: half as much to compile.
    values = jax.vmap(f)(jnp.stack([a, b])).reshape(2, -1)
    distance = safe_norm(jnp.ravel(a - b))
    far = distance >= closest
    noise = rounding * jnp.max(safe_norm(values))
    value = jnp.maximum(safe_norm(values[0] - values[1]) - noise, 0.0)
    return jnp.where(far, value / jnp.where(far, distance, 1.0), jnp.nan)


def relative_excess(value: float, bound: float) -> float:
    """Return (value - bound) / |bound|: positive where the bound is violated.

    For bound 0 it is 0, or infinite with the sign of the value.

    >>> relative_excess(3.0, 2.0), relative_excess(0.0, 0.0), relative_excess(1.0, 0.0)
    (0.5, 0.0, inf)
    """
    if bound == 0:
        return value if value == 0 or np.isnan(value) else float(np.copysign(np.inf, value))
    return float((value - bound) / abs(bound))
