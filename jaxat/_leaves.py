"""The leaves of a pytree as plain NumPy arrays with a description of each, and back, bit for bit.

NumPy's files know neither typed keys nor bfloat16 (nor float8, int4): a key is stored as its words,
the others as unsigned integers of the same width, and the description says what they are.
"""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from jaxat.placement import put

__all__ = ["describe", "is_stored", "pack", "restore", "text"]

Description = dict[str, Any]
_NUMBERS = bool | int | float | complex
_KINDS = "biufcV"  # bfloat16 and its like are of kind V


def pack(tree: Any) -> tuple[list[Description], list[np.ndarray]]:
    """What every leaf is, and its bits as an array of a type that NumPy's files know.

    Raises:
        TypeError: a leaf is no array, number or key; the message names it.
    """
    descriptions = describe(tree)
    leaves = jax.tree.leaves(tree)
    words = [jax.random.key_data(leaf) if _is_key(leaf) else leaf for leaf in leaves]
    arrays = [_as_words(np.asarray(leaf, order="C")) for leaf in jax.device_get(words)]
    for description, leaf in zip(descriptions, leaves, strict=True):
        if _is_key(leaf):
            description["impl"] = str(jax.random.key_impl(leaf))
        description["weak"] = bool(getattr(leaf, "weak_type", False))
    return descriptions, arrays


def describe(tree: Any) -> list[Description]:
    """Name, shape and dtype of every leaf in order, of shapes (`jax.eval_shape`) as of arrays.

    >>> describe({"w": np.zeros((2, 3), np.float32)})
    [{'name': 'w', 'shape': [2, 3], 'dtype': 'float32'}]
    """
    descriptions: list[Description] = []
    for path, leaf in jax.tree_util.tree_leaves_with_path(tree):
        name = jax.tree_util.keystr(path, simple=True, separator="/") or "leaf"
        value: Any = np.asarray(leaf) if isinstance(leaf, _NUMBERS) else leaf
        dtype = getattr(value, "dtype", None)
        if dtype is None or not (_is_key(value) or dtype.kind in _KINDS):
            raise TypeError(f"{name} is neither an array of numbers nor a number: {leaf!r:.60}")
        descriptions.append({"name": name, "shape": list(value.shape), "dtype": str(dtype)})
    for i, description in enumerate(descriptions):
        earlier = {other["name"] for other in descriptions[:i]}
        while description["name"] in earlier:  # {"a/b": ..., "a": {"b": ...}}
            description["name"] += "~"
    return descriptions


def is_stored(description: Description) -> bool:
    """Whether there is anything to store; Orbax refuses arrays without entries."""
    return 0 not in description["shape"]


def text(description: Description) -> str:
    """The kind of a leaf in words.

    >>> text({"name": "w", "shape": [2, 3], "dtype": "float32"})
    'float32 (2, 3)'
    """
    return f"{description['dtype']} {tuple(description['shape'])}"


def restore(description: Description, stored: np.ndarray | None, like: Any) -> Any:
    """The leaf, on the devices of `like` and of its kind (JAX, NumPy or a Python number).

    Raises:
        ValueError: the stored array is not what the description promises.
    """
    shape = tuple(description["shape"])
    if "impl" in description:
        if stored is None:
            empty = jax.random.key_data(jax.random.key(0, impl=description["impl"]))
            stored = np.zeros((*shape, *empty.shape), empty.dtype)
        key = jax.random.wrap_key_data(jnp.array(stored), impl=description["impl"])
        _expect(key, description)
        return _placed(key, like)
    dtype = jnp.dtype(description["dtype"])
    value = np.zeros(shape, dtype) if stored is None else _from_words(stored, dtype)
    _expect(value, description)
    if isinstance(like, _NUMBERS):
        return type(like)(value.item())
    if isinstance(like, np.ndarray | np.generic):
        return value
    if jax.dtypes.canonicalize_dtype(dtype) != dtype:
        raise ValueError(f"{description['name']} is {dtype}, which needs JAX_ENABLE_X64=1")
    if not description["weak"]:
        # A copy: the array may be donated, and must not share memory with what NumPy owns.
        return _placed(jnp.array(value, copy=True), like)
    # Weakly typed arrays promote differently, and a step compiled for them is another one.
    weak = jnp.broadcast_to(jnp.asarray(dtype.type(0).item()), shape).at[...].set(value)
    return _placed(weak, like)


def _placed(value: jax.Array, like: Any) -> jax.Array:
    sharding = getattr(like, "sharding", None)
    if sharding is None or not getattr(like, "committed", True):
        return value
    return put(value, sharding)


def _expect(value: Any, description: Description) -> None:
    found = {"shape": list(value.shape), "dtype": str(value.dtype)}
    if any(found[field] != description[field] for field in found):
        raise ValueError(f"{description['name']} is {text(found)}, not {text(description)}")


def _is_key(leaf: Any) -> bool:
    return hasattr(leaf, "dtype") and jnp.issubdtype(leaf.dtype, jax.dtypes.prng_key)


def _as_words(array: np.ndarray) -> np.ndarray:
    return array if array.dtype.isbuiltin == 1 else array.view(f"u{array.dtype.itemsize}")


def _from_words(array: np.ndarray, dtype: np.dtype) -> np.ndarray:
    return array if array.dtype == dtype else array.view(dtype)
