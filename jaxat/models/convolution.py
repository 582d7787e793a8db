"""A two-dimensional convolution, NHWC by HWIO, whose gradient stays fast inside loops on a CPU."""

from __future__ import annotations

from functools import partial
from typing import Any, Literal

import jax
import jax.numpy as jnp
from jax import lax

from jaxat._typing import Array, Float

__all__ = ["GRADIENTS", "ConvGradient", "convolve"]

ConvGradient = Literal["auto", "canonical", "xla"]
GRADIENTS: tuple[ConvGradient, ...] = ("auto", "canonical", "xla")

_LAYOUT = ("NHWC", "HWIO", "NHWC")


def convolve(
    x: Float[Array, "batch height width inputs"],
    kernel: Float[Array, "rows columns inputs outputs"],
    *,
    stride: int = 1,
    padding: int = 0,
    gradient: ConvGradient = "auto",
) -> Float[Array, "batch out_height out_width outputs"]:
    """Cross-correlation of ``x`` with ``kernel``, as torch's and Flax's convolutions.

    The value is the same for every ``gradient``; what differs is the program of the derivative.

    - ``"canonical"`` writes both gradients as forward convolutions in the layout NHWC/HWIO: the
      one for ``x`` with the flipped kernel, the one for ``kernel`` with batch and channels
      exchanged. XLA on CPU runs every other layout by a slow path inside ``scan``, ``fori_loop``
      and ``while_loop`` (10 to 90 times slower), and these by the fast one.
    - ``"xla"`` leaves the derivative to JAX. It is the one that allows forward mode
      (``jax.jvp``, ``jax.jacfwd``, ``jax.linearize``).
    - ``"auto"`` takes the canonical form where the program runs on a CPU and JAX's own elsewhere,
      where XLA picks a library kernel. Reverse mode, and forward over reverse for
      Hessian-vector products, but not forward mode alone.

    >>> x, kernel = jnp.ones((1, 4, 4, 1)), jnp.ones((3, 3, 1, 1))
    >>> convolve(x, kernel, stride=2, padding=1)[0, :, :, 0].tolist()
    [[4.0, 6.0], [6.0, 9.0]]
    """
    if gradient == "xla":
        return _forward(x, kernel, stride, padding)
    return _convolve(x, kernel, stride, padding, gradient)


def _forward(x: jax.Array, kernel: jax.Array, stride: int, padding: int) -> jax.Array:
    return lax.conv_general_dilated(
        x, kernel, (stride, stride), [(padding, padding)] * 2, dimension_numbers=_LAYOUT
    )


@partial(jax.custom_vjp, nondiff_argnums=(2, 3, 4))
def _convolve(
    x: jax.Array, kernel: jax.Array, stride: int, padding: int, gradient: ConvGradient
) -> jax.Array:
    return _forward(x, kernel, stride, padding)


def _convolve_fwd(
    x: jax.Array, kernel: jax.Array, stride: int, padding: int, gradient: ConvGradient
) -> tuple[jax.Array, tuple[jax.Array, jax.Array]]:
    return _forward(x, kernel, stride, padding), (x, kernel)


def _convolve_bwd(
    stride: int,
    padding: int,
    gradient: ConvGradient,
    residuals: tuple[jax.Array, jax.Array],
    cotangent: jax.Array,
) -> tuple[jax.Array, jax.Array]:
    canonical = partial(_canonical_vjp, stride, padding)
    if gradient == "canonical":
        return canonical(*residuals, cotangent)
    automatic = partial(_automatic_vjp, stride, padding)
    branches: dict[str, Any] = {"cpu": canonical, "default": automatic}
    return lax.platform_dependent(*residuals, cotangent, **branches)


_convolve.defvjp(_convolve_fwd, _convolve_bwd)


def _automatic_vjp(
    stride: int, padding: int, x: jax.Array, kernel: jax.Array, cotangent: jax.Array
) -> tuple[jax.Array, jax.Array]:
    _, pullback = jax.vjp(lambda x, kernel: _forward(x, kernel, stride, padding), x, kernel)
    return pullback(cotangent)


def _canonical_vjp(
    stride: int, padding: int, x: jax.Array, kernel: jax.Array, cotangent: jax.Array
) -> tuple[jax.Array, jax.Array]:
    axes = range(2)
    size = [x.shape[1 + a] for a in axes]
    taps = [kernel.shape[a] for a in axes]
    # Places between the first and the last output, counted in input pixels.
    reach = [(cotangent.shape[1 + a] - 1) * stride for a in axes]
    dx = lax.conv_general_dilated(
        cotangent,
        jnp.flip(kernel, (0, 1)).transpose(0, 1, 3, 2),
        (1, 1),
        [(taps[a] - 1 - padding, size[a] - 1 - reach[a] + padding) for a in axes],
        lhs_dilation=(stride, stride),
        dimension_numbers=_LAYOUT,
    )
    dkernel = lax.conv_general_dilated(
        x.transpose(3, 1, 2, 0),
        cotangent.transpose(1, 2, 0, 3),
        (1, 1),
        [(padding, taps[a] + reach[a] - size[a] - padding) for a in axes],
        rhs_dilation=(stride, stride),
        dimension_numbers=_LAYOUT,
    ).transpose(1, 2, 0, 3)
    return dx, dkernel
