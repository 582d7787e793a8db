"""Public checkpoints under their several spellings, and what is said when one does not fit."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxat import models

FIXTURES = Path(__file__).parent / "fixtures"
CNN: dict[str, Any] = {"width": 2, "hidden": 3, "batch_norm": True, "input_shape": (8, 12, 3)}


def random_weights(name: str) -> dict[str, np.ndarray]:
    """Random arrays under the names and in the shapes that torch gives the recorded model."""
    rng = np.random.default_rng(0)
    with np.load(FIXTURES / f"torch_{name}.npz") as archive:
        table = json.loads(str(archive["table"]))
    return {key: rng.uniform(0.5, 1, shape).astype(np.float32) for key, shape, _ in table}


def small_cnn_weights() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(1)
    shapes: dict[str, tuple[int, ...]] = {
        "conv1.weight": (2, 3, 4, 4),
        "conv2.weight": (4, 2, 4, 4),
        "linear1.weight": (3, 4 * 2 * 3),
        "linear1.bias": (3,),
        "linear2.weight": (10, 3),
        "linear2.bias": (10,),
    }
    for bn, size in (("bn1", 2), ("bn2", 4)):
        for leaf in ("weight", "bias", "running_mean", "running_var"):
            shapes[f"{bn}.{leaf}"] = (size,)
    return {key: rng.uniform(0.5, 1, shape).astype(np.float32) for key, shape in shapes.items()}


def same(one: models.Variables, two: models.Variables) -> bool:
    return jax.tree.all(jax.tree.map(np.array_equal, one, two))


def test_kernels_go_to_their_places() -> None:
    weights = random_weights("preactresnet18")
    params, state = models.from_torch("preactresnet18", weights, width=4)
    kernel, theirs = params["layer3_1"]["conv2"]["kernel"], weights["layer3.1.conv2.weight"]
    assert kernel.shape == (3, 3, 16, 16)
    assert kernel[0, 2, 5, 7] == theirs[7, 5, 0, 2]
    assert params["linear"]["kernel"][5, 7] == weights["linear.weight"][7, 5]
    one_by_one = params["layer2_0"]["shortcut"]["kernel"]
    assert one_by_one[0, 0, 3, 6] == weights["layer2.0.shortcut.0.weight"][6, 3, 0, 0]
    np.testing.assert_array_equal(state["bn"]["var"], weights["bn.running_var"])
    np.testing.assert_array_equal(params["bn"]["scale"], weights["bn.weight"])


def test_other_spellings_are_understood() -> None:
    weights = random_weights("resnet18")
    usual = models.from_torch("resnet18", weights, width=4)
    respelt = {
        "module.model." + k.replace("shortcut", "downsample").replace("linear", "fc"): v
        for k, v in weights.items()
    }
    assert same(models.from_torch("resnet18", respelt, width=4), usual)
    behind_normalisation = {f"1.{key}": value for key, value in weights.items()}
    assert same(models.from_torch("resnet18", behind_normalisation, width=4), usual)


def test_unused_arrays_of_the_wide_network_are_left_out() -> None:
    weights = random_weights("wrn")
    usual = models.from_torch("wrn-16-2", weights, base_width=4)
    kernel = usual.params["block2_0"]["shortcut"]["kernel"]
    assert kernel[0, 0, 1, 2] == weights["block2.layer.0.convShortcut.weight"][2, 1, 0, 0]
    unused = {k.replace("block1", "sub_block1"): v for k, v in weights.items() if "block1" in k}
    counters = {k.replace("running_var", "num_batches_tracked"): np.array(7) for k in weights}
    counters = {k: v for k, v in counters.items() if "num_batches" in k}
    assert unused
    assert counters
    parallel = {f"module.{key}": v for key, v in (weights | unused | counters).items()}
    assert same(models.from_torch("wrn-16-2", parallel, base_width=4), usual)


@pytest.mark.parametrize("name", ["logistic", "small-cnn"])
def test_flattening_follows_our_order_of_axes(name: str) -> None:
    rng = np.random.default_rng(2)
    x = rng.uniform(size=(2, 8, 12, 3)).astype(np.float32)
    if name == "logistic":
        weights = {
            "linear.weight": rng.normal(size=(1, 288)).astype(np.float32),
            "linear.bias": np.zeros(1),
        }
        model = models.build(name)
        params, state = models.from_torch(name, weights, input_shape=(8, 12, 3))
        expected = x.transpose(0, 3, 1, 2).reshape(2, -1) @ weights["linear.weight"][0]
        logits, _ = model.apply(params, state, jnp.asarray(x), train="eval")
        np.testing.assert_allclose(logits[:, 1], expected, rtol=1e-4, atol=1e-4)
    else:
        weights = small_cnn_weights()
        params, _ = models.from_torch(name, weights, **CNN)
        # Height 1, width 2, channel 3 of a map of 4 channels, 2 high, 3 wide.
        ours, theirs = (1 * 3 + 2) * 4 + 3, 3 * 6 + 1 * 3 + 2
        assert params["linear1"]["kernel"][ours, 1] == weights["linear1.weight"][1, theirs]


def test_normalisation_of_the_checkpoint_must_be_the_models() -> None:
    weights = {f"1.{k}": v for k, v in small_cnn_weights().items()}
    weights["0.mean"] = np.array([0.4914, 0.4822, 0.4465]).reshape(1, 3, 1, 1)
    weights["0.std"] = np.array([0.2471, 0.2435, 0.2616]).reshape(1, 3, 1, 1)
    models.from_torch("small-cnn", weights, **CNN, normalization="cifar10")
    for normalization in (None, "svhn"):
        with pytest.raises(ValueError, match=r"normalises with 0.mean = \[0.4914"):
            models.from_torch("small-cnn", weights, **CNN, normalization=normalization)


def test_what_does_not_fit_is_named() -> None:
    weights = small_cnn_weights()

    def load(changes: dict[str, Any], **options: Any) -> None:
        changed = {k: v for k, v in (weights | changes).items() if v is not None}
        models.from_torch("small-cnn", changed, **CNN | options)

    load({})
    with pytest.raises(ValueError, match="lacks 1 arrays of model 'small-cnn': bn1.running_var"):
        load({"bn1.running_var": None})
    with pytest.raises(ValueError, match="has 1 arrays .* no place for: conv3.weight"):
        load({"conv3.weight": np.ones((1, 1, 1, 1))})
    with pytest.raises(ValueError, match=r"linear2.bias has shape \(10,\); .* needs \(7,\)"):
        load({}, num_classes=7)
    with pytest.raises(ValueError, match="conv1.weight has values that are not finite"):
        load({"conv1.weight": np.full((2, 3, 4, 4), np.nan)})
    with pytest.raises(ValueError, match="lacks 14 arrays"):
        models.from_torch("small-cnn", {}, **CNN)
