"""Square's chunks agree with one loop, compile once, and fit every kind of model and layout."""

from __future__ import annotations

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.tree_util import Partial

from jaxat import models
from jaxat.attacks.square import square
from jaxat.threat import Norm, ThreatModel
from tests.jaxat.compilations import compilations

FLOAT64 = jnp.zeros(0).dtype == jnp.float64
TOLERANCE = 1e-10 if FLOAT64 else 2e-5
KEY = jax.random.key(0)


def two_layer(params: Any, x: Any) -> Any:
    a, b = params
    return jnp.tanh((x.reshape(x.shape[0], -1) - 0.5) @ a) @ b


def batch(seed: int = 0) -> tuple[Any, Any, Any]:
    rng = np.random.default_rng(seed)
    params = [jnp.asarray(rng.normal(size=s)) for s in ((108, 8), (8, 5))]
    x = jnp.asarray(rng.uniform(size=(3, 6, 6, 3)))
    return Partial(two_layer, params), x, jnp.argmax(two_layer(params, x), axis=1)


def test_new_parameters_and_batches_compile_nothing_anew() -> None:
    attack = square(ThreatModel("linf", 0.01), queries=7, chunk=3)
    for number in range(3):
        before = compilations()
        attack(batch(number)[0], jax.random.key(number), *batch(number)[1:])
        assert (compilations() > before) == (number == 0)


@pytest.mark.parametrize("norm", ["linf", "l2", "l1"])
def test_lowers_for_accelerators(norm: Norm) -> None:
    x = jax.ShapeDtypeStruct((2, 8, 8, 3), jnp.float32)
    attack = square(ThreatModel(norm, 0.1), queries=5000)

    def run(w: Any, seed: Any, x: Any, y: Any) -> Any:
        return attack(Partial(lambda w, x: x.mean((1, 2)) @ w, w), jax.random.key(seed), x, y)

    seed, y = (jax.ShapeDtypeStruct(shape, jnp.int32) for shape in ((), (2,)))
    weights = jax.ShapeDtypeStruct((3, 10), jnp.float32)
    exported = jax.export.export(jax.jit(run), platforms=["tpu", "cuda"])(weights, seed, x, y)
    assert exported.out_avals[0].shape == x.shape


def test_one_forward_pass_a_query_and_two_before() -> None:
    model, x, y = batch()
    seen = []

    def watched(params: Any, x: Any) -> Any:
        jax.debug.callback(lambda: seen.append(1))
        return two_layer(params, x)

    # The public code: one to see who is right, the start, the queries, one to check the result.
    attack = square(ThreatModel("linf", 1e-4), queries=11, chunk=4)
    attack(Partial(watched, model.args[0]), KEY, x, y)
    jax.effects_barrier()
    assert len(seen) == 2 + 11
    # Nothing is asked once every image is broken.
    seen.clear()
    attack(Partial(watched, model.args[0]), KEY, x, (y + 1) % 5)
    jax.effects_barrier()
    assert len(seen) == 2


def test_chunks_jit_and_plain_functions_agree() -> None:
    model, x, y = batch()
    threat = ThreatModel("linf", 0.03)
    reference = square(threat, queries=25, chunk=10)(model, KEY, x, y)
    traced = square(threat, queries=25, chunk=10, trace=True)
    params = model.args[0]
    whole = square(threat, queries=25)

    @jax.jit
    def compiled(params: Any, key: Any, x: Any, y: Any) -> Any:
        return whole(lambda x: two_layer(params, x), key, x, y)

    followed = traced(model, KEY, x, y)
    for result in (
        compiled(params, KEY, x, y),
        whole(lambda x: two_layer(params, x), KEY, x, y),
        followed._replace(trace=None),
    ):
        jax.tree.map(partial(np.testing.assert_allclose, atol=20 * TOLERANCE), result, reference)
    course = followed.trace
    assert course is not None
    assert course.loss.shape == course.success.shape == (26, 3)
    assert np.all(np.diff(course.loss, axis=0) >= 0)
    np.testing.assert_array_equal(course.loss[-1], followed.best_loss)
    turned = jnp.moveaxis(x, 3, 1)
    first = square(threat, queries=25, layout="NCHW")(
        Partial(lambda p, x: two_layer(p, jnp.moveaxis(x, 1, 3)), params), KEY, turned, y
    )
    np.testing.assert_allclose(jnp.moveaxis(first.x_adv, 1, 3), reference.x_adv, atol=TOLERANCE)


def test_the_models_of_the_library_fit() -> None:
    model = models.build("small-cnn", width=2, hidden=4, batch_norm=True)
    params, state = model.init(KEY, (8, 8, 3))
    x = jax.random.uniform(KEY, (3, 8, 8, 3), jnp.float32)
    y = jnp.argmax(model.apply(params, state, x, train="eval")[0], axis=1)
    attack = square(ThreatModel("linf", 0.5), queries=5)
    result = attack(Partial(model.apply, params), KEY, x, y, state=state)
    logits, _ = model.apply(params, state, result.x_adv, train="eval")
    np.testing.assert_array_equal(result.success, jnp.argmax(logits, 1) != y)
    assert result.x_adv.dtype == jnp.float32


def test_vectors_are_rows_of_pixels() -> None:
    x, y = jnp.full((3, 6), 0.5), jnp.array([1, 1, 0])
    attack = square(ThreatModel("linf", 0.25), queries=60)
    w = jnp.array([1.0, -1.0, 2.0, -2.0, 0.5, 1.0])
    result = attack(lambda x: (x - 0.5) @ w + 2.0, KEY, x, y)
    # |w|_1 = 7.5: the margin of 2 falls by 1.875 at most.
    np.testing.assert_array_equal(result.success, [False, False, True])
    np.testing.assert_allclose(result.x_adv[:2], jnp.stack([0.5 - 0.25 * jnp.sign(w)] * 2))
    rows = attack(lambda x: (x[:, 0] - 0.5) @ w + 2.0, KEY, x[:, None], y)
    np.testing.assert_array_equal(rows.x_adv[:, 0], result.x_adv)
