"""Early version, Fig. 6 of Kanai et al.: one datum, swish model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from figures.figure import Arrays, Figure, Surface
from figures.gallery.kanai_fig2 import PANELS as PLACES
from figures.gallery.kanai_fig2 import draw_panels, losses, panel_surfaces
from figures.paper_data import axis

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Drawing


NAMES = ("swish_clean", "swish_l2", "swish_linf")
PANELS = {  # with the letters of the early version
    name: f"({letter}){PLACES[name].removeprefix(f'({final})')}"
    for letter, final, name in zip("abc", "def", NAMES, strict=True)
}


def compute(resolution: int) -> Arrays:
    return {"theta": axis(resolution)} | losses("swish", resolution)


def draw(arrays: Arrays) -> Drawing:
    return draw_panels(arrays, PANELS, rows=1)


def surfaces(arrays: Arrays) -> list[Surface]:
    return panel_surfaces(arrays, PANELS)


FIGURE = Figure(
    name="kanai-early-fig6",
    title="Loss surfaces of one datum, swish model",
    source="Kanai et al., early version, Fig. 6 (final version, Fig. 2 (d)-(f))",
    shows=(
        "Where the attack reaches the input that the swish likes least, the loss is flat at its "
        "largest value. Elsewhere the L∞ attack leaves folds along the axes, the L2 attack one at "
        "the origin."
    ),
    caption=(
        "ℓ = log(1 + exp(−yz)), z = uσ(u), u = θᵀ(x + δ), x = (−1, 1), y = 1, ε = 0.6, θ in [−2, "
        "2]²: clean, L2, L∞. Exact inner maximum φ(clip(u*, θᵀx ± ε‖θ‖_q)), φ(u) = log(1 + "
        "exp(−uσ(u))), u* = −1.27846…; the paper takes 200 PGD steps of 0.01 instead, which the "
        "figure pgd-swish compares with it."
    ),
    claims=(
        "jaxat.swish-closed-form",
        "kanai.swish.interior-region",
        "kanai.swish.no-closed-form",
        "jaxat.swish-kinks.figure",
    ),
    compute=compute,
    draw=draw,
    surfaces=surfaces,
    cost=1.5,
)
