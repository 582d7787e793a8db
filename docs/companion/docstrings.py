"""Docstrings as HTML: sections, formulas in code blocks, tables, and examples in colours."""

from __future__ import annotations

import re
from typing import Any

from docs.companion.markup import code_html

__all__ = ["docstring_html", "docstring_markdown"]

_EXAMPLE = re.compile(r"^>>> .*(?:\n(?!\s*$).*)*", re.MULTILINE)
# Python's own words for a named tuple and its fields say nothing.
_OF_TUPLES = re.compile(r"Alias for field number \d+|Create new instance of \w+\([^)]*\)")
_RULE = re.compile(r"=+(?:  +=+)+")


def docstring_markdown(text: str) -> str:
    """Markdown of a docstring: examples fenced, tables with bars, sections as headings."""
    from pdoc import docstrings

    if _OF_TUPLES.fullmatch(text.strip()):
        return ""
    text = docstrings.google(_tables(text))
    return _EXAMPLE.sub(lambda m: f"```pycon\n{m[0]}\n```", text)


def docstring_html(markdown: str) -> str:
    """HTML of what `docstring_markdown` made; angle brackets are text, never tags.

    >>> docstring_html("a < b, `x_1`").strip()
    '<p>a &lt; b, <code>x_1</code></p>'
    """
    from markdown_it import MarkdownIt

    def coloured(source: str, language: str, _: Any) -> str:
        return code_html(source, language) if language else ""

    options = {"html": False, "highlight": coloured}
    html = MarkdownIt("commonmark", options).enable("table").render(markdown)
    # What code_html returns has its own <pre>.
    return re.sub(
        r"<pre><code[^>]*>(<div class=\"code\">.*?</div>)\s*</code></pre>",
        r"\1",
        html,
        flags=re.DOTALL,
    )


def _tables(text: str) -> str:
    """Tables whose columns stand between rules of = signs, as Markdown tables."""
    lines, out = text.split("\n"), []
    while lines:
        line = lines.pop(0)
        if not _RULE.fullmatch(line.strip()):
            out.append(line)
            continue
        indent = len(line) - len(line.lstrip())
        starts = [m.start() for m in re.finditer(r"=+", line)]
        ends = [*starts[1:], None]
        table: list[list[str]] = []
        rules = 1
        while lines and rules < 3:
            row = lines.pop(0)
            if _RULE.fullmatch(row.strip()):
                rules += 1
            else:
                cells = [row[a:b].strip() for a, b in zip(starts, ends, strict=True)]
                table.append([cell.replace("|", r"\|") for cell in cells])
        head, *rows = table
        for cells in (head, ["---"] * len(head), *rows):
            out.append(" " * indent + f"| {' | '.join(cells)} |")
    return "\n".join(out)
