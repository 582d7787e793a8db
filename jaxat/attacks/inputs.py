"""Checks of what an attack is called with; every message says what to do."""

from __future__ import annotations

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import Array
from jax.core import Tracer

from jaxat.threat import ThreatModel

__all__ = [
    "Inputs",
    "checked_inputs",
    "require_classes",
    "require_integer",
    "require_threat",
    "with_state",
]


class Inputs(NamedTuple):
    """What an attack is called with, as arrays of one batch."""

    x: Array
    y: Array
    x_init: Array | None
    target: Array | None
    places: Array


def checked_inputs(
    threat: ThreatModel, x: Any, y: Any, x_init: Any, target: Any, index: Any
) -> Inputs:
    """Return the inputs as arrays; ValueError if one does not fit the others or the bounds.

    >>> threat = ThreatModel("linf", 8 / 255)
    >>> checked_inputs(threat, [[255.0]], [0], None, None, None)
    Traceback (most recent call last):
    ...
    ValueError: x lies in [255, 255], outside the bounds [0, 1] of the threat model...
    """
    x, y = jnp.asarray(x), jnp.asarray(y)
    if x.ndim < 2 or not jnp.issubdtype(x.dtype, jnp.floating):
        raise ValueError(
            f"x are images of floats, the first axis counting them; got {x.dtype} of shape "
            f"{x.shape}. Divide grey levels by 255."
        )
    _require_in_bounds(threat, x)
    _require_labels("y", y, x)
    if x_init is not None:
        x_init = jnp.asarray(x_init, x.dtype)
        if x_init.shape != x.shape:
            raise ValueError(f"x_init has the shape of x, {x.shape}; got {x_init.shape}.")
    if target is not None:
        target = jnp.asarray(target)
        _require_labels("target", target, x)
    index = jnp.arange(x.shape[0]) if index is None else jnp.asarray(index)
    _require_labels("index", index, x)
    if not jnp.issubdtype(index.dtype, jnp.integer):
        raise ValueError(f"index are integers, places in the data set; got {index.dtype}.")
    return Inputs(x, y, x_init, target, index)


def require_classes(logits: Any, inputs: Inputs) -> None:
    """Raise ValueError if a label, or a target, is no class of the model with these logits.

    Of the logits only the shape is read. One logit an image has labels of two signs, and under
    ``jax.jit`` nothing can be asked about values.

    >>> inputs = checked_inputs(ThreatModel("linf", 0.1), [[0.5]], [3], None, None, None)
    >>> require_classes(jnp.zeros((1, 3)), inputs)
    Traceback (most recent call last):
    ...
    ValueError: y are classes, 0 to 2 for this model; got values from 3 to 3.
    """
    if logits.ndim != 2 or logits.shape[1] == 1 or inputs.y.size == 0:
        return
    for name, labels in (("y", inputs.y), ("target", inputs.target)):
        if labels is None or isinstance(labels, Tracer):
            continue
        with jax.ensure_compile_time_eval():
            least, most = int(jnp.min(labels)), int(jnp.max(labels))
        if least < 0 or most >= logits.shape[1]:
            raise ValueError(
                f"{name} are classes, 0 to {logits.shape[1] - 1} for this model; got values from "
                f"{least} to {most}."
            )


def require_integer(name: str, value: Any, least: int) -> None:
    """Raise ValueError unless `value` is an integer, at least `least`."""
    if not isinstance(value, int) or isinstance(value, bool) or value < least:
        raise ValueError(f"{name} is an integer, at least {least}; got {value!r}.")


def require_threat(threat: Any) -> None:
    """Raise ValueError unless `threat` is a threat model: a norm alone has no radius."""
    if not isinstance(threat, ThreatModel):
        raise ValueError(
            f'threat is a ThreatModel, such as ThreatModel("linf", 8 / 255); got {threat!r}.'
        )


def with_state(result: Any) -> tuple[Array, Any]:
    """What a model with a state returned, (logits, state); ValueError if it is anything else.

    An array alone would give its first row for the logits.

    >>> with_state(jnp.zeros((4, 3)))
    Traceback (most recent call last):
    ...
    ValueError: a model that is given a state returns (logits, state); got ...
    """
    if not isinstance(result, tuple | list) or len(result) != 2:
        shape = getattr(result, "shape", None)
        kind = type(result).__name__ + ("" if shape is None else f" of shape {shape}")
        raise ValueError(f"a model that is given a state returns (logits, state); got {kind}.")
    return result[0], result[1]


def _require_labels(name: str, labels: Array, x: Array) -> None:
    if labels.shape != x.shape[:1]:
        raise ValueError(
            f"{name} has one entry an image, shape {x.shape[:1]}; got shape {labels.shape}."
        )


def _require_in_bounds(threat: ThreatModel, x: Array) -> None:
    # Under jit and vmap nothing can be asked about values.
    if threat.bounds is None or isinstance(x, Tracer) or x.size == 0:
        return
    lo, hi = threat.bounds
    with jax.ensure_compile_time_eval():
        least, most = float(jnp.min(x)), float(jnp.max(x))
    slack = 1e-5 * (hi - lo)
    if not (lo - slack <= least and most <= hi + slack):
        raise ValueError(
            f"x lies in [{least:g}, {most:g}], outside the bounds [{lo:g}, {hi:g}] of the threat "
            f"model. Divide grey levels by 255, normalise inside the model, or choose bounds=."
        )
