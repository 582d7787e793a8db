"""Models of other libraries: the same logits as their own calls, and nothing compiled twice."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

from jaxat import adapters, models

KEY = jax.random.key(0)
X = jax.random.uniform(jax.random.key(1), (5, 8, 8, 3))


class Linen(nn.Module):
    @nn.compact
    def __call__(self, x: Any, train: bool) -> Any:
        x = nn.Conv(4, (3, 3))(x)
        x = nn.BatchNorm(use_running_average=not train)(x)
        x = nn.Dropout(0.5, deterministic=not train)(x)
        return nn.Dense(10)(x.reshape(len(x), -1))


class Nnx(nnx.Module):
    def __init__(self, rngs: nnx.Rngs) -> None:
        self.norm = nnx.BatchNorm(192, rngs=rngs)
        self.drop = nnx.Dropout(0.5, rngs=rngs)
        self.head = nnx.Linear(192, 10, rngs=rngs)

    def __call__(self, x: Any) -> Any:
        return self.head(self.drop(self.norm(x.reshape(len(x), -1))))


@jax.tree_util.register_pytree_node_class
@dataclass
class OneImage:
    """As Equinox has them: takes one image (channels first), functions among its leaves."""

    weight: Any
    activation: Any

    def tree_flatten(self) -> Any:
        return (self.weight, self.activation), None

    @classmethod
    def tree_unflatten(cls, _: Any, leaves: Any) -> OneImage:
        return cls(*leaves)

    def __call__(self, x: Any, state: Any = None) -> Any:
        assert x.shape == (3, 8, 8)
        logits = self.activation(self.weight @ x.ravel())
        return logits if state is None else (logits + state, state + 1)


def compiled(logits_fn: Any) -> list[int]:
    """Call it under jit with the weights as arguments; return a list that grows when it traces."""
    traced: list[int] = []

    @jax.jit
    def run(fn: Any, x: Any) -> Any:
        traced.append(1)
        return fn(x)

    def doubled(leaf: Any) -> Any:
        return 2 * leaf if jnp.issubdtype(leaf.dtype, jnp.floating) else leaf

    run(logits_fn, X)
    run(jax.tree.map(doubled, logits_fn), X)
    return traced


def test_linen() -> None:
    module = Linen()
    variables: Any = module.init(KEY, X, train=False)
    logits_fn = adapters.from_linen(module, variables, train=False)
    want: Any = module.apply(variables, X, train=False)
    np.testing.assert_allclose(logits_fn(X), want, rtol=1e-5)
    assert len(compiled(logits_fn)) == 1
    with pytest.raises(ValueError, match="has the collections"):
        adapters.from_linen(module, variables["params"])


def test_nnx_is_switched_to_evaluation_and_left_alone() -> None:
    model = Nnx(nnx.Rngs(0))
    model.train()
    logits_fn = adapters.from_nnx(model)
    assert not model.drop.deterministic
    out = logits_fn(X)
    np.testing.assert_array_equal(out, logits_fn(X))
    flat = X.reshape(5, -1) / np.sqrt(1 + 1e-5)
    head = flat @ model.head.kernel[...] + model.head.bias[...]  # pyright: ignore
    np.testing.assert_allclose(out, head, rtol=1e-4, atol=1e-5)
    assert len(compiled(logits_fn)) == 1
    with pytest.raises(TypeError, match="NNX module"):
        adapters.from_nnx(Linen())


def test_equinox_modules_are_mapped_over_the_batch() -> None:
    weight = jax.random.normal(KEY, (10, 192))
    module = OneImage(weight, jax.nn.relu)
    logits_fn = adapters.channels_first(adapters.from_equinox(module))
    want = jax.nn.relu(X.transpose(0, 3, 1, 2).reshape(5, -1) @ weight.T)
    np.testing.assert_allclose(logits_fn(X), want, rtol=1e-4)
    assert len(compiled(logits_fn)) == 1
    stateful = adapters.channels_first(adapters.from_equinox(module, jnp.ones(())))
    np.testing.assert_allclose(stateful(X), want + 1, rtol=1e-4)
    with pytest.raises(ValueError, match="can be called"):
        adapters.from_equinox(3)


def test_models_of_the_library() -> None:
    model = models.build("small-cnn", width=2, hidden=4, batch_norm=True)
    params, state = model.init(KEY, (8, 8, 3))
    logits_fn = adapters.from_model(model, params, state)
    want, _ = model.apply(params, state, X, train="eval")
    np.testing.assert_allclose(logits_fn(X), want, rtol=1e-5, atol=1e-6)
    assert len(compiled(logits_fn)) == 1


def test_functions() -> None:
    logits_fn = adapters.from_function(
        lambda w, b, x, *, scale: scale * (x.reshape(len(x), -1) @ w + b),
        jnp.ones((192, 3)),
        jnp.ones(3),
        scale=2.0,
    )
    np.testing.assert_allclose(logits_fn(X)[:, 0], 2 * (X.sum((1, 2, 3)) + 1), rtol=1e-5)
    assert len(compiled(logits_fn)) == 1
    with pytest.raises(ValueError, match="fn is a function"):
        adapters.from_function(jnp.ones(3))  # pyright: ignore[reportArgumentType]
