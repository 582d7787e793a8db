"""Worst-case search against maxima that are known, and on traps that must not be fallen into."""

from __future__ import annotations

import time

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import Array

from theory.numeric import (
    lipschitz_ratio,
    maximise_ratio,
    outside_ball,
    pair_starts,
    relative_excess,
    split_pair,
    starting_points,
)


def unit(theta: Array) -> Array:
    return theta / jnp.sqrt(jnp.sum(theta**2))


def lemma_2_ratio(z: Array, r: float) -> Array:
    theta1, theta2 = outside_ball(split_pair(z), r)
    return lipschitz_ratio(unit, theta1, theta2) * r


@pytest.mark.parametrize("d", [1, 2, 3, 8])
def test_lemma_2_is_attained_and_never_violated(d: int) -> None:
    starts = pair_starts(np.random.default_rng(d), 100, d)
    search = maximise_ratio(lemma_2_ratio, starts, args=(0.3,))
    assert 1 - 1e-9 < search.best <= 1 + 1e-9
    theta1, theta2 = np.asarray(outside_ball(split_pair(search.point), 0.3))
    n1, n2 = np.linalg.norm(theta1), np.linalg.norm(theta2)
    assert min(n1, n2) >= 0.3
    moved = np.linalg.norm(theta1 / n1 - theta2 / n2)
    assert 0.3 * moved / np.linalg.norm(theta1 - theta2) == pytest.approx(search.best, abs=1e-8)


def test_a_constant_that_is_too_small_is_violated() -> None:
    starts = pair_starts(np.random.default_rng(0), 60, 3)
    search = maximise_ratio(lambda z: lemma_2_ratio(z, 0.3) / 0.99, starts)
    assert search.best > 1.01


def test_finds_an_interior_maximum_to_many_digits() -> None:
    # max of t exp(-t) is 1/e at 1; the offsets make the maximiser no grid point.
    def ratio(z: Array) -> Array:
        t = jnp.abs(z - jnp.array([0.123, -4.56]))
        return jnp.prod(t * jnp.exp(-t))

    search = maximise_ratio(ratio, starting_points(np.random.default_rng(1), 40, 2))
    assert search.best == pytest.approx(np.exp(-2.0), rel=1e-12)
    assert np.abs(search.point - [0.123, -4.56]) == pytest.approx(1.0, abs=1e-5)


def test_finds_a_maximum_at_a_kink() -> None:
    corner = np.array([0.7, -0.2, 0.4])
    search = maximise_ratio(
        lambda z: 2.0 - jnp.sum(jnp.abs(z - corner)),
        starting_points(np.random.default_rng(0), 60, 3),
    )
    assert search.best == pytest.approx(2.0, abs=1e-5)


def test_finds_the_global_maximum_among_local_ones() -> None:
    def ratio(z: Array) -> Array:
        return jnp.cos(3.0 * z[0]) + 1.5 - 0.1 * (z[0] - 2.0) ** 2

    grid = np.linspace(-8.0, 12.0, 200_001)
    expected = np.max(np.cos(3 * grid) + 1.5 - 0.1 * (grid - 2.0) ** 2)
    search = maximise_ratio(ratio, starting_points(np.random.default_rng(2), 40, 1))
    assert search.best == pytest.approx(expected, abs=1e-8)


def test_polish_never_loses() -> None:
    starts = starting_points(np.random.default_rng(3), 8, 3)

    def ratio(z: Array) -> Array:
        return 1.0 / (1.0 + jnp.sum((z - jnp.array([1.0, 30.0, 2.0])) ** 2))

    rough = maximise_ratio(ratio, starts, steps=20, polish=False)
    fine = maximise_ratio(ratio, starts, steps=20)
    assert fine.best >= rough.best
    assert (rough.tried, fine.tried) == (8 * 21, 2 * 8 * 21)


def test_nan_never_wins_and_is_counted() -> None:
    def ratio(z: Array) -> Array:
        return jnp.where(z[0] > 0, jnp.nan, 1.0 / (1.0 + z[0] ** 2 + z[1] ** 2))

    starts = np.array([[1.0, 0.0], [2.0, 0.0], [-1.0, 0.5], [-2.0, 0.5]])
    search = maximise_ratio(ratio, starts, steps=100, polish=False)
    assert np.isfinite(search.best)
    assert search.best <= 1.0
    assert search.point[0] <= 0
    # Two starts stand in NaN and cannot move: a NaN has no gradient.
    assert search.nonfinite >= 2 * 101
    assert search.admissible + search.nonfinite == search.tried == 4 * 101


def test_infinite_values_never_win() -> None:
    search = maximise_ratio(
        lambda z: jnp.where(z[0] > 3.0, jnp.inf, jnp.exp(-(z[0] ** 2))), np.array([[0.5], [5.0]])
    )
    assert search.best == pytest.approx(1.0, abs=1e-9)


def test_nothing_admissible_satisfies_no_comparison() -> None:
    search = maximise_ratio(lambda z: jnp.nan * z[0], np.ones((3, 1)), steps=5)
    assert (search.admissible, search.nonfinite, search.tried) == (0, 18, 18)
    assert not search.best <= 1
    assert not search.best > 1
    outside = maximise_ratio(
        lambda z: z[0] ** 2, np.ones((3, 1)), admissible=lambda z: z[0] < 0, steps=5
    )
    assert (outside.admissible, outside.nonfinite) == (0, 0)
    assert np.isnan(outside.best)


def test_nan_starts_are_inadmissible() -> None:
    starts = np.array([[np.nan, 1.0], [0.1, 1.0]])
    search = maximise_ratio(lambda z: jnp.exp(-(z[1] ** 2)), starts, steps=10, polish=False)
    assert search.admissible == 11
    assert np.isfinite(search.point).all()


def test_admissible_bounds_the_winner() -> None:
    search = maximise_ratio(
        lambda z, limit: 1.0 + z[0],
        np.zeros((10, 1)),
        admissible=lambda z, limit: z[0] <= limit,
        args=(0.5,),
    )
    assert 1.45 < search.best <= 1.5
    assert 0 < search.admissible < search.tried


def test_arguments_do_not_compile_again() -> None:
    traces = []

    def ratio(z: Array, shift: float) -> Array:
        traces.append(shift)
        return jnp.exp(-jnp.sum((z - shift) ** 2))

    starts = starting_points(np.random.default_rng(0), 20, 2)
    found = [maximise_ratio(ratio, starts, args=(s,)) for s in (0.5, -1.0, 2.0)]
    assert len(traces) == 1
    assert [round(search.point[0], 4) for search in found] == [0.5, -1.0, 2.0]


def test_the_same_seed_gives_the_same_search() -> None:
    starts = pair_starts(np.random.default_rng(5), 30, 2)
    one, two = (maximise_ratio(lemma_2_ratio, starts, args=(0.7,)) for _ in range(2))
    assert one.best == two.best
    assert np.array_equal(one.point, two.point)


def test_a_typical_search_is_fast() -> None:
    def gradient(theta: Array) -> Array:
        return jax.grad(lambda t: jax.nn.softplus(-t[0] + 0.3 * jnp.sqrt(jnp.sum(t**2))))(theta)

    def ratio(z: Array) -> Array:
        theta1, theta2 = outside_ball(split_pair(z), 0.5)
        return lipschitz_ratio(gradient, theta1, theta2)

    starts = pair_starts(np.random.default_rng(0), 200, 3)
    started = time.process_time()
    search = maximise_ratio(ratio, starts)
    # About 0.6 s of processor time; the bound leaves room for a slow machine.
    assert time.process_time() - started < 5.0
    assert search.admissible > 0


def test_lipschitz_ratio_on_a_linear_map() -> None:
    matrix = np.array([[3.0, 0.0], [4.0, 1.0], [0.0, 2.0]])
    rng = np.random.default_rng(0)
    for _ in range(20):
        a, b = rng.standard_normal((2, 2))
        expected = np.linalg.norm(matrix @ (a - b)) / np.linalg.norm(a - b)
        assert float(lipschitz_ratio(lambda t: matrix @ t, a, b)) == pytest.approx(expected)


def test_lipschitz_ratio_does_not_see_rounding() -> None:
    # 1e9 + t is 1-Lipschitz; in floating point its differences are multiples of 1e-7.
    a, b = np.array([0.0]), np.array([2.0000001e-7])
    naive = abs((1e9 + a[0]) - (1e9 + b[0])) / abs(a[0] - b[0])
    assert naive > 1.1
    assert float(lipschitz_ratio(lambda t: 1e9 + t, a, b)) <= 1.0
    assert np.isnan(float(lipschitz_ratio(lambda t: t, a, a + 9e-8)))
    assert float(lipschitz_ratio(lambda t: t, a, a + 2e-7)) == pytest.approx(1.0)


def test_relative_excess() -> None:
    assert relative_excess(1.1, 1.0) == pytest.approx(0.1)
    assert relative_excess(-1.0, -2.0) == pytest.approx(0.5)
    assert relative_excess(0.0, 0.0) == 0.0
    assert relative_excess(-1e-300, 0.0) == -np.inf
    assert np.isnan(relative_excess(float("nan"), 0.0))


def test_errors() -> None:
    with pytest.raises(ValueError, match="shape"):
        maximise_ratio(lambda z: z[0], np.zeros(3))
    with pytest.raises(ValueError, match="steps"):
        maximise_ratio(lambda z: z[0], np.zeros((1, 1)), steps=0)
    with pytest.raises(ValueError, match="learning_rate"):
        maximise_ratio(lambda z: z[0], np.zeros((1, 1)), learning_rate=0.0)
