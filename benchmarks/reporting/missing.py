"""What the README says has not been measured, from what the records lack."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from benchmarks.reporting import expected
from benchmarks.reporting.markdown import short
from benchmarks.reporting.on_cpu import Records, processors_missing
from benchmarks.reporting.records import Stages
from benchmarks.reporting.reproduced import best_autoattack
from jaxat.reported import KANAI

__all__ = ["not_measured"]

_TITLES = {
    "ceilings": "what the device can do at most",
    "correctness": "whether the device computes what the processor computes",
    "timing": "speed",
    "train": "training at full size",
    "autoattack": "AutoAttack on networks of full size",
    "tuning": "what might be faster",
}


def not_measured(stages: Stages, records: Records, results: Path) -> str:
    """Stage by stage, with the command; then the presets of full size that have no record."""
    lines = [*_gpu(stages), *_fewer_images(stages), *processors_missing(records)]
    parts = []
    if not any(stages.values()):
        parts.append(
            "No GPU was at hand: nothing that needs one has been measured. The harness for it is "
            "there,\nand is tried tiny on a processor: `python benchmarks/gpu.py smoke`.\n"
        )
    if lines:
        parts.append("".join(f"- {line}\n" for line in lines))
        if any(_gpu(stages)):
            parts.append(
                "Then `python benchmarks/gpu.py record` and `python benchmarks/report.py --write` "
                "bring the\nnumbers here.\n"
            )
    return "\n".join([*parts, _kanai(results)])


def _gpu(stages: Stages) -> Iterator[str]:
    for stage, names in expected.items().items():
        gone = [name for name in names if not _done(stages, stage, name)]
        if not gone:
            continue
        which = f"{len(names)} items" if len(gone) == len(names) else "; ".join(gone)
        yield f"{_TITLES[stage]} ({which}): `{expected.command(stage, *gone)}`"
        for name, entry in stages.get(stage, {}).items():
            if entry.failed and not _done(stages, stage, name):
                yield f"{stage}, {name}: {short(entry.failed)}"


def _fewer_images(stages: Stages) -> Iterator[str]:
    """Runs that met AutoAttack on a part of the test set alone."""
    found = {
        name: best_autoattack(stages, name)
        for preset in expected.PRESETS
        for name in (preset, preset + expected.SHORT)
    }
    for name, entry in found.items():
        if entry is not None and not entry.failed and entry.number("n") < 10_000:
            command = f"python -m jaxat evaluate runs/{name} --attack autoattack"
            yield f"AutoAttack on all 10,000 images, {name}: `{command}`"


def _done(stages: Stages, stage: str, name: str) -> bool:
    """Of a preset, either schedule; AutoAttack of the schedule that was trained."""
    both = (name, name + expected.SHORT)
    if stage == "autoattack":
        found = [best_autoattack(stages, preset) for preset in both]
    else:
        measured = stages.get(stage, {})
        found = [measured.get(one) for one in (both if stage == "train" else (name,))]
    return any(entry is not None and not entry.failed for entry in found)


def _kanai(results: Path) -> str:
    """How many cells of Kanai et al.'s tables have a record."""
    presets = {name: key for key, table in KANAI.items() for name in table.cells}
    there = [name for name in presets if (results / f"{name}.json").exists()]
    first, *others = KANAI
    tables = ", ".join([f"`python -m jaxat table {first}`", *(f"`{key}`" for key in others)])
    if not there:
        return (
            "No preset of the tables of Kanai et al. has a record in full size and length; they "
            "are tested tiny,\nand lowered for GPU and TPU. So these tables show the reported "
            "column alone, with the command\nthat fills each cell "
            f"({tables}), and the\nclaims about those trainings are UNDECIDED.\n"
        )
    return (
        f"Of the {len(presets)} presets in the tables of Kanai et al. {len(there)} have a record "
        f"in full size and length;\n{tables} print the command for each of the others.\n"
    )
