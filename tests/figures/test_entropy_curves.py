"""The curvature and the minimisers of −F against Gauss's rule and plain sums."""

from __future__ import annotations

import numpy as np
import pytest

from figures.gallery import entropy_curvature, entropy_minima

LOSSES = {
    "convex": (lambda t: np.logaddexp(0, 0.6 * abs(t) - t), [0]),
    "weakly": (lambda t: 10 * (1 + np.cos(t)), []),
    "lipschitz": (lambda t: np.maximum(0.0, 9 - 3 * abs(t)), [-3, 0, 3]),
}
NODES, WEIGHTS = np.polynomial.legendre.leggauss(400)


def curvature(name, theta, gamma):
    """γ − γ² Var(t), the density exp(−L(t) − (γ/2)(t − θ)²) by one rule between two kinks."""
    loss, kinks = LOSSES[name]
    reach = 9 / np.sqrt(gamma) + 3 / gamma * (name != "weakly")
    inner = [k for k in kinks if abs(k - theta) < reach]
    ends = np.array([theta - reach, *inner, theta + reach])
    half = 0.5 * np.diff(ends)[:, None]
    t = 0.5 * (ends[1:] + ends[:-1])[:, None] + half * NODES
    density = half * WEIGHTS * np.exp(-loss(t) - 0.5 * gamma * (t - theta) ** 2)
    mass, first, second = (np.sum(density * t**k) for k in range(3))
    return gamma - gamma**2 * (second / mass - (first / mass) ** 2)


@pytest.mark.parametrize("name", LOSSES)
def test_curvature_is_attained(smoke, name):
    found = smoke("entropy-curvature")
    for k in (3, 5):
        gamma, value = found["gamma"][k], found[f"{name}_true"][k]
        half_width = entropy_curvature.losses()[name][2]
        fine = max(
            abs(curvature(name, c, gamma)) for c in np.linspace(-half_width, half_width, 201)
        )
        assert value == pytest.approx(fine, rel=0.01)


def test_bounds_hold_and_are_met(smoke):
    found = smoke("entropy-curvature")
    gamma, slack = found["gamma"], 1 + 1e-9
    for name in LOSSES:
        assert np.all(found[f"{name}_true"] < found[f"{name}_printed"])
    np.testing.assert_allclose(found["convex_bound"], gamma)
    assert np.all(found["convex_true"] <= gamma * slack)
    above = gamma > 10
    np.testing.assert_allclose(found["weakly_gamma"], gamma[above])
    np.testing.assert_allclose(found["weakly_bound"], 10 * gamma[above] / (gamma[above] - 10))
    assert np.all(found["weakly_true"][above] <= found["weakly_bound"] * slack)
    assert found["weakly_true"][-1] > 0.99 * found["weakly_bound"][-1]
    for name, slope in (("weakly", 10), ("lipschitz", 3)):
        bound = np.maximum(gamma, slope * (slope + np.sqrt(slope**2 + 4 * gamma)) / 2)
        np.testing.assert_allclose(found[f"{name}_slope_bound"], bound)
        assert np.all(found[f"{name}_true"] <= bound * slack)


def test_smoothing_a_smooth_loss_can_make_it_rougher(smoke):
    found = smoke("entropy-curvature")
    assert found["weakly_true"].max() > 5 * entropy_curvature.AMPLITUDE


def mean_under(density_loss, gamma, theta, axis_1, axis_2):
    a, b = np.meshgrid(axis_1, axis_2, indexing="ij")
    exponent = -density_loss(a, b) - 0.5 * gamma * ((a - theta[0]) ** 2 + (b - theta[1]) ** 2)
    weight = np.exp(exponent - exponent.max())
    return np.array([np.sum(weight * a), np.sum(weight * b)]) / weight.sum()


@pytest.mark.parametrize("name", ["l2", "linf"])
def test_path_holds_the_fixed_points_of_the_mean(smoke, name):
    found = smoke("entropy-minima")
    rng = np.random.default_rng(0)
    x = rng.standard_normal((100, 2))
    z = x * np.sign(x[:, :1])

    def loss(a, b):
        norm = np.hypot(a, b) if name == "l2" else abs(a) + abs(b)
        total = np.zeros_like(a)
        for row in z:
            total += np.logaddexp(0, 0.6 * norm - row[0] * a - row[1] * b)
        return total / len(z)

    path = found[f"{name}_path"]
    assert found["gamma"][0] == pytest.approx(100)
    assert found["gamma"][-1] == pytest.approx(0.03)
    for k, reach in ((-1, 55.0), (0, 0.9)):
        axes = [c + np.linspace(-reach, reach, 201) for c in path[k]]
        mean = mean_under(loss, found["gamma"][k], path[k], *axes)
        # −∇F = γ(θ − E) = 0; Σ shrinks steps of θ in E, so θ is surer than E − θ.
        np.testing.assert_allclose(mean, path[k], atol=5e-3 if k else 1e-4)
    least = found[f"{name}_least"]
    nearby = least + 1e-3 * np.stack([np.cos(np.arange(12)), np.sin(np.arange(12))], axis=-1)
    assert np.all(loss(*nearby.T) > loss(*least[:, None])[0])


def test_minimisers_move_outwards(smoke):
    found = smoke("entropy-minima")
    np.testing.assert_allclose(found["l2_least"], [1.085, 0.046], atol=1e-3)
    np.testing.assert_allclose(found["l2_path"][-1], [6.18, 0.08], atol=6e-3)
    np.testing.assert_allclose(found["l2_path"][0], [1.108, 0.046], atol=1e-3)
    for name in entropy_minima.NORMS:
        distance = np.linalg.norm(found[f"{name}_path"] - found[f"{name}_least"], axis=1)
        assert np.all(np.diff(distance) > 0)
