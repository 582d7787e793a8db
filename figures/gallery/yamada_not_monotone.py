"""Data on which a larger radius makes the robust minimiser flatter."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from figures.figure import Arrays, Figure
from figures.style import COLORS, PAGE, new_drawing

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Drawing

FAMILIES = {"few": (2, 40.0), "many": (2000, 400.0)}
SMALLEST = 1e-3


def compute(resolution: int) -> Arrays:
    from theory.weight_phases import symmetric_minimiser

    arrays: dict[str, np.ndarray] = {}
    for name, (k, B) in FAMILIES.items():
        edge = k / (k + 2)
        # Up to 0.98 ε_c: at ε_c itself the curvature across w* has its pole.
        radii = np.linspace(SMALLEST, 0.98 * edge, resolution)
        found = [symmetric_minimiser(k, B, float(eps)) for eps in radii]
        arrays[f"{name}_eps"] = radii
        arrays[f"{name}_largest"] = np.array([max(f.radial, f.tangential) for f in found])
        arrays[f"{name}_length"] = np.array([f.r for f in found])
    return arrays


def draw(arrays: Arrays) -> Drawing:
    drawing, axes = new_drawing(1, 3, width=PAGE, height=2.5)
    looks = {"few": ("blue", "-"), "many": ("red", "--")}
    for place, (name, (k, B)) in zip(axes[0], FAMILIES.items(), strict=False):
        color, line = looks[name]
        place.plot(arrays[f"{name}_eps"], arrays[f"{name}_largest"], line, color=COLORS[color])
        place.set(title=f"({'a' if name == 'few' else 'b'}) $k={k}$, $B={B:g}$")
        place.set(ylabel=r"$\lambda_{\max}$ at $w^*$", xlabel=r"$\varepsilon$")
    axes[0, 1].set_yscale("log")
    for name, (k, _) in FAMILIES.items():
        color, line = looks[name]
        eps, length = arrays[f"{name}_eps"], arrays[f"{name}_length"]
        axes[0, 2].semilogy(eps, eps / (2 * length), line, color=COLORS[color], label=f"$k={k}$")
    axes[0, 2].set(title="(c) eigenvalue of Eq. (9)", xlabel=r"$\varepsilon$")
    axes[0, 2].set_ylabel(r"$\varepsilon/(2\|w^*\|)$")
    axes[0, 2].legend()
    return drawing


FIGURE = Figure(
    name="yamada-not-monotone",
    title="A larger radius can make the minimiser flatter",
    source="ours, about Yamada et al., Theorem 1",
    shows=(
        "Theorem 1 lets sharpness grow with the radius. At the minimisers of these data the "
        "largest eigenvalue falls over a long stretch of radii instead: by a twentieth in (a), by "
        "a factor of over 200000 in (b), where ε/‖w*‖, which Eq. (12) lets grow, falls in the end."
    ),
    caption=(
        "zₙ: k times (1, 0), and (0, B), (0, −B) once each. F(w) = mean log(1 + exp(ε‖w‖ − "
        "w·zₙ)); its minimiser is (r, 0) with k p σ(−r p) = 2ε σ(r ε), p = 1 − ε, for ε < "
        "ε_c = k/(k + 2). λ_max of ∇²F there: (a) k = 2, B = 40; (b) k = 2000, B = 400. (c) "
        "ε/(2r). ε from 0.001 to 0.98 ε_c."
    ),
    claims=(
        "yamada.theorem-1.at-minimisers",
        "yamada.eq-12",
        "jaxat.yamada-phases",
    ),
    compute=compute,
    draw=draw,
    smoke=21,
    cost=0.5,
)
