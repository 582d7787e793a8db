"""NNX models as pure functions."""

from __future__ import annotations

from typing import Any

__all__ = ["call_nnx", "split_nnx"]


def split_nnx(model: Any) -> tuple[Any, Any]:
    """The structure of an NNX model in its evaluation mode, and its arrays; the model stays as is.

    Raises:
        TypeError: not an NNX module.
    """
    from flax import nnx

    if not isinstance(model, nnx.Module):
        raise TypeError(f"model is an NNX module; got {type(model).__name__}.")
    copy = nnx.clone(model)
    copy.eval()
    return nnx.split(copy)


def call_nnx(structure: Any, arrays: Any, x: Any, **options: Any) -> Any:
    """What the model with this structure and these arrays returns for a batch."""
    from flax import nnx

    return nnx.merge(structure, arrays)(x, **options)
