"""Where the losses of one datum have kinks, and how far their gradients jump there."""

from __future__ import annotations

from collections.abc import Callable
from math import inf
from typing import TYPE_CHECKING

import numpy as np

from figures.paper_data import EPS, X, Y, linear_loss

if TYPE_CHECKING:
    import jax

__all__ = ["LOSSES", "axis_curve", "jumps", "loss_of"]

# Name: whether the model has the swish unit, and the norm of the attack.
LOSSES = {
    "linear_l2": (False, 2.0),
    "linear_linf": (False, inf),
    "swish_l2": (True, 2.0),
    "swish_linf": (True, inf),
}
_SIDE = 1e-9  # near enough to the kink that the smooth change of the gradient cannot be seen


def loss_of(name: str) -> Callable[[jax.Array], jax.Array]:
    """θ ↦ the attacked loss of the papers' datum, by its name in `LOSSES`."""
    from theory.adversarial import swish_adversarial_loss

    swish, p = LOSSES[name]
    if not swish:
        return linear_loss(p)
    return lambda theta: swish_adversarial_loss(theta, X, Y, EPS, p)


def axis_curve(values: np.ndarray, coordinate: int) -> np.ndarray:
    """The points (n, 2) with this coordinate 0 and the other one running over the values."""
    points = np.zeros((len(values), 2))
    points[:, 1 - coordinate] = values
    return points


def jumps(
    loss: Callable[[jax.Array], jax.Array], points: np.ndarray, directions: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """∇loss just beyond each point along its unit direction, less ∇loss just before it: (n, 2).

    And the height of the loss there, (n,), to about 10⁻⁹. Points and directions have shape (n, 2).
    """
    import jax
    import jax.numpy as jnp

    both = jax.jit(jax.vmap(jax.value_and_grad(loss)))
    sides = np.concatenate([points + _SIDE * directions, points - _SIDE * directions])
    values, gradients = (np.split(np.asarray(part), 2) for part in both(jnp.asarray(sides)))
    return gradients[0] - gradients[1], 0.5 * (values[0] + values[1])
