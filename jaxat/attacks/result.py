"""What every attack is, and what it returns."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, Protocol, runtime_checkable

from jaxat._typing import Array, Bool, Float

__all__ = ["Attack", "AttackResult", "Trace"]


class Trace(NamedTuple):
    """The course of an attack: T steps give T + 1 points, the start and the last one included.

    ``x`` are the points themselves, where an attack keeps them.
    """

    loss: Float[Array, " points batch"]
    success: Bool[Array, " points batch"]
    x: Float[Array, " points batch *image"] | None = None


class AttackResult(NamedTuple):
    """The outcome of an attack on a batch of images; a pytree.

    ``x_adv`` is the attack's answer (for PGD the last point, as robust accuracy is commonly
    reported), and ``success`` says which of its images the model gets wrong (in a targeted attack:
    takes for the target). ``best_x`` is the point of the highest loss among all that were visited,
    ``best_loss`` its loss. ``trace`` is None unless asked for. ``state`` is the model's state (the
    running statistics of BatchNorm) after the attack, as it went in unless the attack moves it.

    Under ``jax.jit`` what is not used is not computed: training that takes ``x_adv`` alone pays
    neither for the forward pass at the last point nor for keeping the best one.
    """

    x_adv: Float[Array, " batch *image"]
    success: Bool[Array, " batch"]
    best_x: Float[Array, " batch *image"]
    best_loss: Float[Array, " batch"]
    trace: Trace | None = None
    state: Any = None


@runtime_checkable
class Attack(Protocol):
    """An attack that has been built: ``attack(logits_fn, key, x, y)``."""

    def __call__(
        self,
        logits_fn: Callable[..., Any],
        key: Any,
        x: Any,
        y: Any,
        *,
        x_init: Any = None,
        target: Any = None,
        state: Any = None,
        index: Any = None,
    ) -> AttackResult: ...
