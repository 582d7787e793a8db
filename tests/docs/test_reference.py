"""The API reference: every public module, signatures as written, texts that stay whole."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from docs.companion.docstrings import docstring_html, docstring_markdown

ROOT = Path(__file__).parents[2]

pytest.importorskip("pdoc", reason="pdoc writes the reference: pip install 'jaxat[docs]'")


def shown(text: str) -> str:
    return docstring_html(docstring_markdown(text))


def test_every_public_module_has_a_page():
    from docs.companion.reference_pages import module_names

    left_out = re.compile(r"theory\.(claims|counterexamples)\.|(^|\.)_")
    expected = set()
    for room in ("jaxat", "theory"):
        for path in (ROOT / room).rglob("*.py"):
            parts = path.relative_to(ROOT).with_suffix("").parts
            name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
            if not left_out.search(name):
                expected.add(name)
    assert set(module_names()) == expected


def test_examples_become_code_to_the_blank_line():
    html = shown("Twice.\n\n>>> f(\n...     1)\n2\n\nAfter *that*.")
    code, after = html.split("</div>")
    assert re.sub(r"<[^>]+>", "", code).strip().endswith("2")
    assert "&gt;&gt;&gt;" in code
    assert "blockquote" not in html
    assert "<em>that</em>" in after


def test_greek_angle_brackets_and_stars_stay_text():
    html = shown("θ' <- θ − η' * γ, |x| <b> a_1 * b_2 and ‖δ‖ <= ε")
    assert "θ' &lt;- θ − η' * γ, |x| &lt;b&gt; a_1 * b_2 and ‖δ‖ &lt;= ε" in html


def test_tables_keep_every_cell():
    text = (
        "Before.\n\n"
        "====  ======\nname  θ < 0\n====  ======\na     |x|\nb     2, 3\n====  ======\n\nAfter.\n"
    )
    html = shown(text)
    assert re.findall(r"<th>(.*?)</th>", html) == ["name", "θ &lt; 0"]
    assert re.findall(r"<td>(.*?)</td>", html) == ["a", "|x|", "b", "2, 3"]
    assert "<p>Before.</p>" in html
    assert "<p>After.</p>" in html


def test_sections_become_lists():
    html = shown("What.\n\nArgs:\n    eps: the radius.\n\nRaises:\n    ValueError: eps < 0.\n")
    assert "<strong>eps:</strong>  the radius." in html
    assert "<strong>ValueError:</strong>  eps &lt; 0." in html


def test_signatures_are_as_the_source_writes_them():
    import pdoc.doc

    import theory.swish
    from docs.companion.reference_pages import _declared, _signature

    module = pdoc.doc.Module(theory.swish)
    signature = _signature(module.get("swish_adversarial_loss"))
    assert "    theta: ArrayLike,\n" in signature
    assert signature.endswith(") -&gt; Float[Array, '*n']")
    assert _declared(module.get("SWISH_ARGMAX")).startswith(": float = -1.27846")


def test_no_address_and_no_path_of_this_machine():
    import pdoc.doc

    import jaxat.commands.recorded
    from docs.companion.reference_pages import _declared, _plain

    assert _plain("<function <lambda> at 0x7f01>") == "<lambda>"
    assert _plain("<function f at 0x7f01>") == "f"
    module = pdoc.doc.Module(jaxat.commands.recorded)
    assert str(ROOT) not in _declared(module.get("RESULTS"))
