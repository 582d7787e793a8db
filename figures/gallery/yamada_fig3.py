"""Fig. 3 of Yamada et al.: the three largest eigenvalues of the Hessian by radius."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from figures.figure import Arrays, Figure
from figures.recorded import not_measured, read_record
from figures.yamada_curves import COMMAND, MODELS
from theory.tables.recorded_yamada import radius

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Drawing

NORMS = {"l2": "$L_2$", "linf": r"$L_\infty$"}
RECORD = "yamada-figure3"


def compute(resolution: int) -> Arrays:
    del resolution  # the record has the points that it has
    return eigenvalue_arrays(read_record(RECORD))


def eigenvalue_arrays(record: dict[str, Any] | None) -> Arrays:
    """For each norm `eps`, `eigenvalues` and `detached` (radii, 3), `weights`; means over seeds."""
    if record is None:
        return {"recorded": np.array(0)}
    found: dict[str, Any] = {"recorded": np.array(1)}
    for norm in NORMS:
        rows = [row for row in record["rows"] if row["norm"] == norm]
        radii = sorted({radius(row["eps"]) for row in rows})
        groups = [[row for row in rows if radius(row["eps"]) == eps] for eps in radii]
        found[f"{norm}_eps"] = np.array(radii, float)
        names = {
            "eigenvalues": "eigenvalues",
            "detached": "eigenvalues_detached",
            "weights": "weight_norm",
        }
        for name, key in names.items():
            means = [np.mean([row[key] for row in group], axis=0) for group in groups]
            found[f"{norm}_{name}"] = np.array(means)
    return found


def draw(arrays: Arrays) -> Drawing:
    from figures.style import COLORS, PAGE, new_drawing

    if not arrays["recorded"]:
        drawing, axes = new_drawing(1, 2, width=PAGE * 2 / 3)
        for place, name in zip(axes[0], NORMS.values(), strict=True):
            not_measured(place, name, [COMMAND, "--figures 3"])
        return drawing
    drawing, axes = new_drawing(1, 3, width=PAGE, height=2.4)
    for place, norm, letter in zip(axes[0], NORMS, "ab", strict=False):
        _panel(place, arrays, norm)
        place.set_title(f"({letter}) {NORMS[norm]}")
    place = axes[0, 2]
    for (norm, name), color in zip(NORMS.items(), (COLORS["blue"], COLORS["red"]), strict=True):
        x, y = arrays[f"{norm}_eps"], arrays[f"{norm}_weights"]
        place.plot(x / x.max(), y / y[0], "o-", color=color, label=name, markersize=3.5)
    place.axhspan(0.9, 1.1, color="#E9EEF4", linewidth=0)
    place.set(title="(c) norm of the weights", xlabel=r"$\varepsilon$ / largest $\varepsilon$")
    place.set(ylabel=r"$\|w\|$ / $\|w\|$ at $\varepsilon=0$", ylim=(0.85, None))
    place.legend()
    return drawing


def _panel(place: Axes, arrays: Arrays, norm: str) -> None:
    from figures.style import COLORS

    scale, label = (255, r"$255\,\varepsilon$") if norm == "linf" else (1, r"$\varepsilon$")
    x = scale * arrays[f"{norm}_eps"]
    ends = np.array([x.min(), x.max()])
    for k, color in enumerate((COLORS["black"], COLORS["red"], COLORS["blue"])):
        y, held = arrays[f"{norm}_eigenvalues"][:, k], arrays[f"{norm}_detached"][:, k]
        slope, start = np.polyfit(x, y, 1)
        spread = float(np.sum((y - y.mean()) ** 2))
        share = 1 - float(np.sum((y - start - slope * x) ** 2)) / spread
        name = rf"$\lambda_{k + 1}$, $R^2={share:.3f}$"
        place.plot(x, y, "o", color=color, label=name, markersize=3.5)
        place.plot(x, held, "+", color=color, markersize=6)
        place.plot(ends, start + slope * ends, ":", color=color, linewidth=0.8)
    place.set(xlabel=label, ylabel="eigenvalue")
    place.legend(loc="upper left", handlelength=1)


FIGURE = Figure(
    name="yamada-fig3",
    title="The three largest eigenvalues of the Hessian by radius",
    source="Yamada et al., Fig. 3",
    shows=(
        "The eigenvalues grow with the radius, though not from 0: under L2 nearly along a line, "
        "under L∞ over all radii far faster. The weights grow as well."
    ),
    caption=(
        "Hessian of the attacked loss with respect to w, without the bias, at the trained weights; "
        f"{MODELS}. The attack is the exact maximum over ball and box [0, 1]. Dots: the three "
        "largest eigenvalues λ₁ ≥ λ₂ ≥ λ₃; crosses: with the adversarial examples held fixed; "
        "dotted: least-squares lines with their R². (a) ε = 0 to 1, (b) ε = 0 to 76.5/255; the "
        "paper does not say which of these radii its Fig. 3 (b) shows. (c) ‖w‖ against its value "
        "at ε = 0; shaded: 10 %. python -m benchmarks.yamada_figures --figures 3."
    ),
    claims=(
        "yamada.figure-3.linear-l2",
        "yamada.figure-3.linear-linf",
        "yamada.figure-3.proportional-l2",
        "yamada.figure-3.proportional-linf",
        "yamada.figure-3.norm-l2",
        "yamada.figure-3.norm-linf",
    ),
    compute=compute,
    draw=draw,
    records=(RECORD,),
)
