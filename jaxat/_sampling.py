"""The uniform law on the unit balls of the three norms, and what a random key is."""

from __future__ import annotations

from typing import Any, Literal

import jax
import jax.numpy as jnp

from jaxat._typing import Array, Float, Key

__all__ = ["Norm", "require_key", "uniform_in_unit_ball"]

Norm = Literal["linf", "l2", "l1"]


def uniform_in_unit_ball(
    key: Key, norm: Norm, shape: tuple[int, ...], dtype: Any
) -> Float[Array, " ..."]:
    """Draw one point of ``{v : ||v|| <= 1}``, of the given shape, uniformly.

    For L2 and L1 it is ``g / (sum_i |g_i|^p + W)^(1/p)`` with g of density proportional to
    ``exp(-|g|^p)`` and W exponential (Barthe, Guedon, Mendelson and Naor, "A probabilistic
    approach to the geometry of the l_p^n-ball", Annals of Probability 33, 2005).

    >>> v = uniform_in_unit_ball(jax.random.key(0), "l1", (2, 3), jnp.float32)
    >>> v.shape, bool(jnp.abs(v).sum() < 1)
    ((2, 3), True)
    """
    if norm == "linf":
        return jax.random.uniform(key, shape, dtype, -1, 1)
    inner, outer = jax.random.split(key)
    w = jax.random.exponential(outer, (), dtype)
    if norm == "l1":
        g = jax.random.laplace(inner, shape, dtype)
        return g / (jnp.sum(jnp.abs(g)) + w)
    # A normal number is sqrt(2) times one of density exp(-g^2).
    g = jax.random.normal(inner, shape, dtype)
    return g / jnp.sqrt(jnp.sum(g**2) + 2 * w)


def require_key(key: Any) -> None:
    """Raise ValueError unless `key` is one random key, typed or raw, or None.

    >>> require_key(jax.random.key(0)), require_key(jax.random.PRNGKey(0))
    (None, None)
    >>> require_key(0)
    Traceback (most recent call last):
    ...
    ValueError: key is one random key, jax.random.key(seed); got 0.
    """
    if key is None:
        return
    shape, dtype = getattr(key, "shape", None), getattr(key, "dtype", None)
    typed = dtype is not None and jnp.issubdtype(dtype, jax.dtypes.prng_key)
    if typed and shape == ():
        return
    if not typed and dtype == jnp.uint32 and len(shape or ()) == 1:
        return
    got = repr(key) if shape is None else f"{dtype} of shape {shape}"
    many = " For several keys use jax.vmap." if typed else ""
    raise ValueError(f"key is one random key, jax.random.key(seed); got {got}.{many}")
