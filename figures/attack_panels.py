"""Panels of the feasible region with the loss in it and the worst inputs of two nearby weights."""

from __future__ import annotations

from math import inf
from typing import Any

import numpy as np

from figures.figure import Arrays
from figures.paper_data import EPS, X
from figures.style import COLORS

__all__ = ["CASES", "boundary", "compute_case", "draw_case", "draw_key", "net_loss"]

HALF_WIDTH = 1.15  # of a panel, in units of x' − x
# The loss of (b) and (c): softplus(−Σ_k v_k swish(w_kᵀ(x' − x) + θ_k)), whose gradient vanishes
# where every unit is at the swish's minimum. It has a strict maximum there, unlike a single unit.
W = np.array([[1.6, 0.5], [-0.4, 1.3]])
V = np.array([1.0, 0.8])
U_STAR = -1.278464542761073795109
# Case: loss, θ₁, θ₂. In (a) a weight changes its sign, in (b) and (c) the shifts move the peak.
CASES: dict[str, tuple[str, np.ndarray, np.ndarray]] = {
    "linear": ("linear", np.array([0.15, 1.0]), np.array([-0.15, 1.0])),
    "inactive": ("net", U_STAR - W @ [-0.28, 0.05], U_STAR - W @ [0.05, 0.25]),
    "active": ("net", U_STAR - W @ [0.35, 1.2], U_STAR - W @ [0.7, 1.1]),
}


def net_loss(theta: Any, delta: Any) -> np.ndarray:
    """The loss of (b), (c) at x + δ; theta (2,), delta (..., 2)."""
    u = delta @ W.T + theta
    return np.logaddexp(0.0, -(V * u / (1.0 + np.exp(-u))).sum(axis=-1))


def linear_loss_at(theta: Any, delta: Any) -> np.ndarray:
    """log(1 + exp(−θᵀ(x + δ))), y = 1."""
    return np.logaddexp(0.0, -((X + delta) @ theta))


LOSSES = {"linear": linear_loss_at, "net": net_loss}


def boundary(p: float, t: Any) -> np.ndarray:
    """The point of ‖δ‖_p = ε on the ray at angle t, shape (..., 2)."""
    ray = np.stack([np.cos(t), np.sin(t)], axis=-1)
    length = np.linalg.norm(ray, axis=-1) if p == 2 else np.abs(ray).max(axis=-1)
    return EPS * ray / length[..., None]


def worst(loss: str, theta: np.ndarray, p: float) -> np.ndarray:
    """The maximiser of the loss over ‖δ‖_p ≤ ε: closed forms, or a fine search along the edge."""
    if loss == "linear":
        size = np.linalg.norm(theta)
        return -EPS * (theta / size if p == 2 else np.sign(theta))
    inside = np.linalg.solve(W, U_STAR - theta)
    if np.linalg.norm(inside, ord=2 if p == 2 else inf) <= EPS:
        return inside
    best, cell = 0.0, np.pi
    for _ in range(12):  # each round keeps two of 200 cells
        t = np.linspace(best - cell, best + cell, 201)
        best, cell = t[np.argmax(net_loss(theta, boundary(p, t)))], t[1] - t[0]
    return boundary(p, best)


def compute_case(name: str, resolution: int) -> Arrays:
    """Losses of both weights on a grid of δ, and the worst δ for both norms."""
    loss, *thetas = CASES[name]
    t = np.linspace(-HALF_WIDTH, HALF_WIDTH, resolution)
    delta = np.stack(np.meshgrid(t, t, indexing="ij"), axis=-1)
    arrays = {"delta": t, f"{name}_theta": np.stack(thetas)}
    arrays[f"{name}_loss"] = np.stack([LOSSES[loss](theta, delta) for theta in thetas])
    for p in (2, inf):
        found = np.stack([worst(loss, theta, p) for theta in thetas])
        arrays[f"{name}_worst_{p}"] = found
        arrays[f"{name}_reached_{p}"] = np.array(
            [LOSSES[loss](theta, point) for theta, point in zip(thetas, found, strict=True)]
        )
    return arrays


def draw_case(axes: Any, arrays: Arrays, name: str, p: float, *, title: str) -> None:
    """Level lines of both losses, the region, both worst inputs, and how far apart they are."""
    from matplotlib.patheffects import withStroke

    t, losses = arrays["delta"], arrays[f"{name}_loss"]
    found, thetas = arrays[f"{name}_worst_{p}"], arrays[f"{name}_theta"]
    edge = boundary(p, np.linspace(0, 2 * np.pi, 721)).T
    axes.fill(*edge, color="#eeeeee", zorder=0)
    axes.plot(*edge, color=COLORS["black"], linewidth=0.9)
    for k, (color, style) in enumerate(zip(_INKS, ("solid", "dashed"), strict=True)):
        levels = np.quantile(losses[k], [0.3, 0.5, 0.66, 0.8, 0.9, 0.965])
        axes.contour(
            t, t, losses[k].T, levels=levels, colors=color, linestyles=style, linewidths=0.5
        )
        if name != "inactive":  # the level line of the worst input touches the region
            reached = [arrays[f"{name}_reached_{p}"][k]]
            axes.contour(t, t, losses[k].T, reached, colors=color, linestyles=style, linewidths=1.3)
    axes.plot(0, 0, "+", color=COLORS["black"], markersize=5)
    halo = [withStroke(linewidth=2, foreground="#eeeeee")]
    axes.annotate(r"$x$", (0, 0), (3, -7), textcoords="offset points", path_effects=halo)
    for point, color, marker in zip(found, _INKS, "os", strict=True):
        axes.plot(*point, marker, color=color, markersize=5.5, mec="white", mew=0.7, zorder=6)
    apart, moved = (float(np.linalg.norm(pair[0] - pair[1])) for pair in (found, thetas))
    axes.text(
        0.5,
        0.02,
        rf"$\|\Delta\theta\|={moved:.2f},\ \|\Delta x'\|={apart:.2f}$",
        transform=axes.transAxes,
        ha="center",
        va="bottom",
        bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.2},
        zorder=7,
    )
    axes.set(xlim=(t[0], t[-1]), ylim=(t[0], t[-1]), title=title, aspect="equal")
    axes.set_xticks([-EPS, 0, EPS], [r"$-\varepsilon$", "0", r"$\varepsilon$"])
    axes.set_yticks([-EPS, 0, EPS], [r"$-\varepsilon$", "0", r"$\varepsilon$"])
    axes.set_xlabel(r"$\delta_1$", labelpad=0)
    axes.set_ylabel(r"$\delta_2$", labelpad=-2)


_INKS = (COLORS["blue"], COLORS["red"])


def draw_key(drawing: Any) -> None:
    """One legend for all panels, below them."""
    from matplotlib.lines import Line2D

    marks = [
        Line2D([], [], color=_INKS[0], marker="o", label=r"loss and worst input for $\theta^1$"),
        Line2D([], [], color=_INKS[1], marker="s", ls="--", label=r"the same for $\theta^2$"),
        Line2D([], [], color=COLORS["black"], label=r"$\|\delta\|_p=\varepsilon$"),
    ]
    drawing.legend(handles=marks, loc="outside lower center", ncols=len(marks))
