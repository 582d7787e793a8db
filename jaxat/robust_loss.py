"""The mean loss on attacked data as a function of the weights alone, a few batches at a time.

This is what is drawn along directions (`jaxat.landscape`) and differentiated twice
(`jaxat.curvature`). BatchNorm uses its running statistics and nothing is updated.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.tree_util import Partial

from jaxat.attacks import Attack, cross_entropy
from jaxat.attacks.inputs import with_state
from jaxat.attacks.losses import Loss

__all__ = ["Batch", "BatchLoss", "attacked_loss", "freeze_attack", "mean_over", "split_batches"]

Params = Any
Apply = Callable[..., tuple[jax.Array, Any]]
BatchLoss = Callable[[Params, Any], jax.Array]
"""(params, batch) -> the mean loss over the examples of the batch, a number."""


class Batch(NamedTuple):
    """Images (batch, ...), labels (batch,), and the places of the images in the data set."""

    x: Any
    y: Any
    index: Any


def split_batches(x: Any, y: Any, batch_size: int | None = None) -> list[Batch]:
    """The data in batches of `batch_size` (all at once without it); the last may be smaller.

    The index of image i is i, so that a random start does not depend on `batch_size`.

    Raises:
        ValueError: no examples, one label missing, or `batch_size` below 1.

    >>> [len(batch.y) for batch in split_batches(np.zeros((5, 2)), np.zeros(5), 2)]
    [2, 2, 1]
    """
    count = len(x)
    size = count if batch_size is None else batch_size
    if count == 0 or len(y) != count:
        raise ValueError(f"x and y have one entry an example; got {count} and {len(y)}.")
    if size < 1:
        raise ValueError(f"batch_size is at least 1; got {size}.")
    starts = range(0, count, size)
    return [Batch(x[i : i + size], y[i : i + size], np.arange(count)[i : i + size]) for i in starts]


def attacked_loss(
    apply: Apply,
    state: Any = None,
    attack: Attack | None = None,
    *,
    key: Any = None,
    loss: Loss = cross_entropy,
) -> BatchLoss:
    """The function (params, batch) -> mean loss at the adversarial examples of these params.

    ``L(w) = 1/N sum_n l(f(x_n + delta_n(w); w), y_n)``, delta_n found by the attack at w itself.
    Without an attack the images are taken as they are. The same key at all weights is on purpose:
    random starts that differ between neighbouring points would look like a rough landscape.

    The adversarial examples are constants for differentiation, which by Danskin's theorem gives
    the gradient of L where the attack finds the maximum, but only one part of its Hessian: see
    `jaxat.curvature.hessian`.

    Args:
        apply: ``apply(params, state, x, train="eval") -> (logits, state)``, as ``Model.apply``.
        state: running statistics; None or empty without BatchNorm.
        attack: built by `jaxat.attacks`, with ``bn="eval"``; or None.
        key: for attacks that draw; image i uses its index, not its place in the batch.
        loss: (logits, labels) -> one number an image.

    >>> from jaxat import ThreatModel, attacks
    >>> def apply(w, state, x, train):
    ...     return x @ w, state
    >>> attack = attacks.pgd(ThreatModel("linf", 0.1), steps=1, step_size=0.1, random_start=False)
    >>> batch = Batch(jnp.array([[0.5, 0.5]]), jnp.array([1]), jnp.array([0]))
    >>> w = jnp.array([1.0, -2.0])  # margin -0.5, and 0.1 ||w||_1 less under attack
    >>> round(float(attacked_loss(apply, attack=attack)(w, batch)), 4)
    1.1711
    """

    def batch_loss(params: Params, batch: Any) -> jax.Array:
        x, y, index = (jnp.asarray(part) for part in batch)
        if attack is not None:
            # The state is closed over: an attack that would move it refuses to run without one.
            logits_fn = Partial(_logits, jax.lax.stop_gradient(params))
            x = attack(logits_fn, key, x, y, index=index).x_adv
        return jnp.mean(loss(_logits(params, x), y))

    def _logits(params: Params, x: jax.Array) -> jax.Array:
        return with_state(apply(params, state, x, train="eval"))[0]

    return batch_loss


def freeze_attack(
    apply: Apply,
    params: Params,
    state: Any,
    attack: Attack,
    batches: Sequence[Batch],
    *,
    key: Any = None,
) -> list[Batch]:
    """The batches with the adversarial examples of `params` for images, on the host.

    ``attacked_loss(apply, state)``, without an attack, is then the loss on these fixed images: a
    lower bound of the attacked loss, equal to it at `params`, and flatter around them.

    >>> from jaxat import ThreatModel, attacks
    >>> attack = attacks.pgd(ThreatModel("linf", 0.25), steps=1, step_size=1, random_start=False)
    >>> batches = split_batches(np.array([[0.5, 0.5]], np.float32), np.array([1]))
    >>> w = jnp.array([1.0, -2.0])
    >>> freeze_attack(lambda w, s, x, train: (x @ w, s), w, None, attack, batches)[0].x.tolist()
    [[0.25, 0.75]]
    """

    def _evaluated(params: Params, x: jax.Array) -> jax.Array:
        return with_state(apply(params, state, x, train="eval"))[0]

    @jax.jit
    def attacked(params: Params, batch: Batch) -> jax.Array:
        logits_fn = Partial(_evaluated, params)
        x, y, index = (jnp.asarray(part) for part in batch)
        return attack(logits_fn, key, x, y, index=index).x_adv

    return [batch._replace(x=np.asarray(attacked(params, batch))) for batch in batches]


def mean_over(batches: Sequence[Any], value: Callable[[Any], Any]) -> Any:
    """The mean of the trees ``value(batch)`` over all examples: batches count by their size.

    Raises:
        ValueError: no batch.

    >>> float(mean_over([np.zeros(3), np.ones(1)], lambda batch: batch[0]))
    0.25
    """
    if not batches:
        raise ValueError("there are no batches to take a mean over.")
    sizes = [len(jax.tree.leaves(batch)[0]) for batch in batches]
    total = None
    for batch, size in zip(batches, sizes, strict=True):
        share = jax.tree.map(lambda leaf, s=size: leaf * (s / sum(sizes)), value(batch))
        total = share if total is None else jax.tree.map(lambda a, b: a + b, total, share)
    return total
