"""The index: the reading path, and the graph of all statements with what depends on what."""

from __future__ import annotations

import graphlib
import html
from collections.abc import Mapping, Sequence
from typing import Any

from docs.companion.chapters import chapter_of
from docs.companion.evidence import MARKS, Records
from docs.companion.markup import Markup
from docs.companion.page import Page

__all__ = ["index_body"]

_COLUMNS, _WIDTH, _HEIGHT, _STEP = 7, 164, 34, 50
_PROVES = {"lemma", "theorem", "proposition", "corollary"}
_BORDERS = {
    "theorem": ("theorem, lemma, proposition, corollary", _PROVES),
    "step": ("equation, step of a proof, algorithm", {"equation", "step of a proof", "algorithm"}),
    "remark": ("remark", {"remark"}),
    "definition": ("definition, assumption", {"definition", "assumption"}),
    "experiment": ("experiment", {"experiment"}),
    "ours": ("a result or a repair of this project", {"result"}),
}
_FILLS = {
    "proved": "proved",
    "supported": "supported by a search or by training runs, or proved on a part of its domain",
    "refuted": "refuted by a witness",
    "repaired": "refuted, with a repaired statement (second bar)",
    "vacuous": "vacuous: nothing satisfies the hypotheses",
    "undecided": "undecided: training runs are not recorded yet, or speak against it",
}
Record = Mapping[str, Any]


def index_body(
    records: Records, pages: Sequence[Page], chapters: Sequence[str], markup: Markup
) -> str:
    """The body of index.html."""
    n = len(records.by_id)
    counts = {v: sum(r["verdict"] == v for r in records.by_id.values()) for v in MARKS}
    summary = ", ".join(f"{MARKS[v]} {k} {v.lower()}" for v, k in counts.items() if k)
    return (
        "<h1>How smooth is adversarial training?</h1>"
        "<p>Adversarial training replaces a loss by its maximum over small perturbations of the "
        "data. Taken as a function of the weights, that maximum can have kinks: along whole "
        "planes for L∞ attacks, at one point for L2 attacks. EntropySGD blurs them away. Two "
        "papers, "
        "by Kanai et al. and by Yamada et al., say how. Here each of their statements is a thing "
        "to "
        "drag, to doubt, and to run at home.</p>"
        f'<h2 id="reading">Reading path</h2>{_reading(pages, chapters, markup)}'
        "<p>Whoever has Python finds a notebook a chapter in <code>docs/notebooks/</code>, and all "
        'functions in the <a href="api/index.html">API reference</a>.</p>'
        f"<h2>All {n} statements</h2><p>{summary}. The border tells what the source claims, the "
        "fill what our evidence shows. Point at a statement, or walk with the Tab key: what it "
        "rests on (blue) and what rests on it (orange) lights up. Bold names have a page to drag; "
        f"all open their record.</p>{_legend()}"
        '<p id="about" class="say" aria-live="polite"></p>'
        f'<div class="graph">{_graph(records, pages, chapters)}</div>'
        '<script src="assets/index.js"></script>'
    )


def _reading(pages: Sequence[Page], chapters: Sequence[str], markup: Markup) -> str:
    items = []
    for number, chapter in enumerate(chapters, 1):
        links = "".join(
            f'<li><a href="{p.slug}.html">{markup.inline(p.title)}</a>'
            f"{' <span>' + markup.inline(p.short) + '</span>' if p.short else ''}</li>"
            for p in pages
            if p.chapter == number
        )
        if number == 8:
            links += '<li><a href="measured.html">Reported and measured</a></li>'
        if number == 9:
            links += '<li><a href="errata.html">What to change when reading the papers</a></li>'
        items.append(f"<li><b>{chapter}</b><ul>{links}</ul></li>")
    return f'<ol class="path">{"".join(items)}</ol>'


def _border(record: Record) -> str:
    if record["source"]["paper"] == "jaxat" or record["id"].endswith(".repaired"):
        return "ours"
    return next(k for k, (_, kinds) in _BORDERS.items() if record["kind"] in kinds)


def _fill(record: Record) -> str:
    verdict = record["verdict"].lower()
    return "repaired" if verdict == "refuted" and record["repaired_by"] else verdict


def _legend() -> str:
    def key(border: str, fill: str) -> str:
        shape = _shape(2, 2, 36, 16, border, fill)
        return f'<svg viewBox="0 0 40 20" class="swatch" aria-hidden="true">{shape}</svg>'

    borders = "".join(f"<li>{key(b, 'none')} {words}</li>" for b, (words, _) in _BORDERS.items())
    fills = "".join(
        f"<li>{key('step', f)} {MARKS[('refuted' if f == 'repaired' else f).upper()]} {words}</li>"
        for f, words in _FILLS.items()
    )
    return (
        f'<ul class="legend" aria-label="Borders">{borders}</ul>'
        f'<ul class="legend" aria-label="Fills">{fills}</ul>'
    )


def _shape(x: float, y: float, w: float, h: float, border: str, fill: str) -> str:
    shown = "refuted" if fill == "repaired" else fill
    box = f'<rect x="{x}" y="{y}" width="{w}" height="{h}" rx="5" class="f-{shown} b-{border}"/>'
    if fill == "repaired":
        bar = f'x="{x + w - 13}" y="{y + 4}" width="9" height="{h - 8}"'
        box += f'<rect {bar} class="f-proved b-inner"/>'
    if border == "ours":
        inner = f'x="{x + 3}" y="{y + 3}" width="{w - 6}" height="{h - 6}" rx="3"'
        box += f'<rect {inner} class="b-inner"/>'
    return box


def _order(records: Records) -> list[str]:
    known = records.by_id
    sorter = graphlib.TopologicalSorter(
        {i: [d for d in r["depends"] if d in known] for i, r in known.items()}
    )
    return list(sorter.static_order())


def _places(
    records: Records, chapters: Sequence[str]
) -> tuple[dict[str, tuple[int, int]], list[str], int]:
    """Left upper corners of the nodes: a band a chapter, in it the given order of the claims."""
    places: dict[str, tuple[int, int]] = {}
    titles, y = [], 10
    given = {id_: k for k, id_ in enumerate(records.by_id)}
    depth: dict[str, int] = {}
    for id_ in _order(records):
        inside = [
            d for d in records[id_]["depends"] if d in depth and chapter_of(d) == chapter_of(id_)
        ]
        depth[id_] = 1 + max((depth[d] for d in inside), default=0)
    for number, chapter in enumerate(chapters, 1):
        members = [i for i in records.by_id if chapter_of(i) == number]
        if not members:
            continue
        titles.append(
            f'<text x="4" y="{y + 18}" class="band">{number}. {html.escape(chapter)}</text>'
        )
        y += 30
        members.sort(key=lambda i: (depth[i], given[i]))
        for k, id_ in enumerate(members):
            places[id_] = (4 + k % _COLUMNS * (_WIDTH + 14), y + k // _COLUMNS * _STEP)
        y += -(-len(members) // _COLUMNS) * _STEP + 14
    return places, titles, y


def _graph(records: Records, pages: Sequence[Page], chapters: Sequence[str]) -> str:
    places, titles, height = _places(records, chapters)
    taught = {c: p.slug for p in reversed(pages) for c in p.claims}
    edges, nodes = [], []
    for id_, record in records.by_id.items():
        for kind, others in (("needs", record["depends"]), ("repairs", record["repaired_by"])):
            for other in others:
                if other in places:
                    edges.append(_edge(places[other], places[id_], kind, other, id_))
        x, y = places[id_]
        page = taught.get(id_)
        target = f"{page}.html" if page else f"claims/{id_}.html"
        words = f"{id_}: {record['title']} ({record['verdict'].lower()})"
        # Bold names are wider, and a second bar takes room.
        name = _short(id_, 23 - 2 * bool(page) - 2 * (_fill(record) == "repaired"))
        nodes.append(
            f'<a href="{target}" data-id="{id_}" aria-label="{html.escape(words)}">'
            f"{_shape(x, y, _WIDTH, _HEIGHT, _border(record), _fill(record))}"
            f'<text x="{x + 9}" y="{y + 21}"{" class=taught" if page else ""}>'
            f"{MARKS[record['verdict']]} {html.escape(name)}</text></a>"
        )
    width = _COLUMNS * (_WIDTH + 14)
    return (
        f'<svg viewBox="0 0 {width} {height}" width="{width}" role="group" '
        f'aria-label="Dependency graph of {len(records.by_id)} statements">'
        f"<g class='edges'>{''.join(edges)}</g>{''.join(titles)}{''.join(nodes)}</svg>"
    )


def _short(id_: str, longest: int) -> str:
    name = id_.removeprefix("kanai.").removeprefix("jaxat.").replace("yamada.", "Y ")
    name = name.replace("repaired", "rep.")
    return name if len(name) <= longest else name[: longest - 1] + "…"


def _edge(a: tuple[int, int], b: tuple[int, int], kind: str, source: str, target: str) -> str:
    x0, y0 = a[0] + _WIDTH / 2, a[1] + _HEIGHT
    x1, y1 = b[0] + _WIDTH / 2, b[1]
    if y1 <= y0:
        y0, y1 = a[1] + _HEIGHT / 2, b[1] + _HEIGHT / 2
    bend = max(20.0, abs(y1 - y0) / 2)
    return (
        f'<path d="M{x0:.0f} {y0:.0f}C{x0:.0f} {y0 + bend:.0f} '
        f'{x1:.0f} {y1 - bend:.0f} {x1:.0f} {y1:.0f}" '
        f'class="{kind}" data-a="{source}" data-b="{target}"/>'
    )
