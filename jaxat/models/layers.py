"""Convolution, batch normalisation and dense layer with what the reference implementations need.

They are ours rather than Flax's for three things that Flax does not have: the running variance
with n/(n−1), a mode with batch statistics that leaves the running ones alone, and a convolution
whose gradient may stand in a loop on a CPU.
"""

from __future__ import annotations

import flax.linen as nn
import jax
import jax.numpy as jnp

from jaxat.models.convolution import convolve
from jaxat.models.style import Style

__all__ = ["MODES", "BatchNorm", "Conv", "Dense", "at_least_float32", "batch_statistics"]

MODES = ("eval", "batch", "update")


def at_least_float32(dtype: jnp.dtype) -> jnp.dtype:
    return jnp.promote_types(dtype, jnp.float32)


# The values come from ``initialise``; Flax needs a function that says the shape and the dtype.
_shaped = nn.initializers.zeros


class Conv(nn.Module):
    """``kernel`` (taps, taps, in, features), computed in the dtype of its input."""

    features: int
    taps: int
    style: Style
    stride: int = 1
    padding: int = 0
    use_bias: bool = False

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        shape = (self.taps, self.taps, x.shape[-1], self.features)
        kernel = self.param("kernel", _shaped, shape, self.style.stored)
        y = convolve(
            x,
            kernel.astype(x.dtype),
            stride=self.stride,
            padding=self.padding,
            gradient=self.style.conv_gradient,
        )
        if self.use_bias:
            bias = self.param("bias", _shaped, (self.features,), self.style.stored)
            y = y + bias.astype(x.dtype).reshape(1, 1, 1, -1)
        return y


class Dense(nn.Module):
    """``kernel`` (in, features), computed in the dtype of its input."""

    features: int
    style: Style
    use_bias: bool = True

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        shape = (x.shape[-1], self.features)
        if shape[0] == 0:
            raise ValueError("The images are too small: nothing is left after the convolutions.")
        y = x @ self.param("kernel", _shaped, shape, self.style.stored).astype(x.dtype)
        if self.use_bias:
            bias = self.param("bias", _shaped, (self.features,), self.style.stored)
            y = y + bias.astype(x.dtype).reshape(1, -1)
        return y


def batch_statistics(x: jax.Array) -> tuple[jax.Array, jax.Array]:
    """Mean and biased variance over all axes but the last, in two passes and at least float32.

    The mean of squares minus the square of the mean would be one pass, and negative now and then.
    """
    axes = tuple(range(x.ndim - 1))
    x = x.astype(at_least_float32(x.dtype))
    mean = jnp.mean(x, axes, keepdims=True)
    variance = jnp.mean(jnp.square(x - mean), axes)
    return mean.reshape(-1), variance


class BatchNorm(nn.Module):
    """Batch normalisation over all axes but the last, with the three modes of ``Model.apply``."""

    style: Style

    @nn.compact
    def __call__(self, x: jax.Array, train: str) -> jax.Array:
        features, stored = x.shape[-1], self.style.stored
        scale = self.param("scale", _shaped, (features,), stored)
        bias = self.param("bias", _shaped, (features,), stored)
        running_mean = self.variable("batch_stats", "mean", jnp.zeros, (features,), stored)
        running_var = self.variable("batch_stats", "var", jnp.ones, (features,), stored)
        if train == "eval":
            mean, var = running_mean.value, running_var.value
        else:
            mean, var = batch_statistics(x)
            if train == "update":
                self._move(running_mean, mean)
                self._move(running_var, var * self._correction(x))
        wide = at_least_float32(x.dtype)
        mean, var, scale, bias = (v.astype(wide) for v in (mean, var, scale, bias))
        factor = scale * jax.lax.rsqrt(var + self.style.bn_epsilon)
        across = (1,) * (x.ndim - 1) + (features,)
        y = (x.astype(wide) - mean.reshape(across)) * factor.reshape(across) + bias.reshape(across)
        return y.astype(x.dtype)

    def _correction(self, x: jax.Array) -> float:
        count = x.size // x.shape[-1]
        if not self.style.unbiased_variance:
            return 1.0
        if count < 2:
            raise ValueError(
                "The unbiased running variance needs at least two values a channel; this batch of "
                f"shape {x.shape} has {count}. Take more examples or unbiased_variance=False."
            )
        return count / (count - 1)

    def _move(self, running: nn.Variable, batch: jax.Array) -> None:
        m, old = self.style.bn_momentum, running.value
        # The dtype of the state must not drift: a second call would compile again.
        running.value = ((1 - m) * old.astype(batch.dtype) + m * batch).astype(old.dtype)
