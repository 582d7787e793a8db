"""Kanai et al., Tables 1 and 3 and Figure 6: adversarial training, AWP, EntropySGD, both orders.

What Appendix E of the final version says, and where it is silent the public code of AWP, "on which
our experimental codes are based", and that of EntropySGD. Each choice stands in the contract.
"""

from __future__ import annotations

import dataclasses
import textwrap
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from jaxat.config import Config
from jaxat.presets.preset import Preset
from jaxat.reported import KANAI

__all__ = ["PRESETS", "paragraph", "preset", "reported"]

_HARDWARE = (
    "one GPU or TPU (the paper: a V100 of 32 GB). Time: not measured here; the public code of AWP "
    "logs {time}, on a GPU that it does not name."
)
_SELECTION = (
    "by robust accuracy against PGD-20 on the test set, as the paper does; that leaks. --set "
    "select=val selects on held-back images."
)
_LOGGED = {
    "cifar10-rn18": "276 s for an epoch of AT, 302 s of AWP, and 98 s for the test",
    "cifar10-wrn": "1640 s for an epoch of AWP and 530 s for the test",
    "svhn-rn18": "350 to 400 s for an epoch and 200 to 260 s for the test",
    "cifar100-rn18": "253 s for an epoch of AT, 278 s of AWP, and 90 s for the test",
}

_ROWS: dict[str, tuple[str, dict[str, Any]]] = {
    "cifar10-rn18": (
        "CIFAR-10, ResNet-18",
        {"dataset": "cifar10", "model": "preactresnet18", "normalization": "cifar10"},
    ),
    "cifar10-wrn": (
        "CIFAR-10, WRN-34-10",
        {"dataset": "cifar10", "model": "wrn-34-10", "normalization": "cifar10"},
    ),
    "cifar100-rn18": (
        "CIFAR-100, ResNet-18",
        {"dataset": "cifar100", "model": "preactresnet18", "normalization": "cifar100"},
    ),
    "svhn-rn18": (
        "SVHN, ResNet-18",
        {
            "dataset": "svhn",
            "model": "preactresnet18",
            "normalization": "svhn",
            "attack_step": "1/255",
            "eval_step": "1/255",
            "lr": 0.01,
        },
    ),
}
_COLUMNS = {
    "at": "adversarial training (AT)",
    "awp": "AT with adversarial weight perturbation (AWP)",
    "at-ensgd": "AT with EntropySGD",
    "awp-ensgd": "AWP with EntropySGD",
    "at-ensgd2": "AT with EntropySGD of second order",
    "awp-ensgd2": "AWP with EntropySGD of second order",
}


def _config(row: str, column: str) -> Config:
    """Appendix E.1 to E.3."""
    settings = dict(_ROWS[row][1])
    late = 5 if row == "svhn-rn18" else 0
    base, _, ensgd = column.partition("-")
    if base == "awp":
        with_ensgd = 0.007 if row == "cifar100-rn18" else 0.005
        settings |= {"awp": with_ensgd if ensgd else 0.01, "awp_from": late}
    if ensgd:
        settings |= {
            "ensgd": "second" if ensgd == "ensgd2" else "first",
            "ensgd_steps": 20 if row == "cifar10-rn18" and base == "at" else 30,
            "ensgd_from": late,
            "nesterov": True,
        }
    normalization = settings.pop("normalization")
    return Config(
        **settings,
        model_options={"normalization": normalization},
        attack_bn="reference",
        lr_drops={"100": 0.1, "150": 0.01},
        select="test",
        eval_train=10_000,
    )


def reported(name: str) -> dict[str, Any]:
    """The cell of a preset in Tables 1 to 3, or nothing.

    >>> reported("cifar10-rn18-at")["mean"], reported("cifar10-rn18-awp-0.005")
    ('48.0', {})
    """
    for table in KANAI.values():
        if name in table.cells:
            mean, _, std = table.cells[name].partition("±")
            attack = next(a for row, a in table.attacks.items() if name.startswith(row))
            source = table.title.partition(":")[0]
            return {"mean": mean, "std": std, "n": 3, "attack": attack, "source": source}
    return {}


def _contract(
    name: str, title: str, time: str, choices: Iterable[str], printed: Mapping[str, Any]
) -> str:
    """The text of a preset."""
    expected = "the paper prints a curve and no number."
    commands = [f"python -m jaxat train {name} --seeds 0,1,2"]
    if printed:
        expected = (
            f"{printed['mean']}±{printed['std']} per cent robust accuracy against "
            f"{printed['attack']}, mean and standard deviation over three runs "
            f"({printed['source']}). Not measured here yet."
        )
        if printed["attack"] == "AutoAttack":
            commands.append(f"python -m jaxat evaluate runs/{name} --attack autoattack")
    return "\n".join(
        (
            f"{title}.",
            "",
            *(f"{'Command:' if i == 0 else '':11}{line}" for i, line in enumerate(commands)),
            paragraph("Hardware:", _HARDWARE.format(time=time)),
            paragraph("Expected:", expected),
            paragraph("Selection:", _SELECTION),
            "Open in the paper, and chosen here:",
            *(paragraph("  -", choice) for choice in choices),
        )
    )


def paragraph(head: str, text: str) -> str:
    """``head text``, wrapped, with the lines under each other."""
    indent = 4 if head.strip() == "-" else 11
    return textwrap.fill(
        f"{head:{indent}}{text}", 96, subsequent_indent=" " * indent, break_on_hyphens=False
    )


def _choices(row: str, config: Config) -> Iterator[str]:
    yield "batch 128 and 200 epochs; crop and flip as in the public code of AWP (none on SVHN)"
    if config.model == "preactresnet18":
        yield "ResNet-18 is the pre-activation network of that code, with torch's initial weights"
    else:
        yield "initial weights as in that code: N(0, 2/fan_out) for convolutions"
    yield (
        "BatchNorm in the attack: batch statistics, and every pass moves the running ones, as in "
        "that code (attack_bn=local or eval for other readings)"
    )
    if config.awp:
        yield "AWP is one step, by tensor, on the examples of the attack"
    if config.awp and config.ensgd == "none":
        yield "weight decay acts at the perturbed weights, as in that code"
    if config.ensgd != "none":
        yield (
            "Algorithm 1 ascends the loss as printed. What runs is the public code of EntropySGD: "
            "Nesterov momentum inside and outside, outer gradient θ − θ̄ without γ, 0.75 the weight "
            "of the old mean (ensgd_convention=paper is the text with the sign corrected, which "
            "hardly moves)"
        )
        yield "an epoch counts minibatches, L of them in an outer step; the inner rate stays 0.1"
        yield "BatchNorm's statistics are estimated again at θ before every evaluation"
    if row == "svhn-rn18" and (config.awp or config.ensgd != "none"):
        yield "no AWP and no EntropySGD in the first 5 epochs, as the paper says"
    if row == "svhn-rn18" and config.ensgd != "none":
        yield (
            "the paper gives η = 0.1 and then 0.01 for EntropySGD on SVHN; the outer rate is 0.01 "
            "here and the inner one 0.1 (ensgd_step=0.01 for another reading)"
        )


def preset(name: str, title: str, config: Config, time: str, choices: Iterable[str]) -> Preset:
    """A preset of this paper, with the number that its tables have for it."""
    printed = reported(name)
    return Preset(
        name,
        config,
        _contract(name, title, time, choices, printed),
        reported=printed,
        judged_by="autoattack" if printed.get("attack") == "AutoAttack" else "pgd",
    )


def _in_table(row: str, column: str) -> Preset:
    config = _config(row, column)
    title = f"{_ROWS[row][0]}: {_COLUMNS[column]}"
    return preset(f"{row}-{column}", title, config, _LOGGED[row], _choices(row, config))


def _in_figure_6() -> Preset:
    row = "cifar10-rn18"
    config = dataclasses.replace(_config(row, "awp"), awp=0.005)
    title = "CIFAR-10, ResNet-18: AWP with γ_A = 0.005 (Kanai et al., Figure 6)"
    return preset(f"{row}-awp-0.005", title, config, _LOGGED[row], _choices(row, config))


PRESETS = (*(_in_table(row, column) for row in _ROWS for column in _COLUMNS), _in_figure_6())
