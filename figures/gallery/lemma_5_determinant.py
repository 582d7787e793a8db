"""The determinant of the bordered Hessian as a test for maxima: right, blind and wrong."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from figures.figure import Arrays, Figure
from figures.paper_data import axis
from figures.style import COLORS, PAGE, new_drawing

if TYPE_CHECKING:
    import jax
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Drawing

# 0: neither; 1: maximum that the test misses; 2: not a maximum, but the test says so; 3: both.
SHADES = ("#F4F4F4", COLORS["sky"], COLORS["red"], "#2A6B52")
MEANING = (
    "no maximum, none reported",
    "maximum, missed",
    "no maximum, but reported",
    "maximum, reported",
)
WEAK = (0.2, 0.01)  # the curvature along the gradient in panel (d), as drawn: blue, black
THIRD = -1.0  # the third tangential curvature for d = 4


def bordered_determinant(mu: jax.Array, tangential: jax.Array) -> jax.Array:
    """det ∇²J at δ = e₁ of ℓ = μ δ₁ + ½ Σ_i (h_i + μ) δ_{i+1}², whose H_t = diag(h), ε = 1.

    J = ℓ − m(‖δ‖ − 1) is differentiated in (m, δ) automatically, so that no printed formula enters.
    """
    import jax
    import jax.numpy as jnp

    def lagrangian(point: jax.Array) -> jax.Array:
        m, delta = point[0], point[1:]
        loss = mu * delta[0] + 0.5 * jnp.sum((tangential + mu) * delta[1:] ** 2)
        return loss - m * (jnp.linalg.norm(delta) - 1.0)

    at = jnp.concatenate([jnp.array([mu, 1.0]), jnp.zeros(tangential.shape[0])])
    return jnp.linalg.det(jax.hessian(lagrangian)(at))


def compute(resolution: int) -> Arrays:
    import jax
    import jax.numpy as jnp

    t = axis(resolution + resolution % 2, 1.0)  # an even number: no point where a sign is 0
    first, second = (v.ravel() for v in np.meshgrid(t, t, indexing="ij"))
    arrays: dict[str, np.ndarray] = {"t": t}
    one, third = np.ones_like(first), np.full_like(first, THIRD)
    cases = {
        "d2": (first, second[:, None]),
        "d3": (one, np.stack([first, second], axis=-1)),
        "d4": (one, np.stack([first, second, third], axis=-1)),
    }
    for name, (mu, tangential) in cases.items():
        determinant = jax.jit(jax.vmap(bordered_determinant))(
            jnp.asarray(mu), jnp.asarray(tangential)
        )
        reported = np.asarray(determinant) > 0
        # On the ball: μ > 0 keeps the point on the sphere, h < 0 does the rest.
        maximum = (mu > 0) & (tangential < 0).all(axis=1)
        arrays[name] = (maximum + 2 * reported).reshape(len(t), len(t))
    theta = np.linspace(-0.4, 0.4, resolution + 1 - resolution % 2)
    x1 = np.array([_released(a, theta) for a in WEAK])
    return {**arrays, "theta": theta, "x1": x1, "lemma": np.array([_lemma(a) for a in WEAK])}


def _released(a: float, theta: np.ndarray) -> np.ndarray:
    """First coordinate of the maximiser of −(a/2)(x₁ − 1)² − x₂²/2 + θx₁ on the unit disc."""
    from theory.trust_region import trust_region_maximiser

    solve = partial(trust_region_maximiser, np.diag([-a, -1.0]))
    return np.array([solve(np.array([a + s, 0.0]), 1.0).delta[0] for s in theta])


def _lemma(a: float) -> float:
    """C_θx/c at θ = 0, where μ = 0 and C_θx = 1."""
    bordered = np.array([[0.0, -1.0, 0.0], [-1.0, -a, 0.0], [0.0, 0.0, -1.0]])
    return float(1 / np.linalg.svd(bordered, compute_uv=False)[-1])


def draw(arrays: Arrays) -> Drawing:
    from matplotlib.colors import ListedColormap
    from matplotlib.patches import Patch

    drawing, axes = new_drawing(1, 4, width=PAGE, height=2.5)
    t = arrays["t"]
    labels = {
        "d2": ("(a) $d=2$", r"multiplier $\mu$", "$h$"),
        "d3": (r"(b) $d=3,\ \mu>0$", "$h_1$", "$h_2$"),
        "d4": (r"(c) $d=4,\ \mu>0,\ h_3<0$", "$h_1$", "$h_2$"),
    }
    for place, (name, (title, x, y)) in zip(axes[0], labels.items(), strict=False):
        place.pcolormesh(
            t, t, arrays[name].T, cmap=ListedColormap(SHADES), vmin=0, vmax=3,
            shading="nearest", rasterized=True,
        )  # fmt: skip
        place.axhline(0, color="white", linewidth=1)
        place.axvline(0, color="white", linewidth=1)
        place.set(title=title, xlabel=x, ylabel=y, aspect="equal")
        place.set(xticks=[-1, 0, 1], yticks=[-1, 0, 1])
    _draw_released(axes[0, 3], arrays)
    patches = [Patch(color=c, label=m) for c, m in zip(SHADES, MEANING, strict=True)]
    drawing.legend(handles=patches, loc="outside lower center", ncols=4)
    return drawing


def _draw_released(place: Axes, arrays: Arrays) -> None:
    theta, slope = arrays["theta"], float(arrays["lemma"].max())
    place.fill_between(
        theta, 1 - slope * abs(theta), 1 + slope * abs(theta), color="#F5D9A0", linewidth=0
    )
    for a, x1, color in zip(WEAK, arrays["x1"], ("blue", "black"), strict=True):
        place.plot(theta, x1, color=COLORS[color])
        place.text(
            *((-0.215, -0.55) if a > 0.1 else (0.02, -0.9)),
            f"$a={a:g}$",
            color=COLORS[color],
            fontsize=7,
        )
    place.text(-0.38, 1.0, "the lemma", color="#7A5200", va="center")
    place.set(title=r"(d) $\mu=0$ at $\theta=0$", xlabel=r"$\theta_1$", ylabel="maximiser")
    place.set(xlim=(-0.4, 0.4), ylim=(-1.1, 1.5), xticks=[-0.4, 0, 0.4])
    place.set_box_aspect(1)


FIGURE = Figure(
    name="lemma-5-determinant",
    title="The determinant is no test for a maximum",
    source="ours, about Kanai et al., Lemma 5",
    shows=(
        "A positive determinant of the bordered Hessian is taken to mean a local maximum. "
        "With two inputs this is right only while the multiplier is positive, with three it "
        "reports saddles and misses every maximum, with four it reports some saddles. Where "
        "the multiplier is 0 the attack can move faster than any multiple of what the lemma "
        "allows."
    ),
    caption=(
        "(a)-(c): ℓ = μδ₁ + ½ Σ (h_i + μ)δ_{i+1}² over ‖δ‖₂ ≤ 1 at δ = e₁, where the "
        "tangential Hessian is diag(h); (c) has h₃ = −1. Maximum: μ > 0 and all h_i < 0. "
        "Reported: det ∇²J > 0, J = ℓ − μ(‖δ‖ − 1) differentiated in (μ, δ); it equals −Π "
        "h_i. (d): ℓ = −(a/2)(x'₁ − 1)² − ½x'₂² + θᵀx' on the unit disc, θ = (θ₁, 0), a = "
        "0.2 and 0.01: at θ = 0 the maximiser has μ = 0 and det = 1, so the lemma promises "
        "slope C_θx/c ≤ 1.105 (shaded); it moves with slope 1/a."
    ),
    claims=(
        "kanai.lemma-5",
        "kanai.lemma-5.odd-d",
        "kanai.lemma-5.repaired",
        "kanai.det-criterion",
        "kanai.det-criterion.repaired",
        "kanai.bordered-hessian.repaired",
    ),
    compute=compute,
    draw=draw,
    resolution=201,
    cost=1.0,
)
