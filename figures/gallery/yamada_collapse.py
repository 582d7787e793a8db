"""The collapse of the robust minimiser at ε_c: five powers of the distance from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from figures.figure import Arrays, Figure
from figures.style import COLORS, PAGE, new_drawing
from figures.yamada_data import DATA_WORDS, samples

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Drawing

TERMS = {
    "tangential": (r"$\lambda_{\max}\to\varepsilon_c v/4\delta$", "red"),
    "norm": (r"$\|w^*\|\to 2\delta/v$", "blue"),
    "normalised": (r"$\|w^*\|^2\lambda_{\max}\to\varepsilon_c\delta/v$", "green"),
    "radial": (r"$\lambda_{\min}\to v/4$", "purple"),
    "loss_drop": (r"$\log 2-F(w^*)\to\delta^2/2v$", "orange"),
}
RANGE = (1e-4, 0.5)


def compute(resolution: int) -> Arrays:
    import jax

    from theory.weight_phases import collapse_law, collapse_radius, minimiser
    from theory.weight_sharpness import robust_hessian, robust_loss

    z = samples()
    edge = collapse_radius(z)
    delta = np.geomspace(*RANGE, resolution)
    radii = edge - delta
    w = np.array([minimiser(z, float(eps)) for eps in radii])
    losses, hessians = (
        np.asarray(jax.jit(jax.vmap(f, (0, None, 0)))(w, z, radii))
        for f in (robust_loss, robust_hessian)
    )
    eigenvalues, length = np.linalg.eigvalsh(hessians), np.linalg.norm(w, axis=1)
    laws = [collapse_law(z, float(eps)) for eps in radii]
    return {
        "delta": delta,
        "norm": length,
        "tangential": eigenvalues[:, -1],
        "radial": eigenvalues[:, 0],
        "normalised": length**2 * eigenvalues[:, -1],
        "loss_drop": np.log(2.0) - losses,
        **{f"{name}_law": np.array([getattr(law, name) for law in laws]) for name in TERMS},
    }


def draw(arrays: Arrays) -> Drawing:
    drawing, axes = new_drawing(1, 2, width=PAGE, height=2.9)
    left, right = axes[0]
    delta = arrays["delta"]
    for name, (label, color) in TERMS.items():
        values, law = arrays[name], arrays[f"{name}_law"]
        left.loglog(delta, values, color=COLORS[color], label=label)
        left.loglog(delta, law, ":", color=COLORS["black"], linewidth=0.9)
        right.loglog(delta, np.abs(values / law - 1), color=COLORS[color])
    right.loglog(delta, delta, ":", color=COLORS["black"], linewidth=0.9)
    right.text(delta[0] * 1.5, delta[0] * 0.7, r"$\delta$", va="top")
    left.set(
        title="(a) true values, and the law (dotted)", xlabel=r"$\delta=\varepsilon_c-\varepsilon$"
    )
    right.set(title="(b) relative error of the law", xlabel=r"$\delta=\varepsilon_c-\varepsilon$")
    left.set_ylabel("value")
    right.set_ylabel(r"$|$value / law $-\,1|$")
    drawing.legend(loc="outside right center")
    return drawing


FIGURE = Figure(
    name="yamada-collapse",
    title="How the robust minimiser collapses at ε_c",
    source="ours, about Yamada et al., Theorem 1 and Eq. (9)",
    shows=(
        "Just below ε_c the curvature across w* grows like 1/δ while the weights shrink like "
        "δ: raw sharpness has a pole, and sharpness after filter normalisation goes to 0. "
        "The error of the law is itself of the order of δ."
    ),
    caption=(
        f"{DATA_WORDS}. F(w) = mean log(1 + exp(ε‖w‖ − w·zₙ)), w* its minimiser, ε_c = ‖mean "
        "zₙ‖ = 1.172, δ = ε_c − ε from 10⁻⁴ to 0.5, v = variance of zₙ along its mean. λ_max "
        "and λ_min are eigenvalues of ∇²F(w*). The laws stand in the legend."
    ),
    claims=(
        "jaxat.collapse-law",
        "jaxat.collapse-law.two-radii",
        "jaxat.normalised-sharpness",
        "yamada.eq-9",
    ),
    compute=compute,
    draw=draw,
    resolution=61,
    smoke=9,
    cost=2.0,
)
