"""Theorem 1's constant, the sharp one and the true one, over the distance from the origin."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from figures.figure import Arrays, Figure
from figures.paper_data import EPS
from figures.style import COLORS, PAGE, new_drawing

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Drawing

RADIUS = 2.0**0.5  # ‖x‖ of the papers' datum (−1, 1)
LIMITS = (8.0**0.5, 10.0, 100.0)  # θ_max: the corner of the papers' square, and farther
SMALLEST = 1e-3


def compute(resolution: int) -> Arrays:
    from theory.curvature import smoothness_bound

    r = np.geomspace(SMALLEST, LIMITS[-1], resolution)
    arrays: dict[str, np.ndarray] = {"theta_min": r, "theta_max": np.array(LIMITS)}
    for which in ("sharp", "true"):
        arrays[which] = np.array([smoothness_bound(RADIUS, EPS, float(a), which=which) for a in r])
    # Beyond its θ_max a bound means nothing: there its last value stands, which is not drawn.
    arrays["printed"] = np.array(
        [
            [smoothness_bound(RADIUS, EPS, min(float(a), limit), limit, which="printed") for a in r]
            for limit in LIMITS
        ]
    )
    return arrays


def draw(arrays: Arrays) -> Drawing:
    drawing, axes = new_drawing(1, 2, width=PAGE, height=2.9)
    r, true = arrays["theta_min"], arrays["true"]
    left, right = axes[0]
    shades = ("#8C3D00", COLORS["red"], "#F2A679")
    for limit, values, color in zip(arrays["theta_max"], arrays["printed"], shades, strict=True):
        size = r"2\sqrt{2}" if limit < 3 else f"{limit:g}"
        label = rf"Theorem 1, $\theta_{{\max}}={size}$"
        some = r <= limit
        left.loglog(r[some], values[some], color=color, label=label)
        right.loglog(r[some], (values / true)[some], color=color, label=label)
    for place in (left, right):
        over = 1.0 if place is left else true
        place.loglog(r, arrays["sharp"] / over, "--", color=COLORS["blue"], label="sharp bound")
        place.loglog(r, true / over, color=COLORS["black"], label="true constant")
        place.set_xlabel(r"$\theta_{\min}$")
        place.set_xlim(SMALLEST, LIMITS[-1])
    left.axhline(RADIUS**2 / 4, color=COLORS["green"], linestyle=":", label="true, no attack")
    left.set_ylim(0.25, None)
    left.set_ylabel(r"Lipschitz constant of $\nabla\ell_\varepsilon$")
    left.set_title(r"(a) constants on $\|\theta\|\geq\theta_{\min}$")
    left.legend(loc="upper right")
    right.set_ylim(0.8, None)
    right.set_ylabel("bound / true constant")
    right.set_title("(b) how loose the bounds are")
    return drawing


FIGURE = Figure(
    name="smoothness-constants",
    title="Smoothness constants under the L2 attack: printed, sharp, true",
    source="ours, about Kanai et al., Theorem 1",
    shows=(
        "Near the origin all constants grow like 1/θ_min. Theorem 1's also grows with the "
        "largest weight allowed, which the true one does not see; the sharp bound stays "
        "close to it. Far out the attacked loss is smoother than the loss without attack."
    ),
    caption=(
        "Logistic loss, ‖x‖ ≤ R = √2, ε = 0.6, d ≥ 2. Theorem 1: C_θθ + ε C_θx/θ_min with "
        "the exact C_θθ = (R + ε)²/4 and C_θx over ‖θ‖ ≤ θ_max, so on θ_min ≤ ‖θ‖ ≤ θ_max, "
        "for θ_max = 2√2, 10, 100. Sharp: (R + ε)²/4 + (ε/θ_min) σ(θ_min (R + ε)), for every "
        "θ_max. True: the largest norm of the Hessian on ‖θ‖ ≥ θ_min. No attack: R²/4."
    ),
    claims=(
        "kanai.theorem-1",
        "kanai.theorem-1.larger-than-standard",
        "jaxat.theorem-1-sharp",
        "jaxat.theorem-1-sharp.gap",
        "jaxat.hessian-l2.constant",
        "jaxat.hessian-l2.inner-sphere",
        "jaxat.logistic-constants",
    ),
    compute=compute,
    draw=draw,
    cost=1.0,
)
