"""Where to look: seeded starting points at the nasty places, and smooth maps onto domains.

A search that starts only at standard normal points never sees what breaks a smoothness claim:
pairs that almost coincide, antipodal pairs, pairs on both sides of a coordinate hyperplane, and
the neighbourhood of the origin. The maps turn a constrained search into an unconstrained one; each
reaches the boundary of its domain at an ordinary point, with vanishing radial derivative, because
the worst case usually lies there.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer

if TYPE_CHECKING:
    from jax import Array
    from jax.typing import ArrayLike

__all__ = [
    "PAIR_KINDS",
    "in_annulus",
    "in_ball",
    "in_orthant",
    "outside_ball",
    "pair_starts",
    "safe_norm",
    "split_pair",
    "starting_points",
]

SCALES = (1e-3, 0.1, 1.0, 5.0)
PAIR_KINDS = ("generic", "near", "antipodal", "orthant", "origin")

# A mapped point must satisfy its constraint in floating point as well, not up to rounding.
_MARGIN = 1e-15


def starting_points(
    rng: np.random.Generator, n: int, k: int, scales: Sequence[float] = SCALES
) -> np.ndarray:
    """Return n starting points in R^k, shape (n, k): normal, the scales taking turns.

    >>> starting_points(np.random.default_rng(0), 8, 3).shape
    (8, 3)
    """
    if n < 1 or k < 1 or not scales:
        raise ValueError(f"starting_points needs n, k >= 1 and a scale; got {n=}, {k=}, {scales=}")
    return rng.standard_normal((n, k)) * np.resize(np.asarray(scales, float), n)[:, None]


def pair_starts(
    rng: np.random.Generator,
    n: int,
    d: int,
    *,
    scales: Sequence[float] = SCALES,
    kinds: Sequence[str] = PAIR_KINDS,
) -> np.ndarray:
    """Return n pairs of points of R^d as rows [theta1, theta2], shape (n, 2 d).

    The kinds take turns. ``generic``: independent. ``near``: theta2 = theta1 + 1e-3 xi.
    ``antipodal``: theta2 = -theta1 + 1e-3 xi. ``orthant``: one coordinate is tiny and differs in
    sign, the others agree up to 1e-3. ``origin``: both of length about 1e-3.

    >>> theta1, theta2 = split_pair(pair_starts(np.random.default_rng(0), 50, 2, kinds=["near"]))
    >>> bool(np.all(np.linalg.norm(theta1 - theta2, axis=1) < 0.1))
    True
    """
    unknown = [kind for kind in kinds if kind not in PAIR_KINDS]
    if unknown or not kinds:
        raise ValueError(f"kinds of pairs must be among {PAIR_KINDS}; got {list(kinds)}")
    # Scales turn slower than kinds: every kind meets every scale, whatever their numbers.
    sizes = np.resize(np.repeat(np.asarray(scales, float), len(kinds)), n)[:, None]
    first = starting_points(rng, n, d, (1.0,)) * sizes
    second = rng.standard_normal((n, d)) * sizes
    noise = 1e-3 * rng.standard_normal((n, d)) * sizes
    coordinate, tiny = rng.integers(d, size=n), 10.0 ** rng.uniform(-6, -2, size=n)
    for i, kind in enumerate(np.resize(np.asarray(kinds), n)):
        if kind == "near":
            second[i] = first[i] + noise[i]
        elif kind == "antipodal":
            second[i] = -first[i] + noise[i]
        elif kind == "orthant":
            second[i] = first[i] + noise[i]
            first[i, coordinate[i]], second[i, coordinate[i]] = tiny[i], -tiny[i]
        elif kind == "origin":
            first[i] *= 1e-3 / sizes[i, 0]
            second[i] *= 1e-3 / sizes[i, 0]
    return np.concatenate([first, second], axis=1)


def split_pair(z: ArrayLike) -> Array:
    """Split [..., 2 d] into its halves, the points of a pair, stacked: shape (2, ..., d).

    The maps of this file take the stacked pair as it is, which compiles faster than two calls.
    """
    z = jnp.asarray(z)
    if z.ndim < 1 or z.shape[-1] % 2:
        raise ValueError(f"a pair has an even number of coordinates; got shape {z.shape}")
    return jnp.moveaxis(z.reshape(*z.shape[:-1], 2, z.shape[-1] // 2), -2, 0)


def safe_norm(z: ArrayLike) -> Array:
    """Return the Euclidean norm over the last axis, with gradient 0 (and not NaN) at 0."""
    return _norm(jnp.asarray(z))


# A rule of its own, and not the usual pair of `where`: searches spend their time in compilation.
@jax.custom_jvp
def _norm(z: Array) -> Array:
    return jnp.sqrt(jnp.sum(z * z, axis=-1))


@_norm.defjvp
def _norm_jvp(primals: tuple[Array], tangents: tuple[Array]) -> tuple[Array, Array]:
    (z,), (dz,) = primals, tangents
    norm = _norm(z)
    return norm, jnp.sum(z * dz, axis=-1) / jnp.where(norm > 0, norm, 1.0)


def _with_length(z: ArrayLike, length: Array) -> Array:
    # z = 0 has no direction; the first axis stands in, so that the length is right there too.
    z = jnp.asarray(z)
    norm = safe_norm(z)[..., None]
    axis = jnp.zeros(z.shape[-1]).at[0].set(1.0)
    return length[..., None] * jnp.where(norm > 0, z / jnp.where(norm > 0, norm, 1.0), axis)


def _known_to_fail(value: Any, condition: Callable[[Any], Any]) -> bool:
    # Inside a compiled search a radius is an abstract value, about which nothing can be asked.
    abstract = any(isinstance(leaf, Tracer) for leaf in jax.tree.leaves(value))
    return not abstract and not condition(value)


def outside_ball(z: ArrayLike, r: ArrayLike) -> Array:
    """Map z in R^d to theta = rho z / ||z|| with rho = r + sqrt(1 + (||z|| - 1)^2) - 1 >= r.

    Every theta with ||theta|| >= r is reached; the sphere itself at ||z|| = 1.

    >>> outside_ball(np.array([0.0, 1.0]), 0.5).tolist()
    [0.0, 0.500000000000001]
    """
    if _known_to_fail(r, lambda r: r >= 0):
        raise ValueError(f"the radius of a ball is not negative; got {r=}")
    t = safe_norm(z) - 1.0
    # t^2 / (1 + sqrt(1 + t^2)) is sqrt(1 + t^2) - 1 without the cancellation.
    rho = jnp.asarray(r) * (1 + 2 * _MARGIN) + t**2 / (1.0 + jnp.sqrt(1.0 + t**2))
    return _with_length(z, rho)


def in_annulus(z: ArrayLike, r: ArrayLike, R: ArrayLike) -> Array:
    """Map z to theta = rho z / ||z|| with rho = r + (R - r) sin^2(pi (||z|| - 1) / 2) in [r, R].

    The inner sphere is reached at ||z|| = 1, 3, ..., the outer one at ||z|| = 2, 4, ...

    >>> in_annulus(np.array([0.0, 2.0]), 0.5, 4.0).round(9).tolist()
    [0.0, 4.0]
    """
    if _known_to_fail((r, R), lambda pair: 0 <= pair[0] < pair[1]):
        raise ValueError(f"an annulus needs 0 <= r < R; got {r=}, {R=}")
    inner, outer = jnp.asarray(r) * (1 + _MARGIN), jnp.asarray(R) * (1 - _MARGIN)
    wave = jnp.sin(0.5 * jnp.pi * (safe_norm(z) - 1.0)) ** 2
    return _with_length(z, inner + (outer - inner) * wave)


def in_ball(z: ArrayLike, R: ArrayLike) -> Array:
    """Map z to theta = R sin(pi ||z|| / 2) z / ||z||, smooth at 0 too; ||theta|| <= R.

    >>> in_ball(np.array([0.0, 1.0]), 4.0).round(9).tolist()
    [0.0, 4.0]
    """
    if _known_to_fail(R, lambda R: R > 0):
        raise ValueError(f"the radius of a ball must be positive here; got {R=}")
    z = jnp.asarray(z)
    norm = safe_norm(z)[..., None]
    return jnp.asarray(R) * (1 - _MARGIN) * (0.5 * jnp.pi) * jnp.sinc(0.5 * norm) * z


def in_orthant(z: ArrayLike, signs: ArrayLike) -> Array:
    """Map z to signs * exp(z), a point of the open orthant with these signs (+1 or -1 each).

    >>> in_orthant(np.zeros(2), np.array([1.0, -1.0])).tolist()
    [1.0, -1.0]
    """
    if _known_to_fail(signs, lambda signs: np.all(np.abs(np.asarray(signs)) == 1)):
        raise ValueError(f"the signs of an orthant are +1 or -1; got {signs}")
    return jnp.asarray(signs) * jnp.exp(jnp.asarray(z))
