"""The inner maximum for one swish unit, in closed form: a model that is not monotone in theta.x.

    z = swish(u) = u sigma(u),   u = theta.x,   l = log(1 + exp(-y z)) = softplus(-y swish(u))

An attack ||delta||_p <= eps moves u over the whole interval [lo, hi] = theta.x -/+ eps ||theta||_q,
and swish falls up to its only stationary point u* and rises after it, so with 1/p + 1/q = 1

    y = +1 :  l_eps = softplus(-swish(clip(u*, lo, hi)))
    y = -1 :  l_eps = softplus(max(swish(lo), swish(hi)))

    swish'(u) = sigma(u) (1 + u sigma(-u)) = 0  <=>  1 + e^u + u = 0
    <=>  (v - 1) e^(v - 1) = 1/e with v = -u  <=>  u* = -(1 + W(1/e)),  W = Lambert's W_0.

Source: Kanai et al., early version Section 3.2.4 and (44), final version Section 5.1 and
Figure 2(d)-(f), which compute it by projected gradient steps.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike
from jaxtyping import Array, Bool, Float

from theory.dual_norm import as_parameter, as_radius, as_sample, dual_exponent, lq_norm

__all__ = ["SWISH_ARGMAX", "swish_adversarial_loss", "swish_interior", "swish_loss"]

SWISH_ARGMAX: float = -1.278464542761073795109
"""u* = -(1 + W(1/e)): where swish is smallest, so where the loss of the label +1 is largest."""


def swish_loss(theta: ArrayLike, x: ArrayLike, y: ArrayLike) -> Float[Array, "*n"]:
    """softplus(-y swish(theta.x)), the loss without attack.

    theta has shape (d,); x is (d,) with y a number, or (n, d) with y of shape (n,). Returns the
    shape of y. Raises `ValueError` for shapes that do not fit and labels other than -1 and 1.

    >>> import numpy as np
    >>> round(float(swish_loss(np.array([1.5, -1.5]), np.array([-1.0, 1.0]), 1)), 9)
    0.766814224
    """
    theta = as_parameter(theta)
    x, y = as_sample(theta, x, y)
    return jax.nn.softplus(-y * _swish(x @ theta))


def swish_adversarial_loss(
    theta: ArrayLike, x: ArrayLike, y: ArrayLike, eps: ArrayLike, p: float | int
) -> Float[Array, "*n"]:
    """max { softplus(-y swish(theta.(x + delta))) : ||delta||_p <= eps } by the closed form above.

        y = +1 :  softplus(-swish(clip(u*, lo, hi))),     lo, hi = theta.x -/+ eps ||theta||_q
        y = -1 :  softplus(max(swish(lo), swish(hi)))

    Arguments, shapes and errors as in `theory.adversarial.adversarial_loss`. Its derivatives in
    theta are free of NaN; at a kink of ||theta||_q automatic differentiation takes the subgradient
    of smallest norm, and for y = -1 at swish(lo) = swish(hi) the mean of the two branches.

    >>> import numpy as np
    >>> x = np.array([-1.0, 1.0])
    >>> round(float(swish_adversarial_loss(np.array([2.0, -2.0]), x, 1, 0.6, 2)), 9)
    0.803257656
    >>> round(float(swish_adversarial_loss(np.array([2.0, -2.0]), x, 1, 0.6, np.inf)), 9)
    0.836535127
    """
    theta = as_parameter(theta)
    x, y = as_sample(theta, x, y)
    u = x @ theta
    reach = as_radius(eps) * lq_norm(theta, dual_exponent(p))
    low, high = u - reach, u + reach
    smallest = _swish(jnp.minimum(jnp.maximum(SWISH_ARGMAX, low), high))
    largest = jnp.maximum(_swish(low), _swish(high))
    return jax.nn.softplus(jnp.where(y > 0.0, -smallest, largest))


def swish_interior(
    theta: ArrayLike, x: ArrayLike, eps: ArrayLike, p: float | int
) -> Bool[Array, "*n"]:
    """Is the attack on y = +1 won strictly inside the ball?  |theta.x - u*| < eps ||theta||_q.

    Then the loss is the constant softplus(-swish(u*)) near theta, and the maximisers are a slice of
    the ball (one point only for d = 1). For y = -1 the largest swish is always at an end of the
    interval, never inside. Shapes and errors as in `theory.adversarial.adversarial_loss`.

    Source: corrects Kanai et al. (early Section 3.2.4, final Section 5.1), who take the optimum to
    be interior for all 1 < theta_1 <= 2, -2 <= theta_2 < -1.

    >>> import numpy as np
    >>> thetas = np.array([1.5, -1.5]), np.array([2.0, -2.0])
    >>> [bool(swish_interior(theta, np.array([-1.0, 1.0]), 0.6, np.inf)) for theta in thetas]
    [True, False]
    """
    theta = as_parameter(theta)
    x, _ = as_sample(theta, x, jnp.ones(jnp.shape(x)[:-1]))
    reach = as_radius(eps) * lq_norm(theta, dual_exponent(p))
    return jnp.abs(x @ theta - SWISH_ARGMAX) < reach


def _swish(u: Float[Array, "*n"]) -> Float[Array, "*n"]:
    return u * jax.nn.sigmoid(u)
