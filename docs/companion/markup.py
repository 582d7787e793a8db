"""Markdown with $TeX$ to HTML; formulas are collected, and typeset all at once at the end."""

from __future__ import annotations

import html
import re
from pathlib import Path

from markdown_it import MarkdownIt

from docs.companion.katex import fonts_css, typeset

__all__ = ["Markup", "code_html"]

# Private characters, which occur in no text, around the number of a formula.
_OPEN, _CLOSE = "\ue000", "\ue001"
_CODE = re.compile(r"(```.*?```|`[^`\n]*`)", re.DOTALL)
_MATH = re.compile(r"\$\$(.+?)\$\$|\$(.+?)\$", re.DOTALL)


class Markup:
    """Texts of one site. `block` and `inline` make HTML with marks, `finish` puts formulas in.

    >>> m = Markup()
    >>> m.inline("the norm $|x|$ of *x*").replace(chr(0xE000), "<").replace(chr(0xE001), ">")
    'the norm <0> of <em>x</em>'
    """

    def __init__(self) -> None:
        self._markdown = MarkdownIt("commonmark").enable("table")
        self._formulas: dict[tuple[str, bool], int] = {}
        self._typeset: list[str] = []

    def block(self, text: str) -> str:
        """Paragraphs, lists, tables."""
        return self._markdown.render(self._marked(text))

    def inline(self, text: str) -> str:
        """One line without a paragraph around it."""
        return self._markdown.renderInline(self._marked(text))

    def typeset(self, folder: Path) -> None:
        """Typeset all formulas met so far."""
        self._typeset = typeset(folder, list(self._formulas))

    def finish(self, text: str) -> str:
        """The HTML with its formulas; `typeset` first."""
        return re.sub(f"{_OPEN}(\\d+){_CLOSE}", lambda m: self._typeset[int(m[1])], text)

    def css(self, folder: Path) -> str:
        """The style sheet of the formulas, fonts included."""
        return fonts_css(folder, "".join(self._typeset))

    def _marked(self, text: str) -> str:
        parts = _CODE.split(text)
        parts[::2] = [_MATH.sub(self._mark, part) for part in parts[::2]]
        return "".join(parts)

    def _mark(self, match: re.Match[str]) -> str:
        tex = match[1] or match[2]
        line = match.string[match.string.rfind("\n", 0, match.start()) + 1 :]
        if line.startswith("|"):  # a table has its bars escaped
            tex = tex.replace(r"\|", "|")
        key = (tex.strip(), match[1] is not None)
        return f"{_OPEN}{self._formulas.setdefault(key, len(self._formulas))}{_CLOSE}"


def code_html(source: str, language: str = "python") -> str:
    """Source in colours, by classes; the colours stand in the style sheet.

    language: "python", or "pycon" for examples with prompts.

    >>> "def" in code_html("def f(): ...") and "<script" not in code_html("'<script>'")
    True
    """
    try:
        from pygments import highlight
        from pygments.formatters import HtmlFormatter
        from pygments.lexers import get_lexer_by_name
    except ImportError:
        return f"<pre>{html.escape(source)}</pre>"
    return highlight(
        source, get_lexer_by_name(language), HtmlFormatter(nowrap=False, cssclass="code")
    )
