"""The README's tables of what was measured on a GPU, from records to text."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.reporting import expected
from benchmarks.reporting.markdown import (
    NOT_MEASURED,
    Row,
    Target,
    cell,
    listed,
    provenance,
    rounded,
    short,
    table,
)
from benchmarks.reporting.records import Entry, Stages

__all__ = ["methods", "single_numbers"]

_METHODS = ("methods", "WRN-34-10")
_WITHIN = Target("at most", 1)


def methods(stages: Stages) -> str:
    """Time of a minibatch by method, beside the other methods and the device."""
    timing = stages.get("timing", {})
    rows = [_method(timing.get("methods"), name) for name in expected.METHOD_NAMES]
    wide = timing.get("WRN-34-10")
    rows.append(_line("WRN-34-10", "AT", wide, (), expected.SHARES["WRN-34-10"]))
    header = ("network", "method", "ms a minibatch", "s an epoch", "/ AT", "of a matrix product")
    return f"{table(header, rows)}\n{_source(stages, 'timing', _METHODS)}"


def _method(entry: Entry | None, name: str) -> tuple[str, ...]:
    share = expected.SHARES["ResNet-18"] if name == "AT" else None
    if entry is not None and not entry.failed and "error" in (row := entry.at("rows", name)):
        entry = Entry(entry.name, {"failed": row["error"]}, entry.environment)
    return _line("ResNet-18", name, entry, ("rows", name), share)


def _line(
    network: str, name: str, entry: Entry | None, at: tuple[str, ...], least: Target | None
) -> tuple[str, ...]:
    """A row; ``least`` is the share of the matrix product that is asked for, in per cent."""
    ratio = expected.RATIOS.get(name)
    if entry is None or entry.failed:
        gone = NOT_MEASURED if entry is None else "failed"
        asked = "" if ratio is None else f"{gone} ({ratio.judged(None)})"
        share = gone if least is None else f"{gone} ({least.judged(None, ' %')})"
        return network, name, gone, gone, asked, share
    recorded = entry.at(*at, "share_of_matrix_product")
    percent = None if recorded is None else 100 * entry.number(*at, "share_of_matrix_product")
    compared = cell(entry.number(*at, "ratio"), 2, ratio) if ratio is not None else ""
    return (
        network,
        name,
        rounded(1000 * entry.number(*at, "seconds_per_minibatch"), 1),
        rounded(entry.number(*at, "seconds_per_epoch"), 1),
        compared,
        cell(percent, 1, least, " %"),
    )


def single_numbers(stages: Stages) -> str:
    """The device, correctness, whole epochs, evaluation, compilation, torch."""
    rows = [
        *_ceilings(stages),
        *_correctness(stages),
        *_epoch(stages),
        *_evaluation(stages),
        *_compilation(stages),
        *_torch(stages),
    ]
    names = expected.items()
    others = tuple(name for name in names["timing"] if name not in _METHODS)
    sources = (
        _source(stages, "ceilings", names["ceilings"]),
        _source(stages, "correctness", names["correctness"]),
        _source(stages, "timing", others),
    )
    return f"{listed(rows)}\n{''.join(sources)}"


def _source(stages: Stages, stage: str, names: tuple[str, ...]) -> str:
    """With what these items were measured; those that failed, and why."""
    found = {name: entry for name, entry in stages.get(stage, {}).items() if name in names}
    if not found:
        return f"- {stage}: {NOT_MEASURED}: `{expected.command(stage, *names)}`.\n"
    failures = "".join(
        f"- {name} {short(entry.failed)}\n" for name, entry in found.items() if entry.failed
    )
    measured = {name: entry for name, entry in found.items() if not entry.failed}
    versions = {
        str(entry.at("torch", "torch")) for name, entry in measured.items() if "torch" in name
    }
    torch = f"- torch {', '.join(sorted(versions))}, in the same run.\n" if versions else ""
    return failures + provenance(measured, stage) + torch


def _found(stages: Stages, stage: str, name: str, what: str) -> tuple[Entry | None, list[Row]]:
    """An item that can be quoted, or the row that says why there is none."""
    entry = stages.get(stage, {}).get(name)
    if entry is None:
        return None, [Row(what)]
    return (None, [Row(what, text=short(entry.failed))]) if entry.failed else (entry, [])


def _ceilings(stages: Stages) -> Iterator[Row]:
    for name, key, unit in (
        ("matrix product", "teraflop_per_second", " TFLOP/s"),
        ("copy", "terabyte_per_second", " TB/s"),
    ):
        what = f"a large {name}{', bfloat16' if name != 'copy' else ''}"
        entry, gone = _found(stages, "ceilings", name, what)
        decimals = 0 if name != "copy" else 2
        yield from gone if entry is None else [Row(what, entry.number(key), decimals, unit)]


def _correctness(stages: Stages) -> Iterator[Row]:
    """The largest error in units of what is allowed, over everything that was compared."""
    what = "largest error against float32 on the processor / what is allowed"
    names = expected.items()["correctness"]
    worst: tuple[float, str] | None = None
    count = 0
    for name in names:
        entry = stages.get("correctness", {}).get(name)
        if entry is None:
            continue
        if entry.failed:
            yield Row(f"correctness: {name}", text=short(entry.failed))
            continue
        count += 1
        for group, errors in entry.at("errors").items():
            for precision in errors:
                allowed = entry.number("allowed", group, precision)
                found = entry.number("errors", group, precision) / allowed
                where = group if group in name else f"{group}, {name}"
                if worst is None or found > worst[0]:
                    worst = found, f"{where}, {precision}"
    if worst is None:
        yield Row(what, target=_WITHIN)
    else:
        remark = f"{count} of {len(names)} comparisons; largest: {worst[1]}"
        yield Row(what, worst[0], 2, "", _WITHIN, remark)


def _epoch(stages: Stages) -> Iterator[Row]:
    what = "ResNet-18, AT: an epoch whose attack moves the statistics"
    entry, gone = _found(stages, "timing", "epoch", what)
    if entry is None:
        yield from gone
        return
    yield Row(what, entry.number("seconds"), 1, " s")
    yield Row(
        "the same with PGD-20 on 10,000 test images",
        entry.number("epoch_and_evaluation_seconds"),
        1,
        " s",
    )


def _evaluation(stages: Stages) -> Iterator[Row]:
    what = "ResNet-18: PGD-20 on 10,000 test images"
    entry, gone = _found(stages, "timing", "evaluation", what)
    if entry is None:
        yield from gone
        return
    best = str(entry.at("best_batch"))
    remark = f"batch {best}"
    share = entry.at("rows", best, "share_of_matrix_product")
    if share is not None:
        remark += f", {100 * share:.1f} % of the matrix product"
    yield Row(what, entry.number("rows", best, "seconds"), 1, " s", None, remark)


def _compilation(stages: Stages) -> Iterator[Row]:
    what = "until the first update of AT: warm compilation cache / cold"
    entry, gone = _found(stages, "timing", "compilation", what)
    if entry is None:
        yield from [row._replace(target=expected.WARM) for row in gone]
        return
    cold, warm = entry.number("cold_seconds"), entry.number("warm_seconds")
    yield Row(what, warm / cold, 2, "", expected.WARM, f"{cold:.1f} s cold, {warm:.1f} s warm")


def _torch(stages: Stages) -> Iterator[Row]:
    for variant, target in expected.TORCH.items():
        what = f"AT: torch, {variant} / ours"
        name = expected.TORCH_ITEMS[variant]
        entry, gone = _found(stages, "timing", name, what)
        if entry is None:
            yield from [row._replace(target=target) for row in gone]
        elif "error" in entry.at("rows", variant):
            yield Row(what, text=short(str(entry.at("rows", variant, "error"))), target=target)
        else:
            row = entry.at("rows", variant)
            low, high = row["ratio_spread"]
            ours = 1000 * entry.number("rows", "jaxat", "seconds_per_minibatch")
            remark = f"{low:.2f} to {high:.2f} by round; ours {ours:.1f} ms"
            yield Row(what, entry.number("rows", variant, "ratio"), 2, "", target, remark)
