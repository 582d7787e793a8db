"""One battery over every transformation of the library: what optax's users take for granted.

To add one: a row in `ROWS` with the transformation and the keywords its update needs. For a step
rule of an attack the leaves of `params` are perturbations, the first axis counting the images.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from jaxat import ThreatModel
from jaxat.attacks import projection, steepest_step
from jaxat.optim import awp, entropy_sgd, switch


def quadratic(params: Any, i: Any) -> Any:
    """A gradient that depends on the minibatch too."""
    return jax.tree.map(lambda p: p * (1 + jnp.asarray(i, p.dtype)) / 10, params)


def zero(params: Any, i: Any) -> Any:
    return jax.tree.map(jnp.zeros_like, params)


@dataclass(frozen=True)
class Row:
    """The transformation, whether it takes `grad_fn` or images, and the other keywords."""

    tx: optax.GradientTransformationExtraArgs
    takes_grad_fn: bool = True
    takes_images: bool = False
    keywords: dict[str, Any] = field(default_factory=dict)

    def extra(self, p: Any, grad_fn: Callable = quadratic) -> dict[str, Any]:
        found = self.keywords | ({"grad_fn": grad_fn} if self.takes_grad_fn else {})
        images = jax.tree.map(lambda leaf: jnp.full_like(leaf, 0.25), p)
        return found | ({"x": images} if self.takes_images else {})


def rule(tx: optax.GradientTransformation, *, images: bool = True) -> Row:
    extended = optax.with_extra_args_support(tx)
    return Row(extended, takes_grad_fn=False, takes_images=images)


LINF, L2, L1 = ThreatModel("linf", 0.1), ThreatModel("l2", 0.5), ThreatModel("l1", 1.0)
CLIPPED = ThreatModel("l2", 0.5, combine="ball-then-box")
SCHEDULE = optax.linear_schedule(0.1, 0.01, 5)
ENSGD: dict[str, Any] = {"steps": 2, "key": jax.random.key(0)}
WARM_UP = switch(5, entropy_sgd(**ENSGD, inner=awp(0.01)), awp(0.01))
ROWS = {
    "awp": Row(awp(0.01)),
    "awp-steps": Row(awp(0.01, steps=2, norm="filter", weight_decay=1e-3)),
    "entropy_sgd": Row(entropy_sgd(**ENSGD)),
    "entropy_sgd-2": Row(
        entropy_sgd(steps=2, noise=0, order=2, convention="paper", weight_decay=1e-3)
    ),
    "entropy_sgd-awp": Row(entropy_sgd(steps=2, noise=0, inner=awp(0.01), loop="unroll")),
    "switch-before": Row(WARM_UP, keywords={"epoch": jnp.int32(4)}),
    "switch-after": Row(WARM_UP, keywords={"epoch": jnp.int32(5)}),
    "steepest-linf": rule(steepest_step(LINF, 0.02), images=False),
    "steepest-l2-schedule": rule(steepest_step(L2, SCHEDULE)),
    "steepest-l1": rule(steepest_step(L1, 0.1)),
    "projection-linf": rule(projection(LINF)),
    "projection-l2": rule(projection(L2)),
    "projection-l2-clipped": rule(projection(CLIPPED)),
    "projection-l1": rule(projection(L1)),
    "pgd-linf": rule(optax.chain(steepest_step(LINF, 0.02), projection(LINF))),
    "pgd-l2-momentum": rule(optax.chain(optax.trace(0.75), steepest_step(L2, 0.1), projection(L2))),
    "pgd-adam": rule(optax.chain(optax.adam(0.1), projection(LINF))),
}
each = pytest.mark.parametrize("row", ROWS.values(), ids=ROWS.keys())


def params() -> dict:
    kernel = jnp.asarray(np.random.default_rng(0).normal(size=(4, 3)), jnp.float32)
    return {"kernel": kernel, "bias": jnp.ones(3, jnp.float32)}


def grads() -> dict:
    return quadratic(params(), 0)


def assert_same_types(a: Any, b: Any) -> None:
    assert jax.tree.structure(a) == jax.tree.structure(b)
    for x, y in zip(jax.tree.leaves(a), jax.tree.leaves(b), strict=True):
        assert (x.shape, x.dtype) == (y.shape, y.dtype)


def assert_close(a: Any, b: Any) -> None:
    for x, y in zip(jax.tree.leaves(a), jax.tree.leaves(b), strict=True):
        np.testing.assert_allclose(x, y, rtol=1e-5, atol=1e-6)


def numbers(state: Any) -> list:
    """The leaves of a state that are not random keys."""
    return [
        leaf
        for leaf in jax.tree.leaves(state)
        if not jnp.issubdtype(leaf.dtype, jax.dtypes.prng_key)
    ]


@each
def test_no_recompilation_on_the_second_call(row: Row) -> None:
    tx, traced = row.tx, []
    names = dict(row.keywords)

    @jax.jit
    def step(g, state, p, keywords):
        traced.append(1)
        extra = row.extra(p) | keywords
        return tx.update(g, state, p, **extra)

    state = tx.init(params())
    updates, after = step(grads(), state, params(), names)
    assert_same_types(state, after)
    assert_same_types(params(), updates)
    step(updates, after, params(), names)
    assert len(traced) == 1


@each
def test_the_state_is_a_carry_of_scan(row: Row) -> None:
    tx = row.tx

    def body(carry, _):
        p, state = carry
        updates, state = tx.update(grads(), state, p, **row.extra(p))
        return (optax.apply_updates(p, jax.tree.map(lambda u: -0.1 * u, updates)), state), None

    start = (params(), tx.init(params()))
    end, _ = jax.eval_shape(lambda: jax.lax.scan(body, start, length=2))
    assert_same_types(start, end)


@each
def test_works_in_a_chain_with_what_stands_around_it(row: Row) -> None:
    tx = row.tx
    chained = optax.chain(
        optax.clip_by_global_norm(1e6), tx, optax.add_decayed_weights(0.0), optax.sgd(0.1, 0.9)
    )
    p, extra = params(), row.extra(params())
    alone, _ = tx.update(grads(), tx.init(p), p, **extra)
    updates, _ = chained.update(grads(), chained.init(p), p, **extra)
    assert_close(updates, jax.tree.map(lambda u: -0.1 * u, alone))


@each
def test_zero_gradients_and_zero_weights_stay_finite(row: Row) -> None:
    tx = row.tx

    @jax.jit
    def step(p):
        return tx.update(zero(p, 0), tx.init(p), p, **row.extra(p, zero))

    for p in (params(), zero(params(), 0)):
        updates, state = step(p)
        assert all(jnp.isfinite(leaf).all() for leaf in jax.tree.leaves(updates))
        assert all(jnp.isfinite(leaf).all() for leaf in numbers(state))


@each
def test_unknown_extra_arguments_survive(row: Row) -> None:
    """They are ignored, and reach a transformation further back that wants them."""
    seen = []

    def update(updates: Any, state: Any, params: Any = None, **extra: Any) -> Any:
        seen.append((extra.pop("value"), sorted(extra)))
        return updates, state

    spy = optax.GradientTransformationExtraArgs(optax.identity().init, update)
    tx, p, extra = row.tx, params(), row.extra(params())
    plain, _ = tx.update(grads(), tx.init(p), p, **extra)
    chained = optax.chain(tx, spy)
    got, _ = chained.update(grads(), chained.init(p), p, **extra, value=3.0, other="y")
    assert seen == [(3.0, sorted([*extra, "other"]))]
    assert_close(got, plain)


@each
def test_jit_gives_what_eager_gives(row: Row) -> None:
    tx, p = row.tx, params()
    eager, state = tx.update(grads(), tx.init(p), p, **row.extra(p))
    jitted, jitted_state = jax.jit(lambda g, s, p: tx.update(g, s, p, **row.extra(p)))(
        grads(), tx.init(params()), params()
    )
    assert_close(eager, jitted)
    assert_close(numbers(state), numbers(jitted_state))


@each
def test_vmap_over_weights(row: Row) -> None:
    tx = row.tx
    many = jax.tree.map(lambda p: jnp.stack([p, 2 * p, -p]), params())

    def one(p):
        return tx.update(quadratic(p, 0), tx.init(p), p, **row.extra(p))[0]

    batched = jax.jit(jax.vmap(one))(many)
    for j in range(3):
        single = one(jax.tree.map(lambda p, j=j: p[j], many))
        assert_close(jax.tree.map(lambda u, j=j: u[j], batched), single)


@each
def test_empty_leaves(row: Row) -> None:
    tx = row.tx
    p = {
        "a": jnp.ones((2, 2)),
        "none": None,
        "empty": jnp.zeros((0, 3)),
        "flat": jnp.zeros((0,)),
        "scalar": jnp.float32(2),
        "nothing": {},
        "masked": optax.MaskedNode(),
    }
    if not row.takes_grad_fn:
        del p["scalar"]  # an image has a batch axis
    updates, _ = tx.update(quadratic(p, 0), tx.init(p), p, **row.extra(p))
    assert_same_types(p, updates)
    no_leaves, _ = tx.update({}, tx.init({}), {}, **row.extra({}))
    assert no_leaves == {}


@each
@pytest.mark.parametrize("dtype", ["bfloat16", "float16", "float64"])
def test_dtype_follows_the_weights(row: Row, dtype: str) -> None:
    if dtype == "float64" and jnp.zeros(()).dtype != jnp.float64:
        dtype = "float32"
    tx = row.tx
    p = jax.tree.map(lambda x: x.astype(dtype), params())
    updates, state = jax.eval_shape(
        lambda: tx.update(quadratic(p, 0), tx.init(p), p, **row.extra(p))
    )
    assert_same_types(p, updates)
    assert_same_types(tx.init(p), state)
