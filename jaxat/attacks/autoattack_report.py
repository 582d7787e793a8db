"""What an evaluation says: progress while it runs, and the report at the end."""

from __future__ import annotations

import json
import os
import platform
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import jax
import numpy as np

from jaxat.attacks.autoattack_checks import Flag

__all__ = ["AttackLine", "AutoAttackReport", "Progress", "eps_as_text"]

_NORMS = {"linf": "Linf", "l2": "L2", "l1": "L1"}


@dataclass(frozen=True)
class Progress:
    """Where an evaluation stands after a batch; its text is one line.

    ``robust`` is the share of images not broken so far. ``bound`` is the upper bound that APGD-CE
    and APGD-T have left, once both are through. Seconds left are an estimate from the speed so far.
    """

    attack: str
    done: int
    total: int
    robust: float
    bound: float | None
    seconds: float
    seconds_left: float

    def __str__(self) -> str:
        bound = "" if self.bound is None else f", at most {self.bound:.2%} after APGD"
        return (
            f"{self.attack} {self.done}/{self.total}: robust {self.robust:.2%}{bound}, "
            f"{_clock(self.seconds)} passed, about {_clock(self.seconds_left)} left"
        )


@dataclass(frozen=True)
class AttackLine:
    """One attack: images attacked and broken, robust accuracy after it, and what it cost.

    ``forwards`` and ``backwards`` count passes of these images through the model, at most: they
    assume that no batch ended early. ``padding`` are the forward passes of images that only fill
    up a batch. In an individual evaluation ``robust_accuracy`` is that of this attack alone.
    """

    name: str
    attacked: int
    broken: int
    robust_accuracy: float
    seconds: float
    forwards: int
    backwards: int
    padding: int


@dataclass(frozen=True)
class AutoAttackReport:
    """The outcome of `jaxat.attacks.autoattack`.

    Accuracies are shares of the ``n`` images. ``ledger`` holds, for each attack of ``attacks`` in
    order, which images it broke (attacks, n); images that are wrong as they are count for none.
    ``upper_bound`` is what APGD-CE and APGD-T left. ``x_adv`` are the images, or adversarial
    examples of those broken, if asked for.
    """

    norm: str
    eps: float
    version: str
    n: int
    seed: int
    clean_accuracy: float
    robust_accuracy: float
    upper_bound: float | None
    attacks: tuple[AttackLine, ...]
    ledger: np.ndarray
    correct: np.ndarray
    flags: tuple[Flag, ...]
    seconds: float
    batch: int
    individual: bool
    eps_text: str = ""
    options: dict[str, Any] = field(default_factory=dict)
    x_adv: np.ndarray | None = None

    @property
    def robust(self) -> np.ndarray:
        """Which images held out (n)."""
        return self.correct & ~self.ledger.any(axis=0)

    def broken_by(self) -> list[str]:
        """For each image the first attack that broke it, ``"clean"``, or ``""`` if it held out."""
        names = np.array([line.name for line in self.attacks] + [""])
        first = np.where(self.ledger.any(axis=0), self.ledger.argmax(axis=0), len(self.attacks))
        return [str(name) for name in np.where(self.correct, names[first], "clean")]

    def to_json(self, **facts: Any) -> str:
        """Return JSON with the fields of a RobustBench entry, and ours under ``evaluation``.

        ``facts`` are the fields that only you know (``name``, ``dataset``, ``architecture``, ...).
        """
        doubtful = bool(self.flags)
        entry = {
            **facts,
            "norm": _NORMS[self.norm],
            "eps": self.eps_text or eps_as_text(self.eps),
            "clean_acc": f"{100 * self.clean_accuracy:.2f}",
            "autoattack_acc": f"{100 * self.robust_accuracy:.2f}",
            "unreliable": doubtful,
            "external": None,
            "evaluation": {
                "version": self.version,
                "n": self.n,
                "seed": self.seed,
                "individual": self.individual,
                "eps": self.eps,
                "upper_bound": self.upper_bound,
                "attacks": [vars(line) for line in self.attacks],
                "broken_by": self.broken_by(),
                "flags": [flag._asdict() for flag in self.flags],
                "seconds": round(self.seconds, 2),
                "batch": self.batch,
                "options": self.options,
                "versions": _versions(),
            },
        }
        return json.dumps(entry, indent=2)

    def __str__(self) -> str:
        """A table, one line an attack."""
        eps = self.eps_text or eps_as_text(self.eps)
        lines = [
            f"AutoAttack {self.version}, {_NORMS[self.norm]}, eps {eps}, {self.n} images",
            f"{'clean':<10}{self.clean_accuracy:>8.2%}",
        ]
        for line in self.attacks:
            lines.append(
                f"{line.name:<10}{line.robust_accuracy:>8.2%}  broke {line.broken} of "
                f"{line.attacked} in {_clock(line.seconds)}"
            )
        lines.append(f"{'robust':<10}{self.robust_accuracy:>8.2%}")
        lines += [f"warning: {flag.code}: {flag.message}" for flag in self.flags]
        return "\n".join(lines)


def eps_as_text(eps: float) -> str:
    """Return eps as it is printed: in 255ths where it is a whole number of half grey levels.

    >>> eps_as_text(8 / 255), eps_as_text(0.5), eps_as_text(0.031)
    ('8/255', '0.5', '0.031')
    """
    levels = Fraction(eps * 255).limit_denominator(2)
    near = abs(float(levels) - eps * 255) < 1e-5 * max(eps * 255, 1e-30)
    if near and 0 < levels < 255 and len(f"{eps:.12g}") > 6:
        return f"{float(levels):g}/255"
    return f"{eps:g}"


def _clock(seconds: float) -> str:
    whole = round(seconds)
    if whole < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02} min" if hours else f"{minutes} min {rest:02} s"


def _versions() -> dict[str, str]:
    import jaxat

    device = jax.devices()[0]
    return {
        "jaxat": jaxat.__version__,
        "jax": jax.__version__,
        "numpy": np.__version__,
        "python": platform.python_version(),
        "device": f"{len(jax.local_devices())} x {device.device_kind}",
        "system": f"{platform.system()} {platform.machine()}, {os.cpu_count()} processors",
    }
