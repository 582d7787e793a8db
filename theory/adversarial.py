"""The inner maximum of adversarial training in closed form, for the linear logistic model.

    l(theta, x, y)     = log(1 + exp(-y theta.x)),                     y in {-1, 1}
    l_eps(theta, x, y) = max { l(theta, x + delta, y) : ||delta||_p <= eps }
                       = softplus(h),   h = -y theta.x + eps ||theta||_q,   1/p + 1/q = 1
    x'                 = x - y eps v,   v a subgradient of ||.||_q at theta
    grad l_eps         = sigma(h) (-y x + eps v)

since softplus increases and min_delta y theta.delta = -eps ||theta||_q (Hoelder). The closed forms
of the swish unit and of the quadratic model, `theory.swish` and `theory.trust_region`, can be
imported from here as well.

Source: Kanai et al., Section 2 and Lemmas 2 and 3 (the L2 and L-infinity examples), Yamada et al.;
any p in [1, inf] by duality.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike
from jaxtyping import Array, Float

from theory.dual_norm import (
    as_parameter,
    as_radius,
    as_sample,
    dual_exponent,
    lq_norm,
    steepest,
)
from theory.swish import SWISH_ARGMAX, swish_adversarial_loss, swish_interior, swish_loss
from theory.trust_region import TrustRegionSolution, trust_region_maximiser

__all__ = [
    "SWISH_ARGMAX",
    "TrustRegionSolution",
    "adversarial_example",
    "adversarial_gradient",
    "adversarial_loss",
    "swish_adversarial_loss",
    "swish_interior",
    "swish_loss",
    "trust_region_maximiser",
]


def adversarial_example(
    theta: ArrayLike, x: ArrayLike, y: ArrayLike, eps: ArrayLike, p: float | int
) -> Float[Array, "*n d"]:
    """x' = x - y eps v, a maximiser of the loss over ||x' - x||_p <= eps.

    v is the subgradient of ||.||_q at theta of smallest Euclidean norm (`theory.dual_norm`):

        p = 2   :  v = theta / ||theta||_2
        p = inf :  v = sign(theta), where sign(0) = 0: such a coordinate of x is left alone
        p = 1   :  v_i = sign(theta_i) / k on the k coordinates that tie for max |theta_i|
        theta=0 :  v = 0, so x' = x. Every point of the ball is a maximiser there.

    theta has shape (d,); x is (d,) with y a number, or (n, d) with y of shape (n,); p is a Python
    number. Returns the shape of x. Raises `ValueError` for eps < 0 or infinite, p < 1, labels other
    than -1 and 1, and shapes that do not fit; values that JAX traces are not looked at.

    Where x' is not differentiable its Jacobian is finite but means nothing: at the kinks above, and
    for 2 < p < inf at every theta with a zero coordinate (x' is only Hoelder continuous there).

    Source: Kanai et al., proofs of Lemma 2 (p = 2, printed for y = 1) and Lemma 3 (p = inf).

    >>> import numpy as np
    >>> adversarial_example(np.array([0.0, -4.0]), np.ones(2), 1, 0.5, 2).tolist()
    [1.0, 1.5]
    """
    theta = as_parameter(theta)
    x, y = as_sample(theta, x, y)
    return x - jnp.tensordot(y * as_radius(eps), steepest(theta, p), axes=0)


def adversarial_loss(
    theta: ArrayLike, x: ArrayLike, y: ArrayLike, eps: ArrayLike, p: float | int
) -> Float[Array, "*n"]:
    """softplus(-y theta.x + eps ||theta||_q), the worst logistic loss over ||delta||_p <= eps.

    Arguments and errors as in `adversarial_example`; returns the shape of y. Defined, continuous
    and convex for every theta, the origin included (log 2 there). `jax.grad` of it equals
    `adversarial_gradient` everywhere, at the kinks too; `jax.hessian` is the Hessian wherever the
    loss has one.

    Source: Kanai et al., Section 2 (adversarial objective); Yamada et al., logistic regression.

    >>> import numpy as np
    >>> round(float(adversarial_loss(np.array([-1.0, 0.5]), np.array([-1.0, 1.0]), 1, 0.6, 2)), 9)
    0.362144972
    """
    theta = as_parameter(theta)
    x, y = as_sample(theta, x, y)
    return jax.nn.softplus(_logit(theta, x, y, as_radius(eps), p))


def adversarial_gradient(
    theta: ArrayLike, x: ArrayLike, y: ArrayLike, eps: ArrayLike, p: float | int
) -> Float[Array, "*n d"]:
    """sigma(h) (-y x + eps v), h = -y theta.x + eps ||theta||_q: the gradient in theta.

    It is the partial gradient of the loss at the example that `adversarial_example` chooses, hence
    the gradient of l_eps where that exists (Danskin), and a subgradient of it, convex, at a kink.
    Arguments and errors as in `adversarial_example`; returns the shape of x.

    >>> import numpy as np
    >>> adversarial_gradient(np.zeros(2), np.array([-1.0, 1.0]), 1, 0.6, 2).tolist()
    [0.5, -0.5]
    """
    theta = as_parameter(theta)
    x, y = as_sample(theta, x, y)
    eps = as_radius(eps)
    weight = jax.nn.sigmoid(_logit(theta, x, y, eps, p))
    worst = x - jnp.tensordot(y * eps, steepest(theta, p), axes=0)
    return -(weight * y)[..., None] * worst


def _logit(
    theta: Float[Array, " d"],
    x: Float[Array, "*n d"],
    y: Float[Array, "*n"],
    eps: Float[Array, ""],
    p: float | int,
) -> Float[Array, "*n"]:
    return -y * (x @ theta) + eps * lq_norm(theta, dual_exponent(p))
