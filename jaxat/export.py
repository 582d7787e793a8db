"""A finished run without what only training needs: a third of it, to be sent and kept."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Literal

from jaxat import checkpoint
from jaxat.restore import WEIGHTS, restore
from jaxat.rundir import RESULT, RunError, is_run

__all__ = ["export"]

EVALUATIONS = "evaluations"

# What says how the run was made and what it found; the rows of single updates stay behind.
_KEPT = ("config.json", "environment.json", "epochs.jsonl", RESULT)


def export(run: Path | str, target: Path | str, which: Literal["best", "last"] = "best") -> Path:
    """Write the weights of a finished run, its settings and its results into a new folder.

    ``python -m jaxat evaluate TARGET`` and `jaxat.restore.restore` take it as they take the run;
    momentum and averages of the optimiser are not in it, so that it cannot be trained further.

    Raises:
        RunError: the run is not finished, or ``target`` is there already.
    """
    run, target = Path(run), Path(target)
    if not is_run(run) or not (run / RESULT).exists():
        raise RunError(f"{run} is no finished run; let it train to its end")
    if target.exists():
        raise RunError(f"{target} is there already; choose a new folder")
    found = restore(run, which)
    target.mkdir(parents=True)
    checkpoint.save(
        target / WEIGHTS, found.minibatch, found.weights, {"which": which}, storage="npz"
    )
    for name in _KEPT:
        if (run / name).exists():
            shutil.copyfile(run / name, target / name)
    for report in (run / EVALUATIONS).glob("*.json"):
        (target / EVALUATIONS).mkdir(exist_ok=True)
        shutil.copyfile(report, target / EVALUATIONS / report.name)
    return target
