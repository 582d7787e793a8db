"""Robust accuracy by epoch and by time, from recorded training runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from figures.figure import Arrays
from figures.recorded import read_record

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["curve_arrays", "draw_accuracy", "recorded_curves", "unmeasured"]

# On which images the accuracy against PGD-20 was taken after every epoch.
_JUDGED = ("test_robust_accuracy", "val_robust_accuracy")


def recorded_curves(runs: Mapping[str, str]) -> Arrays:
    """`curve_arrays` of the records of these runs, whichever exist."""
    return curve_arrays({name: read_record(name) for name in runs})


def curve_arrays(records: Mapping[str, Mapping[str, Any] | None]) -> Arrays:
    """Means over the seeds, for the i-th name `i_epoch`, `i_hours`, `i_train`, `i_test`; per cent.

    A record has `epochs`, the rows of the runs' epochs.jsonl with a `seed`: `train_accuracy` is a
    share, under the attack of training; `test_robust_accuracy` (or `val_...`, on images held back)
    in per cent. `i_clean` is `test_accuracy` (or `val_...`), if all rows have it. Only epochs that
    all seeds have count. `recorded` says which names have rows.

    >>> row = {"seed": 0, "epoch": 0, "seconds": 36.0, "train_accuracy": 0.5}
    >>> arrays = curve_arrays({"run": {"epochs": [row | {"test_robust_accuracy": 25.0}]}})
    >>> {name: value.tolist() for name, value in arrays.items() if name != "recorded"}
    {'0_epoch': [1], '0_hours': [0.01], '0_train': [50.0], '0_test': [25.0]}
    """
    found: dict[str, Any] = {"recorded": np.zeros(len(records), int)}
    for i, record in enumerate(records.values()):
        rows = (record or {}).get("epochs", [])
        judged = next((key for key in _JUDGED if any(key in row for row in rows)), None)
        by_seed: dict[int, dict[int, Any]] = {}
        for row in rows:
            by_seed.setdefault(row["seed"], {})[row["epoch"]] = row
        if judged is None:
            continue
        common = set.intersection(*(set(mine) for mine in by_seed.values()))
        hours = [np.cumsum([mine[e]["seconds"] for e in sorted(mine)]) for mine in by_seed.values()]
        shown = sorted(e for e in common if all(judged in mine[e] for mine in by_seed.values()))
        if not shown:
            continue
        places = [[sorted(mine).index(e) for e in shown] for mine in by_seed.values()]
        found["recorded"][i] = 1
        found[f"{i}_epoch"] = np.array(shown) + 1
        found[f"{i}_hours"] = (
            np.mean([h[p] for h, p in zip(hours, places, strict=True)], axis=0) / 3600
        )
        clean = judged.replace("_robust", "")
        for name, key, scale in (
            *(("train", "train_accuracy", 100), ("test", judged, 1), ("clean", clean, 1)),
        ):
            if name == "clean" and not all(key in m[e] for m in by_seed.values() for e in shown):
                continue
            values = [[scale * mine[e][key] for e in shown] for mine in by_seed.values()]
            found[f"{i}_{name}"] = np.mean(values, axis=0)
    return found


def unmeasured(arrays: Arrays, runs: Mapping[str, str]) -> list[str]:
    """The commands of the runs that have no record."""
    pairs = zip(runs, arrays["recorded"], strict=True)
    return [f"python -m jaxat train {name}" for name, there in pairs if not there]


def draw_accuracy(
    place: Axes, arrays: Arrays, labels: Sequence[str], part: str, against: str, *, dashed: bool
) -> None:
    """A line for each recorded run: `part` is "train" or "test", `against` "epoch" or "hours"."""
    for i, label in enumerate(labels):
        if arrays["recorded"][i]:
            place.plot(
                arrays[f"{i}_{against}"],
                arrays[f"{i}_{part}"],
                "--" if dashed else "-",
                color=f"C{i}",
                label=f"{label}, {part}",
            )
    place.set(xlabel="epoch" if against == "epoch" else "hours", ylabel="robust accuracy in %")
