"""Attacks: built first, from a threat model and options, then called on a model and a batch.

Under each is a chain of small parts: a start, a step rule (any optax transformation of the
perturbation) and a projection. They look at a model only through its logits.
"""

from __future__ import annotations

from jaxat.attacks.losses import cross_entropy, fooled, kl, margin
from jaxat.attacks.pgd import pgd
from jaxat.attacks.result import Attack, AttackResult, Trace
from jaxat.attacks.steps import gaussian_start, projection, steepest_step

__all__ = [
    "Attack",
    "AttackResult",
    "Trace",
    "cross_entropy",
    "fooled",
    "gaussian_start",
    "kl",
    "margin",
    "pgd",
    "projection",
    "steepest_step",
]
