"""What the papers report beside what training here has recorded; what is missing says so."""

from __future__ import annotations

import html
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from docs.companion.evidence import MARKS, Records
from docs.companion.markup import Markup

__all__ = ["measured_body"]

_RESULTS = Path(__file__).parents[2] / "benchmarks" / "results"
_NAMES = {
    "at": "AT",
    "at-ensgd": "AT + EnSGD",
    "at-ensgd2": "AT + EnSGD, second order",
    "awp": "AWP",
    "awp-ensgd": "AWP + EnSGD",
    "awp-ensgd2": "AWP + EnSGD, second order",
}
_ABSENT = "not measured yet"


def measured_body(records: Records, markup: Markup) -> str:
    """The body of measured.html."""
    from verify.recorded import read_records

    found = read_records(_RESULTS)
    return (
        "<h1>Reported and measured</h1>"
        "<p>The theory speaks of small models in closed form. Whether it says anything about deep "
        "networks is a question for training runs. The left numbers are what the papers print; "
        "the "
        "right ones come from runs recorded in <code>benchmarks/results/</code>. An empty record "
        "is "
        "no result: it says neither that a claim holds nor that it fails.</p>"
        f"<h2>Robust accuracy, Tables 1 and 3 of Kanai et al.</h2>{_kanai(found)}"
        f"<h2>Tables 1 to 6 of Yamada et al.</h2>{_yamada(found)}"
        f"<h2>Claims that wait for runs</h2>{_waiting(records, markup)}"
    )


def _kanai(found: Mapping[str, Any]) -> str:
    from theory.tables.kanai import ATTACK, TABLE_3

    rows = []
    for network, cells in TABLE_3.items():
        for column, cell in cells.items():
            name = f"{network}-{column}"
            result = found.get(name, {}).get("result", {}).get("robust_accuracy")
            measured = (
                f"{result['mean']:.2f} ± {result['std']:.2f} (n = {result['n']})"
                if result
                else _ABSENT
            )
            rows.append(
                f"<tr><td>{network}</td><td>{ATTACK[network]}</td><td>{_NAMES[column]}</td>"
                f"<td>{float(cell.mean):g} ± {float(cell.std):g}</td><td>{measured}</td>"
                f"<td><code>python -m jaxat train {name}</code></td></tr>"
            )
    head = (
        "<th>network</th><th>attack</th><th>training</th><th>reported, %</th><th>measured, %</th>"
    )
    return f"<table><tr>{head}<th>command</th></tr>{''.join(rows)}</table>"


def _yamada(found: Mapping[str, Any]) -> str:
    from theory.tables.yamada import TABLES

    rows = []
    for number, table in TABLES.items():
        known = f"yamada-table{number}" in found
        link = f'<a href="claims/yamada.table-{number}.reproduced.html">'
        measured = f"recorded: see {link}its claim</a>" if known else _ABSENT
        printed = "; ".join(
            f"ε = {row.eps}: {row.train / 100:.2f} / {row.test / 100:.2f}" for row in table.rows
        )
        rows.append(
            f"<tr><td>{number}</td><td>{html.escape(table.data)}, {html.escape(table.attack)}</td>"
            f"<td>{printed}</td><td>{measured}</td></tr>"
        )
    head = "<th>table</th><th>setting</th><th>reported, training / test accuracy in %</th>"
    return f"<table><tr>{head}<th>measured</th></tr>{''.join(rows)}</table>"


def _waiting(records: Records, markup: Markup) -> str:
    items = []
    for record in records.by_id.values():
        for e in record["evidence"]:
            if e["method"] == "EMPIRICAL":
                items.append(
                    f'<li>{MARKS[e["verdict"]]} <a href="claims/{record["id"]}.html">'
                    f"{html.escape(record['title'])}</a>: {e['verdict'].lower()}; "
                    f"{markup.inline(e['detail'])}</li>"
                )
    return f"<ul>{''.join(items)}</ul>"
