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
    parts, first = work / "parts", names[0]
    torch = '--torch "$(command -v python3)"'
    lines = [
        f"Here, from a clean checkout: python benchmarks/gpu.py pack   # {DATA_PARTS} parts",
        f"There, in a folder that stays, with this checkout, commit and {DATASET}.json of {parts},",
        "and one more part in each call, under any name of interpreter, all with --out OUT:",
        "  1. gpu.py ceilings correctness timing --only product --only copy \\",
        '       --only "of ResNet-18" --only methods --only epoch',
        f"  2. gpu.py timing {torch} \\",
        "       --only methods --only epoch --only WRN --only torch",
        f"  3. gpu.py train autoattack --only {first} --minutes 8.5    # needs all parts",
        f"     gpu.py ship --only {first}    # 45 MB in five files: one run in a call",
        "  4. the same again, until nothing is left: AutoAttack on all images",
        f"  5. 3 and 4 for {', '.join(names[1:])}",
        f"  6. gpu.py correctness timing {torch}    # what is left",
        "  7. gpu.py tuning    # what may be faster",
        "OUT gets the measurements after every item. Where the folder is new, bring this folder's",
        "gpu.json along, and all parts. Here again, after every call:",
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
