"""The convolution whose gradient may stand in a loop, against JAX's own derivative."""

from __future__ import annotations

from functools import partial
from itertools import product

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import export

from jaxat import models
from jaxat.models.convolution import convolve

FLOAT64 = bool(jax.config.jax_enable_x64)  # type: ignore[attr-defined]
TOLERANCE = 1e-12 if FLOAT64 else 2e-5
CASES = [
    (taps, stride, padding, size)
    for taps, stride, padding, size in product((1, 3, 4), (1, 2, 3), (0, 1), ((7, 5), (6, 8)))
    if not (taps == 1 and padding)
]


def data(taps: int, size: tuple[int, int]) -> tuple[jax.Array, jax.Array]:
    keys = jax.random.split(jax.random.key(taps), 2)
    dtype = jnp.float64 if FLOAT64 else jnp.float32
    return (
        jax.random.normal(keys[0], (2, *size, 3), dtype),
        jax.random.normal(keys[1], (taps, taps, 3, 4), dtype),
    )


@pytest.mark.parametrize(("taps", "stride", "padding", "size"), CASES[::4])
def test_gradients_are_those_of_jax(
    taps: int, stride: int, padding: int, size: tuple[int, int]
) -> None:
    x, kernel = data(taps, size)

    def loss(gradient: str, x: jax.Array, kernel: jax.Array) -> jax.Array:
        y = convolve(x, kernel, stride=stride, padding=padding, gradient=gradient)  # type: ignore[arg-type]
        return jnp.sum(jnp.sin(y))

    @partial(jax.jit, compiler_options={"xla_backend_optimization_level": 0})
    def three(x: jax.Array, kernel: jax.Array) -> list[tuple[jax.Array, ...]]:
        return [jax.grad(partial(loss, g), (0, 1))(x, kernel) for g in ("canonical", "auto", "xla")]

    *ours, expected = three(x, kernel)
    for mine in ours:
        for got, wanted in zip(mine, expected, strict=True):
            np.testing.assert_allclose(got, wanted, rtol=0, atol=TOLERANCE * 100)


@pytest.mark.parametrize("gradient", ["canonical", "auto"])
def test_second_derivatives_and_vmap(gradient: str) -> None:
    x, kernel = data(3, (6, 5))

    def loss(gradient: str, kernel: jax.Array) -> jax.Array:
        y = convolve(x, kernel, stride=2, padding=1, gradient=gradient)  # type: ignore[arg-type]
        return jnp.sum(jnp.tanh(y) ** 2)

    def forward_over_reverse(gradient: str, v: jax.Array) -> jax.Array:
        return jax.jvp(jax.grad(partial(loss, gradient)), (kernel,), (v,))[1]

    def reverse_over_reverse(gradient: str, v: jax.Array) -> jax.Array:
        return jax.grad(lambda k: jnp.vdot(jax.grad(partial(loss, gradient))(k), v))(kernel)

    directions = jax.random.normal(jax.random.key(9), (3, *kernel.shape), kernel.dtype)
    wanted = jax.jit(jax.vmap(partial(forward_over_reverse, "xla")))(directions)
    for product_of in (forward_over_reverse, reverse_over_reverse):
        got = jax.jit(jax.vmap(partial(product_of, gradient)))(directions)
        np.testing.assert_allclose(got, wanted, rtol=0, atol=TOLERANCE * 1000)


def test_forward_mode_needs_jaxs_own_derivative() -> None:
    x, kernel = data(3, (6, 6))
    with pytest.raises(TypeError, match="custom_vjp"):
        jax.jvp(lambda x: convolve(x, kernel), (x,), (x,))
    y, slope = jax.jvp(lambda x: convolve(x, kernel, gradient="xla"), (x,), (x,))
    np.testing.assert_allclose(y, slope, rtol=1e-5)


def canonical_only(text: str) -> bool:
    """Whether every convolution of a StableHLO program has the layout that is fast in loops."""
    lines = [line for line in text.splitlines() if "stablehlo.convolution" in line]
    assert lines
    return all("[b, 0, 1, f]x[0, 1, i, o]->[b, 0, 1, f]" in line for line in lines)


@pytest.mark.parametrize("platform", ["cpu", "cuda", "tpu"])
def test_each_platform_gets_its_own_form(platform: str) -> None:
    model = models.build("preactresnet18", width=2)
    params, state = model.init(jax.random.key(0), (8, 8, 3))

    def gradient(params: models.Variables, x: jax.Array) -> models.Variables:
        return jax.grad(lambda p: model.apply(p, state, x, train="batch")[0].sum())(params)

    x = jax.ShapeDtypeStruct((2, 8, 8, 3), jnp.float32)
    text = export.export(jax.jit(gradient), platforms=[platform])(params, x).mlir_module()
    assert canonical_only(text) == (platform == "cpu")
