"""Fig. 5 of Kanai et al.: EntropySGD's loss −F of the attacked mean losses in Fig. 4."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING

import numpy as np

from figures.data_surfaces import entropy_minimum, loss_minimum, mean_loss
from figures.figure import Arrays, Figure, Surface
from figures.gallery.kanai_fig4 import draw_panels
from figures.paper_data import GAMMA, axis

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Drawing

PANELS = {"l2": "(a) $-F$ for $L_2$", "linf": r"(b) $-F$ for $L_\infty$"}


def compute(resolution: int) -> Arrays:
    from theory.local_entropy import local_entropy_surface

    t = axis(resolution)
    # The minimum for L2 is outside the paper's range.
    wide = np.concatenate([t, np.arange(2.0, 2.6, t[1] - t[0])[1:]])
    arrays = {"theta_1": wide, "theta_2": t}
    for name, p in (("l2", 2.0), ("linf", inf)):
        found = local_entropy_surface(mean_loss(p), wide, t, GAMMA, kinks=([0.0], [0.0]))
        arrays[name] = -found.F
        arrays[f"minimum_{name}"] = loss_minimum(p)
        arrays[f"entropy_minimum_{name}"] = entropy_minimum(p, GAMMA, found, wide, t)
    return arrays


def draw(arrays: Arrays) -> Drawing:
    return draw_panels(arrays, PANELS)


def surfaces(arrays: Arrays) -> list[Surface]:
    t_1, t_2 = arrays["theta_1"], arrays["theta_2"]
    titles = {"l2": "(a) −F for L2", "linf": "(b) −F for L∞"}
    return [
        Surface(title, t_1, t_2, arrays[name], ("θ₁", "θ₂", "−F")) for name, title in titles.items()
    ]


FIGURE = Figure(
    name="kanai-fig5",
    title="EntropySGD's loss of 100 data",
    source="Kanai et al., final version, Fig. 5",
    shows=(
        "No fold is left, and the two attacks look almost alike. The minimum is not where that of "
        "the loss is, though the paper says so: it moves outwards."
    ),
    caption=(
        "−F(θ) = −log ∫ exp(−L(θ') − (γ/2)‖θ − θ'‖²) dθ' for the losses L of Fig. 4 (b) and (c), "
        f"by panel quadrature with an error below 1e-9; γ = {GAMMA:g}, β = 1, no constant dropped; "
        "the paper states no γ. N = 100, x_n ~ N(0, I₂), y_n = sign(x_n1), ε = 0.6, θ in [−2, 2]² "
        "(level lines: θ₁ up to 2.6), "
        "seed 0. Star: the minimum of −F, by Newton's method; circle: that of L."
    ),
    claims=("kanai.theorem-3", "kanai.entropy-same-minima", "kanai.eq-11", "kanai.eq-53"),
    compute=compute,
    draw=draw,
    surfaces=surfaces,
    cost=6.0,
)
