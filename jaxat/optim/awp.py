"""Adversarial weight perturbation: the gradient at the weights where the loss is worse.

Wu et al. ("Adversarial Weight Perturbation Helps Robust Generalization"), used by Kanai et al.,
Eq. (76) of the final version. Their public code moves a copy of the network by one SGD step on
minus the loss and rescales the step to the norm of the weights. The step size of the copy cancels,
so here v comes from the gradient itself: no second network, and none of the cancellation of
w_new − w_old (in float32 1e-5 of v).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, NamedTuple, cast

import jax
import jax.numpy as jnp
import optax

from jaxat.optim.oracle import GradFn, Minibatch, hand_out, number, replaced, require, whole

__all__ = ["AWPState", "Norm", "Select", "awp", "kernels", "perturbation"]

Norm = Literal["tensor", "filter"]
Select = Callable[[str, jax.Array], bool]


class AWPState(NamedTuple):
    """AWP keeps nothing between updates."""


def kernels(path: str, leaf: jax.Array) -> bool:
    """Whether the leaf has more than one axis: kernels, but not biases or normalisation scales."""
    return leaf.ndim > 1


def _norm(x: jax.Array, axes: tuple[int, ...]) -> jax.Array:
    """The Euclidean norm over `axes`, kept as axes of length 1; its squares cannot underflow."""
    scale = jnp.max(jnp.abs(x), axis=axes, keepdims=True)
    safe = jnp.where(scale == 0, jnp.ones_like(scale), scale)
    return scale * jnp.sqrt(jnp.sum(jnp.square(x / safe), axis=axes, keepdims=True))


def _direction(weights: jax.Array, grads: jax.Array, norm: Norm) -> jax.Array:
    """‖w‖ g/‖g‖, and zero where g is zero."""
    if weights.size == 0:
        return jnp.zeros_like(weights)
    # Flax keeps the output channel or unit on the last axis of a kernel.
    axes = tuple(range(weights.ndim - (norm == "filter" and weights.ndim > 1)))
    grads = grads.astype(weights.dtype)
    length = _norm(grads, axes)
    safe = jnp.where(length == 0, jnp.ones_like(length), length)
    # The unit vector first: ‖w‖/‖g‖ overflows where ‖g‖ is tiny.
    return _norm(weights, axes) * (grads / safe)


def perturbation(
    params: optax.Params,
    grads: optax.Updates,
    gamma: Any,
    *,
    select: Select = kernels,
    norm: Norm = "tensor",
) -> Any:
    """The tree v = γ ‖w‖ g/‖g‖ on each selected leaf w with gradient g, zero on the others.

    With ``norm="filter"`` both norms are taken for each index of the last axis (one output channel
    or unit in Flax's layout) instead of the whole tensor. Where g vanishes, v does.

    >>> w, g = {"kernel": jnp.array([[3.0, 4.0]])}, {"kernel": jnp.array([[0.0, 7.0]])}
    >>> perturbation(w, g, 0.01)["kernel"].round(3).tolist() == jnp.array([[0, 0.05]]).tolist()
    True
    """
    gamma = number("gamma", gamma, 0.0, open_low=False)

    def leaf(path: Any, w: jax.Array, g: jax.Array) -> jax.Array:
        if not select(jax.tree_util.keystr(path), w):
            return jnp.zeros_like(w)
        return (gamma * _direction(w, g, norm)).astype(w.dtype)

    return jax.tree_util.tree_map_with_path(leaf, params, grads)


def awp(
    gamma: Any,
    *,
    steps: int = 1,
    select: Select = kernels,
    norm: Norm = "tensor",
    weight_decay: Any = 0.0,
) -> optax.GradientTransformationExtraArgs:
    """The gradient at θ + v, where v = γ ‖w‖ g/‖g‖ for every tensor with more than one axis.

    ``update(grads, state, params, *, grad_fn)``: g is the incoming gradient, and the result is
    ``grad_fn(params + v, 0)``. Pass as `grad_fn` the gradient on the same adversarial examples as
    `grads`. With ``grads=None`` g is taken from `grad_fn` too (one more call); with an `Oracle`
    the minibatch is then prepared once, at the unperturbed weights, which is the way to use one.

    With more `steps`, v is the sum of `steps` moves of γ/steps ‖w‖ g/‖g‖ with g at the weights
    reached so far, all on minibatch 0, hence `steps` calls; ‖v‖ <= γ‖w‖ without a projection.
    ``select(path, leaf)`` says which leaves move, `norm` whether per tensor or per filter.

    `weight_decay` adds ``weight_decay * (params + v)``, because the public code applies its decay
    at θ + v; leave it 0 and put `optax.add_decayed_weights` behind for decay at θ. They differ by
    weight_decay·v. Momentum belongs behind: ``optax.chain(awp(0.01), optax.sgd(0.1, 0.9))``.
    Published γ: 0.01 for adversarial training, 0.005 with TRADES.

    Every number may be scheduled, which makes it traced: ``optax.inject_hyperparams(awp,
    static_args=("steps", "select"))(gamma=optax.linear_schedule(0.0, 0.01, 1000))``.

    `awp` replaces the gradient, so it goes first in a chain, and inside `entropy_sgd`
    (``inner=``), never beside it. ValueError if a number is out of range, or if `update` lacks
    `params` or `grad_fn` or gets another replacing transformation's gradient.

    Flax NNX, a model of your own, in ten lines:

    >>> import jax, jax.numpy as jnp, optax
    >>> from flax import nnx
    >>> from jaxat.optim import awp
    >>> x, y = jnp.ones((8, 3)), jnp.arange(8) % 2
    >>> graph, params = nnx.split(nnx.Linear(3, 2, rngs=nnx.Rngs(0)), nnx.Param)
    >>> def loss(params):
    ...     logits = nnx.merge(graph, params)(x)
    ...     return optax.softmax_cross_entropy_with_integer_labels(logits, y).mean()
    >>> tx = optax.chain(awp(0.01), optax.sgd(0.1, momentum=0.9))
    >>> state = tx.init(params)
    >>> @jax.jit
    ... def step(params, state):
    ...     grad_fn = lambda params, i: jax.grad(loss)(params)
    ...     updates, state = tx.update(grad_fn(params, 0), state, params, grad_fn=grad_fn)
    ...     return optax.apply_updates(params, updates), state
    >>> trained, state = step(params, state)
    >>> bool(loss(trained) < loss(params))
    True
    """
    gamma = number("gamma", gamma, 0.0, open_low=False)
    weight_decay = number("weight_decay", weight_decay, 0.0, open_low=False)
    steps = whole("steps", steps)
    if norm not in ("tensor", "filter"):
        raise ValueError(f'norm must be "tensor" or "filter"; got {norm!r}')

    def init(params: optax.Params) -> AWPState:
        del params
        return AWPState()

    @jax.jit
    def move(weights: Any, params: Any, grads: Any) -> Any:
        # ‖w‖ is that of the weights before any step, as in the public code.
        v = perturbation(params, grads, gamma / steps, select=select, norm=norm)
        return jax.tree.map(jnp.add, weights, v)

    def update(
        grads: Any,
        state: AWPState,
        params: Any = None,
        *,
        grad_fn: GradFn | None = None,
        **extra: Any,
    ) -> tuple[Any, AWPState]:
        del extra
        source = require("awp", grads, params, grad_fn)
        oracle = Minibatch(source, params, 0)
        if grads is None:
            grads = oracle(params, 0)
        weights = params
        for _ in range(steps):
            weights = move(weights, params, grads)
            grads = oracle(weights, 0)
        if not (isinstance(weight_decay, float) and weight_decay == 0):
            grads = jax.tree.map(
                lambda g, w: (g + weight_decay * w).astype(g.dtype), grads, weights
            )
        hand_out(source, jax.tree.map(lambda leaf: jnp.asarray(leaf)[None], oracle.auxes))
        return replaced(grads), state

    return optax.GradientTransformationExtraArgs(init, cast(Any, update))
