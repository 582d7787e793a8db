"""The API reference in a real browser: quiet, complete, and readable."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from docs.companion.build import size_of

HALF_MEGABYTE = 500_000


def test_every_page_of_the_reference_opens_quietly_and_leads_somewhere(opened: Any, site: Path):
    names = sorted(path.relative_to(site) for path in (site / "api").rglob("*.html"))
    assert len(names) > 150
    for name in names:
        page = opened.open(name.as_posix())
        assert page.locator("h1").count() == 1, name
        assert size_of(site / name) < HALF_MEGABYTE, name
        links = page.eval_on_selector_all("a[href]", "n => n.map((a) => a.getAttribute('href'))")
        for link in {link.split("#")[0] for link in links} - {""}:
            assert ((site / name).parent / link).exists(), (name, link)
        assert " at 0x" not in page.content(), name
    assert opened.complaints == []
    assert [url for url in opened.requests if not url.startswith("file://")] == []
    page = opened.open("api/jaxat/attacks.html")
    listed = page.locator(".members ul").first.locator("a").all_inner_texts()
    assert sorted(listed) == sorted(p.stem for p in (site / "api/jaxat/attacks").glob("*.html"))


def test_the_reference_reads_well_in_the_dark_and_on_a_phone(phone: Any):
    page = phone.open("api/jaxat/optim/entropy_sgd.html")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    cells = page.locator("#entropy_sgd table tr").nth(1).locator("td").all_inner_texts()
    assert cells[0] == '"reference"'
    assert cells[1].startswith("Nesterov(∇L(θ'), 0.9)")
    signature = page.locator("#entropy_sgd .attr").first.inner_text()
    assert "order: Literal[1, 2] = 1,\n" in signature
    assert signature.endswith("-> optax.GradientTransformationExtraArgs")
    assert page.locator("#entropy_sgd .code .gp").count() > 5
    ink, paper = page.evaluate(
        "[getComputedStyle(document.body).color, getComputedStyle(document.body).backgroundColor]"
    )
    light = [sum(map(int, re.findall(r"\d+", color)[:3])) for color in (ink, paper)]
    assert light[0] - light[1] > 400
