"""A page of the companion as data, and how it becomes HTML."""

from __future__ import annotations

import html
import importlib
import inspect
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import Any

from docs.companion.evidence import MARKS, Records, badge
from docs.companion.formulas import formulas_js
from docs.companion.markup import Markup, code_html
from verify.report import attribution, shown_verdict

__all__ = ["Figure", "Page", "document", "page_html"]

ROOT = Path(__file__).parents[2]
_LONGEST_CODE = 100


@dataclass(frozen=True)
class Figure:
    """A picture that moves: the script widgets/<widget>.js and what it needs.

    `alt` says what the picture shows before anyone touches it; `data` computes, when the site is
    built, what the browser cannot: integrals, searches, solutions.
    """

    widget: str
    alt: str
    caption: str
    formulas: tuple[str, ...] = ()
    data: Callable[[], Any] = dict


@dataclass(frozen=True)
class Page:
    """One statement: everything but its verdicts, which come from the run of `verify`.

    All texts are Markdown with $TeX$. `claims` are shown with their statements, `evidence` as
    badges besides. `code` names functions "theory.module:function" that are shown in full.
    """

    slug: str
    chapter: int
    title: str
    question: str
    options: tuple[str, ...]
    answer: str
    claims: tuple[str, ...]
    figure: Figure
    see: str
    breaks: str
    why: str
    exercise: str
    solution: str
    code: tuple[str, ...]
    command: str
    evidence: tuple[str, ...] = ()
    short: str = ""
    after: str = field(default="", kw_only=True)


def document(
    title: str,
    body: str,
    *,
    prefix: str = "",
    wide: bool = False,
    head: str = "",
    math: bool = True,
) -> str:
    """A whole HTML document around `body`; `prefix` leads to the root of the site."""
    css = f'<link rel="stylesheet" href="{prefix}assets/math.css">\n' if math else ""
    klass, extra = (' class="wide"', " wide") if wide else ("", "")
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{html.escape(title)}</title>\n{css}"
        f'<link rel="stylesheet" href="{prefix}assets/style.css">\n{head}</head>\n<body>\n'
        f'<nav class="top{extra}" aria-label="Site"><a href="{prefix}index.html">All statements</a>'
        f'<a href="{prefix}index.html#reading">Reading path</a>'
        f'<a href="{prefix}errata.html">Errata</a>'
        f'<a href="{prefix}api/index.html">API reference</a></nav>\n'
        f"<main{klass}>\n{body}\n</main>\n"
        f"<footer{klass}>Every verdict on this page was computed by <code>python -m verify</code>, "
        "and every formula in a figure is the project's own JAX code, translated. Written by "
        "<code>python -m docs.companion.build</code>.</footer>\n</body>\n</html>\n"
    )


def page_html(
    page: Page,
    records: Records,
    markup: Markup,
    chapters: Sequence[str],
    neighbours: tuple[Page | None, Page | None],
) -> str:
    """The page with marks for its formulas; `Markup.finish` puts them in."""
    first = records[page.claims[0]]
    statements = "".join(_statement(records[c], markup) for c in page.claims)
    options = "".join(f"<li>{markup.inline(o)}</li>" for o in page.options)
    badges = "".join(badge(records[c], markup) for c in (*page.claims, *page.evidence))
    figure = page.figure
    body = [
        f'<p class="from">Chapter {page.chapter}: {chapters[page.chapter - 1]}</p>',
        f"<h1>{markup.inline(page.title)}</h1>",
        f'<p class="v-{first["verdict"].lower()}"><span class="verdict">{MARKS[first["verdict"]]} '
        f"{shown_verdict(first)}</span>, by {_methods(first)}</p>",
        f'<section class="predict"><h2>Predict first</h2>{markup.block(page.question)}'
        f"<ol type='A'>{options}</ol><details><summary>Made up your mind? Compare.</summary>"
        f"{markup.block(page.answer)}</details></section>",
        f"<h2>The statement</h2>{statements}",
        f"<h2>The picture</h2>{markup.block(page.see)}",
        f'<figure><div id="figure" class="figure"></div><p class="alt" hidden id="alt">'
        f"{html.escape(figure.alt)}</p><figcaption>{markup.inline(figure.caption)}</figcaption></figure>",
        f"<h2>Break it</h2>{markup.block(page.breaks)}",
        f"<h2>Why</h2>{markup.block(page.why)}",
        f"{page.after}",
        f"<h2>The evidence</h2><p>Open a line to see what stands behind it.</p>{badges}",
        f"<h2>Exercise</h2>{markup.block(page.exercise)}<details><summary>Answer</summary>"
        f"{markup.block(page.solution)}</details>",
        f"<h2>The code behind the picture</h2>{''.join(_code(c) for c in page.code)}",
        f"<h2>Run it at home</h2><pre class='run'>{html.escape(page.command)}</pre>",
        _pager(neighbours, markup),
        _script(page),
    ]
    return document(_plain(page.title), "\n".join(body))


def _plain(text: str) -> str:
    return text.replace("$", "").replace("\\", "")


def _methods(record: Mapping[str, Any]) -> str:
    return ", ".join(sorted({e["method"].lower() for e in record["evidence"]}))


def _statement(record: Mapping[str, Any], markup: Markup) -> str:
    ours = record["source"]["paper"] == "jaxat" or record["id"].endswith(".repaired")
    source = record["source"]
    paper = {"kanai": "Kanai et al.", "yamada": "Yamada et al.", "jaxat": "This project"}
    where = f"{paper[source['paper']]}, {source['number']}"
    said = attribution(record)
    mark = f"{MARKS[record['verdict']]} {shown_verdict(record)}"
    return (
        f'<div class="statement{" ours" if ours else ""}">'
        f'<p class="from">{html.escape(where)}, {said}: '
        f'<span class="verdict v-{record["verdict"].lower()}">{mark}</span></p>'
        f"{markup.block(record['statement'])}</div>"
    )


def _code(name: str) -> str:
    module, _, attribute = name.partition(":")
    found = getattr(importlib.import_module(module), attribute)
    found = inspect.unwrap(found)
    lines, start = inspect.getsourcelines(found)
    if len(lines) > _LONGEST_CODE:
        raise ValueError(f"{name} has {len(lines)} lines; a page shows {_LONGEST_CODE} at most")
    path = Path(inspect.getfile(found)).resolve().relative_to(ROOT)
    return (
        f'<details><summary><code>{attribute}</code>, <a href="../{path.as_posix()}">{path}</a>, '
        f"line {start}</summary>{code_html(''.join(lines))}</details>"
    )


def _pager(neighbours: tuple[Page | None, Page | None], markup: Markup) -> str:
    back, on = neighbours
    links = [
        f'<a href="{p.slug}.html">{words}{markup.inline(p.title)}</a>' if p else "<span></span>"
        for p, words in ((back, "← "), (on, "Next: "))
    ]
    return f'<nav class="pager" aria-label="Pages">{"".join(links)}</nav>'


def _script(page: Page) -> str:
    figure = page.figure
    widget = resources.files("docs.companion").joinpath("widgets", f"{figure.widget}.js")
    data = json.dumps(figure.data(), allow_nan=False).replace("</", "<\\/")
    formulas = formulas_js(figure.formulas) if figure.formulas else "const F = {};\n"
    start = (
        f"C.start({json.dumps(figure.widget)}, document.getElementById('figure'), "
        "JSON.parse(document.getElementById('data').textContent));"
        "{const alt = document.getElementById('alt'), figure = document.getElementById('figure');"
        "figure.setAttribute('role', 'group'); figure.setAttribute('aria-label', "
        "alt.textContent);}"
    )
    return (
        f'<script type="application/json" id="data">{data}</script>\n'
        '<script src="assets/plot.js"></script>\n<script src="assets/controls.js"></script>\n'
        f'<script>\n"use strict";\n{formulas}'
        f"{widget.read_text(encoding='utf-8')}\n{start}\n</script>"
    )
