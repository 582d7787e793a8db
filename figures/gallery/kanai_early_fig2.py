"""Early version, Fig. 2 of Kanai et al.: one datum, linear model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from figures.figure import Arrays, Figure, Surface
from figures.gallery.kanai_fig2 import PANELS as PLACES
from figures.gallery.kanai_fig2 import draw_panels, losses, panel_surfaces
from figures.paper_data import axis

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Drawing


PANELS = {name: PLACES[name] for name in ("linear_clean", "linear_l2", "linear_linf")}


def compute(resolution: int) -> Arrays:
    return {"theta": axis(resolution)} | losses("linear", resolution)


def draw(arrays: Arrays) -> Drawing:
    return draw_panels(arrays, PANELS, rows=1)


def surfaces(arrays: Arrays) -> list[Surface]:
    return panel_surfaces(arrays, PANELS)


FIGURE = Figure(
    name="kanai-early-fig2",
    title="Loss surfaces of one datum, linear model",
    source="Kanai et al., early version, Fig. 2 (final version, Fig. 2 (a)-(c))",
    shows=(
        "Clean, the loss is smooth; the L2 attack folds it to a point at the origin, the L∞ "
        "attack along both axes. The loss itself is continuous everywhere: only its gradient "
        "jumps."
    ),
    caption=(
        "ℓ_ε = log(1 + exp(−yθᵀx + ε‖θ‖_q)) at x = (−1, 1), y = 1, ε = 0.6, θ in [−2, 2]²: clean "
        "(ε = 0), L2 (q = 2), L∞ (q = 1)."
    ),
    claims=(
        "kanai.lemma-2",
        "kanai.theorem-1",
        "kanai.theorem-2",
        "kanai.early.continuity-l2",
        "jaxat.gradient-jump",
    ),
    compute=compute,
    draw=draw,
    surfaces=surfaces,
    cost=1.5,
)
