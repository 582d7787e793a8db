"""A page for every claim, and the errata: the Markdown of `python -m verify --write` as HTML."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from docs.companion.evidence import Records
from docs.companion.markup import Markup
from docs.companion.page import Page, document

__all__ = ["claim_documents"]


def claim_documents(records: Records, pages: Sequence[Page], markup: Markup) -> dict[str, str]:
    """File name -> HTML with marks for formulas, for every claim of the run and for the errata."""
    from theory.errata import all_errata, not_claims
    from theory.registry import all_claims, counterexamples
    from verify.pages import build

    root = Path(__file__).parents[2]
    known = all_claims()
    found = [record for id_, record in records.by_id.items() if id_ in known]
    texts = build(root, found, known, counterexamples(), all_errata(), not_claims())
    taught = {claim: page for page in reversed(pages) for claim in (*page.evidence, *page.claims)}
    documents = {}
    for path, text in texts.items():
        if path.name == "README.md" or path.stem == "index":
            continue
        text = re.sub(r"^<!--.*?-->\s*", "", text)
        if path.stem == "errata":
            documents.update(_errata(text, markup))
            continue
        body = _html(text, markup)
        page = taught.get(path.stem)
        if page is not None:
            link = f'<a href="../{page.slug}.html">{markup.inline(page.title)}</a>'
            body = f"<p>To drag and to doubt: {link}.</p>{body}"
        documents[f"claims/{path.stem}.html"] = document(path.stem, body, prefix="../")
    return documents


def _html(text: str, markup: Markup) -> str:
    return re.sub(r'href="((?:claims/)?[\w.-]+)\.md"', r'href="\1.html"', markup.block(text))


def _errata(text: str, markup: Markup) -> dict[str, str]:
    """One page a paper, because together they would load too much."""
    lines = text.splitlines()
    other = "| yamada."
    kanai = "\n".join(line for line in lines if not line.startswith(other))
    head = lines[: next(i for i, line in enumerate(lines) if line.startswith("| kanai."))]
    yamada = "\n".join([*head, *(line for line in lines if line.startswith(other))])
    links = '<p>Kanai et al.; <a href="errata-yamada.html">Yamada et al.</a></p>'
    back = '<p><a href="errata.html">Kanai et al.</a>; Yamada et al.</p>'
    return {
        "errata.html": document("Errata: Kanai et al.", links + _html(kanai, markup), wide=True),
        "errata-yamada.html": document(
            "Errata: Yamada et al.", back + _html(yamada, markup), wide=True
        ),
    }
