"""Certified enclosures against closed forms and mpmath, and the known ways to get false ones."""

from __future__ import annotations

from fractions import Fraction

import jax
import jax.numpy as jnp
import mpmath
import pytest
from flint import acb, arb, ctx, fmpq

from theory.local_entropy import local_entropy
from theory.local_entropy.balls import LossBall, enclose_local_entropy, log_one_plus_exp
from theory.local_entropy.closed_forms import absolute_local_entropy


def absolute(z: acb, panel: int, analytic: bool) -> acb:
    return z if panel else -z


def assert_contains(ball: arb, value: float, slack: float = 1e-11) -> None:
    assert ball.rad() < 1e-15 * (1 + abs(value))
    assert abs(float(ball.mid()) - value) <= slack * (1 + abs(value))


@pytest.mark.parametrize("theta", [0.0, 0.3, -20.0])
@pytest.mark.parametrize("gamma", [0.03, 1.0, 1000.0])
def test_absolute_value_matches_the_closed_form(theta: float, gamma: float) -> None:
    balls = enclose_local_entropy(
        lambda z, panel, analytic: 3 * absolute(z, panel, analytic), theta, gamma, 2.5, [0]
    )
    exact = absolute_local_entropy(3.0, theta, gamma, 2.5)
    assert_contains(balls.F, float(exact.F))
    assert_contains(balls.mean, float(exact.mean[0]))
    assert_contains(balls.variance, float(exact.covariance[0, 0]), 1e-9)
    assert_contains(balls.gradient / gamma, float(exact.gradient[0]) / gamma, 1e-9)
    assert_contains(balls.hessian / gamma, float(exact.hessian[0, 0]) / gamma, 1e-9)


def test_quadratic_is_contained_exactly() -> None:
    # L = t^2 / 2, theta = 1/3, gamma = 2, beta = 3/5: E = 2/9 and Var = 5/9 are rational.
    balls = enclose_local_entropy(
        lambda z, panel, analytic: z**2 / 2, Fraction(1, 3), 2, fmpq(3, 5)
    )
    with ctx.workprec(400):
        assert balls.mean.contains(fmpq(2, 9))
        assert balls.variance.contains(fmpq(5, 9))
        assert balls.hessian.contains(fmpq(6, 5) - fmpq(36, 25) * fmpq(5, 9))
    assert balls.variance.rad() < 1e-30


def test_inexact_kink_is_allowed() -> None:
    with ctx.workprec(128):
        third = arb(1) / 3
    balls = enclose_local_entropy(
        lambda z, panel, analytic: (z - third) * (1 if panel else -1), 0, 1, 1, [third]
    )
    with mpmath.workdps(30):
        integral = mpmath.quad(
            lambda t: mpmath.exp(-abs(t - mpmath.mpf(1) / 3) - t**2 / 2),
            [-14, -4, 0, mpmath.mpf(1) / 3, 4, 14],
        )
        value = str(mpmath.log(integral))
    with ctx.workprec(128):
        assert abs(balls.F - arb(value)) < 1e-25


def test_softplus_matches_panels() -> None:
    balls = enclose_local_entropy(
        lambda z, panel, analytic: log_one_plus_exp(z * (3 if panel else -2), analytic),
        0.25, 0.1, 2.5, [0],
    )  # fmt: skip
    panels = local_entropy(
        lambda t: jax.nn.softplus(jnp.maximum(3 * t[0], -2 * t[0])),
        [0.25], 0.1, 2.5, kinks=[0.0],
    )  # fmt: skip
    assert_contains(balls.F, float(panels.F), 1e-10)
    assert_contains(balls.variance, float(panels.covariance[0, 0]), 1e-9)


def test_curvature_of_an_oscillating_loss_exceeds_its_own() -> None:
    # L = a (1 + cos t) has |L''| <= a, yet with gamma = 1.1 a the local entropy bends 8 a.
    a = 100
    balls = enclose_local_entropy(
        lambda z, panel, analytic: a * (1 + z.cos()), 0, Fraction(11, 10) * a
    )
    assert balls.hessian < -8 * a
    assert balls.hessian > -9 * a


def test_ignored_flag_gives_a_narrow_wrong_ball() -> None:
    # Without the flag FLINT integrates |t - 1/3| over [0, 1] to a narrow ball without 5/18.
    wrong = acb.integral(lambda z, analytic: (z - acb(1) / 3).real_abs(), 0, 1).real
    assert wrong.rad() < 1e-6
    assert not wrong.overlaps(arb(5) / 18)


@pytest.mark.parametrize(
    "formula",
    [
        lambda z, panel, analytic: 9 * (z - 0.3).real_abs(),
        lambda z, panel, analytic: 1 + z.sgn(),
        lambda z, panel, analytic: ((z - 0.3) ** 2).sqrt(),
        lambda z, panel, analytic: (1 + z**2).sqrt(),
    ],
    ids=["real_abs", "sgn", "sqrt", "cut off the line"],
)
def test_formula_that_ignores_the_flag_is_refused(formula: LossBall) -> None:
    with pytest.raises(ValueError, match="analytic flag"):
        enclose_local_entropy(formula, 0, 1)


def test_flagged_formula_agrees_with_the_split_one() -> None:
    def flagged(z: acb, panel: int, analytic: bool) -> acb:
        return z.real_abs(analytic=analytic)

    whole = enclose_local_entropy(flagged, 0.25, 1, precision=64)
    split = enclose_local_entropy(absolute, 0.25, 1, 1, [0], precision=64)
    assert whole.F.overlaps(split.F)
    assert whole.variance.overlaps(split.variance)
    assert whole.F.rad() < 1e-9


def test_tail_is_part_of_the_ball() -> None:
    # At low precision the window is narrow, and only the tail makes the ball reach the truth.
    for bits in (32, 40, 64):
        balls = enclose_local_entropy(lambda z, panel, analytic: 0 * z, 0, 1, precision=bits)
        with ctx.workprec(200):
            assert balls.F.overlaps((2 * arb.pi()).log() / 2)
            assert balls.variance.contains(1)


def test_working_precision_is_restored() -> None:
    before = ctx.prec
    enclose_local_entropy(absolute, 0, 1, 1, [0], precision=200)
    with pytest.raises(ValueError, match="gamma"):
        enclose_local_entropy(absolute, 0, -1, 1, [0], precision=200)
    assert ctx.prec == before


def test_refusals() -> None:
    with pytest.raises(ValueError, match="strictly increasing"):
        enclose_local_entropy(absolute, 0, 1, 1, [1, 0])
    with pytest.raises(ValueError, match="at least 0"):
        enclose_local_entropy(lambda z, panel, analytic: z, 0, 1)
    with pytest.raises(ValueError, match="32 bits"):
        enclose_local_entropy(absolute, 0, 1, 1, [0], precision=8)
