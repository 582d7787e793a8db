"""Fig. 3 of Kanai et al.: robust accuracy by epoch and by time of training."""

from __future__ import annotations

from typing import TYPE_CHECKING

from figures.figure import Arrays, Figure
from figures.recorded import not_measured
from figures.training_curves import draw_accuracy, recorded_curves, unmeasured

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Drawing

RUNS = {
    "cifar10-rn18-at": "AT",
    "cifar10-rn18-at-ensgd": "AT + EnSGD",
    "cifar10-rn18-awp": "AWP",
    "cifar10-rn18-awp-ensgd": "AWP + EnSGD",
}


def compute(resolution: int) -> Arrays:
    del resolution  # the records have the points that they have
    return recorded_curves(RUNS)


def draw(arrays: Arrays) -> Drawing:
    from figures.style import PAGE, new_drawing

    drawing, axes = new_drawing(1, 2, width=PAGE, height=2.8)
    missing = unmeasured(arrays, RUNS)
    panels = {"epoch": "(a) by epoch", "hours": "(b) by time"}
    for place, (against, title) in zip(axes[0], panels.items(), strict=True):
        if len(missing) == len(RUNS):
            not_measured(place, title, missing)
            continue
        for part in ("train", "test"):
            draw_accuracy(place, arrays, list(RUNS.values()), part, against, dashed=part == "train")
        place.set_title(title)
    if len(missing) < len(RUNS):
        axes[0, 0].legend(ncols=2, fontsize=6)
        if missing:
            drawing.supxlabel("not measured, run: " + "; ".join(missing), fontsize=5)
    return drawing


FIGURE = Figure(
    name="kanai-fig3",
    title="Robust accuracy by epoch and by time",
    source="Kanai et al., final version, Fig. 3",
    shows=(
        "How fast adversarial training with SGD and with EntropySGD gets robust, with and without "
        "AWP, and how far accuracies on training and test images part. Runs that nobody has "
        "recorded yet are named."
    ),
    caption=(
        "CIFAR10, ResNet-18, L∞ with ε = 8/255: accuracy against the attack of training, PGD with "
        "10 steps, on the training minibatches of an epoch (dashed), and against PGD with 20 steps "
        "on images not trained on (solid), means over the seeds. Time is that of training alone. "
        "From the records cifar10-rn18-at, -at-ensgd, -awp and -awp-ensgd, if they exist."
    ),
    claims=("kanai.figure-3.overfitting", "kanai.table-1.cifar10-rn18"),
    compute=compute,
    draw=draw,
    records=tuple(RUNS),
)
