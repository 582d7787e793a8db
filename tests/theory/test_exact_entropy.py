"""Local entropy of piecewise quadratic losses against quadrature by mpmath."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import mpmath
import pytest
from flint import fmpq

from theory.exact import parse_point
from theory.exact.entropy import (
    Panel,
    hinges,
    integrable,
    is_even,
    least_value,
    lipschitz_constant,
    local_moments,
    loss_panels,
    partition_series,
    smoothness_constant,
    weak_convexity,
)

LOSSES: list[tuple[dict[str, str], Callable[[Any], Any], list[float]]] = [
    ({"loss": "constant", "height": "2"}, lambda t: 2 + 0 * t, []),
    ({"loss": "quadratic", "rho": "3"}, lambda t: 1.5 * t * t, []),
    ({"loss": "absolute", "slope": "2"}, lambda t: 2 * abs(t), [0]),
    ({"loss": "slopes", "left": "3", "right": "1"}, lambda t: t if t > 0 else -3 * t, [0]),
    (
        {"loss": "tent", "slope": "5", "half_width": "3"},
        lambda t: 5 * max(0, 3 - abs(t)),
        [-3, 0, 3],
    ),
    ({"loss": "cap", "rho": "1", "half_width": "2"}, lambda t: max(0, 4 - t * t) / 2, [-2, 2]),
    ({"loss": "cap", "rho": "2", "half_width": "2"}, lambda t: max(0, 4 - t * t), [-2, 2]),
    (
        {"loss": "huber", "rho": "2", "half_width": "1"},
        lambda t: t * t if abs(t) < 1 else 2 * abs(t) - 1,
        [-1, 1],
    ),
    (
        {"loss": "double well", "rho": "1"},
        lambda t: (abs(t) - 2) ** 2 / 2 if abs(t) > 1 else 1 - t * t / 2,
        [-1, 1],
    ),
    (
        {"loss": "hinges", "kinks": "(1, -1)", "weights": "(2, -1)", "rho": "1/2"},
        lambda t: 2 * abs(t - 1) - abs(t + 1) + t * t / 4,
        [-1, 1],
    ),
]


@pytest.mark.parametrize(("point", "loss", "kinks"), LOSSES)
@pytest.mark.parametrize("theta", ["-5/3", "0", "1"])
def test_moments_agree_with_quadrature(
    point: dict[str, str], loss: Callable[[Any], Any], kinks: list[float], theta: str
) -> None:
    gamma, beta, centre = 1.5, 0.75, float(Fraction(theta))
    found = local_moments(
        loss_panels(parse_point(point)),
        fmpq(*Fraction(theta).as_integer_ratio()),
        fmpq(3, 2),
        fmpq(3, 4),
    )

    def integral(power: int) -> Any:
        ends = sorted({*range(-12, 13, 2), *kinks})
        return mpmath.quad(
            lambda t: t**power * mpmath.exp(-beta * (loss(t) + gamma / 2 * (t - centre) ** 2)), ends
        )

    mass, first, second = (integral(power) for power in range(3))
    mean, variance = first / mass, second / mass - (first / mass) ** 2
    expected = (mpmath.log(mass), mean, variance, beta * gamma * (centre - mean))
    for got, want in zip(found, expected, strict=False):
        value = float(got.mid()) if hasattr(got, "mid") else float(Fraction(int(got.p), int(got.q)))
        assert value == pytest.approx(float(want), abs=1e-10)


@pytest.mark.parametrize(("point", "loss", "kinks"), LOSSES)
def test_panels_are_the_loss(
    point: dict[str, str], loss: Callable[[Any], Any], kinks: list[float]
) -> None:
    panels = loss_panels(parse_point(point))
    for k in range(-40, 41):
        t = fmpq(k, 8)
        inside = [
            p for p in panels if (p.low is None or p.low <= t) and (p.high is None or t <= p.high)
        ]
        for panel in inside:
            value = panel.value(t)
            assert int(value.p) / int(value.q) == pytest.approx(float(loss(k / 8)), abs=1e-14)


def test_series_differentiates_the_closed_form() -> None:
    panels = loss_panels(parse_point({"loss": "absolute", "slope": "2"}))
    theta, step = fmpq(1, 3), fmpq(1, 1000)
    F = [float(partition_series(panels, theta + k * step, fmpq(1))[0].mid()) for k in (-1, 0, 1)]
    _, slope, curvature = partition_series(panels, theta, fmpq(1))
    assert (F[2] - F[0]) / 0.002 == pytest.approx(float(slope.mid()), abs=1e-5)
    assert (F[2] - 2 * F[1] + F[0]) / 1e-6 == pytest.approx(float(curvature.mid()), abs=1e-5)


def panels_of(**point: str) -> list[Panel]:
    return loss_panels(parse_point(point))


def test_what_hypotheses_ask() -> None:
    tent = panels_of(loss="tent", slope="5", half_width="3")
    assert (least_value(tent), lipschitz_constant(tent), is_even(tent)) == (0, 5, True)
    assert weak_convexity(tent) is None
    assert smoothness_constant(tent) is None
    cap = panels_of(loss="cap", rho="2", half_width="3")
    assert (weak_convexity(cap), lipschitz_constant(cap)) == (2, 6)
    well = panels_of(loss="double well", rho="4")
    assert (smoothness_constant(well), weak_convexity(well), least_value(well)) == (4, 4, 0)
    assert lipschitz_constant(well) is None
    assert least_value(panels_of(loss="slopes", left="3", right="-1")) is None
    assert least_value(panels_of(loss="quadratic", rho="-1")) is None
    assert not is_even(panels_of(loss="slopes", left="3", right="1"))
    concave = panels_of(loss="quadratic", rho="-1")
    assert integrable(concave, fmpq(2))
    assert not integrable(concave, fmpq(1))
    assert weak_convexity(hinges((0,), (-1,))) is None


def test_an_unknown_loss_is_named() -> None:
    with pytest.raises(ValueError, match="no piecewise quadratic loss is called 'cube'"):
        panels_of(loss="cube", rho="1")
