"""The generated pages: an index, a page for every claim, the errata, the README's tables.

Only what is the same on every machine goes in: verdicts, scopes, exact witnesses of refutations,
tightness to two digits; no times, no points from searches.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from theory.claim import Claim
from theory.counterexample import Counterexample
from theory.errata import Erratum, NotAClaim
from theory.registry import COUNTEREXAMPLE, claim_files
from verify.generated import between
from verify.report import attribution, digits, shown_verdict, summary, tightness

__all__ = ["build", "stale", "write"]

_HEADER = "<!-- Written by `python -m verify --write`; do not edit. -->\n\n"


def build(
    root: Path,
    records: Sequence[Mapping[str, Any]],
    claims: Mapping[str, Claim],
    counterexamples: Mapping[str, Counterexample],
    errata: Sequence[Erratum],
    passages: Sequence[NotAClaim],
) -> dict[Path, str]:
    """All generated files as path -> text."""
    by_id = {record["id"]: record for record in records}
    folder = root / "docs" / "claims"
    pages = {folder / "index.md": _index(records)}
    for record in records:
        claim = claims[record["id"]]
        text = _page(root, record, claim, counterexamples.get(claim.id), by_id)
        pages[folder / f"{claim.id}.md"] = text
    pages[root / "docs" / "errata.md"] = _errata(errata, passages, by_id)
    readme = root / "README.md"
    if readme.exists():
        text = readme.read_text(encoding="utf-8")
        pages[readme] = between(text, "claims", _readme(records))
    return pages


def stale(root: Path, pages: Mapping[Path, str]) -> list[str]:
    """Names of files that differ from what would be written, and of pages without a claim."""
    differ = [
        str(path.relative_to(root))
        for path, text in pages.items()
        if not path.exists() or path.read_text(encoding="utf-8") != text
    ]
    orphans = [p for p in (root / "docs" / "claims").glob("*.md") if p not in pages]
    return sorted(differ + [f"{p.relative_to(root)} (belongs to no claim)" for p in orphans])


def write(root: Path, pages: Mapping[Path, str]) -> list[str]:
    """Write what changed, delete pages of claims that are gone; returns the names."""
    changed = stale(root, pages)
    for path, text in pages.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    for path in (root / "docs" / "claims").glob("*.md"):
        if path not in pages:
            path.unlink()
    return changed


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def _rows(records: Sequence[Mapping[str, Any]], prefix: str) -> str:
    lines = ["| claim | statement | verdict | repaired by | tight |", "|---|---|---|---|---|"]
    for r in records:
        repaired = ", ".join(f"[{i}]({prefix}{i}.md)" for i in r["repaired_by"])
        name = f"[{r['id']}]({prefix}{r['id']}.md)"
        verdict = _emphasis(shown_verdict(r))
        lines.append(f"| {name} | {_cell(r['title'])} | {verdict} | {repaired} | {tightness(r)} |")
    return "\n".join(lines) + "\n"


def _emphasis(verdict: str) -> str:
    shown = verdict.replace("*", "\\*")
    return f"**{shown}**" if verdict in ("REFUTED", "REFUTED†", "VACUOUS") else shown


def _counts(records: Sequence[Mapping[str, Any]]) -> str:
    n = summary(records)
    return (
        f"{n['claims']} claims with {n['evidence']} pieces of evidence: {n['proved']} proved "
        f"({n['proved_with_citations']} of them, marked PROVED\\*, cite a theorem that is not "
        f"checked here), {n['supported']} supported, **{n['refuted']} refuted** and "
        f"{n['vacuous']} vacuous ({n['repaired']} with a repaired statement beside them), "
        f"{n['undecided']} undecided. Of the refuted ones {n['readings']}, marked REFUTED†, judge "
        "a reading that the paper's words need not mean; their pages say what the words are. "
        f"{n['rigorous_proofs']} proofs are in ball arithmetic over whole boxes.\n"
    )


def _readme(records: Sequence[Mapping[str, Any]]) -> str:
    papers = {"kanai": "Kanai et al.", "yamada": "Yamada et al.", "jaxat": "Ours"}
    parts = [_counts(records)]
    for paper, title in papers.items():
        rows = [r for r in records if r["source"]["paper"] == paper]
        if rows:
            summary_line = f"<summary>{title}: {len(rows)} claims</summary>"
            table = _rows(rows, "docs/claims/")
            parts.append(f"<details>{summary_line}\n\n{table}\n</details>\n")
    return "\n".join(parts)


def _index(records: Sequence[Mapping[str, Any]]) -> str:
    return f"{_HEADER}# Claims\n\n{_counts(records)}\n{_rows(records, '')}"


def _witness(witness: Mapping[str, str]) -> str:
    return ", ".join(f"`{name} = {value}`" for name, value in witness.items())


def _evidence(record: Mapping[str, Any], claim: Claim) -> str:
    about = {check.name: inspect.getdoc(check.make) or "" for check in claim.checks}
    lines = []
    for e in record["evidence"]:
        if e["name"] == COUNTEREXAMPLE and e["verdict"] == "REFUTED":
            lines.append(f"### {e['name']}\n\n{e['method']}: **REFUTED**; the witness above.\n")
            continue
        star = "*" if e["verdict"] == "PROVED" and e["assumes"] else ""
        tight = "" if e["tightness"] is None else f"; tightness {digits(e['tightness'])}"
        lines.append(f"### {e['name']}\n")
        lines.append(f"{e['method']}: **{e['verdict']}**{star}; scope: {e['scope']}{tight}.")
        if about.get(e["name"]):
            lines.append(f"\n{about[e['name']]}")
        if e["method"] not in ("NUMERIC", "EMPIRICAL") and e["detail"]:
            lines.append(f"\n{e['detail']}")
        if e["assumes"]:
            lines.append("\nCites, without checking: " + "; ".join(e["assumes"]) + ".")
        if e["witness"] and e["method"] not in ("NUMERIC", "EMPIRICAL"):
            kind = "Witness" if e["verdict"] == "REFUTED" else "Nearest to the bound"
            lines.append(f"\n{kind}: {_witness(e['witness'])}.")
        lines.append("")
    return "\n".join(lines)


def _necessity(record: Mapping[str, Any]) -> str:
    if not record["necessity"]:
        return ""
    words = {True: "needed", False: "not needed", None: "not known"}
    lines = ["## Are the hypotheses needed?\n"]
    for n in record["necessity"]:
        witness = f" Without it: {_witness(n['witness'])}." if n["witness"] else ""
        lines.append(f"- **{n['hypothesis']}**: {words[n['needed']]}.{witness} {n['detail']}")
    return "\n".join(lines) + "\n\n"


def _links(title: str, ids: Sequence[str], by_id: Mapping[str, Mapping[str, Any]]) -> str:
    if not ids:
        return ""
    shown = [f"[{i}]({i}.md) ({by_id[i]['verdict']})" if i in by_id else i for i in ids]
    return f"{title}: {', '.join(shown)}.\n\n"


def _page(
    root: Path,
    record: Mapping[str, Any],
    claim: Claim,
    page: Counterexample | None,
    by_id: Mapping[str, Mapping[str, Any]],
) -> str:
    parts = [
        f"{_HEADER}# {claim.id}\n\n{claim.title}\n\n",
        f"**{shown_verdict(record)}** ({claim.kind.value}; {claim.source})\n\n",
        _links("Repaired by", claim.repaired_by, by_id),
        f"## Statement, {attribution(record)}\n\n{claim.statement}\n\n",
        f"The reading: {record['reading']}\n\n" if record["reading"] else "",
    ]
    if claim.hypotheses:
        parts.append("Hypotheses, as tested:\n\n")
        parts += [f"- {h.name}: {h.text}\n" for h in claim.hypotheses]
        parts.append("\n")
    if page is not None:
        parts.append(f"## Counterexample\n\n{page.intuition}\n\n")
        parts.append(f"Witness: {_witness(page.witness)}.\n\n")
        parts.append(f"Where the argument slips: {page.catch}\n\n")
        parts.append(f"It disappears when: {page.disappears}\n\n")
    parts.append(f"## Evidence\n\n{_evidence(record, claim)}\n")
    parts.append(_necessity(record))
    if claim.notes:
        parts.append(f"## Notes\n\n{claim.notes}\n\n")
    parts.append(_links("Depends on", claim.depends, by_id))
    parts.append(f"## Run it\n\n```\npython -m verify {claim.id}\n```\n")
    if claim.parameters:
        parts.append("\nWith your own numbers (`--set NAME=VALUE`):\n\n")
        parts += [
            f"- `{name}` in [{p.low:g}, {p.high:g}], default {p.default:g}: {p.text}\n"
            for name, p in claim.parameters.items()
        ]
    files = [Path(file).resolve().relative_to(root) for file in claim_files(claim.id)]
    links = [f"[{file}](../../{file})" for file in files]
    parts.append(f"\nCode: {', '.join(links)}\n")
    return "".join(parts)


def _errata(
    errata: Sequence[Erratum],
    passages: Sequence[NotAClaim],
    by_id: Mapping[str, Mapping[str, Any]],
) -> str:
    lines = [
        f"{_HEADER}# Errata\n",
        "What to change when reading the two papers, with the claim that shows each point. We are",
        "grateful to the authors: every line here became visible only because they wrote their",
        "arguments out.\n",
        "| id | where | printed | should be | shown by |",
        "|---|---|---|---|---|",
    ]
    for e in errata:
        shown = e.why
        if e.claim is not None:
            record = by_id.get(e.claim)
            verdict = shown_verdict(record).replace("*", "\\*") if record else "not run"
            shown = f"[{e.claim}](claims/{e.claim}.md) ({verdict})"
            shown += f": {e.why}" if e.why else ""
        cells = (e.id, e.where, e.printed, e.correct, shown)
        lines.append("| " + " | ".join(_cell(c) for c in cells) + " |")
    lines += ["", "## Passages that are no claims", "", "| where | text | why |", "|---|---|---|"]
    lines += [f"| {_cell(p.where)} | {_cell(p.text)} | {_cell(p.why)} |" for p in passages]
    return "\n".join(lines) + "\n"
