"""Local entropy in closed form: quadratic losses, and the absolute value in one dimension."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import jax.numpy as jnp
import numpy as np
from jax import Array, lax
from jax.core import Tracer
from jax.scipy.special import log_ndtr
from jax.typing import ArrayLike

from theory.local_entropy.types import LocalEntropy, check_positive
from theory.precision import require_x64

__all__ = ["absolute_local_entropy", "quadratic_local_entropy"]

LOG_SQRT_2PI = 0.5 * math.log(2 * math.pi)
# Left of this the moments of a half Gaussian come from their asymptotic series.
SERIES_START = -12.0
SERIES_TERMS = 24


def quadratic_local_entropy(
    A: ArrayLike | Sequence[Any],
    theta: ArrayLike | Sequence[float],
    gamma: ArrayLike,
    beta: ArrayLike = 1.0,
) -> LocalEntropy:
    """Return local entropy of L = theta^T A theta / 2 for symmetric A with A + gamma I > 0.

    With R = (A + gamma I)^-1: E = gamma R theta, Sigma = R / beta, -hess F = beta gamma A R and
    F = (m/2) log(2 pi / beta) - log det(A + gamma I) / 2 - (beta gamma / 2) theta^T A R theta.

    A: (m, m), theta: (m,), any m. `error` is a rounding allowance. `ValueError` if A is not
    square and symmetric, or A + gamma I is not positive definite: the integral is then infinite.

    >>> result = quadratic_local_entropy([[3.0]], [2.0], gamma=1.0, beta=2.0)
    >>> float(result.hessian[0, 0]), float(result.mean[0]), float(result.covariance[0, 0])
    (1.5, 0.5, 0.125)
    """
    require_x64()
    A, theta = jnp.asarray(A, dtype=float), jnp.asarray(theta, dtype=float)
    gamma, beta = _positive(gamma, beta)
    if theta.ndim != 1 or A.shape != (theta.shape[0], theta.shape[0]):
        raise ValueError(
            f"A must have shape (m, m) and theta (m,); got {A.shape} and {theta.shape}."
        )
    m = theta.shape[0]
    factor = jnp.linalg.cholesky(A + gamma * jnp.eye(m))
    if not isinstance(lax.stop_gradient(factor), Tracer):
        values = np.asarray(lax.stop_gradient(A))
        if not np.allclose(values, values.T, rtol=1e-12, atol=0.0):
            raise ValueError("A must be symmetric; pass (A + A.T) / 2.")
        if not np.all(np.isfinite(lax.stop_gradient(factor))):
            raise ValueError(
                f"A + gamma I must be positive definite; the least eigenvalue of A is "
                f"{np.linalg.eigvalsh(values)[0]:.6g} and gamma is {float(gamma):.6g}. "
                "Use a larger gamma: otherwise the integral is infinite."
            )
    inverse = jnp.linalg.solve(A + gamma * jnp.eye(m), jnp.eye(m))
    inverse = (inverse + inverse.T) / 2
    product = beta * gamma * (A @ inverse)
    hessian = (product + product.T) / 2
    log_det = 2 * jnp.sum(jnp.log(jnp.diagonal(factor)))
    F = m * (LOG_SQRT_2PI - 0.5 * jnp.log(beta)) - 0.5 * log_det - 0.5 * theta @ hessian @ theta
    return LocalEntropy(
        F=F,
        gradient=hessian @ theta,
        hessian=hessian,
        mean=gamma * (inverse @ theta),
        covariance=inverse / beta,
        error=_rounding(F),
    )


def absolute_local_entropy(
    slope: ArrayLike, theta: ArrayLike | Sequence[float], gamma: ArrayLike, beta: ArrayLike = 1.0
) -> LocalEntropy:
    """Return local entropy of L = a |t|, a = slope of either sign, in one dimension.

    Each half line carries a Gaussian cut at 0: with s = sqrt(beta gamma) and z_+- = s (+- theta -
    a / gamma), exp(F) = (sqrt(2 pi) / s) exp(beta a^2 / (2 gamma)) *
    [exp(-beta a theta) Phi(z_+) + exp(beta a theta) Phi(z_-)]; the moments follow from those of a
    half Gaussian. Far in the tail, z < -12, they come from the asymptotic series of Mills' ratio,
    so that nothing overflows. F is good to rounding; the mean loses up to six digits, and the
    variance up to eight, next to that switch.

    theta: shape () or (1,). The result has m = 1. `error` is a rounding allowance.

    >>> result = absolute_local_entropy(0.0, 0.3, gamma=2.0)
    >>> bool(abs(result.F - 0.5 * math.log(math.pi)) < 1e-15)
    True
    """
    require_x64()
    gamma, beta = _positive(gamma, beta)
    slope, theta = jnp.asarray(slope, dtype=float), jnp.asarray(theta, dtype=float)
    if theta.shape not in {(), (1,)} or slope.shape != ():
        raise ValueError(
            f"slope must be a scalar and theta have shape () or (1,); got {slope.shape} and "
            f"{theta.shape}."
        )
    theta = theta.reshape(())
    s = jnp.sqrt(beta * gamma)
    logs, firsts, seconds = [], [], []
    for sign in (1.0, -1.0):
        z = s * (sign * theta - slope / gamma)
        log_mass, first, second = _half_gaussian(z)
        # For z > 0 the exponents z^2 and theta^2 would cancel; this form has them subtracted.
        direct = beta * (slope**2 / (2 * gamma) - sign * slope * theta) + log_ndtr(z) + LOG_SQRT_2PI
        logs.append(jnp.where(z > 0, direct, log_mass - 0.5 * beta * gamma * theta**2))
        firsts.append(sign * first / s)
        seconds.append(second / s**2)
    total = jnp.logaddexp(logs[0], logs[1])
    shares = [jnp.exp(log - total) for log in logs]
    mean = shares[0] * firsts[0] + shares[1] * firsts[1]
    within = sum(p * (b - a**2) for p, a, b in zip(shares, firsts, seconds, strict=True))
    variance = within + shares[0] * shares[1] * (firsts[0] - firsts[1]) ** 2
    precision = beta * gamma
    F = total - jnp.log(s)
    return LocalEntropy(
        F=F,
        gradient=(precision * (theta - mean)).reshape(1),
        hessian=(precision - precision**2 * variance).reshape(1, 1),
        mean=mean.reshape(1),
        covariance=variance.reshape(1, 1),
        error=_rounding(F),
    )


def _half_gaussian(z: Array) -> tuple[Array, Array, Array]:
    """Return log of the integral of exp(z u - u^2 / 2) over u > 0, and E[u], E[u^2] there."""
    # Both branches get arguments on which they are finite, so that derivatives are too.
    far = z < SERIES_START
    near_z = jnp.where(far, SERIES_START, z)
    log_near = log_ndtr(near_z) + 0.5 * near_z**2 + LOG_SQRT_2PI
    mills = jnp.exp(-0.5 * near_z**2 - LOG_SQRT_2PI - log_ndtr(near_z))
    first_near = near_z + mills
    x = -jnp.where(far, z, SERIES_START)
    sums = [
        sum(
            (-1.0) ** n * _coefficient(k, n) * x ** (-2.0 * n)
            for n in reversed(range(SERIES_TERMS))
        )
        for k in range(3)
    ]
    log_mass = jnp.where(far, jnp.log(sums[0]) - jnp.log(x), log_near)
    first = jnp.where(far, sums[1] / (sums[0] * x), first_near)
    second = jnp.where(far, sums[2] / (sums[0] * x**2), 1 + near_z * first_near)
    return log_mass, first, second


def _coefficient(k: int, n: int) -> float:
    """Return (k + 2 n)! / (2^n n!): the integral of u^k (u^2 / 2)^n / n! exp(-u)."""
    return math.factorial(k + 2 * n) / (2**n * math.factorial(n))


def _positive(gamma: ArrayLike, beta: ArrayLike) -> tuple[Array, Array]:
    gamma, beta = jnp.asarray(gamma, dtype=float), jnp.asarray(beta, dtype=float)
    for name, value in (("gamma", gamma), ("beta", beta)):
        if not isinstance(lax.stop_gradient(value), Tracer):
            check_positive(**{name: float(lax.stop_gradient(value))})
    return gamma, beta


def _rounding(F: Array) -> Array:
    return lax.stop_gradient(64 * np.finfo(float).eps * (1 + jnp.abs(F)))
