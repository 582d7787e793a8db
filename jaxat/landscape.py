"""The loss along directions in weight space, and in planes of two of them.

``g(alpha) = 1/N sum_n l(f(x_n + delta_n; w + alpha h), y_n)`` for a direction h with the norms of
the weights, filter by filter (Li et al., "Visualizing the Loss Landscape of Neural Nets", 2018;
Wu et al., "Adversarial Weight Perturbation Helps Robust Generalization", 2020; Yamada et al.,
Eqs. (5) and (6)). What the loss does about attacks is its own affair: `attacked_loss` makes the
attack anew at every alpha, `freeze_attack` once.

>>> from jaxat import ThreatModel, attacks, models
>>> from jaxat.robust_loss import attacked_loss, split_batches
>>> model = models.build("logistic")
>>> params, state = model.init(jax.random.key(0), (4,))
>>> batches = split_batches(np.eye(4, dtype=np.float32), np.array([0, 1, 0, 1]))
>>> loss = attacked_loss(model.apply, state, attacks.pgd(ThreatModel("l2", 0.1), steps=2),
...                      key=jax.random.key(1))
>>> direction = random_direction(jax.random.key(2), params)
>>> loss_along(loss, params, direction, [-1, 0, 1], batches).shape
(3,)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from jaxat._typing import Key
from jaxat.optim.awp import Norm, Select, kernels, perturbation
from jaxat.robust_loss import BatchLoss, mean_over

__all__ = ["loss_along", "loss_on_plane", "normalised", "random_direction"]

Params = Any


def normalised(
    direction: Params, params: Params, *, select: Select = kernels, norm: Norm = "filter"
) -> Params:
    """The direction with the lengths of the weights: ``h <- ||w|| h / ||h||``, filter by filter.

    A filter is what stands at one index of a kernel's last axis, where Flax has the output channel
    or unit; a vector, and with ``norm="tensor"`` any leaf, is one filter. The binary logistic
    kernel is a single filter, which is Yamada's use of Eq. (6). Leaves that `select` leaves out,
    unless told otherwise those of one axis (biases, scales of normalisation), are zero, and so is
    h where the given one is.

    Raises:
        ValueError: the trees differ in structure or shapes.

    >>> w = {"kernel": jnp.array([[3.0, 0.0], [4.0, 2.0]]), "bias": jnp.ones(2)}
    >>> h = normalised({"kernel": jnp.eye(2), "bias": jnp.ones(2)}, w)
    >>> h["kernel"].tolist(), h["bias"].tolist()
    ([[5.0, 0.0], [0.0, 2.0]], [0.0, 0.0])
    """
    _require_alike(params, direction)
    return perturbation(params, direction, 1.0, select=select, norm=norm)


def random_direction(
    key: Key, params: Params, *, select: Select = kernels, norm: Norm = "filter"
) -> Params:
    """A Gaussian direction, `normalised` by the weights. Different leaves draw independently.

    >>> w = {"kernel": jnp.array([[3.0], [4.0]]), "bias": jnp.ones(1)}
    >>> h = random_direction(jax.random.key(0), w)
    >>> float(jnp.linalg.norm(h["kernel"]).round(4)), h["bias"].tolist()
    (5.0, [0.0])
    """
    leaves, treedef = jax.tree.flatten(params)
    drawn = [
        jax.random.normal(jax.random.fold_in(key, place), jnp.shape(leaf), jnp.result_type(leaf))
        for place, leaf in enumerate(leaves)
    ]
    return normalised(treedef.unflatten(drawn), params, select=select, norm=norm)


def loss_along(
    loss: BatchLoss,
    params: Params,
    direction: Params,
    alphas: Sequence[float],
    batches: Sequence[Any],
) -> np.ndarray:
    """The mean loss at ``params + alpha * direction`` for every alpha, float64, shape (alphas,).

    Args:
        loss: (params, batch) -> mean loss over the batch; it is compiled once.
        params: the point alpha = 0.
        direction: a tree like `params`.
        alphas: multiples of the direction.
        batches: what `loss` takes; the first axis of a batch's first leaf counts its examples.

    Raises:
        ValueError: a direction of another shape, or no batches.

    >>> loss = lambda w, x: jnp.mean((x @ w) ** 2)
    >>> loss_along(loss, jnp.array([1.0, 0.0]), jnp.array([0.0, 1.0]), [0, 2], [jnp.eye(2)])
    array([0.5, 2.5])
    """
    still = jax.tree.map(jnp.zeros_like, params)
    return loss_on_plane(loss, params, direction, still, alphas, [0.0], batches)[:, 0]


def loss_on_plane(
    loss: BatchLoss,
    params: Params,
    first: Params,
    second: Params,
    alphas: Sequence[float],
    betas: Sequence[float],
    batches: Sequence[Any],
) -> np.ndarray:
    """The mean loss at ``params + alpha * first + beta * second``, float64, (alphas, betas).

    The two directions are taken as they are; two Gaussian ones are nearly orthogonal in high
    dimension. The arguments are those of `loss_along`.

    >>> loss = lambda w, x: jnp.mean((x @ w) ** 2)
    >>> w, h, k = jnp.zeros(2), jnp.array([1.0, 0.0]), jnp.array([0.0, 2.0])
    >>> loss_on_plane(loss, w, h, k, [0, 1], [0, 1], [jnp.eye(2)]).tolist()
    [[0.0, 2.0], [0.5, 2.5]]
    """
    _require_alike(params, first)
    _require_alike(params, second)
    value = _compiled(loss)
    grid = [
        [
            mean_over(
                batches,
                lambda batch, a=alpha, b=beta: np.float64(
                    value(params, first, second, a, b, batch)
                ),
            )
            for beta in betas
        ]
        for alpha in alphas
    ]
    return np.array(grid, np.float64).reshape(len(alphas), len(betas))


def _compiled(loss: BatchLoss) -> Callable[..., jax.Array]:
    @jax.jit
    def value(
        params: Params, first: Params, second: Params, alpha: Any, beta: Any, batch: Any
    ) -> jax.Array:
        def moved(w: Any, h: Any, k: Any) -> jax.Array:
            w = jnp.asarray(w)
            return w + jnp.asarray(alpha, w.dtype) * h + jnp.asarray(beta, w.dtype) * k

        return loss(jax.tree.map(moved, params, first, second), batch)

    return value


def _require_alike(params: Params, direction: Params) -> None:
    trees = [jax.tree.structure(tree) for tree in (params, direction)]
    if trees[0] != trees[1]:
        raise ValueError(f"a direction is a tree like the weights, {trees[0]}; got {trees[1]}.")
    for (path, w), h in zip(
        jax.tree_util.tree_leaves_with_path(params), jax.tree.leaves(direction), strict=True
    ):
        if jnp.shape(w) != jnp.shape(h):
            raise ValueError(
                f"the direction at {jax.tree_util.keystr(path) or 'the root'} has the shape of the "
                f"weights, {jnp.shape(w)}; got {jnp.shape(h)}."
            )
