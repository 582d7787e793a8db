"""The data of the papers' own figures, and the losses that several figures draw."""

from __future__ import annotations

from functools import cache, lru_cache
from math import inf
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    import jax

__all__ = ["EPS", "GAMMA", "X", "Y", "axis", "dataset", "linear_loss", "on_grid"]

X, Y, EPS = np.array([-1.0, 1.0]), 1, 0.6  # Kanai et al., caption of Fig. 2
# The papers state no γ for their EntropySGD surfaces; every caption says that this one is ours.
GAMMA = 1.0


def axis(resolution: int, half_width: float = 2.0) -> np.ndarray:
    """The papers' range [−2, 2] with this many points; an odd number puts one on 0."""
    return np.linspace(-half_width, half_width, resolution)


def dataset(n: int = 100, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """x_n ~ N(0, I₂), y_n = sign(x_n1) (Kanai et al., Fig. 4); the seed is ours."""
    x = np.random.default_rng(seed).standard_normal((n, 2))
    return x, np.where(x[:, 0] >= 0, 1, -1)


def linear_loss(p: float | None, x: Any = None, y: Any = None) -> Callable[[jax.Array], jax.Array]:
    """θ ↦ mean loss of the linear model, clean (p None) or attacked in the norm p.

    For the papers' one datum, the default, it is the same function each time, so that figures
    drawn in one run share what is compiled for it.
    """
    return _loss_of_one(p) if x is None else _linear_loss(p, x, y)


@cache
def _loss_of_one(p: float | None) -> Callable[[jax.Array], jax.Array]:
    return _linear_loss(p, X, Y)


def _linear_loss(p: float | None, x: Any, y: Any) -> Callable[[jax.Array], jax.Array]:
    import jax.numpy as jnp

    from theory.adversarial import adversarial_loss

    eps, norm = (0.0, inf) if p is None else (EPS, p)
    return lambda theta: jnp.mean(adversarial_loss(theta, x, y, eps, norm))


def on_grid(loss: Callable[[jax.Array], jax.Array], first: Any, second: Any) -> np.ndarray:
    """loss((θ₁, θ₂)) for θ₁ in first, θ₂ in second, shape (len(first), len(second))."""
    import jax.numpy as jnp

    return np.asarray(_compiled(loss)(jnp.asarray(first), jnp.asarray(second)))


@lru_cache(maxsize=32)
def _compiled(loss: Callable[[jax.Array], jax.Array]) -> Callable[[Any, Any], jax.Array]:
    import jax
    import jax.numpy as jnp

    over = jax.vmap(jax.vmap(lambda a, b: loss(jnp.stack([a, b])), (None, 0)), (0, None))
    return jax.jit(over)
