"""Parts of a hand-written file that a program writes, between marks that stay."""

from __future__ import annotations

__all__ = ["END", "begin", "between"]

END = "<!-- end of generated part -->"


def begin(part: str) -> str:
    """The mark before the part of this name.

    >>> begin("claims")
    '<!-- generated: claims -->'
    """
    return f"<!-- generated: {part} -->"


def between(text: str, part: str, generated: str, file: str = "README.md") -> str:
    """``text`` with ``generated`` between the marks of ``part``; the rest stays as it is.

    Raises:
        ValueError: the marks are not there, each once and in their order; ``file`` is named.

    >>> print(between(f"a\\n{begin('claims')}\\nold\\n{END}\\nb", "claims", "new\\n"))
    a
    <!-- generated: claims -->
    new
    <!-- end of generated part -->
    b
    """
    mark = begin(part)
    before, _, rest = text.partition(mark)
    old, end, after = rest.partition(END)
    # A part whose end is gone must not take the next one with it.
    if text.count(mark) != 1 or not end or "<!-- generated: " in old:
        raise ValueError(f"{file} has lost its marks {mark!r} and {END!r}; put them back")
    return f"{before}{mark}\n{generated}{END}{after}"
