"""Whole updates lower for TPUs and GPUs, on a machine that has neither."""

from __future__ import annotations

from typing import Any

import jax
import numpy as np
import pytest
from jax import export

from jaxat import data
from jaxat.config import Config
from jaxat.parts import build
from jaxat.state import initial_state
from jaxat.update import TrainingSet, make_update, make_updates

BASE: dict[str, Any] = {
    "dataset": "synthetic-two",
    "batch": 4,
    "model": "small-cnn",
    "attack_steps": 2,
    "model_options": {"width": 2, "hidden": 3, "batch_norm": True, "dtype": "bfloat16"},
    "ensgd_steps": 2,
    "ensgd_step": 0.05,
}
CASES: dict[str, dict[str, Any]] = {
    "at": {"attack_bn": "local"},
    "awp": {"awp": 0.01, "attack_bn": "reference"},
    "ensgd": {"ensgd": "first", "nesterov": True},
    "awp-ensgd2": {"ensgd": "second", "awp": 0.01},
    "trades": {"objective": "trades", "attack_start": "gaussian", "attack_bn": "eval"},
}
CROPPED = data.Augmentation(padding=1, border="reflect", flip=True, degrees=10.0)


@pytest.mark.parametrize("name", CASES)
def test_a_chunk_of_updates_lowers_for_tpu_and_cuda(name: str) -> None:
    config, info = Config(**{**BASE, **CASES[name]}), data.info("synthetic-two")
    parts = build(config, info, jax.random.key(0))
    updates: Any = make_updates(make_update(parts, CROPPED, jax.random.key(1)))
    state = jax.eval_shape(lambda key: initial_state(parts, info.shape, key), jax.random.key(2))
    shape: Any = jax.ShapeDtypeStruct
    images = TrainingSet(shape((20, *info.shape), np.uint8), shape((20,), np.int32))
    each = parts.minibatches(0)
    rows = shape((3, each, config.batch), np.int32)
    rates, count = shape((3,), np.float32), shape((), np.int32)
    lowered = export.export(updates, platforms=("tpu", "cuda"))(
        state, images, rows, rates, count, phase=0
    )
    assert lowered.platforms == ("tpu", "cuda")
    # The state comes back as it went in, so that the next chunk compiles nothing anew.
    before = [(leaf.shape, leaf.dtype) for leaf in jax.tree.leaves(state)]
    after, metrics = lowered.out_tree.unflatten(lowered.out_avals)
    assert [(leaf.shape, leaf.dtype) for leaf in jax.tree.leaves(after)] == before
    assert {leaf.shape for leaf in jax.tree.leaves(metrics)} == {(3,)}
    text = lowered.mlir_module()
    assert "while" in text
    # In both directions: one convolution in float32 would take twice the time of its place.
    computed = [line.rsplit("-> ", 1)[1] for line in text.splitlines() if "convolution(" in line]
    assert len(computed) >= 6
    assert all("xbf16>" in result for result in computed)
