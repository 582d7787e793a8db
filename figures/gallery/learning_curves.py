"""Learning curves of our runs beside those that the public code of AWP comes with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from figures.figure import Arrays, Figure
from figures.recorded import not_measured, read_reported
from figures.training_curves import recorded_curves, unmeasured

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Drawing

PUBLIC = {"at": "AT", "awp": "AWP"}
LONG = {"cifar10-rn18-at": "AT", "cifar10-rn18-awp": "AWP"}
SHORT = {
    "cifar10-rn18-at-30ep": "AT",
    "cifar10-rn18-awp-30ep": "AWP",
    "cifar10-rn18-at-ensgd-30ep": "AT + EnSGD",
    "cifar10-rn18-awp-ensgd-30ep": "AWP + EnSGD",
}
SAME_RATE = 15  # epochs after which the rate drops in 30 epochs, and not yet in 200
PARTS = {"test": "robust", "clean": "clean"}


def compute(resolution: int) -> Arrays:
    del resolution  # the records have the points that they have
    public = read_reported("awp_logs")
    names = list(public["columns"])
    arrays: dict[str, Any] = {}
    for i, run in enumerate(PUBLIC):
        rows = np.array(public["runs"][run]["rows"])
        arrays[f"public_{i}_epoch"] = rows[:, names.index("epoch")] + 1
        for part, column in PARTS.items():
            arrays[f"public_{i}_{part}"] = rows[:, names.index(f"test_{column}")]
    for prefix, runs in (("long", LONG), ("short", SHORT)):
        arrays |= {f"{prefix}_{name}": value for name, value in recorded_curves(runs).items()}
    return arrays


def of(arrays: Arrays, prefix: str) -> Arrays:
    """The arrays whose names begin with a word, without it."""
    begin = f"{prefix}_"
    return {k.removeprefix(begin): v for k, v in arrays.items() if k.startswith(begin)}


def numbers(arrays: Arrays) -> dict[str, Any]:
    """Best and last epoch of every curve; what the logs report apart from what was measured."""
    public = of(arrays, "public")
    found: dict[str, Any] = {
        "reported": {name: _ends(public, i) for i, name in enumerate(PUBLIC.values())},
        "measured": {},
        "numbers": "per cent; robust is against PGD-20; epochs are counted from 0",
    }
    for prefix, runs in (("long", LONG), ("short", SHORT)):
        mine = of(arrays, prefix)
        for i, name in enumerate(runs):
            there = bool(mine["recorded"][i])
            found["measured"][name] = _ends(mine, i) if there else "not measured"
    return found


def _ends(arrays: Arrays, i: int) -> dict[str, Any]:
    robust, epoch = arrays[f"{i}_test"], arrays[f"{i}_epoch"]
    clean = arrays.get(f"{i}_clean")
    best = int(np.argmax(robust))
    return {
        key: {
            "epoch": int(epoch[at]) - 1,
            "robust": float(robust[at]),
            "clean": None if clean is None else float(clean[at]),
        }
        for key, at in (("best", best), ("last", len(robust) - 1))
    }


def draw(arrays: Arrays) -> Drawing:
    from figures.style import PAGE, new_drawing

    drawing, axes = new_drawing(2, 2, width=PAGE, height=5.2)
    for places, prefix, runs, schedule in (
        (axes[0], "long", LONG, "200 epochs"),
        (axes[1], "short", SHORT, "30-epoch schedule"),
    ):
        mine = of(arrays, prefix)
        missing = unmeasured(mine, runs)
        for place, part, words in zip(
            places, PARTS, ("test images under PGD-20", "test images as they are"), strict=True
        ):
            title = f"{schedule}: {words}"
            if prefix == "short" and len(missing) == len(runs):
                not_measured(place, title, missing)
                continue
            _curves(place, of(arrays, "public"), PUBLIC, part, prefix)
            _curves(place, mine, runs, part, "")
            place.set(title=title, xlabel="epoch", ylabel=f"{PARTS[part]} accuracy in %")
            _below(place, missing)
    return drawing


def _curves(place: Axes, arrays: Arrays, runs: Mapping[str, str], part: str, public: str) -> None:
    """A line for each run that has such a curve; the public ones dashed."""
    for i, label in enumerate(runs.values()):
        if f"{i}_{part}" not in arrays:
            continue
        end = SAME_RATE if public == "short" else None
        until = f", first {SAME_RATE} of 200" if public == "short" else ""
        place.plot(
            arrays[f"{i}_epoch"][:end],
            arrays[f"{i}_{part}"][:end],
            "--" if public else "-",
            linewidth=0.9 if public else 1.2,
            color=f"C{i}",
            label=f"{label}, {'public log' + until if public else 'ours'}",
        )


def _below(place: Axes, missing: list[str]) -> None:
    """The legend at the lower right, where no curve is, and under it what nobody has measured."""
    lift = 0.0
    if missing:
        lift = 0.03 + 0.055 * (len(missing) + 1)
        lines = "\n".join(("not measured, run:", *missing))
        place.text(
            0.98, 0.03, lines, ha="right", va="bottom", fontsize=6, transform=place.transAxes
        )
    place.legend(loc="lower right", bbox_to_anchor=(1, lift), fontsize=6)


FIGURE = Figure(
    name="learning-curves",
    title="Accuracy on test images by epoch, beside the public logs of AWP",
    source="ours, about Kanai et al., final version, Fig. 6, and the public logs of AWP",
    shows=(
        "Whether our runs learn as fast as those of the code that the paper's experiments are "
        "based on, and how AT loses robustness after the first drop of the rate while AWP keeps "
        "it. Runs that nobody has recorded yet are named."
    ),
    caption=(
        "CIFAR10, ResNet-18, L∞ with ε = 8/255. Left: accuracy against PGD with 20 steps; right: "
        "on the images as they are. Dashed: the logs in the public code of AWP, one run each, AWP "
        "with γ_A = 0.01. Solid: means over the seeds of our records. Above: 200 epochs, rate 0.1, "
        "ten times smaller after 100 and after 150. Below: a schedule of ours with 30 epochs, "
        "drops after 15 and 23, of which no paper reports a number; the public logs have the same "
        "rate in the 15 epochs that are drawn. There, AWP with EntropySGD has γ_A = 0.005."
    ),
    claims=("kanai.figure-3.overfitting",),
    compute=compute,
    draw=draw,
    records=(*LONG, *SHORT),
    reported=("awp_logs",),
    numbers=numbers,
)
