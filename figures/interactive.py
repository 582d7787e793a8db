"""A surface to turn and to touch, in one self-contained HTML file that makes no network request."""

from __future__ import annotations

import html
import json
from collections.abc import Sequence
from importlib import resources
from typing import Any

import numpy as np

from figures.figure import Figure, Surface

__all__ = ["page"]

_POINTS = 61  # along an axis: finer grids make no finer picture and only heavier files


def page(figure: Figure, surfaces: Sequence[Surface]) -> str:
    """The HTML text: drag or arrow keys rotate, wheel or +/- zoom, hovering shows the value."""
    template = resources.files("figures").joinpath("interactive.html").read_text(encoding="utf-8")
    data = json.dumps([_plain(surface) for surface in surfaces], allow_nan=False)
    words = {
        "TITLE": html.escape(figure.title),
        "SHOWS": html.escape(figure.shows),
        "CAPTION": html.escape(figure.caption),
        # "</" would end the script element early.
        "DATA": data.replace("</", "<\\/"),
    }
    for name, text in words.items():
        template = template.replace(f"%%{name}%%", text)
    return template


def _plain(surface: Surface) -> dict[str, Any]:
    """The surface as JSON, thinned to a grid that a browser turns without effort."""
    rows = _thin(len(surface.x))
    columns = _thin(len(surface.y))
    z = np.asarray(surface.z, float)[np.ix_(rows, columns)]
    if not np.isfinite(z).all():
        raise ValueError(f"the surface {surface.title!r} has values that are not finite")
    return {
        "title": surface.title,
        "labels": list(surface.labels),
        "x": np.asarray(surface.x, float)[rows].round(6).tolist(),
        "y": np.asarray(surface.y, float)[columns].round(6).tolist(),
        "z": [[float(f"{value:.6g}") for value in row] for row in z],
    }


def _thin(n: int) -> np.ndarray:
    return np.unique(np.linspace(0, n - 1, min(n, _POINTS)).round().astype(int))
