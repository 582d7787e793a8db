"""AWP against a naive transcription of the public code, which perturbs with a second network."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from jaxat.optim import Oracle, awp, perturbation

X64 = jnp.zeros(()).dtype == jnp.float64
DTYPE = jnp.float64 if X64 else jnp.float32
RTOL = 1e-12 if X64 else 1e-4
GAMMA, LR, MOMENTUM, DECAY = 0.01, 0.1, 0.9, 5e-4

rng = np.random.default_rng(0)
X, Y = rng.normal(size=(16, 5)), rng.normal(size=(16, 2))
WEIGHTS = {
    "w1": rng.normal(size=(5, 4)),
    "b1": rng.normal(size=4),
    "w2": rng.normal(size=(4, 2)),
    "b2": rng.normal(size=2),
}


def numpy_gradient(w: dict) -> dict:
    """The gradient of ½‖tanh(XW₁+b₁)W₂ + b₂ − Y‖², by hand."""
    hidden = np.tanh(X @ w["w1"] + w["b1"])
    out = hidden @ w["w2"] + w["b2"] - Y
    back = (out @ w["w2"].T) * (1 - hidden**2)
    return {"w1": X.T @ back, "b1": back.sum(0), "w2": hidden.T @ out, "b2": out.sum(0)}


def reference_diff(w: dict, proxy_lr: float = 0.01) -> dict:
    """The public code: one SGD step of a copy on minus the loss, rescaled to the weights."""
    gradient = numpy_gradient(w)
    proxy = {k: w[k] - proxy_lr * -gradient[k] for k in w}
    diff = {}
    for k in w:
        if w[k].ndim <= 1:
            continue
        moved = proxy[k] - w[k]
        diff[k] = np.linalg.norm(w[k]) / (np.linalg.norm(moved) + 1e-20) * moved
    return diff


def loss(w: dict) -> jax.Array:
    hidden = jnp.tanh(jnp.asarray(X, DTYPE) @ w["w1"] + w["b1"])
    return 0.5 * jnp.sum((hidden @ w["w2"] + w["b2"] - jnp.asarray(Y, DTYPE)) ** 2)


def gradient_at(tx: optax.GradientTransformationExtraArgs, params: Any, grad_fn: Any) -> Any:
    """What the transformation makes of it, without an incoming gradient."""
    untyped: Any = tx  # optax's types know no update without a gradient
    return untyped.update(None, tx.init(params), params, grad_fn=grad_fn)[0]


def plain(params: Any, i: Any) -> Any:
    return jax.grad(loss)(params)


def start() -> Any:
    return {k: jnp.asarray(v, DTYPE) for k, v in WEIGHTS.items()}


def test_the_perturbation_is_that_of_the_public_code() -> None:
    params = start()
    v = perturbation(params, jax.grad(loss)(params), GAMMA)
    diff = reference_diff(WEIGHTS)
    for k in params:
        expected = GAMMA * diff[k] if k in diff else np.zeros_like(WEIGHTS[k])
        # The public code subtracts nearly equal weights, which costs it some digits.
        np.testing.assert_allclose(v[k], expected, rtol=10 * RTOL, atol=1e-12)
        assert v[k].dtype == DTYPE


def test_three_steps_of_training_are_those_of_the_public_code() -> None:
    """θ += γ diff; SGD with momentum and weight decay at θ + v; θ −= γ diff."""
    w, buffer = dict(WEIGHTS), {k: np.zeros_like(v) for k, v in WEIGHTS.items()}
    for _ in range(3):
        diff = reference_diff(w)
        perturbed = {k: w[k] + GAMMA * diff[k] if k in diff else w[k] for k in w}
        gradient = numpy_gradient(perturbed)
        for k in w:
            d = gradient[k] + DECAY * perturbed[k]
            buffer[k] = MOMENTUM * buffer[k] + d
            w[k] = perturbed[k] - 0.01 * buffer[k] - (GAMMA * diff[k] if k in diff else 0)
    params: Any = start()
    tx: Any = optax.chain(awp(GAMMA, weight_decay=DECAY), optax.sgd(0.01, MOMENTUM))
    state = tx.init(params)
    for _ in range(3):
        updates, state = tx.update(jax.grad(loss)(params), state, params, grad_fn=plain)
        params = optax.apply_updates(params, updates)
    for k, v in w.items():
        np.testing.assert_allclose(params[k], v, rtol=100 * RTOL, atol=1e-10 if X64 else 1e-4)


@pytest.mark.parametrize("steps", [1, 3])
def test_calls(steps: int) -> None:
    """One call for one step, always on minibatch 0; one more without an incoming gradient."""
    calls = []

    def grad_fn(params, i):
        calls.append(i)
        return jax.grad(loss)(params)

    params = start()
    tx = awp(GAMMA, steps=steps)
    first: Any = tx.update(jax.grad(loss)(params), tx.init(params), params, grad_fn=grad_fn)[0]
    assert calls == [0] * steps
    calls.clear()
    second = gradient_at(tx, params, grad_fn)
    assert calls == [0] * (steps + 1)
    for k in params:
        np.testing.assert_array_equal(first[k], second[k])


def test_several_steps_are_moves_of_a_part_of_gamma() -> None:
    w = dict(WEIGHTS)
    for _ in range(4):
        gradient = numpy_gradient(w)
        for k in ("w1", "w2"):
            size = GAMMA / 4 * np.linalg.norm(WEIGHTS[k])
            w[k] = w[k] + size * gradient[k] / np.linalg.norm(gradient[k])
    params = start()
    got = gradient_at(awp(GAMMA, steps=4), params, plain)
    for k, g in numpy_gradient(w).items():
        np.testing.assert_allclose(got[k], g, rtol=RTOL, atol=10 * RTOL)


def test_norm_per_filter() -> None:
    params, grads = start(), jax.grad(loss)(start())
    v = perturbation(params, grads, GAMMA, norm="filter")
    for k in ("w1", "w2"):
        g, w = np.asarray(grads[k]), WEIGHTS[k]
        for j in range(w.shape[1]):
            expected = GAMMA * np.linalg.norm(w[:, j]) * g[:, j] / np.linalg.norm(g[:, j])
            np.testing.assert_allclose(v[k][:, j], expected, rtol=RTOL)


def test_select() -> None:
    params, grads = start(), jax.grad(loss)(start())
    v = perturbation(params, grads, GAMMA, select=lambda path, leaf: "b1" in path)
    assert not v["w1"].any()
    length = GAMMA * np.linalg.norm(WEIGHTS["b1"])
    np.testing.assert_allclose(jnp.linalg.norm(v["b1"]), length, rtol=RTOL)


@pytest.mark.parametrize("exponent", [-36, -20, 0, 30])
def test_the_length_of_the_gradient_does_not_matter(exponent: int) -> None:
    """Even where the squares of float32 underflow or overflow."""
    w = jnp.asarray(rng.normal(size=(3, 4)), jnp.float32)
    g = jnp.asarray(rng.normal(size=(3, 4)), jnp.float32)
    v = perturbation(w, g * jnp.float32(10.0**exponent), GAMMA)
    np.testing.assert_allclose(v, perturbation(w, g, GAMMA), rtol=1e-3 if exponent < -30 else 1e-5)
    assert v.dtype == jnp.float32


def test_the_minibatch_is_prepared_at_the_unperturbed_weights() -> None:
    prepared_at = []

    def prepare(params, i):
        prepared_at.append(params)
        return i

    params = start()
    oracle = Oracle(prepare, lambda p, i: jax.grad(loss)(p))
    got = gradient_at(awp(GAMMA), params, oracle)
    assert len(prepared_at) == 1
    assert prepared_at[0] is params
    np.testing.assert_array_equal(got["w1"], gradient_at(awp(GAMMA), params, plain)["w1"])


def test_errors() -> None:
    params = start()
    tx = awp(GAMMA)
    with pytest.raises(ValueError, match=r"gamma .* got -1"):
        awp(-1)
    with pytest.raises(ValueError, match=r"gamma .* got nan"):
        awp(float("nan"))
    with pytest.raises(ValueError, match=r"steps .* got 0"):
        awp(GAMMA, steps=0)
    with pytest.raises(ValueError, match=r"norm .* got 'layer'"):
        awp(GAMMA, norm="layer")  # pyright: ignore[reportArgumentType]
    with pytest.raises(ValueError, match="grad_fn=None"):
        tx.update(params, tx.init(params), params)
    with pytest.raises(ValueError, match="params=None"):
        tx.update(params, tx.init(params), grad_fn=lambda p, i: p)


def test_a_nan_in_the_gradient_is_not_hidden() -> None:
    v = perturbation(jnp.ones((2, 2)), jnp.array([[jnp.nan, 1.0], [0.0, 0.0]]), GAMMA)
    assert jnp.isnan(v).any()
