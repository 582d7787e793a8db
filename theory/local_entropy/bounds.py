"""Bounds on the curvature of -F, the local-entropy objective, over all of R^m.

All start from -hess F = beta gamma I - (beta gamma)^2 Sigma, where Sigma is the covariance of
p(theta') proportional to exp(-V), V = beta L + (beta gamma / 2) |theta' - theta|^2. So an upper
bound on the curvature is a lower bound on Sigma and conversely; Sigma >= 0 gives beta gamma I from
above for every loss. Each function returns (lower, upper) for the eigenvalues of -hess F, so that
-F is max(|lower|, |upper|)-smooth. The source has `printed_bound` alone (Kanai et al., Theorem 3).
"""

from __future__ import annotations

import math

import numpy as np
from jax.typing import ArrayLike

from theory.local_entropy.types import check_positive

__all__ = [
    "curvature_bounds_convex",
    "curvature_bounds_lipschitz",
    "curvature_bounds_nonnegative",
    "curvature_bounds_weakly_convex",
    "printed_bound",
]


def curvature_bounds_convex(
    gamma: float, beta: float = 1.0, *, smoothness: float = math.inf
) -> tuple[float, float]:
    """Return bounds for a convex loss: (0, beta gamma), or (0, beta gamma M / (gamma + M)).

    V is beta gamma-strongly convex, so Sigma <= I / (beta gamma) (Brascamp and Lieb 1976,
    theorem 4.1); hence -hess F >= 0: convexity survives (this also follows from Prekopa's
    theorem). smoothness: M with hess L <= M I, if the gradient is Lipschitz. Tight below for a
    constant loss, above for M |theta|^2 / 2, and asymptotically for a |t| at 0 as a grows.

    >>> curvature_bounds_convex(2.0), curvature_bounds_convex(2.0, smoothness=2.0)
    ((0.0, 2.0), (0.0, 1.0))
    """
    return curvature_bounds_weakly_convex(0.0, gamma, beta, smoothness=smoothness)


def curvature_bounds_weakly_convex(
    rho: float, gamma: float, beta: float = 1.0, *, smoothness: float = math.inf
) -> tuple[float, float]:
    """Return bounds when L + (rho / 2) |theta|^2 is convex, 0 <= rho < gamma.

    (-beta gamma rho / (gamma - rho), beta gamma), or with hess L <= M I, M = smoothness > -gamma,
    (-beta gamma rho / (gamma - rho), beta gamma M / (gamma + M)).

    Below: V is beta (gamma - rho)-strongly convex, so Sigma <= I / (beta (gamma - rho))
    (Brascamp and Lieb 1976, theorem 4.1). Above: integration by parts gives
    Cov(theta', grad V) = I and Cov(grad V) = E[hess V] <= beta (gamma + M) I, and Cauchy-Schwarz
    Sigma >= I / (beta (gamma + M)). Both are attained by quadratic losses.
    `ValueError` unless 0 <= rho < gamma: at rho = gamma the integral may be infinite.

    >>> curvature_bounds_weakly_convex(1.0, 2.0)
    (-2.0, 2.0)
    """
    check_positive(gamma=gamma, beta=beta)
    if not 0 <= rho < gamma:
        raise ValueError(f"rho must satisfy 0 <= rho < gamma = {gamma}; got {rho}.")
    if not smoothness >= -rho:
        raise ValueError(f"smoothness must be at least -rho = {-rho}; got {smoothness}.")
    scale = beta * gamma
    upper = scale if math.isinf(smoothness) else scale * smoothness / (gamma + smoothness)
    # Adding 0.0 turns the -0.0 of a convex loss into 0.0.
    return -scale * rho / (gamma - rho) + 0.0, upper


def curvature_bounds_lipschitz(
    G: float, gamma: float, beta: float = 1.0, *, rho: float | None = None
) -> tuple[float, float]:
    """Return bounds for a G-Lipschitz loss in the Euclidean norm, any m, kinks allowed.

    (-(beta^2 / 2) G (G + sqrt(G^2 + 4 gamma / beta)), beta gamma). Adversarial losses qualify
    with the G of Kanai et al., Proposition 1.

    L is differentiable almost everywhere (Rademacher's theorem), and integration by parts gives
    -grad F = beta E[grad L]. Differentiate: -hess F = beta^2 gamma Cov(grad L, theta'). For a unit
    top eigenvector v of Sigma, with eigenvalue s^2, Cauchy-Schwarz and |v . grad L| <= G give
    beta gamma - (beta gamma s)^2 >= -beta^2 gamma G s, a quadratic inequality in s:
    s <= (G + sqrt(G^2 + 4 gamma / beta)) / (2 gamma). Approached by G max(0, A - |t|) as G grows.

    rho: if L is also rho-weakly convex, the better of the two lower bounds is returned.

    >>> curvature_bounds_lipschitz(3.0, 4.0)
    (-12.0, 4.0)
    >>> curvature_bounds_lipschitz(3.0, 4.0, rho=2.0)
    (-4.0, 4.0)
    """
    check_positive(gamma=gamma, beta=beta)
    if not (G >= 0 and math.isfinite(G)):
        raise ValueError(f"G must be a finite Lipschitz constant, at least 0; got {G}.")
    lower = -0.5 * beta**2 * G * (G + math.sqrt(G**2 + 4 * gamma / beta)) + 0.0
    if rho is not None and rho < gamma:
        lower = max(lower, curvature_bounds_weakly_convex(rho, gamma, beta)[0])
    return lower, beta * gamma


def curvature_bounds_nonnegative(
    F: float, gamma: float, m: int, beta: float = 1.0
) -> tuple[float, float]:
    """Return bounds at one point theta for any measurable loss L >= 0, from F(theta) alone.

    (beta gamma (1 - exp(-F) (2 pi / (beta gamma))^(m/2)), beta gamma). Since exp(-beta L) <= 1,
    Sigma <= E[(theta' - theta)(theta' - theta)^T] is at most the Gaussian's second moment
    (2 pi / (beta gamma))^(m/2) I / (beta gamma) over exp(F). Attained by L = 0. F is continuous,
    so the bound is locally uniform; over all of R^m no bound holds for L >= 0 alone.
    `ValueError` if F exceeds the Gaussian integral, which contradicts L >= 0.

    >>> curvature_bounds_nonnegative(0.5 * math.log(math.pi), 2.0, 1)[1]
    2.0
    """
    check_positive(gamma=gamma, beta=beta)
    if m < 1:
        raise ValueError(f"m must be at least 1; got {m}.")
    scale = beta * gamma
    log_ratio = 0.5 * m * math.log(2 * math.pi / scale) - F
    if log_ratio < -1e-9:
        raise ValueError(
            f"F = {F} exceeds the Gaussian integral's logarithm, {F + log_ratio:.12g}; "
            "it cannot come from a loss with L >= 0."
        )
    return -scale * math.expm1(max(log_ratio, 0.0)) + 0.0, scale


def printed_bound(gamma: float, covariance: ArrayLike, beta: float = 1.0) -> float:
    """Return beta gamma + (beta gamma)^2 |Sigma|_F, the bound on |hess F| as the source prints it.

    Kanai et al., Theorem 3, with sup over theta of the Frobenius norm of the covariance;
    printed for beta = 1. Never attained: |hess F| = max(beta gamma - (beta gamma)^2 s_min,
    (beta gamma)^2 s_max - beta gamma) for the extreme eigenvalues s of Sigma.

    covariance: (m, m) at one point, or (..., m, m) over a set, whose largest norm is taken.

    >>> printed_bound(2.0, np.eye(1) / 4)
    3.0
    """
    check_positive(gamma=gamma, beta=beta)
    covariance = np.asarray(covariance)
    if covariance.ndim < 2 or covariance.shape[-1] != covariance.shape[-2]:
        raise ValueError(f"covariance must have shape (..., m, m); got {covariance.shape}.")
    norm = float(np.max(np.sqrt(np.sum(covariance**2, axis=(-2, -1)))))
    return beta * gamma + (beta * gamma) ** 2 * norm
