"""One look for all figures: legible at column width, safe for colour-blind readers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Drawing

__all__ = [
    "COLORS",
    "COLUMN",
    "DIVERGING",
    "PAGE",
    "SEQUENTIAL",
    "contours",
    "new_drawing",
    "new_drawing_rows",
    "styled",
    "surface_axes",
]

COLUMN, PAGE = 3.4, 7.0  # inches: one column, two columns
SEQUENTIAL, DIVERGING = "cividis", "PuOr"
# Okabe and Ito's colours, in an order that also differs in lightness.
COLORS = {
    "black": "#000000",
    "blue": "#0072B2",
    "orange": "#E69F00",
    "green": "#009E73",
    "red": "#D55E00",
    "purple": "#CC79A7",
    "sky": "#56B4E9",
}

_SETTINGS: dict[str, Any] = {
    "font.family": "STIXGeneral",
    "mathtext.fontset": "stix",
    "font.size": 8,
    "axes.titlesize": 8,
    "axes.labelsize": 8,
    "xtick.labelsize": 7,
    "ytick.labelsize": 7,
    "legend.fontsize": 7,
    "legend.frameon": False,
    "lines.linewidth": 1.2,
    "axes.linewidth": 0.6,
    "axes.grid": False,
    "figure.dpi": 100,
    "savefig.bbox": "tight",
    "savefig.pad_inches": 0.03,
    "svg.fonttype": "none",
    "pdf.fonttype": 42,
    "image.cmap": SEQUENTIAL,
}


@contextmanager
def styled() -> Iterator[None]:
    """Matplotlib's settings for drawing and saving; they are put back afterwards."""
    import matplotlib as mpl
    from cycler import cycler

    cycle = cycler(color=[c for name, c in COLORS.items() if name != "black"])
    settings: Any = {**_SETTINGS, "axes.prop_cycle": cycle}
    with mpl.rc_context(settings):
        yield


def new_drawing(
    rows: int = 1, columns: int = 1, *, width: float = PAGE, height: float = 2.3, **options: Any
) -> tuple[Drawing, Any]:
    """A drawing with an array of axes (rows, columns), if any, without any window system."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure as Drawing

    drawing = Drawing(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(drawing)
    if rows * columns == 0:
        return drawing, None
    return drawing, drawing.subplots(rows, columns, squeeze=False, **options)


def new_drawing_rows(
    *rows: tuple[int, str | None], width: float = PAGE, height: float
) -> tuple[Drawing, list[list[Any]]]:
    """A drawing whose rows differ, (number of axes, projection) each; the axes, a list a row."""
    drawing, _ = new_drawing(0, 0, width=width, height=height)
    bands = drawing.subfigures(len(rows), 1, squeeze=False)[:, 0]
    axes = [
        list(band.subplots(1, count, squeeze=False, subplot_kw={"projection": projection})[0])
        for band, (count, projection) in zip(bands, rows, strict=True)
    ]
    return drawing, axes


def surface_axes(
    axes: Any,
    x: Any,
    y: Any,
    z: Any,
    *,
    title: str,
    view: tuple[float, float] = (27, 118),
    limits: tuple[float, float] | None = None,
    labels: tuple[str, str] = (r"$\theta_1$", r"$\theta_2$"),
    cmap: str = SEQUENTIAL,
    zoom: float = 1.1,
) -> Any:
    """A surface z[i, j] over (x[i], y[j]) on 3-D axes, with the papers' labels.

    view: elevation and azimuth in degrees; the default looks from the low corner (−2, 2) of the
    papers' losses up to the high one, so that no part of them is hidden. limits: of z and of the
    colours, the range of z by default.
    """
    import numpy as np
    from matplotlib.ticker import MaxNLocator

    from figures.relief import relief

    axes.set_proj_type("ortho")
    axes.view_init(elev=view[0], azim=view[1])
    limits = limits or (float(np.min(z)), float(np.max(z)))
    drawn = relief(axes, x, y, z, cmap=cmap, limits=limits)
    axes.set_box_aspect((1, 1, 0.7), zoom=zoom)
    axes.set_title(title, pad=0, y=1.1)
    axes.set_xlabel(labels[0], labelpad=-9)
    axes.set_ylabel(labels[1], labelpad=-9)
    # No number at the ends: those of two axes would run together in the corner that they share.
    axes.xaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 5, 10], prune="both"))
    axes.yaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 5, 10], prune="both"))
    axes.zaxis.set_major_locator(MaxNLocator(3, steps=[1, 2, 2.5, 5, 10]))
    axes.tick_params(pad=-4)
    for side in (axes.xaxis, axes.yaxis, axes.zaxis):
        side.set_pane_color((1.0, 1.0, 1.0, 0.0))
        side._axinfo["grid"].update(linewidth=0.3, color="#bbbbbb")  # noqa: SLF001  no setter
        side._axinfo["tick"].update(inward_factor=0.0, outward_factor=0.25)  # noqa: SLF001
    return drawn


def contours(axes: Axes, x: Any, y: Any, z: Any, *, title: str = "", levels: int = 14) -> Any:
    """Filled contours of z[i, j] over (x[i], y[j]) with thin lines on top."""
    filled = axes.contourf(x, y, z.T, levels=levels, cmap=SEQUENTIAL)
    axes.contour(
        x, y, z.T, levels=levels, colors="white", linewidths=0.3, linestyles="solid", alpha=0.6
    )
    axes.set_title(title)
    axes.set_xlabel(r"$\theta_1$")
    axes.set_ylabel(r"$\theta_2$")
    axes.set_aspect("equal")
    return filled
