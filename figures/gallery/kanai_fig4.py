"""Fig. 4 of Kanai et al.: the mean loss of the linear model over 100 Gaussian data."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING

from figures.data_surfaces import loss_minimum, mean_loss_surface, surface_and_map
from figures.figure import Arrays, Figure, Surface
from figures.paper_data import axis
from figures.style import PAGE

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Drawing

PANELS = {"clean": "(a) clean", "l2": "(b) $L_2$", "linf": r"(c) $L_\infty$"}


def compute(resolution: int) -> Arrays:
    t = axis(resolution)
    arrays = {
        "theta_1": t,
        "theta_2": t,
        "minimum_l2": loss_minimum(2.0),
        "minimum_linf": loss_minimum(inf),
    }
    for name, p in (("clean", None), ("l2", 2.0), ("linf", inf)):
        arrays[name] = mean_loss_surface(p, t)
    return arrays


def draw(arrays: Arrays) -> Drawing:
    return draw_panels(arrays, PANELS)


def draw_panels(arrays: Arrays, panels: dict[str, str]) -> Drawing:
    """Surfaces above, level lines with the minima below; shared with Fig. 5."""
    from figures.style import new_drawing_rows

    count = len(panels)
    drawing, rows = new_drawing_rows(
        (count, "3d"), (count, None), width=PAGE * count / 3, height=4.1
    )
    for above, below, (name, title) in zip(*rows, panels.items(), strict=True):
        points = {}
        for text, key in (("-F", f"entropy_minimum_{name}"), ("L", f"minimum_{name}")):
            if key in arrays:
                found = arrays[key] + 0.0  # no "-0.000"
                points[rf"min ${text}$: $({found[0]:.3f},\ {found[1]:.3f})$"] = found
        t = arrays["theta_1"], arrays["theta_2"]
        surface_and_map(above, below, t, arrays[name], title=title, points=points)
    return drawing


def surfaces(arrays: Arrays) -> list[Surface]:
    t = arrays["theta_1"]
    titles = {"clean": "(a) clean", "l2": "(b) L2", "linf": "(c) L∞"}
    return [Surface(title, t, t, arrays[name]) for name, title in titles.items()]


FIGURE = Figure(
    name="kanai-fig4",
    title="Loss surfaces of 100 data",
    source="Kanai et al., final version, Fig. 4 (early version, Fig. 3)",
    shows=(
        "The folds of one datum survive the mean: a point at the origin for L2, both axes for L∞. "
        "The L∞ fold holds the best θ₂ at 0; the L2 attack does not, though the paper says so."
    ),
    caption=(
        "L(θ) = (1/N) Σ_n log(1 + exp(−y_n θᵀx_n + ε‖θ‖_q)), N = 100, x_n ~ N(0, I₂), "
        "y_n = sign(x_n1), ε = 0.6, θ in [−2, 2]²: (a) ε = 0, (b) q = 2, (c) q = 1. Stars: the "
        "minima; (a) has none, for the data are separable. NumPy's default generator with seed 0; "
        "the paper states no seed."
    ),
    claims=(
        "kanai.theorem-1",
        "kanai.theorem-2",
        "kanai.app-c.optimal-theta-2",
        "jaxat.figure-4-samples",
        "jaxat.gradient-jump",
    ),
    compute=compute,
    draw=draw,
    surfaces=surfaces,
    cost=4.0,
)
