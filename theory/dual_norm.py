"""Dual norms with a chosen subgradient: what an L_p attack on a linear function can gain.

    max { <theta, delta> : ||delta||_p <= 1 } = ||theta||_q,   1/p + 1/q = 1,

and a maximiser is a (sub)gradient of ||.||_q at theta. Where the norm has a kink (the origin; for
q = 1 a zero coordinate; for q = inf a tie of the largest |theta_i|) everything here takes the
subgradient of smallest Euclidean norm, in closed form and under automatic differentiation alike.
Checks of arguments shared by the closed-form losses live here too; they read concrete values only,
so that the losses can be traced.
"""

from __future__ import annotations

import math

import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer
from jax.typing import ArrayLike
from jaxtyping import Array, Float

from theory.precision import require_x64

__all__ = ["as_parameter", "as_radius", "as_sample", "dual_exponent", "lq_norm", "steepest"]


def dual_exponent(p: float | int) -> float:
    """Return q = p / (p - 1), the exponent dual to p in [1, inf].

    Raises `ValueError` for p < 1, where the "ball" is not convex and there is no dual norm.

    >>> dual_exponent(1), dual_exponent(2), dual_exponent(3), dual_exponent(math.inf)
    (inf, 2.0, 1.5, 1.0)
    """
    p = float(p)
    if not p >= 1.0:
        raise ValueError(f"p is the exponent of the attack's norm, in [1, inf]; got p={p}.")
    if p == 1.0:
        return math.inf
    return 1.0 if math.isinf(p) else p / (p - 1.0)


def lq_norm(theta: ArrayLike, q: float | int) -> Float[Array, ""]:
    """||theta||_q for theta of shape (d,) and q in [1, inf], free of NaN under differentiation.

    `jax.grad` of it is the subgradient of smallest Euclidean norm, so 0 at the origin. Second
    derivatives are those of the norm where it has them; for 1 < q < 2 they are infinite at a zero
    coordinate, which then contributes 0.

    >>> float(lq_norm(np.array([3.0, -4.0]), 2)), float(lq_norm(np.array([3.0, -4.0]), math.inf))
    (5.0, 4.0)
    >>> jax.grad(lq_norm)(jnp.zeros(2), 2.0).tolist()
    [0.0, 0.0]
    """
    require_x64()
    theta = jnp.asarray(theta, jnp.float64)
    # Not jnp.abs, whose derivative at 0 is 1: this one has derivative 0 there.
    size = theta * jnp.sign(theta)
    if q == 1.0:
        return jnp.sum(size)
    if math.isinf(q):
        return jnp.max(size)
    # The norm does not depend on `scale`, so holding it constant leaves every derivative exact
    # and keeps the powers from over- and underflowing.
    scale = jax.lax.stop_gradient(jnp.max(size))
    scale = jnp.where(scale == 0.0, 1.0, scale)
    if q == 2.0:
        total = jnp.sum((theta / scale) ** 2)
    else:
        zero = theta == 0.0
        total = jnp.sum(jnp.where(zero, 0.0, jnp.where(zero, 1.0, size / scale) ** q))
    empty = total == 0.0
    total = jnp.where(empty, 1.0, total)
    root = jnp.sqrt(total) if q == 2.0 else total ** (1.0 / q)
    return jnp.where(empty, 0.0, scale * root)


def steepest(theta: ArrayLike, p: float | int) -> Float[Array, " d"]:
    """Return the direction v, ||v||_p <= 1, with <theta, v> = ||theta||_q, for theta of shape (d,).

        1 < p < inf :  v_i = sign(theta_i) (|theta_i| / ||theta||_q)^(q - 1)
        p = inf     :  v_i = sign(theta_i), with sign(0) = 0
        p = 1       :  v_i = sign(theta_i) / k where |theta_i| is largest, k such i; 0 elsewhere

    This is the subgradient of ||.||_q of smallest Euclidean norm; at theta = 0 it is v = 0.

    >>> steepest(np.array([0.0, -4.0]), 2).tolist()
    [0.0, -1.0]
    >>> steepest(np.array([2.0, -2.0, 1.0]), 1).tolist()
    [0.5, -0.5, 0.0]
    >>> steepest(np.array([2.0, 0.0]), math.inf).tolist()
    [1.0, 0.0]
    """
    require_x64()
    theta = jnp.asarray(theta, jnp.float64)
    q = dual_exponent(p)
    sign = jnp.sign(theta)
    if q == 1.0:
        return sign
    if math.isinf(q):
        size = jnp.abs(theta)
        tied = (size == jnp.max(size)).astype(jnp.float64)
        return sign * tied / jnp.sum(tied)
    norm = lq_norm(theta, q)
    norm = jnp.where(norm == 0.0, 1.0, norm)
    if q == 2.0:
        return theta / norm
    zero = theta == 0.0
    base = jnp.where(zero, 1.0, jnp.abs(theta) / norm)
    return jnp.where(zero, 0.0, sign * base ** (q - 1.0))


def as_parameter(theta: ArrayLike) -> Float[Array, " d"]:
    """Convert theta to float64 of shape (d,), d >= 1; `ValueError` for any other shape.

    >>> as_parameter(np.array([1, 2])).dtype.name
    'float64'
    """
    require_x64()
    theta = jnp.asarray(theta, jnp.float64)
    if theta.ndim != 1 or theta.size == 0:
        raise ValueError(
            f"theta is one parameter vector of shape (d,), d >= 1; got shape {theta.shape}. "
            "For several parameters use jax.vmap."
        )
    return theta


def as_radius(eps: ArrayLike) -> Float[Array, ""]:
    """Convert eps to a float64 scalar; `ValueError` unless it is finite and >= 0 (or traced).

    >>> float(as_radius(0.6))
    0.6
    """
    if jnp.ndim(eps) != 0:
        raise ValueError(
            f"eps is one number; got shape {jnp.shape(eps)}. Use jax.vmap for several."
        )
    if not isinstance(eps, Tracer) and not 0.0 <= float(np.asarray(eps)) < math.inf:
        raise ValueError(
            f"eps is the radius of the attack, finite and >= 0; got eps={float(np.asarray(eps))}. "
            "For the loss without attack pass eps=0."
        )
    return jnp.asarray(eps, jnp.float64)


def as_sample(
    theta: Float[Array, " d"], x: ArrayLike, y: ArrayLike
) -> tuple[Float[Array, "*n d"], Float[Array, "*n"]]:
    """Convert (x, y) to float64 and check them: x of shape (d,) or (n, d), y of x.shape[:-1].

    Raises `ValueError` for shapes that do not fit and, unless y is traced, for a label other than
    -1 and 1.

    >>> x, y = as_sample(jnp.ones(2), np.ones((3, 2)), np.array([1, -1, 1]))
    >>> x.shape, y.tolist()
    ((3, 2), [1.0, -1.0, 1.0])
    """
    if not isinstance(y, Tracer) and not np.all(np.isin(np.asarray(y), (-1, 1))):
        raise ValueError(
            f"y holds labels -1 and 1; got the values {np.unique(np.asarray(y)).tolist()}. "
            "Labels 0 and 1 become 2 * y - 1."
        )
    x, y = jnp.asarray(x, jnp.float64), jnp.asarray(y, jnp.float64)
    if x.ndim not in (1, 2) or x.shape[-1:] != theta.shape:
        raise ValueError(
            f"x has shape (d,) or (n, d) with d = {theta.shape[0]}, the length of theta; "
            f"got shape {x.shape}."
        )
    if y.shape != x.shape[:-1]:
        raise ValueError(
            f"y holds one label for each row of x, so its shape is {x.shape[:-1]} for x of shape "
            f"{x.shape}; got shape {y.shape}."
        )
    return x, y
