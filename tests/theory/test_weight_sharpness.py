"""Sharpness of robust logistic regression against finite differences, SciPy and brute force."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest
from scipy.optimize import minimize

from theory.exact import logistic as exact
from theory.exact import rational
from theory.weight_phases import (
    collapse_law,
    collapse_radius,
    minimiser,
    robust_margin,
    symmetric_minimiser,
)
from theory.weight_sharpness import (
    detached_hessian,
    projector_coefficient,
    robust_gradient,
    robust_hessian,
    robust_loss,
)

W = np.array([0.7, -1.2, 0.4])
Z = np.array([[1.0, 0.5, -0.3], [-0.4, 0.2, 0.9], [2.0, -1.0, 0.1], [0.3, 0.3, -2.0]])
EPS = 0.35


def high_precision_loss(w, z=Z, eps=EPS):
    """The loss transcribed from Eq. (4) in 50 digits, inner maximum by its definition as a norm."""
    norm = mpmath.sqrt(mpmath.fsum(a * a for a in w))
    terms = [
        mpmath.log(
            1
            + mpmath.exp(
                eps * norm - mpmath.fsum(a * mpmath.mpf(b) for a, b in zip(w, r, strict=True))
            )
        )
        for r in z
    ]
    return mpmath.fsum(terms) / len(z)


def difference(i, j=None):
    """Central differences of first or second order in 50 digits."""
    with mpmath.workdps(50):
        h = mpmath.mpf(10) ** -12
        w = [mpmath.mpf(float(a)) for a in W]

        def at(*steps):
            moved = list(w)
            for index, step in steps:
                moved[index] += step * h
            return high_precision_loss(moved)

        if j is None:
            return float((at((i, 1)) - at((i, -1))) / (2 * h))
        corners = [(a, b) for a in (1, -1) for b in (1, -1)]
        total = mpmath.fsum(a * b * at((i, a), (j, b)) for a, b in corners)
        return float(total / (4 * h * h))


def test_gradient_and_hessian_are_derivatives_of_the_loss():
    gradient, hessian = robust_gradient(W, Z, EPS), robust_hessian(W, Z, EPS)
    for i in range(3):
        assert float(gradient[i]) == pytest.approx(difference(i), rel=1e-11)
        for j in range(3):
            assert float(hessian[i, j]) == pytest.approx(difference(i, j), rel=1e-11)


def test_hessian_is_the_detached_one_plus_the_turning_of_the_attack():
    direction = W / np.linalg.norm(W)
    turning = projector_coefficient(W, Z, EPS) * (np.eye(3) - np.outer(direction, direction))
    assert np.allclose(robust_hessian(W, Z, EPS), detached_hessian(W, Z, EPS) + turning, rtol=1e-14)
    assert float(np.abs(turning).max()) > 1e-2


def test_loss_is_finite_for_huge_weights_and_log_two_at_zero():
    assert np.isfinite(robust_loss(1e4 * W, Z, EPS))
    assert float(robust_loss(0 * W, Z, EPS)) == pytest.approx(np.log(2.0))


@pytest.mark.parametrize("bad", [np.zeros(2), np.zeros((3, 1))])
def test_shapes_that_do_not_fit_are_refused(bad):
    with pytest.raises(ValueError, match="shape"):
        robust_loss(bad, Z, EPS)


@pytest.mark.parametrize("seed", range(4))
def test_minimiser_against_a_derivative_free_search(seed):
    rng = np.random.default_rng(seed)
    z = rng.standard_normal((9, 2)) + np.array([0.8, 0.0])
    low, high = robust_margin(z), collapse_radius(z)
    eps = low + 0.6 * (high - low)

    def loss(w):
        return float(np.logaddexp(0.0, eps * np.linalg.norm(w) - z @ w).mean())

    found = minimize(loss, z.mean(0), method="Nelder-Mead", options={"xatol": 1e-9, "fatol": 1e-15})
    w = minimiser(z, eps)
    assert loss(w) <= found.fun + 1e-14
    assert np.allclose(w, found.x, atol=1e-5)


def test_minimiser_is_zero_from_the_threshold_on_and_refused_below_the_margin():
    z = np.array([[1.0, 0.3], [1.2, -0.4]])
    assert minimiser(z, 1.01 * collapse_radius(z)).tolist() == [0.0, 0.0]
    with pytest.raises(ValueError, match="no minimiser"):
        minimiser(z, 0.5 * robust_margin(z))


@pytest.mark.parametrize("seed", range(3))
def test_robust_margin_against_all_directions(seed):
    rng = np.random.default_rng(seed)
    z = rng.standard_normal((5, 2)) + np.array([2.0, 1.0])
    angles = np.linspace(0, 2 * np.pi, 20001)
    directions = np.stack([np.cos(angles), np.sin(angles)])
    best = float((z @ directions).min(0).max())
    # The best direction of a grid is below the maximum, by a step times the largest |z|.
    assert best <= robust_margin(z) <= best + np.linalg.norm(z, axis=1).max() * 2 * np.pi / 20000


@pytest.mark.parametrize("eps", [0.05, 0.2, 0.45])
def test_symmetric_family_is_the_general_case(eps):
    z = np.array([[1.0, 0.0]] * 2 + [[0.0, 40.0], [0.0, -40.0]])
    w = minimiser(z, eps)
    hessian = np.asarray(robust_hessian(w, z, eps))
    found = symmetric_minimiser(2, 40.0, eps)
    assert w == pytest.approx([found.r, 0.0], rel=1e-9, abs=1e-9)
    assert np.diag(hessian) == pytest.approx([found.radial, found.tangential], rel=1e-8)


def test_collapse_law_is_the_limit():
    rng = np.random.default_rng(5)
    z = rng.standard_normal((12, 3)) + np.array([1.0, 0.0, 0.0])
    eps = collapse_radius(z) * (1 - 1e-5)
    law, w = collapse_law(z, eps), minimiser(z, eps)
    values = np.linalg.eigvalsh(np.asarray(robust_hessian(w, z, eps)))
    assert np.linalg.norm(w) == pytest.approx(law.norm, rel=1e-3)
    assert values == pytest.approx([law.radial, law.tangential, law.tangential], rel=1e-3)
    assert np.log(2) - float(robust_loss(w, z, eps)) == pytest.approx(law.loss_drop, rel=1e-2)
    for bad in (0.0, collapse_radius(z)):
        with pytest.raises(ValueError, match="eps"):
            collapse_law(z, bad)


def test_exact_formulas_agree_with_floats_and_with_the_power_series():
    w, eps = tuple(map(rational, W)), rational(EPS)
    z = tuple(tuple(map(rational, row)) for row in Z)
    v = tuple(map(rational, ("1/2", "-1", "3")))
    value, slope, curvature = (float(x) for x in exact.directional(w, z, eps, v))
    direction = np.array([0.5, -1.0, 3.0])
    assert value == pytest.approx(float(robust_loss(W, Z, EPS)), rel=1e-12)
    assert slope == pytest.approx(float(robust_gradient(W, Z, EPS) @ direction), rel=1e-12)
    quadratic = float(direction @ np.asarray(robust_hessian(W, Z, EPS)) @ direction)
    assert curvature == pytest.approx(quadratic, rel=1e-11)
    closed = exact.quadratic_form(exact.robust_hessian(w, z, eps), v)
    assert float(closed) == pytest.approx(curvature, rel=1e-12)


def test_multiplicities_count_samples():
    w, eps = (rational(1), rational(2)), rational("1/3")
    a, b = (rational(1), rational(0)), (rational(0), rational(-1))
    listed = exact.robust_hessian(w, (a, a, a, b), eps)
    counted = exact.robust_hessian(w, (a, b), eps, (3, 1))
    for left, right in zip(listed, counted, strict=True):
        for x, y in zip(left, right, strict=True):
            assert x.overlaps(y)


def test_largest_eigenvalue():
    matrix = ((rational(2), rational(-1)), (rational(-1), rational("1/2")))
    expected = np.linalg.eigvalsh([[2, -1], [-1, 0.5]])[-1]
    assert float(exact.largest_eigenvalue(matrix)) == pytest.approx(expected, rel=1e-12)
    with pytest.raises(ValueError, match="order"):
        exact.largest_eigenvalue(((1, 0, 0), (0, 1, 0), (0, 0, 1)))
