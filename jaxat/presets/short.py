"""Kanai et al.'s CIFAR-10 experiments in 30 epochs: a schedule of ours, for minutes of one GPU.

The parents in `jaxat.presets.kanai` run for 200 epochs, as the paper says.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator

from jaxat.config import Config
from jaxat.presets import kanai
from jaxat.presets.preset import Preset

__all__ = ["END", "EPOCHS", "PRESETS"]

EPOCHS = 30
END = f"-{EPOCHS}ep"
"""What is added to the name of the parent."""

_ROW = "cifar10-rn18"
_PARENTS = tuple(f"{_ROW}-{column}" for column in ("at", "awp", "at-ensgd", "awp-ensgd"))


def _config(parent: Config) -> Config:
    """The parent with fewer epochs, each at the rate that its parent has at that part of the run.

    A drop takes effect as an epoch begins, hence in the first epoch that begins after it was due.
    """
    drops = {
        str(math.ceil(int(at) * EPOCHS / parent.epochs)): factor
        for at, factor in parent.lr_drops.items()
    }
    return dataclasses.replace(parent, epochs=EPOCHS, lr_drops=drops)


def _contract(parent: Preset, config: Config) -> Iterator[str]:
    name = parent.name + END
    drops = " and ".join(config.lr_drops)
    yield f"{parent.what.removesuffix('.')}, {EPOCHS} epochs instead of {parent.config.epochs}."
    yield ""
    yield f"Command:   python -m jaxat train {name} --seeds 0,1,2"
    yield f"           python -m jaxat evaluate runs/{name} --attack autoattack"
    yield kanai.paragraph(
        "Hardware:",
        f"one GPU. Time: 11,700 minibatches of {config.batch} and {config.eval_steps}-step PGD on "
        "the test set after every epoch; the time of a recorded run stands in its record.",
    )
    yield kanai.paragraph(
        "Expected:",
        "no number of the paper: the schedule is ours, and what comes out is not to be read as "
        "Table 1 or 3. Training records PGD-20 for the best and the last epoch, the second "
        "command adds AutoAttack.",
    )
    yield kanai.paragraph(
        "Compare:",
        f"python -m jaxat table {_ROW}{END} sets the four presets of this schedule beside each "
        "other, which have the same number of minibatches. Until the first drop the rates are "
        f"those of {parent.name}, whose curve, too, can be compared up to there: python -m "
        "figures learning-curves.",
    )
    yield kanai.paragraph("Selection:", f"as {parent.name}, by PGD-20 on the test set; that leaks.")
    yield "What was chosen, and how:"
    yield kanai.paragraph(
        "  -",
        f"the rate drops at epochs {drops} (counted from 0), at a half and three quarters of the "
        f"run as in the paper; three quarters are 22.5, and epoch {max(config.lr_drops, key=int)} "
        "is the first that begins after them",
    )
    if config.ensgd != "none":
        yield kanai.paragraph(
            "  -",
            f"an epoch counts minibatches: {config.ensgd_steps} in an outer step, "
            f"{11_700 // config.ensgd_steps} outer steps, the same 11,700 minibatches as without "
            "EntropySGD. Drops are of the outer rate alone, and nothing was tuned to fewer steps",
        )
    yield kanai.paragraph(
        "  -",
        f"all else is {parent.name}: python -m jaxat show {parent.name} says what the paper "
        "leaves open and what was chosen for it",
    )


def _preset(parent: Preset) -> Preset:
    config = _config(parent.config)
    doc = "\n".join(_contract(parent, config))
    # The paper judges this row by AutoAttack; training leaves PGD-20 under a name of its own.
    return Preset(parent.name + END, config, doc, judged_by="autoattack")


PRESETS = tuple(
    _preset(next(preset for preset in kanai.PRESETS if preset.name == name)) for name in _PARENTS
)
