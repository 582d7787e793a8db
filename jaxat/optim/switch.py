"""One transformation until an epoch, another from it on."""

from __future__ import annotations

from typing import Any, NamedTuple, cast

import jax
import jax.core
import jax.numpy as jnp
import optax

__all__ = ["SwitchState", "switch"]


class SwitchState(NamedTuple):
    """Whether `then` has begun, and both states."""

    switched: jax.Array
    first: Any
    then: Any


def switch(
    at_epoch: int,
    first: optax.GradientTransformation,
    then: optax.GradientTransformation,
) -> optax.GradientTransformationExtraArgs:
    """`first` while ``epoch < at_epoch``, `then` from there on; epochs count from 0.

    ``update(grads, state, params, *, epoch, **extra)``. `then` begins with the state that it has
    for the weights of that moment, so with zero momentum. Kanai et al., Table 2, row "(tuned)":
    ``switch(150, optax.chain(entropy_sgd(inner=awp(0.005), key=key), optax.sgd(0.1, 0.9)),
    optax.chain(awp(0.005), optax.sgd(0.001, 0.9)))``. AWP after a warm-up:
    ``switch(5, optax.identity(), awp(0.01))``. The number of minibatches in an update may change
    at the switch, which is the caller's to follow.

    A traced `epoch` becomes `jax.lax.cond`, and both sides must return updates of the same dtypes;
    with a plain integer only one side is traced, once for each side if the integer is static.
    ValueError if `at_epoch` is negative or `update` gets no `epoch`.

    >>> import jax.numpy as jnp, optax
    >>> tx = switch(2, optax.scale(1.0), optax.scale(10.0))
    >>> w = jnp.ones(1)
    >>> state = tx.init(w)
    >>> [float(tx.update(w, state, w, epoch=e)[0][0]) for e in range(4)]
    [1.0, 1.0, 10.0, 10.0]
    """
    if at_epoch < 0:
        raise ValueError(f"at_epoch must be at least 0; got {at_epoch}")
    before, after = optax.with_extra_args_support(first), optax.with_extra_args_support(then)

    def init(params: optax.Params) -> SwitchState:
        return SwitchState(jnp.bool_(False), before.init(params), after.init(params))

    def update(
        grads: Any, state: SwitchState, params: Any = None, *, epoch: Any = None, **extra: Any
    ) -> tuple[Any, SwitchState]:
        if epoch is None:
            raise ValueError("switch needs to know the epoch: call tx.update(..., epoch=epoch)")
        # Switches inside `first` and `then` read it too.
        extra = {**extra, "epoch": epoch}

        def run_first() -> tuple[Any, SwitchState]:
            updates, new = before.update(grads, state.first, params, **extra)
            return updates, SwitchState(state.switched, new, state.then)

        def run_then() -> tuple[Any, SwitchState]:
            begun = state.then
            if params is not None:
                begun = jax.lax.cond(state.switched, lambda: state.then, lambda: after.init(params))
            updates, new = after.update(grads, begun, params, **extra)
            return updates, SwitchState(jnp.bool_(True), state.first, new)

        late = epoch >= at_epoch
        # Of an array even a known value becomes a tracer inside jit.
        if isinstance(late, jax.core.Tracer):
            return jax.lax.cond(late, run_then, run_first)
        return run_then() if late else run_first()

    return optax.GradientTransformationExtraArgs(init, cast(Any, update))
