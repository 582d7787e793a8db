"""One update of the weights, and many of them in one compiled call.

The equations stand in `jaxat.objectives` (what is minimised) and `jaxat.optim` (how); here they
meet: minibatches become examples, gradients go through the optax transformation, running
statistics move once an update.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import optax

from jaxat.data import Augmentation, to_unit
from jaxat.objectives import Examples
from jaxat.optim import EntropySGDState, Oracle
from jaxat.parts import Parts
from jaxat.state import TrainState

__all__ = ["Metrics", "Place", "TrainingSet", "make_update", "make_updates"]

Tree = Any
Metrics = dict[str, jax.Array]
Place = Callable[[Any], Any]
"""Where a minibatch lies: the identity, or a sharding constraint of its first axis."""


class TrainingSet(NamedTuple):
    """All training images on the device, uint8 (n, height, width, channels), and labels (n,)."""

    images: jax.Array
    labels: jax.Array


Update = Callable[..., tuple[TrainState, Metrics]]


def make_update(
    parts: Parts, augment: Augmentation, key: jax.Array, place: Place = lambda x: x
) -> Update:
    """Build ``update(state, data, rows, rate, *, phase) -> (state, metrics)``.

    ``rows`` (L, batch) are the examples of the L minibatches of this update, ``rate`` the learning
    rate, ``phase`` a static ``parts.phase(epoch)``. Metrics are scalars: ``loss`` and ``accuracy``
    on the training examples as they are attacked, at the weights before the update (EntropySGD:
    means over its minibatches, at θ'), ``step_norm`` = ‖Δθ‖/rate (0 at rate 0), and what
    EntropySGD says of itself.
    """
    objective, tx = parts.objective, parts.transformation
    dtype = parts.model.options["param_dtype"]

    def update(
        state: TrainState, data: TrainingSet, rows: Any, rate: Any, *, phase: int
    ) -> tuple[TrainState, Metrics]:
        def prepare(params: Tree, i: Any) -> tuple[Examples, jax.Array]:
            minibatch_key = jax.random.fold_in(key, state.minibatch + i)
            augment_key, attack_key, dropout_key = jax.random.split(minibatch_key, 3)
            index = rows[i]
            images = augment(augment_key, place(data.images[index]))
            x, y = to_unit(images, dtype), place(data.labels[index])
            examples = objective.prepare(params, state.model_state, attack_key, x, y, index)
            return jax.lax.stop_gradient(examples), dropout_key

        def gradient(params: Tree, prepared: tuple[Examples, jax.Array]) -> tuple[Tree, Any]:
            value = jax.value_and_grad(objective.loss, has_aux=True)
            (loss, (moved, metrics)), grads = value(params, *prepared)
            return grads, (moved, {"loss": loss, **metrics})

        received: list[tuple[Any, ...]] = []
        grads: Any = None
        if parts.minibatches(phase) > 1:
            oracle, first = Oracle(prepare, gradient, received.append), ()
        else:
            prepared = prepare(state.params, 0)
            grads, aux = gradient(state.params, prepared)
            # AWP asks for more gradients on the examples that have been attacked already.
            oracle = Oracle(lambda params, i: prepared, gradient, received.append)
            first = (jax.tree.map(lambda leaf: leaf[None], aux),)
        updates, opt_state = tx.update(
            grads, state.opt_state, state.params, grad_fn=oracle, epoch=phase, rate=rate
        )
        auxes = (*first, *(received[0] if received else ()))
        # What is measured is measured at the weights; statistics are those of the last gradient,
        # under AWP at the perturbed weights, as in its public code.
        metrics = {name: jnp.mean(values, axis=0) for name, values in auxes[0][1].items()}
        model_state = jax.tree.map(
            lambda values, old: jnp.mean(values, axis=0).astype(old.dtype),
            auxes[-1][0],
            state.model_state,
        )
        metrics["step_norm"] = optax.tree.norm(updates) / jnp.where(rate == 0, 1, rate)
        metrics |= _of_entropy_sgd(opt_state)
        params = optax.apply_updates(state.params, updates)
        used = state.minibatch + jnp.int32(parts.minibatches(phase))
        return TrainState(params, model_state, opt_state, used), metrics

    return update


def make_updates(update: Update, gathered: Place = lambda x: x) -> Update:
    """Build ``updates(state, data, rows, rates, count, *, phase) -> (state, metrics)``, compiled.

    ``rows`` (n, L, batch) and ``rates`` (n,) are those of up to n updates, of which the first
    ``count`` are done in one compiled loop: one compilation serves chunks of every length. Metrics
    get a first axis of n; entries from ``count`` on are NaN. The state is donated. ``gathered`` is
    a sharding constraint of what is returned, so that every process can read it.
    """

    @partial(jax.jit, static_argnames="phase", donate_argnums=0)
    def updates(
        state: TrainState, data: TrainingSet, rows: Any, rates: Any, count: Any, *, phase: int
    ) -> tuple[TrainState, Metrics]:
        one = partial(update, phase=phase)
        _, shapes = jax.eval_shape(one, state, data, rows[0], rates[0])
        room = {k: jnp.full(rates.shape, jnp.nan, s.dtype) for k, s in shapes.items()}

        def body(i: Any, carry: tuple[TrainState, Metrics]) -> tuple[TrainState, Metrics]:
            state, metrics = carry
            state, new = one(state, data, rows[i], rates[i])
            return state, {name: metrics[name].at[i].set(new[name]) for name in metrics}

        return gathered(jax.lax.fori_loop(0, count, body, (state, room)))

    return updates


def _of_entropy_sgd(opt_state: Tree) -> Metrics:
    """The metrics of the EntropySGD inside a chain, if there is one."""
    leaves = jax.tree.leaves(opt_state, is_leaf=lambda x: isinstance(x, EntropySGDState))
    found = [leaf.metrics for leaf in leaves if isinstance(leaf, EntropySGDState)]
    return {
        f"ensgd_{name}": jnp.asarray(value, jnp.float32)
        for name, value in (found[0]._asdict().items() if found else ())
    }
