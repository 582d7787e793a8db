"""Local entropy on a whole grid of two-dimensional points by two matrix products."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import lru_cache, partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.typing import ArrayLike

from theory.local_entropy.blur import blur_log, blur_moments, edge_energy
from theory.local_entropy.quadrature import graded_breakpoints, panel_rule
from theory.local_entropy.types import check_integral, check_positive, kinks_by_axis
from theory.local_entropy.window import SCAN_REACH, mass_window
from theory.precision import require_x64

__all__ = ["LocalEntropySurface", "local_entropy_surface"]

# As in theory.local_entropy: extra panels and order; the first rule gives the result.
RULES = ((0, 12), (0, 8), (1, 7))
GRADING = 6
LAST_PANELS = 320
NODE_MULTIPLE = 64
# The window is planned for so many centres an axis, and for all of them if it proves too small.
PLANNED_CENTRES = 5


class LocalEntropySurface(NamedTuple):
    """Local entropy on a grid of n_1 by n_2 points, with the derivatives of **minus** F.

    F, error: (n_1, n_2). gradient (of -F), mean: (n_1, n_2, 2).
    hessian (of -F), covariance: (n_1, n_2, 2, 2).
    """

    F: np.ndarray
    gradient: np.ndarray
    hessian: np.ndarray
    mean: np.ndarray
    covariance: np.ndarray
    error: np.ndarray


class _Plan(NamedTuple):
    """A window on each axis and a number of panels that meet the tolerance.

    first: the surface that showed it, until the call that asked for the plan takes it away. A
    remembered plan shall not hold a large surface.
    """

    window: tuple[tuple[float, float], ...]
    panels: int
    first: list[LocalEntropySurface]


class _Problem(NamedTuple):
    loss: Callable[[Array], Any]
    axes: tuple[tuple[float, ...], ...]
    gamma: float
    beta: float
    kinks: tuple[tuple[float, ...], ...]


def local_entropy_surface(
    loss: Callable[[Array], Any],
    axis_1: ArrayLike | Sequence[float],
    axis_2: ArrayLike | Sequence[float],
    gamma: float,
    beta: float = 1.0,
    kinks: Sequence[Any] = (),
    *,
    tolerance: float = 1e-9,
    panels: int | None = None,
) -> LocalEntropySurface:
    """Return local entropy and its derivatives at every point of the grid axis_1 x axis_2.

    The Gaussian separates, so with nodes common to all points and E = exp(-beta L(t_a, t_b)) the
    integral is K_1 E K_2^T, K_i Gaussian kernels times quadrature weights; the moments come
    from kernels multiplied by t - theta. Work is O((n_1 + n_2) nodes^2) for the whole surface.

    loss: hashable JAX function from shape (2,) to a scalar. It is compiled once and remembered,
    like the window found for it, so it must not close over values that change.
    axis_1 (n_1,), axis_2 (n_2,): strictly increasing. gamma, beta, kinks (a pair) and `error` are
    as in `theory.local_entropy.local_entropy`; without `panels` their number grows until the
    largest `error` is at most `tolerance` or 320 panels an axis are reached.
    The covariance is a difference of moments around theta: it loses digits where the mean is many
    standard deviations away, about (beta |grad L|)^2 ulp of the Hessian.

    `ValueError` for axes that do not increase, gamma or beta not positive, a loss that is NaN in
    the window, or an integral that is not finite.

    >>> axis = np.linspace(-1.0, 1.0, 3)
    >>> surface = local_entropy_surface(lambda t: t @ t / 2, axis, axis, gamma=1.0)
    >>> bool(np.allclose(surface.hessian, np.eye(2) / 2, atol=1e-9))
    True
    """
    require_x64()
    check_positive(gamma=float(gamma), beta=float(beta))
    axes = tuple(tuple(np.asarray(axis, dtype=float).tolist()) for axis in (axis_1, axis_2))
    for name, axis in zip(("axis_1", "axis_2"), axes, strict=True):
        if len(axis) == 0 or np.any(np.diff(axis) <= 0):
            raise ValueError(f"{name} must be a strictly increasing sequence; got {axis}.")
    axis_kinks = tuple(tuple(np.asarray(k).tolist()) for k in kinks_by_axis(kinks, 2))
    problem = _Problem(loss, axes, float(gamma), float(beta), axis_kinks)
    plan = _plan(problem, tolerance, panels)
    if plan.first:
        return plan.first.pop()
    return _integrate(problem, plan.window, plan.panels)[0]


@lru_cache(maxsize=64)
def _plan(problem: _Problem, tolerance: float, panels: int | None) -> _Plan:
    window = _window(problem, PLANNED_CENTRES)
    width = 1.0 / math.sqrt(problem.beta * problem.gamma)
    needed = math.ceil(max(b - a for a, b in window) / (2.5 * width))
    count = panels or min(max(8, needed), LAST_PANELS)
    surface, cut_off = _integrate(problem, window, count)
    if np.max(cut_off) > tolerance / 10:
        window = _window(problem, max(len(axis) for axis in problem.axes))
        surface, cut_off = _integrate(problem, window, count)
    worst = np.unravel_index(np.argmax(cut_off), cut_off.shape)
    check_integral(float(surface.F[worst]), 0.0, float(cut_off[worst]), window)
    while panels is None and np.max(surface.error) > tolerance and count < LAST_PANELS:
        count = min(count * 3 // 2, LAST_PANELS)
        surface, _ = _integrate(problem, window, count)
    return _Plan(window, count, [surface])


def _window(problem: _Problem, centres: int) -> tuple[tuple[float, float], ...]:
    chosen = [
        np.asarray(axis)[np.linspace(0, len(axis) - 1, min(centres, len(axis))).round().astype(int)]
        for axis in problem.axes
    ]
    scan_kinks = [np.asarray(k, dtype=float) for k in problem.kinks]
    precision = problem.beta * problem.gamma
    window = mass_window(lambda t: _energies(problem, t), chosen, precision, scan_kinks)
    bounds = tuple((float(lower), float(upper)) for lower, upper in window)
    if np.any(np.isnan(_energies(problem, chosen))):
        check_integral(math.nan, math.nan, 0.0, bounds)
    far = 0.9 * SCAN_REACH / math.sqrt(precision)
    for (lower, upper), axis in zip(bounds, problem.axes, strict=True):
        if upper - axis[-1] > far or axis[0] - lower > far:
            check_integral(0.0, 0.0, math.inf, bounds)
    return bounds


def _energies(problem: _Problem, nodes: Sequence[Any]) -> np.ndarray:
    # Repeated nodes round the shapes up, so that few of them are compiled.
    padded = [np.concatenate([t, np.repeat(t[-1:], -len(t) % NODE_MULTIPLE)]) for t in nodes]
    losses = np.asarray(_losses(problem.loss, *padded))
    return problem.beta * losses[: len(nodes[0]), : len(nodes[1])]


@partial(jax.jit, static_argnums=0)
def _losses(loss: Callable[[Array], Any], t_1: Array, t_2: Array) -> Array:
    row = jax.vmap(lambda a, b: loss(jnp.stack([a, b])), (None, 0))
    return jax.vmap(row, (0, None))(t_1, t_2)


def _integrate(
    problem: _Problem, window: Sequence[tuple[float, float]], panels: int
) -> tuple[LocalEntropySurface, np.ndarray]:
    """Return the surface and the mass that the window may cut off, relative to the integral."""
    centres = [np.asarray(axis) for axis in problem.axes]
    precision = problem.beta * problem.gamma
    nets: list[tuple[np.ndarray, list[tuple[np.ndarray, np.ndarray]]]] = []
    for extra, order in RULES:
        rules = [
            panel_rule(graded_breakpoints(lower, upper, panels + extra, k, GRADING), order)
            for (lower, upper), k in zip(window, problem.kinks, strict=True)
        ]
        nets.append((_energies(problem, [t for t, _ in rules]), rules))
    (energies, rules), *coarse = nets
    if np.any(np.isnan(energies)):
        check_integral(math.nan, math.nan, 0.0, window)
    F, shift, covariance = blur_moments(energies, rules, centres, precision)
    volume = math.prod(upper - lower for lower, upper in window)
    edge = edge_energy(energies, [t for t, _ in rules], centres, precision)
    cut_off = volume * np.exp(-edge - F)
    differences = sum(np.abs(F - blur_log(*net, centres, precision)) for net in coarse)
    theta = np.stack(np.meshgrid(*centres, indexing="ij"), axis=-1)
    surface = LocalEntropySurface(
        F=F,
        gradient=-precision * shift,
        hessian=precision * np.eye(2) - precision**2 * covariance,
        mean=theta + shift,
        covariance=covariance,
        error=differences + cut_off + 8 * np.finfo(float).eps * (1 + np.abs(F)),
    )
    return surface, cut_off
