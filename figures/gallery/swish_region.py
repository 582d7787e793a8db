"""Where the attack on the swish unit is really won inside the ball, and where the paper says so."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING

import numpy as np

from figures.figure import Arrays, Figure
from figures.paper_data import EPS, X, axis
from figures.style import COLORS, PAGE, new_drawing

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Drawing

# Light enough for the outlines on top; they differ in lightness as well as in hue.
SHADES = ("#F2C9A8", "#4F7DA8", "#EDEDED")
REGIMES = ("at the boundary, $u<u^*$", "inside the ball", "at the boundary, $u>u^*$")


def compute(resolution: int) -> Arrays:
    import jax

    from theory.swish import SWISH_ARGMAX, swish_interior

    t = axis(resolution)
    grid = np.stack(np.meshgrid(t, t, indexing="ij"), axis=-1).reshape(-1, 2)
    above = grid @ X > SWISH_ARGMAX
    arrays: dict[str, np.ndarray] = {"theta": t, "u_star": np.array(SWISH_ARGMAX)}
    for name, p in (("l2", 2.0), ("linf", inf)):
        inside = np.asarray(jax.jit(jax.vmap(lambda a, q=p: swish_interior(a, X, EPS, q)))(grid))
        regime = np.where(inside, 1, np.where(above, 2, 0))
        arrays[f"{name}_regime"] = regime.reshape(len(t), len(t))
    diagonal = np.linspace(0.0, 2.0, resolution)
    arrays["diagonal"] = diagonal
    arrays["middle"] = np.stack([diagonal, -diagonal], axis=-1) @ X
    arrays["reach_linf"] = 2 * EPS * diagonal
    return arrays


def draw(arrays: Arrays) -> Drawing:
    from matplotlib.colors import ListedColormap
    from matplotlib.patches import Patch, Rectangle

    drawing, axes = new_drawing(1, 3, width=PAGE, height=2.95)
    t = arrays["theta"]
    for place, name in zip(axes[0], ("linf", "l2"), strict=False):
        place.pcolormesh(
            t, t, arrays[f"{name}_regime"].T, cmap=ListedColormap(SHADES), vmin=0, vmax=2,
            shading="nearest", rasterized=True,
        )  # fmt: skip
        title = r"(a) $L_\infty$" if name == "linf" else "(b) $L_2$"
        place.set(title=title, xlabel=r"$\theta_1$", ylabel=r"$\theta_2$", aspect="equal")
        place.set(xlim=(-2, 2), ylim=(-2, 2), xticks=range(-2, 3), yticks=range(-2, 3))
    # The paper speaks of its L∞ surface.
    frame = Rectangle((1, -2), 1, 1, fill=False, edgecolor=COLORS["red"], linewidth=1.8)
    axes[0, 0].add_patch(frame)
    square = np.outer((t >= 1) & (t <= 2), (t >= -2) & (t <= -1))
    wrong = (square & (arrays["linf_regime"] != 1)).astype(float)
    axes[0, 0].contourf(t, t, wrong.T, levels=[0.5, 1.5], colors="none", hatches=["////"])
    _reach(axes[0, 2], arrays)
    regimes = [Patch(color=c, label=label) for c, label in zip(SHADES, REGIMES, strict=True)]
    claimed = Patch(facecolor="none", edgecolor=COLORS["red"], label="inside, says the paper")
    outside = Patch(facecolor="white", hatch="/////", label="not inside")
    handles = [*regimes, claimed, outside]
    drawing.legend(handles=handles, loc="outside lower center", ncols=5, columnspacing=1.2)
    return drawing


def _reach(place: Axes, arrays: Arrays) -> None:
    s, middle, reach = arrays["diagonal"], arrays["middle"], arrays["reach_linf"]
    u_star = float(arrays["u_star"])
    place.fill_between(s, middle - reach, middle + reach, color="0.85", linewidth=0)
    place.plot(s, middle, color="0.4", linewidth=0.8)
    place.axhline(u_star, color=COLORS["blue"])
    place.text(0.04, u_star - 0.12, "$u^*$", color=COLORS["blue"], va="top")
    place.axvspan(1, 2, facecolor="none", edgecolor=COLORS["red"], linewidth=1.2)
    place.text(1.5, 0.35, "inside,\nsays the paper", color=COLORS["red"], ha="center", va="top")
    place.text(1.62, -2.15, "within reach", color="0.3", ha="center", va="center")
    place.set(title=r"(c) inputs $u$ in reach, $\theta=(s,-s)$", xlabel="$s$", ylabel="$u$")
    place.set(xlim=(0, 2), ylim=(-6.5, 0.5))


FIGURE = Figure(
    name="swish-region",
    title="Where the attack on the swish unit stays inside the ball",
    source="ours, about Kanai et al., final version, Section 5.1 (early version, Section 3.2.4)",
    shows=(
        "For L∞ the paper takes the worst input to be inside the ball for all 1 < θ₁ ≤ 2, −2 "
        "≤ θ₂ < −1. On a third of that square it is out of the attack's reach, while it is "
        "within reach on much of the rest of the plane."
    ),
    caption=(
        "One swish unit, x = (−1, 1), y = 1, ε = 0.6: the attack moves u = θᵀ(x + δ) over "
        "θᵀx ± ε‖θ‖_q and wants u* = −1.27846, where u σ(u) is smallest; it is inside if "
        "|θᵀx − u*| < ε‖θ‖_q. (a) L∞, q = 1: for θ₁ ≥ 0 ≥ θ₂ the region is 0.79904 < θ₁ − θ₂ "
        "< 3.19617, which leaves out 32.3% of the claimed square. (b) L2, q = 2. (c) L∞ "
        "along θ = (s, −s): grey is −2s ± 1.2s; u* is within reach for 0.39952 < s < 1.59808."
    ),
    claims=(
        "kanai.swish.interior-region",
        "kanai.swish.interior-region.repaired",
        "kanai.swish.u-star",
        "jaxat.swish-closed-form",
    ),
    compute=compute,
    draw=draw,
    resolution=401,
    smoke=41,
    cost=1.0,
)
