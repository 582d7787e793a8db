"""Smoothness constants of logistic regression under an L2 attack: three upper bounds, two exact.

All constants are in the L2 norm, for d >= 2 and samples with ||x|| <= R. Notation: sigma the
sigmoid, r <= ||theta||, and l_eps = softplus(-y theta.x + eps ||theta||), whose gradient is

    grad l_eps = sigma(h) g,   h = -y theta.x + eps ||theta||,   g = -y x + eps theta/||theta||.

**The true constant lies on the inner sphere.** By `theory.curvature.adversarial_hessian_norm` the
Hessian's norm is the largest eigenvalue of M = kappa (e, w)(e, w)' + a (0, 1)(0, 1)', where
c = y u.x, e = eps - c, w^2 = ||x||^2 - c^2, h = rho e, kappa = sigma(h) sigma(-h) and
a = sigma(h) eps / rho. It increases in kappa, a, e^2 and w^2 (trace kappa (e^2 + w^2) + a,
determinant kappa a e^2). Hence over ||x|| <= R and ||theta|| >= r it is largest

 1. at ||x|| = R, which makes w^2 largest;
 2. at some c <= eps: for c > eps its mirror image 2 eps - c lies in [-R, R] and has the same kappa
    and e^2, but a larger a and w^2;
 3. at rho = r: for e >= 0 both kappa and a decrease in rho, since t -> sigma(t e) / t decreases.

So the supremum is max { lambda(r, c) : -R <= c <= min(R, eps) }, a search in one dimension, and an
upper limit on ||theta|| does not change it.
"""

from __future__ import annotations

import math
from typing import Literal, NamedTuple

import numpy as np
from jax.typing import ArrayLike
from scipy.optimize import minimize_scalar
from scipy.special import expit

__all__ = ["LogisticConstants", "logistic_constants", "smoothness_bound"]

_RELATIVE_GAP = 1e-9


class LogisticConstants(NamedTuple):
    """The constants of Assumption 1 of Kanai et al. for l = log(1 + exp(-y theta.x))."""

    C_theta: float
    C_thetatheta: float
    C_thetax: float


def logistic_constants(radius_x: ArrayLike, radius_theta: ArrayLike) -> LogisticConstants:
    """Exact suprema over ||x|| <= R = radius_x, ||theta|| <= radius_theta, in dimension d >= 2.

        C_theta      = sup ||grad_theta l||          = R sigma(P),   P = R radius_theta
        C_thetatheta = sup ||grad_theta^2 l||        = R^2 / 4       (at theta orthogonal to x)
        C_thetax     = sup ||grad_x grad_theta l||
                     = max { (kappa P + sqrt(kappa^2 P^2 + 4 s (s - kappa m))) / 2 : -P <= m <= P }

    with s = sigma(-m), kappa = s (1 - s), m = y theta.x: the singular values of
    -y s I + kappa x theta' have product |s (s - kappa m)| and sum of squares
    2 s^2 - 2 s kappa m + kappa^2 P^2. C_thetax is found to a relative 1e-12; it grows like P/4, so
    it is infinite for radius_theta = inf (and R > 0), where C_theta = R. For an attack, R has to
    include the radius eps. For d = 1 these are upper bounds; there C_thetax stays below 1.0999.

    Raises `ValueError` for negative or NaN radii and infinite radius_x.

    Source: Kanai et al., Assumption 1 (early (11)-(13), final (5)-(7)), which states no sets for x
    and theta: with theta unrestricted the third constant does not exist.

    >>> constants = logistic_constants(2.0, 0.5)
    >>> [round(value, 6) for value in constants]
    [1.462117, 1.0, 0.927671]
    >>> logistic_constants(2.0, math.inf)
    LogisticConstants(C_theta=2.0, C_thetatheta=1.0, C_thetax=inf)
    """
    radius_x, radius_theta = _number(radius_x), _number(radius_theta)
    _require("radius_x", radius_x, 0.0 <= radius_x < math.inf, "finite and >= 0")
    _require("radius_theta", radius_theta, radius_theta >= 0.0, ">= 0, or inf")
    reach = radius_x * radius_theta if radius_x > 0.0 else 0.0
    mixed = math.inf if math.isinf(reach) else _largest_mixed_norm(reach)
    return LogisticConstants(float(radius_x * expit(reach)), radius_x**2 / 4.0, mixed)


def smoothness_bound(
    radius_x: ArrayLike,
    eps: ArrayLike,
    theta_min: ArrayLike,
    theta_max: ArrayLike = math.inf,
    *,
    which: Literal["printed", "sharp", "true"] = "sharp",
) -> float:
    """Lipschitz constant of grad l_eps on theta_min <= ||theta|| <= theta_max, ||x|| <= radius_x.

    With R = radius_x, r = theta_min, and d >= 2:

        printed : C_thetatheta + eps C_thetax / r with the exact `logistic_constants` at the radii
                  R + eps and theta_max. Infinite for theta_max = inf (unless eps = 0).
                  Theorem 1 of Kanai et al. (early (28), final (16)).
        sharp   : (R + eps)^2 / 4 + (eps / r) sigma(r (R + eps)). For every pair in ||theta|| >= r,
                  which is neither bounded nor convex, and also for d = 1.
        true    : sup ||Hessian of l_eps||, the value that no bound can undercut, from above and to
                  a relative 1e-9: the search leaves no cell in which the norm could be larger. It
                  does not depend on theta_max (module docstring).

    Proof of "sharp": let b = ||theta_2|| <= ||theta_1||. In sigma(h_1) g_1 - sigma(h_2) g_2 =
    (sigma(h_1) - sigma(h_2)) g_1 + sigma(h_2) eps (u_1 - u_2), h is (R + eps)-Lipschitz,
    ||g|| <= R + eps, h_2 <= b (R + eps), ||u_1 - u_2|| <= ||theta_1 - theta_2|| / b, and
    sigma(b (R + eps)) / b decreases in b.

    "true" bounds pairs whose segment stays in ||theta|| >= r; whether it bounds the other pairs of
    this non-convex set is not proved (for d = 1 it is false).

    Raises `ValueError` for ranges that are empty, negative or NaN, and for theta_min = 0, where the
    gradient jumps and no constant exists.

    >>> for which in ("printed", "sharp", "true"):
    ...     print(round(smoothness_bound(2**0.5, 0.6, 0.1, 8**0.5, which=which), 3))
    10.763
    4.315
    3.642
    """
    radius_x, eps = _number(radius_x), _number(eps)
    theta_min, theta_max = _number(theta_min), _number(theta_max)
    _require("radius_x", radius_x, 0.0 <= radius_x < math.inf, "finite and >= 0")
    _require("eps", eps, 0.0 <= eps < math.inf, "finite and >= 0")
    _require(
        "theta_min",
        theta_min,
        0.0 < theta_min < math.inf,
        "finite and > 0, because the gradient jumps at theta = 0 and no constant exists there",
    )
    _require("theta_max", theta_max, theta_max >= theta_min, f">= theta_min={theta_min}, or inf")
    radius = radius_x + eps
    if which == "printed":
        constants = logistic_constants(radius, theta_max)
        # Without an attack the term is absent, even where C_thetax is infinite.
        attack = eps * constants.C_thetax / theta_min if eps > 0.0 else 0.0
        return constants.C_thetatheta + attack
    sharp = radius**2 / 4.0 + eps / theta_min * float(expit(theta_min * radius))
    if which == "sharp":
        return sharp
    if which == "true":
        return min(sharp, _largest_hessian_norm(radius_x, eps, theta_min))
    raise ValueError(f'which is "printed", "sharp" or "true"; got {which!r}.')


def _largest_mixed_norm(reach: float) -> float:
    """Maximise ||-y s I + kappa x theta'|| over m, |m| <= reach = ||x|| ||theta||."""

    def norm(m: np.ndarray | float) -> np.ndarray | float:
        s = expit(-m)
        kappa = s * expit(m)
        inside = (kappa * reach) ** 2 + 4.0 * s * (s - kappa * m)
        return 0.5 * (kappa * reach + np.sqrt(np.maximum(inside, 0.0)))

    # Beyond |m| = 50 the norm is below 1.01 + 1e-21 reach, far less than reach/4, its value at 0.
    # The step of 0.01 is fine against sigma, whose features are of order one.
    end = min(reach, 50.0)
    grid = np.linspace(-end, end, 10001)
    values = np.asarray(norm(grid))
    k = int(np.argmax(values))
    left, right = grid[max(k - 1, 0)], grid[min(k + 1, grid.size - 1)]
    refined = minimize_scalar(
        lambda m: -norm(m), bounds=(left, right), method="bounded", options={"xatol": 1e-9}
    )
    return max(float(values[k]), -float(refined.fun))


def _largest_hessian_norm(radius_x: float, eps: float, rho: float) -> float:
    """Maximise lambda(rho, c) over e = eps - c in [max(eps - R, 0), eps + R] by branch and bound.

    A cell is split until its upper bound is within the relative gap of the best value found, so the
    result is the supremum, rounded up by at most that gap (and the rounding errors of float64).
    """
    edges = np.linspace(max(eps - radius_x, 0.0), eps + radius_x, 257)
    low, high = edges[:-1], edges[1:]
    best = 0.0
    for _ in range(200):
        points = np.concatenate([low, 0.5 * (low + high), high])
        best = max(best, float(np.max(_norm_on_cells(points, points, radius_x, eps, rho))))
        open_cells = _norm_on_cells(low, high, radius_x, eps, rho) > best * (1.0 + _RELATIVE_GAP)
        if not np.any(open_cells):
            return best * (1.0 + _RELATIVE_GAP)
        low, high = low[open_cells], high[open_cells]
        middle = 0.5 * (low + high)
        low, high = np.concatenate([low, middle]), np.concatenate([middle, high])
    raise ArithmeticError(
        f"the search for the largest Hessian norm did not close (radius_x={radius_x}, eps={eps}, "
        f"theta_min={rho}); rescale x so that radius_x is of order one."
    )


def _norm_on_cells(
    low: np.ndarray, high: np.ndarray, radius_x: float, eps: float, rho: float
) -> np.ndarray:
    """Upper bound of lambda for low <= e <= high; equality where low == high.

    Each of kappa, a, e^2 and w^2 is replaced by its largest value on the cell.
    """
    kappa = expit(rho * low) * expit(-rho * low)
    a = expit(rho * high) * eps / rho
    nearest_c = np.maximum(np.maximum(eps - high, low - eps), 0.0)
    along = kappa * high**2
    across = kappa * np.maximum(radius_x**2 - nearest_c**2, 0.0) + a
    coupling = np.sqrt(along * (across - a))
    return 0.5 * (along + across + np.hypot(along - across, 2.0 * coupling))


def _number(value: ArrayLike) -> float:
    return float(np.asarray(value))


def _require(name: str, value: float, condition: bool, demand: str) -> None:
    if not condition:
        raise ValueError(f"{name} must be {demand}; got {name}={value}.")
