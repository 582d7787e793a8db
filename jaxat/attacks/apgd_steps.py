"""One iteration of Auto-PGD: look at a point, keep the books, adapt the step, move on.

What is adapted is one number an image. Checkpoints depend on the iteration alone, so they are data
(`windows`) and one compiled iteration serves all of them.
"""

from __future__ import annotations

import dataclasses
import math
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from jaxat.threat import ThreatModel

__all__ = [
    "Point",
    "Problem",
    "Run",
    "begin",
    "into_ball",
    "move",
    "random_start",
    "record",
    "windows",
    "with_radius",
]

_TINY = 1e-12


class Problem(NamedTuple):
    """A batch: images, labels, classes aimed at (or None), and the radius of the ball."""

    x: Array
    labels: Array
    goal: Array | None
    eps: Array


class Point(NamedTuple):
    """What the model says at a point: loss, whether the attack succeeded, gradient of the loss."""

    loss: Array
    wrong: Array
    gradient: Array


class Run(NamedTuple):
    """The state of the iteration; ``rises`` counts increases of the loss since the last check."""

    x: Array
    before: Array
    step: Array
    best_x: Array
    best_gradient: Array
    best_loss: Array
    wrong_x: Array
    wrong: Array
    rises: Array
    last_loss: Array
    halved: Array
    checked_loss: Array
    density: Array
    support: Array


def windows(norm: str, steps: int) -> np.ndarray:
    """Return, for each point 0..steps, the number of steps judged there, 0 where none are.

    For L-infinity and L2, ``0.22 T`` steps, then 0.03 T fewer each time down to 0.06 T; for L1,
    always 0.04 T.

    >>> np.flatnonzero(windows("linf", 100)).tolist()
    [22, 41, 57, 70, 80, 87, 93, 99]
    """
    lengths = np.zeros(steps + 1, np.int32)
    if norm == "l1":
        window = max(int(0.04 * steps), 1)
        lengths[window::window] = window
        return lengths
    window, place = max(int(0.22 * steps), 1), 0
    while (place := place + window) <= steps:
        lengths[place] = window
        window = max(window - max(int(0.03 * steps), 1), max(int(0.06 * steps), 1))
    return lengths


def random_start(threat: ThreatModel, key: Any, x: Array, places: Array) -> Array:
    """Draw starts that touch the ball: image i from ``fold_in(key, places[i])``."""
    keys = jax.vmap(jax.random.fold_in, (None, 0))(key, places)
    dtype = jnp.promote_types(x.dtype, jnp.float32)
    shape = x.shape[1:]
    if threat.norm == "linf":
        draw = jax.vmap(lambda key: jax.random.uniform(key, shape, dtype, -1, 1))
    else:
        draw = jax.vmap(lambda key: jax.random.normal(key, shape, dtype))
    noise = draw(keys).astype(x.dtype)
    if threat.norm == "l1":
        return into_ball(threat, x, x + noise)
    length = _sup(noise) if threat.norm == "linf" else _l2(noise)
    return _into_box(threat, x + threat.eps * noise / (length + _TINY))


def begin(threat: ThreatModel, start: Array, problem: Problem, given: bool) -> Run:
    """Return the state before the first look, at ``start`` (drawn, or ``given`` by the user)."""
    x, n = problem.x, problem.x.shape[0]
    real = jnp.promote_types(x.dtype, jnp.float32)
    size = math.prod(x.shape[1:])
    zeros = jnp.zeros(n, real)
    support = jnp.full(n, size, jnp.float32)
    density = jnp.full(n, 0.2, jnp.float32)
    if given:
        support = _support(start - x)
        density = support / size / 1.5
    alpha = 1 if threat.norm == "l1" else 2
    return Run(
        x=start,
        before=start,
        step=jnp.full(n, alpha, x.dtype) * problem.eps,
        best_x=start,
        best_gradient=jnp.zeros_like(x),
        best_loss=zeros - jnp.inf,
        wrong_x=start,
        wrong=jnp.zeros(n, bool),
        rises=jnp.zeros(n, jnp.int32),
        last_loss=jnp.zeros(n, jnp.float32),
        halved=jnp.ones(n, bool),
        checked_loss=zeros,
        density=density,
        support=support,
    )


def record(
    threat: ThreatModel, rho: float, run: Run, problem: Problem, at: Point, first: Any, window: Any
) -> tuple[Run, Array]:
    """Book a point; at a checkpoint halve steps and go back to the best point where it is due.

    Returns the state and the gradient to move along. Three habits of the public code are kept: the
    start is not the first of the losses compared (a zero is), the first check never finds that the
    best loss stood still, and losses are compared in float32.
    """
    loss = at.loss.astype(run.best_loss.dtype)
    # A NaN is not passed over: whoever looks at the best loss shall see it.
    better = (loss > run.best_loss) | jnp.isnan(loss)
    best_loss = jnp.where(better, loss, run.best_loss)
    best_x = _choose(better, run.x, run.best_x)
    best_gradient = _choose(better, at.gradient, run.best_gradient)
    coarse = loss.astype(jnp.float32)
    rises = run.rises + ((coarse > run.last_loss) & ~first)
    run = run._replace(
        best_x=best_x,
        best_gradient=best_gradient,
        best_loss=best_loss,
        wrong_x=_choose(at.wrong, run.x, run.wrong_x),
        wrong=run.wrong | at.wrong,
        last_loss=jnp.where(first, 0, coarse),
        checked_loss=jnp.where(first, best_loss, run.checked_loss),
    )
    check = window > 0
    if threat.norm == "l1":
        support = _support(best_x - problem.x)
        restart = support < 0.95 * run.support
        shorter = jnp.clip(run.step / 1.5, problem.eps / 10, problem.eps)
        step = jnp.where(restart, problem.eps, shorter)
        density = support / math.prod(problem.x.shape[1:]) / 1.5
        run = run._replace(
            density=jnp.where(check, density, run.density),
            support=jnp.where(check, support, run.support),
        )
    else:
        few = rises <= rho * window
        stuck = ~run.halved & (run.checked_loss >= best_loss)
        restart = few | stuck
        step = jnp.where(restart, run.step / 2, run.step)
        run = run._replace(
            rises=jnp.where(check, 0, rises),
            halved=jnp.where(check, restart, run.halved),
            checked_loss=jnp.where(check, best_loss, run.checked_loss),
        )
    back = check & restart
    gradient = _choose(back, best_gradient, at.gradient)
    x = _choose(back, best_x, run.x)
    return run._replace(x=x, step=jnp.where(check, step, run.step)), gradient


def move(threat: ThreatModel, run: Run, problem: Problem, gradient: Array, first: Any) -> Run:
    """Step along the gradient, project, and keep a quarter of the last move (not at first).

    ``z = P(x_k + eta s(g))``, ``x_(k+1) = P(x_k + a (z - x_k) + (1 - a) (x_k - x_(k-1)))``.
    """
    step = _column(run.step, run.x)
    if threat.norm == "l1":
        sign = jnp.sign(_sparse(gradient, run.density))
        moved = run.x + step * sign / (_column(_support(sign).astype(step.dtype), step) + 1e-10)
        x = into_ball(threat, problem.x, moved)
        return run._replace(x=x, before=run.x)
    linf = threat.norm == "linf"
    direction = jnp.sign(gradient) if linf else gradient / (_l2(gradient) + _TINY)
    z = into_ball(threat, problem.x, run.x + step * direction)
    a = jnp.where(first, 1.0, 0.75).astype(run.x.dtype)
    ahead = run.x + (z - run.x) * a + (run.x - run.before) * (1 - a)
    return run._replace(x=into_ball(threat, problem.x, ahead), before=run.x)


def into_ball(threat: ThreatModel, x: Array, z: Array) -> Array:
    """Return the admissible point for z: the ball's, then the box's, in the public code's words."""
    if threat.norm == "linf":
        return _into_box(threat, jnp.clip(z, x - threat.eps, x + threat.eps))
    if threat.norm == "l2" and threat.combine == "ball-then-box":
        delta = z - x
        length = _l2(delta)
        return _into_box(threat, x + delta / (length + _TINY) * jnp.minimum(length, threat.eps))
    return threat.perturb(x, threat.project(z - x, x))


def with_radius(threat: ThreatModel, eps: Array) -> ThreatModel:
    """The threat model of another radius, which may be traced."""
    return dataclasses.replace(threat, eps=eps)


def _sparse(gradient: Array, density: Array) -> Array:
    flat = jnp.abs(gradient.reshape(gradient.shape[0], -1))
    size = flat.shape[1]
    place = jnp.clip((1 - density) * size, 0, size - 1).astype(jnp.int32)
    least = jnp.take_along_axis(jnp.sort(flat, axis=1), place[:, None], axis=1)[:, 0]
    return jnp.where(jnp.abs(gradient) >= _column(least, gradient), gradient, 0)


def _into_box(threat: ThreatModel, x: Array) -> Array:
    return x if threat.bounds is None else jnp.clip(x, *threat.bounds)


def _choose(where: Array, a: Array, b: Array) -> Array:
    return jnp.where(_column(where, a), a, b)


def _column(values: Array, like: Array) -> Array:
    return values.reshape(-1, *[1] * (like.ndim - 1))


def _axes(x: Array) -> tuple[int, ...]:
    return tuple(range(1, x.ndim))


def _sup(x: Array) -> Array:
    return jnp.max(jnp.abs(x), axis=_axes(x), keepdims=True)


def _l2(x: Array) -> Array:
    return jnp.sqrt(jnp.sum(x**2, axis=_axes(x), keepdims=True))


def _support(x: Array) -> Array:
    return jnp.sum(x != 0, axis=_axes(x)).astype(jnp.float32)
