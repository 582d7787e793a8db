"""Where arrays lie: data-parallel over all devices, of this process or of several hosts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.sharding import Mesh, NamedSharding, PartitionSpec

__all__ = ["Placement", "put"]


class Placement:
    """Minibatches are split over the devices along their first axis; everything else is copied.

    One device needs no placing at all. Works inside ``jax.jit`` as a constraint, outside as a move.
    What XLA makes of it: gradients and the statistics of BatchNorm are summed over devices, an
    attack in the mode ``bn="eval"`` needs no communication.

    >>> placement = Placement(jax.devices()[:1])
    >>> placement.count, placement.split(np.ones(3)).shape
    (1, (3,))
    """

    def __init__(self, devices: Sequence[Any] | None = None) -> None:
        chosen = jax.devices() if devices is None else list(devices)
        self.count = len(chosen)
        self._split = self._copied = None
        if self.count > 1:
            mesh = Mesh(np.asarray(chosen), ("batch",))
            self._split = NamedSharding(mesh, PartitionSpec("batch"))
            self._copied = NamedSharding(mesh, PartitionSpec())

    def split(self, x: Any) -> Any:
        """``x`` (batch, ...) over the devices; the batch must be a multiple of their number."""
        return x if self._split is None else jax.lax.with_sharding_constraint(x, self._split)

    def copied(self, tree: Any) -> Any:
        """``tree`` on every device."""
        return tree if self._copied is None else jax.tree.map(self._put, tree)

    def _put(self, leaf: Any) -> Any:
        return put(leaf, self._copied)

    def gathered(self, x: Any) -> Any:
        """Inside ``jax.jit``: ``x`` on every device, so that every host can read it."""
        return x if self._copied is None else jax.lax.with_sharding_constraint(x, self._copied)


def put(leaf: Any, sharding: Any) -> Any:
    """``jax.device_put`` of one array, typed keys on devices of several processes included."""
    if not (hasattr(leaf, "dtype") and jnp.issubdtype(leaf.dtype, jax.dtypes.prng_key)):
        return jax.device_put(leaf, sharding)
    words = jax.device_put(jax.random.key_data(leaf), sharding)
    return jax.random.wrap_key_data(words, impl=jax.random.key_impl(leaf))
