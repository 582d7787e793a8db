"""The loss along weight directions, from the records of Yamada's Figures 1, 2 and 5."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from figures.figure import Arrays
from figures.recorded import not_measured, read_record
from theory.tables.recorded_yamada import radius

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Drawing

__all__ = ["COMMAND", "MODELS", "NOISE_WORDS", "WORDS", "curve_arrays", "draw_curves"]

COMMAND = "python -m benchmarks.yamada_figures"
KINDS = {"pgd": "attack", "random": "noise"}
MODELS = (
    "binary logistic regression on 12,665 MNIST images of 0 and 1, with bias; SGD 0.1, batch 128, "
    "40 epochs"
)
WORDS = (
    "g(α) − g(0), g(α) = mean loss at w + αh, h Gaussian with ‖h‖ = ‖w‖, the bias left alone; "
    f"{MODELS}. Attack: trained by PGD with 40 steps, and g is the exact maximum over ball and box "
    "[0, 1], made anew at every α. Lines: mean over random directions; shaded: from the least to "
    "the largest."
)
NOISE_WORDS = (
    "Noise: uniform in the ball, then clipped to [0, 1], in training and, drawn once, for g."
)


def curve_arrays(record: Mapping[str, Any] | None) -> Arrays:
    """The rise of the loss from alpha = 0: mean, least and largest over directions and seeds.

    For each kind of noise that is recorded `<kind>_eps` (radii) and `<kind>_rise`, shape
    (3, radii, alphas); besides `alpha` and `recorded`, which is 0 if there is no record.

    >>> curve = {"eps": "4/255", "noise": "pgd", "alpha": [-1, 0, 1], "loss": [3.0, 1.0, 2.0]}
    >>> curve_arrays({"curves": [curve]})["pgd_rise"][0].tolist()
    [[2.0, 0.0, 1.0]]
    """
    if record is None:
        return {"recorded": np.array(0)}
    alphas = record["curves"][0]["alpha"]
    found: dict[str, Any] = {"recorded": np.array(1), "alpha": np.array(alphas, float)}
    for kind in KINDS:
        by_radius: dict[float, list[np.ndarray]] = {}
        for curve in record["curves"]:
            if curve["noise"] == kind:
                if curve["alpha"] != alphas:
                    raise ValueError("the curves of a record have one set of alphas")
                loss = np.array(curve["loss"])
                rise = loss - loss[np.argmin(np.abs(alphas))]
                by_radius.setdefault(float(radius(curve["eps"])), []).append(rise)
        if by_radius:
            radii = sorted(by_radius)
            stacks = [np.stack(by_radius[eps]) for eps in radii]
            found[f"{kind}_eps"] = np.array(radii)
            found[f"{kind}_rise"] = np.array(
                [[stack.mean(0), stack.min(0), stack.max(0)] for stack in stacks]
            ).swapaxes(0, 1)
    return found


def figure_arrays(number: int) -> Arrays:
    """`curve_arrays` of the record of that figure."""
    return curve_arrays(read_record(f"yamada-figure{number}"))


def draw_curves(arrays: Arrays, *, number: int, norm: str, grey_levels: bool) -> Drawing:
    """Curves under the attack, under noise if recorded, and the rise at the ends by radius."""
    from figures.style import COLORS, PAGE, new_drawing

    if not arrays["recorded"]:
        drawing, axes = new_drawing(1, 1, width=PAGE / 2)
        not_measured(axes[0, 0], f"Figure {number}, {norm}", [COMMAND, f"--figures {number}"])
        return drawing
    kinds = [kind for kind in KINDS if f"{kind}_rise" in arrays]
    width = PAGE * (len(kinds) + 1) / 3
    drawing, axes = new_drawing(1, len(kinds) + 1, width=width, height=2.4)
    top = 1.05 * max(float(arrays[f"{kind}_rise"][2].max()) for kind in kinds)
    for place, kind, letter in zip(axes[0], kinds, "ab", strict=False):
        _panel(place, arrays, kind, grey_levels=grey_levels)
        place.set(
            title=f"({letter}) {norm} {KINDS[kind]}", xlabel=r"$\alpha$", ylim=(-0.03 * top, top)
        )
        place.set_ylabel(r"$g(\alpha)-g(0)$")
    last = axes[0, len(kinds)]
    for kind, marker, color in zip(kinds, "os", (COLORS["red"], COLORS["blue"]), strict=False):
        eps, rise = arrays[f"{kind}_eps"], arrays[f"{kind}_rise"]
        ends = 0.5 * (rise[0, :, 0] + rise[0, :, -1])
        x = 255 * eps if grey_levels else eps
        last.semilogy(x, ends, marker=marker, color=color, label=KINDS[kind], markersize=3.5)
    letter = "abc"[len(kinds)]
    last.set(title=rf"({letter}) rise at $\alpha=\pm1$", ylabel="mean rise of the loss")
    last.set_xlabel(r"$255\,\varepsilon$" if grey_levels else r"$\varepsilon$")
    if len(kinds) > 1:
        last.legend()
    return drawing


def _panel(place: Axes, arrays: Arrays, kind: str, *, grey_levels: bool) -> None:
    from matplotlib import colormaps

    from figures.style import SEQUENTIAL

    radii, (mean, low, high) = arrays[f"{kind}_eps"], arrays[f"{kind}_rise"]
    shades = colormaps[SEQUENTIAL](np.linspace(0, 0.88, len(radii)))
    for eps, middle, least, most, color in zip(radii, mean, low, high, shades, strict=True):
        label = f"{255 * eps:g}/255" if grey_levels else f"{eps:g}"
        place.plot(arrays["alpha"], middle, color=color, label=label)
        place.fill_between(arrays["alpha"], least, most, color=color, alpha=0.25, linewidth=0)
    place.legend(title=r"$\varepsilon$", loc="upper center", handlelength=1.2)
