"""The exact formulas of the linear model and the facts about the sigmoid, against NumPy."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from scipy.special import expit

from theory.exact import ball, rational
from theory.exact import linear as exact_linear
from theory.facts import sigmoid as sigmoid_facts
from theory.symbolic import SymbolicProof


def midpoint(value: object) -> float:
    return float(ball(value).mid())


def exact(vector: np.ndarray) -> tuple:
    return tuple(rational(float(v)) for v in vector)


def test_gradients_are_derivatives_of_the_losses() -> None:
    rng = np.random.default_rng(0)
    theta, x, direction = rng.standard_normal((3, 3))
    step = 1e-6
    for y in (1, -1):
        for q in (1, 2):

            def loss(t: np.ndarray, y: int = y, q: int = q) -> float:
                return float(np.logaddexp(0, 0.7 * np.linalg.norm(t, q) - y * t @ x))

            slope = (loss(theta + step * direction) - loss(theta - step * direction)) / (2 * step)
            g = exact_linear.worst_gradient(exact(theta), exact(x), y, rational(0.7), q)
            assert np.dot([midpoint(c) for c in g], direction) == pytest.approx(slope, abs=1e-8)
            value = exact_linear.worst_loss(exact(theta), exact(x), y, rational(0.7), q)
            assert midpoint(value) == pytest.approx(loss(theta), abs=1e-14)
        clean = exact_linear.clean_gradient(exact(theta), exact(x), y)
        by_hand = -y * expit(-y * theta @ x) * x
        np.testing.assert_allclose([midpoint(c) for c in clean], by_hand, rtol=1e-14)


def test_the_example_has_the_largest_loss_on_a_circle() -> None:
    theta, x = np.array([3.0, -4.0]), np.array([0.5, 0.25])
    angles = np.linspace(0, 2 * np.pi, 100_001)
    circle = x + 0.5 * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    for y in (1, -1):
        worst = circle[np.argmin(y * circle @ theta)]
        x_worst = exact_linear.l2_example(exact(theta), exact(x), y, rational("1/2"))
        np.testing.assert_allclose([midpoint(c) for c in x_worst], worst, atol=1e-4)


@pytest.mark.parametrize("reach", [0.1, 1.0, 5.0])
def test_mixed_constant_against_singular_values(reach: float) -> None:
    angles = np.linspace(0, np.pi, 4001)
    x = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    theta = np.array([reach, 0.0])
    m = x @ theta
    s = expit(-m)
    matrices = -s[:, None, None] * np.eye(2) + (s * expit(m))[:, None, None] * (
        x[:, :, None] * theta[None, None, :]
    )
    largest = np.linalg.norm(matrices, 2, axis=(1, 2)).max()
    assert midpoint(exact_linear.mixed_constant(rational(reach))) == pytest.approx(
        largest, rel=1e-5
    )


@pytest.mark.parametrize("rho", [0.05, 0.5, 3.0])
def test_largest_hessian_norm_against_eigenvalues(rho: float) -> None:
    eps, radius = 0.6, 1.5
    angles = np.linspace(0, np.pi, 4001)
    x = radius * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    u = np.array([1.0, 0.0])
    g = eps * u - x
    s = expit(rho * (eps - x @ u))
    hessians = (s * (1 - s))[:, None, None] * g[:, :, None] * g[:, None, :]
    hessians += (s * eps / rho)[:, None, None] * (np.eye(2) - np.outer(u, u))
    largest = np.linalg.eigvalsh(hessians).max()
    bracket = exact_linear.largest_hessian_norm(rational(1.5), rational(0.6), rational(rho))
    assert midpoint(bracket) == pytest.approx(largest, rel=2e-4)


FACTS: list[Callable[[], list[SymbolicProof]]] = [
    sigmoid_facts.increasing,
    sigmoid_facts.slope_at_most_quarter,
    sigmoid_facts.slope_decreases_in_modulus,
    sigmoid_facts.decreasing_over_its_argument,
    sigmoid_facts.softplus_above_tangent,
    sigmoid_facts.softplus_below_parabola,
]


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact.__name__)
def test_facts_are_proved(fact: Callable[[], list[SymbolicProof]]) -> None:
    assert all(proof.proved for proof in fact())


def test_facts_are_true() -> None:
    t = np.linspace(-30, 30, 6001)
    slope = expit(t) * expit(-t)
    assert np.all(np.diff(expit(t)) > 0)
    assert slope.max() <= 0.25
    assert np.all(np.diff(slope[t >= 0]) < 0)
    positive = t[t > 0]
    for c in (-2.0, 0.0, 0.5, 10.0):
        assert np.all(np.diff(expit(c * positive) / positive) < 0)
    softplus = np.logaddexp(0, t)
    assert np.all(softplus >= np.log(2) + t / 2 - 1e-14)
    assert np.all(softplus <= np.log(2) + t / 2 + t**2 / 8 + 1e-14)


def test_facts_fail_for_another_function(monkeypatch: pytest.MonkeyPatch) -> None:
    import sympy

    monkeypatch.setattr(sigmoid_facts, "_sigma", lambda t: sympy.exp(t))
    for fact in (sigmoid_facts.increasing, sigmoid_facts.slope_at_most_quarter):
        assert not all(proof.proved for proof in fact())
