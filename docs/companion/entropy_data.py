"""Local entropy on a grid, enclosed by ball arithmetic, for the pages about EntropySGD."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

__all__ = ["ATTACKED", "WELL", "entropy_grids"]

GAMMAS = tuple(0.5 * 2.0 ** (k / 2) for k in range(13))
NODES = tuple(-2.5 + 5.0 * k / 60 for k in range(61))
# One sample x = 1/2 attacked with eps = 2 on the line: a kink minimum at 0.
ATTACKED = {"x": 0.5, "eps": 2.0}
WELL = {"height": 3.0}

Ball = Callable[[Any, int, bool], Any]


def attacked_ball(z: Any, panel: int, analytic: bool) -> Any:
    """softplus(eps |t| - x t) on the half line of the panel."""
    from theory.local_entropy.balls import log_one_plus_exp

    sign = -1 if panel == 0 else 1
    return log_one_plus_exp((sign * ATTACKED["eps"] - ATTACKED["x"]) * z, analytic)


def well_ball(z: Any, panel: int, analytic: bool) -> Any:
    """height (t^2 - 1)^2: two minima, so not convex."""
    return WELL["height"] * (z * z - 1) ** 2


@cache
def entropy_grids() -> dict[str, Any]:
    """Nodes, values of gamma, and for each loss F, mean and variance at all of them.

    `radius` is the largest radius of the balls, rounded to double: the error of what is drawn.
    """
    return {
        "gammas": list(GAMMAS),
        "nodes": list(NODES),
        "attacked": _grid(attacked_ball, (0,)),
        "well": _grid(well_ball, ()),
    }


def _grid(loss: Ball, kinks: Sequence[int]) -> dict[str, Any]:
    from theory.local_entropy import enclose_local_entropy

    radius = 0.0
    columns: dict[str, list[list[float]]] = {"F": [], "mean": [], "variance": []}
    for gamma in GAMMAS:
        found = [enclose_local_entropy(loss, t, gamma, kinks=kinks, precision=96) for t in NODES]
        for name, rows in columns.items():
            balls = [getattr(enclosed, name) for enclosed in found]
            rows.append([float(ball.mid()) for ball in balls])
            radius = max(radius, *(float(ball.rad()) for ball in balls))
    # A midpoint is rounded to a double: half a unit in the last place of numbers below 64.
    radius = max(radius, 2.0**-47)
    return {**columns, "radius": radius}
