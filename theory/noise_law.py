"""Logistic regression with random noise on its inputs, where the losses are small: the exact law.

For a sample with a small loss the Hessian of log(1 + kappa), kappa = exp(-y w.(x + eta)), is
kappa (x + eta)(x + eta)^T up to a factor between 1 - 2 kappa and 1. Its mean over independent noise
eta_k is, with kappa_0 = exp(-y w.x), t = eps w,

    E[kappa (x + eta)(x + eta)^T] = kappa_0 M [(x + a)(x + a)^T + diag(tau)]

    eta_k ~ U(-eps, eps):  M = prod sinh(t_k) / t_k,  a_k = -y eps Lg(t_k),  tau_k = eps^2 Lg'(t_k)
    eta_k ~ N(0, s^2):     M = exp(s^2 ||w||^2 / 2),  a = -y s^2 w,          tau_k = s^2

where Lg(t) = coth t - 1/t is the Langevin function. Weighting by kappa tilts the noise towards
larger losses: a is its mean under that weight, tau its variance. For weak noise a -> -y eps^2 w / 3
and tau -> eps^2 / 3; for strong noise a -> -y eps sign(w), the adversarial perturbation for L-inf.

Source: results of this project, in place of Eq. (15) of Yamada et al.
"""

from __future__ import annotations

from typing import NamedTuple

import jax.numpy as jnp
from jax.typing import ArrayLike
from jaxtyping import Array, Float

from theory.precision import require_x64

__all__ = [
    "TiltedNoise",
    "gaussian_noise",
    "langevin",
    "langevin_slope",
    "log_sinhc",
    "noise_hessian",
    "uniform_noise",
]

# Below, the continued fraction t / (3 + t^2 / (5 + ...)); above, the formulas with exp(-2 t).
_CROSSOVER = 2.0
_LEVELS = 14


class TiltedNoise(NamedTuple):
    """Noise weighted by exp(-y w.eta).

    ``log_mass``: log E exp(-y w.eta) = log M; ``mean``: a and ``variance``: tau, of shape (d,).
    """

    log_mass: Float[Array, ""]
    mean: Float[Array, " d"]
    variance: Float[Array, " d"]


def _parts(t: ArrayLike) -> tuple[Array, Array, Array]:
    """|t| made safe for either formula, and whether t is small."""
    require_x64()
    size = jnp.abs(jnp.asarray(t, float))
    small = size < _CROSSOVER
    return jnp.where(small, size, 0.0), jnp.where(small, _CROSSOVER, size), small


def _quotient(t: Array) -> Array:
    """Lg(t) / t = 1 / (3 + t^2 / (5 + t^2 / (7 + ...))) for small t; all terms are positive."""
    square, tail = t * t, jnp.full_like(t, 2.0 * _LEVELS + 1.0)
    for odd in range(2 * _LEVELS - 1, 1, -2):
        tail = odd + square / tail
    return 1.0 / tail


def langevin(t: ArrayLike) -> Float[Array, "*n"]:
    """Lg(t) = coth t - 1/t elementwise, 0 at 0, with full relative accuracy everywhere.

    Odd, increasing, |Lg| < 1; t/3 - t^3/45 + ... near 0 and sign(t) - 1/t far away.

    >>> [float(f"{v:.9g}") for v in langevin(jnp.array([0.0, 1e-9, 1.0, -1e9]))]
    [0.0, 3.33333333e-10, 0.313035285, -0.999999999]
    """
    near, far, small = _parts(t)
    decay = jnp.exp(-2.0 * far)
    value = jnp.where(small, near * _quotient(near), (1 + decay) / (1 - decay) - 1.0 / far)
    return jnp.sign(jnp.asarray(t, float)) * value


def langevin_slope(t: ArrayLike) -> Float[Array, "*n"]:
    """Lg'(t) = 1/t^2 - 1/sinh(t)^2 elementwise, 1/3 at 0: the variance under exp(-t u).

    0 < Lg' <= 1/3, with equality at t = 0 only.

    >>> [float(f"{v:.9g}") for v in langevin_slope(jnp.array([0.0, 1.0, 1e3]))]
    [0.333333333, 0.275938339, 1e-06]
    """
    near, far, small = _parts(t)
    quotient, decay = _quotient(near), jnp.exp(-2.0 * far)
    # Lg' = 1 - Lg^2 - 2 Lg / t.
    close = 1.0 - 2.0 * quotient - (near * quotient) ** 2
    return jnp.where(small, close, 1.0 / far**2 - 4.0 * decay / (1.0 - decay) ** 2)


def log_sinhc(t: ArrayLike) -> Float[Array, "*n"]:
    """log(sinh(t) / t) elementwise, 0 at 0; between 0 and min(t^2 / 6, |t|).

    >>> [float(f"{v:.9g}") for v in log_sinhc(jnp.array([0.0, 1e-8, 1.0, 1e4]))]
    [0.0, 1.66666667e-17, 0.161439362, 9990.09651]
    """
    near, far, small = _parts(t)
    square = near * near
    # sinh(t)/t - 1 = t^2/6 (1 + t^2/20 (1 + t^2/42 (...))): positive terms, so nothing cancels.
    series = jnp.ones_like(near)
    for k in range(_LEVELS, 1, -1):
        series = 1.0 + square / (2 * k * (2 * k + 1)) * series
    large = far + jnp.log1p(-jnp.exp(-2.0 * far)) - jnp.log(2.0 * far)
    return jnp.where(small, jnp.log1p(square / 6.0 * series), large)


def _weights(w: ArrayLike, y: ArrayLike) -> tuple[Array, Array]:
    w, y = jnp.asarray(w, float), jnp.asarray(y, float)
    if w.ndim != 1 or y.ndim != 0:
        raise ValueError(f"w has shape (d,) and y is one label; got shapes {w.shape} and {y.shape}")
    return w, y


def uniform_noise(w: ArrayLike, y: ArrayLike, eps: ArrayLike) -> TiltedNoise:
    """The noise eta_k ~ U(-eps, eps) weighted by exp(-y w.eta), eps > 0; w has shape (d,).

    >>> noise = uniform_noise(jnp.array([0.0, 2.0]), 1, 0.5)
    >>> [round(v, 6) for v in noise.mean.tolist()], [round(v, 6) for v in noise.variance.tolist()]
    ([-0.0, -0.156518], [0.083333, 0.068985])
    """
    w, y = _weights(w, y)
    t = eps * w
    return TiltedNoise(
        jnp.sum(log_sinhc(t)), -y * eps * langevin(t), jnp.square(eps) * langevin_slope(t)
    )


def gaussian_noise(w: ArrayLike, y: ArrayLike, sigma: ArrayLike) -> TiltedNoise:
    """The noise eta ~ N(0, sigma^2 I), sigma the standard deviation, weighted by exp(-y w.eta).

    >>> round(gaussian_noise(jnp.array([3.0, 4.0]), 1, 0.2).log_mass.item(), 12)
    0.5
    """
    require_x64()
    w, y = _weights(w, y)
    variance = jnp.square(jnp.asarray(sigma, float))
    return TiltedNoise(variance * (w @ w) / 2.0, -y * variance * w, jnp.full_like(w, variance))


def noise_hessian(w: ArrayLike, x: ArrayLike, y: ArrayLike, noise: TiltedNoise) -> Array:
    """kappa_0 M [(x + a)(x + a)^T + diag(tau)], shape (d, d), for one sample x of shape (d,).

    >>> w, x = jnp.array([1.0, 0.0]), jnp.array([2.0, 1.0])
    >>> [round(v, 6) for v in noise_hessian(w, x, 1, uniform_noise(w, 1, 1e-9)).ravel().tolist()]
    [0.541341, 0.270671, 0.270671, 0.135335]
    """
    w, y = _weights(w, y)
    x = jnp.asarray(x, float)
    if x.shape != w.shape:
        raise ValueError(f"x is one sample of the shape of w, {w.shape}; got {x.shape}")
    shifted = x + noise.mean
    mass = jnp.exp(noise.log_mass - y * (w @ x))
    return mass * (jnp.outer(shifted, shifted) + jnp.diag(noise.variance))
