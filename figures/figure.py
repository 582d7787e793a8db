"""What a figure is: arrays computed once, a drawing made from arrays alone, a caption."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from matplotlib.figure import Figure as Drawing

__all__ = ["Arrays", "Figure", "Surface", "all_figures"]

Arrays = Mapping[str, "np.ndarray"]


@dataclass(frozen=True)
class Surface:
    """z over the grid x × y, for the interactive page: z[i, j] belongs to (x[i], y[j])."""

    title: str
    x: np.ndarray
    y: np.ndarray
    z: np.ndarray
    labels: tuple[str, str, str] = ("θ₁", "θ₂", "loss")


@dataclass(frozen=True)
class Figure:
    """One figure of a paper, or one of ours.

    `compute(resolution)` returns named arrays: everything that `draw` needs, and nothing else
    reaches `draw`, so that redrawing never recomputes. `resolution` is the number of grid points
    along an axis (or of samples along a curve). Both are pure; neither writes a file.
    """

    name: str
    title: str
    source: str  # "Kanai et al., final version, Fig. 2", or "ours"
    shows: str  # what a reader should see, one or two sentences
    caption: str  # equations and parameters, complete enough to draw it again
    claims: tuple[str, ...]  # ids of the claims that it illustrates
    compute: Callable[[int], Arrays]
    draw: Callable[[Arrays], Drawing]
    resolution: int = 161
    smoke: int = 21
    surfaces: Callable[[Arrays], list[Surface]] | None = None
    cost: float = 1.0  # seconds at full resolution, for the progress bar
    records: tuple[str, ...] = ()  # files in benchmarks/results that `compute` reads, if they exist
    reported: tuple[str, ...] = ()  # files in benchmarks/reported, published by others
    # What of the arrays is worth reading as numbers, in types that JSON knows.
    numbers: Callable[[Arrays], Mapping[str, Any]] | None = None


@cache
def all_figures() -> dict[str, Figure]:
    """All figures by name: the `FIGURE` of every module in `figures.gallery`."""
    import figures.gallery as package

    found: dict[str, Figure] = {}
    for module in pkgutil.iter_modules(package.__path__):
        figure: Figure = importlib.import_module(f"{package.__name__}.{module.name}").FIGURE
        if figure.name.replace("-", "_") != module.name:
            raise ValueError(f"figures/gallery/{module.name}.py draws a figure named {figure.name}")
        found[figure.name] = figure
    return dict(sorted(found.items(), key=lambda item: _order(item[0])))


def _order(name: str) -> tuple[int, str]:
    """The papers' figures first: final version, early version, Yamada, then ours."""
    prefixes = ("kanai-fig", "kanai-early-", "yamada-")
    rank = next((i for i, prefix in enumerate(prefixes) if name.startswith(prefix)), len(prefixes))
    return rank, name
