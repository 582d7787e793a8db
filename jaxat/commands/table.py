"""``python -m jaxat table``: a table of a paper, reported beside measured."""

from __future__ import annotations

import difflib
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from jaxat import presets
from jaxat.commands.arguments import Parser, UsageError, complain
from jaxat.commands.columns import columns
from jaxat.commands.recorded import RESULTS, Recorded, notes_on, print_notes, read_recorded
from jaxat.commands.small import OURS, print_ours
from jaxat.config import number
from jaxat.presets import short
from jaxat.reported import KANAI, YAMADA, Comparison, Radii

__all__ = ["main"]

EMPTY = "-"


class _Cell(NamedTuple):
    """A mean over ``n`` runs and their standard deviation; None for one run."""

    mean: float
    std: float | None
    n: int

    def __str__(self) -> str:
        spread = "" if self.std is None else f"±{self.std:.2f}"
        return f"{self.mean:.2f}{spread}"


def main(words: Sequence[str]) -> int:
    """Runs ``python -m jaxat table WORDS``. 0: printed; 2: a mistake in the call."""
    known = (*KANAI, *YAMADA, *OURS)
    parser = Parser("table", "A table of a paper: reported beside measured, in per cent.")
    parser.add_argument("name", metavar="NAME", help=", ".join(known))
    parser.add_argument(
        "--results",
        type=Path,
        metavar="DIR",
        help="folder of records, such as runs (default: benchmarks/results of the checkout)",
    )
    try:
        chosen = parser.parse_args(list(words))
        if chosen.name not in known:
            near = difflib.get_close_matches(chosen.name, known, n=2, cutoff=0.5)
            hint = f"did you mean {' or '.join(near)}?" if near else f"there are {', '.join(known)}"
            raise UsageError(f"unknown table {chosen.name!r}; {hint}")
        if chosen.results is not None and not chosen.results.is_dir():
            raise UsageError(f"--results {chosen.results} is no folder")
        records = read_recorded(chosen.results or RESULTS)
        if chosen.name in OURS:
            print_ours(OURS[chosen.name], records)
        elif chosen.name in KANAI:
            _comparison(KANAI[chosen.name], records)
        else:
            _radii(YAMADA[chosen.name], records)
    except UsageError as error:
        return complain("table", error)
    if chosen.results is None:
        print(
            "\nMeasured is what benchmarks/results holds. A run leaves its record in "
            "runs/PRESET/result.json: --results runs."
        )
    return 0


def _comparison(table: Comparison, records: Mapping[str, list[Recorded]]) -> None:
    rows = [("preset", "against", "reported", "measured", "n", "")]
    notes: list[str] = []
    for name, reported in table.cells.items():
        attack = next(attack for row, attack in table.attacks.items() if name.startswith(row))
        train = f"python -m jaxat train {name} --seeds 0,1,2"
        measured, n, command = EMPTY, "", train
        for record in records.get(name, []):
            cell, against = _of_result(record, attack)
            notes += notes_on(record)
            measured, n = f"{cell}{'' if against == attack else f' ({against})'}", str(cell.n)
            evaluate = f"python -m jaxat evaluate runs/{name} --attack autoattack"
            command = "" if against == attack else evaluate
        rows.append((name, attack, reported, measured, n, command))
    print(f"{table.title}, per cent, mean ± standard deviation over n runs\n")
    print(columns(rows, right=(2, 3, 4)))
    print_notes(notes)
    if any(f"{name}{short.END}" in records for name in table.cells):
        print(
            f"\nThere are runs of {short.EPOCHS} epochs, which are in none of these cells: "
            f"python -m jaxat table cifar10-rn18{short.END}"
        )


def _of_result(record: Recorded, attack: str) -> tuple[_Cell, str]:
    """Robust accuracy, and the attack that it is against."""
    result = record.values.get("result")
    result = result if isinstance(result, Mapping) else {}
    own = "robust_accuracy" in result
    try:
        found = result["robust_accuracy" if own else "pgd_robust_accuracy"]
        std = found["std"]
        cell = _Cell(float(found["mean"]), None if std is None else float(std), int(found["n"]))
    except (KeyError, TypeError, ValueError):
        raise UsageError(f"{record.path} has no robust accuracy under result") from None
    return cell, attack if own else "PGD-20"


def _radii(table: Radii, records: Mapping[str, list[Recorded]]) -> None:
    heads = ("eps", "train", "measured", "test", "measured", "gap", "measured", "n", "")
    rows: list[tuple[str, ...]] = [heads]
    notes: list[str] = []
    found = records.get(table.preset, [])
    for record in found:
        notes += notes_on(record)
    for eps, train, test, gap in table.rows:
        cells = _at_radius(found, eps)
        command = "" if cells else _command(table, eps, bool(found))
        cells = cells or (EMPTY, EMPTY, EMPTY, "")
        rows.append((eps, train, cells[0], test, cells[1], gap, *cells[2:], command))
    print(f"{table.title}, per cent; mean ± standard deviation over n runs\n")
    print(columns(rows, right=range(8)))
    print_notes(notes)


def _command(table: Radii, eps: str, some: bool) -> str:
    """All radii at once as long as there is none, then one by one, each in its own folder."""
    if not some:
        return f"python -m jaxat train {table.preset}"
    preset = presets.get(table.preset)
    mine = next(value for value in preset.sweep["eps"] if math.isclose(number(value), number(eps)))
    folder = f"runs/{table.preset}-{mine.replace('/', '_')}"
    return f"python -m jaxat train {table.preset} --set eps={mine} --workdir {folder}"


def _at_radius(found: list[Recorded], eps: str) -> tuple[str, str, str, str] | None:
    """Training accuracy, test accuracy, their difference, and the number of runs."""
    training, test = [], []
    for record in found:
        try:
            for row in record.values["rows"]:
                if math.isclose(number(row["eps"]), number(eps), abs_tol=1e-12):
                    training.append(100 * row["train_correct"] / record.values["n_train"])
                    test.append(100 * row["test_correct"] / record.values["n_test"])
        except (KeyError, TypeError, ValueError, ZeroDivisionError):
            raise UsageError(f"{record.path} is no record of {record.values['preset']}") from None
    if not training:
        return None
    gaps = [a - b for a, b in zip(training, test, strict=True)]
    return str(_mean(training)), str(_mean(test)), str(_mean(gaps)), str(len(training))


def _mean(values: list[float]) -> _Cell:
    n, mean = len(values), math.fsum(values) / len(values)
    squares = math.fsum((value - mean) ** 2 for value in values)
    return _Cell(mean, math.sqrt(squares / (n - 1)) if n > 1 else None, n)
