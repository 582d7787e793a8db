"""The convolutions of a network, read off its program, and the operations that a method needs."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import jax

from jaxat.models import Model

__all__ = ["Convolution", "Operations", "convolutions", "operations"]


class Convolution(NamedTuple):
    """Of square images with square kernels, NHWC by HWIO."""

    batch: int
    size: int
    inputs: int
    outputs: int
    taps: int
    stride: int
    padding: int

    @property
    def flops(self) -> float:
        """Two for each multiplication and addition, those with padding included."""
        out = (self.size + 2 * self.padding - self.taps) // self.stride + 1
        return 2.0 * self.batch * out**2 * self.taps**2 * self.inputs * self.outputs

    def __str__(self) -> str:
        return (
            f"{self.batch}x{self.size}x{self.size}x{self.inputs} to {self.outputs}, "
            f"{self.taps}x{self.taps}, stride {self.stride}"
        )


class Operations(NamedTuple):
    """Floating-point operations for one image, multiplications with padding counted.

    ``forward`` is one pass, ``to_input`` the gradient with respect to the image, ``to_weights``
    that with respect to the weights, in which the first convolution has no image to go on to.
    """

    forward: float
    to_input: float
    to_weights: float

    def update(self, method: str, steps: int) -> float:
        """One update's, for one image of its minibatch, with ``steps`` steps of the attack.

        AT: K(F + I) + F + W; AWP adds F + W at the perturbed weights; a minibatch of EntropySGD is
        one of AT; TRADES has the clean pass before its attack, and both passes in its loss.
        """
        attack = steps * (self.forward + self.to_input)
        training = self.forward + self.to_weights
        return {
            "AT": attack + training,
            "AT-AWP": attack + 2 * training,
            "AT+EnSGD": attack + training,
            "TRADES": self.forward + attack + 2 * training,
        }[method]

    def evaluation(self, steps: int) -> float:
        """PGD on one image, and the passes that judge it clean and attacked."""
        return steps * (self.forward + self.to_input) + 2 * self.forward


def convolutions(model: Model, shape: tuple[int, ...], batch: int) -> list[Convolution]:
    """All convolutions of one forward pass, in order, repetitions included."""
    return [_convolution(equation) for equation in _equations(model, shape, batch, "conv_general")]


def operations(model: Model, shape: tuple[int, ...]) -> Operations:
    """Counted from the program of one forward pass of one image.

    >>> from jaxat import models
    >>> found = operations(models.build("preactresnet18"), (32, 32, 3))
    >>> [round(count / 1e9, 4) for count in found]
    [1.1108, 1.1108, 2.2182]
    """
    found = convolutions(model, shape, 1)
    dense = sum(_dense(equation) for equation in _equations(model, shape, 1, "dot_general"))
    forward = sum(convolution.flops for convolution in found) + dense
    return Operations(forward, forward, 2 * forward - (found[0].flops if found else dense))


def _equations(model: Model, shape: tuple[int, ...], batch: int, name: str) -> Iterator[Any]:
    def pass_(params: Any, state: Any, x: Any) -> Any:
        return model.apply(params, state, x, train="eval")[0]

    variables = jax.eval_shape(lambda key: model.init(key, shape), jax.random.key(0))
    x = jax.ShapeDtypeStruct((batch, *shape), "float32")
    program = jax.make_jaxpr(pass_)(*variables, x)
    yield from (e for e in _walk(program.jaxpr) if e.primitive.name.startswith(name))


def _walk(program: Any) -> Iterator[Any]:
    """All equations of a program and of those inside it, once for each place they are run at."""
    for equation in program.eqns:
        yield equation
        for inside in _inside(equation.params):
            yield from _walk(inside)


def _inside(params: Mapping[str, Any]) -> Iterator[Any]:
    for value in params.values():
        inner = getattr(value, "jaxpr", value)
        if hasattr(inner, "eqns"):
            yield inner


def _convolution(equation: Any) -> Convolution:
    x, kernel = (variable.aval.shape for variable in equation.invars)
    (stride, _), ((padding, _), _) = equation.params["window_strides"], equation.params["padding"]
    batch, size, _, inputs = x
    return Convolution(batch, size, inputs, kernel[3], kernel[0], stride, padding)


def _dense(equation: Any) -> float:
    ((contracted, _), _) = equation.params["dimension_numbers"]
    x = equation.invars[0].aval.shape
    return 2.0 * math.prod(equation.outvars[0].aval.shape) * math.prod(x[i] for i in contracted)
