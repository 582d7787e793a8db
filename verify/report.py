"""The table in the terminal, the list of claims, and what differs from what was expected."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from theory.claim import Claim, Kind

__all__ = [
    "attribution",
    "drift",
    "list_lines",
    "print_table",
    "shown_verdict",
    "summary",
    "tightness",
]

_STYLES = {
    "PROVED": "green",
    "SUPPORTED": "cyan",
    "REFUTED": "bold red",
    "VACUOUS": "bold magenta",
    "UNDECIDED": "yellow",
}
_METHODS = ("SYMBOLIC", "EXACT", "RIGOROUS", "NUMERIC", "EMPIRICAL")


def shown_verdict(record: Mapping[str, Any]) -> str:
    """The verdict for people: * a proof that cites a theorem unchecked, † a reading refuted.

    >>> shown_verdict({"verdict": "REFUTED", "reading": "The paper says less."})
    'REFUTED†'
    """
    if record["verdict"] == "REFUTED":
        return "REFUTED†" if record.get("reading") else "REFUTED"
    star = "*" if record["verdict"] == "PROVED" and record["assumes"] else ""
    return record["verdict"] + star


def attribution(record: Mapping[str, Any]) -> str:
    """Whose words a statement is: ours, the paper's, or the paper's as far as they are tested.

    Only of what is refuted or vacuous is it claimed that the words stand so in the paper.
    """
    ours = record["source"]["paper"] == "jaxat" or record["kind"] == Kind.RESULT.value
    if ours or record["id"].endswith(".repaired"):
        return "as we state it"
    if record.get("reading"):
        return "as read here"
    return "as printed" if record["verdict"] in ("REFUTED", "VACUOUS") else "as tested"


def tightness(record: Mapping[str, Any]) -> str:
    """The best ratio value/bound reached, rounded down to two digits ("" if there is none).

    The guard of 1e-6 lets a bound that is attained show as 1.00 whatever the last bit says.

    >>> digits(0.99999999999), digits(0.759), digits(0.0)
    ('1.00', '0.75', '0.00')
    """
    ratios = [e["tightness"] for e in record["evidence"] if e["tightness"] is not None]
    if not ratios or record["verdict"] in ("REFUTED", "VACUOUS"):
        return ""
    return digits(max(ratios))


def digits(ratio: float) -> str:
    """A ratio rounded down to two digits; see `tightness` for the guard."""
    return f"{math.floor((ratio + 1e-6) * 100) / 100:.2f}"


def drift(record: Mapping[str, Any]) -> list[str]:
    """Everything in the record that differs from its pins, in words."""
    found = [
        f"{record['id']}: {e['name']} ({e['method']}) expected {e['expected']}, "
        f"found {e['verdict']}. {e['detail']}"
        for e in record["evidence"]
        if e["verdict"] != e["expected"]
    ]
    if record["complete"] and record["verdict"] != record["expected"]:
        found.append(f"{record['id']}: expected {record['expected']}, found {record['verdict']}")
    if record["complete"] and not record["evidence"] and record["expected"] != "UNDECIDED":
        found.append(f"{record['id']}: a verdict without any evidence")
    found += [
        f"{record['id']}: necessity of {n['hypothesis']!r}: {n['detail']}"
        for n in record["necessity"]
        if "REJECTED" in n["detail"]
    ]
    return found


def summary(records: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    """Counts for the last line of a run and for the README."""
    records = list(records)
    verdicts = Counter(record["verdict"] for record in records)
    starred = sum(shown_verdict(record) == "PROVED*" for record in records)
    rigorous = sum(
        e["method"] == "RIGOROUS" and e["verdict"] == "PROVED"
        for record in records
        for e in record["evidence"]
    )
    return {
        "claims": len(records),
        "evidence": sum(len(record["evidence"]) for record in records),
        "proved": verdicts["PROVED"],
        "proved_with_citations": starred,
        "supported": verdicts["SUPPORTED"],
        "refuted": verdicts["REFUTED"],
        "readings": sum(shown_verdict(record) == "REFUTED†" for record in records),
        "vacuous": verdicts["VACUOUS"],
        "undecided": verdicts["UNDECIDED"],
        "repaired": sum(bool(record["repaired_by"]) for record in records),
        "rigorous_proofs": rigorous,
    }


def print_table(records: Iterable[Mapping[str, Any]], console: Any) -> None:
    """One row a claim: id, statement, verdict, kinds of evidence, tightness, seconds."""
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, header_style="bold", pad_edge=False)
    table.add_column("claim", no_wrap=True)
    table.add_column("statement", overflow="ellipsis", no_wrap=True, ratio=1)
    table.add_column("verdict", no_wrap=True)
    table.add_column("evidence", no_wrap=True)
    table.add_column("tight", justify="right", no_wrap=True)
    table.add_column("s", justify="right", no_wrap=True)
    table.expand = True
    for record in records:
        verdict = Text(shown_verdict(record), style=_STYLES[record["verdict"]])
        if record["repaired_by"]:
            verdict.append(" repaired", style="dim")
        kinds = {e["method"] for e in record["evidence"]}
        table.add_row(
            record["id"],
            record["title"],
            verdict,
            "".join(m[0] if m != "EMPIRICAL" else "M" for m in _METHODS if m in kinds),
            tightness(record),
            f"{sum(e['seconds'] for e in record['evidence']):.1f}",
        )
    console.print(table)
    console.print(
        "evidence: S symbolic, E exact, R rigorous (balls), N numeric, M measured in training; "
        "* cites a theorem that is not checked here; † judges a reading of the paper's words",
        style="dim",
    )


def list_lines(claims: Iterable[Claim]) -> list[str]:
    """One claim a line, tab-separated: id, expected verdict, kind, title, parameters."""
    return [
        "\t".join(
            [
                claim.id,
                claim.expected.value,
                claim.kind.value,
                claim.title,
                " ".join(f"{n}∈[{p.low:g},{p.high:g}]" for n, p in claim.parameters.items()),
            ]
        )
        for claim in claims
    ]
