"""One step of FAB: the nearest boundary's tangent, the moves onto it, and what was found."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import Array

from jaxat._sampling import Norm
from jaxat.attacks._hyperplane import reach_hyperplane
from jaxat.attacks.inputs import with_state
from jaxat.attacks.losses import fooled, is_binary
from jaxat.threat import ThreatModel

__all__ = ["Course", "Problem", "Search", "begin", "fab_step", "restart_start"]

# So many backward passes at once; models of many classes take them in turns.
_AT_ONCE = 16


class Problem(NamedTuple):
    """A batch: images, labels, classes aimed at (or None), state of the model (or None)."""

    x: Array
    labels: Array
    goal: Array | None
    state: Any


class Search(NamedTuple):
    """Where the search is, the nearest misclassified point, its norm, and who is done."""

    point: Array
    nearest: Array
    length: Array
    done: Array


class Course(NamedTuple):
    """Of one point: minus its norm where it is misclassified, whether within eps, and itself."""

    loss: Array
    success: Array
    x: Array


def begin(fn: Callable[..., Any], data: Problem) -> tuple[Search, Array]:
    """Return the search at x, where the misclassified are done, with norm 0; and the logits."""
    logits = _logits(fn, data, data.x)
    wrong = fooled(logits, data.labels)
    length = jnp.where(wrong, 0, jnp.inf).astype(data.x.dtype)
    return Search(data.x, data.x, length, wrong), logits


def restart_start(threat: ThreatModel, key: Any, x: Array, places: Array, run: Any) -> Array:
    """Return x and noise of length eps / 2, clipped; uniform for L-infinity, Gaussian otherwise."""

    def draw(place: Array) -> Array:
        own = jax.random.fold_in(jax.random.fold_in(key, place), run)
        dtype = jnp.promote_types(x.dtype, jnp.float32)
        if threat.norm == "linf":
            return jax.random.uniform(own, x.shape[1:], dtype, -1, 1)
        return jax.random.normal(own, x.shape[1:], dtype)

    noise = jax.vmap(draw)(places)
    scale = 0.5 * jnp.asarray(threat.eps, noise.dtype) / threat.length(noise)
    return _clip(threat, x + _spread(scale, x) * noise).astype(x.dtype)


def fab_step(
    threat: ThreatModel,
    options: tuple[float, float, float],
    early: bool,
    fn: Callable[..., Any],
    data: Problem,
    search: Search,
) -> tuple[Search, Course]:
    """Take one step with ``options`` (alpha_max, eta, beta); ``early`` says whether eps is enough.

    Images that are done stay where they are.
    """
    alpha_max, eta, beta = options
    x, batch = data.x, data.x.shape[0]
    gap, normal = _boundary(threat.norm, fn, data, search.point)
    both = jnp.stack([search.point, x])
    flat = both.reshape(2, batch, -1)
    # The tangent's value at both points: gap + <w, t - x_k>.
    gaps = gap[None] + jnp.sum(normal[None] * (flat - flat[:1]), axis=-1)
    moves = _moves(threat, normal, gaps, flat).reshape(both.shape)
    near, far = (jnp.maximum(threat.length(move), 1e-8) for move in moves)
    alpha = _spread(jnp.minimum(near / (near + far), alpha_max), x)
    ends = both + eta * moves
    point = _clip(threat, ends[0] * (1 - alpha) + ends[1] * alpha)

    wrong = fooled(_logits(fn, data, point), data.labels) & ~search.done
    length = threat.length(point - x)
    better = wrong & (length < search.length)
    nearest = jnp.where(_spread(better, x), point, search.nearest)
    least = jnp.where(better, length, search.length)
    within = least <= jnp.asarray(threat.eps, least.dtype)
    done = search.done | (within if early else jnp.zeros_like(within))

    visited = jnp.where(_spread(search.done, x), search.nearest, point)
    loss = jnp.where(search.done, -search.length, jnp.where(wrong, -length, -jnp.inf))
    success = -loss <= jnp.asarray(threat.eps, loss.dtype)
    after = jnp.where(_spread(wrong, x), x + beta * (point - x), point)
    after = jnp.where(_spread(search.done, x), search.point, after)
    return Search(after, nearest, least, done), Course(loss, success, visited)


def _boundary(
    norm: Norm, fn: Callable[..., Any], data: Problem, point: Array
) -> tuple[Array, Array]:
    """Gap ``z_t - z_y`` (batch,) and its gradient (batch, d) of the nearest boundary's class t."""

    def logits_of(point: Array) -> Array:
        logits = _logits(fn, data, point)
        if is_binary(logits):
            logits = jnp.stack([jnp.zeros_like(logits.ravel()), logits.ravel()], axis=1)
        return logits

    logits, pullback = jax.vjp(logits_of, point)
    batch, classes = logits.shape
    labels = _numbers(data.labels, classes)[:, None]
    if data.goal is not None:
        rivals = _numbers(data.goal, classes)[None]
    else:
        rivals = jnp.arange(classes - 1)[:, None]
        rivals = rivals + (rivals >= labels.T)

    def side(rival: Array) -> tuple[Array, Array]:
        every = jnp.arange(classes)[None]
        change = (every == rival[:, None]).astype(logits.dtype) - (every == labels)
        (gradient,) = pullback(change)
        gap = jnp.take_along_axis(logits, rival[:, None], 1) - jnp.take_along_axis(
            logits, labels, 1
        )
        return gap[:, 0].astype(point.dtype), gradient.reshape(batch, -1)

    if rivals.shape[0] == 1:
        return side(rivals[0])
    if rivals.shape[0] <= _AT_ONCE:
        gaps, normals = jax.vmap(side)(rivals)
    else:
        gaps, normals = jax.lax.map(side, rivals, batch_size=_AT_ONCE)
    dual = _dual_length(norm, normals)
    distance = jnp.where(dual > 0, jnp.abs(gaps) / jnp.where(dual > 0, dual, 1), jnp.inf)
    nearest = jnp.argmin(distance, axis=0)[None]
    gap = jnp.take_along_axis(gaps, nearest, 0)[0]
    return gap, jnp.take_along_axis(normals, nearest[..., None], 0)[0]


def _moves(threat: ThreatModel, normal: Array, gaps: Array, points: Array) -> Array:
    lo, hi = threat.bounds or (-jnp.inf, jnp.inf)
    below, above = jnp.minimum(lo - points, 0), jnp.maximum(hi - points, 0)

    def one(w: Array, gap: Array, below: Array, above: Array) -> Array:
        return reach_hyperplane(threat.norm, w, gap, below, above)

    return jax.vmap(jax.vmap(one), (None, 0, 0, 0))(normal, gaps, below, above)


def _dual_length(norm: Norm, normals: Array) -> Array:
    if norm == "linf":
        return jnp.sum(jnp.abs(normals), axis=-1)
    if norm == "l2":
        return jnp.sqrt(jnp.sum(normals**2, axis=-1))
    return jnp.max(jnp.abs(normals), axis=-1)


def _logits(fn: Callable[..., Any], data: Problem, x: Array) -> Array:
    return fn(x) if data.state is None else with_state(fn(data.state, x, train="eval"))[0]


def _numbers(labels: Array, classes: int) -> Array:
    """Labels as numbers of classes: those of a binary model are 0 and 1, or -1 and 1."""
    return (labels > 0).astype(jnp.int32) if classes == 2 else labels


def _clip(threat: ThreatModel, x: Array) -> Array:
    return x if threat.bounds is None else jnp.clip(x, *threat.bounds)


def _spread(values: Array, x: Array) -> Array:
    return values.reshape(-1, *[1] * (x.ndim - 1))
