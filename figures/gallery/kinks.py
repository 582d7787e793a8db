"""The kinks of the adversarial losses of one datum, drawn on their surfaces."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from figures.figure import Arrays, Figure, Surface
from figures.kink_curves import LOSSES, axis_curve, jumps, loss_of
from figures.paper_data import axis, on_grid
from figures.style import COLORS, PAGE, new_drawing, surface_axes

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Drawing

TITLES = {
    "linear_l2": "linear, $L_2$: one point",
    "linear_linf": r"linear, $L_\infty$: both axes",
    "swish_l2": "swish, $L_2$: one point",
    "swish_linf": r"swish, $L_\infty$: parts of the axes",
}
_NO_JUMP = 1e-6
_WIDTH = 3.0  # points of line width for a gradient jump of 1


def compute(resolution: int) -> Arrays:
    t = axis(resolution)
    # Off the origin, where the two axes cross and the jump of one alone has no meaning.
    along = axis(resolution + resolution % 2)
    arrays: dict[str, np.ndarray] = {"theta": t, "along": along}
    for name, (_, p) in LOSSES.items():
        loss = loss_of(name)
        arrays[name] = on_grid(loss, t, t)
        if p == 2.0:
            arrays[f"{name}_jump"], _ = jumps(loss, np.zeros((1, 2)), np.array([[0.0, 1.0]]))
            continue
        points = np.concatenate([axis_curve(along, i) for i in (0, 1)])
        found = jumps(loss, points, np.repeat(np.eye(2), len(along), axis=0))
        for part, values in zip(("jump", "height"), found, strict=True):
            arrays[f"{name}_{part}_1"], arrays[f"{name}_{part}_2"] = np.split(values, 2)
    return arrays


def draw(arrays: Arrays) -> Drawing:
    from mpl_toolkits.mplot3d.art3d import Line3DCollection

    # The order of drawing is ours: Matplotlib would hide half of each curve in its surface.
    options = {"projection": "3d", "computed_zorder": False}
    drawing, axes = new_drawing(2, 2, width=PAGE, height=6.2, subplot_kw=options)
    t = arrays["theta"]
    for place, (name, title) in zip(axes.flat, TITLES.items(), strict=True):
        surface_axes(place, t, t, arrays[name], title=title, view=(38, 118), zoom=0.95)
        place.set_title(title, y=1.03)
        place.set(xticks=[-1, 0, 1], yticks=[-1, 0, 1])  # −2 and 2 would meet in the near corner
        place.set_zlabel("loss", labelpad=-6)
        if LOSSES[name][1] == 2.0:
            middle = float(np.log(2.0))  # every loss here is log 2 at θ = 0
            place.plot([0], [0], [middle], "o", color=COLORS["red"], markersize=5, zorder=3)
            continue
        for i in (0, 1):
            size = np.linalg.norm(arrays[f"{name}_jump_{i + 1}"], axis=1)
            points = np.zeros((len(size), 3))
            points[:, 1 - i] = arrays["along"]
            points[:, 2] = arrays[f"{name}_height_{i + 1}"]
            both = (size[:-1] > _NO_JUMP) & (size[1:] > _NO_JUMP)
            pieces = np.stack([points[:-1], points[1:]], axis=1)[both]
            widths = 0.8 + _WIDTH * 0.5 * (size[:-1] + size[1:])[both]
            lines = Line3DCollection(list(pieces), colors=COLORS["red"], linewidths=widths)
            lines.set_zorder(3)
            lines.set_capstyle("round")
            place.add_collection3d(lines)
    return drawing


def surfaces(arrays: Arrays) -> list[Surface]:
    t = arrays["theta"]
    words = {"$L_2$": "L2", r"$L_\infty$": "L∞"}
    found = []
    for name, title in TITLES.items():
        for tex, text in words.items():
            title = title.replace(tex, text)
        found.append(Surface(title, t, t, arrays[name]))
    return found


FIGURE = Figure(
    name="kinks",
    title="Where the adversarial losses have kinks",
    source="ours, on the surfaces of Kanai et al., final version, Fig. 2",
    shows=(
        "The red curves are all the kinks, the thicker the larger the jump of the gradient. "
        "The L2 attack has one, at the origin; the L∞ attack has both axes. With the swish "
        "unit the kinks end where the attack reaches the worst input inside its ball."
    ),
    caption=(
        "ℓ_ε at x = (−1, 1), y = 1, ε = 0.6, θ in [−2, 2]². Linear: log(1 + exp(−y θᵀx + "
        "ε‖θ‖_q)). Swish: φ(clip(u*, θᵀx ± ε‖θ‖_q)), φ(u) = log(1 + exp(−u σ(u))), u* = "
        "−1.27846. Kinks: θ = 0 for L2; for L∞ and the linear model θ₁ = 0 or θ₂ = 0, for "
        "swish θ₂ = 0 with θ₁ < 0.79904 or θ₁ = 0 with θ₂ > −0.79904, where 0.79904 = −u*/(1 "
        "+ ε). The line is 0.8 + 3 J points wide, J the norm of the gradient's jump, "
        "measured 10⁻⁹ to each side."
    ),
    claims=(
        "jaxat.gradient-jump",
        "jaxat.swish-kinks",
        "jaxat.swish-kinks.elsewhere",
        "jaxat.swish-kinks.figure",
        "kanai.continuity",
        "kanai.lemma-3.exclusion",
    ),
    compute=compute,
    draw=draw,
    surfaces=surfaces,
    smoke=17,
    cost=3.0,
)
