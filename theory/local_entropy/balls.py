"""Certified enclosures of local entropy in one dimension, by ball arithmetic.

The integral over a window is enclosed by FLINT's `acb.integral`, panel by panel between the
kinks; outside the window 0 <= exp(-beta L) <= 1 bounds it by a Gaussian tail. That is where
L >= 0 is used.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from fractions import Fraction
from itertools import pairwise
from typing import NamedTuple

from flint import acb, arb, ctx, fmpq

__all__ = ["EnclosedLocalEntropy", "LossBall", "enclose_local_entropy", "log_one_plus_exp"]

LossBall = Callable[[acb, int, bool], acb]
Real = int | float | Fraction | fmpq | arb

# The check on the analytic flag: discs a panel, at three sizes, and points on a circle.
DISCS = (32, 8, 1)
CIRCLE = 24


class EnclosedLocalEntropy(NamedTuple):
    """Balls that contain F, the mean E and the variance of theta', and -F' and -F''."""

    F: arb
    mean: arb
    variance: arb
    gradient: arb
    hessian: arb


def enclose_local_entropy(
    loss_ball: LossBall,
    theta: Real,
    gamma: Real,
    beta: Real = 1.0,
    kinks: Sequence[Real] = (),
    *,
    precision: int = 128,
) -> EnclosedLocalEntropy:
    """Enclose F, E and Var for a loss L >= 0 on the real line, m = 1.

    loss_ball(z, panel, analytic) encloses the loss on panel 0..len(kinks), the intervals between
    the sorted kinks, as a function of a complex ball z that is analytic around the panel: for
    L = |t| with the kink 0 return -z on panel 0 and z on panel 1. **If `analytic` is true and the
    formula is not holomorphic on all of z it must return a ball that is not finite**: pass the flag
    on, as in z.log(analytic=analytic), z.sqrt(analytic=analytic), z.real_abs(analytic=analytic).
    Formulas from +, *, exp, sin, cos need nothing; `log_one_plus_exp` does it for the softplus.

    Two hypotheses are the caller's: L >= 0, and the flag. A formula that ignores the flag gives
    confident wrong balls. A guard takes it at its word on 41 discs along every panel and raises
    `ValueError` where the value at the centre is provably not the mean over a circle, as it
    would be for a holomorphic function. That catches kinks and branch cuts on a panel and near
    it; it is no proof of analyticity.

    Numbers may be int, Fraction, fmpq, arb, or float, which is taken as the double that it is:
    0.6 is not 3/5. precision: working bits.

    `ValueError` also for gamma or beta not positive, kinks that are not strictly increasing,
    a loss ball that is negative somewhere, or balls that are not finite.

    >>> result = enclose_local_entropy(lambda z, panel, analytic: 0 * z, 0, 2)
    >>> result.F.overlaps(arb.pi().log() / 2), bool(result.F.rad() < 1e-30)
    (True, True)
    """
    with _working(precision):
        t0, g, b = to_arb(theta), to_arb(gamma), to_arb(beta)
        for name, value in (("gamma", g), ("beta", b)):
            if not (value.is_finite() and value > 0):
                raise ValueError(f"{name} must be positive; got {value}.")
        breaks = [to_arb(kink) for kink in kinks]
        if any(not left < right for left, right in pairwise(breaks)):
            raise ValueError(f"kinks must be strictly increasing; got {list(kinks)}.")
        radius, least = _window(loss_ball, t0, b * g, b, breaks, precision)
        panels = _panels(t0 - radius, t0 + radius, breaks)
        for panel in panels:
            _check_flag(loss_ball, *panel)

        def weight(z: acb, panel: int, analytic: bool) -> acb:
            loss = loss_ball(z, panel, analytic)
            if z.imag == 0 and loss.real < 0:
                raise ValueError(f"loss must be at least 0; on {z.real} it is {loss.real}.")
            return (least - b * loss - b * g / 2 * (z - t0) ** 2).exp()

        moments = [
            sum((_panel_integral(weight, t0, power, *panel) for panel in panels), arb(0))
            + _tail(power, radius, b * g / 2) * least.exp()
            for power in range(3)
        ]
        if not moments[0] > 0:
            raise ValueError(f"the integral is not enclosed away from 0: {moments[0]}.")
        shift = moments[1] / moments[0]
        variance = moments[2] / moments[0] - shift * shift  # ** is NaN on arb(0, r)
        F = moments[0].log() - least
        return EnclosedLocalEntropy(
            F, t0 + shift, variance, -b * g * shift, b * g - (b * g) ** 2 * variance
        )


def log_one_plus_exp(z: acb, analytic: bool) -> acb:
    """Enclose log(1 + exp(z)), in the form that is stable on the side where z lies.

    >>> bool(abs(log_one_plus_exp(acb(0), True).real - arb(2).log()) < 1e-15)
    True
    """
    if z.real.mid() > 0:
        return z + (1 + (-z).exp()).log(analytic=analytic)
    return (1 + z.exp()).log(analytic=analytic)


def to_arb(value: Real) -> arb:
    """Return the ball of an exact number; a float stands for the double that it is.

    >>> to_arb(0.5) == arb(1) / 2, (5 * to_arb(0.6) == 3)
    (True, False)
    """
    if isinstance(value, Fraction):
        return arb(fmpq(value.numerator, value.denominator))
    return arb(value)


@contextmanager
def _working(bits: int) -> Iterator[None]:
    if bits < 32:
        raise ValueError(f"precision must be at least 32 bits; got {bits}.")
    saved = ctx.prec
    ctx.prec = bits
    try:
        yield
    finally:
        ctx.prec = saved


def _panels(lower: arb, upper: arb, breaks: Sequence[arb]) -> list[tuple[int, arb, arb]]:
    """Return (panel, start, end) for the part of every panel inside the window."""
    inside = [(k + 1, point) for k, point in enumerate(breaks) if lower < point < upper]
    first = sum(1 for point in breaks if not point > lower)
    marks = [(first, lower), *inside]
    ends = [*(point for _, point in inside), upper]
    return [(panel, start, end) for (panel, start), end in zip(marks, ends, strict=True)]


def _window(
    loss_ball: LossBall, t0: arb, gamma_beta: arb, beta: arb, breaks: Sequence[arb], bits: int
) -> tuple[arb, arb]:
    """Return a radius beyond which the mass is about 2^-bits, and about the least energy.

    Any radius and any shift of the energy give correct balls; these give narrow ones.
    """
    centre, scale = float(t0.mid()), 1 / math.sqrt(float(gamma_beta.mid()))
    steps = [scale * math.sinh(k / 8) for k in range(57)]
    points = [centre + sign * step for step in steps for sign in (1, -1)]
    points += [float(point.mid()) for point in breaks]
    energies = []
    for point in points:
        panel = sum(1 for kink in breaks if float(kink.mid()) < point)
        loss = float(loss_ball(acb(point), panel, False).real.mid())
        energies.append(float(beta.mid()) * loss + ((point - centre) / scale) ** 2 / 2)
    least = min(energy for energy in energies if not math.isnan(energy))
    radius = scale * math.sqrt(2 * (max(least, 0.0) + bits * math.log(2)))
    # Every kink must lie clearly inside or outside.
    while any((t0 + sign * radius).overlaps(kink) for kink in breaks for sign in (1, -1)):
        radius *= 1.01
    return arb(radius), arb(least)


def _panel_integral(
    weight: Callable[[acb, int, bool], acb],
    t0: arb,
    power: int,
    panel: int,
    start: arb,
    end: arb,
) -> arb:
    """Enclose the integral of (t - t0)^power weight(t) over one panel."""
    value = acb.integral(
        lambda z, analytic: (z - t0) ** power * weight(z, panel, analytic), acb(start), acb(end)
    ).real
    if not value.is_finite():
        raise ValueError(
            f"the integral over panel {panel}, [{start}, {end}], has no finite enclosure: "
            "loss_ball must be analytic around its panel, with kinks only between panels."
        )
    return value


def _check_flag(loss_ball: LossBall, panel: int, start: arb, end: arb) -> None:
    """Raise `ValueError` if the formula claims to be holomorphic on a disc where it is not.

    If f is holomorphic and |f| <= M for |z - x| <= R, the mean over N points of the circle of
    radius R / 2 differs from f(x) by the aliased Taylor terms, at most M 2^-N / (1 - 2^-N).
    """
    roots = [(acb(0, 2) * arb.pi() * j / CIRCLE).exp() for j in range(CIRCLE)]
    for discs in DISCS:
        radius = 1.1 * float((end - start).mid()) / discs
        for k in range(discs):
            middle = (start + (end - start) * (2 * k + 1) / (2 * discs)).mid()
            # Off the real axis, where the two sides of a branch cut do not cancel.
            x = acb(middle, radius / 8)
            square = acb(arb(middle, radius), arb(radius / 8, radius))
            claimed = loss_ball(square, panel, True)
            if not claimed.is_finite():
                continue
            mean = sum((loss_ball(x + radius / 2 * r, panel, False) for r in roots), acb(0))
            difference = mean / CIRCLE - loss_ball(x, panel, False)
            if difference.abs_lower() > claimed.abs_upper() / (2**CIRCLE - 1):
                raise ValueError(
                    f"loss_ball claims to be analytic within {radius:.4g} of {x.real} on panel "
                    f"{panel}, and is not: pass the analytic flag on, or split at the kink."
                )


def _tail(power: int, radius: arb, rate: arb) -> arb:
    """Enclose the integral of s^power w(s) exp(-rate s^2) over |s| > radius, for 0 <= w <= 1."""
    gauss = (-rate * radius**2).exp()
    mass = (arb.pi() / rate).sqrt() * (rate.sqrt() * radius).erfc()
    if power == 0:
        return arb(0).union(mass)
    if power == 1:
        bound = gauss / (2 * rate)
        return (-bound).union(bound)
    return arb(0).union(radius * gauss / rate + mass / (2 * rate))
