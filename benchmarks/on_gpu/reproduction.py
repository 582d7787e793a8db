"""Training and AutoAttack as a user runs them, in processes that may be ended at any moment.

What they leave in their folders is what makes this resumable: the command is the same every time,
and goes on.
"""

from __future__ import annotations

import json
import math
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.on_gpu.ledger import Clock, Item, Ledger, OutOfTimeError
from benchmarks.on_gpu.sizes import Sizes

__all__ = ["PRESETS", "autoattack_items", "preset_names", "train_items", "wilson"]

ROOT = Path(__file__).resolve().parents[2]
PRESETS = ("cifar10-rn18-at", "cifar10-rn18-at-ensgd", "cifar10-rn18-awp", "cifar10-rn18-awp-ensgd")

# An epoch and its evaluation within so many seconds, and 200 epochs are worth half an hour.
EPOCH_SECONDS = 6.0
AUTOATTACK_SECONDS = 480.0
# The same for few images and for all, so that they share what is compiled; small enough that the
# last batch, which is filled up, wastes little.
AUTOATTACK_BATCH = 500
GRACE = 20.0  # for a process that is asked to end

# How it is computed; nothing of what is computed but the precision of the network.
SETTINGS = ("model.dtype=bfloat16", "chunk=130", "checkpoint_every=5", "eval_batch=2000")


def preset_names(ledger: Ledger) -> tuple[str, ...]:
    """The presets of 200 epochs if a measured epoch is fast enough for them, else those of 30."""
    epoch = ledger.measured("timing", "epoch")
    if epoch is not None and epoch["epoch_and_evaluation_seconds"] <= EPOCH_SECONDS:
        return PRESETS
    return tuple(f"{name}-30ep" for name in PRESETS)


def train_items(sizes: Sizes, names: Sequence[str], work: Path) -> Iterator[Item]:
    """One training run a preset, seed 0."""
    for name in names:

        def run(clock: Clock, name: str = name) -> dict[str, Any]:
            words = [
                *_settings(sizes),
                "--seeds",
                "0",
                "--resume",
                "--workdir",
                _folder(work, name),
            ]
            words += ["--smoke"] if sizes.smoke else []
            _run(["train", name, *words], clock, lambda: _progress(work, name))
            record = json.loads((work / "runs" / name / "result.json").read_text("utf-8"))
            row = record["rows"][0]
            return {
                "preset": name,
                "epochs": row["epochs"],
                "training_seconds": row["seconds"],
                "best_epoch": row["best_epoch"],
                "n_test": record["n_test"],
                "clean_correct": row["test_clean_correct"],
                "pgd_correct": row["test_correct"],
                "last_pgd_correct": row["last_test_correct"],
            }

        # With less, nothing would be left of it: it compiles, and keeps every fifth epoch.
        yield Item(name, run, 0.1 if sizes.smoke else 2.5)


def autoattack_items(
    sizes: Sizes, names: Sequence[str], work: Path, ledger: Ledger
) -> Iterator[Item]:
    """AutoAttack on the best weights of each run that is finished.

    First 1,000 images in bfloat16; then all 10,000, if the first 1,000 say that they are done in
    time; then 1,000 in float32, whose difference says whether bfloat16 will do.
    """
    few, all_ = (4, sizes.test_images) if sizes.smoke else (1000, 10_000)

    def evaluate(name: str, n: int, dtype: str) -> Any:
        def run(clock: Clock) -> dict[str, Any]:
            runs = work / "runs" / name
            words = ["--attack", "autoattack", "--dtype", dtype]
            words += [] if n == all_ else ["--n", str(n)]
            words += [] if sizes.smoke else ["--batch", str(AUTOATTACK_BATCH)]
            _run(["evaluate", _folder(work, name), *words], clock, lambda: "interrupted")
            found = _report(runs / "seed-0" / "evaluations", n, dtype)
            robust = round(found["robust_accuracy"] * n / 100)
            attacks = found["evaluation"]["attacks"]
            return {
                "preset": name,
                "n": n,
                "dtype": dtype,
                "clean_accuracy": found["clean_accuracy"],
                "robust_accuracy": found["robust_accuracy"],
                "interval": wilson(robust, n),
                "seconds": _seconds_of_all(found),
                "seconds_an_image": _seconds_an_image(attacks, n),
            }

        return run

    finished = [name for name in names if (work / "runs" / name / "result.json").exists()]
    for name in finished:
        yield Item(f"{name}, {few} images, bfloat16", evaluate(name, few, "bfloat16"), 2)
    for name in finished:
        first = ledger.measured("autoattack", f"{name}, {few} images, bfloat16")
        if first is None or sizes.smoke:
            continue
        if first["seconds_an_image"] * all_ <= AUTOATTACK_SECONDS:
            yield Item(f"{name}, {all_} images, bfloat16", evaluate(name, all_, "bfloat16"), 2)
    for name in finished[:1]:
        yield Item(f"{name}, {few} images, float32", evaluate(name, few, "float32"), 3)


def wilson(count: int, n: int, z: float = 1.959964) -> tuple[float, float]:
    """Wilson's interval for a share, in per cent: what n images say of all like them.

    >>> [round(end, 2) for end in wilson(500, 1000)]
    [46.91, 53.09]
    """
    share = count / n
    middle = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * math.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
    return 100 * (middle - half), 100 * (middle + half)


def _settings(sizes: Sizes) -> list[str]:
    chosen = [s for s in SETTINGS if not sizes.smoke or s.startswith(("model.", "checkpoint"))]
    return [word for setting in chosen for word in ("--set", setting)]


def _folder(work: Path, name: str) -> str:
    return str(work / "runs" / name)


def _run(words: Sequence[str], clock: Clock, progress: Callable[[], str]) -> None:
    """``python -m jaxat WORDS``, ended when the time is over; its last line if it fails."""
    command = [sys.executable, "-m", "jaxat", *words]
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True) as process:
        try:
            _, errors = process.communicate(timeout=max(clock.left() - GRACE, 1))
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGINT)
            try:
                process.communicate(timeout=GRACE)
            except subprocess.TimeoutExpired:
                process.kill()
                process.communicate()
            raise OutOfTimeError(f"stopped, {progress()}; the same command goes on") from None
    if process.returncode:
        lines = errors.strip().splitlines() or ["it said nothing"]
        print("\n".join(lines[-20:]), file=sys.stderr)
        raise RuntimeError(f"jaxat {words[0]} ended with {process.returncode}: {lines[-1]}")


def _progress(work: Path, name: str) -> str:
    path = work / "runs" / name / "seed-0" / "epochs.jsonl"
    return f"{len(path.read_text('utf-8').splitlines()) if path.exists() else 0} epochs done"


def _seconds_of_all(report: Mapping[str, Any]) -> float:
    """Of an evaluation that was stopped, the report's own seconds are those of its last process."""
    attacking = sum(line["seconds"] for line in report["evaluation"]["attacks"])
    return max(report["seconds"], attacking)


def _seconds_an_image(attacks: Sequence[Mapping[str, Any]], n: int) -> float:
    """All passes at the speed of Square, the longest attack, which compiles next to nothing."""
    square = next(line for line in attacks if line["name"] == "square")
    passes = sum(line["forwards"] + line["backwards"] for line in attacks)
    # A batch that is filled up takes as long as a full one.
    return passes * square["seconds"] / max(square["forwards"] + square["padding"], 1) / n


def _report(folder: Path, n: int, dtype: str) -> Mapping[str, Any]:
    """The newest report of so many images in this precision."""
    for path in sorted(folder.glob("*.json"), key=lambda p: p.stat().st_mtime, reverse=True):
        report = json.loads(path.read_text("utf-8"))
        if report["n"] == n and report.get("attacks_compute_in") == dtype:
            return report
    raise RuntimeError(f"{folder} has no report of {n} images in {dtype}")
