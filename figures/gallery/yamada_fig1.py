"""Fig. 1 of Yamada et al.: the loss along random directions, L2 attack and L2 noise."""

from __future__ import annotations

from typing import TYPE_CHECKING

from figures.figure import Arrays, Figure
from figures.yamada_curves import NOISE_WORDS, WORDS, draw_curves, figure_arrays

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Drawing


def compute(resolution: int) -> Arrays:
    del resolution  # the record has the points that it has
    return figure_arrays(1)


def draw(arrays: Arrays) -> Drawing:
    return draw_curves(arrays, number=1, norm=r"$L_2$", grey_levels=False)


FIGURE = Figure(
    name="yamada-fig1",
    title="Loss along random weight directions, L2 attack and noise",
    source="Yamada et al., Fig. 1",
    shows=(
        "The larger the radius of the attack, the more the loss rises on both sides of the trained "
        "weights. Under noise of the same radii it rises almost as without noise."
    ),
    caption=(
        f"{WORDS} Steps of 0.15 ε, ε = 0 to 1. {NOISE_WORDS} "
        "python -m benchmarks.yamada_figures --figures 1."
    ),
    claims=("yamada.figure-1.sharper", "yamada.figure-1.random"),
    compute=compute,
    draw=draw,
    records=("yamada-figure1",),
)
