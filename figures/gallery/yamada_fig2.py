"""Fig. 2 of Yamada et al.: the loss along random directions, L∞ attack and L∞ noise."""

from __future__ import annotations

from typing import TYPE_CHECKING

from figures.figure import Arrays, Figure
from figures.yamada_curves import NOISE_WORDS, WORDS, draw_curves, figure_arrays

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Drawing


def compute(resolution: int) -> Arrays:
    del resolution  # the record has the points that it has
    return figure_arrays(2)


def draw(arrays: Arrays) -> Drawing:
    return draw_curves(arrays, number=2, norm=r"$L_\infty$", grey_levels=True)


FIGURE = Figure(
    name="yamada-fig2",
    title="Loss along random weight directions, L∞ attack and noise",
    source="Yamada et al., Fig. 2",
    shows=(
        "As under L2: sharper for larger radii of the attack, and under noise almost as without it."
    ),
    caption=(
        f"{WORDS} Steps of 0.01, ε = 0 to 16/255. {NOISE_WORDS} "
        "python -m benchmarks.yamada_figures --figures 2."
    ),
    claims=("yamada.figure-2.sharper", "yamada.figure-2.random"),
    compute=compute,
    draw=draw,
    records=("yamada-figure2",),
)
