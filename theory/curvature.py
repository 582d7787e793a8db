"""Exact second derivatives of logistic regression under an L2 attack.

    l_eps(theta) = softplus(h),   h = eps ||theta|| - y theta.x,   s = sigma(h),   kappa = s (1 - s)
    u = theta / ||theta||,        g = grad h = -y x + eps u

    x'(theta)          = x - y eps u
    d x'/d theta       = -(y eps / ||theta||) (I - u u')
    grad l_eps         = s g
    Hessian of l_eps   = kappa g g' + (s eps / ||theta||) (I - u u')

None of them exists at theta = 0 for eps > 0, where u has no limit. The constants that follow from
the Hessian, `theory.smoothness`, can be imported from here as well.

Source: Kanai et al., proof of Lemma 2 (early (26), final (32)) for the Jacobian; the Hessian is
derived here from the gradient, and checked against automatic differentiation.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer
from jax.typing import ArrayLike
from jaxtyping import Array, Float

from theory.dual_norm import as_parameter, as_radius, as_sample, lq_norm
from theory.precision import require_x64
from theory.smoothness import LogisticConstants, logistic_constants, smoothness_bound

__all__ = [
    "LogisticConstants",
    "adversarial_hessian",
    "adversarial_hessian_norm",
    "example_jacobian",
    "logistic_constants",
    "smoothness_bound",
    "spectral_norm",
]


def adversarial_hessian(
    theta: ArrayLike, x: ArrayLike, y: ArrayLike, eps: ArrayLike
) -> Float[Array, "*n d d"]:
    """kappa g g' + (s eps / ||theta||) (I - u u'), the Hessian of l_eps in theta (p = 2).

    theta has shape (d,), d >= 1; x is (d,) with y a number, or (n, d) with y of shape (n,); the
    result is (d, d) or (n, d, d), positive semidefinite. Raises `ValueError` at theta = 0 with
    eps > 0: the gradient jumps there by eps across the origin, so there is no Hessian (with traced
    values the result is not finite instead); and as `theory.adversarial.adversarial_loss` does.

    >>> adversarial_hessian(np.array([2.0, 0.0]), np.array([1.0, 0.0]), 1, 1.0).tolist()
    [[0.0, 0.0], [0.0, 0.25]]
    """
    theta = as_parameter(theta)
    x, y = as_sample(theta, x, y)
    eps = as_radius(eps)
    norm, u, projector = _polar(theta, eps, "adversarial_hessian")

    def hessian(x: Float[Array, " d"], y: Float[Array, ""]) -> Float[Array, "d d"]:
        h = eps * norm - y * jnp.dot(x, theta)
        g = eps * u - y * x
        s = jax.nn.sigmoid(h)
        return s * jax.nn.sigmoid(-h) * jnp.outer(g, g) + s * projector

    return hessian(x, y) if x.ndim == 1 else jax.vmap(hessian)(x, y)


def example_jacobian(theta: ArrayLike, eps: ArrayLike, y: ArrayLike = 1) -> Float[Array, "d d"]:
    """-(y eps / ||theta||) (I - u u'), the derivative of x'(theta) = x - y eps theta/||theta||.

    theta has shape (d,), y is -1 or 1; it does not depend on x. Its spectral norm is
    eps / ||theta|| for d >= 2 and 0 for d = 1. Raises `ValueError` at theta = 0 with eps > 0, where
    x' jumps from one side of the ball to the other; for eps < 0, and for other labels.

    Source: Kanai et al., early (26), final (32), printed for y = 1.

    >>> (example_jacobian(np.array([0.0, 2.0]), 1.0) + 0.0).tolist()
    [[-0.5, 0.0], [0.0, 0.0]]
    """
    theta = as_parameter(theta)
    _, label = as_sample(theta, jnp.zeros_like(theta), y)
    _, _, projector = _polar(theta, as_radius(eps), "example_jacobian")
    return -label * projector


def adversarial_hessian_norm(
    rho: ArrayLike, c: ArrayLike, radius_x: ArrayLike, eps: ArrayLike, d: int
) -> Float[Array, "*shape"]:
    """Spectral norm of `adversarial_hessian` from rho = ||theta||, c = y u.x and radius_x = ||x||.

    With s = sigma(rho (eps - c)), kappa = s (1 - s), and d >= 2,

        lambda(rho, c) = (T + sqrt(T^2 - 4 D)) / 2,
        T = kappa (radius_x^2 - 2 eps c + eps^2) + s eps / rho,
        D = kappa (eps - c)^2 s eps / rho,

    the larger eigenvalue on the plane of u and g; the other d - 2 eigenvalues, s eps / rho, are not
    larger. For d = 1, where c = +/- radius_x, it is kappa (eps - c)^2. rho, c and radius_x are
    numbers or arrays of one shape, which is returned; eps is a number. Raises `ValueError` for
    rho <= 0, |c| > radius_x, eps < 0 or d < 1 (and, for d = 1, for other c).

    >>> float(adversarial_hessian_norm(2.0, 1.0, 1.0, 1.0, d=2))
    0.25
    """
    require_x64()
    rho, c = jnp.asarray(rho, jnp.float64), jnp.asarray(c, jnp.float64)
    radius_x, eps = jnp.asarray(radius_x, jnp.float64), as_radius(eps)
    if d < 1:
        raise ValueError(f"d is the dimension of theta, at least 1; got d={d}.")
    slack = radius_x * (1.0 + 1e-12)  # c = y u.x, computed, may pass ||x|| by rounding
    _require_all(rho > 0.0, "rho = ||theta|| must be > 0, because there is no Hessian at theta = 0")
    _require_all(jnp.abs(c) <= slack, "c = y u.x lies in [-radius_x, radius_x]")
    if d == 1:
        _require_all(
            jnp.abs(c) >= radius_x * (1.0 - 1e-12), "for d = 1, c is -radius_x or radius_x"
        )
    h = rho * (eps - c)
    s = jax.nn.sigmoid(h)
    kappa = s * jax.nn.sigmoid(-h)
    along = kappa * (eps - c) ** 2
    if d == 1:
        return along
    # T^2 - 4 D = (along - across)^2 + 4 coupling: sums of squares, no cancellation.
    rest = kappa * jnp.maximum((radius_x - c) * (radius_x + c), 0.0)
    across = rest + s * eps / rho
    return 0.5 * (along + across + jnp.sqrt((along - across) ** 2 + 4.0 * along * rest))


def spectral_norm(A: ArrayLike) -> Float[Array, "*n"]:
    """max |eigenvalue| of a symmetric matrix (d, d), or of each of (..., d, d).

    Raises `ValueError` for other shapes and for matrices that are not symmetric to 1e-10, relative
    to the largest entry: for those the largest singular value is meant, `jnp.linalg.norm(A, 2)`.

    >>> float(spectral_norm(np.array([[0.0, 2.0], [2.0, 0.0]])))
    2.0
    """
    require_x64()
    matrix = jnp.asarray(A, jnp.float64)
    if matrix.ndim < 2 or matrix.shape[-1] != matrix.shape[-2] or matrix.size == 0:
        raise ValueError(f"A has shape (..., d, d), d >= 1; got shape {matrix.shape}.")
    asymmetry = jnp.max(jnp.abs(matrix - jnp.swapaxes(matrix, -1, -2)))
    _require_all(
        ~(asymmetry > 1e-10 * jnp.max(jnp.abs(matrix))),
        "A must be symmetric; for other matrices use jnp.linalg.norm(A, 2)",
    )
    return jnp.max(jnp.abs(jnp.linalg.eigvalsh(matrix)), axis=-1)


def _polar(
    theta: Float[Array, " d"], eps: Float[Array, ""], name: str
) -> tuple[Float[Array, ""], Float[Array, " d"], Float[Array, "d d"]]:
    """||theta||, u and eps (I - u u') / ||theta||, the last two 0 for theta = 0 = eps."""
    norm = lq_norm(theta, 2.0)
    _require_all(
        (norm > 0.0) | (eps == 0.0),
        f"{name} does not exist at theta = 0 for eps > 0, because theta/||theta|| has no limit "
        "there; the loss and a subgradient do (theory.adversarial)",
    )
    u = theta / jnp.where(norm > 0.0, norm, 1.0)
    scale = jnp.where(eps > 0.0, eps / norm, 0.0)
    return norm, u, scale * (jnp.eye(theta.shape[0]) - jnp.outer(u, u))


def _require_all(condition: Array, message: str) -> None:
    """Raise `ValueError` if a concrete condition fails anywhere; a traced one is let through."""
    if not isinstance(condition, Tracer) and not bool(np.all(np.asarray(condition))):
        raise ValueError(f"{message}.")
