"""How sharp robust logistic regression is in its weights: loss, gradient and Hessian.

With z_n = y_n x_n, the margins m_n = w.z_n - eps ||w||, s_n = sigma(-m_n), the worst examples
u_n = z_n - eps w/||w|| (times their labels) and P = I - w w^T / ||w||^2,

    F(w)      = mean log(1 + exp(-m_n))                 the adversarial loss over ||eta_n||_2 <= eps
    grad F(w) = -mean s_n u_n
    Hess F(w) = A + c P,   A = mean s_n (1 - s_n) u_n u_n^T,   c = eps mean(s_n) / ||w||

A is the Hessian with the perturbations held constant; c P comes from their turning with w.
Minimisers and what happens to them as eps grows: `theory.weight_phases`.

Source: Yamada et al., Eq. (7)-(9) and Appendix B, in repaired form.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike
from jaxtyping import Array, Float

from theory.precision import require_x64

__all__ = [
    "detached_hessian",
    "projector_coefficient",
    "robust_gradient",
    "robust_hessian",
    "robust_loss",
]


def _checked(w: ArrayLike, z: ArrayLike) -> tuple[Array, Array]:
    require_x64()
    w, z = jnp.asarray(w, float), jnp.asarray(z, float)
    if w.ndim != 1 or z.ndim != 2 or z.shape[1] != w.shape[0] or not z.shape[0]:
        raise ValueError(
            f"w has shape (d,) and z = y x has shape (n, d), n >= 1; got {w.shape} and {z.shape}"
        )
    return w, z


def _scores(w: Array, z: Array, eps: ArrayLike) -> tuple[Array, Array]:
    """s_n = sigma(eps ||w|| - w.z_n), and u_n = z_n - eps w / ||w||."""
    length = jnp.linalg.norm(w)
    return jax.nn.sigmoid(eps * length - z @ w), z - eps * w / length


def robust_loss(w: ArrayLike, z: ArrayLike, eps: ArrayLike) -> Float[Array, ""]:
    """mean_n log(1 + exp(eps ||w|| - w.z_n)), the adversarial loss; log 2 at w = 0.

    w has shape (d,), z = y x has shape (n, d). Not differentiable at w = 0 for eps > 0.

    >>> import numpy as np
    >>> round(float(robust_loss(np.array([3.0, 4.0]), np.array([[3.0, 4.0]]) / 5, 1.0)), 6)
    0.693147
    """
    w, z = _checked(w, z)
    return jnp.mean(jax.nn.softplus(eps * jnp.linalg.norm(w) - z @ w))


def robust_gradient(w: ArrayLike, z: ArrayLike, eps: ArrayLike) -> Float[Array, " d"]:
    """-mean s_n u_n for w != 0. Shapes as in `robust_loss`.

    >>> import numpy as np
    >>> robust_gradient(np.array([3.0, 4.0]), np.array([[3.0, 4.0]]), 0.0).round(6).tolist()
    [-0.0, -0.0]
    """
    w, z = _checked(w, z)
    s, u = _scores(w, z, eps)
    return -jnp.mean(s[:, None] * u, axis=0)


def detached_hessian(w: ArrayLike, z: ArrayLike, eps: ArrayLike) -> Float[Array, "d d"]:
    """A = mean s_n (1 - s_n) u_n u_n^T: the Hessian with the perturbations held constant."""
    w, z = _checked(w, z)
    s, u = _scores(w, z, eps)
    return (s * (1 - s) * u.T) @ u / z.shape[0]


def projector_coefficient(w: ArrayLike, z: ArrayLike, eps: ArrayLike) -> Float[Array, ""]:
    """c = eps mean(s_n) / ||w||, the factor of the projector in the Hessian; w != 0."""
    w, z = _checked(w, z)
    return eps * jnp.mean(_scores(w, z, eps)[0]) / jnp.linalg.norm(w)


def robust_hessian(w: ArrayLike, z: ArrayLike, eps: ArrayLike) -> Float[Array, "d d"]:
    """A + c P for w != 0, exact. Shapes as in `robust_loss`.

    >>> import numpy as np
    >>> w = np.array([3.0, 4.0])
    >>> robust_hessian(w, w[None] / 5, 1.0).round(6).tolist()  # (eps / 2 ||w||) P, Eq. (9)
    [[0.064, -0.048], [-0.048, 0.036]]
    """
    w, z = _checked(w, z)
    direction = w / jnp.linalg.norm(w)
    projector = jnp.eye(w.shape[0]) - jnp.outer(direction, direction)
    return detached_hessian(w, z, eps) + projector_coefficient(w, z, eps) * projector
