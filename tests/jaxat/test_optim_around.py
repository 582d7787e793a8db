"""What stands behind AWP and EntropySGD and what stores them: wrappers of optax, Flax's bytes."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from flax import serialization

from jaxat.optim import awp, entropy_sgd

rng = np.random.default_rng(3)
THETA, DATA = rng.normal(size=(3, 2)), rng.normal(size=(2, 3, 2))
ENSGD = entropy_sgd(steps=4, noise=0)


def cubic(weights: Any, i: Any) -> Any:
    return weights**3 - 0.1 * i


@pytest.mark.parametrize("tx", [awp(0.1), ENSGD])
def test_what_looks_at_gradients_stands_behind(tx: Any) -> None:
    """Around, optax sees the gradient that goes in: this is why the docstring says behind."""
    theta = jnp.asarray(THETA)

    def grad_fn(weights: Any, i: Any) -> Any:
        return jnp.where(jnp.all(weights == theta), weights, jnp.nan)

    finite: Any = optax.apply_if_finite(optax.sgd(0.1), 5)
    behind = optax.chain(tx, finite)
    updates, state = jax.jit(lambda s: behind.update(theta, s, theta, grad_fn=grad_fn))(
        behind.init(theta)
    )
    np.testing.assert_array_equal(updates, 0 * theta)
    assert state[1].total_notfinite == 1
    around: Any = optax.apply_if_finite(optax.chain(tx, optax.sgd(0.1)), 5)
    updates, state = around.update(theta, around.init(theta), theta, grad_fn=grad_fn)
    assert state.total_notfinite == 0
    assert bool(jnp.isnan(updates).all())


def test_minibatches_accumulate_behind() -> None:
    theta, data = jnp.asarray(THETA), jnp.asarray(DATA)
    tx: Any = optax.chain(awp(0.1), optax.MultiSteps(optax.sgd(1.0), 2).gradient_transformation())
    state, expected = tx.init(theta), 0 * THETA
    updates: Any = None
    for i in range(2):
        updates, state = tx.update(None, state, theta, grad_fn=lambda w, _, i=i: w**3 - data[i])
        g = THETA**3 - DATA[i]
        moved = THETA + 0.1 * np.linalg.norm(THETA) * g / np.linalg.norm(g)
        expected = expected - 0.5 * (moved**3 - DATA[i])
    np.testing.assert_allclose(updates, expected, rtol=1e-5)


def test_a_raw_key_goes_through_flax_serialization() -> None:
    theta = jnp.asarray(THETA)
    tx: Any = optax.chain(entropy_sgd(steps=2, key=jax.random.PRNGKey(3)), optax.sgd(0.1, 0.9))
    _, state = tx.update(None, tx.init(theta), theta, grad_fn=cubic)
    again = serialization.from_bytes(tx.init(theta), serialization.to_bytes(state))
    one, other = (tx.update(None, s, theta, grad_fn=cubic)[0] for s in (state, again))
    np.testing.assert_array_equal(one, other)
