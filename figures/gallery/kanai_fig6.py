"""Fig. 6 of Kanai et al.: robust accuracy by epoch, AWP with half the perturbation, too."""

from __future__ import annotations

from typing import TYPE_CHECKING

from figures.figure import Arrays, Figure
from figures.gallery.kanai_fig3 import RUNS as RUNS_OF_FIGURE_3
from figures.recorded import not_measured
from figures.training_curves import draw_accuracy, recorded_curves, unmeasured

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Drawing

RUNS = {**RUNS_OF_FIGURE_3, "cifar10-rn18-awp-0.005": "AWP, half"}


def compute(resolution: int) -> Arrays:
    del resolution  # the records have the points that they have
    return recorded_curves(RUNS)


def draw(arrays: Arrays) -> Drawing:
    from figures.style import PAGE, new_drawing

    drawing, axes = new_drawing(1, 2, width=PAGE, height=2.8)
    missing = unmeasured(arrays, RUNS)
    for place, part, title in zip(
        axes[0], ("train", "test"), ("training images", "test images"), strict=True
    ):
        if len(missing) == len(RUNS):
            not_measured(place, title, missing)
            continue
        draw_accuracy(place, arrays, list(RUNS.values()), part, "epoch", dashed=False)
        place.set_title(title)
        place.legend(fontsize=6)
    if 0 < len(missing) < len(RUNS):
        drawing.supxlabel("not measured, run: " + "; ".join(missing), fontsize=5)
    return drawing


FIGURE = Figure(
    name="kanai-fig6",
    title="Robust accuracy on training and test images by epoch",
    source="Kanai et al., final version, Fig. 6",
    shows=(
        "The runs of Fig. 3 and AWP with half the weight perturbation, which is what it has "
        "together with EntropySGD. Runs that nobody has recorded yet are named."
    ),
    caption=(
        "CIFAR10, ResNet-18, L∞ with ε = 8/255. Left: accuracy on training minibatches against PGD "
        "with 10 steps; right: on images not trained on, against PGD with 20 steps; means over the "
        "seeds. AWP with γ_A = 0.01, with EntropySGD and in the run cifar10-rn18-awp-0.005 with "
        "γ_A = 0.005."
    ),
    claims=("kanai.figure-3.overfitting",),
    compute=compute,
    draw=draw,
    records=tuple(RUNS),
)
