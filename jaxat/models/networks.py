"""The architectures: binary logistic, small CNN, pre-activation and plain ResNet-18, wide ResNet.

Every module is called as ``module(x, train, dtype)``: examples first, channels last, pixels in
[0, 1]; ``dtype`` is what convolutions compute in. Names of layers are those of the public torch
implementations, so that checkpoints can be carried over name by name.
"""

from __future__ import annotations

import flax.linen as nn
import jax
import jax.numpy as jnp

from jaxat.models.layers import BatchNorm, Conv, Dense, at_least_float32
from jaxat.models.style import Style

__all__ = ["BinaryLogistic", "PreActResNet", "ResNet", "SmallCNN", "WideResNet"]


class BinaryLogistic(nn.Module):
    """Logits (0, wᵀx + b), so that softmax cross-entropy is the logistic loss of the margin."""

    style: Style
    bias: bool

    @nn.compact
    def __call__(self, x: jax.Array, train: str, dtype: jnp.dtype) -> jax.Array:
        x = self.style.normalize(x).astype(at_least_float32(dtype))
        x = x.reshape(x.shape[0], -1)
        margin = Dense(1, self.style, use_bias=self.bias, name="linear")(x)
        return jnp.concatenate([jnp.zeros_like(margin), margin], axis=1)


class SmallCNN(nn.Module):
    """Two convolutions 4x4 of stride 2, a hidden layer and the logits."""

    style: Style
    num_classes: int
    width: int
    hidden: int
    batch_norm: bool

    @nn.compact
    def __call__(self, x: jax.Array, train: str, dtype: jnp.dtype) -> jax.Array:
        x = self.style.normalize(x).astype(dtype)
        for number, features in enumerate((self.width, 2 * self.width), 1):
            bias = not self.batch_norm
            name = f"conv{number}"
            x = Conv(features, 4, self.style, stride=2, padding=1, use_bias=bias, name=name)(x)
            if self.batch_norm:
                x = BatchNorm(self.style, name=f"bn{number}")(x, train)
            x = self.style.activate(x)
        x = x.reshape(x.shape[0], -1)
        x = self.style.activate(Dense(self.hidden, self.style, name="linear1")(x))
        return _head(x, self.num_classes, self.style, "linear2")


class PreActResNet(nn.Module):
    """Pre-activation ResNet of basic blocks, two a stage: He et al. 2016 with a last BatchNorm."""

    style: Style
    num_classes: int
    width: int

    @nn.compact
    def __call__(self, x: jax.Array, train: str, dtype: jnp.dtype) -> jax.Array:
        x = self.style.normalize(x).astype(dtype)
        x = Conv(self.width, 3, self.style, padding=1, name="conv1")(x)
        for stage, (features, stride) in enumerate(_stages(self.width, 4), 1):
            for block in range(2):
                step = stride if block == 0 else 1
                name = f"layer{stage}_{block}"
                x = PreActBlock(self.style, features, step, 0.0, name=name)(x, train)
        x = self.style.activate(BatchNorm(self.style, name="bn")(x, train))
        return _head(_pool(x), self.num_classes, self.style, "linear")


class ResNet(nn.Module):
    """ResNet of basic blocks, two a stage, with the 3x3 stem for small images."""

    style: Style
    num_classes: int
    width: int

    @nn.compact
    def __call__(self, x: jax.Array, train: str, dtype: jnp.dtype) -> jax.Array:
        x = self.style.normalize(x).astype(dtype)
        x = Conv(self.width, 3, self.style, padding=1, name="conv1")(x)
        x = self.style.activate(BatchNorm(self.style, name="bn1")(x, train))
        for stage, (features, stride) in enumerate(_stages(self.width, 4), 1):
            for block in range(2):
                step = stride if block == 0 else 1
                x = BasicBlock(self.style, features, step, name=f"layer{stage}_{block}")(x, train)
        return _head(_pool(x), self.num_classes, self.style, "linear")


class WideResNet(nn.Module):
    """WRN-depth-width of Zagoruyko and Komodakis 2016: three stages of (depth − 4)/6 blocks."""

    style: Style
    num_classes: int
    depth: int
    width: int
    base_width: int
    dropout: float

    @nn.compact
    def __call__(self, x: jax.Array, train: str, dtype: jnp.dtype) -> jax.Array:
        x = self.style.normalize(x).astype(dtype)
        x = Conv(self.base_width, 3, self.style, padding=1, name="conv1")(x)
        for stage, (features, stride) in enumerate(_stages(self.base_width * self.width, 3), 1):
            for block in range((self.depth - 4) // 6):
                step = stride if block == 0 else 1
                name = f"block{stage}_{block}"
                x = PreActBlock(self.style, features, step, self.dropout, name=name)(x, train)
        x = self.style.activate(BatchNorm(self.style, name="bn1")(x, train))
        return _head(_pool(x), self.num_classes, self.style, "linear")


class PreActBlock(nn.Module):
    """BN, activation, 3x3, BN, activation, dropout, 3x3; the shortcut starts after the first."""

    style: Style
    features: int
    stride: int
    dropout: float

    @nn.compact
    def __call__(self, x: jax.Array, train: str) -> jax.Array:
        style, features, stride = self.style, self.features, self.stride
        y = style.activate(BatchNorm(style, name="bn1")(x, train))
        if stride != 1 or x.shape[-1] != features:
            x = Conv(features, 1, style, stride=stride, name="shortcut")(y)
        y = Conv(features, 3, style, stride=stride, padding=1, name="conv1")(y)
        y = style.activate(BatchNorm(style, name="bn2")(y, train))
        if self.dropout > 0:
            y = nn.Dropout(self.dropout, deterministic=train == "eval")(y)
        return Conv(features, 3, style, padding=1, name="conv2")(y) + x


class BasicBlock(nn.Module):
    """3x3, BN, activation, 3x3, BN, plus the shortcut, activation."""

    style: Style
    features: int
    stride: int

    @nn.compact
    def __call__(self, x: jax.Array, train: str) -> jax.Array:
        style, features, stride = self.style, self.features, self.stride
        y = Conv(features, 3, style, stride=stride, padding=1, name="conv1")(x)
        y = style.activate(BatchNorm(style, name="bn1")(y, train))
        y = Conv(features, 3, style, padding=1, name="conv2")(y)
        y = BatchNorm(style, name="bn2")(y, train)
        if stride != 1 or x.shape[-1] != features:
            x = Conv(features, 1, style, stride=stride, name="shortcut_conv")(x)
            x = BatchNorm(style, name="shortcut_bn")(x, train)
        return style.activate(y + x)


def _stages(width: int, count: int) -> list[tuple[int, int]]:
    """Features and first stride of each stage: twice the channels, half the height and width."""
    return [(width * 2**k, 1 if k == 0 else 2) for k in range(count)]


def _pool(x: jax.Array) -> jax.Array:
    return jnp.mean(x.astype(at_least_float32(x.dtype)), axis=(1, 2))


def _head(x: jax.Array, num_classes: int, style: Style, name: str) -> jax.Array:
    # Half a per cent of the work; in bfloat16 it would round the logits to two or three digits.
    return Dense(num_classes, style, name=name)(x.astype(at_least_float32(x.dtype)))
