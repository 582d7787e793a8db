"""The mean loss over Kanai et al.'s 100 Gaussian data, its minima, and local entropy of it."""

from __future__ import annotations

from functools import cache
from math import inf
from typing import TYPE_CHECKING, Any

import numpy as np

from figures.paper_data import EPS, dataset, linear_loss, on_grid
from figures.style import COLORS, contours, surface_axes

if TYPE_CHECKING:
    from collections.abc import Callable

    import jax

__all__ = ["entropy_minimum", "loss_minimum", "mean_loss", "mean_loss_surface", "surface_and_map"]


@cache
def mean_loss(p: float | None) -> Callable[[jax.Array], jax.Array]:
    """θ ↦ (1/N) Σ_n loss over `dataset()`; the same object each time, so that it compiles once."""
    return linear_loss(p, *dataset())


def mean_loss_surface(p: float | None, t: Any) -> np.ndarray:
    """The mean loss for θ₁, θ₂ in t."""
    return on_grid(mean_loss(p), t, t)


def loss_minimum(p: float) -> np.ndarray:
    """argmin of the attacked mean loss, p = 2 or ∞.

    For L∞ the fold θ₂ = 0 holds the minimum if |Σ_n s_n y_n x_n2| ≤ ε Σ_n s_n at the minimum along
    it; `ValueError` if the data are not such ones (those of `dataset()` are).
    """
    from scipy.optimize import minimize, minimize_scalar
    from scipy.special import expit

    x, y = dataset()
    z = y[:, None] * x

    def value(theta: Any) -> float:
        size = np.linalg.norm(theta) if p == 2 else np.abs(theta).sum()
        return float(np.logaddexp(0.0, EPS * size - z @ theta).mean())

    found: Any = minimize_scalar(
        lambda a: value(np.array([a, 0.0])), (0.1, 1.0), options={"xtol": 1e-10}
    )
    theta = np.array([found.x, 0.0])
    if p == 2:
        found = minimize(
            value, theta, method="Nelder-Mead", options={"xatol": 1e-9, "fatol": 1e-15}
        )
        return found.x
    s = expit(EPS * theta[0] - z @ theta)
    if p != inf or abs(s @ z[:, 1]) > EPS * s.sum():
        raise ValueError(f"the minimum for p = {p} is not on the axis θ₂ = 0")
    return theta


def entropy_minimum(p: float, gamma: float, surface: Any, t_1: Any, t_2: Any) -> np.ndarray:
    """argmin of −F by Newton's method, θ ← θ − (−∇²F)⁻¹(−∇F), from a surface over t_1, t_2."""
    from theory.local_entropy import local_entropy_surface

    i, j = np.unravel_index(np.argmax(surface.F), surface.F.shape)
    theta, at = np.array([t_1[i], t_2[j]]), surface
    for _ in range(20):
        step = np.linalg.solve(at.hessian[i, j], at.gradient[i, j])
        theta = theta - step
        if at is not surface and np.abs(step).max() < 1e-3:
            return theta  # the step after this one would be about its square
        i = j = 0
        at = local_entropy_surface(mean_loss(p), theta[:1], theta[1:], gamma, kinks=([0.0], [0.0]))
    raise ValueError(f"Newton's method did not settle for p = {p}, gamma = {gamma}")


def surface_and_map(
    above: Any,
    below: Any,
    t: tuple[Any, Any],
    z: np.ndarray,
    *,
    title: str,
    points: dict[str, np.ndarray],
) -> None:
    """A surface over [−2, 2]², and under it level lines with marked points.

    t: θ₁, which may go beyond 2 for the lines, and θ₂. points: θ by its text in the legend.
    """
    inner = t[0] <= 2
    # From the low side, θ₁ > 0: the label is what the data's first coordinate says.
    surface_axes(above, t[0][inner], t[1], z[inner], title=title, view=(33, 28))
    contours(below, *t, z)
    marks = zip(points.items(), "*o", (9, 5), (COLORS["orange"], "white"), strict=False)
    for (text, theta), marker, size, color in marks:
        below.plot(*theta, marker, color=color, mec="black", mew=0.6, ms=size, label=text, ls="")
    if points:
        below.legend(
            loc="lower left", labelcolor="white", handletextpad=0.1, borderpad=0.1, fontsize=7
        )
    below.set(xlim=t[0][[0, -1]], ylim=t[1][[0, -1]], xticks=(-2, 0, 2), yticks=(-2, 0, 2))
    below.set_ylabel(r"$\theta_2$", labelpad=-4)
    below.set_xlabel(r"$\theta_1$", labelpad=0)
