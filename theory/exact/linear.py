"""The linear model of Kanai et al., Section 3.1, at exact points: loss, gradient, constants.

    l(theta, x, y)     = log(1 + exp(-y theta.x))
    l_eps(theta, x, y) = max { l(theta, x + delta, y) : ||delta||_p <= eps }

for p = 2 and p = inf, in rationals and Arb balls (`theory.exact`). `theory.adversarial` and
`theory.smoothness` have the same in float64; no code is shared.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from theory.exact import ball, dot, norm, rational, scale, sigmoid, sign, softplus, subtract

__all__ = [
    "clean_gradient",
    "clean_loss",
    "l2_example",
    "largest_hessian_norm",
    "mean",
    "mixed_constant",
    "sharp_constant",
    "worst_gradient",
    "worst_loss",
]

Vector = Sequence[Any]


def clean_loss(theta: Vector, x: Vector, y: Any) -> Any:
    """log(1 + exp(-y theta.x))."""
    return softplus(-y * dot(theta, x))


def clean_gradient(theta: Vector, x: Vector, y: Any) -> tuple[Any, ...]:
    """The gradient in theta, -y sigma(-y theta.x) x.

    >>> clean_gradient((0, 0), (1, -2), 1)
    (-1/2, 1)
    """
    return scale(-y * sigmoid(-y * dot(theta, x)), x)


def l2_example(theta: Vector, x: Vector, y: Any, eps: Any) -> tuple[Any, ...]:
    """x' = x - y eps theta / ||theta||_2, for theta != 0.

    >>> l2_example((3, 4), (0, 0), 1, 5)
    (-3, -4)
    """
    return subtract(x, scale(y * eps / norm(theta), theta))


def worst_loss(theta: Vector, x: Vector, y: Any, eps: Any, q: Any = 2) -> Any:
    """softplus(-y theta.x + eps ||theta||_q), where q is dual to the norm of the attack."""
    return softplus(eps * norm(theta, q) - y * dot(theta, x))


def worst_gradient(theta: Vector, x: Vector, y: Any, eps: Any, q: Any = 2) -> tuple[Any, ...]:
    """The gradient of `worst_loss` for q = 2, theta != 0, or for q = 1 and no zero weight."""
    steepest = scale(1 / norm(theta), theta) if q == 2 else tuple(sign(t) for t in theta)
    weight = sigmoid(eps * norm(theta, q) - y * dot(theta, x))
    return scale(weight, subtract(scale(eps, steepest), scale(y, x)))


def mean(rows: Sequence[Any]) -> Any:
    """The mean of numbers, or of vectors.

    >>> mean([(1, 2), (3, 4)])
    (2, 3)
    """
    if isinstance(rows[0], tuple):
        return tuple(mean(column) for column in zip(*rows, strict=True))
    return sum(rows[1:], rows[0]) / rational(len(rows))


def sharp_constant(radius: Any, eps: Any, theta_min: Any) -> Any:
    """(R + eps)^2 / 4 + (eps / r) sigma(r (R + eps)), for ||x|| <= R = radius, ||theta|| >= r."""
    reach = radius + eps
    return reach * reach / 4 + eps / theta_min * sigmoid(theta_min * reach)


def mixed_constant(reach: Any) -> Any:
    """An enclosure of C_thetax = sup ||grad_x grad_theta l|| over ||x|| ||theta|| <= reach, d >= 2.

        max over |m| <= P of (kappa P + sqrt((2 s - kappa m)^2 + kappa^2 (P^2 - m^2))) / 2,

    s = sigma(-m), kappa = s (1 - s), P = reach >= 0, by branch and bound to a relative 1e-5.
    """
    from theory.rigorous import Box, maximise
    from theory.rigorous.functions import logistic, maximum, square

    top = ball(reach)
    high = float(top.upper()) * (1 + 1e-15)
    if not high > 0:
        return ball(1) / 2

    def norm_at(m: Any) -> Any:
        s = logistic(-m)
        kappa = s * logistic(m)
        rest = maximum(square(top) - square(m), ball(0))
        return (kappa * top + _root(square(2 * s - kappa * m) + square(kappa) * rest)) / 2

    found = maximise(norm_at, Box({"m": (-high, high)}), rtol=1e-5, budget=4000)
    return ball(found.lo).union(ball(found.hi))


def largest_hessian_norm(radius: Any, eps: Any, rho: Any) -> Any:
    """An enclosure of sup ||Hessian of l_eps|| over ||x|| = radius, ||theta|| = rho, d >= 2, p = 2.

    The larger eigenvalue of kappa (e, w)(e, w)' + a (0, 1)(0, 1)', e = eps - c,
    w^2 = radius^2 - c^2, a = sigma(rho e) eps / rho, kappa = sigma(rho e) sigma(-rho e), maximised
    over |c| <= radius by branch and bound to a relative 1e-4.
    """
    from theory.rigorous import Box, maximise
    from theory.rigorous.functions import logistic, maximum, square

    radius, eps, rho = ball(radius), ball(eps), ball(rho)

    def norm_at(k: Any) -> Any:
        c = radius * k
        e = eps - c
        kappa = logistic(rho * e) * logistic(-rho * e)
        along, rest = kappa * square(e), kappa * maximum(square(radius) - square(c), ball(0))
        a = logistic(rho * e) * eps / rho
        return (along + rest + a + _root(square(along - rest - a) + 4 * along * rest)) / 2

    found = maximise(norm_at, Box({"k": (-1, 1)}), rtol=1e-4, budget=8000)
    return ball(found.lo).union(ball(found.hi))


def _root(x: Any) -> Any:
    # Rounding may take a sum of squares below zero, where the root would be undefined.
    return x.nonnegative_part().sqrt()
