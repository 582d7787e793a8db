"""What recorded training runs say about the tables and figures of Yamada et al.

A record is what a JSON file holds. Several seeds are several entries with the same radius; their
mean counts. Radii are strings such as "0.2" or "76.5/255".

Tables, "yamada-table1" to "yamada-table6"::

    {"n_train": 12665, "n_test": 2115,
     "rows": [{"eps": "4/255", "seed": 0, "train_correct": 12641, "test_correct": 2112}, ...]}

Figures 1, 2, 4 and 5, "yamada-figure1" and so on (4: "yamada-figure4-cifar10", "-svhn"), the loss
along a filter-normalised direction, with the attack made anew at every alpha::

    {"curves": [{"eps": "0.2", "noise": "pgd" or "random", "seed": 0,
                 "alpha": [-1.0, ..., 1.0], "loss": [...]}, ...]}

Figure 3, "yamada-figure3"::

    {"rows": [{"norm": "l2" or "linf", "eps": "0.2", "seed": 0,
               "eigenvalues": [0.065, 0.011, 0.008], "weight_norm": 3.2}, ...]}
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from itertools import pairwise
from typing import Any, NamedTuple

from theory.tables.yamada import Table

__all__ = [
    "LinearFit",
    "deviations",
    "linear_fit",
    "means_by_radius",
    "radius",
    "rises",
    "sharpness_of_curve",
]


class LinearFit(NamedTuple):
    """The least-squares line and how much of the variance it explains."""

    slope: float
    intercept: float
    r_squared: float


def radius(text: str | float) -> Fraction:
    """A radius written "0.2", "4/255" or "76.5/255", exactly.

    >>> radius("76.5/255")
    Fraction(3, 10)
    """
    top, _, bottom = str(text).partition("/")
    return Fraction(top) / Fraction(bottom or "1")


def means_by_radius(
    rows: Iterable[Mapping[str, Any]], value: Any, **wanted: str
) -> dict[Fraction, float]:
    """The mean of `value(row)` over the seeds, by radius in increasing order.

    >>> rows = [{"eps": "1", "v": 1.0}, {"eps": "1", "v": 3.0}, {"eps": "0", "v": 0.0}]
    >>> means_by_radius(rows, lambda row: row["v"])
    {Fraction(0, 1): 0.0, Fraction(1, 1): 2.0}
    """
    found: dict[Fraction, list[float]] = {}
    for row in rows:
        if all(row.get(name) == wish for name, wish in wanted.items()):
            found.setdefault(radius(row["eps"]), []).append(float(value(row)))
    return {eps: sum(v) / len(v) for eps, v in sorted(found.items())}


def deviations(record: Mapping[str, Any], table: Table) -> dict[tuple[Fraction, str], float]:
    """Recorded minus printed accuracy, in percentage points, for every printed number recorded.

    ValueError if the record is about sets of other sizes.
    """
    sizes = {"train": table.n_train, "test": table.n_test}
    for part, size in sizes.items():
        if record[f"n_{part}"] != size:
            raise ValueError(
                f"the table has {size} {part} samples, the record {record[f'n_{part}']}"
            )
    found = {}
    for part, size in sizes.items():
        measured = means_by_radius(
            record["rows"], lambda row, p=part, n=size: 100 * row[f"{p}_correct"] / n
        )
        for row in table.rows:
            if row.eps in measured:
                printed = getattr(row, part) / 100
                found[row.eps, part] = measured[row.eps] - printed
    return found


def sharpness_of_curve(curve: Mapping[str, Any]) -> float:
    """The mean rise of the loss from alpha = 0 to the two ends of the curve.

    >>> sharpness_of_curve({"alpha": [-1, 0, 1], "loss": [3.0, 1.0, 2.0]})
    1.5
    """
    pairs = sorted(zip(curve["alpha"], curve["loss"], strict=True))
    centre = min(pairs, key=lambda pair: abs(pair[0]))
    if abs(centre[0]) > 1e-9 or len(pairs) < 3:
        raise ValueError("a curve needs alpha = 0 and a point on either side")
    return (pairs[0][1] + pairs[-1][1]) / 2 - centre[1]


def rises(values: Sequence[float]) -> float:
    """The smallest relative rise between neighbours: positive exactly for an increasing sequence.

    >>> rises([1.0, 2.0, 2.5])
    0.2
    """
    return min((b - a) / max(abs(a), abs(b), 1e-300) for a, b in pairwise(values))


def linear_fit(x: Sequence[float], y: Sequence[float]) -> LinearFit:
    """The least-squares line through the points.

    >>> linear_fit([0.0, 1.0, 2.0], [1.0, 3.0, 5.0])
    LinearFit(slope=2.0, intercept=1.0, r_squared=1.0)
    """
    n = len(x)
    if n < 3 or len(y) != n:
        raise ValueError(f"a fit needs at least three points; got {n} and {len(y)}")
    centre_x, centre_y = sum(x) / n, sum(y) / n
    spread = sum((a - centre_x) ** 2 for a in x)
    slope = sum((a - centre_x) * (b - centre_y) for a, b in zip(x, y, strict=True)) / spread
    intercept = centre_y - slope * centre_x
    rest = sum((b - slope * a - intercept) ** 2 for a, b in zip(x, y, strict=True))
    total = sum((b - centre_y) ** 2 for b in y)
    return LinearFit(slope, intercept, 1 - rest / total if total > 0 else 1.0)
