"""Where the mass of exp(-beta L(theta') - (beta gamma / 2) |theta' - theta|^2) sits."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import ModuleType
from typing import Any

import numpy as np

__all__ = ["mass_window"]

# exp(-44) = 8e-20: what lies outside the window is below float64 resolution.
NEGLIGIBLE_NATS = 44.0
# The first scan reaches this many Gaussian standard deviations. Where L >= 0 the mass cannot lie
# farther than sqrt(2 beta L(theta) + 2 * 44) of them from theta.
SCAN_REACH = 1e4
SCAN_POINTS = 64
ZOOM_POINTS = 49
ZOOMS = 3


def mass_window(
    energy: Callable[[list[Any]], Any],
    centres: Sequence[Any],
    precision: Any,
    kinks: Sequence[Any],
    xp: ModuleType = np,
) -> list[tuple[Any, Any]]:
    """Return one interval per axis that holds all mass but a relative e^-44, for every centre.

    For each centre theta in the tensor grid of ``centres`` let V(t) = U(t) + precision/2
    |t - theta|^2 with U = energy = beta L. The window is the bounding box of
    {t : V(t) <= min V + 44 for some theta}, found on a scan that widens geometrically from the
    centres to 10^4 Gaussian standard deviations and is then zoomed into three times; a point
    of the scan is never dropped without keeping its neighbour. A basin that falls between two
    points of the scan is missed.

    energy: takes one coordinate array per axis, returns U on their tensor grid, shape
    (len(t_1), ..., len(t_m)), m = 1 or 2. NaN counts as +infinity here.
    centres: m sorted arrays. precision: beta gamma > 0. kinks: m arrays of coordinates.
    xp: ``numpy``, or ``jax.numpy`` for traced values.

    >>> flat = lambda axes: np.zeros(len(axes[0]))
    >>> [(lower, upper)] = mass_window(flat, [np.zeros(1)], 1.0, [np.zeros(0)])
    >>> bool(9.3 < upper < 10.5 and -10.5 < lower < -9.3)
    True
    """
    reach = xp.asarray(1.0 / xp.sqrt(precision))
    unit = np.sinh(np.linspace(0.0, np.arcsinh(SCAN_REACH), SCAN_POINTS + 1)[1:])
    axes = []
    for axis_centres, axis_kinks in zip(centres, kinks, strict=True):
        first, last = axis_centres[0], axis_centres[-1]
        inside = first + (last - first) * np.linspace(0.0, 1.0, 1 + 32 * (len(axis_centres) > 1))
        parts = [first - reach * unit, inside, last + reach * unit, xp.asarray(axis_kinks)]
        axes.append(xp.sort(xp.concatenate(parts)))
    window = _active_box(energy(axes), axes, centres, precision, xp)
    for _ in range(ZOOMS):
        axes = [
            xp.sort(
                xp.concatenate(
                    [
                        lower + (upper - lower) * np.linspace(0.0, 1.0, ZOOM_POINTS),
                        xp.clip(xp.asarray(axis_kinks), lower, upper),
                    ]
                )
            )
            for (lower, upper), axis_kinks in zip(window, kinks, strict=True)
        ]
        window = _active_box(energy(axes), axes, centres, precision, xp)
    return window


def _active_box(
    values: Any, axes: Sequence[Any], centres: Sequence[Any], precision: Any, xp: ModuleType
) -> list[tuple[Any, Any]]:
    """Bound the scan points that carry mass for some centre, one cell of margin on each side."""
    values = xp.where(xp.isnan(values), np.inf, values)
    quadratic = [
        0.5 * precision * (points[None, :] - axis_centres[:, None]) ** 2
        for points, axis_centres in zip(axes, centres, strict=True)
    ]
    if len(axes) == 1:
        active = [_some_centre(values[None, :] + quadratic[0], xp)]
    else:
        # Min-plus products: the Gaussian separates, so no array runs over both centres and points.
        over_2 = xp.min(values[:, None, :] + quadratic[1][None, :, :], axis=2)
        over_1 = xp.min(values.T[:, None, :] + quadratic[0][None, :, :], axis=2)
        along_1 = over_2.T[None, :, :] + quadratic[0][:, None, :]
        along_2 = over_1.T[:, None, :] + quadratic[1][None, :, :]
        active = [_some_centre(along_1, xp), _some_centre(along_2, xp)]
    window = []
    for points, mask in zip(axes, active, strict=True):
        first = xp.maximum(xp.argmax(mask) - 1, 0)
        last = xp.minimum(len(points) - xp.argmax(mask[::-1]), len(points) - 1)
        # Beside a jump to infinity the neighbour may be the point itself, named as a kink.
        margin = (points[last] - points[first]) / ZOOM_POINTS
        window.append((points[first] - margin, points[last] + margin))
    return window


def _some_centre(energies: Any, xp: ModuleType) -> Any:
    """Mark the points, on the last axis, within 44 nats of the least energy of some centre."""
    least = xp.min(energies, axis=-1, keepdims=True)
    near = energies <= least + NEGLIGIBLE_NATS
    return xp.any(near.reshape(-1, near.shape[-1]), axis=0)
