"""Parts of attacks as optax transformations of a perturbation, and starts.

The perturbation stands where optax has parameters, the first axis counting the images. What is
minimised is *minus* the attacker's loss, so that optimisers of optax, which descend, are step
rules as they are: ``optax.adam(0.1)``, or momentum before the step, ``optax.chain(
optax.trace(0.75), steepest_step(threat, 0.01))``.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jax.core import Tracer

from jaxat._typing import Array, Float, Int, Key
from jaxat.threat import ThreatModel

__all__ = ["Start", "gaussian_start", "projection", "steepest_step", "step_rule_of"]

Start = Callable[[Any, Array, Any], Array]


def steepest_step(
    threat: ThreatModel, step_size: float | Array | optax.Schedule
) -> optax.GradientTransformationExtraArgs:
    """Return the step ``alpha * threat.steepest(-gradient)``: the sign for L-infinity.

    ``step_size`` is alpha in input units, or a schedule of the number of the step. If ``update``
    gets the images as ``x=``, L1 passes over coordinates at the bounds.

    >>> step = steepest_step(ThreatModel("linf", 0.1), 0.02)
    >>> delta = jnp.zeros((1, 2))
    >>> updates, _ = step.update(jnp.array([[-3.0, 5.0]]), step.init(delta), delta)
    >>> print(updates)
    [[ 0.02 -0.02]]
    """

    def direction(
        updates: Any, state: Any, params: Any = None, *, x: Any = None, **_: Any
    ) -> tuple[Any, Any]:
        if params is None or x is None:
            return jax.tree.map(lambda g: threat.steepest(-g), updates), state
        steps = jax.tree.map(lambda g, d, im: threat.steepest(-g, d, im), updates, params, x)
        return steps, state

    steepest = optax.GradientTransformationExtraArgs(_no_state, direction)
    scale = optax.scale_by_schedule(step_size) if callable(step_size) else optax.scale(step_size)
    return optax.chain(steepest, scale)


def projection(threat: ThreatModel) -> optax.GradientTransformationExtraArgs:
    """Return the last link of a chain: it makes ``delta + update`` admissible for the images ``x``.

    ``update`` needs the perturbation as ``params`` and the images as ``x=``. In floating point
    ``delta + (projected - delta)`` may miss ``projected`` by a rounding; `jaxat.attacks.pgd`
    projects after adding instead.

    Raises:
        ValueError: ``update`` without the perturbation or without ``x``.

    >>> threat = ThreatModel("linf", 0.25)
    >>> pgd = optax.chain(steepest_step(threat, 1.0), projection(threat))
    >>> x, delta = jnp.array([[0.5]]), jnp.array([[0.125]])
    >>> pgd.update(jnp.array([[-1.0]]), pgd.init(delta), delta, x=x)[0].tolist()
    [[0.125]]
    """

    def update(
        updates: Any, state: Any, params: Any = None, *, x: Any = None, **_: Any
    ) -> tuple[Any, Any]:
        if params is None or x is None:
            raise ValueError("projection's update needs params (the perturbation) and x= (images).")
        inside = jax.tree.map(lambda u, d, im: threat.project(d + u, im) - d, updates, params, x)
        return inside, state

    return optax.GradientTransformationExtraArgs(_no_state, update)


def gaussian_start(scale: float = 1e-3) -> Start:
    """Return a start ``scale * N(0, I)`` for ``random_start=``, as in the public code of TRADES.

    Image i uses ``fold_in(key, index[i])``.

    >>> start = gaussian_start(0.001)
    >>> start(jax.random.key(0), jnp.zeros((2, 3)), jnp.arange(2)).shape
    (2, 3)
    """
    if not scale > 0:
        raise ValueError(f"the scale of a Gaussian start is positive; got {scale}.")

    def start(
        key: Key, x: Float[Array, " batch *image"], index: Int[Array, " batch"]
    ) -> Float[Array, " batch *image"]:
        keys = jax.vmap(jax.random.fold_in, (None, 0))(key, index)
        dtype = jnp.promote_types(x.dtype, jnp.float32)
        draw = jax.vmap(lambda key: scale * jax.random.normal(key, x.shape[1:], dtype))
        return draw(keys).astype(x.dtype)

    return start


def step_rule_of(
    threat: ThreatModel,
    steps: int,
    step_size: float | Array | optax.Schedule | None,
    step_rule: optax.GradientTransformation | None,
) -> optax.GradientTransformation:
    """Return the rule that PGD's options describe; ValueError if they contradict each other.

    >>> step_rule_of(ThreatModel("linf", 0.1), 10, 2.0, None)
    Traceback (most recent call last):
    ...
    ValueError: step_size is in input units, for L-infinity at most 1 when the inputs lie...
    """
    if step_rule is not None:
        if step_size is not None:
            raise ValueError(
                "step_rule replaces the step of size step_size; give one of them. "
                "optax.chain(..., optax.scale(alpha)) scales a rule."
            )
        return step_rule
    if step_size is None:
        return steepest_step(threat, 2.5 * threat.eps / max(steps, 1))
    if not callable(step_size) and not isinstance(step_size, Tracer):
        if isinstance(step_size, str) or np.ndim(step_size) or not 0 <= step_size < math.inf:
            raise ValueError(f"step_size is a finite number, at least 0; got {step_size!r}.")
        if threat.norm == "linf":
            threat.require_input_units("step_size", step_size)
    return steepest_step(threat, step_size)


def _no_state(params: Any) -> optax.EmptyState:
    del params
    return optax.EmptyState()
