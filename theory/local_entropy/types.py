"""What the local-entropy functions return, and how they check what they are given."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import jax.numpy as jnp
import numpy as np
from jax import Array

__all__ = ["LocalEntropy", "check_integral", "check_positive", "kinks_by_axis"]


class LocalEntropy(NamedTuple):
    """Local entropy at one point, with the derivatives of **minus** F.

    F: (). gradient: (m,), of -F. hessian: (m, m), of -F. mean: (m,), E of theta'.
    covariance: (m, m), Sigma of theta'. error: (), estimated absolute error of F.
    """

    F: Array
    gradient: Array
    hessian: Array
    mean: Array
    covariance: Array
    error: Array


def kinks_by_axis(kinks: Any, m: int) -> list[Any]:
    """Return m one-dimensional float arrays of kink coordinates, or raise `ValueError`.

    >>> [k.tolist() for k in kinks_by_axis(([0.0], ()), 2)]
    [[0.0], []]
    """
    if len(kinks) == 0:
        return [np.zeros(0)] * m
    if m == 1:
        axis_kinks = [jnp.asarray(kinks, dtype=float)]
    elif len(kinks) == m:
        axis_kinks = [jnp.asarray(axis, dtype=float) for axis in kinks]
    else:
        raise ValueError(f"kinks must be a pair of sequences, one an axis; got {kinks!r}.")
    if any(k.ndim != 1 for k in axis_kinks):
        raise ValueError(
            "kinks must be a sequence of points for m = 1 and a pair of sequences of coordinates "
            f"for m = 2; got {kinks!r} for m = {m}."
        )
    return axis_kinks


def check_positive(**values: float) -> None:
    """Raise `ValueError` unless every named value is positive and finite.

    >>> check_positive(gamma=1.0)
    """
    for name, value in values.items():
        if not (value > 0 and math.isfinite(value)):
            raise ValueError(f"{name} must be positive and finite; got {value}.")


def check_integral(F: float, least: float, cut_off: float, window: Sequence[Any]) -> None:
    """Raise `ValueError` unless the quadrature met a finite integral inside its window.

    F: value found. least: least energy on the nodes, NaN if the loss was NaN on one of them.
    cut_off: mass at the window's edge relative to the integral. window: one interval an axis.

    >>> check_integral(0.0, 0.0, 1e-20, [(-1.0, 1.0)])
    """
    box = " x ".join(f"[{float(lower):.4g}, {float(upper):.4g}]" for lower, upper in window)
    if np.isnan(least):
        raise ValueError(f"loss is NaN somewhere in the window {box}; it must be a number.")
    if not np.isfinite(F):
        raise ValueError(
            f"log of the integral is {F}: loss must be finite on a set of positive measure "
            f"and bounded below; the window is {box}."
        )
    if cut_off > 1e-6:
        raise ValueError(
            f"mass of about {cut_off:.2g} times the integral sits at the edge of the window "
            f"{box}: loss falls too fast for this gamma, so that the integral is infinite; "
            "use a larger gamma or a loss that is bounded below."
        )
