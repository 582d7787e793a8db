"""Random noise on the inputs at exact points: the Langevin law, and integrals to check it.

`theory.noise_law` has the same in float64; no code is shared. The integrals know nothing of the
closed forms: they are certified quadrature of the densities.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod
from typing import Any

from theory.exact import ball, rational, sigmoid
from theory.rigorous.arithmetic import ball_interval
from theory.rigorous.integrals import integrate

__all__ = [
    "gaussian_mean",
    "langevin",
    "langevin_slope",
    "sinhc",
    "slope_of_sigmoid",
    "tilted_form",
    "tilted_moment",
    "uniform_mean",
]

# Beyond 13 standard deviations (1 + |u|)^2 times the normal density integrates to less than 1e-33.
_REACH = 13
_TAIL = "1e-33"


def sinhc(t: Any) -> Any:
    """sinh(t) / t; exactly 1 at 0."""
    return rational(1) if _zero(t) else ball(t).sinh() / ball(t)


def langevin(t: Any) -> Any:
    """coth(t) - 1/t; exactly 0 at 0."""
    return rational(0) if _zero(t) else ball(t).coth() - 1 / ball(t)


def langevin_slope(t: Any) -> Any:
    """1/t^2 - 1/sinh(t)^2; exactly 1/3 at 0."""
    return rational("1/3") if _zero(t) else 1 / ball(t) ** 2 - 1 / ball(t).sinh() ** 2


def _zero(t: Any) -> bool:
    return bool(t == 0)


def tilted_moment(t: Any, k: int) -> Any:
    """E[u^k exp(-t u)], u ~ U(-1, 1), by certified quadrature.

    >>> bool(abs(tilted_moment(1, 0) - sinhc(1)) < 1e-12)
    True
    """
    rate = ball(t)
    return integrate(lambda u, _: u**k * (-rate * u).exp(), [-1, 1]) / 2


def uniform_mean(f: Callable[[Any], Any], eps: Any) -> Any:
    """E f(eta), eta ~ U(-eps, eps), for f that takes complex balls and is analytic near the reals.

    >>> bool(abs(3 * uniform_mean(lambda eta: eta * eta, 1) - 1) < 1e-12)
    True
    """
    radius = ball(eps)
    return integrate(lambda u, _: f(radius * u), [-1, 1]) / 2


def gaussian_mean(f: Callable[[Any], Any]) -> Any:
    """E f(u), u ~ N(0, 1), for analytic f with |f(u)| <= (1 + |u|)^2 on the reals; certified.

    >>> bool(abs(gaussian_mean(lambda u: u * u) - 1) < 1e-9)
    True
    """
    from flint import arb

    root = (2 * arb.pi()).sqrt()
    body = integrate(lambda u, _: f(u) * (-u * u / 2).exp(), [-_REACH, 0, _REACH], tol=1e-18)
    tail = ball(rational(_TAIL))
    return body / root + ball_interval(-tail, tail)


def slope_of_sigmoid(m: Any) -> Any:
    """sigma'(m) = sigma(m) sigma(-m), for real and complex balls and for rationals.

    >>> slope_of_sigmoid(0)
    1/4
    """
    if not hasattr(m, "exp"):
        return sigmoid(m) * sigmoid(-m)
    half = (m / 2).cosh()
    return 1 / (4 * half * half)


def tilted_form(w: Sequence[Any], x: Sequence[Any], y: Any, eps: Any, v: Sequence[Any]) -> Any:
    """E[exp(-y w.eta) (v.(x + eta))^2], eta_k ~ U(-eps, eps), from integrals over each coordinate.

    >>> bool(abs(tilted_form((0, 0), (1, 2), 1, 3, (1, 0)) - 4) < 1e-9)  # 1 + 3^2 / 3
    True
    """
    zeroth, first, second = (
        [eps**k * tilted_moment(y * eps * entry, k) for entry in w] for k in range(3)
    )
    mass = prod(zeroth, start=ball(1))
    # Independent coordinates: E[eta_i eta_j] is a product of means for i != j.
    means = [a / b for a, b in zip(first, zeroth, strict=True)]
    squares = [a / b for a, b in zip(second, zeroth, strict=True)]
    centre = sum((c * (a + b) for c, a, b in zip(v, x, means, strict=True)), ball(0))
    spread = [c * c * (s - m * m) for c, s, m in zip(v, squares, means, strict=True)]
    return mass * (centre * centre + sum(spread, ball(0)))
