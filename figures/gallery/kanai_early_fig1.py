"""Early version, Fig. 1 of Kanai et al.: the linear model in circle and square."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING

from figures.attack_panels import compute_case, draw_case, draw_key
from figures.figure import Arrays, Figure
from figures.style import PAGE, new_drawing

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Drawing


def compute(resolution: int) -> Arrays:
    return compute_case("linear", resolution)


def draw(arrays: Arrays) -> Drawing:
    drawing, axes = new_drawing(1, 2, width=PAGE * 2 / 3, height=2.7)
    draw_case(axes[0, 0], arrays, "linear", 2, title="$L_2$")
    draw_case(axes[0, 1], arrays, "linear", inf, title=r"$L_\infty$")
    draw_key(drawing)
    return drawing


FIGURE = Figure(
    name="kanai-early-fig1",
    title="Worst inputs of the linear model",
    source="Kanai et al., early version, Fig. 1 (final version, Fig. 1 (a))",
    shows=(
        "θ¹ and θ² differ by a small change of sign in one weight. On the circle the worst input "
        "moves a little; on the square it jumps from corner to corner, by 2ε."
    ),
    caption=(
        "Level lines of ℓ = log(1 + exp(−yθᵀ(x + δ))) over δ, x = (−1, 1), y = 1, for θ¹ = (0.15, "
        "1) (solid, circle) and θ² = (−0.15, 1) (dashed, square), thick the one that touches the "
        "region ‖δ‖_p ≤ ε = 0.6. Maximisers: −yεθ/‖θ‖₂ for p = 2, −yε sign(θ) for p = ∞. The "
        "paper's figure is a sketch without parameters."
    ),
    claims=("kanai.lemma-2", "kanai.lemma-3.sign-change"),
    compute=compute,
    draw=draw,
    cost=0.7,
)
