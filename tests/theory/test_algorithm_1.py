"""The transcription of Algorithm 1 against independent loops in fractions and in NumPy."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from theory.algorithm_1 import algorithm_1, inner_loop, line_7, quadratic_gradient
from theory.exact import rational


def by_hand(theta: Fraction, rho: Fraction, sign: int, steps: int) -> tuple[Fraction, Fraction]:
    """θ' and θ̄ for γ = 1/4, η' = 1/3, α = 1/5, written out again without the library."""
    gamma, eta, alpha = Fraction(1, 4), Fraction(1, 3), Fraction(1, 5)
    now = mean = theta
    for _ in range(steps):
        now = now - eta * (sign * rho * now - gamma * (theta - now))
        mean = mean + alpha * (now - mean)
    return now, mean


@pytest.mark.parametrize(("version", "sign"), [("printed", -1), ("corrected", 1)])
def test_inner_loop_in_fractions(version: str, sign: int) -> None:
    inner = inner_loop(
        (Fraction(3), Fraction(-2, 7)),
        quadratic_gradient((Fraction(2), Fraction(1, 2))),
        gamma=Fraction(1, 4),
        eta_prime=Fraction(1, 3),
        alpha=Fraction(1, 5),
        L=5,
        version=version,  # pyright: ignore[reportArgumentType]
    )
    first = by_hand(Fraction(3), Fraction(2), sign, 5)
    second = by_hand(Fraction(-2, 7), Fraction(1, 2), sign, 5)
    assert inner.theta_prime == (first[0], second[0])
    assert inner.theta_bar == (first[1], second[1])
    assert len(inner.iterates) == 5
    assert inner.iterates[-1] == inner.theta_prime


def test_the_estimated_variance_is_that_of_the_weights() -> None:
    rng = np.random.default_rng(3)
    noise = [(draw,) for draw in rng.standard_normal(6)]
    inner = inner_loop(
        (0.5,),
        lambda t: (np.sin(t[0]),),
        gamma=0.3,
        eta_prime=0.2,
        alpha=0.4,
        L=6,
        version="corrected",
        eps_E=1.0,
        noise=noise,
        root=np.sqrt,
    )
    weights = np.array([0.6**6, *(0.4 * 0.6 ** (6 - k) for k in range(1, 7))])
    values = np.array([0.5, *(t[0] for t in inner.iterates)])
    mean = float(weights @ values)
    assert inner.theta_bar[0] == pytest.approx(mean, rel=1e-13)
    assert inner.variance[0] == pytest.approx(float(weights @ (values - mean) ** 2), rel=1e-10)


def test_a_whole_step_is_newtons_step() -> None:
    rng = np.random.default_rng(0)
    rows = [tuple(row) for row in rng.standard_normal((8, 2))]
    settings = {"gamma": 0.5, "eta_prime": 0.1, "alpha": 0.75, "L": 8, "eps_E": 0.7}
    theta, gradient = (1.0, -2.0), quadratic_gradient((1.0, 3.0))
    found = algorithm_1(
        theta, gradient, eta=0.2, version="corrected", noise=rows, root=np.sqrt, **settings
    )
    inner = inner_loop(theta, gradient, version="corrected", noise=rows, root=np.sqrt, **settings)
    for k in (0, 1):
        hessian = 0.5 - 0.25 * inner.variance[k]
        slope = 0.5 * (theta[k] - inner.theta_bar[k])
        assert found[k] == pytest.approx(theta[k] - 0.2 * slope / hessian, rel=1e-13)


def test_a_newton_step_where_the_hessian_vanishes_divides_by_zero() -> None:
    # θ' jumps from 1 to −1 with α = 1/2: the estimated variance is 1 = 1/γ.
    with pytest.raises(ZeroDivisionError):
        algorithm_1(
            (rational(1),),
            quadratic_gradient((rational(2),)),
            gamma=rational(1),
            eta=rational(1),
            eta_prime=rational(1),
            alpha=rational("1/2"),
            L=1,
            version="corrected",
        )


def test_line_7_projects_onto_the_box() -> None:
    rng = np.random.default_rng(1)
    delta, gradient = rng.uniform(-0.3, 0.3, 20), rng.standard_normal(20)
    gradient[3] = 0.0
    expected = np.clip(delta + 0.2 * np.sign(gradient), -0.3, 0.3)
    assert line_7(tuple(delta), tuple(gradient), 0.3, 0.2) == tuple(expected)


def test_noise_must_have_a_row_for_every_step() -> None:
    with pytest.raises(ValueError, match="L=3 and 1 rows"):
        inner_loop(
            (0.0,),
            quadratic_gradient((1.0,)),
            gamma=1.0,
            eta_prime=0.1,
            alpha=0.5,
            L=3,
            version="corrected",
            noise=[(0.0,)],
        )
