"""A shaded surface with grid lines that hides what is behind it, for Matplotlib's 3-D axes.

`plot_surface` leaves seams between facets and cannot put lines on a surface without showing the
lines behind it too. Here facets and line pieces are one collection, sorted together by depth.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from mpl_toolkits.mplot3d.art3d import Poly3DCollection

__all__ = ["relief"]

FACETS = 96  # along an axis, at most
LIGHT = np.array([-0.35, -0.25, 0.9])


def relief(
    axes: Any,
    x: Any,
    y: Any,
    z: Any,
    *,
    cmap: str,
    limits: tuple[float, float],
    lines: int = 8,
    height: float = 0.7,
) -> Poly3DCollection:
    """Add z[i, j] over (x[i], y[j]) to 3-D axes whose view is set already.

    limits: the values at the ends of the colour map. lines: cells of the drawn net along an axis.
    height: of the box, in units of its sides; shading sees the surface in that box.
    """
    from matplotlib import colormaps
    from mpl_toolkits.mplot3d.art3d import Poly3DCollection

    i, j = _thinned(len(x)), _thinned(len(y))
    x, y, z = np.asarray(x)[i], np.asarray(y)[j], np.asarray(z)[np.ix_(i, j)]
    size = np.array([np.ptp(x), np.ptp(y), np.ptp(limits) / height])
    size[size == 0] = 1.0
    points = np.stack([*np.meshgrid(x, y, indexing="ij"), z], axis=-1)
    facets = _cells(points)
    shares = (_cells(z[..., None]).mean(axis=(-2, -1)) - limits[0]) / (np.ptp(limits) or 1.0)
    colors = colormaps[cmap](np.clip(shares, 0, 1).ravel())
    colors[:, :3] *= _shade(facets / size).ravel()[:, None]
    pieces = _net(points, lines) + 2.5 / FACETS * _to_viewer(axes) * size
    ink = np.tile([0.0, 0.0, 0.0, 0.55], (len(pieces), 1))
    collection = Poly3DCollection(
        np.concatenate([facets.reshape(-1, 4, 3), pieces]),
        facecolors=np.concatenate([colors, ink]),
        edgecolors=np.concatenate([colors, ink]),
        linewidths=[0.3] * len(colors) + [0.35] * len(ink),
        rasterized=True,
        clip_on=False,
    )
    axes.add_collection3d(collection)
    axes.set(xlim=(x[0], x[-1]), ylim=(y[0], y[-1]), zlim=limits)
    axes.set_box_aspect((1, 1, height))
    return collection


def _thinned(n: int) -> np.ndarray:
    return np.unique(np.linspace(0, n - 1, min(n, FACETS + 1)).round().astype(int))


def _cells(points: np.ndarray) -> np.ndarray:
    """The four corners of every cell, shape (n - 1, m - 1, 4, k)."""
    corners = (points[:-1, :-1], points[1:, :-1], points[1:, 1:], points[:-1, 1:])
    return np.stack(corners, axis=-2)


def _shade(facets: np.ndarray) -> np.ndarray:
    """Lambert's law, softened: 1 facing the light, never below 0.6."""
    normals = np.cross(facets[..., 2, :] - facets[..., 0, :], facets[..., 3, :] - facets[..., 1, :])
    normals /= np.linalg.norm(normals, axis=-1, keepdims=True)
    return 0.6 + 0.4 * np.clip(normals @ (LIGHT / np.linalg.norm(LIGHT)), 0, 1)


def _net(points: np.ndarray, lines: int) -> np.ndarray:
    """Pieces of the drawn lines as flat quadrilaterals (a, b, b, a), shape (pieces, 4, 3)."""
    found = []
    for grid in (points, points.swapaxes(0, 1)):
        rows = np.linspace(0, len(grid) - 1, lines + 1).round().astype(int)
        a, b = grid[rows, :-1].reshape(-1, 3), grid[rows, 1:].reshape(-1, 3)
        found.append(np.stack([a, b, b, a], axis=1))
    return np.concatenate(found)


def _to_viewer(axes: Any) -> np.ndarray:
    """The direction to the viewer; moved along it, a line stays in place on an orthogonal view."""
    tilt, turn = np.deg2rad([axes.elev, axes.azim])
    return np.array([np.cos(tilt) * np.cos(turn), np.cos(tilt) * np.sin(turn), np.sin(tilt)])
