"""Attacks under jit, vmap, grad and on several devices: what is compiled, and how much of it."""

from __future__ import annotations

import os
import subprocess
import sys
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.tree_util import Partial

from jaxat.attacks import pgd
from jaxat.threat import Norm, ThreatModel
from tests.jaxat.compilations import compilations

FLOAT64 = jnp.zeros(0).dtype == jnp.float64
TOLERANCE = 1e-10 if FLOAT64 else 1e-5
KEY = jax.random.key(0)


def mlp(params: Any, x: Any) -> Any:
    for w in params[:-1]:
        x = jnp.tanh(x @ w)
    return x @ params[-1]


def batch(seed: int = 0, n: int = 6, d: int = 5, width: int = 7) -> tuple[Any, Any, Any]:
    rng = np.random.default_rng(seed)
    params = [jnp.asarray(rng.normal(size=s)) for s in ((d, width), (width, 3))]
    return params, jnp.asarray(rng.uniform(size=(n, d))), jnp.asarray(rng.integers(3, size=n))


@pytest.mark.parametrize("norm", ["linf", "l2"])
def test_new_parameters_and_batches_compile_nothing_anew(norm: Norm) -> None:
    attack = pgd(ThreatModel(norm, 0.1), steps=3, trace=True)

    def plain(x: jax.Array) -> jax.Array:
        return jnp.tanh(x @ jnp.ones((5, 3)))

    for number in range(3):
        params, x, y = batch(number)
        before = compilations()
        attack(Partial(mlp, params), jax.random.key(number), x, y)
        attack(plain, jax.random.key(number), x, y)
        assert (compilations() > before) == (number == 0)


def test_a_model_that_changes_in_place_is_seen_to_change() -> None:
    # Nothing of a plain function is kept between calls, so its closure may change.
    weights = {"w": jnp.eye(3)}
    attack = pgd(ThreatModel("linf", 0.1), steps=2, random_start=False)
    x, y = jnp.full((1, 3), 0.5), jnp.array([0])

    def logits_fn(x: jax.Array) -> jax.Array:
        return x @ weights["w"]

    first = attack(logits_fn, None, x, y).x_adv
    weights["w"] = -jnp.eye(3)
    np.testing.assert_allclose(attack(logits_fn, None, x, y).x_adv - x, x - first, atol=1e-6)


@pytest.mark.parametrize("unroll", [True, False, 2])
def test_eager_jit_and_every_loop_agree(unroll: Any) -> None:
    params, x, y = batch()
    threat = ThreatModel("l2", 0.3)
    reference = pgd(threat, steps=5, trace=True)(lambda x: mlp(params, x), KEY, x, y)
    attack = pgd(threat, steps=5, trace=True, unroll=unroll)

    @jax.jit
    def compiled(params: Any, key: Any, x: Any, y: Any) -> Any:
        return attack(lambda x: mlp(params, x), key, x, y)

    for result in (compiled(params, KEY, x, y), attack(Partial(mlp, params), KEY, x, y)):
        jax.tree.map(partial(np.testing.assert_allclose, atol=TOLERANCE), result, reference)


def test_vmap_over_parameters_and_radii() -> None:
    params, x, y = batch()
    many = jax.tree.map(lambda w: jnp.stack([w, -w]), params)

    def adversarial(params: Any, eps: Any) -> Any:
        attack = pgd(ThreatModel("linf", eps), steps=3, step_size=0.03)
        return attack(lambda x: mlp(params, x), KEY, x, y).x_adv

    together = jax.vmap(adversarial)(many, jnp.array([0.05, 0.1]))
    for i, eps in enumerate((0.05, 0.1)):
        one = adversarial(jax.tree.map(lambda w, i=i: w[i], many), eps)
        np.testing.assert_allclose(together[i], one, atol=TOLERANCE)


@pytest.mark.parametrize("unroll", [True, 1])
def test_no_gradient_passes_through_an_attack(unroll: Any) -> None:
    params, x, y = batch()
    attack = pgd(ThreatModel("l2", 0.3), steps=3, unroll=unroll)

    def loss(params: Any, x_adv: Any = None) -> Any:
        if x_adv is None:
            x_adv = attack(lambda x: mlp(params, x), KEY, x, y).x_adv
        return jnp.sum(jax.nn.logsumexp(mlp(params, x_adv), axis=1))

    fixed = attack(Partial(mlp, params), KEY, x, y).x_adv
    grads, expected = jax.grad(loss)(params), jax.grad(loss)(params, fixed)
    for one, other in zip(grads, expected, strict=True):
        np.testing.assert_allclose(one, other, atol=100 * TOLERANCE)


def flops(fn: Any, *args: Any) -> float:
    costs: Any = jax.jit(fn).lower(*args).compile().cost_analysis()
    return costs["flops"]


def test_an_attack_costs_two_forward_passes_a_step_and_no_more() -> None:
    params, x, y = batch(n=64, d=256, width=256)
    forward = flops(mlp, params, x)
    attack = pgd(ThreatModel("linf", 0.1), steps=4)

    def run(params: Any, x: Any) -> Any:
        return attack(lambda x: mlp(params, x), KEY, x, y)

    # Points alone; with the outcome at the last one; the rest is elementwise.
    assert 8 <= flops(lambda *args: run(*args).x_adv, params, x) / forward <= 8.4
    assert 9 <= flops(run, params, x) / forward <= 9.5


def cnn(params: Any, x: Any) -> Any:
    for w in params[:-1]:
        x = jax.lax.conv_general_dilated(
            x, w, (2, 2), "SAME", dimension_numbers=("NHWC", "HWIO", "NHWC")
        )
        x = jax.nn.relu(x)
    return x.mean((1, 2)) @ params[-1]


@pytest.mark.parametrize("norm", ["linf", "l2", "l1"])
@pytest.mark.parametrize("unroll", [True, 1])
def test_lowers_for_accelerators(norm: Norm, unroll: Any) -> None:
    shapes = [(3, 3, 3, 4), (3, 3, 4, 8), (8, 10)]
    params = [jax.ShapeDtypeStruct(s, jnp.float32) for s in shapes]
    x = jax.ShapeDtypeStruct((2, 8, 8, 3), jnp.float32)
    attack = pgd(ThreatModel(norm, 0.1), steps=2, unroll=unroll, trace=True)

    def run(params: Any, seed: Any, x: Any, y: Any) -> Any:
        return attack(Partial(cnn, params), jax.random.key(seed), x, y)

    seed, y = (jax.ShapeDtypeStruct(shape, jnp.int32) for shape in ((), (2,)))
    exported = jax.export.export(jax.jit(run), platforms=["tpu", "cuda"])(params, seed, x, y)
    assert exported.platforms == ("tpu", "cuda")
    assert exported.out_avals[0].shape == x.shape


DEVICES = """
import jax, jax.numpy as jnp
from jax.sharding import Mesh, NamedSharding, PartitionSpec as P
from jaxat.attacks import pgd
from jaxat.threat import ThreatModel
mesh = Mesh(jax.devices(), ("data",))
split, same = NamedSharding(mesh, P("data")), NamedSharding(mesh, P())
w = jax.device_put(jax.random.normal(jax.random.key(0), (6, 3)), same)
x = jax.random.uniform(jax.random.key(1), (16, 6))
y = jnp.arange(16) % 3
for norm in ("linf", "l2"):
    attack = pgd(ThreatModel(norm, 0.2), steps=3)
    run = jax.jit(lambda w, x, y: attack(lambda x: jnp.tanh(x) @ w, jax.random.key(2), x, y))
    text = run.lower(w, *jax.device_put((x, y), split)).compile().as_text()
    moved = [op for op in ("all-gather", "all-to-all", "collective-permute") if op in text]
    print(len(jax.devices()), moved, text.count("all-reduce("))
    one, many = run(w, x, y), run(w, *jax.device_put((x, y), split))
    assert float(abs(one.x_adv - many.x_adv).max()) < 1e-5
"""


def test_devices_do_not_talk_to_each_other() -> None:
    flags = f"{os.environ['XLA_FLAGS']} --xla_force_host_platform_device_count=8"
    environment = {**os.environ, "XLA_FLAGS": flags}
    command = [sys.executable, "-c", DEVICES]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, done.stderr
    # The exact projection onto ball and box is a loop that stops when every image is done: one
    # number a turn is agreed upon. That of L-infinity needs nothing.
    assert done.stdout.splitlines() == ["8 [] 0", "8 [] 3"]
