"""Starting points are where they are promised to be, and maps land in their domains."""

from __future__ import annotations

from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import Array

from theory.sampling import (
    PAIR_KINDS,
    in_annulus,
    in_ball,
    in_orthant,
    outside_ball,
    pair_starts,
    safe_norm,
    split_pair,
    starting_points,
)

SEED = 11


def norms(points: np.ndarray) -> np.ndarray:
    return np.sqrt(np.sum(np.asarray(points) ** 2, axis=-1))


def test_scales_take_turns() -> None:
    points = starting_points(np.random.default_rng(0), 4000, 5, (1e-3, 5.0))
    assert np.std(points[::2]) == pytest.approx(1e-3, rel=0.05)
    assert np.std(points[1::2]) == pytest.approx(5.0, rel=0.05)


@pytest.mark.parametrize("d", [1, 3])
@pytest.mark.parametrize("kind", PAIR_KINDS)
def test_pairs_are_what_they_are_called(kind: str, d: int) -> None:
    starts = pair_starts(np.random.default_rng(1), 400, d, scales=(1.0,), kinds=[kind])
    assert starts.shape == (400, 2 * d)
    first, second = starts[:, :d], starts[:, d:]
    apart = norms(first - second)
    if kind == "generic":
        assert np.median(apart) > 0.5
    elif kind == "near":
        assert 0 < apart.min() <= apart.max() < 1e-2
    elif kind == "antipodal":
        assert 0 < norms(first + second).max() < 1e-2
        assert np.median(apart) > 0.5
    elif kind == "orthant":
        assert np.all(np.sum(np.sign(first) != np.sign(second), axis=1) >= 1)
        assert np.all(np.min(np.abs(first), axis=1) <= 1e-2)
        assert apart.max() < 5e-2
    else:
        assert np.all((norms(first) < 1e-2) & (norms(second) < 1e-2))


def test_every_kind_meets_every_scale() -> None:
    scales = (1e-2, 1.0, 100.0)
    starts = pair_starts(
        np.random.default_rng(2), 60, 4, scales=scales, kinds=["generic", "near", "antipodal"]
    )
    sizes = np.log10(norms(starts[:, :4])).round()
    for turn in range(3):
        assert len(set(sizes[turn::3]) & {-2.0, 0.0, 2.0}) == 3


def test_seeds_are_explicit() -> None:
    one, two = (pair_starts(np.random.default_rng(SEED), 20, 3) for _ in range(2))
    assert np.array_equal(one, two)
    assert not np.array_equal(one, pair_starts(np.random.default_rng(SEED + 1), 20, 3))


MAPS: dict[str, tuple[Callable[[Array], Array], float, float]] = {
    "outside": (lambda z: outside_ball(z, 0.3), 0.3, np.inf),
    "outside nothing": (lambda z: outside_ball(z, 0.0), 0.0, np.inf),
    "annulus": (lambda z: in_annulus(z, 0.3, 2.0), 0.3, 2.0),
    "ball": (lambda z: in_ball(z, 2.0), 0.0, 2.0),
}


@pytest.mark.parametrize("d", [1, 2, 10])
@pytest.mark.parametrize("name", MAPS)
def test_maps_land_in_their_domain_exactly(name: str, d: int) -> None:
    mapping, lower, upper = MAPS[name]
    rng = np.random.default_rng(3)
    z = rng.standard_normal((3000, d)) * 10.0 ** rng.uniform(-9, 2, (3000, 1))
    z[:1000] *= rng.integers(1, 4, 1000)[:, None] / norms(z[:1000])[:, None]  # on the boundaries
    z[-1] = 0.0
    size = norms(np.asarray(mapping(jnp.asarray(z))))
    assert np.all((size >= lower) & (size <= upper))
    if name != "ball":
        assert size.min() == pytest.approx(lower, abs=1e-8)
    if np.isfinite(upper):
        assert size.max() == pytest.approx(upper, rel=1e-8)
    else:
        assert size.max() > 50


@pytest.mark.parametrize("name", MAPS)
def test_maps_keep_the_direction_and_have_true_gradients(name: str) -> None:
    mapping = MAPS[name][0]
    z = np.array([0.3, -0.4, 0.2])
    theta = np.asarray(mapping(jnp.asarray(z)))
    assert theta @ z == pytest.approx(np.linalg.norm(theta) * np.linalg.norm(z))
    jacobian = np.asarray(jax.jacobian(mapping)(jnp.asarray(z)))
    h = 1e-6
    for i in range(3):
        step = h * np.eye(3)[i]
        slope = (np.asarray(mapping(z + step)) - np.asarray(mapping(z - step))) / (2 * h)
        assert jacobian[:, i] == pytest.approx(slope, abs=1e-8)
    assert np.isfinite(np.asarray(jax.jacobian(mapping)(jnp.zeros(3)))).all()


def test_orthant() -> None:
    signs = np.array([1.0, -1.0, -1.0])
    z = np.random.default_rng(4).standard_normal((100, 3)) * 5
    assert np.array_equal(np.sign(np.asarray(in_orthant(z, signs))), np.tile(signs, (100, 1)))
    with pytest.raises(ValueError, match="signs"):
        in_orthant(z, np.array([1.0, 0.0, 1.0]))


def test_safe_norm_has_all_derivatives_it_can_have() -> None:
    assert np.array_equal(np.asarray(jax.grad(safe_norm)(jnp.zeros(3))), np.zeros(3))
    z = np.array([1.0, 2.0, 2.0])
    hessian = np.asarray(jax.hessian(safe_norm)(jnp.asarray(z)))
    assert hessian == pytest.approx((np.eye(3) - np.outer(z, z) / 9.0) / 3.0, abs=1e-14)


def test_split_pair_undoes_the_rows() -> None:
    rows = np.arange(12.0).reshape(2, 6)
    first, second = np.asarray(split_pair(rows))
    assert np.array_equal(np.concatenate([first, second], axis=1), rows)
    with pytest.raises(ValueError, match="even"):
        split_pair(np.zeros(3))


def test_errors() -> None:
    rng = np.random.default_rng(0)
    with pytest.raises(ValueError, match="kinds"):
        pair_starts(rng, 3, 2, kinds=["far"])
    with pytest.raises(ValueError, match="n, k"):
        starting_points(rng, 0, 2)
    with pytest.raises(ValueError, match="r < R"):
        in_annulus(np.ones(2), 2.0, 1.0)
    with pytest.raises(ValueError, match="negative"):
        outside_ball(np.ones(2), -1.0)
    with pytest.raises(ValueError, match="positive"):
        in_ball(np.ones(2), 0.0)
