"""The options that every architecture shares, checked once, before anything is built."""

from __future__ import annotations

import difflib
import math
import numbers
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp

from jaxat.models.convolution import GRADIENTS, ConvGradient

__all__ = [
    "ACTIVATIONS",
    "DTYPES",
    "INITS",
    "NORMALIZATIONS",
    "Style",
    "check_choice",
    "check_positive_int",
    "did_you_mean",
]

ACTIVATIONS: Mapping[str, Callable[[jax.Array], jax.Array]] = {
    "relu": jax.nn.relu,
    "softplus": jax.nn.softplus,
    "swish": jax.nn.swish,
}
INITS = ("he", "lecun", "torch")
DTYPES = ("bfloat16", "float32", "float64")

# Mean and standard deviation of the training pixels in [0, 1], as the reference code has them.
NORMALIZATIONS: Mapping[str, tuple[tuple[float, ...], tuple[float, ...]]] = {
    "cifar10": ((0.4914, 0.4822, 0.4465), (0.2471, 0.2435, 0.2616)),
    "cifar100": (
        (0.5070751592371323, 0.48654887331495095, 0.4409178433670343),
        (0.2673342858792401, 0.2564384629170883, 0.27615047132568404),
    ),
    "mnist": ((0.1307,), (0.3081,)),
    "svhn": ((0.5, 0.5, 0.5), (0.5, 0.5, 0.5)),
}


@dataclass(frozen=True)
class Style:
    """How a model computes, whatever its architecture.

    - ``activation``: ``"relu"``, or ``"swish"`` and ``"softplus"`` for networks that are smooth in
      their parameters.
    - ``normalization``: the name of a data set, a pair ``(mean, std)`` with one number a channel,
      or None. It is the first thing that the model does, so attacks live in pixels in [0, 1].
    - ``init``: ``"torch"``, torch's defaults: U(−1/√fan_in, 1/√fan_in) for weights and biases;
      ``"he"``, convolutions N(0, 2/fan_out), torch's uniform law for dense weights, zero biases,
      as the reference initialises wide residual networks; ``"lecun"``, truncated normal of
      variance 1/fan_in and zero biases, as Flax does.
    - ``bn_momentum``, ``bn_epsilon``: the weight of the new batch in the running statistics
      (torch's convention; Flax's ``momentum`` is one minus it) and the ε under the root.
    - ``unbiased_variance``: the running variance takes n/(n−1) times the batch variance, as torch
      does; False takes the batch variance, as Flax does. Batches are normalised by the biased
      one in both.
    - ``dtype``: what convolutions compute in, None for the dtype that inputs and parameters have
      in common. Batch statistics, the last layer and the logits are never below float32.
    - ``param_dtype``: of the parameters and statistics that ``init`` makes.
    - ``conv_gradient``: see ``jaxat.models.convolution.convolve``.
    """

    activation: str = "relu"
    normalization: str | tuple[tuple[float, ...], tuple[float, ...]] | None = None
    init: str = "torch"
    bn_momentum: float = 0.1
    bn_epsilon: float = 1e-5
    unbiased_variance: bool = True
    dtype: str | None = None
    param_dtype: str = "float32"
    conv_gradient: ConvGradient = "auto"

    def __post_init__(self) -> None:
        check_choice("activation", self.activation, ACTIVATIONS)
        check_choice("init", self.init, INITS)
        check_choice("conv_gradient", self.conv_gradient, GRADIENTS)
        _check_number("bn_momentum", self.bn_momentum, 0.0, 1.0)
        _check_number("bn_epsilon", self.bn_epsilon, 0.0, math.inf)
        if not isinstance(self.unbiased_variance, bool):
            raise ValueError(f"unbiased_variance is True or False; got {self.unbiased_variance!r}.")
        if self.dtype is not None:
            _check_dtype("dtype", self.dtype, DTYPES)
        _check_dtype("param_dtype", self.param_dtype, DTYPES[1:])
        object.__setattr__(self, "normalization", _as_normalization(self.normalization))

    @property
    def stored(self) -> jnp.dtype:
        """Of parameters and statistics."""
        return jnp.dtype(self.param_dtype)

    @property
    def pixel_law(self) -> tuple[tuple[float, ...], tuple[float, ...]] | None:
        """Mean and standard deviation by channel, or None."""
        if isinstance(self.normalization, str):
            return NORMALIZATIONS[self.normalization]
        return self.normalization

    def activate(self, x: jax.Array) -> jax.Array:
        return ACTIVATIONS[self.activation](x)

    def normalize(self, x: jax.Array) -> jax.Array:
        """Pixels in [0, 1], channels last, minus the mean over the standard deviation."""
        law = self.pixel_law
        if law is None:
            return x
        mean, std = (jnp.asarray(values, x.dtype) for values in law)
        if mean.size not in (1, x.shape[-1]):
            raise ValueError(
                f"normalization={self.normalization!r} has {mean.size} channels and the input has "
                f"{x.shape[-1]} (channels come last: batch, height, width, channels)."
            )
        # The ranks are made equal by hand, so that implicit promotion can stay an error.
        channels = (1,) * (x.ndim - 1) + (mean.size,)
        return (x - mean.reshape(channels)) / std.reshape(channels)


def did_you_mean(name: object, known: Iterable[str]) -> str:
    """A sentence with the nearest known names, or all of them."""
    names = sorted(known)
    near = difflib.get_close_matches(str(name).lower(), names, n=3, cutoff=0.5)
    if near:
        return f"Did you mean {', '.join(near)}?"
    return f"Known: {', '.join(names)}."


def check_choice(option: str, value: object, known: Iterable[str]) -> None:
    """ValueError unless ``value`` is one of the ``known`` names."""
    names = tuple(known)
    if not isinstance(value, str) or value not in names:
        raise ValueError(f"Unknown {option} {value!r}. {did_you_mean(value, names)}")


def check_positive_int(option: str, value: object, least: int = 1) -> None:
    """ValueError unless ``value`` is an integer of at least ``least``."""
    if isinstance(value, bool) or not isinstance(value, numbers.Integral) or int(value) < least:
        raise ValueError(f"{option} is an integer of at least {least}; got {value!r}.")


def _check_number(option: str, value: object, low: float, high: float) -> None:
    number = math.nan
    if isinstance(value, numbers.Real) and not isinstance(value, bool):
        number = float(value)
    # NaN, and so everything that is no number, fails the comparison.
    if not low < number <= high or math.isinf(number):
        upper = "finite" if math.isinf(high) else f"at most {high:g}"
        raise ValueError(f"{option} is a number above {low:g} and {upper}; got {value!r}.")


def _check_dtype(option: str, value: object, known: Sequence[str]) -> None:
    check_choice(option, value, known)
    if value == "float64" and jnp.zeros(()).dtype != jnp.float64:
        raise ValueError(
            f"{option}='float64' needs 64-bit JAX: set JAX_ENABLE_X64=1 or call "
            'jax.config.update("jax_enable_x64", True).'
        )


def _as_normalization(value: Any) -> str | tuple[tuple[float, ...], tuple[float, ...]] | None:
    if value is None:
        return None
    if isinstance(value, str):
        check_choice("normalization", value, NORMALIZATIONS)
        return value
    try:
        mean, std = (tuple(float(v) for v in values) for values in value)
    except (TypeError, ValueError):
        raise ValueError(
            "normalization is the name of a data set, a pair (mean, std) with one number a "
            f"channel each, or None; got {value!r}."
        ) from None
    good = 0 < len(mean) == len(std) and all(map(math.isfinite, mean + std))
    if not good or min(std) <= 0:
        raise ValueError(
            "normalization=(mean, std) needs as many means as standard deviations, all finite, "
            f"and std above 0; got mean={mean}, std={std}."
        )
    return mean, std
