"""Weights of the usual public torch checkpoints, name by name, in our layout.

The input is a mapping from torch's names to arrays (what ``safetensors.numpy.load_file`` returns);
nothing is unpickled here and torch is not needed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from jaxat.models.model import Model, Variables
from jaxat.models.registry import build

__all__ = ["from_torch"]

_LEAVES = {
    "kernel": "weight",
    "scale": "weight",
    "bias": "bias",
    "mean": "running_mean",
    "var": "running_var",
}
# Our names on the left, torch's on the right, by architecture; leaves are renamed after.
_PREACT = ((r"(layer\d)_(\d+)", r"\1.\2"), (r"shortcut$", "shortcut.0"))
_PLAIN = (
    (r"(layer\d)_(\d+)", r"\1.\2"),
    (r"shortcut_conv$", "shortcut.0"),
    (r"shortcut_bn$", "shortcut.1"),
)
_WIDE = (
    (r"(block\d)_(\d+)", r"\1.layer.\2"),
    (r"shortcut$", "convShortcut"),
    (r"^linear$", "fc"),
)
_NAMES: Mapping[str, tuple[tuple[str, str], ...]] = {
    "preactresnet18": _PREACT,
    "resnet18": _PLAIN,
    "wrn": _WIDE,
}
# Other spellings of torch's names.
_SYNONYMS = ((r"\bdownsample\.", "shortcut."), (r"^fc\.", "linear."))
# Counters, and a block that the wide network of TRADES makes and never calls.
_UNUSED = re.compile(r"num_batches_tracked$|^sub_block1\.")
_PIXELS = {"mean": 0, "mu": 0, "std": 1, "sigma": 1}


def from_torch(
    name: str,
    weights: Mapping[str, Any],
    *,
    input_shape: tuple[int, ...] = (32, 32, 3),
    **options: Any,
) -> Variables:
    """Parameters and state of ``build(name, **options)`` from a torch ``state_dict`` of arrays.

    Understood are the names of the public implementations: pre-activation and plain ResNet-18 for
    CIFAR (``layer1.0.conv1.weight``, ``shortcut.0.weight``, also ``downsample`` and ``fc``), wide
    ResNets (``block1.layer.0.convShortcut.weight``), each with any prefix such as ``module.``.
    Convolutions go from OIHW to HWIO, dense weights from (out, in) to (in, out); the one after
    flattening also from the order channels, height, width to height, width, channels.

    ``input_shape`` matters to models that flatten. Buffers ``mean``/``std`` (``mu``/``sigma``)
    must agree with the option ``normalization``, because the model applies only that.

    Raises:
        ValueError: a name is missing, left over or has another shape, a value is not finite, or
            the normalisation differs.

    >>> from jaxat import models
    >>> params, _ = models.from_torch(
    ...     "logistic",
    ...     {"linear.weight": [[1.0, 2.0]], "linear.bias": [3.0]},
    ...     input_shape=(2,),
    ... )
    >>> params["linear"]["kernel"].tolist()
    [[1.0], [2.0]]
    """
    model = build(name, **options)
    init = partial(model.init, input_shape=input_shape)
    shapes = jax.eval_shape(init, jax.random.key(0))
    family = "wrn" if name.startswith("wrn") else name
    given = _tidy(weights, family)
    used: set[str] = set()
    missing: list[str] = []

    def fetch(path: tuple[Any, ...], leaf: jax.ShapeDtypeStruct) -> jax.Array | None:
        keys = [entry.key for entry in path]
        theirs = _torch_name(keys, family)
        if theirs not in given:
            missing.append(theirs)
            return None
        used.add(theirs)
        array = np.asarray(given[theirs])
        flattened = _flattened(name, keys, input_shape, shapes.params)
        return jnp.asarray(_to_ours(theirs, array, leaf, flattened, name), leaf.dtype)

    params, state = (jax.tree_util.tree_map_with_path(fetch, tree) for tree in shapes)
    if missing:
        raise ValueError(
            f"The checkpoint lacks {len(missing)} arrays of model {name!r}: {_some(missing)}. "
            f"It has {_some(sorted(given))}."
        )
    left = [key for key in given if key not in used]
    pixels = [key for key in left if key.rsplit(".", 1)[-1] in _PIXELS]
    _check_pixels(model, {key: np.asarray(given[key]) for key in pixels})
    extra = sorted(set(left) - set(pixels))
    if extra:
        raise ValueError(
            f"The checkpoint has {len(extra)} arrays that model {name!r} has no place for: "
            f"{_some(extra)}. Is it another architecture, depth or width?"
        )
    return Variables(params, state)


def _tidy(weights: Mapping[str, Any], family: str) -> dict[str, Any]:
    """Without the common prefix, synonyms resolved, unused entries dropped."""
    anchor = "linear.weight" if family == "logistic" else "conv1.weight"
    stems = [key[: -len(anchor)] for key in weights if key.endswith(anchor)]
    prefix = min(stems, key=len, default="")
    tidy = {}
    for key, value in weights.items():
        plain = key.removeprefix(prefix)
        for theirs, usual in () if family == "wrn" else _SYNONYMS:
            plain = re.sub(theirs, usual, plain)
        if not _UNUSED.search(plain):
            tidy[plain] = value
    return tidy


def _torch_name(keys: list[str], family: str) -> str:
    *layers, leaf = keys
    for ours, theirs in _NAMES.get(family, ()):
        layers = [re.sub(ours, theirs, layer) for layer in layers]
    return ".".join([*layers, _LEAVES[leaf]])


def _flattened(
    name: str, keys: list[str], input_shape: tuple[int, ...], params: Any
) -> tuple[int, int, int] | None:
    """Height, width and channels of what is flattened before this kernel, if anything is."""
    if keys == ["linear", "kernel"] and name == "logistic" and len(input_shape) == 3:
        height, width, channels = input_shape
        return height, width, channels
    if keys == ["linear1", "kernel"] and name == "small-cnn":
        height, width, _ = input_shape
        return height // 2 // 2, width // 2 // 2, params["conv2"]["kernel"].shape[-1]
    return None


def _to_ours(
    theirs: str,
    array: np.ndarray,
    leaf: jax.ShapeDtypeStruct,
    flattened: tuple[int, int, int] | None,
    name: str,
) -> np.ndarray:
    moves: Callable[[np.ndarray], np.ndarray] = np.asarray
    wanted = tuple(leaf.shape)
    if len(wanted) == 4:
        wanted = (wanted[3], wanted[2], wanted[0], wanted[1])
        moves = partial(np.transpose, axes=(2, 3, 1, 0))
    elif len(wanted) == 2:
        wanted, moves = wanted[::-1], np.transpose
    if array.shape != wanted:
        raise ValueError(
            f"{theirs} has shape {array.shape}; model {name!r} with these options needs {wanted}. "
            "See num_classes, width, depth, base_width and input_shape."
        )
    if not np.all(np.isfinite(np.asarray(array, np.float64))):
        raise ValueError(f"{theirs} has values that are not finite.")
    if flattened is not None:
        height, width, channels = flattened
        by_place = array.reshape(-1, channels, height, width).transpose(0, 2, 3, 1)
        array = by_place.reshape(array.shape)
    return moves(array)


def _check_pixels(model: Model, buffers: Mapping[str, np.ndarray]) -> None:
    law = model.module.style.pixel_law or ((0.0,), (1.0,))  # type: ignore[attr-defined]
    for key, value in buffers.items():
        ours = np.asarray(law[_PIXELS[key.rsplit(".", 1)[-1]]])
        flat = np.asarray(value, np.float64).reshape(-1)
        if ours.size not in (1, flat.size) or not np.allclose(flat, ours, atol=5e-4):
            raise ValueError(
                f"The checkpoint normalises with {key} = {flat.tolist()}, the model with "
                f"{ours.tolist()}: build it with normalization=(mean, std) of the checkpoint."
            )


def _some(names: list[str], most: int = 4) -> str:
    return ", ".join(names[:most]) + (", ..." if len(names) > most else "")
