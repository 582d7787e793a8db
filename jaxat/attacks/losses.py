"""What an attack makes large: losses of one logit vector an image, one number an image.

Logits are (batch, classes) with integer labels; or (batch,) or (batch, 1) for a binary model,
whose one logit z stands for the two logits (0, z), with labels in {0, 1} or {-1, 1}.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import jax
import jax.numpy as jnp

from jaxat._typing import Array, Bool, Float, Int, Num

__all__ = ["LOSSES", "Loss", "LossName", "cross_entropy", "fooled", "kl", "margin"]

Loss = Callable[[Array, Array], Array]
LossName = Literal["ce", "margin", "kl"]


def cross_entropy(
    logits: Float[Array, " batch ..."], labels: Num[Array, " batch"]
) -> Float[Array, " batch"]:
    """Return ``-log softmax(z)_y``; for a binary model ``log(1 + exp(-s z))`` with s = +1 or -1.

    >>> cross_entropy(jnp.zeros((1, 2)), jnp.array([1])).round(4) == jnp.log(2.0).round(4)
    Array([ True], dtype=bool)
    """
    if is_binary(logits):
        sign = jnp.where(labels > 0, 1, -1).astype(logits.dtype)
        return jax.nn.softplus(-sign * logits.reshape(labels.shape))
    return -_of_label(jax.nn.log_softmax(logits), _classes(labels))


def margin(
    logits: Float[Array, " batch ..."], labels: Num[Array, " batch"]
) -> Float[Array, " batch"]:
    """Return ``max_{j != y} z_j - z_y``: positive where the model is wrong.

    >>> margin(jnp.array([[1.0, 3.0, 0.5]]), jnp.array([1])).tolist()
    [-2.0]
    """
    if is_binary(logits):
        sign = jnp.where(labels > 0, 1, -1).astype(logits.dtype)
        return -sign * logits.reshape(labels.shape)
    labels = _classes(labels)
    own = jnp.arange(logits.shape[1]) == labels[:, None]
    return jnp.max(jnp.where(own, -jnp.inf, logits), axis=1) - _of_label(logits, labels)


def kl(
    logits: Float[Array, " batch ..."], clean: Float[Array, " batch ..."]
) -> Float[Array, " batch"]:
    """Return ``KL(softmax(clean) || softmax(logits))``, which TRADES' attack makes large.

    Both sides through log-softmax, so that a probability that underflows does not give NaN.

    >>> kl(jnp.array([[0.0, 1.0]]), jnp.array([[0.0, 1.0]])).tolist()
    [0.0]
    """
    if is_binary(logits):
        logits, clean = (jnp.stack([0 * z, z], 1) for z in (logits.ravel(), clean.ravel()))
    log_p, log_q = jax.nn.log_softmax(clean), jax.nn.log_softmax(logits)
    return jnp.sum(jnp.exp(log_p) * (log_p - log_q), axis=1)


def fooled(
    logits: Float[Array, " batch ..."], labels: Num[Array, " batch"]
) -> Bool[Array, " batch"]:
    """Say where the predicted class (the first of the largest logits) is not the label.

    >>> fooled(jnp.array([[1.0, 3.0], [1.0, 3.0]]), jnp.array([0, 1])).tolist()
    [True, False]
    """
    if is_binary(logits):
        return (logits.reshape(labels.shape) > 0) != (labels > 0)
    return jnp.argmax(logits, axis=1) != _classes(labels)


LOSSES: dict[LossName, Loss] = {"ce": cross_entropy, "margin": margin, "kl": kl}


def is_binary(logits: Array) -> bool:
    """Say whether there is one logit an image. ValueError for logits of more than two axes."""
    if logits.ndim not in (1, 2):
        raise ValueError(
            f"logits have shape (batch, classes), or (batch,) for a binary model; "
            f"got {logits.shape}."
        )
    return logits.ndim == 1 or logits.shape[1] == 1


def _classes(labels: Array) -> Int[Array, " batch"]:
    if not jnp.issubdtype(labels.dtype, jnp.integer):
        raise ValueError(
            f"with several logits an image, labels are integers, the numbers of the classes; got "
            f"{labels.dtype}. For soft labels pass a loss of your own."
        )
    return labels


def _of_label(values: Array, labels: Array) -> Array:
    return jnp.take_along_axis(values, labels[:, None], axis=1)[:, 0]
