"""What every model promises: modes, dtypes, options, errors, and Flax that stays inside."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxat import models

ROOT = Path(__file__).parents[2]
FLOAT64 = bool(jax.config.jax_enable_x64)  # type: ignore[attr-defined]
SHAPE = (8, 8, 3)
NORMED: dict[str, Any] = {"width": 2, "hidden": 4, "batch_norm": True}


def made(name: str, shape: tuple[int, ...] = SHAPE, **options: Any) -> tuple[Any, Any, Any]:
    model = models.build(name, **options)
    return model, *model.init(jax.random.key(1), shape)


def run(model: models.Model, params: Any, state: Any, x: jax.Array, train: str, **key: Any) -> Any:
    """``apply`` compiled, without the passes that cost more here than they save."""
    quick = {"xla_backend_optimization_level": 0}
    compiled = jax.jit(model.apply, static_argnames="train", compiler_options=quick)
    return compiled(params, state, x, train=train, **key)


def pixels(batch: int = 6, shape: tuple[int, ...] = SHAPE, seed: int = 2) -> jax.Array:
    return jax.random.uniform(jax.random.key(seed), (batch, *shape), jnp.float32)


def test_statistics_of_the_batch_move_only_in_update_and_never_in_eval() -> None:
    model, params, state = made("small-cnn", **NORMED)
    x = pixels()
    batch, kept = run(model, params, state, x, "batch")
    update, moved = run(model, params, state, x, "update")
    assert jax.tree.all(jax.tree.map(np.array_equal, kept, state))
    np.testing.assert_array_equal(batch, update)
    # The first layer by hand: the state has moved to its mean and its n/(n - 1) variance.
    windows = jnp.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)))
    kernel = np.asarray(params["conv1"]["kernel"], np.float64)
    y = np.zeros((6, 4, 4, 2))
    for i in range(4):
        for j in range(4):
            y += np.asarray(windows[:, i : i + 7 : 2, j : j + 7 : 2], np.float64) @ kernel[i, j]
    tolerance: dict[str, Any] = {"rtol": 1e-5, "atol": 1e-6}
    np.testing.assert_allclose(moved["bn1"]["mean"], 0.1 * y.mean((0, 1, 2)), **tolerance)
    unbiased = y.reshape(-1, 2).var(axis=0, ddof=1)
    np.testing.assert_allclose(moved["bn1"]["var"], 0.9 + 0.1 * unbiased, **tolerance)
    # Eval looks at one example at a time; batch does not.
    together, _ = run(model, params, moved, x, "eval")
    alone, _ = run(model, params, moved, x[:2], "eval")
    np.testing.assert_allclose(together[:2], alone, rtol=1e-5, atol=1e-6)
    fewer, _ = run(model, params, moved, x[:2], "batch")
    assert np.max(np.abs(np.asarray(fewer - batch[:2]))) > 1e-3


def test_the_running_variance_can_be_biased_and_the_momentum_chosen() -> None:
    x = pixels(batch=2)
    _, params, state = made("small-cnn", **NORMED)
    moved = {}
    for unbiased in (True, False):
        options = NORMED | {"unbiased_variance": unbiased, "bn_momentum": 1.0}
        model = models.build("small-cnn", **options)
        _, moved[unbiased] = run(model, params, state, x, "update")
    # The second map is 2x2, so each channel has 2 * 4 values.
    ratio = moved[True]["bn2"]["var"] / moved[False]["bn2"]["var"]
    np.testing.assert_allclose(ratio, 8 / 7, rtol=1e-5)
    np.testing.assert_array_equal(moved[True]["bn2"]["mean"], moved[False]["bn2"]["mean"])


def test_one_value_a_channel_has_no_unbiased_variance() -> None:
    model, params, state = made("small-cnn", (4, 4, 3), **NORMED)
    x = pixels(batch=1, shape=(4, 4, 3))
    with pytest.raises(ValueError, match="at least two values a channel"):
        run(model, params, state, x, "update")
    assert np.all(np.isfinite(run(model, params, state, x, "batch")[0]))


def test_the_second_step_compiles_nothing() -> None:
    model, params, state = made("small-cnn", **NORMED)
    step = jax.jit(lambda p, s, x: model.apply(p, s, x, train="update"))
    for seed in range(3):
        _, state = step(params, state, pixels(seed=seed))
    assert step._cache_size() == 1  # type: ignore[attr-defined]


def test_float32_parameters_compute_in_bfloat16_and_answer_in_float32() -> None:
    options = NORMED | {"width": 8, "normalization": "cifar10"}
    model, params, state = made("small-cnn", **options, dtype="bfloat16")
    x = pixels()
    text = str(jax.make_jaxpr(lambda x: model.apply(params, state, x, train="update"))(x))
    assert "bf16[6,4,4,8] = conv_general_dilated" in text.replace("\n", " ")
    logits, moved = run(model, params, state, x, "update")
    assert {leaf.dtype.name for leaf in jax.tree.leaves((params, state, moved, logits))} == {
        "float32"
    }
    exact, _ = run(models.build("small-cnn", **options), params, state, x, "update")
    gap = float(jnp.max(jnp.abs(logits - exact)) / jnp.max(jnp.abs(exact)))
    assert 1e-6 < gap < 0.05


def test_the_dtype_is_the_one_that_inputs_and_parameters_have_in_common() -> None:
    model, params, state = made("small-cnn", **NORMED)
    half, _ = run(model, params, state, pixels().astype(jnp.bfloat16), "eval")
    assert half.dtype == jnp.float32
    if FLOAT64:
        wide, moved = run(model, params, state, pixels().astype(jnp.float64), "update")
        assert wide.dtype == jnp.float64
        assert moved["bn1"]["mean"].dtype == jnp.float32
        _, params, state = made("logistic", param_dtype="float64")
        assert {leaf.dtype.name for leaf in jax.tree.leaves((params, state))} == {"float64"}
    else:
        with pytest.raises(ValueError, match="JAX_ENABLE_X64=1"):
            models.build("logistic", param_dtype="float64")


@pytest.mark.parametrize("bias", [True, False])
def test_cross_entropy_of_the_logistic_model_is_the_logistic_loss(bias: bool) -> None:
    model, params, state = made("logistic", (5,), bias=bias)
    x = jax.random.normal(jax.random.key(0), (7, 5), jnp.float32)
    logits, _ = run(model, params, state, x, "update")
    w = np.asarray(params["linear"]["kernel"], np.float64)[:, 0]
    margin = np.asarray(x, np.float64) @ w
    assert ("bias" in params["linear"]) == bias
    margin += float(params["linear"]["bias"][0]) if bias else 0.0
    for label, sign in ((0, -1), (1, 1)):
        loss = -jax.nn.log_softmax(logits)[:, label]
        np.testing.assert_allclose(loss, np.log1p(np.exp(-sign * margin)), rtol=2e-6)


def test_normalisation_stands_inside_and_is_seen_by_the_gradient() -> None:
    law = ((0.2, 0.3, 0.4), (0.5, 0.25, 2.0))
    mean, std = (jnp.array(v, jnp.float32).reshape(1, 1, 1, 3) for v in law)
    inside, params, state = made("small-cnn", normalization=law, **NORMED)
    outside = models.build("small-cnn", **NORMED)

    def first(model: models.Model, x: jax.Array) -> jax.Array:
        return model.apply(params, state, x, train="eval")[0][:, 0].sum()

    x = pixels()
    by_hand = jax.grad(lambda x: first(outside, x))((x - mean) / std) / std
    np.testing.assert_allclose(
        jax.grad(lambda x: first(inside, x))(x), by_hand, rtol=1e-4, atol=1e-7
    )
    with pytest.raises(ValueError, match="has 3 channels and the input has 1"):
        models.build("small-cnn", normalization="cifar10").init(jax.random.key(0), (8, 8, 1))


def test_dropout_needs_a_key_in_training_and_none_in_evaluation() -> None:
    model, params, state = made("wrn-10-1", base_width=2, dropout=0.5)
    x = pixels(batch=2)
    with pytest.raises(ValueError, match="needs key="):
        run(model, params, state, x, "batch")
    one, two = (run(model, params, state, x, "batch", key=jax.random.key(k))[0] for k in (0, 1))
    again, _ = run(model, params, state, x, "batch", key=jax.random.key(0))
    np.testing.assert_array_equal(one, again)
    assert not np.allclose(one, two)
    assert np.all(np.isfinite(run(model, params, state, x, "eval")[0]))


def test_options_survive_json_and_build_the_same_model() -> None:
    chosen = NORMED | {"normalization": ((0.5,), (0.25,)), "activation": "swish", "num_classes": 3}
    options: dict[str, Any] = chosen | {"width": np.int64(2)}
    model, params, state = made("small-cnn", **options)
    again = models.build("small-cnn", **json.loads(json.dumps(model.options)))
    assert again.options == model.options
    for m in (model, again):
        assert m.options["width"] == 2
    ours, theirs = (run(m, params, state, pixels(), "eval")[0] for m in (model, again))
    np.testing.assert_array_equal(ours, theirs)
    assert ours.shape == (6, 3)


def test_seeds_can_be_vmapped() -> None:
    model = models.build("small-cnn", **NORMED)
    keys = jax.random.split(jax.random.key(0), 3)
    params, state = jax.vmap(lambda key: model.init(key, SHAPE))(keys)
    apply = jax.vmap(lambda p, s: model.apply(p, s, pixels(), train="update"))
    logits, _ = jax.jit(apply)(params, state)
    for k in range(3):
        alone, _ = run(model, *model.init(keys[k], SHAPE), pixels(), "update")
        np.testing.assert_allclose(logits[k], alone, rtol=1e-4, atol=1e-5)


def test_tensors_with_more_than_one_axis_are_the_twenty_one_of_the_reference() -> None:
    params = jax.eval_shape(
        lambda key: models.build("preactresnet18").init(key, (32, 32, 3)), jax.random.key(0)
    ).params
    assert sum(leaf.ndim > 1 for leaf in jax.tree.leaves(params)) == 21


@pytest.mark.parametrize(("init", "std"), [("he", 2 / (9 * 64)), ("lecun", 1 / (9 * 64))])
def test_initial_laws(init: str, std: float) -> None:
    params, _ = models.build("preactresnet18", init=init).init(jax.random.key(0), SHAPE)
    kernel = np.asarray(params["layer1_0"]["conv1"]["kernel"], np.float64)
    spread = np.sqrt(std)
    assert abs(kernel.std() / spread - 1) < 0.02
    assert abs(kernel.mean()) < 4 * spread / np.sqrt(kernel.size)
    # Normal numbers reach beyond three and a half deviations, the cut ones stop at 2.274.
    assert (np.abs(kernel).max() / spread > 3.5) == (init == "he")
    assert not np.any(params["linear"]["bias"])
    assert init == "he" or np.abs(kernel).max() / spread < 2.28


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("preactresnet-18", {}, "Did you mean preactresnet18"),
        ("transformer", {}, "Known: logistic, preactresnet18"),
        ("resnet18", {"num_class": 10}, "Unknown option 'num_class'.* Did you mean num_classes"),
        ("resnet18", {"num_classes": 1}, "integer of at least 2; got 1"),
        ("resnet18", {"width": 2.5}, "width is an integer .* got 2.5"),
        ("wrn", {}, "needs depth= and width="),
        ("wrn-33-10", {}, "6 n [+] 4 .* got 33"),
        ("wrn-34-10", {"depth": 28}, "already says 34"),
        ("wrn-34-10", {"dropout": 1.0}, "dropout is a probability"),
        ("logistic", {"bias": 1}, "bias is True or False; got 1"),
        ("resnet18", {"activation": "swich"}, "Unknown activation 'swich'. Did you mean swish"),
        ("resnet18", {"normalization": "cifar"}, "Did you mean cifar10, cifar100"),
        ("resnet18", {"normalization": ((0.5,), (0.0,))}, "std above 0"),
        ("resnet18", {"normalization": 3}, "pair .mean, std."),
        ("resnet18", {"init": "xavier"}, "Unknown init 'xavier'"),
        ("resnet18", {"dtype": "bf16"}, "Unknown dtype 'bf16'. Did you mean bfloat16"),
        ("resnet18", {"param_dtype": "bfloat16"}, "Unknown param_dtype"),
        ("resnet18", {"bn_momentum": 0.0}, "bn_momentum is a number above 0 and at most 1"),
        ("resnet18", {"unbiased_variance": "yes"}, "unbiased_variance is True or False"),
        ("resnet18", {"conv_gradient": "fast"}, "Unknown conv_gradient"),
    ],
)
def test_what_cannot_be_built_is_said(name: str, options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        models.build(name, **options)


def test_what_cannot_be_applied_is_said() -> None:
    model, params, state = made("small-cnn", **NORMED)
    x = pixels()
    with pytest.raises(ValueError, match="Unknown train 'training'. Known: batch, eval, update"):
        run(model, params, state, x, "training")
    with pytest.raises(ValueError, match="Divide grey levels by 255"):
        model.apply(params, state, jnp.zeros((2, *SHAPE), jnp.uint8), train="eval")
    with pytest.raises(ValueError, match=r"got shape \(8, 8, 3\)"):
        model.apply(params, state, x[0], train="eval")
    with pytest.raises(ValueError, match="not those of model 'small-cnn'"):
        models.build("small-cnn", width=3).apply(params, state, x, train="eval")
    with pytest.raises(ValueError, match="without the batch axis"):
        model.init(jax.random.key(0), (1, *SHAPE))
    with pytest.raises(ValueError, match="too small"):
        model.init(jax.random.key(0), (3, 3, 3))


def test_flax_stays_inside() -> None:
    for path in sorted((ROOT / "jaxat").rglob("*.py")):
        inside = path.parent == ROOT / "jaxat" / "models"
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            tops = {name.split(".")[0] for name in names}
            assert "torch" not in tops, path
            assert inside or "flax" not in tops, path
