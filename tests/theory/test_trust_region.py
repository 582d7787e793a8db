"""The trust-region maximiser against its optimality conditions, search and implicit derivatives."""

from __future__ import annotations

import doctest
import math

import numpy as np
import pytest

import theory.trust_region
from theory.trust_region import trust_region_maximiser


def random_problem(rng, d, shift=0.0):
    root = rng.standard_normal((d, d))
    return (root + root.T) / 2.0 + shift * np.eye(d), rng.standard_normal(d)


def value(H, g, delta):
    return 0.5 * np.einsum("...i,ij,...j", delta, H, delta) + delta @ g


def check_optimal(H, g, eps, delta, mu):
    """The conditions that characterise a global maximiser, with nu = mu / eps."""
    scale = np.abs(H).max() * eps + np.abs(g).max()
    assert mu >= 0.0
    assert np.linalg.norm(delta) <= eps * (1 + 1e-14)
    assert mu * (eps - np.linalg.norm(delta)) <= 1e-12 * scale * eps
    np.testing.assert_allclose(H @ delta + g, (mu / eps) * delta, atol=1e-12 * scale)
    assert np.linalg.eigvalsh(H)[-1] <= mu / eps + 1e-12 * scale / eps


def test_doctests():
    assert doctest.testmod(theory.trust_region).failed == 0


@pytest.mark.parametrize("d", [1, 2, 3, 6])
@pytest.mark.parametrize("shift", [-5.0, 0.0, 5.0])
@pytest.mark.parametrize("eps", [1e-3, 0.8, 50.0])
def test_optimality_conditions_and_search(d, shift, eps):
    rng = np.random.default_rng(d)
    for _ in range(5):
        H, g = random_problem(rng, d, shift)
        delta, mu = trust_region_maximiser(H, g, eps)
        check_optimal(H, g, eps, delta, mu)
        points = rng.standard_normal((3000, d))
        points *= eps / np.linalg.norm(points, axis=1, keepdims=True)
        points[::2] *= rng.uniform(0, 1, (1500, 1))
        best = value(H, g, delta)
        assert value(H, g, points).max() <= best + 1e-12 * abs(best)


def test_interior_and_its_border():
    H, g = np.diag([-1.0, -4.0]), np.array([3.0, 16.0])  # the free maximiser is (3, 4), length 5
    delta, mu = trust_region_maximiser(H, g, 5.5)
    np.testing.assert_allclose(delta, [3.0, 4.0], rtol=1e-15)
    assert mu == 0.0
    assert trust_region_maximiser(H, g, 5.0).mu == pytest.approx(0.0, abs=1e-14)
    assert trust_region_maximiser(H, g, 4.999).mu > 0.0


def test_multiplier_is_the_slope_of_the_optimal_value():
    H, g = random_problem(np.random.default_rng(8), 4)
    h = 1e-6
    values = [value(H, g, trust_region_maximiser(H, g, 1.0 + t).delta) for t in (h, -h)]
    slope = (values[0] - values[1]) / (2 * h)
    assert trust_region_maximiser(H, g, 1.0).mu == pytest.approx(slope, rel=1e-8)


def test_implicit_derivative_on_the_sphere():
    # delta(g) moves by -N H_t^-1 N', N a tangent basis, H_t = N'(H - nu I)N: the repaired Lemma 5.
    for d in (2, 3, 5):
        H, g = random_problem(np.random.default_rng(d), d)
        delta, mu = trust_region_maximiser(H, g, 0.9)
        assert mu > 0.0
        tangent = np.linalg.svd(delta[None])[2][1:].T
        inner = tangent.T @ (H - mu / 0.9 * np.eye(d)) @ tangent
        jacobian = -tangent @ np.linalg.solve(inner, tangent.T)
        for i, e in enumerate(np.eye(d)):
            up, down = (trust_region_maximiser(H, g + s * 1e-5 * e, 0.9).delta for s in (1, -1))
            np.testing.assert_allclose((up - down) / 2e-5, jacobian[:, i], atol=1e-8)


def test_hard_case():
    H, g = np.diag([1.0, 3.0]), np.array([1.0, 0.0])
    delta, mu = trust_region_maximiser(H, g, 2.0)
    check_optimal(H, g, 2.0, delta, mu)
    assert mu == pytest.approx(6.0, rel=1e-15)
    np.testing.assert_allclose(np.abs(delta), [0.5, math.sqrt(3.75)], rtol=1e-15)
    # An almost hard case picks the side on which the gradient lies.
    for tiny in (1e-6, -1e-12, 1e-200):
        near, _ = trust_region_maximiser(H, np.array([1.0, tiny]), 2.0)
        np.testing.assert_allclose(near, [0.5, math.copysign(math.sqrt(3.75), tiny)], atol=1e-6)
    # Orthogonal to the top eigenvector but long: an ordinary boundary solution.
    delta, mu = trust_region_maximiser(H, np.array([10.0, 0.0]), 2.0)
    np.testing.assert_allclose(delta, [2.0, 0.0], atol=1e-15)
    assert mu == pytest.approx(12.0)


def test_zero_gradient_semidefinite_and_multiple_eigenvalues():
    delta, mu = trust_region_maximiser(np.zeros((2, 2)), np.zeros(2), 1.0)
    assert (delta.tolist(), mu) == ([0.0, 0.0], 0.0)
    delta, mu = trust_region_maximiser(np.diag([-2.0, 0.0]), np.array([2.0, 0.0]), 3.0)
    assert (delta.tolist(), mu) == ([1.0, 0.0], 0.0)
    delta, mu = trust_region_maximiser(np.eye(3), np.array([0.0, 3.0, 4.0]), 2.0)
    np.testing.assert_allclose(delta, [0.0, 1.2, 1.6], rtol=1e-14, atol=1e-15)
    assert mu == pytest.approx(7.0, rel=1e-14)


@pytest.mark.parametrize(
    ("H", "g", "eps", "message"),
    [
        (np.array([[0.0, 1.0], [0.0, 0.0]]), np.ones(2), 1.0, r"symmetric.* is 1\."),
        (np.eye(3), np.ones(2), 1.0, r"\(3, 3\) and \(2,\)"),
        (np.eye(2), np.ones(2), 0.0, r"eps=0\.0"),
        (np.eye(2), np.ones(2), math.nan, "eps=nan"),
        (np.eye(2), np.array([1.0, math.inf]), 1.0, "finite"),
    ],
)
def test_errors(H, g, eps, message):
    with pytest.raises(ValueError, match=message):
        trust_region_maximiser(H, g, eps)
