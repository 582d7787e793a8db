"""Models against what torch computed on the same weights: logits, gradients, running statistics."""

from __future__ import annotations

import json
import re
from functools import partial
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxat import models

FIXTURES = Path(__file__).parent / "fixtures"
FLOAT64 = bool(jax.config.jax_enable_x64)  # type: ignore[attr-defined]
# Kinks of ReLU and the 1/n of small last maps amplify float32 rounding in the gradients.
TIGHT, LOOSE, GRADIENT = (1e-11, 1e-6, 1e-9) if FLOAT64 else (2e-5, 2e-4, 1e-3)
OPTIONS: dict[str, dict[str, Any]] = {
    "preactresnet18": {"width": 4},
    "resnet18": {"width": 4},
    "wrn-16-2": {"base_width": 4},
    "small-cnn": {"width": 4, "hidden": 8, "batch_norm": True},
}


def recorded(name: str) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """The archive, and its weights under torch's names."""
    stem = name.split("-16")[0]
    with np.load(FIXTURES / f"torch_{stem}.npz") as archive:
        file = {key: archive[key] for key in archive.files}
    weights, start = {}, 0
    for key, shape, exponent in json.loads(str(file["table"])):
        size = int(np.prod(shape))
        q = file["weights"][start : start + size].astype(np.float64)
        weights[key] = q.reshape(shape) * 2.0**exponent
        start += size
    assert start == file["weights"].size
    return file, weights


def close(ours: Any, theirs: np.ndarray, relative: float) -> None:
    """Equal to ``relative`` times the largest entry of ``theirs``."""
    np.testing.assert_allclose(
        np.asarray(ours), theirs, rtol=0, atol=relative * np.max(np.abs(theirs))
    )


@pytest.mark.parametrize("name", OPTIONS)
def test_the_model_computes_what_torch_computes(name: str) -> None:
    file, weights = recorded(name)
    dtype = "float64" if FLOAT64 else "float32"
    options = OPTIONS[name] | {"normalization": "cifar10", "param_dtype": dtype}
    model = models.build(name, **options)
    shape = (16, 12, 3)
    params, state = models.from_torch(name, weights, input_shape=shape, **options)
    pixels = jnp.asarray(file["pixels"].transpose(0, 2, 3, 1) / 256, dtype)
    labels = jnp.asarray(file["labels"].astype(np.int32))

    # Nobody runs it twice, and optimising it takes twice as long.
    @partial(jax.jit, compiler_options={"xla_backend_optimization_level": 0})
    def both(params: Any, x: jax.Array) -> dict[str, Any]:
        def loss(params: Any, x: jax.Array, mode: Any) -> tuple[jax.Array, Any]:
            logits, moved = model.apply(params, state, x, train=mode)
            logp = jax.nn.log_softmax(logits)
            return -jnp.mean(jnp.take_along_axis(logp, labels[:, None], 1)), (logits, moved)

        gradient = jax.grad(loss, (0, 1), has_aux=True)
        return {"eval": gradient(params, x, "eval"), "train": gradient(params, x, "update")}

    names = json.loads(str(file["weight_gradient_names"]))
    for mode, ((by_params, by_pixels), (logits, moved)) in both(params, pixels).items():
        assert logits.dtype == dtype
        close(logits, file[f"{mode}/logits"], TIGHT)
        close(by_pixels.transpose(0, 3, 1, 2), file[f"{mode}/input_gradient"], LOOSE)
        theirs = dict(zip(names, file[f"{mode}/weight_gradients"], strict=True))
        gradients, values = by_torch_name(name, by_params), by_torch_name(name, params)
        assert set(gradients) == set(theirs)
        largest = max(norm for _, norm in theirs.values())
        for key, (inner, norm) in theirs.items():
            g, w = gradients[key].ravel(), values[key].ravel()
            # A gradient that is zero but for rounding has no relative accuracy.
            allowed = GRADIENT * (norm + 1e-3 * largest)
            assert abs(np.linalg.norm(g) - norm) <= allowed, key
            assert abs(g @ w - inner) <= allowed * np.linalg.norm(w), key
        if mode == "eval":
            assert jax.tree.all(jax.tree.map(np.array_equal, moved, state))
        else:
            ours = by_torch_name(name, moved)
            running = [key for key in weights if "running" in key]
            assert set(ours) == set(running)
            close(np.concatenate([ours[key] for key in running]), file["moved"], TIGHT)


def by_torch_name(name: str, tree: Any) -> dict[str, np.ndarray]:
    """Our leaves under torch's names: written out here, apart from the table of the library."""
    out = {}
    for path, leaf in jax.tree_util.tree_leaves_with_path(tree):
        *layers, last = [entry.key for entry in path]
        place = ".".join(layers)
        if name.startswith("wrn"):
            place = re.sub(r"(block.)_(.)", r"\1.layer.\2", place)
            place = place.replace("shortcut", "convShortcut").replace("linear", "fc")
        else:
            place = re.sub(r"(layer.)_(.)", r"\1.\2", place).replace("shortcut_conv", "shortcut.0")
            place = place.replace("shortcut_bn", "shortcut.1")
            place = re.sub(r"shortcut$", "shortcut.0", place)
        kind = {"mean": "running_mean", "var": "running_var", "bias": "bias"}.get(last, "weight")
        out[f"{place}.{kind}"] = np.asarray(leaf, np.float64)
    return out


@pytest.mark.parametrize("name", ["preactresnet18", "resnet18", "wrn-34-10"])
def test_full_size_models_have_torchs_parameters(name: str) -> None:
    full = json.loads((FIXTURES / "torch_full_size.json").read_text(encoding="utf-8"))[name]
    init = partial(models.build(name).init, input_shape=(32, 32, 3))
    params, state = jax.eval_shape(init, jax.random.key(0))
    published = {"preactresnet18": 11_172_170, "wrn-34-10": 46_160_474, "resnet18": 11_173_962}
    assert models.parameter_count(params) == full["parameters"] == published[name]
    zeros = {key: np.broadcast_to(np.float32(0), shape) for key, shape in full["shapes"].items()}
    loaded = jax.eval_shape(
        lambda: models.from_torch(name, {f"module.{k}": v for k, v in zeros.items()})
    )
    assert jax.tree.structure(loaded) == jax.tree.structure(models.Variables(params, state))
    assert loaded == models.Variables(params, state)


@pytest.mark.parametrize("name", ["preactresnet18", "wrn-34-10"])
def test_initial_weights_follow_torchs_law(name: str) -> None:
    full = json.loads((FIXTURES / "torch_full_size.json").read_text(encoding="utf-8"))[name]
    # The same layers at full size, of which the two largest stages would only cost time.
    wanted = {k: v for k, v in full["spread"].items() if np.prod(full["shapes"][k]) <= 3e5}
    small = models.build(name) if name == "preactresnet18" else models.build("wrn-10-10")
    params, _ = small.init(jax.random.key(3), (32, 32, 3))
    ours = by_torch_name(name, params)
    compared = 0
    for key in wanted.keys() & ours.keys():
        n = ours[key].size
        std, most = wanted[key]
        assert abs(ours[key].std() / std - 1) < 5 / np.sqrt(n), key
        if name == "preactresnet18":  # uniform: the largest of n is within a few 1/n of the bound
            assert abs(np.abs(ours[key]).max() / most - 1) < 20 / n, key
        compared += 1
    assert compared >= 4
