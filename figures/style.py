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
    """A drawing with an array of axes (rows, columns), without any window system."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure as Drawing

    drawing = Drawing(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(drawing)
    return drawing, drawing.subplots(rows, columns, squeeze=False, **options)


def surface_axes(axes: Axes, x: Any, y: Any, z: Any, *, title: str, **options: Any) -> Any:
    """A surface z[i, j] over (x[i], y[j]) on 3-D axes, with the papers' labels."""
    import numpy as np

    options = {"cmap": SEQUENTIAL, "linewidth": 0, "antialiased": True, **options}
    grid_x, grid_y = np.meshgrid(x, y, indexing="ij")
    drawn = axes.plot_surface(  # pyright: ignore[reportAttributeAccessIssue]
        grid_x, grid_y, z, rcount=81, ccount=81, rasterized=True, **options
    )
    axes.set_title(title, pad=2)
    axes.set_xlabel(r"$\theta_1$", labelpad=-8)
    axes.set_ylabel(r"$\theta_2$", labelpad=-8)
    axes.tick_params(pad=-3)
    return drawn


def contours(axes: Axes, x: Any, y: Any, z: Any, *, title: str = "", levels: int = 14) -> Any:
    """Filled contours of z[i, j] over (x[i], y[j]) with thin lines on top."""
    filled = axes.contourf(x, y, z.T, levels=levels, cmap=SEQUENTIAL)
    axes.contour(x, y, z.T, levels=levels, colors="white", linewidths=0.3, alpha=0.6)
    axes.set_title(title)
    axes.set_xlabel(r"$\theta_1$")
    axes.set_ylabel(r"$\theta_2$")
    axes.set_aspect("equal")
    return filled
