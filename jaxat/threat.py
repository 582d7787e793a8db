"""Threat models: what an attacker may do to an image."""

from __future__ import annotations

import math
from dataclasses import dataclass
from numbers import Real
from typing import Literal, get_args

import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer

from jaxat._projections import l1_project, l2_length, l2_project
from jaxat._sampling import Norm, uniform_in_unit_ball
from jaxat._typing import Array, Bool, Float, Int, Key

__all__ = ["Combination", "Norm", "ThreatModel"]

Combination = Literal["exact", "ball-then-box"]


@dataclass(frozen=True)
class ThreatModel:
    """What may be added to an image x: ``{delta : ||delta|| <= eps, lo <= x + delta <= hi}``.

    Arrays hold a batch of images: the first axis counts them, the others are theirs in any layout.
    The dtype is that of the images. All lengths are in input units.

    Args:
        norm: ``"linf"``, ``"l2"`` or ``"l1"``, over all coordinates of one image.
        eps: radius, at least 0. A float, or an array of no axes (possibly traced).
        bounds: (lo, hi) of the inputs, or None for inputs without bounds.
        combine: ``"exact"`` projects onto the intersection of ball and box. ``"ball-then-box"``
            projects onto the ball and clips the result, as the public code of AWP, TRADES and
            AutoAttack does. Both stay inside, and for L-infinity they are the same. For L2 and L1
            the clipping takes length away that is not given back: the iteration ends at points of
            norm less than eps, so it solves the problem of a smaller ball.

    Raises:
        ValueError: unknown norm or combination, eps negative, not finite or in grey levels,
            bounds without room.

    >>> threat = ThreatModel("linf", 8 / 255)
    >>> x = jnp.array([[0.0, 0.5, 1.0]])
    >>> delta = threat.project(jnp.array([[-1.0, 1.0, 1.0]]), x)
    >>> (255 * threat.perturb(x, delta)).round(1).tolist()
    [[0.0, 135.5, 255.0]]
    """

    norm: Norm
    eps: float | Array
    bounds: tuple[float, float] | None = (0.0, 1.0)
    combine: Combination = "exact"

    def __post_init__(self) -> None:
        _require_choice("norm", self.norm, get_args(Norm))
        _require_choice("combine", self.combine, get_args(Combination))
        pair = (0, 1) if self.bounds is None else self.bounds
        if not isinstance(pair, tuple | list) or len(pair) != 2 or not all(map(_is_number, pair)):
            raise ValueError(f"bounds are two numbers lo < hi, or None; got {self.bounds!r}.")
        if not -math.inf < pair[0] < pair[1] < math.inf:
            raise ValueError(f"bounds are finite numbers lo < hi, or None; got {self.bounds}.")
        if isinstance(self.eps, Tracer):
            return
        if not _is_number(self.eps) or not 0 <= float(self.eps) < math.inf:
            raise ValueError(f"eps is one finite number, at least 0; got {self.eps!r}.")
        if self.norm == "linf":
            self.require_input_units("eps", self.eps)

    def require_input_units(self, name: str, value: float | Array) -> None:
        """Raise ValueError if a length of one coordinate is longer than the range of the inputs."""
        if self.bounds is None or isinstance(value, Tracer):
            return
        lo, hi = self.bounds
        if float(value) > hi - lo:
            raise ValueError(
                f"{name} is in input units, for L-infinity at most {hi - lo:g} when the inputs lie "
                f"in [{lo:g}, {hi:g}]; got {value}. For 8 grey levels pass 8/255, or say "
                f"bounds=(0, 255) if the inputs are grey levels, bounds=None if they have none."
            )

    def length(self, delta: Float[Array, " batch *image"]) -> Float[Array, " batch"]:
        """Return the norm of each perturbation.

        >>> ThreatModel("l1", 1.0).length(jnp.array([[0.25, -0.5], [0.0, 0.0]])).tolist()
        [0.75, 0.0]
        """
        flat = _flat(delta)
        if self.norm == "linf":
            size = jnp.max(jnp.abs(flat), axis=1, initial=0)
        elif self.norm == "l2":
            size = jax.vmap(l2_length)(flat)
        else:
            size = jnp.sum(jnp.abs(flat), axis=1)
        return size.astype(delta.dtype)

    def contains(
        self,
        x_adv: Float[Array, " batch *image"],
        x: Float[Array, " batch *image"],
        *,
        tolerance: float = 1e-6,
    ) -> Bool[Array, " batch"]:
        """Say which ``x_adv`` are admissible for ``x``, up to ``tolerance`` in length and bounds.

        >>> x = jnp.array([[0.5, 0.5]])
        >>> ThreatModel("l2", 0.1).contains(x + 0.1, x).tolist()
        [False]
        """
        near = self.length(x_adv - x) <= self.eps + tolerance
        if self.bounds is None:
            return near
        lo, hi = self.bounds
        flat = _flat(x_adv)
        return near & jnp.all((flat >= lo - tolerance) & (flat <= hi + tolerance), axis=1)

    def project(
        self, delta: Float[Array, " batch *image"], x: Float[Array, " batch *image"]
    ) -> Float[Array, " batch *image"]:
        """Return the admissible perturbation of ``x`` nearest to ``delta`` in the Euclidean norm.

        With ``combine="ball-then-box"``: the nearest in the ball, then clipped so that
        ``x + delta`` is within the bounds.

        >>> threat = ThreatModel("l2", 1.0)
        >>> x, far = jnp.array([[0.4, 0.0]]), jnp.array([[3.0, 4.0]])
        >>> print(threat.project(far, x).round(3))
        [[0.6 0.8]]
        """
        below, above = self._room(x)
        if self.norm == "linf":
            eps = jnp.asarray(self.eps, delta.dtype)
            return jnp.clip(jnp.clip(delta, -eps, eps), below, above)
        flat, exact = _flat(delta), self.combine == "exact"
        outward = jnp.where(flat > 0, _flat(above), -_flat(below))
        room = outward if exact else jnp.full_like(flat, jnp.inf)
        one = l2_project if self.norm == "l2" else l1_project
        eps = jnp.asarray(self.eps, flat.dtype)
        inside = jax.vmap(one, (0, 0, None))(flat, room, eps)
        return jnp.clip(inside.reshape(delta.shape).astype(delta.dtype), below, above)

    def perturb(
        self, x: Float[Array, " batch *image"], delta: Float[Array, " batch *image"]
    ) -> Float[Array, " batch *image"]:
        """Return ``x + delta`` clipped to the bounds, and on them exactly where delta reaches them.

        (In floating point ``x + (hi - x)`` need not be hi.)

        >>> ThreatModel("linf", 1.0).perturb(jnp.array([[0.3]]), jnp.array([[0.9]])).tolist()
        [[1.0]]
        """
        if self.bounds is None:
            return x + delta
        below, above = self._room(x)
        lo, hi = (jnp.asarray(bound, x.dtype) for bound in self.bounds)
        inner = jnp.clip(x + delta, lo, hi)
        return jnp.where(delta >= above, hi, jnp.where(delta <= below, lo, inner))

    def steepest(
        self,
        gradient: Float[Array, " batch *image"],
        delta: Float[Array, " batch *image"] | None = None,
        x: Float[Array, " batch *image"] | None = None,
    ) -> Float[Array, " batch *image"]:
        """Return the perturbation of norm 1 along which a function with this gradient grows most.

        ``argmax_{||v|| <= 1} <g, v>``: sign(g) for L-infinity, ``g / ||g||_2`` for L2, and for L1
        ``sign(g_j) e_j`` with the first j of the largest ``|g_j|``. With L1, and ``delta`` and
        ``x`` given, coordinates at the bounds with a gradient that points out are passed over:
        they would take the whole step. A zero gradient gives 0; a tiny one is as good as another.

        >>> print(ThreatModel("l2", 1.0).steepest(jnp.array([[3e-30, 4e-30], [0.0, 0.0]])).round(3))
        [[0.6 0.8]
         [0.  0. ]]
        """
        if self.norm == "linf":
            return jnp.sign(gradient)
        flat = _flat(gradient)
        if self.norm == "l2":
            # A first division brings the largest coordinate to 1, so that no square underflows.
            flat = _divide(flat, jnp.max(jnp.abs(flat), axis=1, initial=0))
            flat = _divide(flat, jnp.sqrt(jnp.sum(flat**2, axis=1)))
        else:
            if delta is not None and x is not None:
                below, above = self._room(x)
                stuck = _flat(
                    ((delta >= above) & (gradient > 0)) | ((delta <= below) & (gradient < 0))
                )
                flat = jnp.where(stuck, 0, flat)
            largest = jnp.argmax(jnp.abs(flat), axis=1)[:, None]
            flat = jnp.where(jnp.arange(flat.shape[1]) == largest, jnp.sign(flat), 0)
        return flat.reshape(gradient.shape).astype(gradient.dtype)

    def uniform(
        self,
        key: Key,
        x: Float[Array, " batch *image"],
        *,
        index: Int[Array, " batch"] | None = None,
    ) -> Float[Array, " batch *image"]:
        """Draw perturbations of the shape of x from the uniform law on the ball, without bounds.

        Image i uses ``fold_in(key, index[i])`` (``index`` is 0, 1, ... unless given), so with its
        place in the data set as index the draw does not depend on the batch that it stands in.

        >>> threat = ThreatModel("l2", 0.5)
        >>> delta = threat.uniform(jax.random.key(0), jnp.zeros((100, 3)))
        >>> bool(threat.length(delta).max() <= 0.5)
        True
        """
        places = jnp.arange(x.shape[0]) if index is None else jnp.asarray(index)
        keys = jax.vmap(jax.random.fold_in, (None, 0))(key, places)
        dtype = jnp.promote_types(x.dtype, jnp.float32)
        unit = jax.vmap(lambda key: uniform_in_unit_ball(key, self.norm, x.shape[1:], dtype))(keys)
        return (jnp.asarray(self.eps, dtype) * unit).astype(x.dtype)

    def random_start(
        self,
        key: Key,
        x: Float[Array, " batch *image"],
        *,
        index: Int[Array, " batch"] | None = None,
    ) -> Float[Array, " batch *image"]:
        """Draw from the uniform law on the ball and clip to the bounds, as PGD starts.

        >>> x = jnp.ones((2, 3))
        >>> bool(ThreatModel("linf", 0.1).random_start(jax.random.key(0), x).max() <= 0)
        True
        """
        return jnp.clip(self.uniform(key, x, index=index), *self._room(x))

    def _room(self, x: Array) -> tuple[Array, Array]:
        """The interval of admissible perturbations of each coordinate; it always contains 0."""
        lo, hi = (-math.inf, math.inf) if self.bounds is None else self.bounds
        return jnp.minimum(lo - x, 0), jnp.maximum(hi - x, 0)


def _flat(images: Array) -> Array:
    # Sums over thousands of coordinates in 16 bits would be worth nothing.
    wide = images.astype(jnp.promote_types(images.dtype, jnp.float32))
    return wide.reshape(images.shape[0], math.prod(images.shape[1:]))


def _divide(rows: Array, by: Array) -> Array:
    return rows / jnp.where(by > 0, by, 1)[:, None]


def _is_number(value: object) -> bool:
    """Whether it is one real number, also as an array of no axes; True and False are none."""
    kind = getattr(value, "dtype", None)
    if kind is not None:
        return np.ndim(value) == 0 and (  # pyright: ignore[reportArgumentType]
            jnp.issubdtype(kind, jnp.floating) or jnp.issubdtype(kind, jnp.integer)
        )
    return isinstance(value, Real) and not isinstance(value, bool)


def _require_choice(name: str, value: object, choices: tuple[str, ...]) -> None:
    if value not in choices:
        raise ValueError(f"{name} is one of {', '.join(choices)}; got {value!r}.")
