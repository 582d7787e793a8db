"""Early version, Fig. 5 of Kanai et al.: a worst input on the edge of the feasible region."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING

from figures.attack_panels import compute_case, draw_case, draw_key
from figures.figure import Arrays, Figure
from figures.style import PAGE, new_drawing

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Drawing


def compute(resolution: int) -> Arrays:
    return compute_case("active", resolution)


def draw(arrays: Arrays) -> Drawing:
    drawing, axes = new_drawing(1, 2, width=PAGE * 2 / 3, height=2.7)
    draw_case(axes[0, 0], arrays, "active", 2, title="$L_2$")
    draw_case(axes[0, 1], arrays, "active", inf, title=r"$L_\infty$")
    draw_key(drawing)
    return drawing


FIGURE = Figure(
    name="kanai-early-fig5",
    title="Worst inputs on the edge of the region",
    source="Kanai et al., early version, Fig. 5 (final version, Fig. 1 (c))",
    shows=(
        "The peak lies outside, so the worst input is where a level line touches the edge. As θ "
        "changes it follows the edge; on the square it can get caught in a corner."
    ),
    caption=(
        "ℓ = log(1 + exp(−Σ_k v_k s(w_kᵀδ + θ_k))), s(u) = uσ(u), w₁ = (1.6, 0.5), w₂ = (−0.4, "
        "1.3), v = (1, 0.8). Its free maximiser is W⁻¹(u* − θ), u* = −1.27846… the minimum of s, "
        "here at (0.35, 1.2) for θ¹ and (0.7, 1.1) for θ², outside both regions. Level lines over "
        "δ and exact maximisers over ‖δ‖_p ≤ ε = 0.6 for θ¹ (solid, circle) and θ² (dashed, "
        "square). The paper's figure is a sketch without parameters. Thick: the level line "
        "through the maximiser."
    ),
    claims=("kanai.lemma-5.repaired", "jaxat.lemma-5-linf", "kanai.constraints-cause"),
    compute=compute,
    draw=draw,
    cost=0.7,
)
