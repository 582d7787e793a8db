"""Attacks: built first, from a threat model and options, then called on a model and a batch.

Under each is a chain of small parts: a start, a step rule (any optax transformation of the
perturbation) and a projection. They look at a model only through its logits. `autoattack` joins
several of them to the standard evaluation.
"""

from __future__ import annotations

from jaxat.attacks.apgd import apgd
from jaxat.attacks.autoattack import autoattack, run_autoattack
from jaxat.attacks.autoattack_checks import EvaluationWarning
from jaxat.attacks.autoattack_passes import Options as AutoAttackOptions
from jaxat.attacks.autoattack_report import AutoAttackReport, Progress
from jaxat.attacks.dlr import dlr, dlr_targeted
from jaxat.attacks.fab import fab
from jaxat.attacks.losses import cross_entropy, fooled, kl, margin
from jaxat.attacks.pgd import pgd
from jaxat.attacks.result import Attack, AttackResult, Trace
from jaxat.attacks.square import square
from jaxat.attacks.steps import gaussian_start, projection, steepest_step

__all__ = [
    "Attack",
    "AttackResult",
    "AutoAttackOptions",
    "AutoAttackReport",
    "EvaluationWarning",
    "Progress",
    "Trace",
    "apgd",
    "autoattack",
    "cross_entropy",
    "dlr",
    "dlr_targeted",
    "fab",
    "fooled",
    "gaussian_start",
    "kl",
    "margin",
    "pgd",
    "projection",
    "run_autoattack",
    "square",
    "steepest_step",
]
