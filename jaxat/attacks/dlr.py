"""The difference-of-logits-ratio losses, which neither shifting nor scaling the logits changes.

Their denominator is a spread of the largest logits, which may vanish. Three facts about that:

- where the label is among the three largest logits, the untargeted loss lies in [-1, 1], so a large
  value is seen only where the model is already wrong;
- logits that tie up to rounding would divide rounding errors by each other, or overflow. There, and
  only there, the denominator is held at the size of the rounding errors, as a constant: what is
  left is the numerator, whose gradient still says where to go;
- with all logits equal even that is zero, and 1e-12 remains, as in the public code.
"""

from __future__ import annotations

import jax.numpy as jnp
from jax import lax

from jaxat._typing import Array, Float, Int

__all__ = ["dlr", "dlr_targeted"]

# In units of the spacing of floating-point numbers at the largest logit.
_TIE = 8


def dlr(
    logits: Float[Array, "batch classes"], labels: Int[Array, " batch"]
) -> Float[Array, " batch"]:
    """Return ``-(z_y - max_{i != y} z_i) / (z_(1) - z_(3) + 1e-12)``, sorted downwards.

    Croce and Hein, "Reliable evaluation of adversarial robustness with an ensemble of diverse
    parameter-free attacks" (2020), equation (6). Positive exactly where the model is wrong.

    Raises:
        ValueError: fewer than three classes, for which it is constant or not defined.

    >>> z = jnp.array([[4.0, 3.0, 2.0, 1.0]])
    >>> y = jnp.array([0])
    >>> dlr(z, y).round(3).tolist(), dlr(10 * z + 7, y + 1).round(3).tolist()
    ([-0.5], [0.5])
    """
    _require_classes("dlr", logits, 3)
    top, places = lax.top_k(logits, 3)
    other = jnp.where(places[:, 0] == labels, top[:, 1], top[:, 0])
    return -(_of(logits, labels) - other) / _spread(logits, top[:, 0] - top[:, 2])


def dlr_targeted(
    logits: Float[Array, "batch classes"],
    labels: Int[Array, " batch"],
    targets: Int[Array, " batch"],
) -> Float[Array, " batch"]:
    """Return ``-(z_y - z_t) / (z_(1) - (z_(3) + z_(4)) / 2 + 1e-12)``, sorted downwards.

    The same paper, equation (7). Positive where the target beats the label, which need not be
    where the model is wrong, and the other way round.

    Raises:
        ValueError: fewer than four classes.

    >>> z = jnp.array([[4.0, 3.0, 1.0, 1.0]])
    >>> dlr_targeted(z, jnp.array([0]), jnp.array([3])).round(3).tolist()
    [-1.0]
    """
    _require_classes("dlr_targeted", logits, 4)
    top, _ = lax.top_k(logits, 4)
    spread = top[:, 0] - (top[:, 2] + top[:, 3]) / 2
    return -(_of(logits, labels) - _of(logits, targets)) / _spread(logits, spread)


def _spread(logits: Array, spread: Array) -> Array:
    rounding = lax.stop_gradient(_TIE * jnp.finfo(logits.dtype).eps * jnp.max(jnp.abs(logits), 1))
    return jnp.where(spread > rounding, spread, rounding) + 1e-12


def _of(logits: Array, classes: Array) -> Array:
    return jnp.take_along_axis(logits, classes[:, None], axis=1)[:, 0]


def _require_classes(name: str, logits: Array, least: int) -> None:
    if logits.ndim != 2 or logits.shape[1] < least:
        raise ValueError(
            f"the loss {name!r} needs logits (batch, classes) of at least {least} classes; got "
            f"{logits.shape}. With fewer, use loss='ce' or 'margin'."
        )
