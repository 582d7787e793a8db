"""Initial parameters from one draw: the laws of torch, of He et al. and of Flax.

All random numbers of a model are one vector that is cut up; sixty separate draws would take XLA
a quarter of a minute to compile.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
from jax.scipy.special import erfinv

__all__ = ["initialise"]

Path = tuple[str, ...]
Shapes = tuple[tuple[Path, tuple[int, ...]], ...]

# Standard deviation of N(0, 1) cut off at two: what Flax divides by.
_CUT = 2.0
_CUT_STD = 0.87962566103423978


def initialise(key: jax.Array, shapes: Mapping[str, Any], init: str, dtype: str) -> dict[str, Any]:
    """A tree of arrays for a tree of shapes, by the names of the leaves.

    ``kernel``, and ``bias`` beside one, are drawn; ``scale`` and ``var`` are one; ``mean`` and
    ``bias`` beside a ``scale`` are zero. With fan_in = product of all axes but the last:

    - ``"torch"``: kernel and bias U(−1/√fan_in, 1/√fan_in), which is what Kaiming's uniform law
      with a = √5 comes to;
    - ``"he"``: convolutions N(0, 2/fan_out) with fan_out = height · width · outputs, dense kernels
      as torch, zero biases;
    - ``"lecun"``: N(0, 1) cut off at two, scaled to the variance 1/fan_in, and zero biases.

    >>> shapes = {"conv1": {"kernel": jax.ShapeDtypeStruct((3, 3, 4, 8), jnp.float32)}}
    >>> kernel = initialise(jax.random.key(0), shapes, "torch", "float32")["conv1"]["kernel"]
    >>> bool(jnp.max(jnp.abs(kernel)) <= 1 / 6)
    True
    """
    leaves, treedef = jax.tree_util.tree_flatten_with_path(shapes)
    flat = tuple((tuple(entry.key for entry in path), leaf.shape) for path, leaf in leaves)
    return jax.tree.unflatten(treedef, _fill(key, flat, init, dtype))


@partial(jax.jit, static_argnums=(1, 2, 3))
def _fill(key: jax.Array, flat: Shapes, init: str, dtype: str) -> list[jax.Array]:
    shapes = dict(flat)
    sizes = {path: math.prod(shape) for path, shape in flat if _is_drawn(path, shapes, init)}
    draw = jax.random.uniform(key, (sum(sizes.values()),), jnp.dtype(dtype), -1.0, 1.0)
    filled, start = [], 0
    for path, shape in flat:
        if path in sizes:
            uniform = draw[start : start + sizes[path]].reshape(shape)
            start += sizes[path]
            kernel = shapes[(*path[:-1], "kernel")]
            filled.append(_spread(uniform, path[-1], kernel, init))
        else:
            value = 1.0 if path[-1] in ("scale", "var") else 0.0
            filled.append(jnp.full(shape, value, jnp.dtype(dtype)))
    return filled


def _is_drawn(path: Path, shapes: Mapping[Path, tuple[int, ...]], init: str) -> bool:
    if path[-1] == "bias":
        return init == "torch" and (*path[:-1], "kernel") in shapes
    return path[-1] == "kernel"


def _spread(uniform: jax.Array, leaf: str, kernel: tuple[int, ...], init: str) -> jax.Array:
    """Numbers of U(−1, 1) as numbers of the law."""
    fan_in = math.prod(kernel[:-1])
    if leaf == "kernel" and init == "he" and len(kernel) == 4:
        # The next number below one, so that the inverse stays finite.
        inside = jnp.clip(uniform, -1 + jnp.finfo(uniform.dtype).eps, None)
        return math.sqrt(2.0 / (kernel[0] * kernel[1] * kernel[3])) * math.sqrt(2) * erfinv(inside)
    if leaf == "kernel" and init == "lecun":
        share = math.erf(_CUT / math.sqrt(2))
        return math.sqrt(2.0 / fan_in) / _CUT_STD * erfinv(share * uniform)
    return uniform / math.sqrt(fan_in)
