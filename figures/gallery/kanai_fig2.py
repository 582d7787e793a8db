"""Fig. 2 of Kanai et al.: loss surfaces of one datum, linear and swish, clean, L2, L∞, smoothed."""

from __future__ import annotations

from functools import partial
from math import inf
from typing import TYPE_CHECKING

import numpy as np

from figures.figure import Arrays, Figure, Surface
from figures.paper_data import EPS, GAMMA, X, Y, axis, linear_loss, on_grid
from figures.style import PAGE, new_drawing, surface_axes

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Drawing

PANELS = {
    "linear_clean": "(a) linear, clean",
    "linear_l2": r"(b) linear, $L_2$",
    "linear_linf": r"(c) linear, $L_\infty$",
    "swish_clean": "(d) swish, clean",
    "swish_l2": r"(e) swish, $L_2$",
    "swish_linf": r"(f) swish, $L_\infty$",
    "entropy_l2": r"(g) $-F$ of (b)",
    "entropy_linf": r"(h) $-F$ of (c)",
}


def losses(model: str, resolution: int) -> dict[str, np.ndarray]:
    """The surfaces (a)-(c) of the linear model or (d)-(f) of the swish model, by panel name."""
    from theory.adversarial import swish_adversarial_loss

    t = axis(resolution)
    found = {}
    for name, p in (("clean", None), ("l2", 2.0), ("linf", inf)):
        eps, norm = (0.0, inf) if p is None else (EPS, p)
        swish = partial(swish_adversarial_loss, x=X, y=Y, eps=eps, p=norm)
        found[f"{model}_{name}"] = on_grid(linear_loss(p) if model == "linear" else swish, t, t)
    return found


def compute(resolution: int) -> Arrays:
    from theory.local_entropy import local_entropy_surface

    t = axis(resolution)
    arrays = {"theta": t} | losses("linear", resolution) | losses("swish", resolution)
    for name, p in (("l2", 2.0), ("linf", inf)):
        smoothed = local_entropy_surface(linear_loss(p), t, t, GAMMA, kinks=([0.0], [0.0]))
        arrays[f"entropy_{name}"] = -smoothed.F
    return arrays


def draw(arrays: Arrays) -> Drawing:
    return draw_panels(arrays, PANELS, rows=2)


def draw_panels(arrays: Arrays, panels: dict[str, str], rows: int) -> Drawing:
    """The named surfaces in rows; shared with the early version's figures."""
    columns = len(panels) // rows
    drawing, axes = new_drawing(
        rows, columns, width=PAGE, height=rows * 7.2 / columns, subplot_kw={"projection": "3d"}
    )
    for place, (name, title) in zip(axes.flat, panels.items(), strict=True):
        t = arrays["theta"]
        surface_axes(place, t, t, arrays[name], title=title)
    return drawing


def surfaces(arrays: Arrays) -> list[Surface]:
    return panel_surfaces(arrays, PANELS)


def panel_surfaces(arrays: Arrays, panels: dict[str, str]) -> list[Surface]:
    """The named surfaces for the interactive page, whose titles have no TeX."""
    t = arrays["theta"]
    plain = {"$L_2$": "L2", r"$L_\infty$": "L∞", "$-F$": "−F"}
    found = []
    for name, title in panels.items():
        for tex, text in plain.items():
            title = title.replace(tex, text)
        label = "−F" if name.startswith("entropy") else "loss"
        found.append(Surface(title, t, t, arrays[name], ("θ₁", "θ₂", label)))
    return found


FIGURE = Figure(
    name="kanai-fig2",
    title="Loss surfaces of one datum",
    source="Kanai et al., final version, Fig. 2 (early version, Figs. 2 and 6)",
    shows=(
        "The L2 attack folds the loss at the origin alone, the L∞ attack along both axes; the "
        "swish model is flat where the attack reaches its worst input; −F rounds every fold."
    ),
    caption=(
        "ℓ = log(1 + exp(−y z)) at x = (−1, 1), y = 1, ε = 0.6, θ in [−2, 2]². (a)-(c): z = θᵀx, "
        "in closed form log(1 + exp(−y θᵀx + ε‖θ‖_q)). (d)-(f): z = u σ(u), u = θᵀx, the exact "
        "inner maximum (the paper uses PGD). (g), (h): −F = −log ∫ exp(−L(θ') − (γ/2)‖θ − θ'‖²) "
        f"dθ', γ = {GAMMA:g}, β = 1, no constant dropped; the paper states no γ."
    ),
    claims=(
        "kanai.lemma-2",
        "kanai.lemma-3.sign-change",
        "kanai.theorem-1",
        "kanai.theorem-2",
        "kanai.theorem-3",
        "jaxat.swish-closed-form",
    ),
    compute=compute,
    draw=draw,
    surfaces=surfaces,
    cost=4.0,
)
