"""Tables of text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

__all__ = ["columns"]


def columns(rows: Iterable[Sequence[str]], *, right: Iterable[int] = ()) -> str:
    """Rows under each other, two blanks between columns; those of ``right`` end in line.

    >>> print(columns([("name", "n"), ("a", "100")], right=[1]))
    name    n
    a     100
    """
    lines = [list(row) for row in rows]
    widths = [max(len(line[k]) for line in lines) for k in range(len(lines[0]))]
    ends = set(right)
    return "\n".join(
        "  ".join(
            cell.rjust(width) if k in ends else cell.ljust(width)
            for k, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )
