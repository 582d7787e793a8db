"""Every attack and every transformation lowers for TPU and CUDA, on a machine that has neither.

To add an attack: a row in `ATTACKS`. Transformations are the rows of the battery.
"""

from __future__ import annotations

import inspect
from typing import Any

import jax
import jax.export
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from jax.tree_util import Partial
from test_battery import ROWS, Row, grads, params

from jaxat import ThreatModel, attacks, models
from jaxat.attacks import Attack, gaussian_start, pgd
from jaxat.attacks.apgd import apgd
from jaxat.attacks.fab import fab
from jaxat.attacks.square import square
from jaxat.objectives import adversarial, noise, standard, trades

PLATFORMS = ("tpu", "cuda")
LINF, L2, L1 = ThreatModel("linf", 8 / 255), ThreatModel("l2", 0.5), ThreatModel("l1", 2.0)
CLIPPED = ThreatModel("l2", 0.5, combine="ball-then-box")
ATTACKS: dict[str, Attack] = {
    "pgd-linf": pgd(LINF, steps=2),
    "pgd-linf-unrolled": pgd(LINF, steps=2, unroll=True),
    "pgd-linf-loop": pgd(LINF, steps=2, unroll=1),
    "pgd-l2": pgd(L2, steps=2, unroll=1),
    "pgd-l2-clipped": pgd(CLIPPED, steps=2, unroll=1),
    "pgd-l1": pgd(L1, steps=2, unroll=1),
    "pgd-kl": pgd(LINF, steps=2, unroll=1, loss="kl", random_start=gaussian_start()),
    "pgd-margin-trace": pgd(LINF, steps=2, unroll=1, loss="margin", trace=True),
    "pgd-adam": pgd(LINF, steps=2, unroll=1, step_rule=optax.adam(0.01)),
    "fgsm": pgd(LINF, steps=1, step_size=8 / 255, random_start=False),
    "apgd-linf": apgd(LINF, steps=4, unroll=False),
    "apgd-l2-dlr": apgd(L2, steps=4, loss="dlr", unroll=False),
    "apgd-l1": apgd(L1, steps=4, unroll=False),
    "apgd-targeted": apgd(LINF, steps=4, loss="dlr_targeted", targets=2, unroll=False),
    "fab-linf": fab(LINF, steps=2, unroll=False),
    "fab-l2": fab(L2, steps=2, unroll=False),
    "fab-l1": fab(L1, steps=2, unroll=False),
    "square-linf": square(LINF, queries=4),
    "square-l2": square(L2, queries=4),
    "square-l1": square(L1, queries=4),
}
OTHERS = {"gaussian_start", "projection", "steepest_step"}  # parts, of which the battery has rows
CLASSES = 4


def exported(function: Any, *arguments: Any) -> jax.export.Exported:
    shapes = jax.eval_shape(lambda *args: args, *arguments)
    return jax.export.export(jax.jit(function), platforms=PLATFORMS)(*shapes)


def assert_lowered(found: jax.export.Exported, results: Any) -> None:
    """For both platforms, with the results' shapes."""
    assert found.platforms == PLATFORMS
    expected = [(leaf.shape, leaf.dtype) for leaf in jax.tree.leaves(results)]
    assert [(leaf.shape, leaf.dtype) for leaf in found.out_avals] == expected


def batch() -> tuple[Any, Any]:
    rng = np.random.default_rng(0)
    x = jnp.asarray(rng.uniform(size=(2, 8, 8, 1)), jnp.float32)
    return x, jnp.array([0, 1])


def linear(weights: Any, x: Any) -> Any:
    return x.reshape(x.shape[0], -1) @ weights


def test_what_does_not_lower_is_noticed() -> None:
    """A call of the host, and the eigenvalues of a general matrix, which only a CPU finds."""
    matrix = jnp.eye(2, dtype=jnp.float32)

    def on_the_host(x: Any) -> Any:
        return jax.pure_callback(lambda x: x, jax.ShapeDtypeStruct(x.shape, x.dtype), x)

    with pytest.raises(NotImplementedError, match="callback"):
        exported(on_the_host, matrix)
    with pytest.raises(NotImplementedError, match="tpu"):
        jax.export.export(jax.jit(jnp.linalg.eigvals), platforms=["tpu"])(matrix)


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS.keys())
def test_attacks(attack: Attack) -> None:
    x, y = batch()
    weights = jnp.asarray(np.random.default_rng(1).normal(size=(64, CLASSES)), jnp.float32)

    def run(weights: Any, seed: Any, x: Any, y: Any) -> Any:
        return attack(Partial(linear, weights), jax.random.key(seed), x, y)

    arguments = (weights, jnp.int32(0), x, y)
    assert_lowered(exported(run, *arguments), jax.eval_shape(run, *arguments))


def test_every_attack_has_a_row() -> None:
    """What the package exports, and returns an attack when it is built."""
    built = {
        name
        for name in attacks.__all__
        if inspect.isfunction(getattr(attacks, name))
        and str(inspect.signature(getattr(attacks, name)).return_annotation) == "Attack"
    }
    assert {"pgd"} <= built
    assert built - OTHERS <= {name.partition("-")[0] for name in ATTACKS}


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS.keys())
def test_transformations(row: Row) -> None:
    def update(g: Any, p: Any, state: Any) -> Any:
        return tx.update(g, state, p, **row.extra(p))

    tx = row.tx
    # Keys are no arguments of an exported function: in a state they travel as their data.
    state = tx.init(params())
    leaves, tree = jax.tree.flatten(state)
    keys = [jnp.issubdtype(leaf.dtype, jax.dtypes.prng_key) for leaf in leaves]
    plain = [jax.random.key_data(v) if k else v for v, k in zip(leaves, keys, strict=True)]

    def from_data(g: Any, p: Any, plain: Any) -> Any:
        wrapped = [
            jax.random.wrap_key_data(v) if k else v for v, k in zip(plain, keys, strict=True)
        ]
        return update(g, p, tree.unflatten(wrapped))[0]

    arguments = (grads(), params(), plain)
    assert_lowered(exported(from_data, *arguments), params())


@pytest.mark.parametrize("bn", ["eval", "local", "reference"])
def test_an_attack_on_a_network_with_batch_norm(bn: Any) -> None:
    model = models.build("small-cnn", width=2, hidden=3, num_classes=CLASSES, batch_norm=True)
    network, state = jax.eval_shape(lambda: model.init(jax.random.key(0), (8, 8, 1)))
    attack = pgd(LINF, steps=2, unroll=1, bn=bn)
    x = jax.ShapeDtypeStruct((2, 8, 8, 1), jnp.float32)
    y = jax.ShapeDtypeStruct((2,), jnp.int32)

    def run(network: Any, state: Any, x: Any, y: Any) -> Any:
        return attack(Partial(model.apply, network), jax.random.key(0), x, y, state=state)

    found = jax.export.export(jax.jit(run), platforms=PLATFORMS)(network, state, x, y)
    assert_lowered(found, jax.eval_shape(run, network, state, x, y))


@pytest.mark.parametrize("name", ["standard", "adversarial", "noise", "trades"])
def test_gradients_of_objectives(name: str) -> None:
    model = models.build("small-cnn", width=2, hidden=3, num_classes=CLASSES, batch_norm=True)
    network, state = jax.eval_shape(lambda: model.init(jax.random.key(0), (8, 8, 1)))
    attack = pgd(LINF, steps=2, unroll=1)
    start = gaussian_start()
    objective = {
        "standard": lambda: standard(model.apply),
        "adversarial": lambda: adversarial(model.apply, attack),
        "noise": lambda: noise(model.apply, L2),
        "trades": lambda: trades(
            model.apply, pgd(LINF, steps=2, unroll=1, loss="kl", random_start=start)
        ),
    }[name]()
    x = jax.ShapeDtypeStruct((2, 8, 8, 1), jnp.float32)
    y = jax.ShapeDtypeStruct((2,), jnp.int32)

    def gradient(network: Any, state: Any, x: Any, y: Any) -> Any:
        key = jax.random.key(0)
        examples = objective.prepare(network, state, key, x, y, jnp.arange(2))
        return jax.grad(objective.loss, has_aux=True)(network, examples, key)[0]

    found = jax.export.export(jax.jit(gradient), platforms=PLATFORMS)(network, state, x, y)
    assert_lowered(found, network)
