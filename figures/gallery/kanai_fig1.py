"""Fig. 1 of Kanai et al.: worst inputs in circle and square, computed, not sketched."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING

from figures.attack_panels import CASES, compute_case, draw_case, draw_key
from figures.figure import Arrays, Figure
from figures.style import PAGE, new_drawing

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Drawing

TITLES = {
    "linear": "(a) linear model",
    "inactive": "(b) constraint inactive",
    "active": "(c) constraint active",
}


def compute(resolution: int) -> Arrays:
    arrays: dict = {}
    for name in CASES:
        arrays |= compute_case(name, resolution)
    return arrays


def draw(arrays: Arrays) -> Drawing:
    drawing, axes = new_drawing(2, 3, width=PAGE, height=5.0)
    for row, (p, norm) in enumerate(((2, "$L_2$"), (inf, r"$L_\infty$"))):
        for place, (name, title) in zip(axes[row], TITLES.items(), strict=True):
            draw_case(place, arrays, name, p, title=f"{title}, {norm}")
    draw_key(drawing)
    return drawing


FIGURE = Figure(
    name="kanai-fig1",
    title="Where the worst inputs are",
    source="Kanai et al., final version, Fig. 1 (early version, Figs. 1, 4 and 5)",
    shows=(
        "A small change of θ moves the worst input of the linear model a little on the circle, and "
        "from corner to corner, by 2ε, on the square. Inside the region the constraint plays no "
        "part; on its edge the worst input follows the edge."
    ),
    caption=(
        "Level lines of ℓ(x + δ, y, θ) over δ and its exact maximisers over ‖δ‖_p ≤ ε = 0.6, for "
        "two weights: θ¹ solid, circle; θ² dashed, square. (a): ℓ = log(1 + exp(−yθᵀ(x + δ))), "
        "x = (−1, 1), y = 1, θ = (±0.15, 1), maximiser −yεθ/‖θ‖₂ or −yε sign(θ). (b), (c): "
        "ℓ = log(1 + exp(−Σ_k v_k s(w_kᵀδ + θ_k))) with s(u) = uσ(u), w₁ = (1.6, 0.5), "
        "w₂ = (−0.4, 1.3), v = (1, 0.8), whose free maximiser is W⁻¹(u* − θ), u* = −1.27846… the "
        "minimum of s; it is at (−0.28, 0.05) and (0.05, 0.25) in (b), and at (0.35, 1.2) and "
        "(0.7, 1.1), outside, in (c). The paper's figure is a sketch without parameters."
    ),
    claims=(
        "kanai.lemma-2",
        "kanai.lemma-3.sign-change",
        "kanai.lemma-4",
        "kanai.lemma-5.repaired",
    ),
    compute=compute,
    draw=draw,
    cost=1.0,
)
