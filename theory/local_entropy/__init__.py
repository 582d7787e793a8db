"""Local entropy, the objective of Entropy-SGD, to quadrature accuracy in one or two dimensions.

F(theta) = log of the integral over theta' of exp(-beta L(theta') - (beta gamma / 2)
|theta' - theta|^2), with no constant added or dropped. Entropy-SGD minimises -F. With
p_theta the density proportional to the integrand, E its mean and Sigma its covariance,

    -grad F = beta gamma (theta - E),    -hess F = beta gamma I - (beta gamma)^2 Sigma.

Source: Kanai et al., equations (10) to (12) and (50) to (53) of the final version, which print
the derivatives for beta = 1.

`local_entropy` is the pointwise form; the closed forms, the form for whole surfaces and the
certified enclosures live in their own files and are offered here too. Bounds on the curvature
are in `theory.local_entropy.bounds`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from types import ModuleType
from typing import Any

import jax.numpy as jnp
import numpy as np
from jax import Array, lax
from jax.core import Tracer
from jax.typing import ArrayLike

from theory.local_entropy.balls import EnclosedLocalEntropy, enclose_local_entropy
from theory.local_entropy.closed_forms import absolute_local_entropy, quadratic_local_entropy
from theory.local_entropy.grid import Moments, loss_on_grid, moments
from theory.local_entropy.quadrature import graded_breakpoints, panel_rule
from theory.local_entropy.surface import LocalEntropySurface, local_entropy_surface
from theory.local_entropy.types import LocalEntropy, check_integral, check_positive, kinks_by_axis
from theory.local_entropy.window import mass_window
from theory.precision import require_x64

__all__ = [
    "EnclosedLocalEntropy",
    "LocalEntropy",
    "LocalEntropySurface",
    "absolute_local_entropy",
    "enclose_local_entropy",
    "local_entropy",
    "local_entropy_surface",
    "quadratic_local_entropy",
]

# Extra panels an axis and Gauss-Legendre order. The first rule gives the result. One comparison
# is fooled when a kink that was not named happens to suit both rules; two, one of them with its
# panels elsewhere, seldom are.
RULES = ((0, 12), (0, 8), (1, 7))
FIRST_PANELS = {1: 24, 2: 12}
LAST_PANELS = {1: 3072, 2: 96}
TRACED_PANELS = {1: 192, 2: 48}


def local_entropy(
    loss: Callable[[Array], Any],
    theta: ArrayLike | Sequence[float],
    gamma: ArrayLike,
    beta: ArrayLike = 1.0,
    kinks: Sequence[Any] | ArrayLike = (),
    *,
    tolerance: float = 1e-10,
    panels: int | None = None,
) -> LocalEntropy:
    """Integrate exp(-beta L(theta') - (beta gamma / 2) |theta' - theta|^2) over R^m, m = 1 or 2.

    loss: JAX function from shape (m,) to a scalar, bounded below, or falling slower than
    -(gamma / 2) |theta'|^2. theta: shape (m,). gamma, beta: positive scalars.
    kinks: where the loss is not analytic. For m = 1 a sequence of points, for m = 2 a pair of
    sequences, the lines theta'_1 = k and theta'_2 = k; a point kink (a, b), like that of
    |theta'|_2 at 0, is ([a], [b]). A kink that is not named costs digits, which `error` shows.

    The rule is composite Gauss-Legendre on a window that holds all but e^-44 of the mass, with
    panels that end at the kinks and are graded towards them. Without `panels` their number
    doubles until `error` <= tolerance or 3072 (m = 1) or 96 (m = 2) panels an axis are reached;
    under `jax.jit` or `jax.vmap`, where values are not known, it is fixed at 192 or 48.
    `error` adds the differences between order 12, which is returned, and order 8 on the same
    and order 7 on other panels, the mass that the window may cut off, and a rounding allowance;
    it is an estimate, not a bound.

    The function is differentiable by JAX in theta, gamma, beta and whatever the loss closes over.
    **The nodes are held fixed under differentiation** (`lax.stop_gradient`): the derivative
    of the sum is then the sum of the derivative, exact to quadrature accuracy, and the loss is
    never differentiated in theta', so kinks do no harm.

    `ValueError` for wrong shapes, gamma or beta not positive, a loss that is NaN in the window,
    or mass at the window's edge, which means that the integral is not finite or that the loss
    falls too fast for it. Under `jit` and `vmap` values cannot be checked.

    >>> result = local_entropy(lambda t: 0.0 * t[0], [0.3], gamma=2.0)
    >>> bool(abs(result.F - 0.5 * math.log(math.pi)) < 1e-12)
    True
    """
    require_x64()
    theta = jnp.asarray(theta, dtype=float)
    if theta.shape not in {(1,), (2,)}:
        raise ValueError(f"theta must have shape (1,) or (2,); got {theta.shape}.")
    m = theta.shape[0]
    gamma, beta = jnp.asarray(gamma, dtype=float), jnp.asarray(beta, dtype=float)
    centre, fixed_gamma, fixed_beta = (lax.stop_gradient(v) for v in (theta, gamma, beta))
    axis_kinks = kinks_by_axis(kinks, m)
    probe = lax.stop_gradient(jnp.asarray(loss(centre)))
    if probe.shape != ():
        raise ValueError(f"loss must return a scalar; it returned shape {probe.shape}.")
    known = not any(
        isinstance(v, Tracer) for v in (probe, centre, fixed_gamma, fixed_beta, *axis_kinks)
    )
    xp: ModuleType = np if known else jnp
    if known:
        check_positive(gamma=float(fixed_gamma), beta=float(fixed_beta))
        axis_kinks = [np.asarray(k) for k in axis_kinks]
        centre = np.asarray(centre)

    def energy(axes: list[Any]) -> Any:
        values = fixed_beta * lax.stop_gradient(loss_on_grid(loss, axes, known))
        return np.asarray(values) if known else values

    precision = fixed_beta * fixed_gamma
    centres = [centre[i : i + 1] for i in range(m)]
    window = mass_window(energy, centres, float(precision) if known else precision, axis_kinks, xp)
    count = panels or (FIRST_PANELS if known else TRACED_PANELS)[m]
    while True:
        result = _integrate(loss, theta, gamma, beta, window, axis_kinks, count, known)
        if panels or not known or count >= LAST_PANELS[m] or float(result.error) <= tolerance:
            return result
        count *= 2


def _integrate(
    loss: Callable[[Array], Any],
    theta: Array,
    gamma: Array,
    beta: Array,
    window: Sequence[tuple[Any, Any]],
    kinks: Sequence[Any],
    panels: int,
    known: bool,
) -> LocalEntropy:
    """Apply both rules on `panels` panels an axis, and form the moments with the finer one."""
    xp: ModuleType = np if known else jnp
    results: list[Moments] = []
    for extra, order in RULES:
        ends = [
            graded_breakpoints(lower, upper, panels + extra, axis_kinks, xp=xp)
            for (lower, upper), axis_kinks in zip(window, kinks, strict=True)
        ]
        rules = [panel_rule(axis_ends, order, xp) for axis_ends in ends]
        nodes, weights = zip(*rules, strict=True)
        losses = loss_on_grid(loss, nodes, known)
        results.append(moments(theta, gamma, beta, nodes, weights, losses))
    fine, *coarse = results
    differences = sum(jnp.abs(fine.F - other.F) for other in coarse)
    # The edge's energy, held over one more window: what may lie outside, relative to the integral.
    volume = math.prod(upper - lower for lower, upper in window)
    cut_off = volume * jnp.exp(-fine.edge - fine.F)
    if known:
        F, least, lost = (float(v) for v in lax.stop_gradient((fine.F, fine.least, cut_off)))
        check_integral(F, least, lost, window)
    precision = beta * gamma
    rounding = 8 * np.finfo(float).eps * (1 + jnp.abs(fine.F) + jnp.abs(fine.least))
    return LocalEntropy(
        F=fine.F,
        gradient=-precision * fine.shift,
        hessian=precision * jnp.eye(theta.shape[0]) - precision**2 * fine.covariance,
        mean=theta + fine.shift,
        covariance=fine.covariance,
        error=lax.stop_gradient(differences + cut_off + rounding),
    )
