"""Classifiers of other libraries as ``logits = f(x)``, which attacks and evaluations take.

Every function returns a pytree: its arrays are arguments of what is compiled, so new weights
compile nothing anew. All run in evaluation mode. No library is imported before it is needed.

A torch model comes in by its weights: for the architectures of `jaxat.models`, read the state dict
with ``safetensors.numpy.load_file`` and give it to `jaxat.models.from_torch`::

    weights = safetensors.numpy.load_file("model.safetensors")
    params, state = jaxat.models.from_torch("preactresnet18", weights)
    logits_fn = jaxat.adapters.from_model(jaxat.models.build("preactresnet18"), params, state)

(In torch, ``safetensors.torch.save_file(model.state_dict(), "model.safetensors")`` writes it.)
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.tree_util import Partial

__all__ = [
    "channels_first",
    "from_equinox",
    "from_function",
    "from_linen",
    "from_model",
    "from_nnx",
]

LogitsFn = Callable[[jax.Array], jax.Array]


def from_function(fn: Callable[..., Any], *arrays: Any, **options: Any) -> LogitsFn:
    """Adapt ``fn(*arrays, x, **options) -> logits``: any pure function, its arrays before x.

    >>> logits_fn = from_function(lambda w, x: x @ w, jnp.eye(2))
    >>> logits_fn(jnp.ones((1, 2))).tolist()
    [[1.0, 1.0]]
    """
    if not callable(fn):
        raise ValueError(f"fn is a function of (*arrays, x); got {type(fn).__name__}.")
    return Partial(_With(fn, tuple(sorted(options.items()))), *arrays)


def from_model(model: Any, params: Any, state: Any = None) -> LogitsFn:
    """Adapt a model of `jaxat.models` with its parameters and running statistics.

    >>> from jaxat import models
    >>> model = models.build("logistic")
    >>> params, state = model.init(jax.random.key(0), (4,))
    >>> from_model(model, params, state)(jnp.ones((3, 4))).shape
    (3, 2)
    """
    return Partial(_Frozen(model.apply), params, {} if state is None else state)


def from_linen(module: Any, variables: Any, **options: Any) -> LogitsFn:
    """Adapt a Flax Linen module: ``module.apply(variables, x, **options)``.

    ``variables`` is what ``init`` returned, ``{"params": ..., "batch_stats": ...}``. ``options``
    are those that switch the module to evaluation, often ``train=False`` or ``deterministic=True``.

    Raises:
        ValueError: ``variables`` is a tree of parameters without the name ``"params"``.

    >>> import flax.linen as nn
    >>> module = nn.Dense(3)
    >>> variables = module.init(jax.random.key(0), jnp.ones((1, 4)))
    >>> from_linen(module, variables)(jnp.ones((2, 4))).shape
    (2, 3)
    """
    if "params" not in variables:
        raise ValueError(
            f"variables has the collections of the module, {{'params': ..., 'batch_stats': ...}}; "
            f"got {', '.join(map(str, variables))}. Pass {{'params': your_params}}."
        )
    return Partial(_With(module.apply, tuple(sorted(options.items()))), variables)


def from_nnx(model: Any, **options: Any) -> LogitsFn:
    """Adapt a Flax NNX model as it is now; it is copied and switched to evaluation (``eval()``).

    Raises:
        ImportError: Flax is not installed.
        TypeError: not an NNX module.

    >>> from flax import nnx
    >>> from_nnx(nnx.Linear(4, 3, rngs=nnx.Rngs(0)))(jnp.ones((2, 4))).shape
    (2, 3)
    """
    from jaxat.models.nnx_model import call_nnx, split_nnx

    structure, arrays = split_nnx(model)
    return Partial(_Nnx(call_nnx, structure, tuple(sorted(options.items()))), arrays)


def from_equinox(module: Any, state: Any = None, *, batched: bool = False) -> LogitsFn:
    """Adapt an Equinox module, or any pytree that can be called, in its inference mode.

    Equinox modules take one image, so they are mapped over the batch; ``batched=True`` for one
    that takes a batch. With ``state``, ``module(x, state) -> (logits, state)``, and the new state
    is dropped. Their convolutions want channels first: see `channels_first`.

    Raises:
        ValueError: the module cannot be called.

    >>> @jax.tree_util.register_dataclass
    ... @dataclass
    ... class Affine:
    ...     weight: Any
    ...     def __call__(self, x): return self.weight @ x
    >>> from_equinox(Affine(jnp.ones((3, 4))))(jnp.ones((2, 4))).shape
    (2, 3)
    """
    if not callable(module):
        raise ValueError(f"module can be called; got {type(module).__name__}.")
    try:
        from equinox.nn import inference_mode  # pyright: ignore[reportMissingImports]
    except ImportError:
        tree = module  # nothing of Equinox is inside if it is not installed
    else:
        tree = inference_mode(module)
    leaves, structure = jax.tree.flatten(tree)
    arrays = [leaf if _is_array(leaf) else None for leaf in leaves]
    others = tuple(None if _is_array(leaf) else leaf for leaf in leaves)
    return Partial(_Equinox(structure, others, batched, state is not None), arrays, state)


def channels_first(logits_fn: LogitsFn) -> LogitsFn:
    """Let a model of images (channels, height, width) take (height, width, channels).

    >>> logits_fn = channels_first(from_function(lambda x: x[:, 0].sum((1, 2))))
    >>> logits_fn(jnp.ones((1, 4, 5, 3))).tolist()
    [20.0]
    """
    return Partial(_transposed, logits_fn)


@dataclass(frozen=True)
class _With:
    """A function with options; equal to another one of the same, so that both are compiled once."""

    fn: Callable[..., Any]
    options: tuple[tuple[str, Any], ...]

    def __call__(self, *arguments: Any) -> Any:
        return self.fn(*arguments, **dict(self.options))


@dataclass(frozen=True)
class _Frozen:
    apply: Callable[..., Any]

    def __call__(self, params: Any, state: Any, x: Any) -> Any:
        return self.apply(params, state, x, train="eval")[0]


@dataclass(frozen=True)
class _Nnx:
    call: Callable[..., Any]
    structure: Any
    options: tuple[tuple[str, Any], ...]

    def __call__(self, arrays: Any, x: Any) -> Any:
        return self.call(self.structure, arrays, x, **dict(self.options))


@dataclass(frozen=True)
class _Equinox:
    structure: Any
    others: tuple[Any, ...]
    batched: bool
    stateful: bool

    def __call__(self, arrays: Any, state: Any, x: Any) -> Any:
        pairs = zip(arrays, self.others, strict=True)
        leaves = [other if array is None else array for array, other in pairs]
        module = jax.tree.unflatten(self.structure, leaves)
        if not self.stateful:
            return (module if self.batched else jax.vmap(module))(x)
        if self.batched:
            return module(x, state)[0]
        mapped = jax.vmap(module, axis_name="batch", in_axes=(0, None), out_axes=(0, None))
        return mapped(x, state)[0]


def _is_array(leaf: Any) -> bool:
    return isinstance(leaf, jax.Array | np.ndarray | np.generic)


def _transposed(logits_fn: LogitsFn, x: jax.Array) -> jax.Array:
    return logits_fn(jnp.moveaxis(x, -1, 1))
