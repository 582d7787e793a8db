"""Composite Gauss-Legendre rules on panels that are graded towards kinks."""

from __future__ import annotations

from functools import lru_cache
from types import ModuleType
from typing import Any

import numpy as np

__all__ = ["gauss_legendre", "graded_breakpoints", "panel_rule"]


@lru_cache(maxsize=32)
def gauss_legendre(order: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the nodes and weights, each of shape (order,), of Gauss-Legendre on [-1, 1].

    Exact for polynomials of degree 2 order - 1. `ValueError` unless order is at least 1.

    >>> nodes, weights = gauss_legendre(3)
    >>> bool(abs(weights @ nodes**4 - 2 / 5) < 1e-15)
    True
    """
    if order < 1:
        raise ValueError(f"order must be at least 1; got {order}.")
    nodes, weights = np.polynomial.legendre.leggauss(order)
    # The arrays are shared by every caller through the cache.
    nodes.flags.writeable = False
    weights.flags.writeable = False
    return nodes, weights


def graded_breakpoints(
    lower: Any, upper: Any, panels: int, kinks: Any = (), levels: int = 6, xp: ModuleType = np
) -> Any:
    """Return sorted panel ends on [lower, upper]: uniform, plus dyadic steps around each kink.

    With h = (upper - lower) / panels the ends are lower + i h, every kink k, and k ± h 2^-j for
    j = 0..levels, clipped to the interval. Then each panel is at most h wide, no kink lies inside
    a panel, and panels shrink geometrically towards k. In a tensor product that is what a *point*
    singularity such as the norm's at the origin needs; a break alone is enough for a line.

    With ``xp=numpy`` repeated ends are dropped. With ``xp=jax.numpy`` the ends may be traced, and
    all panels + 1 + (2 levels + 3) len(kinks) ends are kept so that shapes are static: some panels
    then have width zero, and their nodes weight zero.

    >>> graded_breakpoints(0.0, 4.0, 2, [1.0], levels=2).tolist()
    [0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0]
    """
    if panels < 1 or levels < 0:
        raise ValueError(
            f"panels must be at least 1 and levels at least 0; got {panels} and {levels}."
        )
    steps = 2.0 ** -np.arange(levels + 1)
    offsets = np.concatenate([-steps, [0.0], steps[::-1]])
    width = (upper - lower) / panels
    around = (
        xp.asarray(kinks, dtype=np.float64).reshape(-1, 1) + width * offsets[None, :]
    ).reshape(-1)
    uniform = lower + width * np.arange(panels + 1)
    if xp is np:
        # Within h of a kink the dyadic steps replace the uniform ones.
        far = np.abs(uniform[:, None] - np.reshape(kinks, (1, -1))) >= width
        kept = uniform[np.all(far, axis=1)]
        return np.unique(np.clip(np.concatenate([[lower, upper], kept, around]), lower, upper))
    return xp.sort(xp.clip(xp.concatenate([uniform, around]), lower, upper))


def panel_rule(breakpoints: Any, order: int, xp: ModuleType = np) -> tuple[Any, Any]:
    """Return nodes and weights, each of shape ((n - 1) order,), of Gauss-Legendre on n - 1 panels.

    breakpoints: sorted panel ends, shape (n,). Nodes ascend. The error for an integrand that is
    analytic on each panel falls like rho^(-2 order), rho > 1 the size of its Bernstein ellipse
    (Trefethen, Approximation Theory and Approximation Practice, theorem 19.3).

    >>> nodes, weights = panel_rule(np.array([-1.0, 0.0, 2.0]), 4)
    >>> bool(abs(weights @ np.abs(nodes) - 2.5) < 1e-14)
    True
    """
    unit_nodes, unit_weights = gauss_legendre(order)
    half = (breakpoints[1:] - breakpoints[:-1])[:, None] / 2
    middle = (breakpoints[1:] + breakpoints[:-1])[:, None] / 2
    nodes = (middle + half * xp.asarray(unit_nodes)[None, :]).reshape(-1)
    return nodes, (half * xp.asarray(unit_weights)[None, :]).reshape(-1)
