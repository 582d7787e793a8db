"""The tables of our own, short experiments: means, and which differences the seeds resolve."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from jax.scipy.special import betainc

from jaxat import presets
from jaxat.commands.arguments import UsageError
from jaxat.commands.columns import columns
from jaxat.commands.recorded import Recorded, notes_on, print_notes
from jaxat.presets import short

__all__ = ["OURS", "Ours", "print_ours", "welch_interval"]

Sample = tuple[float, float | None, int]
Spread = tuple[float, float, int]
EMPTY = "-"


class Ours(NamedTuple):
    """A table of presets, of which the others are compared with the first: plain AT.

    ``metrics`` are the columns, (heading, name under ``result`` of a record); ``compared`` are
    those of them that get a difference.
    """

    title: str
    presets: tuple[str, ...]
    metrics: tuple[tuple[str, str], ...]
    compared: tuple[str, ...]
    foot: str


OURS: Mapping[str, Ours] = {
    "cifar10-small": Ours(
        "CIFAR-10, a part, small network",
        tuple(name for name in presets.names() if name.startswith("cifar10-small-")),
        (
            ("robust", "robust_accuracy"),
            ("clean", "clean_accuracy"),
            ("train robust", "train_robust_accuracy"),
        ),
        ("robust",),
        "Robust is against PGD-20.",
    ),
    f"cifar10-rn18{short.END}": Ours(
        f"CIFAR-10, ResNet-18, a schedule of {short.EPOCHS} epochs that is ours",
        tuple(preset.name for preset in short.PRESETS),
        (
            ("PGD-20 best", "pgd_robust_accuracy"),
            ("PGD-20 last", "last_robust_accuracy"),
            ("AutoAttack best", "robust_accuracy"),
            ("AutoAttack last", "last_autoattack_accuracy"),
            ("clean", "clean_accuracy"),
        ),
        ("PGD-20 best", "AutoAttack best"),
        "Best is the epoch with the highest PGD-20 on the test set (that leaks); clean is at the "
        "best\nepoch. The paper's schedule has 200 epochs: python -m jaxat table kanai-1.",
    ),
}


def print_ours(table: Ours, records: Mapping[str, list[Recorded]]) -> None:
    """Every preset of the table with its means, and its difference from the first one.

    Raises:
        UsageError: a record has no means, or is damaged.
    """
    base = table.presets[0]
    metrics = dict(table.metrics)
    heads = [f"{heading} − AT" for heading in table.compared]
    rows: list[Sequence[str]] = [("preset", *(h for h, _ in table.metrics), "n", *heads, "")]
    sizes: set[int] = set()
    first = _samples(base, table, records)
    for name in table.presets:
        found = _samples(name, table, records)
        cells = [_cell(found.get(key)) for _, key in table.metrics]
        pairs = [(first.get(metrics[h]), found.get(metrics[h])) for h in table.compared]
        differences = [_difference(*pair) if name != base else "" for pair in pairs]
        n = max((size for _, _, size in found.values()), default=0)
        sizes |= {n} - {0}
        rows.append((name, *cells, str(n or ""), *differences, _command(name, table, found)))
    print(f"{table.title}: per cent, mean ± standard deviation over n seeds\n")
    print(columns(rows, right=range(1, len(rows[0]) - 1)))
    print(f"\n{table.foot}")
    print("Intervals are Welch's, 95 %; resolved: without 0.")
    if 1 in sizes:
        print("Where n is 1, one seed: no difference is resolved.")
    chosen = [record for name in table.presets for record in records.get(name, [])[-1:]]
    budgets = _budgets(chosen)
    if len(set(budgets.values())) > 1:
        print("Minibatches: " + ", ".join(f"{name} {n}" for name, n in budgets.items()))
    print_notes([note for record in chosen for note in notes_on(record)])


def _samples(name: str, table: Ours, records: Mapping[str, list[Recorded]]) -> dict[str, Sample]:
    """The metrics of the table that the preset's record has; nothing if there is no record."""
    for record in records.get(name, [])[-1:]:
        try:
            result = record.values["result"]
            found = {key: _sample(result[key]) for _, key in table.metrics if key in result}
        except (KeyError, TypeError, ValueError):
            found = {}
        if not found:
            raise UsageError(f"{record.path} has no means under result")
        return found
    return {}


def _sample(found: Mapping[str, Any]) -> Sample:
    std = found["std"]
    return float(found["mean"]), None if std is None else float(std), int(found["n"])


def _cell(found: Sample | None) -> str:
    if found is None:
        return EMPTY
    mean, std, _ = found
    return f"{mean:.2f}" if std is None else f"{mean:.2f}±{std:.2f}"


def _difference(first: Sample | None, second: Sample | None) -> str:
    if first is None or second is None:
        return ""
    (m1, s1, n1), (m2, s2, n2) = first, second
    if s1 is None or s2 is None:
        return f"{m2 - m1:+.2f} one seed"
    low, high = welch_interval((m1, s1, n1), (m2, s2, n2))
    verdict = "not resolved" if low <= 0 <= high else "resolved"
    return f"[{low:+.2f}, {high:+.2f}] {verdict}"


def _command(name: str, table: Ours, found: Mapping[str, Sample]) -> str:
    """What fills the first empty cells of the row."""
    if not found:
        return f"python -m jaxat train {name} --seeds 0,1,2"
    if any(key == "robust_accuracy" for _, key in table.metrics) and "robust_accuracy" not in found:
        return f"python -m jaxat evaluate runs/{name} --attack autoattack"
    return ""


def _budgets(chosen: Sequence[Recorded]) -> dict[str, str]:
    """How many minibatches the runs of each preset had, as far as it is recorded."""
    found: dict[str, str] = {}
    for record in chosen:
        rows = record.values.get("rows")
        rows = [row for row in rows if isinstance(row, Mapping)] if isinstance(rows, list) else []
        counts = {row["minibatches"] for row in rows if isinstance(row.get("minibatches"), int)}
        if counts:
            found[record.values["preset"]] = " or ".join(map(str, sorted(counts)))
    return found


def welch_interval(first: Spread, second: Spread, level: float = 0.95) -> tuple[float, float]:
    """Welch's confidence interval of second − first, from means, standard deviations and sizes.

    With s²/n of both the degrees of freedom are (a + b)²/(a²/(n₁−1) + b²/(n₂−1)).

    >>> low, high = welch_interval((0.0, 1.0, 3), (4.0, 1.0, 3))
    >>> round(low, 2), round(high, 2)
    (1.73, 6.27)
    """
    (m1, s1, n1), (m2, s2, n2) = first, second
    a, b = s1**2 / n1, s2**2 / n2
    if a + b == 0:
        return m2 - m1, m2 - m1
    freedom = (a + b) ** 2 / (a**2 / (n1 - 1) + b**2 / (n2 - 1))
    half = _student(level, freedom) * math.sqrt(a + b)
    return m2 - m1 - half, m2 - m1 + half


def _student(level: float, freedom: float) -> float:
    """The t with P(|T| <= t) = level, by bisection of I_x(ν/2, 1/2), x = ν/(ν + t²)."""
    low, high = 0.0, 1.0
    for _ in range(60):
        x = (low + high) / 2
        outside = float(betainc(freedom / 2, 0.5, x))
        low, high = (x, high) if outside < 1 - level else (low, x)
    return math.sqrt(freedom * (1 - high) / high)
