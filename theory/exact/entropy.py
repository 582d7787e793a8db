"""Local entropy of piecewise quadratic losses on the line, in balls: F, its mean, its variance.

On a panel where L = c0 + c1 t + c2 t^2 the integrand exp(-beta L - (beta gamma / 2)(t - theta)^2)
is a cut Gaussian (an exponential, where the quadratic parts cancel), so F and the moments are
elementary functions of erf. Kinks lie between panels; nothing is cut off and nothing is sampled.
What a hypothesis asks of such a loss (convex, Lipschitz, nonnegative ...) is decided in rationals.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from flint import arb, arb_series, ctx, fmpq

from theory.exact import Point, ball, sqrt

__all__ = [
    "Moments",
    "Panel",
    "hinges",
    "integrable",
    "is_even",
    "least_slope_jump",
    "least_value",
    "lipschitz_constant",
    "local_moments",
    "loss_panels",
    "panel_moments",
    "partition_series",
    "smoothness_constant",
    "weak_convexity",
]


class Panel(NamedTuple):
    """L = c0 + c1 t + c2 t^2 between two rationals; None is the end at infinity."""

    low: Any
    high: Any
    c0: fmpq
    c1: fmpq
    c2: fmpq

    def value(self, t: Any) -> Any:
        return self.c0 + self.c1 * t + self.c2 * t * t

    def slope(self, t: Any) -> Any:
        return self.c1 + 2 * self.c2 * t


class Moments(NamedTuple):
    """F, mean and variance of p_theta, and -F' and -F'' by the covariance formula, any beta."""

    F: Any
    mean: Any
    variance: Any
    gradient: Any
    hessian: Any


def loss_panels(point: Point) -> list[Panel]:
    """The loss that a point names by `loss` and its parameters.

    "constant" height, "quadratic" rho t^2 / 2, "absolute" slope |t|, "slopes" -left t and right t
    on the two sides of 0, "tent" slope max(0, half_width - |t|), "cap" max(0, rho (half_width^2 -
    t^2) / 2), "huber" rho t^2 / 2 up to half_width and straight outside, "double well" C^1 with
    second derivative rho, -rho, rho and minima at -2 and 2, "hinges" sum of weights_i |t - kinks_i|
    plus rho t^2 / 2.

    >>> [p.c1 for p in loss_panels({"loss": "absolute", "slope": fmpq(3)})]
    [-3, 3]
    """
    word, zero = point["loss"], fmpq(0)
    if word == "constant":
        return [Panel(None, None, fmpq(1) * point["height"], zero, zero)]
    if word == "quadratic":
        return [Panel(None, None, zero, zero, fmpq(1) * point["rho"] / 2)]
    if word == "absolute":
        return hinges((zero,), (point["slope"],))
    if word == "slopes":
        left, right = fmpq(1) * point["left"], fmpq(1) * point["right"]
        return [Panel(None, zero, zero, -left, zero), Panel(zero, None, zero, right, zero)]
    if word == "tent":
        a, g = fmpq(1) * point["half_width"], fmpq(1) * point["slope"]
        return hinges((-a, zero, a), (g / 2, -g, g / 2))
    if word == "hinges":
        return hinges(point["kinks"], point["weights"], point.get("rho", zero))
    rho = fmpq(1) * point["rho"]
    if word == "cap":
        a = fmpq(1) * point["half_width"]
        middle = Panel(-a, a, rho * a * a / 2, zero, -rho / 2)
        return [Panel(None, -a, zero, zero, zero), middle, Panel(a, None, zero, zero, zero)]
    if word == "huber":
        a = fmpq(1) * point["half_width"]
        sides = [Panel(None, -a, -rho * a * a / 2, -rho * a, zero)]
        sides.append(Panel(a, None, -rho * a * a / 2, rho * a, zero))
        return [sides[0], Panel(-a, a, zero, zero, rho / 2), sides[1]]
    if word == "double well":
        outer = [Panel(None, fmpq(-1), 2 * rho, 2 * rho, rho / 2)]
        outer.append(Panel(fmpq(1), None, 2 * rho, -2 * rho, rho / 2))
        return [outer[0], Panel(fmpq(-1), fmpq(1), rho, zero, -rho / 2), outer[1]]
    raise ValueError(f"no piecewise quadratic loss is called {word!r}")


def hinges(kinks: Sequence[Any], weights: Sequence[Any], rho: Any = 0) -> list[Panel]:
    """The panels of sum_i weights_i |t - kinks_i| + rho t^2 / 2.

    >>> hinges((fmpq(1),), (fmpq(2),))[0]
    Panel(low=None, high=1, c0=2, c1=-2, c2=0)
    """
    pairs = sorted((fmpq(1) * k, fmpq(1) * w) for k, w in zip(kinks, weights, strict=True))
    ends = [None, *sorted({k for k, _ in pairs}), None]
    found = []
    for low, high in pairwise(ends):
        signed = [(k, -w if low is None or k > low else w) for k, w in pairs]
        offset = -sum((k * w for k, w in signed), fmpq(0))
        slope = sum((w for _, w in signed), fmpq(0))
        found.append(Panel(low, high, offset, slope, fmpq(1) * rho / 2))
    return found


def least_value(panels: Sequence[Panel]) -> Any:
    """The infimum of the loss, None if it is unbounded below."""
    values = []
    for p in panels:
        for end, outward in ((p.low, -1), (p.high, 1)):
            if end is not None:
                values.append(p.value(end))
            elif p.c2 < 0 or (p.c2 == 0 and p.c1 * outward < 0):
                return None
        if p.c2 > 0 and _within(p, tip := -p.c1 / (2 * p.c2)):
            values.append(p.value(tip))
        elif p.c2 == 0:
            values += [p.c0] if len(panels) == 1 else []
    return min(values)


def integrable(panels: Sequence[Panel], gamma: Any) -> bool:
    """Is the integral finite? The quadratic part of L + gamma t^2 / 2 must win at both ends."""
    return all(2 * p.c2 + gamma > 0 for p in (panels[0], panels[-1]))


def is_even(panels: Sequence[Panel]) -> bool:
    """L(-t) = L(t), compared panel by panel."""
    mirrored = [Panel(_minus(p.high), _minus(p.low), p.c0, -p.c1, p.c2) for p in reversed(panels)]
    return mirrored == list(panels)


def least_slope_jump(panels: Sequence[Panel]) -> Any:
    """The smallest jump of the slope over the kinks, 0 without kinks; the loss is continuous."""
    for left, right in pairwise(panels):
        if left.value(left.high) != right.value(left.high):
            raise ValueError(f"the loss jumps at {left.high}")
    jumps = [b.slope(a.high) - a.slope(a.high) for a, b in pairwise(panels)]
    return min(jumps, default=fmpq(0))


def weak_convexity(panels: Sequence[Panel]) -> Any:
    """The least rho >= 0 for which L + rho t^2 / 2 is convex, None if a kink points down."""
    if least_slope_jump(panels) < 0:
        return None
    return max(fmpq(0), *(-2 * p.c2 for p in panels))


def smoothness_constant(panels: Sequence[Panel]) -> Any:
    """The Lipschitz constant of L', None at a kink."""
    if any(b.slope(a.high) != a.slope(a.high) for a, b in pairwise(panels)):
        return None
    return max(abs(2 * p.c2) for p in panels)


def lipschitz_constant(panels: Sequence[Panel]) -> Any:
    """The Lipschitz constant of L, None if it grows like a square."""
    if any(p.c2 != 0 and None in (p.low, p.high) for p in panels):
        return None
    ends = [abs(p.slope(e)) for p in panels for e in (p.low, p.high) if e is not None]
    return max([*ends, *(abs(p.c1) for p in panels if p.c2 == 0)])


def local_moments(panels: Sequence[Panel], theta: Any, gamma: Any, beta: Any = 1) -> Moments:
    """Balls for F, mean and variance; rational mean and variance for a loss without kinks.

    `theta` is rational or a ball: over a wide ball the answers enclose every point of it.
    ValueError where the integral is infinite.

    >>> quadratic = loss_panels({"loss": "quadratic", "rho": fmpq(3)})
    >>> local_moments(quadratic, fmpq(2), fmpq(1), fmpq(2))[1:]
    (1/2, 1/8, 3, 3/2)
    """
    if not integrable(panels, gamma):
        raise ValueError(f"the integral is infinite for gamma = {gamma}: the loss falls too fast")
    totals = [panel_moments(p, theta, gamma, beta) for p in panels]
    mass, first, second = (sum(column, arb(0)) for column in zip(*totals, strict=True))
    shift = first / mass
    # Not a power: ** gives NaN on a ball that contains 0.
    variance = second / mass - shift * shift
    if len(panels) == 1:
        only, precision = panels[0], beta * (2 * panels[0].c2 + gamma)
        shift, variance = -beta * only.slope(theta) / precision, 1 / (fmpq(1) * precision)
    scale = beta * gamma
    return Moments(mass.log(), theta + shift, variance, -scale * shift, scale - scale**2 * variance)


def partition_series(
    panels: Sequence[Panel], theta: Any, gamma: Any, beta: Any = 1
) -> tuple[arb, arb, arb]:
    """F, F' and F'' at theta, by differentiating the closed form of F itself.

    Power series arithmetic: shares no formula of the moments with `local_moments`.

    >>> F, slope, curvature = partition_series([Panel(None, None, *map(fmpq, (0, 0, 1)))], 1, 1)
    >>> bool(abs(slope + fmpq(2, 3)) < 1e-12), bool(abs(curvature + fmpq(2, 3)) < 1e-12)
    (True, True)
    """
    before, ctx.cap = ctx.cap, 3
    try:
        moving = arb_series([ball(theta), arb(1)], prec=3)
        parts = [_series_mass(p, moving, gamma, beta) for p in panels]
        F = sum(parts[1:], parts[0]).log()
        return F[0], F[1], 2 * F[2]
    finally:
        ctx.cap = before


def _minus(end: Any) -> Any:
    return None if end is None else -end


def _within(p: Panel, t: Any) -> bool:
    return (p.low is None or p.low < t) and (p.high is None or t < p.high)


def _series_mass(p: Panel, theta: arb_series, gamma: Any, beta: Any) -> arb_series:
    """The integral over the panel in the variable t itself: exp(C + B t - A t^2)."""
    curvature = ball(beta * (p.c2 + gamma / fmpq(2)))
    if not curvature > 0:
        raise ValueError("the closed form of a panel needs c2 + gamma / 2 > 0")
    root = curvature.sqrt()
    linear = ball(beta * gamma) * theta - ball(beta * p.c1)
    constant = ball(-beta * p.c0) - ball(beta * gamma / fmpq(2)) * theta * theta
    middle = linear / (2 * curvature)
    scale = (constant + linear * middle / 2).exp() * (arb.pi().sqrt() / (2 * root))
    return scale * _erf_between(
        *(None if e is None else (ball(e) - middle) * root for e in (p.low, p.high))
    )


def _erf_between(a: Any, b: Any) -> Any:
    """erf(b) - erf(a), from erfc where both lie on one side, so that tails keep their digits."""
    if a is not None and _constant(a) > 0:
        return a.erfc() - (0 if b is None else b.erfc())
    if b is not None and _constant(b) < 0:
        return (-b).erfc() - (0 if a is None else (-a).erfc())
    high = arb(1) if b is None else b.erf()
    return high - (arb(-1) if a is None else a.erf())


def _constant(x: Any) -> arb:
    return x[0] if isinstance(x, arb_series) else x


def panel_moments(p: Panel, theta: Any, gamma: Any, beta: Any) -> tuple[arb, arb, arb]:
    """The integrals of 1, u, u^2 against exp(C + B u - A u^2), u = t - theta, over the panel."""
    A, B, C = beta * (p.c2 + gamma / fmpq(2)), -beta * p.slope(theta), -beta * p.value(theta)
    low, high = (None if e is None else e - theta for e in (p.low, p.high))

    def edge(u: Any) -> arb:
        return arb(0) if u is None else (ball(C) + ball(B * u) - ball(A * u * u)).exp()

    start, end = edge(low), edge(high)
    u_start = arb(0) if low is None else low * start
    u_end = arb(0) if high is None else high * end
    if A == 0:
        return _exponential_moments(B, C, low, high, (start, end, u_start, u_end))
    root = ball(sqrt(abs(A)))
    if A > 0:
        tip = ball(B) / (2 * ball(A))
        ends = [None if e is None else root * (ball(e) - tip) for e in (low, high)]
        width = _erf_between(*ends)
    else:
        tip = ball(B) / (2 * ball(A))
        width = (root * (ball(high) - tip)).erfi() - (root * (ball(low) - tip)).erfi()
    mass = (ball(C) + ball(B) * tip / 2).exp() * arb.pi().sqrt() / (2 * root) * width
    first = (ball(B) * mass - (end - start)) / (2 * ball(A))
    second = (mass + ball(B) * first - (u_end - u_start)) / (2 * ball(A))
    return mass, first, second


def _exponential_moments(
    B: Any, C: Any, low: Any, high: Any, edges: tuple[arb, arb, arb, arb]
) -> tuple[arb, arb, arb]:
    start, end, u_start, u_end = edges
    if B == 0:
        a, b, scale = ball(low), ball(high), ball(C).exp()
        cubes = b * b * b - a * a * a
        return scale * (b - a), scale * (b * b - a * a) / 2, scale * cubes / 3
    mass = (end - start) / ball(B)
    first = (u_end - u_start - mass) / ball(B)
    squares = (arb(0) if high is None else high * u_end) - (
        arb(0) if low is None else low * u_start
    )
    return mass, first, (squares - 2 * first) / ball(B)
