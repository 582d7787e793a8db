"""The whole way, tiny, on any machine: pack, measure, stop, go on, ship, receive, evaluate."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks.on_gpu.ledger import Ledger
from benchmarks.on_gpu.reproduction import PRESETS

__all__ = ["smoke"]

PRESET = f"{PRESETS[0]}-30ep"
ROOT = Path(__file__).resolve().parents[2]


def smoke(work: Path, main: Callable[[Sequence[str]], int], torch: str) -> int:
    """Run every stage with tiny networks and say what did not work; 0 if everything did."""
    work = work.with_name(f"{work.name}-smoke")
    shutil.rmtree(work, ignore_errors=True)
    common = ["--smoke", "--work", str(work), "--minutes", "60"]
    with_torch = ["--torch", torch] if torch else []
    faults: list[str] = []

    def expect(status: int, *words: str) -> None:
        found = main([*common, *words])
        if found != status:
            faults.append(f"gpu.py {' '.join(words)} ended with {found} instead of {status}")

    expect(0, "ceilings", "correctness")
    expect(0, "timing", *with_torch)
    # Stopped after a second, and gone on with.
    expect(3, "train", "--only", PRESET, "--minutes", "0.2")
    expect(0, "train", "--only", PRESET)
    expect(0, "autoattack", "--only", PRESET)
    expect(0, "tuning", "--only", "unrolled by 2")
    before = Ledger(work / "gpu.json").values
    expect(0, "ceilings", "correctness", "timing", *with_torch)
    if Ledger(work / "gpu.json").values != before:
        faults.append("what was known was measured again")
    expect(0, "ship", "--out", str(work / "out"))
    shutil.rmtree(work / "runs")
    expect(0, "receive", str(work / "out"))
    faults += _evaluate(work)
    expect(2, "record")
    for fault in faults:
        print(f"gpu.py: {fault}", file=sys.stderr)
    return 1 if faults else 0


def _evaluate(work: Path) -> list[str]:
    """What came back is what a user evaluates."""
    done = subprocess.run(
        [sys.executable, "-m", "jaxat", "evaluate", str(work / "runs" / PRESET / "seed-0")],
        cwd=ROOT,
        env={**os.environ, "JAXAT_DATA": str(work / "data")},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        return [f"jaxat evaluate ended with {done.returncode}: {done.stderr.strip()[-300:]}"]
    print(done.stdout.strip())
    return []
