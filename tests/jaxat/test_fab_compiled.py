"""FAB's loops agree, compile once, lower for accelerators, and take no more passes than said."""

from __future__ import annotations

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.tree_util import Partial

from jaxat.attacks.fab import fab
from jaxat.threat import Norm, ThreatModel
from tests.jaxat.compilations import compilations

FLOAT64 = jnp.zeros(0).dtype == jnp.float64
TOLERANCE = 1e-10 if FLOAT64 else 1e-5
KEY = jax.random.key(0)


def mlp(params: Any, x: Any) -> Any:
    return jnp.tanh((x - 0.5) @ params[0]) @ params[1]


def batch(seed: int = 0, n: int = 6, d: int = 9, classes: int = 4) -> tuple[Any, Any, Any]:
    rng = np.random.default_rng(seed)
    params = [jnp.asarray(rng.normal(size=s)) for s in ((d, 7), (7, classes))]
    x = jnp.asarray(rng.uniform(size=(n, d)))
    return params, x, jnp.argmax(mlp(params, x), axis=1)


def test_new_parameters_batches_and_targets_compile_nothing_anew() -> None:
    attack = fab(ThreatModel("linf", 0.1), steps=3, restarts=2)
    for number in range(3):
        params, x, y = batch(number)
        before = compilations()
        attack(Partial(mlp, params), jax.random.key(number), x, y, target=(y + 1 + number % 2) % 4)
        assert (compilations() > before) == (number == 0)


@pytest.mark.parametrize("targeted", [True, False])
def test_eager_jit_and_every_loop_agree(targeted: bool) -> None:
    params, x, y = batch()
    threat, target = ThreatModel("l2", 0.1), (y + 1) % 4 if targeted else None
    options: dict[str, Any] = {"steps": 3, "restarts": 1 if targeted else 2, "trace": targeted}
    reference = fab(threat, unroll=True, **options)(Partial(mlp, params), KEY, x, y, target=target)
    attack = fab(threat, unroll=not targeted, **options)

    @jax.jit
    def compiled(params: Any, key: Any, x: Any, y: Any, target: Any) -> Any:
        return attack(lambda x: mlp(params, x), key, x, y, target=target)

    results = [
        compiled(params, KEY, x, y, target),
        fab(threat, unroll=False, **options)(Partial(mlp, params), KEY, x, y, target=target),
    ]
    if targeted:
        results.append(attack(lambda x: mlp(params, x), KEY, x, y, target=target))
    for result in results:
        jax.tree.map(partial(np.testing.assert_allclose, atol=10 * TOLERANCE), result, reference)


class Counted:
    """A model that counts its passes; it runs operation by operation, so every pass is one call."""

    def __init__(self, params: Any):
        self.forwards = self.backwards = 0

        @jax.custom_vjp
        def logits_fn(x: Any) -> Any:
            self.forwards += 1
            return mlp(params, x)

        def forward(x: Any) -> tuple[Any, Any]:
            self.forwards += 1
            return jax.vjp(lambda x: mlp(params, x), x)

        def backward(pullback: Any, change: Any) -> Any:
            self.backwards += 1
            return pullback(change)

        logits_fn.defvjp(forward, backward)
        self.logits_fn = logits_fn


@pytest.mark.parametrize("targeted", [True, False])
def test_passes(targeted: bool) -> None:
    # The public code: 3 + 2 T forward passes and T backward passes a run (T times the number of
    # classes without a target), and one forward pass to check the result.
    params, x, y = batch()
    model, steps = Counted(params), 4
    attack = fab(ThreatModel("linf", 1e-3), steps=steps, unroll=True)
    attack(model.logits_fn, None, x, y, target=(y + 1) % 4 if targeted else None)
    assert model.forwards == 1 + 2 * steps
    # One call for all other classes together, which vmap makes three passes.
    assert model.backwards == steps


def test_the_search_ends_with_the_last_image() -> None:
    params, x, y = batch()
    model = Counted(params)
    result = fab(ThreatModel("linf", 0.9), steps=50)(model.logits_fn, None, x, y)
    assert bool(result.success.all())
    assert model.forwards < 30
    again = Counted(params)
    wrong = fab(ThreatModel("linf", 0.9), steps=50)(again.logits_fn, None, x, (y + 1) % 4)
    assert again.forwards == 1
    np.testing.assert_array_equal(wrong.x_adv, x)


def test_many_classes_take_turns() -> None:
    params, x, y = batch(classes=40)
    one_step = fab(ThreatModel("l2", 0.1), steps=1, stop="reference", trace=True)
    first = one_step(Partial(mlp, params), None, x, y).trace
    jacobian = jax.vmap(jax.jacrev(lambda x: mlp(params, x[None])[0]))(x)
    z = np.asarray(mlp(params, x))
    normals = np.asarray(jacobian) - np.asarray(jacobian)[np.arange(6), y][:, None]
    size = np.where(np.arange(40) == y[:, None], np.nan, np.linalg.norm(normals, axis=2))
    target = np.nanargmin((z.max(1, keepdims=True) - z) / size, axis=1)
    aimed = one_step(Partial(mlp, params), None, x, y, target=target).trace
    assert first is not None
    assert aimed is not None
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, atol=TOLERANCE), first, aimed)


def cnn(params: Any, x: Any) -> Any:
    x = jax.lax.conv_general_dilated(
        x, params[0], (2, 2), "SAME", dimension_numbers=("NHWC", "HWIO", "NHWC")
    )
    return jax.nn.relu(x).mean((1, 2)) @ params[1]


@pytest.mark.parametrize("norm", ["linf", "l2", "l1"])
def test_lowers_for_accelerators(norm: Norm) -> None:
    params = [jax.ShapeDtypeStruct(s, jnp.float32) for s in ((3, 3, 3, 4), (4, 10))]
    x = jax.ShapeDtypeStruct((2, 8, 8, 3), jnp.float32)
    attack = fab(
        ThreatModel(norm, 0.1),
        steps=2,
        restarts=1 + (norm == "l2"),
        unroll=False,
        trace=norm == "l1",
    )

    def run(params: Any, seed: Any, x: Any, y: Any) -> Any:
        return attack(Partial(cnn, params), jax.random.key(seed), x, y)

    seed, y = (jax.ShapeDtypeStruct(shape, jnp.int32) for shape in ((), (2,)))
    exported = jax.export.export(jax.jit(run), platforms=["tpu", "cuda"])(params, seed, x, y)
    assert exported.platforms == ("tpu", "cuda")
    assert exported.out_avals[0].shape == x.shape
