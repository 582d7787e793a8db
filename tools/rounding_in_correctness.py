"""What weights that are off by a little make, in what benchmarks/on_gpu/correctness.py compares.

    PYTHONPATH=. python tools/rounding_in_correctness.py

The tolerances there rest on this: an error of 0.000001 of every weight, about what another order of
additions makes, for the smooth networks that are compared and for the same ones with ReLU; and what
bfloat16 makes by itself on a processor. Full size, a few minutes.
"""

from __future__ import annotations

from typing import Any

import jax
import numpy as np

from benchmarks.on_gpu import correctness
from benchmarks.on_gpu.sizes import FULL, METHODS, random_sets
from jaxat.trainer import Trainer

OFF = 1e-6


def off(tree: Any) -> Any:
    rng = np.random.default_rng(1)
    return jax.tree.map(
        lambda w: (w * (1 + OFF * rng.standard_normal(w.shape))).astype(w.dtype), tree
    )


def network(name: str, activation: str) -> None:
    correctness.SMOOTH = {"activation": activation}
    case = correctness.network_case(FULL, name)
    run = jax.jit(case.run("float32"))
    params, *others = case.arguments
    right, found = run(params, *others), {"off": run(off(params), *others)}
    if activation == "swish":
        found["bfloat16"] = jax.jit(case.run("bfloat16"))(params, *others)
    for what, values in found.items():
        errors = {k: f"{correctness.relative_error(values[k], right[k]):.1e}" for k in right}
        print(f"{name}, {activation}, {what}: {errors}", flush=True)


def update(method: str) -> None:
    correctness.SMOOTH = {"activation": "swish"}
    settings = {**METHODS[method], "batch": 8, "attack_steps": 2, "chunk": 1}
    settings["model_options"] = {"width": 16, **correctness.SMOOTH}
    if "ensgd" in settings:
        settings["ensgd_steps"] = 2
    config = FULL.config(dtype="float32", **settings)
    trainer = Trainer(config, 0, sets=random_sets(FULL, 16))
    rows: list[dict[str, float]] = []
    for change in (lambda tree: tree, off):
        state = trainer.start()
        state = state._replace(params=change(state.params))
        trainer.epoch(state, 0, lambda chunk: rows.append(chunk.rows[0]))
    # An epoch is two minibatches; the first of each epoch is compared.
    first, other = (
        row for row in rows if row["minibatch"] <= max(settings.get("ensgd_steps", 1), 1)
    )
    names = ("loss", "step_norm")
    print(f"{method}: {[f'{abs(other[n] / first[n] - 1):.1e}' for n in names]}", flush=True)


if __name__ == "__main__":
    for method in METHODS:
        update(method)
    for name in FULL.networks:
        for activation in ("swish", "relu"):
            network(name, activation)
