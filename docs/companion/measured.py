"""What the papers report beside what training here has recorded; what is missing says so."""

from __future__ import annotations

import html
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from docs.companion.charts import STYLES, Line, chart, key
from docs.companion.evidence import MARKS, Records
from docs.companion.markup import Markup
from docs.companion.training import ABSENT, difference, sample, small_html, spread

__all__ = ["measured_body"]

RESULTS = Path(__file__).parents[2] / "benchmarks" / "results"
_LANDSCAPES = {
    "1": "Figure 1: logistic regression, L2 attacks",
    "2": "Figure 2: logistic regression, L∞ attacks",
    "5": "Figure 5: logistic regression, large L∞ attacks",
    "4-cifar10": "Figure 4: ResNet-18 on CIFAR-10",
    "4-svhn": "Figure 4: ResNet-18 on SVHN",
}
_NOISE = {"pgd": "adversarial", "random": "random"}


def measured_body(records: Records, markup: Markup, folder: Path = RESULTS) -> str:
    """The body of measured.html, from the records in a folder."""
    from verify.recorded import read_records

    found = read_records(folder)
    return (
        "<h1>Reported and measured</h1>"
        "<p>The theory speaks of small models in closed form. Whether it says anything about deep "
        "networks is a question for training runs. “Reported” is what the papers print; “measured” "
        "comes from runs recorded in <code>benchmarks/results/</code>. An empty record is no "
        "result: it says neither that a claim holds nor that it fails.</p>"
        f"<h2>Small networks on a part of CIFAR-10</h2>{small_html(found)}"
        f"<h2>Robust accuracy, Tables 1 to 3 of Kanai et al.</h2>{_kanai(found)}"
        f"<h2>Accuracy by radius, Tables 1 to 6 of Yamada et al.</h2>{_yamada(found)}"
        f"<h2>The loss around the weights, figures of Yamada et al.</h2>{_landscapes(found)}"
        f"<h2>Claims about training</h2>{_empirical(records, markup)}"
    )


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    head = "".join(f"<th>{words}</th>" for words in heads)
    body = "".join("<tr>" + "".join(f"<td>{c}</td>" for c in row) + "</tr>" for row in rows)
    return f"<table><tr>{head}</tr>{body}</table>"


def _train(preset: str, more: str = "") -> str:
    return f"{ABSENT}, run: <code>python -m jaxat train {preset}{more}</code>"


def _kanai(found: Mapping[str, Any]) -> str:
    """A table a network and training method; the reported deviations are over three runs."""
    from jaxat.reported import KANAI

    parts = [
        "<p>Means and standard deviations over n runs, three in the paper, in %. Under a measured "
        "number stands Welch's interval, 95 %, of measured minus reported; “resolved” leaves out "
        "0. Robust accuracy against a weaker attack is shown, and not compared.</p>"
    ]
    for table in KANAI.values():
        rows, missing = [], 0
        for network, attack in table.attacks.items():
            cells = [f"{network}<br>{attack}"]
            for column in table.columns:
                record = found.get(f"{network}-{column}")
                missing += record is None
                cells.append(_cell(table.cells[f"{network}-{column}"], record))
            rows.append(cells)
        parts.append(f"<h3>{html.escape(table.title)}</h3>")
        parts.append(_table(("network", *table.columns), rows))
        if missing:
            total = len(rows) * len(table.columns)
            parts.append(
                f"<p>{missing} of {total}: {_train('NETWORK-COLUMN', ' --seeds 0,1,2')}.</p>"
            )
    return "".join(parts)


def _cell(printed: str, record: Mapping[str, Any] | None) -> str:
    mean, _, std = printed.partition("±")
    reported = f"{mean}&nbsp;±&nbsp;{std}"
    if record is None:
        return reported
    own, weaker = (sample(record, m) for m in ("robust_accuracy", "pgd_robust_accuracy"))
    if own is None:
        n = "" if weaker is None else f" (n = {weaker[2]})"
        return f"{reported}<br>measured against PGD-20: {spread(weaker)}{n}"
    verdict = difference((float(mean), float(std), 3), own)
    return f"{reported}<br>measured: {spread(own)} (n = {own[2]})<br>{verdict}"


def _yamada(found: Mapping[str, Any]) -> str:
    """One row a radius; several seeds are averaged."""
    from jaxat.reported import YAMADA

    parts = [
        "<p>Accuracy on attacked (or noisy) images, in %. The paper prints one number without a "
        "spread, so no difference from it can be called resolved; with several runs the measured "
        "deviation shows what a seed changes.</p>"
    ]
    for name, table in YAMADA.items():
        number = name.removeprefix("yamada-")
        link = f'<a href="claims/yamada.table-{number}.reproduced.html">as a claim</a>'
        parts.append(f"<h3>{html.escape(table.title)} ({link})</h3>")
        record = found.get(table.preset)
        if record is None:
            printed = "; ".join(f"ε = {e}: {a} / {b}" for e, a, b, _ in table.rows)
            parts.append(
                f"<p>Reported, training / test: {printed}. Measured: {_train(table.preset)}.</p>"
            )
            continue
        rows = []
        for eps, train, test, gap in table.rows:
            mine = [r for r in record["rows"] if math.isclose(_radius(r["eps"]), _radius(eps))]
            training = [100 * r["train_correct"] / record["n_train"] for r in mine]
            tested = [100 * r["test_correct"] / record["n_test"] for r in mine]
            gaps = [a - b for a, b in zip(training, tested, strict=True)]
            shown = [_mean(values) for values in (training, tested, gaps)]
            n = str(len(mine)) if mine else ""
            rows.append((eps, train, shown[0], test, shown[1], _minus(gap), shown[2], n))
        heads = ("ε", "training", "measured", "test", "measured", "gap", "measured", "n")
        parts.append(_table(heads, rows))
    return "".join(parts)


def _radius(text: str) -> float:
    top, _, bottom = str(text).partition("/")
    return float(top) / float(bottom or 1)


def _mean(values: Sequence[float]) -> str:
    if not values:
        return ABSENT
    mean = math.fsum(values) / len(values)
    if len(values) == 1:
        return _minus(f"{mean:.2f}")
    std = math.sqrt(math.fsum((v - mean) ** 2 for v in values) / (len(values) - 1))
    return _minus(f"{mean:.2f}\xa0±\xa0{std:.2f}")


def _minus(text: str) -> str:
    return text.replace("-", "−")


def _landscapes(found: Mapping[str, Any]) -> str:
    """The loss along random directions, one chart a figure and kind of noise."""
    parts, missing = [], []
    for figure, title in _LANDSCAPES.items():
        record = found.get(f"yamada-figure{figure}")
        if record is None:
            missing.append(title)
            continue
        radii = sorted({c["eps"] for c in record["curves"]}, key=_radius)
        styles = {eps: STYLES[k % len(STYLES)] for k, eps in enumerate(radii)}
        charts = []
        for noise in sorted({c["noise"] for c in record["curves"]}):
            curves = [c for c in record["curves"] if c["noise"] == noise]
            lines = [
                Line(list(zip(c["alpha"], c["loss"], strict=True)), styles[c["eps"]])
                for c in curves
            ]
            words = f"{_NOISE.get(noise, noise)} perturbations"
            alt = f"{title}, {words}: {_rises(curves)}."
            charts.append(
                chart(
                    lines, title=words, x_label="step α along a direction", y_label="loss", alt=alt
                )
            )
        legend = key((styles[eps], f"ε = {eps}") for eps in radii)
        runs = len({c["seed"] for c in record["curves"]})
        directions = len({c.get("direction", 0) for c in record["curves"]})
        parts.append(
            f"<h3>{title}</h3><figure>{legend}<div class='panels'>{''.join(charts)}</div>"
            f"<figcaption>{directions} filter-normalised directions, {runs} "
            f"seed{'s' if runs > 1 else ''}; perturbations anew at every α.</figcaption>"
            "</figure>"
        )
    if missing:
        parts.append(f"<p>{'; '.join(missing)}: {ABSENT}.</p>")
    return "".join(parts)


def _rises(curves: Sequence[Mapping[str, Any]]) -> str:
    """The rise from the middle to the higher end, by radius, averaged over the curves."""
    rises: dict[str, list[float]] = {}
    for c in curves:
        middle = c["loss"][min(range(len(c["alpha"])), key=lambda k: abs(c["alpha"][k]))]
        rises.setdefault(c["eps"], []).append(max(c["loss"][0], c["loss"][-1]) - middle)
    words = [f"{sum(v) / len(v):.2g} for ε = {eps}" for eps, v in rises.items()]
    return f"the loss rises from α = 0 to the higher end by {', '.join(words)}"


def _empirical(records: Records, markup: Markup) -> str:
    supported, against, waiting = [], [], []
    for record in records.by_id.values():
        for e in record["evidence"]:
            if e["method"] == "EMPIRICAL":
                undecided = against if e["violated"] else waiting
                (undecided if e["verdict"] == "UNDECIDED" else supported).append(
                    f'<li>{MARKS[e["verdict"]]} <a href="claims/{record["id"]}.html">'
                    f"{html.escape(record['title'])}</a>: {e['verdict'].lower()}; "
                    f"{markup.inline(e['detail'])}</li>"
                )
    words = "Recorded runs speak against these. A run refutes nothing, so they stay undecided:"
    return (
        f"<ul>{''.join(supported)}</ul>"
        + (f"<p>{words}</p><ul>{''.join(against)}</ul>" if against else "")
        + f"<details><summary>{len(waiting)} that wait for runs</summary>"
        f"<ul>{''.join(waiting)}</ul></details>"
    )
