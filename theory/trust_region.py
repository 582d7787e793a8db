"""The quadratic model of an L2 attack, maximised exactly: a nonlinear test-bed for Lemmas 4 and 5.

    maximise  l(delta) = 1/2 delta' H delta + g' delta   subject to  ||delta||_2 <= eps

delta is a global maximiser if and only if some nu >= 0 makes

    (nu I - H) delta = g,    nu I - H positive semidefinite,    nu (eps - ||delta||) = 0.

With J = l - mu (||delta|| - eps), the Lagrangian of Kanai et al. (early (38), final (20)), the
multiplier is mu = nu eps, so that H delta + g = mu delta / ||delta|| and mu = ||grad l|| on the
sphere. In the eigenbasis of H, ||delta(nu)|| = ||g_i / (nu - lambda_i)||, and 1/||delta(nu)|| is
concave and increasing for nu > lambda_max: Newton's method from the left is monotone (More and
Sorensen, Computing a trust region step, 1983).
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from jax.typing import ArrayLike
from jaxtyping import Float

__all__ = ["TrustRegionSolution", "trust_region_maximiser"]


class TrustRegionSolution(NamedTuple):
    """The maximiser delta, shape (d,), and mu >= 0, the multiplier of ||delta|| - eps <= 0."""

    delta: Float[np.ndarray, " d"]
    mu: float


def trust_region_maximiser(H: ArrayLike, g: ArrayLike, eps: ArrayLike) -> TrustRegionSolution:
    """Return the global maximiser of 1/2 delta'H delta + g'delta over ||delta||_2 <= eps and mu.

    H is symmetric (d, d), of any signature; g is (d,); eps > 0 is finite. NumPy float64: concrete
    values only. There are three cases.

    - H negative semidefinite and ||H^+ g|| <= eps, g in the range of H: delta = -H^+ g, mu = 0
      (unique if H is negative definite, else the shortest maximiser).
    - otherwise ||delta|| = eps, delta = (nu I - H)^(-1) g and mu = nu eps with nu > lambda_max.
    - the hard case: lambda_max > 0, g orthogonal to its eigenvectors, and even nu = lambda_max
      leaves ||delta|| < eps. Both delta +/- tau v, v a top eigenvector, are maximisers; the one
      along +v as `numpy.linalg.eigh` returns it is given, and mu = lambda_max eps.

    Raises `ValueError` for shapes that do not fit, H that is not symmetric, and eps <= 0.

    >>> delta, mu = trust_region_maximiser(np.diag([-1.0, -2.0]), np.array([1.0, 1.0]), 2.0)
    >>> delta.tolist(), mu
    ([1.0, 0.5], 0.0)
    >>> delta, mu = trust_region_maximiser(np.zeros((2, 2)), np.array([3.0, 4.0]), 2.0)
    >>> [round(value, 12) for value in delta.tolist()], round(mu, 12)
    ([1.2, 1.6], 5.0)
    """
    H, g, eps = _checked(H, g, float(np.asarray(eps)))
    eigenvalues, vectors = np.linalg.eigh(H)
    weight = vectors.T @ g
    top = float(eigenvalues[-1])
    gap = top - eigenvalues
    # The unknown is t = nu - lambda_max >= max(0, -lambda_max): close to the hard case nu itself
    # would lose the digits that matter.
    shift = max(0.0, -top)
    coefficient = _divide(weight, gap + shift)
    length = float(np.linalg.norm(coefficient))
    if length <= eps:
        if top <= 0.0:
            return TrustRegionSolution(vectors @ coefficient, 0.0)
        coefficient[-1] += math.sqrt(eps**2 - length**2)
        return TrustRegionSolution(vectors @ coefficient, top * eps)
    shift = _secular_root(weight, gap, eps, max(shift, abs(float(weight[-1])) / eps))
    delta = vectors @ _divide(weight, gap + shift)
    # nu >= 0 by the optimality conditions; rounding may leave it a hair below.
    return TrustRegionSolution(delta * (eps / np.linalg.norm(delta)), max(top + shift, 0.0) * eps)


def _secular_root(weight: np.ndarray, gap: np.ndarray, eps: float, shift: float) -> float:
    """Solve ||weight / (gap + shift)|| = eps for shift, from a point at or below the root."""
    for _ in range(200):
        coefficient = _divide(weight, gap + shift)
        length = float(np.linalg.norm(coefficient))
        # Newton on 1/length - 1/eps; concavity keeps it below the root up to rounding.
        slope = float(np.sum(_divide(coefficient**2, gap + shift)))
        step = (length**2 / slope) * (length - eps) / eps
        if step <= 2.0**-52 * shift:
            return shift
        shift += step
    raise ArithmeticError(
        f"the secular equation did not settle in 200 Newton steps (eps={eps}, shift={shift}); "
        "rescale H and g to order one."
    )


def _divide(numerator: np.ndarray, denominator: np.ndarray) -> np.ndarray:
    """numerator / denominator with 0 / 0 = 0: such a direction carries no gradient."""
    safe = np.where(denominator == 0.0, 1.0, denominator)
    limit = np.where(numerator == 0.0, 0.0, np.inf)
    return np.where(denominator == 0.0, limit, numerator / safe)


def _checked(H: ArrayLike, g: ArrayLike, eps: float) -> tuple[np.ndarray, np.ndarray, float]:
    H, g = np.asarray(H, np.float64), np.asarray(g, np.float64)
    if g.ndim != 1 or g.size == 0 or H.shape != (g.size, g.size):
        raise ValueError(f"H has shape (d, d) and g shape (d,); got {H.shape} and {g.shape}.")
    if not (np.all(np.isfinite(H)) and np.all(np.isfinite(g))):
        raise ValueError("H and g must be finite; got an infinity or a NaN.")
    asymmetry = float(np.max(np.abs(H - H.T)))
    if asymmetry > 1e-10 * float(np.max(np.abs(H))):
        raise ValueError(
            f"H must be symmetric; its largest |H - H'| is {asymmetry:.3g}. "
            "Pass (H + H') / 2, which has the same quadratic form."
        )
    if not 0.0 < eps < math.inf:
        raise ValueError(f"eps is the radius of the ball, finite and > 0; got eps={eps}.")
    return (H + H.T) / 2.0, g, eps
