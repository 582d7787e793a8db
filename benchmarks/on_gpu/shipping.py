"""What a machine elsewhere needs, and what comes back from it: data in parts, weights in parts."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.on_gpu.ledger import Ledger, LedgerError
from benchmarks.on_gpu.parts import join, missing, split
from jaxat import data
from jaxat._files import write_text
from jaxat.data.cache import cache_folder, is_present
from jaxat.environment import environment
from jaxat.export import export

__all__ = [
    "MEASUREMENTS",
    "pack_data",
    "receive",
    "record",
    "record_runs",
    "ship_all",
    "unpack_data",
]

DATASET = "cifar10"
MEASUREMENTS = "gpu.json"
COMMIT = "commit"  # a file that tells a copy without its history what it is a copy of
PART = 15_000_000  # bytes at most of what comes back in one file
DATA_PARTS = 3


def pack_data(work: Path) -> list[Path]:
    """CIFAR-10, as it has been prepared here, in three parts of about 40 MB: ``work/parts``.

    Raises:
        DataError: it has not been prepared, or is damaged.
    """
    data.load(DATASET)
    (work / "parts").mkdir(parents=True, exist_ok=True)
    write_text(work / "parts" / COMMIT, str(environment()["commit"] or ""))
    return split(cache_folder() / DATASET, work / "parts", count=DATA_PARTS, compress=True)


def unpack_data(work: Path, say: Callable[[str], None]) -> bool:
    """Put CIFAR-10 together in ``work/data`` if all parts are there; whether it is there now.

    Raises:
        PartsError: a part is damaged.
        DataError: what comes out is not CIFAR-10 as it was prepared.
    """
    if is_present(DATASET):
        return True
    if absent := missing(work / "parts", DATASET):
        if (work / "parts").exists():
            say(f"{DATASET}: {', '.join(absent)} not here yet")
        return False
    join(work / "parts", DATASET, work / "data")
    found = data.load(DATASET)
    say(f"{DATASET}: {found.train.size} and {found.test.size} images, checksums as prepared")
    return True


def ship(work: Path, name: str) -> list[Path]:
    """The finished run of a preset, weights and rows, in files of at most 15 MB: ``work/ship``."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / name
        folder.mkdir()
        runs = work / "runs" / name
        for kept in ("experiment.json", "result.json"):
            shutil.copyfile(runs / kept, folder / kept)
        for run in sorted(runs.glob("seed-*")):
            export(run, folder / run.name)
        total = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
        count = -(-(total + 200_000) // PART)  # a tar's headers and padding besides
        parts = split(folder, work / "ship", count=count, compress=False)
    return [work / "ship" / f"{name}.json", *parts]


def ship_all(work: Path, only: Sequence[str]) -> list[Path]:
    """`ship` every finished run, or those whose names are in ``only``.

    Raises:
        LedgerError: there is none.
    """
    finished = sorted(path.parent.name for path in (work / "runs").glob("*/result.json"))
    names = [name for name in finished if not only or name in only]
    if not names:
        raise LedgerError(f"{work / 'runs'} has no finished run to ship")
    return [path for name in names for path in ship(work, name)]


def receive(folder: Path, work: Path) -> list[Path]:
    """Put together the runs whose parts lie in ``folder``, and add its measurements to ours.

    Returns the folders of the runs, which ``jaxat evaluate`` takes.
    """
    if (folder / MEASUREMENTS).exists():
        ours = Ledger(work / MEASUREMENTS)
        for stage, items in Ledger(folder / MEASUREMENTS).values.items():
            _add(ours, stage, items)
        ours.write()
    names = [path.stem for path in sorted(folder.glob("*.json")) if _is_manifest(path)]
    return [join(folder, name, work / "runs") for name in names]


def record(measured: Path, results: Path) -> Path:
    """Merge a file of measurements into ``results/gpu.json``, which the project quotes.

    Raises:
        LedgerError: something in it was measured without a GPU, or tiny.
    """
    found, kept = Ledger(measured), Ledger(results / MEASUREMENTS)
    if not found.values:
        raise LedgerError(f"{measured} holds no measurements")
    for stage, items in found.values.items():
        for item, entry in items.items():
            environment: dict[str, Any] = entry["environment"]
            if environment["backend"] != "gpu" or "--smoke" in environment["command"]:
                raise LedgerError(
                    f"{measured}: {stage}: {item} was measured on {environment['backend']} by "
                    f"{environment['command']!r}; only full runs on a GPU are recorded"
                )
        _add(kept, stage, items)
    kept.write()
    return kept.path


def record_runs(runs: Path, results: Path) -> list[Path]:
    """Copy the records of finished runs to ``results``, under the names of their presets.

    Runs on another device than a GPU, and tiny ones, are passed over.
    """
    copied = []
    for path in sorted(runs.glob("*/result.json")):
        joint = json.loads(path.read_text(encoding="utf-8"))
        made = joint["environment"]
        if made["backend"] == "gpu" and "--smoke" not in made["command"]:
            copied.append(results / f"{joint['preset']}.json")
            write_text(copied[-1], path.read_text(encoding="utf-8"))
    return copied


def _add(kept: Ledger, stage: str, items: Mapping[str, Any]) -> None:
    """Put new entries in the place of old ones; a failure is no reason to forget a number."""
    for item, entry in items.items():
        if kept.measured(stage, item) is None or "failed" not in entry["measured"]:
            kept.values.setdefault(stage, {})[item] = entry


def _is_manifest(path: Path) -> bool:
    try:
        return "parts" in json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, TypeError):
        return False
