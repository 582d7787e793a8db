"""What Square proposes: the sizes of its windows, its start, and the next point from given draws.

Images are (batch, height, width, channels). Random numbers come as arguments, uniform in [0, 1),
so that what is made of them can be compared with the public code number by number.
"""

from __future__ import annotations

import dataclasses
import math
from typing import Any, NamedTuple

import jax.numpy as jnp
import numpy as np
from jax import Array

from jaxat._sampling import Norm
from jaxat.threat import ThreatModel

__all__ = ["Draw", "StartDraw", "bump", "bumps", "proposal", "sides", "start", "tiles"]

_TINY = 1e-12
# Queries after which the area p halves again, of 10,000.
_HALVINGS = (10, 50, 200, 500, 1000, 2000, 4000, 6000, 8000)


class Draw(NamedTuple):
    """Numbers of one query: top and left of two windows (the second not for L-infinity), whether
    the bump is turned, and a sign for each channel."""

    places: Array  # (batch, 4)
    turn: Array  # (batch,)
    signs: Array  # (batch, channels)


class StartDraw(NamedTuple):
    """Numbers of the start. L-infinity: signs (batch, width, channels), one a column; turns unused.
    Otherwise turns (batch, n) and signs (batch, n, channels) for n tiles or more."""

    turns: Array
    signs: Array


def sides(
    norm: Norm, queries: int, shape: tuple[int, int], p_init: float, rescale: bool
) -> np.ndarray:
    """Return the side of the window at each query, as integers (queries,).

    ``round(sqrt(p h w))``, between 1 and the shorter side of the image; for L2 and L1 at least 3
    and odd. p starts at p_init and halves after 10, 50, 200, 500, 1000, 2000, 4000, 6000 and 8000
    queries, or after that many 10,000ths of them with ``rescale``.

    >>> np.unique(sides("linf", 5000, (32, 32), 0.8, False))[::-1].tolist()
    [29, 20, 14, 10, 7, 5, 4, 3]
    """
    height, width = shape
    chosen = []
    for query in range(queries):
        progress = int(query / queries * 10000) if rescale else query
        p = p_init / 2 ** sum(progress > after for after in _HALVINGS)
        side = round(math.sqrt(p * height * width))
        if norm == "linf":
            side = max(side, 1)
        else:
            side = max(side, 3)
            side += side % 2 == 0
        chosen.append(min(side, height, width))
    return np.array(chosen, np.int32)


def bump(norm: Norm, side: int) -> np.ndarray:
    """Return the window that L2 and L1 add: a positive half above a negative one, of norm 1.

    Each half is a pyramid, ``sum_k (k + 1)^-q`` over the squares of half width k around its centre
    that reach a pixel, with q = 2 for L2 and 4 for L1, scaled to norm 1.

    >>> bump("l1", 2).round(2).tolist()
    [[0.03, 0.47], [-0.03, -0.47]]
    """
    power = 2 if norm == "l2" else 4

    def half(height: int, width: int) -> np.ndarray:
        top, left = height // 2, width // 2
        away = np.maximum(
            np.abs(np.arange(height)[:, None] - top), np.abs(np.arange(width)[None] - left)
        )
        k = np.arange(max(top, left) + 1)
        weights = np.where(k >= away[..., None], (k + 1.0) ** -power, 0).sum(-1)
        return weights / max(_size(norm, weights), np.finfo(float).tiny)

    both = np.concatenate([half(side // 2, side), -half(side - side // 2, side)])
    return both / _size(norm, both)


def bumps(norm: Norm, each: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the bumps of all sides that occur, padded to the largest, and which one each uses."""
    values, which = np.unique(each, return_inverse=True)
    table = np.zeros((len(values), max(values, default=1), max(values, default=1)))
    if norm != "linf":
        for row, side in zip(table, values, strict=True):
            row[:side, :side] = bump(norm, int(side))
    return table, which.astype(np.int32)


def tiles(norm: Norm, shape: tuple[int, int]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return of each pixel the number of its tile, and what the bump has there, upright and turned.

    Tiles of side ``h // 5`` in ``h // side`` rows and ``w // side`` columns, from the pixel that
    puts five of them into the middle; those that reach over the edge are cut off. Pixels outside
    all tiles have bump 0.
    """
    height, width = shape
    side = height // 5
    first = (height - 5 * side) // 2
    across = width // side
    row, column = (np.arange(n) - first for n in shape)
    inside = (row >= 0)[:, None] & (row < height // side * side)[:, None]
    inside = inside & (column >= 0) & (column < across * side)
    number = np.where(inside, (row // side)[:, None] * across + column // side, 0)
    values = bump(norm, side)[(row % side)[:, None], column % side]
    turned = bump(norm, side).T[(row % side)[:, None], column % side]
    return number.astype(np.int32), np.where(inside, values, 0), np.where(inside, turned, 0)


def start(threat: ThreatModel, x: Array, draw: StartDraw) -> Array:
    """Return the first point: stripes, one sign a column and channel, or signed bumps in tiles."""
    signs = jnp.sign(2 * draw.signs - 1).astype(x.dtype)
    if threat.norm == "linf":
        return _clip(threat, x + _eps(threat, x) * signs[:, None])
    _, height, width, _ = x.shape
    number, upright, turned = tiles(threat.norm, (height, width))
    turn = draw.turns[:, number] > 0.5
    shape = jnp.where(turn, jnp.asarray(turned, x.dtype)[None], jnp.asarray(upright, x.dtype)[None])
    delta = shape[..., None] * signs[:, number]
    if threat.norm == "l1":
        return threat.perturb(x, _shrunk(threat).project(delta, x))
    return _clip(threat, x + _of_length_eps(threat, delta))


def proposal(
    threat: ThreatModel, x: Array, best: Array, side: Array, table: Array, draw: Draw
) -> Array:
    """Return the point to be tried next, from the best one, a side, its bump and the numbers drawn.

    L-infinity: +-2 eps is added in one window, one sign a channel, and cut off at x +- eps. L2 and
    L1: a signed bump is added to what a first window has; it is given the norm that both windows
    had and what the image had not used yet, the second window is emptied, and all is scaled to eps.
    """
    batch, height, width, channels = x.shape
    signs = jnp.sign(2 * draw.signs - 1).astype(x.dtype)[:, None, None]
    top, left, inside = _window(draw.places[:, :2], side, height, width)
    if threat.norm == "linf":
        eps = _eps(threat, x)
        moved = best + jnp.where(inside, 2 * eps * signs, 0)
        return _clip(threat, jnp.minimum(jnp.maximum(moved, x - eps), x + eps))

    delta = best - x
    _, _, emptied = _window(draw.places[:, 2:], side, height, width)
    row = jnp.clip(jnp.arange(height)[None] - top[:, None], 0, table.shape[0] - 1)[:, :, None]
    column = jnp.clip(jnp.arange(width)[None] - left[:, None], 0, table.shape[0] - 1)[:, None]
    turn = draw.turn[:, None, None] > 0.5
    shape = jnp.where(turn, table[column, row], table[row, column]).astype(x.dtype)
    old = jnp.where(inside, delta, 0)
    new = jnp.where(inside, shape[..., None] * signs, 0) + old / (_TINY + _sum(threat.norm, old))
    both = _sum(threat.norm, jnp.where(inside | emptied, delta, 0))
    unused, eps = threat.length(delta).reshape(batch, 1, 1, 1), _eps(threat, x)
    if threat.norm == "l2":
        unused = jnp.maximum(eps**2 - unused**2, 0) / channels
        length = jnp.sqrt(unused + both**2)
    else:
        length = (jnp.maximum(eps - unused, 0) / channels + both) * channels
    new = new / (_TINY + _sum(threat.norm, new)) * length
    delta = jnp.where(inside, new, jnp.where(emptied, 0, delta))
    if threat.norm == "l1":
        return threat.perturb(x, _shrunk(threat).project(delta, x))
    return _clip(threat, x + _of_length_eps(threat, delta))


def _window(places: Array, side: Any, height: int, width: int) -> tuple[Array, Array, Array]:
    """Top, left and mask. The last possible place is never drawn, as in the public code."""
    top = jnp.floor(places[:, 0] * (height - side)).astype(jnp.int32)
    left = jnp.floor(places[:, 1] * (width - side)).astype(jnp.int32)
    down = jnp.arange(height)[None] - top[:, None]
    across = jnp.arange(width)[None] - left[:, None]
    rows, columns = (down >= 0) & (down < side), (across >= 0) & (across < side)
    return top, left, (rows[:, :, None] & columns[:, None])[..., None]


def _sum(norm: Norm, delta: Array) -> Array:
    """The norm over each channel of each image."""
    if norm == "l2":
        return jnp.sqrt(jnp.sum(delta**2, axis=(1, 2), keepdims=True))
    return jnp.sum(jnp.abs(delta), axis=(1, 2), keepdims=True)


def _size(norm: Norm, values: np.ndarray) -> float:
    return float(np.sqrt(np.sum(values**2)) if norm == "l2" else np.sum(np.abs(values)))


def _of_length_eps(threat: ThreatModel, delta: Array) -> Array:
    length = threat.length(delta).reshape(-1, 1, 1, 1)
    return delta / (length + _TINY) * _eps(threat, delta)


def _shrunk(threat: ThreatModel) -> ThreatModel:
    # As in the public code, so that rounding does not lead out of the ball.
    return dataclasses.replace(threat, eps=threat.eps * (1 - 1e-6), combine="exact")


def _eps(threat: ThreatModel, x: Array) -> Array:
    return jnp.asarray(threat.eps, x.dtype)


def _clip(threat: ThreatModel, x: Array) -> Array:
    return x if threat.bounds is None else jnp.clip(x, *threat.bounds)
