"""The README's table of what was measured on processors, from records to text."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from pathlib import Path

from benchmarks.reporting.markdown import Row, Target, listed, provenance, rounded
from benchmarks.reporting.records import Entry, RecordError, read, sections

__all__ = ["RECORDS", "Records", "processors", "processors_missing", "read_records"]

Records = Mapping[str, Entry]
"""By what was measured: the sections of train_speed.json, "AutoAttack", "verify", "figures"."""

_TRAIN = "train_speed.json"
_NO_SLOWER = Target("at most", 1)
_DIFFERENCE = Target("at most", 1e-9)

# What was measured, and the command for it.
RECORDS = {
    "flops": "python benchmarks/train_speed.py --only flops",
    "loop": "python benchmarks/train_speed.py --only loop",
    "cache": "python benchmarks/train_speed.py --only cache",
    "torch": "python benchmarks/train_speed.py --only torch --torch PYTHON",
    "AutoAttack": "python benchmarks/autoattack_speed.py CIFAR10 --torch PYTHON CHECKOUT",
    "verify": "python benchmarks/verify_speed.py",
    "figures": "python benchmarks/figures_speed.py",
}
_LABELS = {"flops": "operations", "loop": "loop", "cache": "compilation cache"}

# Of train_speed.py, whose own record is judged here by its numbers.
_PASSES = {
    "AT": 23.5,
    "AT, statistics as in the public code": 25.5,
    "AT-AWP": 26.5,
    "TRADES": 27.5,
    "EntropySGD minibatch": 23.5,
}
_LOOP, _CACHE, _TORCH = (Target("at most", bound) for bound in (1.3, 0.25, 0.8))
_VERIFY = {"quick": Target("at most", 40), "full": Target("at most", 90)}
_LIST = Target("at most", 1)
_FIGURES = {
    "-F, N=1, L2, 41x41": 10_000,
    "-F, N=1, Linf, 41x41": 10_000,
    "-F, N=100, L2, 41x41": 1_500,
    "-F, N=100, Linf, 41x41": 1_500,
    "Hessians, N=100, L2, 41x41": 10,
    "PGD, point scanned, 41x41": 15,
    "PGD, Linf, step by step, 41x41": 15,
}


def read_records(folder: Path) -> Records:
    """What the records in a folder hold; what is not there is not measured."""
    found = sections(_TRAIN, read(folder / _TRAIN))
    for name in ("autoattack", "verify", "figures"):
        file = f"{name}_speed.json"
        values = read(folder / file)
        if values:
            label = "AutoAttack" if name == "autoattack" else name
            found[label] = Entry(file, values, _environment(name, Entry(file, values)))
    return found


def _environment(name: str, entry: Entry) -> Mapping[str, object]:
    """With what it was measured; the runs of ``verify`` have one each, and the last is quoted."""
    return entry.at(*(("full",) if name == "verify" else ()), "environment")


def processors(records: Records) -> str:
    """One table, and with what each part was measured."""
    rows = [
        *_operations(records.get("flops")),
        *_loop_and_cache(records),
        *_torch(records.get("torch")),
        *_autoattack(records.get("AutoAttack")),
        *_verify(records.get("verify")),
        *_figures(records.get("figures")),
    ]
    labelled = {_LABELS.get(n, n): records[n] for n in RECORDS if n in records}
    return f"{listed(rows)}\n{provenance(labelled)}"


def processors_missing(records: Records) -> list[str]:
    """What has no record, and the command for it, one a line."""
    return [
        f"{_LABELS.get(name, name)}, on a processor: `{command}`"
        for name, command in RECORDS.items()
        if name not in records
    ]


def _operations(entry: Entry | None) -> Iterator[Row]:
    for name, bound in _PASSES.items():
        what, target = (
            f"operations of an update, in forward passes: {name}",
            Target("at most", bound),
        )
        if entry is None:
            yield Row(what, target=target)
        else:
            passes = entry.number(name, "forward_passes")
            yield Row(what, passes, 2, "", target)


def _loop_and_cache(records: Records) -> Iterator[Row]:
    for name, what, target in (
        ("loop", "an epoch in one compiled call / a loop of compiled updates", _LOOP),
        ("cache", "a second start, from a warm compilation cache / the first", _CACHE),
    ):
        entry = records.get(name)
        value = None if entry is None else entry.number("ratio")
        yield Row(what, value, 2, "", target)


def _torch(entry: Entry | None) -> Iterator[Row]:
    """Ours over theirs, of their seconds and not of the ratio recorded beside them."""
    for style, target in (("reference style", _TORCH), ("input gradients only", None)):
        what = f"AT step of PreActResNet-18, batch 16: ours / torch, {style}"
        ratio = None
        if entry is not None:
            ratio = entry.number("jaxat_cpu_seconds") / entry.number(style, "cpu_seconds")
        yield Row(what, ratio, 2, "", target)


def _autoattack(entry: Entry | None) -> Iterator[Row]:
    """Of the whole standard evaluation, L∞; "forwards" leaves out images that fill a batch."""
    seconds = "AutoAttack, small CNN, L∞: ours / the authors' code"
    passes = "its forward passes: ours / the authors'"
    if entry is None:
        yield Row(seconds, target=_NO_SLOWER)
        yield Row(passes, target=_NO_SLOWER)
        return
    ours, theirs = (entry.number("linf", who, "processor_seconds") for who in ("ours", "authors"))
    apart = sum(entry.number("linf", f"robust_only_{where}") for where in ("here", "there"))
    remark = f"{apart:.0f} of {entry.number('images'):.0f} verdicts differ"
    yield Row(seconds, ours / theirs, 2, "", _NO_SLOWER, remark)
    here, filling, there = (
        sum(entry.at("linf", who, what).values())
        for who, what in (("ours", "forwards"), ("ours", "padding"), ("authors", "forwards"))
    )
    filled = f"{rounded((here + filling) / there, 2)} with images that fill the last batches"
    yield Row(passes, here / there, 2, "", _NO_SLOWER, filled)


def _verify(entry: Entry | None) -> Iterator[Row]:
    for budget, target in _VERIFY.items():
        what = f"`python -m verify --budget {budget}`"
        if entry is None:
            yield Row(what, target=target)
        else:
            remark = f"{len(entry.at(budget, 'seconds_per_claim'))} claims"
            yield Row(what, entry.number(budget, "wall_seconds"), 1, " s", target, remark)
    value = None if entry is None else entry.number("list_seconds")
    yield Row("`python -m verify --list`", value, 2, " s", _LIST)


def _figures(entry: Entry | None) -> Iterator[Row]:
    """Times faster than `dblquad`, or than a loop of the compiled function."""
    found = {} if entry is None else {row["name"]: row for row in entry.at("results")}
    if entry is not None and (gone := [name for name in _FIGURES if name not in found]):
        raise RecordError(f"{entry.name} has no {gone[0]!r}; measure it anew")
    worst = -math.inf
    for name, bound in _FIGURES.items():
        label = name.removesuffix(", 41x41").replace("-F", "−F").replace("Linf", "L∞")
        integral = name.startswith("-F")
        what = f"{label}, 41×41: times as fast as {'`dblquad`' if integral else 'a Python loop'}"
        if entry is None:
            yield Row(what, target=Target("at least", bound))
            continue
        row = Entry(f"{entry.name}: {name}", found[name])
        ratio = row.number("loop_seconds") / row.number("seconds")
        remark = ""
        if integral:
            split = row.number("loop_seconds_split") / row.number("seconds")
            remark = f"{rounded(split, 0)} where it is told of the kinks"
            worst = max(worst, row.number("largest_difference"))
        decimals = 0 if ratio >= 100 else 1
        yield Row(what, ratio, decimals, "", Target("at least", bound), remark)
    difference = "largest difference of −F from `dblquad` told of the kinks"
    value, shown = (None, "") if entry is None else (worst, f"{worst:.1e}")
    yield Row(difference, value, target=_DIFFERENCE, text=shown)
