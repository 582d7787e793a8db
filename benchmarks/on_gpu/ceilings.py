"""What the device can do at most: the rates that everything else is compared with."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from typing import Any

import jax
import jax.numpy as jnp

from benchmarks.on_gpu.ledger import Clock, Item
from benchmarks.on_gpu.sizes import Sizes

__all__ = ["items", "seconds_of"]


def items(sizes: Sizes) -> Iterator[Item]:
    """A large product of matrices, and a large copy."""
    yield Item("matrix product", lambda clock: _product(sizes, clock), 0.5)
    yield Item("copy", lambda clock: _copy(sizes, clock), 0.5)


def seconds_of(call: Callable[[], Any], rounds: int, calls: int) -> list[float]:
    """Seconds of a call, ``rounds`` times: ``calls`` of them in a row, after a first."""
    jax.block_until_ready(call())
    found = []
    for _ in range(rounds):
        begin = time.perf_counter()
        last = None
        for _ in range(calls):
            last = call()
        jax.block_until_ready(last)
        found.append((time.perf_counter() - begin) / calls)
    return found


def _product(sizes: Sizes, clock: Clock) -> dict[str, Any]:
    """bfloat16 on random numbers, accumulated in float32, as convolutions are."""
    del clock
    n = sizes.matrix
    keys = jax.random.split(jax.random.key(0))
    a, b = (jax.random.normal(key, (n, n), jnp.bfloat16) for key in keys)
    product = jax.jit(jnp.matmul)
    seconds = seconds_of(lambda: product(a, b), 5, 10)
    rate = 2 * n**3 / statistics.median(seconds) / 1e12
    return {"n": n, "dtype": "bfloat16", "teraflop_per_second": rate, "seconds": seconds}


def _copy(sizes: Sizes, clock: Clock) -> dict[str, Any]:
    """Bytes read and bytes written, of an array many times larger than any cache."""
    del clock
    count = (16 * sizes.matrix) ** 2 // 16
    x = jax.random.normal(jax.random.key(0), (count,), jnp.float32)
    add = jax.jit(lambda x: x + 1)
    seconds = seconds_of(lambda: add(x), 5, 10)
    rate = 8 * count / statistics.median(seconds) / 1e12
    return {"bytes": 8 * count, "terabyte_per_second": rate, "seconds": seconds}
