"""What AutoAttack runs, in order: passes over the images that are still robust."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Literal, get_args

from jaxat.attacks.apgd import apgd
from jaxat.attacks.apgd_runs import ApgdLoss
from jaxat.attacks.fab import Stop, fab
from jaxat.attacks.result import Attack
from jaxat.attacks.square import Layout, Windows, square
from jaxat.threat import ThreatModel

__all__ = [
    "GRADIENT_ATTACKS",
    "Options",
    "Pass",
    "Version",
    "passes",
    "published",
    "without_square",
]

Version = Literal["standard", "plus", "rand"]
GRADIENT_ATTACKS = ("apgd-ce", "apgd-t")
_ATTACKS: dict[str, tuple[str, ...]] = {
    "standard": ("apgd-ce", "apgd-t", "fab-t", "square"),
    "plus": ("apgd-ce", "apgd-dlr", "fab", "square", "apgd-t", "fab-t"),
    "rand": ("apgd-ce", "apgd-dlr"),
}


@dataclass(frozen=True)
class Options:
    """The numbers of the published evaluation; others make an evaluation of another name."""

    steps: int = 100
    queries: int = 5000
    eot: int = 20
    targets: int = 9
    stop: Stop = "norm"
    windows: Windows = "image"
    layout: Layout = "NHWC"


@dataclass(frozen=True)
class Pass:
    """One run of an attack over all images that are left.

    ``rank`` is that of the class aimed at among the clean logits, 1 the second largest, or None.
    ``forwards`` and ``backwards`` are passes of an image that holds out to the end.
    """

    attack: str
    run: Attack
    rank: int | None
    restart: int
    forwards: int
    backwards: int


def passes(
    threat: ThreatModel, version: Version, classes: int, options: Options
) -> tuple[list[Pass], list[str]]:
    """Return the passes of a version for a model of so many classes, and what had to be replaced.

    With fewer than four classes the targeted DLR loss does not exist, with two not even the other:
    ``"margin"``, the difference of logits, stands in.

    >>> found, _ = passes(ThreatModel("linf", 8 / 255), "standard", 10, Options())
    >>> [found[k].attack for k in (0, 1, 9, 10, 18, 19)], len(found)
    (['apgd-ce', 'apgd-t', 'apgd-t', 'fab-t', 'fab-t', 'square'], 20)
    """
    if version not in get_args(Version):
        raise ValueError(f"version is one of {', '.join(get_args(Version))}; got {version!r}.")
    found: list[Pass] = []
    notes: list[str] = []
    for name in _ATTACKS[version]:
        if name.startswith("apgd"):
            some, note = _apgd(name, threat, version, classes, options)
            notes += note
        elif name == "square":
            run = square(
                threat, queries=options.queries, windows=options.windows, layout=options.layout
            )
            some = [Pass(name, run, None, 0, options.queries + 2, 0)]
        else:
            some = _fab(name, threat, version, classes, options)
        found += some
    return found, notes


def without_square(
    threat: ThreatModel, shape: tuple[int, ...], options: Options, plan: list[Pass]
) -> list[Pass]:
    """Drop Square where its start, for L2 and L1 five rows and columns of tiles, does not fit.

    >>> plan, _ = passes(ThreatModel("l2", 1.0), "standard", 10, Options())
    >>> len(plan), len(without_square(ThreatModel("l2", 1.0), (784,), Options(), plan))
    (20, 19)
    """
    channels_first = len(shape) == 3 and options.layout == "NCHW"
    sides = (1, *shape) if len(shape) == 1 else shape[channels_first:][:2]
    if threat.norm == "linf" or min(sides) >= 5:
        return plan
    return [part for part in plan if part.attack != "square"]


def published(threat: ThreatModel) -> ThreatModel:
    """Project as the published evaluation does: for L2 onto the ball and then the box."""
    return dataclasses.replace(threat, combine="exact" if threat.norm == "l1" else "ball-then-box")


def _apgd(
    name: str, threat: ThreatModel, version: Version, classes: int, options: Options
) -> tuple[list[Pass], list[str]]:
    l1 = threat.norm == "l1"
    eot = options.eot if version == "rand" else 1
    looks = (options.steps + 1) * eot
    large_start = l1 and version == "standard"
    looks += 2 * large_start
    if name == "apgd-t" and classes >= 4:
        ranks = min(5 if large_start else options.targets, classes - 1)
        run = apgd(
            threat, loss="dlr_targeted", steps=options.steps, eot=eot, large_start=large_start
        )
        return [Pass(name, run, rank, 0, looks, looks) for rank in range(1, ranks + 1)], []
    restarts = 5 if version == "plus" or large_start else 1
    loss: ApgdLoss
    loss, notes = "ce" if name == "apgd-ce" else "dlr", []
    least = {"apgd-ce": 2, "apgd-dlr": 3, "apgd-t": 4}[name]
    if classes < least:
        loss = "margin"
        restarts = max(restarts, classes - 1)
        notes = [
            f"{name} needs {least} classes for its loss, the model has {classes}: APGD on the "
            f"margin max z_j - z_y is run instead, {restarts} start(s)."
        ]
    run = apgd(threat, loss=loss, steps=options.steps, eot=eot, large_start=large_start)
    return [Pass(name, run, None, restart, looks, looks) for restart in range(restarts)], notes


def _fab(
    name: str, threat: ThreatModel, version: Version, classes: int, options: Options
) -> list[Pass]:
    if name == "fab-t":
        run = fab(threat, steps=options.steps, stop=options.stop)
        ranks = range(1, min(options.targets, classes - 1) + 1)
        cost = 2 * options.steps + 1, options.steps
        return [Pass(name, run, rank, 0, *cost) for rank in ranks]
    restarts = 5 if version == "plus" else 1
    run = fab(threat, steps=options.steps, restarts=restarts, stop=options.stop)
    steps = options.steps * restarts
    return [Pass(name, run, None, 0, 2 * steps + 1, (classes - 1) * steps)]
