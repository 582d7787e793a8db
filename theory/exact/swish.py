"""One swish unit under attack at exact points: the exact counterpart of `theory.swish`.

    phi(u) = softplus(-swish(u)),   l_eps = phi(clip(u*, lo, hi))   for y = +1,
    [lo, hi] = theta.x -/+ eps ||theta||_q,   u* = -(1 + W(1/e)) the maximiser of phi.

u* is a ball at the working precision, so a comparison with it is decided at some precision, or
undecided; u* is irrational, so no rational end of the interval ever meets it.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from flint import arb

from theory.exact import (
    Vector,
    add,
    ball,
    dot,
    dual,
    norm,
    scale,
    sigmoid,
    softplus,
    subtract,
)
from theory.exact.adversarial import steepest

__all__ = [
    "CURVATURE",
    "SLOPE",
    "clipped",
    "interval",
    "phi",
    "phi_curvature",
    "phi_slope",
    "stationary_point",
    "swish",
    "swish_adversarial_gradient",
    "swish_adversarial_loss",
    "swish_curvature",
    "swish_slope",
]

SLOPE = Fraction(3173, 10000)
"""|phi'| is nowhere larger (claim jaxat.swish-curvature)."""
CURVATURE = Fraction(22617, 100000)
"""|phi''| is nowhere larger (claim jaxat.swish-curvature)."""


def stationary_point() -> arb:
    """u* = -(1 + W(1/e)), where swish is smallest.

    >>> from theory.rigorous.arithmetic import precision
    >>> with precision(106):
    ...     print(stationary_point().str(15, radius=False))
    -1.27846454276107
    """
    return -(1 + (arb(-1).exp()).lambertw())


def swish(u: Any) -> Any:
    """u sigma(u)."""
    return u * sigmoid(u)


def swish_slope(u: Any) -> Any:
    """sigma(u) (1 + u sigma(-u)).

    >>> swish_slope(0)
    1/2
    """
    return sigmoid(u) * (1 + u * sigmoid(-u))


def swish_curvature(u: Any) -> Any:
    """sigma(u) sigma(-u) (2 + u (sigma(-u) - sigma(u)))."""
    return sigmoid(u) * sigmoid(-u) * (2 + u * (sigmoid(-u) - sigmoid(u)))


def phi(u: Any) -> Any:
    """softplus(-swish(u)), the loss of the label +1."""
    return softplus(-swish(u))


def phi_slope(u: Any) -> Any:
    """-sigma(-swish(u)) swish'(u).

    >>> phi_slope(0)
    -1/4
    """
    return -sigmoid(-swish(u)) * swish_slope(u)


def phi_curvature(u: Any) -> Any:
    """sigma(w) sigma(-w) swish'(u)^2 - sigma(-w) swish''(u) with w = swish(u).

    >>> phi_curvature(0)
    -3/16
    """
    w, slope = swish(u), swish_slope(u)
    return sigmoid(w) * sigmoid(-w) * slope * slope - sigmoid(-w) * swish_curvature(u)


def interval(theta: Vector, x: Vector, eps: Any, p: Any) -> tuple[Any, Any]:
    """lo and hi, the ends of what theta.(x + delta) can be."""
    u, reach = dot(theta, x), eps * norm(theta, dual(p))
    return u - reach, u + reach


def clipped(low: Any, high: Any) -> arb:
    """clip(u*, lo, hi)."""
    return stationary_point().max(ball(low)).min(ball(high))


def swish_adversarial_loss(theta: Vector, x: Vector, y: Any, eps: Any, p: Any) -> Any:
    """phi(clip(u*, lo, hi)) for y = 1; softplus(max(swish(lo), swish(hi))) for y = -1."""
    low, high = interval(theta, x, eps, p)
    if y == 1:
        return phi(clipped(low, high))
    return softplus(ball(swish(low)).max(ball(swish(high))))


def swish_adversarial_gradient(theta: Vector, x: Vector, eps: Any, p: Any) -> tuple[Any, ...]:
    """The gradient for y = 1: 0 if u* is between lo and hi, else phi'(end) (x -/+ eps v)."""
    low, high = (ball(end) for end in interval(theta, x, eps, p))
    best, v = stationary_point(), scale(eps, steepest(theta, p))
    if low > best:
        return scale(phi_slope(low), subtract(x, v))
    if high < best:
        return scale(phi_slope(high), add(x, v))
    inside = low < best < high
    return tuple(0 if inside else arb("nan") for _ in theta)
