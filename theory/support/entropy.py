"""What the claims about EntropySGD share: sources, hypotheses, and losses at exact points."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

from theory.claim import Hypothesis, Source
from theory.exact import Comparison, Point, rational
from theory.exact.entropy import (
    Moments,
    integrable,
    least_value,
    local_moments,
    loss_panels,
    partition_series,
)
from theory.scope import Names, Scope

__all__ = [
    "ANY_LOSS",
    "AT_EXAMPLES",
    "EXAMPLES",
    "INTEGRABLE",
    "NONNEGATIVE",
    "POSITIVE",
    "agree",
    "at",
    "attacked_logistic",
    "attacked_slopes",
    "derivatives",
    "enclose_attacked",
    "example_points",
    "finite",
    "kanai",
    "ours",
]

# Two exact computations of one number must meet to so many digits.
DIGITS = 20


def kanai(number: str, *equations: str) -> Source:
    return Source("kanai", number, "final", equations)


def ours(number: str) -> Source:
    return Source("jaxat", number)


def at(point: Point, theta: Any = None) -> Moments:
    """F and the moments of p_theta at the point's theta, gamma and beta (1 if not given)."""
    where = point["theta"] if theta is None else theta
    return local_moments(loss_panels(point), where, point["gamma"], point.get("beta", rational(1)))


def finite(point: Point) -> bool:
    """Is the integral finite? Where it is not, F is no number and no statement about it holds."""
    return integrable(loss_panels(point), point["gamma"])


def derivatives(point: Point) -> tuple[Any, Any]:
    """−F' and −F'' from the closed form of F itself, by power series."""
    _, slope, curvature = partition_series(
        loss_panels(point), point["theta"], point["gamma"], point.get("beta", rational(1))
    )
    return -slope, -curvature


def agree(left: Any, right: Any) -> Comparison:
    """|left − right| ≤ 10⁻²⁰: two balls of one number."""
    return Comparison(abs(left - right), "<=", rational(Fraction(1, 10**DIGITS)))


def _positive(point: Point) -> tuple[Comparison, ...]:
    beta = point.get("beta", rational(1))
    return (Comparison(point["gamma"], ">", 0), Comparison(beta, ">", 0))


POSITIVE = Hypothesis("gamma, beta > 0", r"$\gamma, \beta > 0$", _positive)
INTEGRABLE = Hypothesis(
    "finite integral",
    r"$\gamma, \beta > 0$ and the integral in (10) is finite",
    lambda w: (*_positive(w), Comparison(int(integrable(loss_panels(w), w["gamma"])), "==", 1)),
)


def _nonnegative(point: Point) -> tuple[Comparison, ...]:
    least = least_value(loss_panels(point))
    return (*_positive(point), Comparison(rational(-1) if least is None else least, ">=", 0))


NONNEGATIVE = Hypothesis("L >= 0", r"$\gamma > 0$, $L \ge 0$ measurable", _nonnegative)

ANY_LOSS = {"loss": Names("every loss that satisfies the hypotheses")}
AT_EXAMPLES = Scope("a few losses at rational points, m = 1", {"loss": Names("the examples")})

EXAMPLES: tuple[dict[str, str], ...] = (
    {"loss": "quadratic", "rho": "3", "theta": "2/3"},
    {"loss": "absolute", "slope": "2", "theta": "0"},
    {"loss": "absolute", "slope": "7/2", "theta": "-5/4"},
    {"loss": "tent", "slope": "5", "half_width": "3", "theta": "1/7"},
    {"loss": "cap", "rho": "4/5", "half_width": "2", "theta": "2"},
    {"loss": "huber", "rho": "2", "half_width": "1/2", "theta": "1/2"},
    {"loss": "double well", "rho": "1/2", "theta": "-1"},
    {"loss": "hinges", "kinks": "(-1, 0, 1/3)", "weights": "(2, -1, 1/2)", "theta": "1/3"},
)


def example_points(
    keep: Callable[[Point], Any] = lambda point: True, **more: str
) -> list[dict[str, Any]]:
    """Smooth and non-smooth losses, convex and not, at rational points on and off the kinks."""
    from theory.exact import parse_point

    points = [parse_point({**example, **more}) for example in EXAMPLES]
    return [point for point in points if keep(point)]


def attacked_slopes(point: Point) -> tuple[list[Any], list[Any]]:
    """h_n = c_n t left and right of 0: −y x t + ε|t|, the attacked logit of one weight."""
    products = [a * b for a, b in zip(point["x"], point["y"], strict=True)]
    eps = point["eps"]
    return [-p - eps for p in products], [-p + eps for p in products]


def enclose_attacked(point: Point, theta: Any) -> Any:
    """Balls for F and its moments, L the mean of softplus(−y x t + ε|t|), split at the kink 0."""
    from flint import acb, ctx

    from theory.local_entropy.balls import enclose_local_entropy, log_one_plus_exp

    sides = attacked_slopes(point)

    def loss(z: Any, panel: int, analytic: bool) -> Any:
        values = [log_one_plus_exp(z * acb(c), analytic) for c in sides[panel]]
        return sum(values[1:], values[0]) / len(values)

    return enclose_local_entropy(loss, theta, point["gamma"], 1, [0], precision=max(ctx.prec, 64))


def attacked_logistic() -> list[dict[str, Any]]:
    """Attacked logistic losses of one weight, with θ on the kink and beside it."""
    from theory.exact import parse_point

    data = {"x": "(1, -1/2)", "y": "(1, 1)", "eps": "3/5", "gamma": "3/4"}
    return [parse_point({**data, "theta": theta}) for theta in ("0", "1/3")]
