"""What there is to measure on a GPU, by stage, with the command for it: what the harness says."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from benchmarks.on_gpu import ceilings, correctness, reproduction, timing, tuning
from benchmarks.on_gpu.ledger import Ledger
from benchmarks.on_gpu.sizes import FULL, METHODS
from benchmarks.on_gpu.torch_comparison import COMPILED, GRAPHS, REFERENCE
from benchmarks.reporting.markdown import Target
from jaxat.presets import short

__all__ = [
    "AUTOATTACK_MINUTES",
    "METHOD_NAMES",
    "PRESETS",
    "RATIOS",
    "SHARES",
    "SHORT",
    "TORCH",
    "TORCH_ITEMS",
    "TRIES",
    "WARM",
    "Prediction",
    "command",
    "items",
]

METHOD_NAMES = tuple(METHODS)
RATIOS = {name: Target("at most", bound) for name, bound in timing.RATIOS.items()}
SHARES = {name: Target("at least", 100 * bound) for name, bound in timing.SHARES.items()}
TORCH: dict[str, Target | None] = {
    REFERENCE: Target("at least", 3),
    COMPILED: Target("at least", 1),
    GRAPHS: None,
}
TORCH_ITEMS = {REFERENCE: "torch", COMPILED: "torch", GRAPHS: "torch, CUDA graphs"}
WARM = Target("at most", 0.25)
AUTOATTACK_MINUTES = Target("at most", 6)
PRESETS = reproduction.PRESETS
SHORT = short.END


class Prediction(NamedTuple):
    """What was expected of a variant before it was measured: why, and how much faster it is."""

    why: str
    ratio: float


TRIES = {one.name: Prediction(one.prediction, one.predicted) for one in tuning.TRIES}


def items() -> Mapping[str, tuple[str, ...]]:
    """Names of what each stage measures at full size; of trainings, the presets of 200 epochs."""
    nothing = Ledger(Path("no such file"))
    return {
        "ceilings": tuple(item.name for item in ceilings.items(FULL)),
        "correctness": tuple(item.name for item in correctness.items(FULL)),
        "timing": tuple(item.name for item in timing.items(FULL, nothing, "python")),
        "train": PRESETS,
        "autoattack": PRESETS,
        "tuning": tuple(TRIES),
    }


def command(stage: str, *names: str) -> str:
    """The command that measures a stage, or what it says of torch.

    >>> command("timing", "methods"), command("timing", "methods", "torch")
    ('python benchmarks/gpu.py timing', 'python benchmarks/gpu.py timing --torch PYTHON')
    """
    torch = " --torch PYTHON" if any(name.startswith("torch") for name in names) else ""
    return f"python benchmarks/gpu.py {stage}{torch}"
