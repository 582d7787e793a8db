"""EntropySGD's loss of one attacked datum for five strengths γ of the pull to the centre."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING

import numpy as np

from figures.figure import Arrays, Figure, Surface
from figures.paper_data import EPS, axis, linear_loss, on_grid
from figures.style import COLORS, PAGE, new_drawing_rows, surface_axes

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Drawing

GAMMAS = (0.03, 0.1, 1.0, 10.0, 100.0)
NORMS = {"l2": 2.0, "linf": inf}
TITLES = {"l2": "$L_2$", "linf": r"$L_\infty$"}
CUT = -0.5  # θ₁ of the line across the fold θ₂ = 0


def compute(resolution: int) -> Arrays:
    from theory.local_entropy import local_entropy_surface

    t = axis(resolution)
    t_1 = np.union1d(t, CUT)  # so that the line of the cut is there, whatever the resolution
    arrays = {"theta": t, "gamma": np.array(GAMMAS)}
    for name, p in NORMS.items():
        loss = linear_loss(p)
        arrays[f"cut_{name}"] = on_grid(loss, np.array([CUT]), t)[0]
        found = [
            local_entropy_surface(loss, t_1, t, gamma, kinks=([0.0], [0.0])) for gamma in GAMMAS
        ]
        keep, cut = np.isin(t_1, t), int(np.searchsorted(t_1, CUT))
        log_normal = np.log(2 * np.pi / np.array(GAMMAS))
        values = np.stack([-one.F for one in found]) + log_normal[:, None, None]
        arrays[f"entropy_{name}"] = values[:, keep]
        arrays[f"entropy_cut_{name}"] = values[:, cut]
        arrays[f"curvature_{name}"] = np.array(
            [np.linalg.eigvalsh(one.hessian[keep])[..., 1].max() for one in found]
        )
    return arrays


def draw(arrays: Arrays) -> Drawing:
    drawing, rows = new_drawing_rows((5, "3d"), (5, "3d"), (3, None), width=PAGE, height=4.8)
    t = arrays["theta"]
    top = max(float(arrays[f"entropy_{name}"].max()) for name in NORMS)
    for row, (name, norm) in zip(rows, TITLES.items(), strict=False):
        for place, gamma, z in zip(row, GAMMAS, arrays[f"entropy_{name}"], strict=True):
            surface_axes(place, t, t, z, title=rf"{norm}, $\gamma={gamma:g}$", limits=(0, top))
    cut_l2, cut_linf, curvature = rows[-1]
    inks = [COLORS[name] for name in ("sky", "green", "orange", "red", "purple")]
    for place, (name, norm) in zip((cut_l2, cut_linf), TITLES.items(), strict=True):
        for gamma, z, ink in zip(GAMMAS, arrays[f"entropy_cut_{name}"], inks, strict=True):
            place.plot(t, z, color=ink, label=rf"$\gamma={gamma:g}$")
        place.plot(t, arrays[f"cut_{name}"], color=COLORS["black"], ls=":", label="$L$")
        place.set(title=rf"{norm}, $\theta_1={CUT}$", xlabel=r"$\theta_2$", xticks=(-2, 0, 2))
    cut_l2.set_ylabel(r"$-F+\log(2\pi/\gamma)$")
    cut_linf.legend(ncols=2, handlelength=1.2, columnspacing=0.8, labelspacing=0.2)
    curvature.loglog(GAMMAS, GAMMAS, color=COLORS["black"], ls=":", label=r"bound $\gamma$")
    for name, marker, ink in (("l2", "o-", COLORS["blue"]), ("linf", "s--", COLORS["red"])):
        curvature.loglog(GAMMAS, arrays[f"curvature_{name}"], marker, color=ink, ms=4,
                         label=TITLES[name])  # fmt: skip
    curvature.set(title=r"largest eigenvalue of $-\nabla^2F$", xlabel=r"$\gamma$")
    curvature.legend()
    return drawing


def surfaces(arrays: Arrays) -> list[Surface]:
    t, label = arrays["theta"], ("θ₁", "θ₂", "−F + log(2π/γ)")
    return [
        Surface(f"{plain}, γ = {gamma:g}", t, t, z, label)
        for name, plain in (("l2", "L2"), ("linf", "L∞"))
        for gamma, z in zip(GAMMAS, arrays[f"entropy_{name}"], strict=True)
    ]


FIGURE = Figure(
    name="gamma-sweep",
    title="What γ does to EntropySGD's loss",
    source="ours, about Kanai et al., final version, Fig. 2 (g), (h), which state no γ",
    shows=(
        "Large γ keeps the loss and its folds, only rounded; small γ averages so widely that "
        "nothing of the folds is left and the curvature falls like γ."
    ),
    caption=(
        "−F(θ) + log(2π/γ) = −log E exp(−L(θ')), θ' ~ N(θ, I/γ), for the losses of Fig. 2 (b) and "
        f"(c): L = log(1 + exp(−yθᵀx + ε‖θ‖_q)), x = (−1, 1), y = 1, ε = {EPS}, "
        "q = 2 and 1, β = 1, θ in [−2, 2]². Below: cuts at θ₁ = −0.5 across the fold θ₂ = 0, the "
        "loss itself dotted, and the largest eigenvalue of −∇²F = γI − γ²Σ over the grid; L is "
        "convex, so it is at most γ."
    ),
    claims=("kanai.theorem-3", "kanai.eq-53", "jaxat.entropy-convex"),
    compute=compute,
    draw=draw,
    surfaces=surfaces,
    cost=8.0,
)
