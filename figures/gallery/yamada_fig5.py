"""Fig. 5 of Yamada et al.: the loss along random directions, large L∞ radii."""

from __future__ import annotations

from typing import TYPE_CHECKING

from figures.figure import Arrays, Figure
from figures.yamada_curves import WORDS, draw_curves, figure_arrays

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Drawing


def compute(resolution: int) -> Arrays:
    del resolution  # the record has the points that it has
    return figure_arrays(5)


def draw(arrays: Arrays) -> Drawing:
    return draw_curves(arrays, number=5, norm=r"$L_\infty$", grey_levels=True)


FIGURE = Figure(
    name="yamada-fig5",
    title="Loss along random weight directions, large L∞ radii",
    source="Yamada et al., Fig. 5",
    shows=(
        "As Fig. 2, for radii up to 0.3, the usual one for MNIST: the rise of the loss grows by "
        "orders of magnitude."
    ),
    caption=(
        f"{WORDS} Steps of 0.01, ε = 0, 25.5/255, 51/255 and 76.5/255. "
        "python -m benchmarks.yamada_figures --figures 5."
    ),
    claims=("yamada.figure-5.sharper",),
    compute=compute,
    draw=draw,
    records=("yamada-figure5",),
)
