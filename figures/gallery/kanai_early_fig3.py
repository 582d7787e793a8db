"""Early version, Fig. 3 of Kanai et al.: the mean loss over 100 data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from figures.figure import Arrays, Figure, Surface
from figures.gallery.kanai_fig4 import FIGURE as FINAL

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Drawing


def compute(resolution: int) -> Arrays:
    return FINAL.compute(resolution)


def draw(arrays: Arrays) -> Drawing:
    return FINAL.draw(arrays)


def surfaces(arrays: Arrays) -> list[Surface]:
    assert FINAL.surfaces is not None
    return FINAL.surfaces(arrays)


FIGURE = Figure(
    name="kanai-early-fig3",
    title="Loss surfaces of 100 data, early version",
    source="Kanai et al., early version, Fig. 3 (final version, Fig. 4)",
    shows=(
        "The mean over 100 data keeps the folds of one: at the origin for L2, along both axes for "
        "L∞."
    ),
    caption=(
        "L(θ) = (1/N) Σ_n log(1 + exp(−y_nθᵀx_n + ε‖θ‖_q)), N = 100, x_n ~ N(0, I₂), y_n = "
        "sign(x_n1), ε = 0.6, θ in [−2, 2]²: (a) ε = 0, (b) q = 2, (c) q = 1. Stars: the minima; "
        "(a) has none, for the data are separable. NumPy's default generator with seed 0; the "
        "paper states no seed."
    ),
    claims=(
        "kanai.theorem-1",
        "kanai.theorem-2",
        "kanai.app-c.optimal-theta-2",
        "jaxat.gradient-jump",
    ),
    compute=compute,
    draw=draw,
    surfaces=surfaces,
    cost=1.5,
)
