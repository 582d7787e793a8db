"""Eigenvalues of the Hessian of robust logistic regression over ε, phase by phase."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from figures.figure import Arrays, Figure
from figures.style import COLORS, PAGE, new_drawing
from figures.yamada_data import DATA_WORDS, samples

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Drawing

STEP, LAST = 0.5, 100_000
SHOWN = (100, 1_000, 10_000, 100_000)
SHARES = (0.0, 0.5, 0.9, 1.35, 2.0)  # of γ: the radii of panel (b)
_BELOW = 12


def compute(resolution: int) -> Arrays:
    import jax
    import jax.numpy as jnp

    from theory.weight_phases import collapse_law, collapse_radius, minimiser, robust_margin
    from theory.weight_sharpness import robust_gradient, robust_hessian

    z = samples()
    gamma, edge = robust_margin(z), collapse_radius(z)
    # Denser towards both ends, where the eigenvalues change by orders of magnitude.
    share = 0.5 - 0.5 * np.cos(np.pi * np.linspace(0.05, 0.985, resolution))
    radii = gamma + (edge - gamma) * share
    shares = gamma * np.array(SHARES)
    at = np.concatenate([radii, shares[shares > gamma]])
    weights = np.array([minimiser(z, float(eps)) for eps in at])
    hessians = jax.jit(jax.vmap(robust_hessian, (0, None, 0)))
    eigenvalues = np.linalg.eigvalsh(np.asarray(hessians(weights, z, at)))
    limits = np.zeros(len(shares))
    limits[shares > gamma] = eigenvalues[resolution:, -1]
    weights, eigenvalues = weights[:resolution], eigenvalues[:resolution]

    below = np.concatenate([gamma * np.linspace(0, 0.98, _BELOW), shares])
    marks = np.unique(np.concatenate([np.geomspace(1, LAST, 41).astype(int), SHOWN]))

    def descend(eps: jax.Array) -> jax.Array:
        """λ_max after as many steps as each mark says."""

        def step(_: int, w: jax.Array) -> jax.Array:
            return w - STEP * robust_gradient(w, z, eps)

        def until(w: jax.Array, steps: jax.Array) -> tuple[jax.Array, jax.Array]:
            w = jax.lax.fori_loop(0, steps, step, w)
            return w, jnp.linalg.eigvalsh(robust_hessian(w, z, eps))[-1]

        return jax.lax.scan(until, jnp.asarray(z.mean(axis=0)), jnp.diff(marks, prepend=0))[1]

    sharpness = np.asarray(jax.jit(jax.vmap(descend))(jnp.asarray(below)))
    return {
        "gamma": np.array(gamma),
        "edge": np.array(edge),
        "radii": radii,
        "eigenvalues": eigenvalues,
        "law": np.array([collapse_law(z, float(eps)).tangential for eps in radii]),
        "normalised": np.sum(weights**2, axis=1) * eigenvalues[:, -1],
        "normalised_law": np.array([collapse_law(z, float(eps)).normalised for eps in radii]),
        "below": below[:_BELOW],
        "below_sharpness": sharpness[:_BELOW, np.searchsorted(marks, SHOWN)],
        "steps": marks,
        "descents": sharpness[_BELOW:],
        "limits": limits,
    }


def draw(arrays: Arrays) -> Drawing:
    drawing, axes = new_drawing(
        1, 3, width=PAGE, height=2.8, gridspec_kw={"width_ratios": (1.5, 1.1, 1)}
    )
    gamma, edge = float(arrays["gamma"]), float(arrays["edge"])
    _phases(axes[0, 0], arrays, gamma, edge)
    place = axes[0, 1]
    colors = ("#9C9C9C", "#666666", "#000000", COLORS["blue"], COLORS["red"])
    for share, values, limit, color in zip(
        SHARES, arrays["descents"], arrays["limits"], colors, strict=True
    ):
        label = r"$\varepsilon=0$" if share == 0 else rf"${share:g}\,\gamma$"
        place.loglog(arrays["steps"], values, color=color, label=label)
        if limit > 0:
            place.plot(arrays["steps"][-1], limit, "<", color=color, markersize=5, clip_on=False)
    place.set(title="(b) gradient descent", xlabel="steps", ylabel=r"$\lambda_{\max}$")
    place.legend(loc="lower left")
    place = axes[0, 2]
    place.plot(arrays["radii"], arrays["normalised"], color=COLORS["black"])
    near = arrays["radii"] > gamma + 0.55 * (edge - gamma)
    place.plot(arrays["radii"][near], arrays["normalised_law"][near], "--", color=COLORS["orange"])
    place.set(title="(c) filter-normalised", xlabel=r"$\varepsilon$")
    place.set(ylabel=r"$\|w^*\|^2\lambda_{\max}$", ylim=(0, None), xlim=(gamma, 1.02 * edge))
    return drawing


def _phases(place: Axes, arrays: Arrays, gamma: float, edge: float) -> None:
    place.axvspan(0, gamma, color="#E9EEF4", linewidth=0)
    place.axvspan(edge, 1.2 * edge, color="#F6E9E0", linewidth=0)
    greys = ("#C4C4C4", "#8C8C8C", "#555555", "#000000")
    for values, steps, color in zip(arrays["below_sharpness"].T, SHOWN, greys, strict=True):
        place.semilogy(arrays["below"], values, ":", color=color)
        power, place_above = rf"$10^{{{int(np.log10(steps))}}}$", steps == SHOWN[0]
        text, height = (f"{power} steps", 1.3) if place_above else (power, 0.4)
        place.text(0.015, values[0] * height, text, color="#333333", fontsize=6.5)
    names = (r"$\lambda_4$", r"$\lambda_3$", r"$\lambda_2$", r"$\lambda_1$")
    shades = (COLORS["sky"], COLORS["green"], COLORS["purple"], COLORS["blue"])
    for values, name, color in zip(arrays["eigenvalues"].T, names, shades, strict=True):
        place.semilogy(arrays["radii"], values, color=color, label=name)
    near = arrays["radii"] > gamma + 0.55 * (edge - gamma)
    place.semilogy(
        arrays["radii"][near], arrays["law"][near], "--", color=COLORS["orange"],
        label=r"$\varepsilon_c v/4\delta$",
    )  # fmt: skip
    place.set(xlim=(0, 1.2 * edge), xlabel=r"$\varepsilon$", ylabel="eigenvalues")
    place.set_title("(a) eigenvalues of the Hessian")
    place.set_xticks([0, gamma, edge], ["0", r"$\gamma$", r"$\varepsilon_c$"])
    top = float(arrays["eigenvalues"].max()) * 1.5
    place.set_ylim(None, top * 6)
    words = {0.5 * gamma: "no\nminimiser", 0.5 * (gamma + edge): "one minimiser",
             1.1 * edge: "$w=0$,\nkink"}  # fmt: skip
    for x, text in words.items():
        place.text(x, top * 4, text, ha="center", va="top", fontsize=7)
    place.legend(loc="lower right", bbox_to_anchor=(0.83, 0.0), handlelength=1.4, reverse=True)


FIGURE = Figure(
    name="yamada-eigenvalues",
    title="How sharp robust logistic regression is at its minimiser",
    source="ours, about Yamada et al., Theorem 1",
    shows=(
        "Below the margin γ there is no minimiser: training longer makes every radius "
        "flatter. Between γ and ε_c there is one, and all eigenvalues but one rise to a pole "
        "at ε_c, where the minimiser reaches 0. The sharpness that filter normalisation "
        "shows falls to 0 there."
    ),
    caption=(
        f"{DATA_WORDS}. F(w) = mean log(1 + exp(ε‖w‖ − w·zₙ)); γ = max over ‖w‖ = 1 of minₙ "
        "w·zₙ = 0.363, ε_c = ‖mean zₙ‖ = 1.172. (a) Lines: eigenvalues of ∇²F at the "
        "minimiser w*; dashed: the law ε_c v/(4δ), δ = ε_c − ε, v the variance of zₙ along "
        "its mean; dotted: λ_max after 10², ..., 10⁵ steps of gradient descent, step 0.5, "
        "from w = mean zₙ. (b) λ_max along it, ε = 0, 0.5γ, 0.9γ, 1.35γ, 2γ; triangles: at "
        "w*. (c) ‖w*‖²λ_max; dashed: the law ε_c δ/v."
    ),
    claims=(
        "jaxat.yamada-phases",
        "jaxat.collapse-law",
        "jaxat.collapse-threshold",
        "jaxat.sharpness-vanishes-with-loss",
        "jaxat.yamada-hessian",
        "yamada.theorem-1",
        "yamada.theorem-1.at-minimisers",
    ),
    compute=compute,
    draw=draw,
    resolution=81,
    smoke=15,
    cost=4.0,
)
