"""Minimisers of robust logistic regression, and what becomes of them as the radius grows.

For F(w) = mean log(1 + exp(eps ||w|| - w.z_n)), with gamma = max_{||w|| = 1} min_n w.z_n and
eps_c = ||mean z_n||: for eps < gamma there is no minimiser (F -> 0 as w grows), for
gamma < eps < eps_c exactly one, w* != 0, and from eps_c on w = 0 is a minimiser. As eps rises to
eps_c, w* -> 0 and the curvature across w* has a pole (`collapse_law`).

Source: results of this project, about Theorem 1 of Yamada et al.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from jax.typing import ArrayLike
from jaxtyping import Float

__all__ = [
    "Collapse",
    "Symmetric",
    "collapse_law",
    "collapse_radius",
    "minimiser",
    "robust_margin",
    "symmetric_minimiser",
]

_NEWTON_STEPS = 200


def collapse_radius(z: ArrayLike) -> float:
    """eps_c = ||mean z_n||_2: from this radius on the minimiser of the robust loss is w = 0."""
    return float(np.linalg.norm(np.mean(np.asarray(z, float), axis=0)))


def robust_margin(z: ArrayLike) -> float:
    """max(0, gamma), the distance of the convex hull of the z_n from 0.

    For eps < gamma the data can be separated robustly: the loss has infimum 0 and no minimiser.

    >>> round(robust_margin(np.array([[1.0, 1.0], [1.0, -1.0]])), 9)
    1.0
    """
    from scipy.optimize import nnls

    z = np.asarray(z, float)
    # By homogeneity, min ||Z'a||^2 + (1'a - 1)^2 over a >= 0 points to the nearest point.
    system = np.concatenate([z.T, np.ones((1, len(z)))])
    share, _ = nnls(system, np.append(np.zeros(z.shape[1]), 1.0))
    return float(np.linalg.norm(share @ z) / share.sum())


def minimiser(z: ArrayLike, eps: float) -> Float[np.ndarray, " d"]:
    """The minimiser of the robust loss by damped Newton steps; 0 if eps >= eps_c.

    Raises ValueError for eps <= gamma, where the infimum 0 is not attained.

    >>> minimiser(np.array([[1.0, 0.0], [0.0, 40.0], [0.0, -40.0]]), 0.25).round(9).tolist()
    [0.742911783, 0.0]
    """
    z = np.asarray(z, float)
    if z.ndim != 2 or not len(z) or not eps >= 0:
        raise ValueError(f"z has shape (n, d), n >= 1, and eps >= 0; got {z.shape} and {eps}")
    centre = z.mean(axis=0)
    if eps >= np.linalg.norm(centre):
        return np.zeros(z.shape[1])
    if (margin := robust_margin(z)) >= eps:
        raise ValueError(
            f"the data have robust margin {margin:.6g} >= eps = {eps}: the loss tends to 0 as the "
            "weights grow and has no minimiser; take a larger eps"
        )
    w = centre / np.linalg.norm(centre)
    while _loss(w, z, eps) >= np.log(2.0):
        w = w / 2
    for _ in range(_NEWTON_STEPS):
        gradient, hessian = _newton_system(w, z, eps)
        step = np.linalg.solve(hessian + 1e-300 * np.eye(len(w)), gradient)
        decrease, here, size = float(gradient @ step), _loss(w, z, eps), 1.0
        if decrease < 1e-28:
            return w - step
        while _loss(w - size * step, z, eps) > here - 0.25 * size * decrease and size > 1e-9:
            size /= 2
        w = w - size * step
    return w


def _loss(w: np.ndarray, z: np.ndarray, eps: float) -> float:
    return float(np.logaddexp(0.0, eps * np.linalg.norm(w) - z @ w).mean())


def _newton_system(w: np.ndarray, z: np.ndarray, eps: float) -> tuple[np.ndarray, np.ndarray]:
    length = np.linalg.norm(w)
    direction = w / length
    s = 0.5 * (1.0 + np.tanh(0.5 * (eps * length - z @ w)))
    u = z - eps * direction
    projector = np.eye(len(w)) - np.outer(direction, direction)
    curvature = (s * (1 - s) * u.T) @ u / len(z) + eps * s.mean() / length * projector
    return -(s @ u) / len(z), curvature


class Collapse(NamedTuple):
    """Leading terms as delta = eps_c - eps falls to 0, with v = Var(z_n.mu / ||mu||), mu = mean z.

    ``norm``: ||w*|| ~ 2 delta / v; ``loss_drop``: log 2 - F(w*) ~ delta^2 / (2 v); ``tangential``:
    d - 1 eigenvalues ~ eps_c v / (4 delta); ``radial``: the other one ~ v / 4; ``normalised``:
    ||w*||^2 lambda_max ~ eps_c delta / v.
    """

    norm: float
    loss_drop: float
    tangential: float
    radial: float
    normalised: float


def collapse_law(z: ArrayLike, eps: float) -> Collapse:
    """The leading terms at eps, for 0 < eps < eps_c and v > 0; ValueError elsewhere.

    >>> collapse_law(np.array([[2.0, 0.0], [0.0, 1.0], [1.0, -1.0]]), 0.9).tangential.__round__(6)
    1.666667
    """
    z = np.asarray(z, float)
    edge = collapse_radius(z)
    if not 0 < eps < edge:
        raise ValueError(f"the collapse is at eps_c = {edge:.6g}; need 0 < eps < eps_c, got {eps}")
    variance = float(np.var(z @ z.mean(axis=0)) / edge**2)
    if variance == 0:
        raise ValueError("all z_n have the same component along their mean: nothing to expand")
    delta = edge - eps
    return Collapse(
        norm=2 * delta / variance,
        loss_drop=delta**2 / (2 * variance),
        tangential=edge * variance / (4 * delta),
        radial=variance / 4,
        normalised=edge * delta / variance,
    )


class Symmetric(NamedTuple):
    """The minimiser (r, 0) of the symmetric family, and the Hessian diag(radial, tangential)."""

    r: float
    radial: float
    tangential: float


def symmetric_minimiser(k: int, B: float, eps: float) -> Symmetric:
    """The minimiser for k samples z = (1, 0) and one each (0, B), (0, -B); 0 < eps < k / (k + 2).

    By symmetry and convexity it is (r, 0) with k p sigma(-r p) = 2 eps sigma(r eps), p = 1 - eps.
    ValueError for other eps.

    >>> [round(symmetric_minimiser(2, 40.0, eps).tangential, 6) for eps in (0.1, 0.3)]
    [195.621499, 190.4835]
    """
    if not 0 < eps < k / (k + 2):
        raise ValueError(f"a minimiser other than 0 needs 0 < eps < {k / (k + 2):.6g}; got {eps}")
    p = 1 - eps

    def slope(r: float) -> float:
        return 2 * eps * _sigmoid(r * eps) - k * p * _sigmoid(-r * p)

    high = 1.0
    while slope(high) < 0:
        high *= 2
    from scipy.optimize import brentq

    root: Any = brentq(slope, 0.0, high, xtol=1e-300, rtol=4 * np.finfo(float).eps)
    r = float(root)
    one, far = _sigmoid(-r * p), _sigmoid(r * eps)
    flat = eps * (k * one + 2 * far) / ((k + 2) * r)
    spread = 2 * far * (1 - far)
    return Symmetric(
        r=r,
        radial=(k * one * (1 - one) * p**2 + spread * eps**2) / (k + 2),
        tangential=spread * B**2 / (k + 2) + flat,
    )


def _sigmoid(t: float) -> float:
    return float(0.5 * (1.0 + np.tanh(0.5 * t)))
