"""Yamada et al., Tables 1 to 6: accuracy by radius, against an attack and against noise."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from jaxat.config import Config
from jaxat.presets.kanai import paragraph
from jaxat.presets.preset import Preset
from jaxat.reported import YAMADA

__all__ = ["PRESETS"]

_LOGISTIC: dict[str, Any] = {
    "dataset": "mnist2",
    "model": "logistic",
    "augment": False,
    "attack_start": "clean",
    "attack_bn": "eval",
    "attack_steps": 40,
    "epochs": 40,
    "lr": 0.1,
    "momentum": 0.0,
    "weight_decay": 0.0,
    "select": "last",
    "eval_every": 40,
    "eval_steps": 100,
    "eval_start": "clean",
    "eval_batch": 256,
    "eval_train": 0,
    "eps": "0",
}
_L2: dict[str, Any] = {"norm": "l2", "attack_step": "0.15*eps", "eval_step": "0.15*eps"}
_LINF: dict[str, Any] = {"norm": "linf", "attack_step": "0.01", "eval_step": "0.01"}
_NOISE: dict[str, Any] = {"objective": "noise", "eval_objective": "noise"}
_RESNET: dict[str, Any] = {
    "model": "resnet18",
    "attack_steps": 7,
    "attack_bn": "local",
    "epochs": 200,
    "lr_drops": {"100": 0.1, "150": 0.01},
    "select": "test",
    "eval_steps": 20,
    "eval_train": 0,
    "eps": "0",
}
_TABLES: dict[str, dict[str, Any]] = {
    "yamada-1": {**_LOGISTIC, **_L2},
    "yamada-2": {**_LOGISTIC, **_L2, **_NOISE},
    "yamada-3": {**_LOGISTIC, **_LINF},
    "yamada-4": {**_LOGISTIC, **_LINF, **_NOISE},
    "yamada-5": {
        **_RESNET,
        "dataset": "cifar10",
        "model_options": {"normalization": "cifar10"},
        "weight_decay": 2e-4,
        "attack_step": "2/255",
        "eval_step": "2/255",
    },
    "yamada-6": {
        **_RESNET,
        "dataset": "svhn",
        "model_options": {"normalization": "svhn"},
        "lr": 0.01,
        "attack_step": "1/255",
        "eval_step": "1/255",
    },
}

# Per cent: how far from the printed accuracies, and where; filled from recorded runs.
_SHARED_CORES = "{} minutes for {}, while the cores had other work too"
_WITHIN = "{} within {} percentage points of every printed number."
_MEASURED: dict[str, tuple[str, str]] = {
    "yamada-1": (_SHARED_CORES.format(13, "one seed"), _WITHIN.format("One seed was", "0.07")),
    "yamada-2": (
        _SHARED_CORES.format(7, "three seeds"),
        _WITHIN.format("The means of three seeds were", "0.01"),
    ),
    "yamada-3": (
        _SHARED_CORES.format(25, "three seeds, ten of them paused"),
        "The means of three seeds were within 0.15 percentage points of the print, except on "
        "training images at 76.5/255: 94.95, 95.29 and 95.10 there (printed 95.40).",
    ),
    "yamada-4": (
        _SHARED_CORES.format(3, "three seeds"),
        _WITHIN.format("The means of three seeds were", "0.04"),
    ),
}


def _logistic(table: str, config: Config) -> Iterator[str]:
    time, found = _MEASURED.get(table, ("not measured here yet", "Not measured here yet."))
    yield paragraph("Hardware:", f"two CPU cores. Time: {time}.")
    yield paragraph("Expected:", f"the printed table: python -m jaxat table {table}. {found}")
    yield paragraph(
        "Accuracy:",
        "of training and test images under the attack (or noise) of evaluation, over all 12,665 "
        "and 2,115 of them, at the last weights; nothing is selected.",
    )
    yield "Open in the paper, and chosen here:"
    yield paragraph(
        "  -",
        "SGD with rate 0.1, batch 128, 40 epochs, no momentum, no decay: the tables determine "
        "little more than the product of rate and number of updates",
    )
    yield paragraph("  -", "a bias, no early stopping, pixels in [0, 1], no augmentation")
    yield paragraph("  -", "torch's initial weights, uniform up to 1/28 (the model has no others)")
    if config.objective == "noise":
        yield paragraph("  -", "noise uniform in the ball, then clipped to [0, 1]")
    else:
        yield paragraph(
            "  -",
            f"PGD starts from the image itself: 40 steps of {config.attack_step} in training, 100 "
            "in evaluation, projected onto the ball and then clipped to [0, 1]",
        )


def _resnet(table: str) -> Iterator[str]:
    yield paragraph("Hardware:", "one GPU or TPU. Time: not measured here.")
    yield paragraph(
        "Expected:", f"the printed table: python -m jaxat table {table}. Not measured here yet."
    )
    yield paragraph(
        "Selection:",
        "by robust accuracy on the test set, because the paper mentions early stopping by it; that "
        "leaks. Training accuracy is under the attack of evaluation, over the training set.",
    )
    yield "Open in the paper, and chosen here:"
    for choice in _RESNET_CHOICES[table]:
        yield paragraph("  -", choice)


_RESNET_CHOICES = {
    "yamada-5": (
        "the paper says ResNet-18, and also the architecture of Madry et al., which is another: "
        "ResNet-18 with post-activation and the stem for small images",
        "SGD 0.1, momentum 0.9, decay 2e-4 and batch 128, as in the public code of Madry et al.; "
        "200 epochs with drops at 100 and 150 (in that code 205, 102 and 153)",
        "crop and flip; channels standardised over the data set (in that code, over each image)",
        "a random start: from the image itself, seven steps of 2/255 would not reach a ball of "
        "16/255",
    ),
    "yamada-6": (
        "the paper says as in Wu et al., whose public code has SGD 0.01, momentum 0.9, decay 5e-4, "
        "batch 128, 200 epochs with drops at 100 and 150, no augmentation; but the network is "
        "ResNet-18 with post-activation",
        "a random start: from the image itself, seven steps of 1/255 would not reach a ball of "
        "8/255 or more, and radius and strength of the training attack could not be told apart",
    ),
}


def _setting(eps: str) -> str:
    """A printed radius as a setting: "0.20" is 0.2, "0/255" is 0."""
    return eps if "/" in eps and not eps.startswith("0/") else f"{float(eps.partition('/')[0]):g}"


def _preset(table: str) -> Preset:
    printed, config = YAMADA[table], Config(**_TABLES[table])
    name = printed.preset
    radii = tuple(_setting(row[0]) for row in printed.rows)
    body = _resnet(table) if table in _RESNET_CHOICES else _logistic(table, config)
    one = f"python -m jaxat train {name} --set eps={radii[-1]}"
    lines = (
        f"{printed.title}.",
        "",
        f"Command:   python -m jaxat train {name}  (all {len(radii)} radii)",
        f"           {one}  (one)",
        *body,
    )
    keys = ("eps", "train", "test", "gap")
    rows = [dict(zip(keys, row, strict=True)) for row in printed.rows]
    return Preset(name, config, "\n".join(lines), {"eps": radii}, {"rows": rows})


PRESETS = tuple(_preset(table) for table in YAMADA)
