"""What `python -m verify` found, as the pages show it. Nothing about a verdict is written here."""

from __future__ import annotations

import html
import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from docs.companion.markup import Markup
from verify.report import digits, shown_verdict

__all__ = ["MARKS", "Records", "badge", "run_verify"]

# A sign besides the colour, for those who do not see the colour.
MARKS = {"PROVED": "✓", "SUPPORTED": "≈", "REFUTED": "✗", "VACUOUS": "∅", "UNDECIDED": "?"}
_WORDS = {
    "SYMBOLIC": "computer algebra",
    "EXACT": "exact arithmetic or an SMT solver",
    "RIGOROUS": "ball arithmetic over whole boxes",
    "NUMERIC": "a search in double precision",
    "EMPIRICAL": "recorded training runs",
}
Record = Mapping[str, Any]


class Records:
    """The records of all claims by id."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self.environment: Mapping[str, Any] = document["environment"]
        self.by_id: dict[str, Record] = {r["id"]: r for r in document["claims"]}

    def __getitem__(self, claim: str) -> Record:
        if claim not in self.by_id:
            raise ValueError(f"no claim has the id {claim!r}; python -m verify --list shows all")
        return self.by_id[claim]


def run_verify(path: Path) -> Records:
    """Run every claim (about 25 s on two cores), keep the JSON at `path`, and read it.

    A JSON that is newer than all that it depends on is read without a new run. RuntimeError if a
    verdict is not the expected one: a site is made from a green run alone.
    """
    if _is_fresh(path):
        return Records(json.loads(path.read_text(encoding="utf-8")))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    command = [sys.executable, "-m", "verify", "--json", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        path.unlink(missing_ok=True)
        tail = (done.stdout or done.stderr).strip()[-1500:]
        raise RuntimeError(f"python -m verify failed; a site shows no unexpected verdict:\n{tail}")
    return Records(json.loads(path.read_text(encoding="utf-8")))


def _is_fresh(path: Path) -> bool:
    root = Path(__file__).parents[2]
    sources = [p for room in ("theory", "verify", "jaxat") for p in (root / room).rglob("*.py")]
    sources += (root / "benchmarks" / "results").glob("*.json")
    return path.exists() and path.stat().st_mtime > max(p.stat().st_mtime for p in sources)


def badge(record: Record, markup: Markup, prefix: str = "") -> str:
    """A verdict that opens into the evidence behind it."""
    verdict = record["verdict"]
    pieces = "".join(_piece(e, markup) for e in record["evidence"])
    needs = [n for n in record["necessity"] if n["needed"]]
    needed = "".join(f"<li>{_need(n, markup)}</li>" for n in needs)
    repaired = ", ".join(
        f'<a href="{prefix}claims/{i}.html">{i}</a>' for i in record["repaired_by"]
    )
    parts = [
        f'<details class="badge v-{verdict.lower()}" data-claim="{record["id"]}">',
        f'<summary><span class="verdict">{MARKS[verdict]} {shown_verdict(record)}</span> ',
        f"<span>{html.escape(record['title'])}</span></summary>",
        f'<div class="inside"><p class="id">{record["id"]}, {html.escape(_source(record))}</p>',
        pieces,
        f"<p>Repaired by {repaired}.</p>" if repaired else "",
        f"<p>Hypotheses that are needed, each with a witness:</p><ul>{needed}</ul>"
        if needed
        else "",
        f"<pre class='run'>python -m verify {record['id']}</pre>",
        f'<p><a href="{prefix}claims/{record["id"]}.html">The whole record of this claim</a></p>',
        "</div></details>",
    ]
    return "".join(parts)


def _source(record: Record) -> str:
    source = record["source"]
    paper = {"kanai": "Kanai et al.", "yamada": "Yamada et al.", "jaxat": "this project"}
    version = "" if source["version"] in ("", "both") else f" ({source['version']} version)"
    return f"{record['kind']}; {paper[source['paper']]}, {source['number']}{version}"


def _piece(e: Mapping[str, Any], markup: Markup) -> str:
    rows: list[tuple[str, str]] = [
        ("method", f"{e['method']}: {_WORDS[e['method']]}"),
        ("scope", html.escape(e["scope"])),
    ]
    if e["tightness"] is not None:
        rows.append(("tightness", f"{digits(e['tightness'])} of the bound is reached"))
    if e["admissible"] is not None:
        tried = f" of {e['tried']}" if e["tried"] is not None else ""
        rows.append(("points", f"{e['admissible']}{tried} admissible"))
    if e["margin"] is not None:
        rows.append(("margin", f"{e['margin']:.3g}, tolerance {e['tolerance'] or 0:.1g}"))
    if e["assumes"]:
        rows.append(("cites, unchecked", html.escape("; ".join(e["assumes"]))))
    if e["witness"]:
        pairs = ", ".join(f"{k} = {v}" for k, v in e["witness"].items())
        kind = "witness" if e["verdict"] == "REFUTED" else "nearest to the bound"
        rows.append((kind, f"<code>{html.escape(pairs)}</code>"))
    if e["detail"]:
        rows.append(("in words", markup.inline(e["detail"])))
    table = "".join(f"<dt>{k}</dt><dd>{v}</dd>" for k, v in rows)
    mark = MARKS[e["verdict"]]
    return f"<h4>{mark} {e['verdict']}: {html.escape(e['name'])}</h4><dl>{table}</dl>"


def _need(n: Mapping[str, Any], markup: Markup) -> str:
    witness = ""
    if n["witness"]:
        pairs = ", ".join(f"{k} = {v}" for k, v in n["witness"].items())
        witness = f" <code>{html.escape(pairs)}</code>"
    return f"<b>{html.escape(n['hypothesis'])}</b>.{witness} {markup.inline(n['detail'])}"
