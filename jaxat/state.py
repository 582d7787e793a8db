"""What a training run is at one moment, and where its random numbers come from."""

from __future__ import annotations

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from jaxat.config import ConfigError
from jaxat.parts import Parts

__all__ = ["SEEDS", "Keys", "TrainState", "initial_state", "keys_of"]

SEEDS = 2**32  # from here on JAX's keys are those of smaller seeds, or none

Tree = Any


class TrainState(NamedTuple):
    """A pytree of arrays. Together with the configuration and the seed it determines the rest."""

    params: Tree
    model_state: Tree  # running statistics of BatchNorm
    opt_state: Tree
    minibatch: jax.Array  # int32: minibatches used so far, over all epochs


class Keys(NamedTuple):
    """The streams of random numbers of one seed. Minibatch m uses ``fold_in(train, m)``."""

    init: jax.Array
    train: jax.Array
    evaluate: jax.Array
    langevin: jax.Array


def keys_of(seed: int) -> Keys:
    """The keys of a seed.

    Raises:
        ConfigError: the seed is negative, or not below `SEEDS`.

    >>> len({str(jax.random.key_data(key)) for key in keys_of(0)})
    4
    """
    if not 0 <= seed < SEEDS:
        raise ConfigError(f"a seed is at least 0 and below {SEEDS}; got {seed}")
    return Keys(*(jax.random.fold_in(jax.random.key(seed), i) for i in range(4)))


def initial_state(parts: Parts, shape: tuple[int, ...], key: jax.Array) -> TrainState:
    """The state before the first minibatch, for images of ``shape``."""
    params, model_state = parts.model.init(key, shape)
    # Copies: a transformation may put one array in several places, and a state is donated.
    opt_state = jax.tree.map(jnp.copy, parts.transformation.init(params))
    return TrainState(params, model_state, opt_state, jnp.int32(0))
