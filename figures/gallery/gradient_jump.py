"""The gradient field of the linear losses, and the jump of the gradient across a kink."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from figures.figure import Arrays, Figure
from figures.kink_curves import axis_curve, jumps, loss_of
from figures.paper_data import EPS, axis, linear_loss, on_grid
from figures.style import COLORS, PAGE, contours, new_drawing

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Drawing

FIELDS = {"clean": "(a) no attack", "l2": "(b) $L_2$", "linf": r"(c) $L_\infty$"}
CUT = 1.0  # the value of θ₁ on the line that panel (d) crosses the kink along
_ARROWS = 11


def compute(resolution: int) -> Arrays:
    import jax
    import jax.numpy as jnp

    t, coarse = axis(resolution), axis(_ARROWS + 1)
    across = axis(4 * resolution)  # an even number of points: none on the kink
    grid = np.stack(np.meshgrid(coarse, coarse, indexing="ij"), axis=-1).reshape(-1, 2)
    line = np.stack([np.full_like(across, CUT), across], axis=-1)
    arrays: dict[str, np.ndarray] = {"theta": t, "coarse": coarse, "across": across}
    for name, p in (("clean", None), ("l2", 2.0), ("linf", np.inf)):
        loss = linear_loss(p)
        gradients = np.asarray(
            jax.jit(jax.vmap(jax.grad(loss)))(jnp.asarray(np.concatenate([grid, line])))
        )
        arrays[f"{name}_loss"] = on_grid(loss, t, t)
        arrays[f"{name}_field"] = gradients[: len(grid)].reshape(len(coarse), len(coarse), 2)
        arrays[f"{name}_slope"] = gradients[len(grid) :, 1]
    along = axis(resolution + resolution % 2)
    arrays["along"] = along
    for name in ("linear_l2", "linear_linf", "swish_linf"):
        across_it = np.tile([0.0, 1.0], (len(along), 1))
        steps, _ = jumps(loss_of(name), axis_curve(along, 1), across_it)
        arrays[f"{name}_jump"] = np.linalg.norm(steps, axis=1)
    return arrays


def draw(arrays: Arrays) -> Drawing:
    drawing, axes = new_drawing(2, 6, width=PAGE, height=4.8)
    grid = axes[0, 0].get_gridspec()
    for place in axes.flat:
        place.remove()
    t = arrays["theta"]
    first, second = np.meshgrid(arrays["coarse"], arrays["coarse"], indexing="ij")
    for k, (name, title) in enumerate(FIELDS.items()):
        place = drawing.add_subplot(grid[0, 2 * k : 2 * k + 2])
        contours(place, t, t, arrays[f"{name}_loss"], title=title)
        field = arrays[f"{name}_field"]
        place.quiver(
            first, second, *np.moveaxis(field, -1, 0), color="white", scale=22, width=0.007
        )
        if name == "l2":
            place.plot(0, 0, "o", color=COLORS["red"], markersize=5)
        if name == "linf":
            place.axhline(0, color=COLORS["red"], linewidth=1.6)
            place.axvline(0, color=COLORS["red"], linewidth=1.6)
    _across(drawing.add_subplot(grid[1, :3]), arrays)
    _along(drawing.add_subplot(grid[1, 3:]), arrays)
    return drawing


def _across(place: Axes, arrays: Arrays) -> None:
    t = arrays["across"]
    styles = {"clean": ("black", ":"), "l2": ("blue", "--"), "linf": ("red", "-")}
    labels = {"clean": "no attack", "l2": "$L_2$", "linf": r"$L_\infty$"}
    for name, (color, line) in styles.items():
        for half in (t < 0, t > 0):
            label = labels[name] if t[half][0] > 0 else None
            place.plot(
                t[half], arrays[f"{name}_slope"][half], line, color=COLORS[color], label=label
            )
    below, above = (float(arrays["linf_slope"][np.flatnonzero(s)[i]]) for s, i in _ends(t))
    place.annotate("", (0.0, above), (0.0, below), arrowprops={"arrowstyle": "<->", "lw": 0.8})
    place.text(0.12, 0.55 * below + 0.45 * above, r"$2\varepsilon s$", va="center")
    place.set_title(r"(d) across the kink, on $\theta_1=1$")
    place.set_xlabel(r"$\theta_2$")
    place.set_ylabel(r"$\partial\ell_\varepsilon/\partial\theta_2$")
    place.legend(loc="lower right")


def _ends(t: np.ndarray) -> tuple[tuple[np.ndarray, int], tuple[np.ndarray, int]]:
    """The last point below 0 and the first one above it, as (mask, index in it)."""
    return (t < 0, -1), (t > 0, 0)


def _along(place: Axes, arrays: Arrays) -> None:
    t = arrays["along"]
    curves = {
        "linear_linf": (r"linear, $L_\infty$", "red", "-"),
        "swish_linf": (r"swish, $L_\infty$", "green", "-."),
        "linear_l2": ("linear, $L_2$", "blue", "--"),
    }
    for name, (label, color, line) in curves.items():
        place.plot(t, arrays[f"{name}_jump"], line, color=COLORS[color], label=label)
    place.axhline(2 * EPS, color="0.6", linewidth=0.6)
    place.text(-1.95, 2 * EPS - 0.03, r"$2\varepsilon$", va="top", color="0.35")
    place.set_title(r"(e) along the kink $\theta_2=0$")
    place.set_xlabel(r"$\theta_1$")
    place.set_ylabel("jump of the gradient")
    place.legend(loc="upper left", bbox_to_anchor=(0.0, 0.92))


FIGURE = Figure(
    name="gradient-jump",
    title="The gradient jumps across a kink",
    source="ours, on the losses of Kanai et al., final version, Fig. 2",
    shows=(
        "Without an attack the gradient has one direction and varies smoothly. Under the L∞ "
        "attack it jumps across both axes, by twice the radius times the weight of the loss; "
        "under the L2 attack it turns smoothly except at the origin. The swish unit's jump "
        "ends at a point."
    ),
    caption=(
        "x = (−1, 1), y = 1, ε = 0.6. (a)-(c): ℓ_ε = log(1 + exp(−y θᵀx + ε‖θ‖_q)) and its "
        "gradient on [−2, 2]², red where it jumps. (d): ∂ℓ_ε/∂θ₂ on the line θ₁ = 1; the "
        "jump at θ₂ = 0 is 2ε s with s = σ(−y θᵀx + ε‖θ‖_q) for L∞ and 0 for L2. (e): the "
        "norm of the jump across θ₂ = 0, measured 10⁻⁹ to each side: 2ε s for the linear "
        "model and L∞; 2ε|φ'(clip(u*, θᵀx ± ε‖θ‖₁))| for swish, 0 for θ₁ ≥ 0.79904; 0 for L2 "
        "except at θ = 0."
    ),
    claims=(
        "jaxat.gradient-jump",
        "jaxat.swish-kinks",
        "kanai.lemma-3.sign-change.repaired",
        "kanai.theorem-2",
        "kanai.theorem-2.exclusion",
        "kanai.continuity.repaired",
    ),
    compute=compute,
    draw=draw,
    cost=3.0,
)
