"""The region of interior attacks and the PGD figure against brute force in NumPy."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit

from figures.gallery import pgd_swish, swish_region

EPS, X = 0.6, np.array([-1.0, 1.0])


@pytest.fixture(scope="module")
def region():
    return swish_region.compute(41)


def loss(u):
    return np.logaddexp(0, -u * expit(u))


@pytest.mark.parametrize(("name", "q"), [("l2", 2), ("linf", 1)])
def test_regimes_are_where_a_fine_search_finds_the_maximum(region, name, q):
    t = region["theta"]
    grid = np.stack(np.meshgrid(t, t, indexing="ij"), axis=-1)
    reach = EPS * np.linalg.norm(grid, q, axis=-1)
    steps = np.linspace(-1, 1, 401)
    u = (grid @ X)[..., None] + reach[..., None] * steps
    best = np.argmax(loss(u), axis=-1)
    expected = np.where(best == len(steps) - 1, 0, np.where(best == 0, 2, 1))
    found = region[f"{name}_regime"]
    # The search has steps of reach/200, so it is blind to a best input that close to an end.
    clear = abs(reach - abs(grid @ X - region["u_star"])) > 0.01 * reach
    assert clear.mean() > 0.95
    np.testing.assert_array_equal(found[clear], expected[clear])


def test_a_third_of_the_claimed_square_is_out_of_reach():
    found = swish_region.compute(401)
    t = found["theta"]
    square = np.ix_((t > 1) & (t <= 2), (t >= -2) & (t < -1))
    assert np.mean(found["linf_regime"][square] != 1) == pytest.approx(0.32308, abs=0.01)
    a, b = np.meshgrid(t, t, indexing="ij")
    quarter = (a > 0) & (b < 0)
    inside = (a - b > 0.799041) & (a - b < 3.196161)
    np.testing.assert_array_equal((found["linf_regime"] == 1)[quarter], inside[quarter])


def test_reach_along_the_diagonal(region):
    s = region["diagonal"]
    np.testing.assert_allclose(region["middle"], -2 * s)
    np.testing.assert_allclose(region["reach_linf"], 1.2 * s)
    assert 1 + region["u_star"] + np.exp(region["u_star"]) == pytest.approx(0, abs=1e-15)


def numpy_pgd(theta, attack):
    """200 steps of 0.01 with the derivative by central differences."""
    delta = np.zeros(2)
    for _ in range(200):
        u = theta @ (X + delta)
        g = (loss(u + 1e-6) - loss(u - 1e-6)) / 2e-6 * theta
        if attack == "linf":
            delta = np.clip(delta + 0.01 * np.sign(g), -EPS, EPS)
            continue
        if attack == "l2_unit":
            g = g / np.linalg.norm(g)
        delta = delta + 0.01 * g
        delta *= min(1, EPS / np.linalg.norm(delta))
    return loss(theta @ (X + delta))


@pytest.mark.parametrize("attack", pgd_swish.ATTACKS)
def test_pgd_against_numpy(smoke, attack):
    found = smoke("pgd-swish")
    t, q = found["theta"], 1 if attack == "linf" else 2
    for i, j in ((3, 17), (8, 2), (1, 19)):
        theta = np.array([t[i], t[j]])
        reach = EPS * np.linalg.norm(theta, q)
        exact = loss(theta @ X + np.linspace(-reach, reach, 200001)).max()
        expected = exact - numpy_pgd(theta, attack)
        assert found[attack][i, j] == pytest.approx(expected, abs=2e-6)


def test_only_raw_gradients_fall_short(smoke):
    found = smoke("pgd-swish")
    for name in pgd_swish.ATTACKS:
        assert found[name].min() > -1e-12  # no attack beats the exact maximum
    assert found["linf"].max() < 1e-4
    assert found["l2_unit"].max() < 1e-4
    assert 0.09 < found["l2_raw"].max() < 0.1
