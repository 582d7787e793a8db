"""Algorithm 1 of Kanai et al. (second order EntropySGD), line by line, naively, in any numbers.

Weights are tuples; their entries may be rationals, Arb balls, floats, SymPy expressions or NumPy
arrays (many chains at once). The attack of lines 6 to 9 is inside the gradient that is passed in.
Line 10 exists twice: ``"printed"`` has a minus before the gradient of the loss, ``"corrected"``
has none, because line 11 subtracts the result.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from theory.exact import sqrt

__all__ = [
    "InnerLoop",
    "Version",
    "algorithm_1",
    "inner_loop",
    "line_7",
    "line_10",
    "line_11",
    "line_12_13",
    "line_16",
    "line_18",
    "quadratic_gradient",
]

Version = Literal["printed", "corrected"]
Weights = tuple[Any, ...]
Gradient = Callable[[Weights], Sequence[Any]]


def line_7(delta: Sequence[Any], gradient: Sequence[Any], eps: Any, eta_P: Any) -> Weights:
    """δ ← Π_ε(δ + η_P sgn(g)), the L∞ step on one perturbation, in ordered numbers.

    >>> line_7((0, -1), (5, -5), 1, 2)
    (1, -1)
    """
    moved = (d + eta_P * (int(g > 0) - int(g < 0)) for d, g in zip(delta, gradient, strict=True))
    return tuple(eps if d > eps else -eps if d < -eps else d for d in moved)


def line_10(
    theta: Weights, theta_prime: Weights, gradient: Sequence[Any], gamma: Any, version: Version
) -> Weights:
    """dθ' = ∓∇L(θ') − γ(θ − θ'): minus as printed, plus as corrected.

    >>> line_10((1,), (1,), (4,), 2, "printed"), line_10((1,), (1,), (4,), 2, "corrected")
    ((-4,), (4,))
    """
    sign = -1 if version == "printed" else 1
    rows = zip(theta, theta_prime, gradient, strict=True)
    return tuple(sign * g - gamma * (t - s) for t, s, g in rows)


def line_11(
    theta_prime: Weights,
    d_theta: Sequence[Any],
    eta_prime: Any,
    eps_E: Any = 0,
    xi: Sequence[Any] | None = None,
    root: Callable[[Any], Any] = sqrt,
) -> Weights:
    """θ' ← θ' − η' dθ' + √η' ε_E ξ, with ξ a draw from N(0, I), or no noise.

    >>> line_11((1,), (2,), 4, 3, (1,))
    (-1,)
    """
    moved = tuple(t - eta_prime * d for t, d in zip(theta_prime, d_theta, strict=True))
    if xi is None:
        return moved
    size = root(eta_prime) * eps_E
    return tuple(t + size * x for t, x in zip(moved, xi, strict=True))


def line_12_13(
    theta_bar: Weights, xi_bar: Weights, theta_prime: Weights, alpha: Any
) -> tuple[Weights, Weights]:
    """θ̄ ← (1−α)θ̄ + αθ' and ξ̄ ← (1−α)ξ̄ + αθ'⊙θ'.

    >>> line_12_13((0.0,), (0.0,), (2.0,), 0.25)
    ((0.5,), (1.0,))
    """
    mean = tuple((1 - alpha) * m + alpha * t for m, t in zip(theta_bar, theta_prime, strict=True))
    square = tuple(
        (1 - alpha) * m + alpha * t * t for m, t in zip(xi_bar, theta_prime, strict=True)
    )
    return mean, square


def line_16(theta_bar: Weights, xi_bar: Weights, gamma: Any) -> Weights:
    """h_j = 1/(γ − γ²(ξ̄_j − θ̄_j²)); ZeroDivisionError in exact numbers where γσ̄_j = 1.

    >>> line_16((1.0,), (1.25,), 2.0)
    (1.0,)
    """
    rows = zip(theta_bar, xi_bar, strict=True)
    return tuple(1 / (gamma - gamma**2 * (x - m * m)) for m, x in rows)


def line_18(theta: Weights, theta_bar: Weights, h: Weights, eta: Any, gamma: Any) -> Weights:
    """θ ← θ − ηγh ⊙ (θ − θ̄), which is Eq. (77).

    >>> line_18((3.0,), (1.0,), (1.0,), 0.5, 2.0)
    (1.0,)
    """
    rows = zip(theta, theta_bar, h, strict=True)
    return tuple(t - eta * gamma * s * (t - m) for t, m, s in rows)


@dataclass(frozen=True)
class InnerLoop:
    """What lines 2 to 14 leave: θ', the averages θ̄ and ξ̄, and all iterates θ'_1 ... θ'_L."""

    theta_prime: Weights
    theta_bar: Weights
    xi_bar: Weights
    iterates: tuple[Weights, ...]

    @property
    def variance(self) -> Weights:
        """ξ̄ − θ̄ ⊙ θ̄, the estimate that line 16 uses."""
        return tuple(x - m * m for m, x in zip(self.theta_bar, self.xi_bar, strict=True))


def inner_loop(
    theta: Weights,
    gradient: Gradient,
    *,
    gamma: Any,
    eta_prime: Any,
    alpha: Any,
    L: int,
    version: Version,
    eps_E: Any = 0,
    noise: Sequence[Sequence[Any]] | None = None,
    root: Callable[[Any], Any] = sqrt,
) -> InnerLoop:
    """Lines 2 to 14: L steps of Langevin dynamics from θ, and their running averages.

    `gradient(θ')` is the gradient of the (adversarial) loss; `noise` holds L rows of draws.
    ValueError if L is negative or the rows of noise are not L.

    >>> from theory.exact import rational
    >>> half = rational("1/2")
    >>> settings = dict(gamma=1, eta_prime=half, alpha=half, L=1)
    >>> inner_loop((4,), quadratic_gradient((1,)), version="corrected", **settings).theta_bar
    (3,)
    >>> inner_loop((4,), quadratic_gradient((1,)), version="printed", **settings).theta_bar
    (5,)
    """
    if L < 0 or (noise is not None and len(noise) != L):
        rows = "no" if noise is None else len(noise)
        raise ValueError(f"L must be at least 0, with L rows of noise; got {L=} and {rows} rows")
    theta_prime, theta_bar = theta, theta
    xi_bar = tuple(t * t for t in theta)
    iterates = []
    for step in range(L):
        d_theta = line_10(theta, theta_prime, gradient(theta_prime), gamma, version)
        xi = None if noise is None else noise[step]
        theta_prime = line_11(theta_prime, d_theta, eta_prime, eps_E, xi, root)
        theta_bar, xi_bar = line_12_13(theta_bar, xi_bar, theta_prime, alpha)
        iterates.append(theta_prime)
    return InnerLoop(theta_prime, theta_bar, xi_bar, tuple(iterates))


def algorithm_1(
    theta: Weights,
    gradient: Gradient,
    *,
    gamma: Any,
    eta: Any,
    eta_prime: Any,
    alpha: Any,
    L: int,
    version: Version,
    eps_E: Any = 0,
    noise: Sequence[Sequence[Any]] | None = None,
    root: Callable[[Any], Any] = sqrt,
) -> Weights:
    """One step of Algorithm 1: the new weights θ. Arguments as in `inner_loop`, η the outer step.

    >>> settings = dict(gamma=1.0, eta=1.0, eta_prime=0.5, alpha=0.5, L=0)
    >>> algorithm_1((4.0,), quadratic_gradient((1.0,)), version="corrected", **settings)
    (4.0,)
    """
    inner = inner_loop(
        theta,
        gradient,
        gamma=gamma,
        eta_prime=eta_prime,
        alpha=alpha,
        L=L,
        version=version,
        eps_E=eps_E,
        noise=noise,
        root=root,
    )
    h = line_16(inner.theta_bar, inner.xi_bar, gamma)
    return line_18(theta, inner.theta_bar, h, eta, gamma)


def quadratic_gradient(rho: Sequence[Any]) -> Gradient:
    """The gradient ρ ⊙ θ' of L(θ') = ½ Σ ρ_j θ'_j², the loss on which everything is closed form.

    >>> quadratic_gradient((2, 3))((1, 1))
    (2, 3)
    """
    return lambda theta_prime: tuple(r * t for r, t in zip(rho, theta_prime, strict=True))
