"""The model as the evaluation sees it: logits of at least two classes, compiled, on its devices."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.tree_util import Partial

from jaxat.attacks.apgd_runs import frozen, takes_key
from jaxat.attacks.losses import is_binary
from jaxat.placement import Placement

__all__ = ["as_logits", "batch_by_memory", "lowered", "make_judge", "size_within"]


def as_logits(logits_fn: Callable[..., Any], state: Any, placement: Placement) -> Any:
    """Return a pytree ``f(x) -> (batch, classes)``; two logits (0, z) for a model of one.

    A plain function is compiled as a whole, with what it closes over as constants.
    """
    if not callable(logits_fn):
        raise ValueError(f"the model is a function, logits = f(x); got {type(logits_fn).__name__}.")
    plain = jax.tree_util.all_leaves([logits_fn])
    fn = Partial(jax.jit(logits_fn)) if plain and state is None else logits_fn
    if state is not None:
        fn = Partial(frozen, Partial(logits_fn) if plain else logits_fn, state)
    fn = Partial(_keyed_two if takes_key(fn) else _two, fn)
    return placement.copied(fn)


def lowered(fn: Any, dtype: Any) -> Any:
    """Return the model in another precision (bfloat16): arrays and inputs; logits in float32."""

    def lower(leaf: Any) -> Any:
        real = hasattr(leaf, "dtype") and jnp.issubdtype(leaf.dtype, jnp.floating)
        return leaf.astype(dtype) if real else leaf

    cast = jax.tree.map(lower, fn)
    return Partial(_cast_keyed if takes_key(fn) else _cast, cast, jnp.zeros((), dtype))


def make_judge(placement: Placement) -> Callable[..., np.ndarray]:
    """Build ``judge(fn, x, key) -> logits`` as NumPy array, in full precision."""

    @jax.jit
    def forward(fn: Any, x: Array, key: Any) -> Array:
        return placement.gathered(fn(x) if key is None else fn(x, key=key))

    def judge(fn: Any, x: Any, key: Any = None) -> np.ndarray:
        # Accelerators multiply float32 in fewer bits unless told otherwise.
        with jax.default_matmul_precision("float32"):
            return np.asarray(forward(fn, placement.split(jnp.asarray(x)), key))

    return judge


def batch_by_memory(fn: Any, x: np.ndarray, placement: Placement) -> int:
    """Return a batch size: 64 on a CPU; elsewhere what half of the free memory holds, up to 1024.

    The memory is what the compiler says that the gradient of eight images needs.
    """
    count = placement.count
    if jax.default_backend() == "cpu":
        return 64 * count
    stats = jax.local_devices()[0].memory_stats() or {}
    free = stats.get("bytes_limit", 0) - stats.get("bytes_in_use", 0)
    some = jax.ShapeDtypeStruct((8, *x.shape[1:]), x.dtype)

    def total(fn: Any, x: Any) -> Array:
        return jnp.sum(fn(x))

    analysis = jax.jit(jax.grad(total, 1)).lower(fn, some).compile().memory_analysis()
    each = (getattr(analysis, "temp_size_in_bytes", 0) or 0) / 8 + 12 * x[0].nbytes
    return size_within(free, each) * count


def size_within(free: float, each: float) -> int:
    """Return the largest power of two that half of the free bytes hold, from 16 to 1024.

    >>> size_within(80e9, 50e6), size_within(0, 50e6)
    (512, 256)
    """
    if free <= 0:
        return 256
    size = 1024
    while size > 16 and size * each > free / 2:
        size //= 2
    return size


def _two(fn: Callable[..., Any], x: Array) -> Array:
    return _both(fn(x))


def _keyed_two(fn: Callable[..., Any], x: Array, key: Any) -> Array:
    return _both(fn(x, key=key))


def _both(logits: Any) -> Array:
    if not isinstance(logits, jax.Array):
        raise ValueError(
            f"the model returns {type(logits).__name__}; it has to return logits (batch, classes). "
            f"Models with a state are passed with state=, see also jaxat.adapters."
        )
    if is_binary(logits):
        z = logits.reshape(-1)
        return jnp.stack([jnp.zeros_like(z), z], axis=1)
    return logits


def _cast(fn: Callable[..., Any], like: Array, x: Array) -> Array:
    return fn(x.astype(like.dtype)).astype(jnp.promote_types(x.dtype, jnp.float32))


def _cast_keyed(fn: Callable[..., Any], like: Array, x: Array, key: Any) -> Array:
    return fn(x.astype(like.dtype), key=key).astype(jnp.promote_types(x.dtype, jnp.float32))
