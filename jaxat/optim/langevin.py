"""The inner loop of EntropySGD: Langevin steps around θ, and their running mean and variance.

Everything is kept as a difference from θ, u = θ' − θ. In float32 a step smaller than the spacing
of θ would be lost in θ' itself, and θ − θ̄ and ξ̄ − θ̄² would be differences of nearly equal numbers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

__all__ = ["Chain", "Langevin", "Outer"]


class Chain(NamedTuple):
    """The state of the inner loop: for every leaf of the weights one array, in tree order."""

    shift: tuple[jax.Array, ...]  # θ' − θ
    momentum: tuple[jax.Array, ...]
    mean: tuple[jax.Array, ...]  # θ̄ − θ
    variance: tuple[jax.Array, ...]  # ξ̄ − θ̄², empty for the first order


class Outer(NamedTuple):
    """The outer gradient, and what it was made of."""

    grads: Any
    guarded: jax.Array  # coordinates whose denominator was replaced
    distance: jax.Array  # ‖θ − θ̄‖
    travel: jax.Array  # ‖θ − θ'‖
    scaled_variance: jax.Array  # the largest γσ̄_j; 0 for the first order


@dataclass(frozen=True)
class Langevin:
    """One convention of Algorithm 1, in numbers.

    With g the gradient at θ' = θ + u, plus `weight_decay`·θ', s = `sign`, ξ from N(0, I):
    m ← μm + sg; u ← u − η'(sg + μm + γu) + `noise`·ξ (the m after its update: Nesterov; for μ = 0
    there is no m). With k = `keep` and e = u − ū: σ̄ ← k(σ̄ + (1−k)e²), ū ← ū + (1−k)e, which is
    θ̄ ← kθ̄ + (1−k)θ' and the variance ξ̄ − θ̄² of those weights, as a sum of squares.
    """

    scope: Any
    step_size: Any
    noise: Any
    keep: Any
    momentum: Any
    weight_decay: Any
    sign: int
    factor: Any
    order: int
    guard: Any

    @property
    def noisy(self) -> bool:
        """Whether draws are needed: a traced noise counts as some."""
        return not _is_zero(self.noise)

    def start(self, params: Any) -> Chain:
        """θ' = θ̄ = θ, no variance, no momentum: what every outer step begins with."""
        zeros = tuple(jnp.zeros_like(p) for p in jax.tree.leaves(params))
        none: tuple[jax.Array, ...] = ()
        return Chain(
            shift=zeros,
            momentum=none if _is_zero(self.momentum) else zeros,
            mean=zeros,
            variance=zeros if self.order == 2 else none,
        )

    def weights(self, chain: Chain, params: Any) -> Any:
        """θ' = θ + u."""
        leaves, tree = jax.tree.flatten(params)
        return tree.unflatten([p + u for p, u in zip(leaves, chain.shift, strict=True)])

    def advance(self, chain: Chain, weights: Any, grads: Any, key: jax.Array | None) -> Chain:
        """One step from `weights` = θ' with the gradient there; `key` only if `noisy`."""
        leaves, tree = jax.tree.flatten(weights)
        if jax.tree.structure(grads) != tree:
            raise ValueError(
                "grad_fn must return a tree like params; got "
                f"{jax.tree.structure(grads)} for {tree}"
            )
        shift, momentum, mean, variance = [], [], [], []
        for j, (w, g) in enumerate(zip(leaves, jax.tree.leaves(grads), strict=True)):
            u, dtype = chain.shift[j], chain.shift[j].dtype
            step = g.astype(dtype)
            if not _is_zero(self.weight_decay):
                step = step + self.weight_decay * w
            step = self.sign * step
            if chain.momentum:
                m = self.momentum * chain.momentum[j] + step
                step = step + self.momentum * m
                momentum.append(m.astype(dtype))
            u = u - self.step_size * (step + self.scope * u)
            if key is not None:
                draw = jax.random.normal(jax.random.fold_in(key, j), u.shape, dtype)
                u = u + self.noise * draw
            away = u - chain.mean[j]
            shift.append(u.astype(dtype))
            mean.append((chain.mean[j] + (1 - self.keep) * away).astype(dtype))
            if chain.variance:
                spread = chain.variance[j] + (1 - self.keep) * jnp.square(away)
                variance.append((self.keep * spread).astype(dtype))
        return Chain(tuple(shift), tuple(momentum), tuple(mean), tuple(variance))

    def finish(self, chain: Chain, params: Any) -> Outer:
        """The outer gradient: factor·(θ − θ̄), or (θ − θ̄)/max(1 − γσ̄, guard) for order 2."""
        leaves, tree = jax.tree.flatten(params)
        grads, guarded, largest = [], jnp.int32(0), jnp.float32(0)
        for j, p in enumerate(leaves):
            if self.order == 2:
                scaled = self.scope * chain.variance[j]
                denominator = 1 - scaled
                guarded = guarded + jnp.sum(denominator < self.guard, dtype=jnp.int32)
                largest = jnp.maximum(largest, jnp.max(scaled, initial=0).astype(jnp.float32))
                grad = -chain.mean[j] / jnp.maximum(denominator, self.guard)
            else:
                grad = -self.factor * chain.mean[j]
            grads.append(grad.astype(p.dtype))
        return Outer(
            tree.unflatten(grads), guarded, _length(chain.mean), _length(chain.shift), largest
        )


def _length(leaves: tuple[jax.Array, ...]) -> jax.Array:
    squares = [jnp.sum(jnp.square(x.astype(jnp.float32))) for x in leaves]
    return jnp.sqrt(sum(squares, jnp.float32(0)))


def _is_zero(value: Any) -> bool:
    return isinstance(value, float) and value == 0
