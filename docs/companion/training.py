"""What training runs recorded, epoch by epoch and in the end, as charts and tables."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from typing import Any

from docs.companion.charts import STYLES, Line, chart, key

__all__ = ["ABSENT", "epochs_by_seed", "small_html", "spread"]

ABSENT = "not measured yet"
_SMALL = "cifar10-small"
_CHARTS = (
    ("train_loss", "loss of training", "loss"),
    ("val_robust_accuracy", "robust accuracy, held-back images", "%"),
)
Sample = tuple[float, float | None, int]


def epochs_by_seed(record: Mapping[str, Any]) -> list[list[Mapping[str, Any]]]:
    """The rows by epoch of every run in a record; none if the record keeps none.

    >>> rows = [{"seed": 1, "epoch": 0}, {"seed": 0, "epoch": 0}, {"seed": 1, "epoch": 1}]
    >>> [len(run) for run in epochs_by_seed({"epochs": rows})], epochs_by_seed({})
    ([1, 2], [])
    """
    runs: dict[int, list[Mapping[str, Any]]] = {}
    for row in record.get("epochs", []):
        runs.setdefault(row["seed"], []).append(row)
    return [runs[seed] for seed in sorted(runs)]


def sample(record: Mapping[str, Any], metric: str) -> Sample | None:
    """Mean, standard deviation (None for one run) and number of runs of a record's result."""
    found = record.get("result", {}).get(metric)
    if found is None:
        return None
    std = found.get("std")
    return float(found["mean"]), None if std is None else float(std), int(found["n"])


def spread(found: Sample | None) -> str:
    """Mean ± standard deviation, or that there is none.

    >>> spread((50.123, 0.4, 3)).replace("\\xa0", " "), spread((50.0, None, 1)), spread(None)
    ('50.12 ± 0.40', '50.00', 'not measured yet')
    """
    if found is None:
        return ABSENT
    mean, std, _ = found
    return f"{mean:.2f}" if std is None else f"{mean:.2f}\xa0±\xa0{std:.2f}"


def small_html(records: Mapping[str, Any]) -> str:
    """The small experiments: a table with what three seeds resolve, and the curves of training."""
    from jaxat import presets

    names = [name for name in presets.names() if name.startswith(_SMALL)]
    base = records.get(f"{_SMALL}-at")
    rows = "".join(_small_row(name, records.get(name), base) for name in names)
    head = "".join(
        f"<th>{words}</th>"
        for words in (
            "preset",
            "robust, %",
            "clean, %",
            "robust in training, %",
            "n",
            "robust, minus plain AT",
        )
    )
    return (
        "<p>A part of CIFAR-10 and a small network, which two cores train in minutes; no paper "
        "reports it. Means and standard deviations over n seeds; robust means against PGD-20. "
        "Intervals are Welch's, 95 %: a difference is resolved if its interval leaves out 0.</p>"
        f"<table><tr>{head}</tr>{rows}</table>{_curves(names, records)}"
    )


def _small_row(name: str, record: Mapping[str, Any] | None, base: Mapping[str, Any] | None) -> str:
    if record is None:
        command = f"<code>python -m jaxat train {name} --seeds 0,1,2</code>"
        return f'<tr><td>{name}</td><td colspan="5">{ABSENT}, run: {command}</td></tr>'
    metrics = ("robust_accuracy", "clean_accuracy", "train_robust_accuracy")
    samples = [sample(record, metric) for metric in metrics]
    cells = "".join(f"<td>{spread(s)}</td>" for s in samples)
    n = samples[0][2] if samples[0] else ""
    first = None
    if base is not None and record is not base:
        first = sample(base, "robust_accuracy")
    return f"<tr><td>{name}</td>{cells}<td>{n}</td><td>{difference(first, samples[0])}</td></tr>"


def difference(first: Sample | None, second: Sample | None) -> str:
    """Welch's interval of second − first and whether it leaves out 0; empty without spreads.

    >>> difference((0.0, 1.0, 3), (4.0, 1.0, 3)), difference((0.0, 1.0, 3), (1.0, None, 1))
    ('<b>▲ resolved</b>, +1.73 to +6.27', '')
    """
    from jaxat.commands.small import welch_interval

    if first is None or second is None or first[1] is None or second[1] is None:
        return ""
    low, high = welch_interval((first[0], first[1], first[2]), (second[0], second[1], second[2]))
    interval = f"{low:+.2f} to {high:+.2f}".replace("-", "−")
    if low <= 0 <= high:
        return f"not resolved, {interval}"
    return f"<b>{'▲' if low > 0 else '▼'} resolved</b>, {interval}"


def _curves(names: Sequence[str], records: Mapping[str, Any]) -> str:
    found = {n: runs for n in names if (runs := epochs_by_seed(records.get(n, {})))}
    if not found:
        return f"<p>Curves of training: {ABSENT}.</p>"
    styles = {name: STYLES[k] for k, name in enumerate(names)}
    charts = []
    for metric, title, unit in _CHARTS:
        lines = [
            Line([(r["epoch"] + 1, r[metric]) for r in run if metric in r], styles[name])
            for name, runs in found.items()
            for run in runs
        ]
        if any(len(line.points) > 1 for line in lines):
            alt = _words(title, found, metric)
            charts.append(chart(lines, title=title, x_label="epoch", y_label=unit, alt=alt))
    legend = key((styles[name], html.escape(name)) for name in found)
    return (
        f"<figure>{legend}<div class='panels'>{''.join(charts)}</div><figcaption>Each line is one "
        "run; runs that differ in their seed alone have the same colour.</figcaption></figure>"
    )


def _words(title: str, found: Mapping[str, Any], metric: str) -> str:
    """The first and last values of every preset: what the chart shows."""
    parts = []
    for name, runs in found.items():
        values = [[r[metric] for r in run if metric in r] for run in runs]
        values = [v for v in values if v]
        if values:
            first = sum(v[0] for v in values) / len(values)
            last = sum(v[-1] for v in values) / len(values)
            parts.append(f"{name} from {first:.3g} to {last:.3g}")
    return f"{title} by epoch, means of the first and the last value: {'; '.join(parts)}."
