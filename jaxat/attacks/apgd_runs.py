"""What Auto-PGD consists of besides its iteration: options, targets, phases, restarts."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable
from typing import Any, Literal, get_args

import jax.numpy as jnp
from jax import Array

from jaxat.attacks.apgd_steps import Run
from jaxat.attacks.inputs import require_integer, with_state
from jaxat.attacks.result import AttackResult
from jaxat.threat import ThreatModel

__all__ = ["ApgdLoss", "check_options", "frozen", "merge", "phases", "ranked", "takes_key"]

ApgdLoss = Literal["ce", "dlr", "dlr_targeted", "margin"]


def takes_key(logits_fn: Callable[..., Any]) -> bool:
    """Say whether a model is randomised by a parameter named ``key``.

    >>> takes_key(lambda x, key: x), takes_key(lambda x: x)
    (True, False)
    """
    try:
        return "key" in inspect.signature(logits_fn).parameters
    except (TypeError, ValueError):
        return False


def frozen(fn: Callable[..., Any], state: Any, x: Array) -> Array:
    """The logits of a model with state, which stays as it is."""
    return with_state(fn(state, x, train="eval"))[0]


def phases(steps: int, large_start: bool) -> list[tuple[float, int]]:
    """The radius in units of eps, and the number of steps, of each part of a run."""
    if not large_start:
        return [(1.0, steps)]
    early = math.ceil(0.3 * steps)
    return [(3.0, early), (2.0, early), (1.0, steps - 2 * early)]


def ranked(fn: Any, key: Any, x: Array, targets: int | None) -> list[Array]:
    """The classes of rank 2, 3, ... of the clean logits: one array a rank."""
    logits = fn(x, key=key) if takes_key(fn) else fn(x)
    most = logits.shape[1] - 1 if logits.ndim == 2 else 0
    count = min(9, most) if targets is None else targets
    if count > most:
        raise ValueError(f"targets is at most {most}, the number of other classes; got {count}.")
    order = jnp.argsort(-logits, axis=1)
    return [order[:, rank] for rank in range(1, count + 1)]


def merge(old: AttackResult | None, run: Run) -> AttackResult:
    """The result after one more run: what was wrong stays, the best loss wins."""

    def column(values: Array) -> Array:
        return values.reshape(-1, *[1] * (run.x.ndim - 1))

    answer = jnp.where(column(run.wrong), run.wrong_x, run.best_x)
    new = AttackResult(answer, run.wrong, run.best_x, run.best_loss)
    if old is None:
        return new
    better = (new.best_loss > old.best_loss) | jnp.isnan(new.best_loss)
    take = ~old.success & (new.success | better)
    return AttackResult(
        jnp.where(column(take), new.x_adv, old.x_adv),
        old.success | new.success,
        jnp.where(column(better), new.best_x, old.best_x),
        jnp.where(better, new.best_loss, old.best_loss),
    )


def check_options(
    threat: ThreatModel,
    loss: Any,
    steps: int,
    restarts: int,
    targets: int | None,
    rho: float,
    eot: int,
    large_start: bool,
) -> None:
    """Raise ValueError for an option out of range or two that contradict each other."""
    if not callable(loss) and loss not in get_args(ApgdLoss):
        raise ValueError(
            f"loss is one of {', '.join(get_args(ApgdLoss))} or callable; got {loss!r}."
        )
    for name, value in (("steps", steps), ("restarts", restarts), ("eot", eot)):
        require_integer(name, value, 1)
    if targets is not None:
        require_integer("targets", targets, 1)
        if loss != "dlr_targeted":
            raise ValueError(f"targets goes with loss='dlr_targeted'; got loss={loss!r}.")
    if not 0 <= rho <= 1:
        raise ValueError(f"rho is a share of the steps, between 0 and 1; got {rho}.")
    if large_start and (threat.norm != "l1" or steps < 4):
        raise ValueError(
            f"large_start is for norm='l1' and at least 4 steps; got {threat.norm!r}, {steps}."
        )
