"""The curvature that EntropySGD leaves, over γ, against bounds that hold on all of R^m."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from figures.figure import Arrays, Figure
from figures.paper_data import EPS
from figures.style import COLORS, PAGE, new_drawing

if TYPE_CHECKING:
    from collections.abc import Callable

    import jax
    from matplotlib.figure import Figure as Drawing

AMPLITUDE = 10.0  # of the cosine: its smoothness, its weak convexity and its slope
SLOPE, HEIGHT = 3.0, 9.0  # of the tent, whose feet are at ±3
RANGE = (0.03, 1000.0)
_CENTRES = 41


def losses() -> dict[str, tuple[Callable[[jax.Array], jax.Array], tuple[float, ...], float]]:
    """Name: loss of (t,), its kinks, and the half-width of the range of θ that is searched."""
    import jax
    import jax.numpy as jnp

    foot = HEIGHT / SLOPE
    return {
        "convex": (lambda t: jax.nn.softplus(EPS * jnp.abs(t[0]) - t[0]), (0.0,), 2.0),
        "weakly": (lambda t: AMPLITUDE * (1 + jnp.cos(t[0])), (), np.pi),
        "lipschitz": (
            lambda t: jnp.maximum(0.0, HEIGHT - SLOPE * jnp.abs(t[0])),
            (-foot, 0.0, foot),
            4.0,
        ),
    }


def compute(resolution: int) -> Arrays:
    import jax
    import jax.numpy as jnp

    from theory.local_entropy import local_entropy
    from theory.local_entropy.bounds import (
        curvature_bounds_convex,
        curvature_bounds_lipschitz,
        curvature_bounds_weakly_convex,
        printed_bound,
    )

    gamma = np.geomspace(*RANGE, resolution)
    arrays: dict[str, np.ndarray] = {"gamma": gamma}
    for name, (loss, kinks, half_width) in losses().items():
        # A centre on 0, where the kinks and the cosine's top are.
        centres = jnp.asarray(half_width * np.linspace(-1, 1, _CENTRES) ** 3)

        def variance(theta: jax.Array, g: jax.Array, of=loss, at=kinks) -> jax.Array:
            return local_entropy(of, theta[None], g, kinks=at, panels=96).covariance[0, 0]

        over = jax.jit(jax.vmap(jax.vmap(variance, (0, None)), (None, 0)))
        found = np.asarray(over(centres, jnp.asarray(gamma)))
        curvature = gamma[:, None] - gamma[:, None] ** 2 * found
        arrays[f"{name}_true"] = np.abs(curvature).max(axis=1)
        arrays[f"{name}_printed"] = np.array(
            [printed_bound(g, v[:, None, None]) for g, v in zip(gamma, found, strict=True)]
        )
    arrays["convex_bound"] = _largest(curvature_bounds_convex, gamma)
    above = gamma[gamma > AMPLITUDE]
    arrays["weakly_gamma"] = above
    arrays["weakly_bound"] = _largest(
        lambda g: curvature_bounds_weakly_convex(AMPLITUDE, g, smoothness=AMPLITUDE), above
    )
    for name, slope in (("weakly", AMPLITUDE), ("lipschitz", SLOPE)):
        arrays[f"{name}_slope_bound"] = _largest(
            lambda g, G=slope: curvature_bounds_lipschitz(G, g), gamma
        )
    return arrays


def _largest(bounds: Callable[[float], tuple[float, float]], gamma: np.ndarray) -> np.ndarray:
    return np.array([max(map(abs, bounds(float(g)))) for g in gamma])


def draw(arrays: Arrays) -> Drawing:
    drawing, axes = new_drawing(1, 3, width=PAGE, height=3.1, sharex=True)
    gamma = arrays["gamma"]
    panels = {
        "convex": r"(a) attacked logistic loss, convex",
        "weakly": rf"(b) ${AMPLITUDE:g}\,(1+\cos t)$, weakly convex",
        "lipschitz": rf"(c) $\max(0,{HEIGHT:g}-{SLOPE:g}|t|)$, Lipschitz",
    }
    handles = {}
    for place, (name, title) in zip(axes[0], panels.items(), strict=True):
        lines = {
            "printed (Theorem 3)": (f"{name}_printed", "red", ":"),
            "Lipschitz bound": (f"{name}_slope_bound", "orange", "-."),
            "weakly convex bound": ("weakly_bound" if name == "weakly" else "", "blue", "--"),
            r"convex bound, $\gamma$": ("convex_bound" if name == "convex" else "", "green", "--"),
            r"true $\sup|F''|$": (f"{name}_true", "black", "-"),
        }
        for label, (key, color, line) in lines.items():
            if key in arrays:
                at = arrays["weakly_gamma"] if key == "weakly_bound" else gamma
                drawn = place.loglog(at, arrays[key], line, color=COLORS[color], label=label)
                handles[label] = drawn[0]
        if name == "weakly":
            drawn = place.axhline(AMPLITUDE, color="0.6", linewidth=0.8)
            place.text(RANGE[0] * 1.3, AMPLITUDE * 0.62, "$L$ itself", color="0.35", va="top")
            place.set_ylim(3, 3e3)
        place.set_title(title)
        place.set_xlabel(r"$\gamma$")
        place.set_xlim(*RANGE)
    axes[0, 0].set_ylabel(r"curvature of $-F$")
    drawing.legend(handles=list(handles.values()), loc="outside lower center", ncols=5)
    return drawing


FIGURE = Figure(
    name="entropy-curvature",
    title="How much curvature EntropySGD leaves",
    source="ours, about Kanai et al., final version, Theorem 3",
    shows=(
        "A convex loss is smoothed to curvature at most γ, kinks or not. A weakly convex "
        "loss can get more curved: its peak sharpens most at γ near its weak convexity. A "
        "Lipschitz loss is smoothed with one constant on the whole line. Theorem 3's bound "
        "needs the covariance, and is never reached."
    ),
    caption=(
        "−F(θ) = −log ∫ exp(−L(t) − (γ/2)(θ − t)²) dt in one dimension, −F'' = γ − γ² "
        "Var(t). Black: the largest |F''| over 41 θ in (a) [−2, 2], (b) [−π, π], (c) [−4, "
        "4]. (a) L = log(1 + exp(−t + 0.6|t|)), bound γ. (b) L = 10(1 + cos t), ρ = 10: "
        "ρ-smooth, too: γρ/(γ − ρ) for γ > ρ; grey: the curvature of L itself, 10. (c) L = "
        "max(0, 9 − 3|t|). Lipschitz bound: max(γ, ½G(G + √(G² + 4γ))), G = 10 in (b) and 3 "
        "in (c). Printed: γ + γ² sup ‖Σ‖_F over the same θ."
    ),
    claims=(
        "kanai.theorem-3",
        "jaxat.entropy-convex",
        "jaxat.entropy-weakly-convex",
        "jaxat.entropy-lipschitz",
        "jaxat.entropy-spectral-norm",
        "kanai.entropy-improves-smooth",
    ),
    compute=compute,
    draw=draw,
    resolution=81,
    smoke=9,
    cost=4.0,
)
