"""Line charts drawn when the site is built: SVG that takes its colours from the style sheet."""

from __future__ import annotations

import html
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

__all__ = ["Line", "chart", "key", "nice_ticks"]

_LEFT, _TOP, _WIDTH, _HEIGHT, _BOTTOM = 60, 30, 270, 190, 42
# A dash besides the colour, for those who do not see the colour.
STYLES = ("k1", "k2 dash", "k3 dots", "k4", "k5 dash", "k0 dots", "kq", "k1 dots")
Point = tuple[float, float]


@dataclass(frozen=True)
class Line:
    """One run, or one mean: its points in order, and its style (a class)."""

    points: Sequence[Point]
    style: str = "k1"


def nice_ticks(low: float, high: float, wanted: int = 5) -> list[float]:
    """Round numbers from low to high, about as many as wanted.

    >>> nice_ticks(0.0, 12.0), nice_ticks(2.1, 2.3, 3)
    ([0.0, 5.0, 10.0], [2.1, 2.2, 2.3])
    """
    raw = (high - low) / wanted
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(m for m in (1, 2, 5, 10) if m * power >= raw * 0.999) * power
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [round(k * step, 12) for k in range(first, last + 1)]


def chart(lines: Iterable[Line], *, title: str, x_label: str, y_label: str, alt: str) -> str:
    """An SVG with all lines in one frame. ValueError if no line has two points.

    alt: what the picture shows, in words; `title`, `x_label` and `y_label` stand in the picture.
    """
    drawn = [line for line in lines if len(line.points) > 1]
    if not drawn:
        raise ValueError(f"the chart {title!r} has no line of two points")
    xs, ys = zip(*(point for line in drawn for point in line.points), strict=True)
    x, y = _range(xs, 0.0), _range(ys, 0.05)

    def at(point: Point) -> str:
        u = _LEFT + _WIDTH * (point[0] - x[0]) / (x[1] - x[0])
        v = _TOP + _HEIGHT * (y[1] - point[1]) / (y[1] - y[0])
        return f"{u:.1f} {v:.1f}"

    width, height = _LEFT + _WIDTH + 10, _TOP + _HEIGHT + _BOTTOM
    parts = [f'<text x="{_LEFT}" y="18" class="title">{html.escape(title)}</text>']
    for tick in nice_ticks(*x):
        u, _ = at((tick, y[0])).split()
        parts.append(f'<line x1="{u}" x2="{u}" y1="{_TOP}" y2="{_TOP + _HEIGHT}" class="faint"/>')
        parts.append(_word(u, _TOP + _HEIGHT + 16, _number(tick), "middle"))
    for tick in nice_ticks(*y):
        _, v = at((x[0], tick)).split()
        parts.append(f'<line x1="{_LEFT}" x2="{_LEFT + _WIDTH}" y1="{v}" y2="{v}" class="faint"/>')
        parts.append(_word(_LEFT - 6, float(v) + 4, _number(tick), "end"))
    parts.append(_word(_LEFT + _WIDTH / 2, _TOP + _HEIGHT + 34, x_label, "middle"))
    turned = f'transform="rotate(-90 12 {_TOP + _HEIGHT / 2})"'
    parts.append(_word(12, _TOP + _HEIGHT / 2, y_label, "middle", turned))
    for line in drawn:
        path = "M" + "L".join(at(point) for point in line.points)
        parts.append(f'<path d="{path}" class="thin {line.style}"/>')
    return (
        f'<div class="panel"><svg viewBox="0 0 {width} {height}" class="plot" role="img" '
        f'aria-label="{html.escape(alt)}">{"".join(parts)}</svg></div>'
    )


def key(entries: Iterable[tuple[str, str]]) -> str:
    """A legend of (style, words)."""
    items = "".join(
        '<li><svg viewBox="0 0 30 12" class="key" aria-hidden="true">'
        f'<line x1="1" y1="6" x2="29" y2="6" class="{style}" stroke-width="2"/></svg>'
        f"<span>{words}</span></li>"
        for style, words in entries
    )
    return f'<ul class="legend">{items}</ul>'


def _range(values: Sequence[float], margin: float) -> tuple[float, float]:
    low, high = min(values), max(values)
    room = margin * (high - low) or (0.0 if high > low else max(1e-6, abs(high) / 10))
    return low - room, high + room


def _number(value: float) -> str:
    return f"{value:g}".replace("-", "−")


def _word(x: float | str, y: float, words: str, anchor: str, more: str = "") -> str:
    where = f'x="{x}" y="{y}" text-anchor="{anchor}" {more}'
    return f'<text {where} class="tick">{html.escape(words)}</text>'
