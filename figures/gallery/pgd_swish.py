"""Projected gradient steps against the exact inner maximum, for the swish model."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING

import numpy as np

from figures.figure import Arrays, Figure
from figures.paper_data import EPS, X, Y, axis, on_grid
from figures.style import PAGE, SEQUENTIAL, new_drawing

if TYPE_CHECKING:
    import jax
    from matplotlib.figure import Figure as Drawing

STEPS, STEP = 200, 0.01
ATTACKS = {
    "linf": r"(a) $L_\infty$, sign of the gradient",
    "l2_raw": "(b) $L_2$, the gradient itself",
    "l2_unit": "(c) $L_2$, gradient of length 1",
}
FLOOR = 1e-6


def _step(delta: jax.Array, gradient: jax.Array, attack: str) -> jax.Array:
    """One step of length `STEP` uphill, then back onto the ball."""
    import jax.numpy as jnp

    if attack == "linf":
        return jnp.clip(delta + STEP * jnp.sign(gradient), -EPS, EPS)
    if attack == "l2_unit":
        length = jnp.linalg.norm(gradient)
        gradient = gradient / jnp.where(length > 0, length, 1.0)
    delta = delta + STEP * gradient
    return delta * jnp.minimum(1.0, EPS / jnp.maximum(jnp.linalg.norm(delta), EPS))


def pgd_losses(theta: jax.Array) -> jax.Array:
    """The losses (3,) that the attacks reach at one θ, each started from the datum itself."""
    import jax
    import jax.numpy as jnp

    from theory.swish import swish_loss

    def loss(delta: jax.Array) -> jax.Array:
        return swish_loss(theta, X + delta, Y)

    def steps(deltas: jax.Array, _: None) -> tuple[jax.Array, None]:
        gradients = jax.vmap(jax.grad(loss))(deltas)
        moved = [_step(d, g, a) for d, g, a in zip(deltas, gradients, ATTACKS, strict=True)]
        return jnp.stack(moved), None

    start = jnp.zeros((len(ATTACKS), len(X)))
    deltas, _ = jax.lax.scan(steps, start, length=STEPS)
    return jax.vmap(loss)(deltas)


def compute(resolution: int) -> Arrays:
    import jax
    import jax.numpy as jnp

    from theory.swish import swish_adversarial_loss

    t = axis(resolution)
    over = jax.jit(
        jax.vmap(jax.vmap(lambda a, b: pgd_losses(jnp.stack([a, b])), (None, 0)), (0, None))
    )
    reached = np.asarray(over(jnp.asarray(t), jnp.asarray(t)))
    exact = {
        p: on_grid(lambda theta, q=p: swish_adversarial_loss(theta, X, Y, EPS, q), t, t)
        for p in (2.0, inf)
    }
    arrays: dict[str, np.ndarray] = {"theta": t}
    for k, name in enumerate(ATTACKS):
        arrays[name] = exact[inf if name == "linf" else 2.0] - reached[..., k]
    return arrays


def draw(arrays: Arrays) -> Drawing:
    from matplotlib.colors import LogNorm

    drawing, axes = new_drawing(1, 3, width=PAGE, height=2.7, sharey=True)
    t = arrays["theta"]
    image = None
    for place, (name, title) in zip(axes[0], ATTACKS.items(), strict=True):
        gap = np.maximum(arrays[name], FLOOR)
        image = place.pcolormesh(
            t, t, gap.T, norm=LogNorm(FLOOR, 0.1), cmap=SEQUENTIAL, shading="nearest",
            rasterized=True,
        )  # fmt: skip
        place.set(
            title=f"{title}\nat most {_power(float(arrays[name].max()))} short",
            xlabel=r"$\theta_1$",
            aspect="equal",
        )
        place.set(xticks=range(-2, 3), yticks=range(-2, 3))
    axes[0, 0].set_ylabel(r"$\theta_2$")
    assert image is not None
    bar = drawing.colorbar(image, ax=axes[0], extend="min", shrink=0.85, pad=0.01)
    bar.set_label("exact maximum − loss reached")
    return drawing


def _power(value: float) -> str:
    digits, exponent = f"{value:.1e}".split("e")
    return f"{value:.2g}" if value > 1e-3 else rf"${digits}\cdot10^{{{int(exponent)}}}$"


FIGURE = Figure(
    name="pgd-swish",
    title="What 200 steps of PGD miss",
    source="ours, about Kanai et al., final version, Fig. 2(d)-(f) (early version, Fig. 6)",
    shows=(
        "The paper computes its swish surfaces with PGD. Sign steps and steps of fixed "
        "length find the inner maximum to a ten-thousandth; steps of the raw gradient, which "
        "is small where the loss is flat, stop short by up to a tenth."
    ),
    caption=(
        "ℓ = log(1 + exp(−y u σ(u))), u = θᵀ(x + δ), x = (−1, 1), y = 1, ε = 0.6, θ in [−2, "
        "2]². Exact: φ(clip(u*, θᵀx ± ε‖θ‖_q)), u* = −1.27846. PGD: 200 steps from δ = 0, δ "
        "← Π(δ + 0.01 g), Π onto ‖δ‖_p ≤ ε, with (a) g = sign ∇_δℓ, (b) g = ∇_δℓ, (c) g = "
        "∇_δℓ/‖∇_δℓ‖₂. The paper states 200 steps of 0.01 (early version), not the start nor "
        "(b) or (c). Colours are cut off at 10⁻⁶."
    ),
    claims=("kanai.swish.no-closed-form", "jaxat.swish-closed-form", "kanai.swish.u-star"),
    compute=compute,
    draw=draw,
    cost=4.0,
)
