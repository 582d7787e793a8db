"""What to run in which order on a GPU that is at hand for minutes, and what is still missing."""

from __future__ import annotations

from pathlib import Path

from benchmarks.on_gpu.ledger import Ledger
from benchmarks.on_gpu.reproduction import EPOCH_SECONDS, preset_names
from benchmarks.on_gpu.shipping import DATA_PARTS, DATASET

__all__ = ["plan"]


def plan(work: Path) -> str:
    """The calls, each below ten minutes, for a machine that may be gone after any of them."""
    ledger = Ledger(work / "gpu.json")
    epoch = ledger.measured("timing", "epoch")
    names = preset_names(ledger)
    chosen = (
        "not measured yet"
        if epoch is None
        else f"{epoch['epoch_and_evaluation_seconds']:.1f} s with its evaluation"
    )
    lines = [
        f"Here: python benchmarks/gpu.py pack        # {DATA_PARTS} parts in {work / 'parts'}",
        "There, with this checkout and one more part each time, under any name of interpreter:",
        "  1. gpu.py ceilings correctness --only product --only copy --only convolutions \\",
        "       --only losses                        # what is wrong is not timed",
        '  2. gpu.py timing --torch "$(command -v python3)"   # repeat until nothing is left',
        f"  3. gpu.py train --only {names[0]}   # repeat; needs all parts",
        f"  4. gpu.py autoattack --only {names[0]}",
        f"  5. gpu.py ship --only {names[0]} --out OUT",
        f"  6. the same for {', '.join(names[1:])}",
        "  7. gpu.py correctness tuning             # updates on the device; what may be faster",
        "Each with --out OUT, which gets the measurements after every call. Here again:",
        "  gpu.py receive OUT; gpu.py record; python benchmarks/report.py --write",
        "",
        f"An epoch of AT takes {chosen}; up to {EPOCH_SECONDS:.0f} s the paper's 200 epochs are",
        "run, above them 30. What has been measured in this folder:",
    ]
    for stage, items in ledger.values.items():
        done = [name for name in items if ledger.measured(stage, name) is not None]
        failed = [name for name in items if name not in done]
        lines.append(f"  {stage}: {', '.join(done) or 'nothing'}")
        lines += [f"    failed: {n}: {items[n]['measured']['failed']}" for n in failed]
    if not ledger.values:
        lines.append("  nothing")
    if not (work / "parts" / f"{DATASET}.json").exists():
        lines.append(f"  {DATASET} has not been packed")
    return "\n".join(lines)
