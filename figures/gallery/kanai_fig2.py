"""Fig. 2 of Kanai et al.: loss surfaces of one datum, linear and swish, clean, L2, L∞, smoothed."""

from __future__ import annotations

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


def compute(resolution: int) -> Arrays:
    from theory.adversarial import swish_adversarial_loss
    from theory.local_entropy import local_entropy_surface

    t = axis(resolution)
    arrays: dict[str, np.ndarray] = {"theta": t}
    for name, p in (("clean", None), ("l2", 2.0), ("linf", inf)):
        eps, norm = (0.0, inf) if p is None else (EPS, p)
        arrays[f"linear_{name}"] = on_grid(linear_loss(p), t, t)
        arrays[f"swish_{name}"] = on_grid(
            lambda theta, e=eps, q=norm: swish_adversarial_loss(theta, X, Y, e, q), t, t
        )
        if p is not None:
            smoothed = local_entropy_surface(linear_loss(p), t, t, GAMMA, kinks=([0.0], [0.0]))
            arrays[f"entropy_{name}"] = -smoothed.F
    return arrays


def draw(arrays: Arrays) -> Drawing:
    drawing, axes = new_drawing(2, 4, width=PAGE, height=3.9, subplot_kw={"projection": "3d"})
    for place, (name, title) in zip(axes.flat, PANELS.items(), strict=True):
        t = arrays["theta"]
        surface_axes(place, t, t, arrays[name], title=title)
        place.view_init(elev=32, azim=-60)
    return drawing


def surfaces(arrays: Arrays) -> list[Surface]:
    t = arrays["theta"]
    plain = {"$L_2$": "L2", r"$L_\infty$": "L∞", "$-F$": "−F"}
    found = []
    for name, title in PANELS.items():
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
        "swish model is flat where the attack reaches its worst input; EntropySGD rounds every fold."
    ),
    caption=(
        "ℓ = log(1 + exp(−y z)) at x = (−1, 1), y = 1, ε = 0.6, θ in [−2, 2]². (a)-(c): z = θᵀx, "
        "in closed form log(1 + exp(−y θᵀx + ε‖θ‖_q)). (d)-(f): z = u σ(u), u = θᵀx, the exact inner "
        "maximum (the paper uses PGD). (g), (h): −F = −log ∫ exp(−L(θ') − (γ/2)‖θ − θ'‖²) dθ' with "
        f"γ = {GAMMA:g}, β = 1, no constant dropped; the paper states no γ."
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
