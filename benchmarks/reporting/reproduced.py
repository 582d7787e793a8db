"""The README's table of full-size training: reported beside measured, each with its schedule."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.reporting import expected
from benchmarks.reporting.markdown import NOT_MEASURED, cell, provenance, rounded, short, table
from benchmarks.reporting.records import Entry, Stages
from jaxat.reported import KANAI

__all__ = ["best_autoattack", "reproduction"]


def reproduction(stages: Stages) -> str:
    """Robust accuracy on the test set, per cent, of one seed; AutoAttack and its time.

    The schedules of 200 and of 30 epochs are different experiments; a row names its own.
    """
    rows = [row for name in expected.PRESETS for row in _rows(stages, name)]
    header = ("preset", "epochs", "PGD-20: best, last", "AutoAttack", "minutes", "reported")
    sources = ""
    for stage, label in (("train", "training"), ("autoattack", "AutoAttack")):
        found = {n: e for n, e in stages.get(stage, {}).items() if not e.failed}
        unmeasured = f"- {label}: {NOT_MEASURED}: `{expected.command(stage)}`.\n"
        sources += provenance(found, label) if found else unmeasured
    return f"{table(header, rows)}\n{_precisions(stages)}{sources}"


def _rows(stages: Stages, preset: str) -> Iterator[tuple[str, ...]]:
    """The runs of this preset and of its short schedule; one row that says so if there are none."""
    cells = next(table.cells for table in KANAI.values() if preset in table.cells)
    reported = f"{cells[preset]}, 200 epochs"
    runs = {name: stages.get("train", {}).get(name) for name in (preset, preset + expected.SHORT)}
    present = {name: entry for name, entry in runs.items() if entry is not None}
    if not present:
        yield f"`{preset}`", "", NOT_MEASURED, *_autoattack(stages, preset), reported
    for name, entry in present.items():
        attacked, minutes = _autoattack(stages, name)
        if entry.failed:
            yield f"`{name}`", "", short(entry.failed), attacked, minutes, reported
            continue
        n = entry.number("n_test")
        best, last = (entry.number(key) for key in ("pgd_correct", "last_pgd_correct"))
        robust = f"{100 * best / n:.2f}, {100 * last / n:.2f}"
        epochs = str(entry.at("epochs"))
        yield f"`{name}`", epochs, robust, attacked, minutes, reported


def _precisions(stages: Stages) -> str:
    """Whether it matters that attacks compute in bfloat16: the same images, attacked in both."""
    lines = []
    attacked = stages.get("autoattack", {})
    for name, exact in attacked.items():
        other = attacked.get(name.removesuffix("float32") + "bfloat16")
        if not name.endswith(", float32") or exact.failed or other is None or other.failed:
            continue
        robust = (rounded(e.number("robust_accuracy"), 2) for e in (other, exact))
        lines.append(f"- {name.removesuffix(', float32')}: attacked in bfloat16, in float32: ")
        lines.append(f"{', '.join(robust)} per cent robust.\n")
    return "".join(lines)


def best_autoattack(stages: Stages, preset: str) -> Entry | None:
    """The evaluation in bfloat16 of the most images; a failed one if there is no other."""
    found = [
        entry
        for name, entry in stages.get("autoattack", {}).items()
        if name.startswith(f"{preset}, ") and name.endswith(", bfloat16")
    ]
    done = [entry for entry in found if not entry.failed]
    if done:
        return max(done, key=lambda entry: entry.number("n"))
    return found[-1] if found else None


def _autoattack(stages: Stages, preset: str) -> tuple[str, str]:
    """Robust accuracy with what so many images say of all, and minutes with their target."""
    entry = best_autoattack(stages, preset)
    if entry is None:
        return NOT_MEASURED, cell(None, 1, expected.AUTOATTACK_MINUTES)
    if entry.failed:
        return short(entry.failed), ""
    n = int(entry.number("n"))
    shown = f"{entry.number('robust_accuracy'):.2f}"
    if n < 10_000:
        low, high = entry.at("interval")
        shown += f" on {n:,} images (95 %: {low:.1f} to {high:.1f})"
    target = expected.AUTOATTACK_MINUTES if n == 10_000 else None
    return shown, cell(entry.number("seconds") / 60, 1, target)
