"""Updates of the weights against those of the public training code, on the same weights.

tools/make_training_fixtures.py says how the code of AWP (with AT and TRADES in it) and that of
EntropySGD were run, and what was left out of them.
"""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxat import models, objectives
from jaxat.attacks import pgd
from jaxat.config import Config
from jaxat.data import Augmentation, info
from jaxat.parts import build
from jaxat.state import TrainState
from jaxat.threat import ThreatModel
from jaxat.update import TrainingSet, make_update
from tests.jaxat.test_models_torch import by_torch_name, recorded

if jnp.zeros(()).dtype != jnp.float64:
    pytest.skip("recorded in float64, and signs of gradients follow it", allow_module_level=True)

FIXTURE = Path(__file__).parent / "fixtures" / "torch_training.npz"
NAME, EPS, STEPS, BATCH = "preactresnet18", 8 / 255, 3, 4
OPTIONS: dict[str, Any] = {"width": 4, "normalization": "cifar10", "param_dtype": "float64"}
CONFIG = Config(
    model=NAME,
    model_options=OPTIONS,
    batch=BATCH,
    attack_steps=STEPS,
    attack_bn="reference",
    lr=0.1,
    momentum=0.9,
    weight_decay=5e-4,
    ensgd_steps=2,
    ensgd_noise=0.0,
)
RTOL = 1e-11
LAYOUT = {1: (0,), 2: (1, 0), 4: (3, 2, 0, 1)}
CASES: dict[str, dict[str, Any]] = {
    "at": {},
    "awp": {"awp": 0.01},
    "trades": {"objective": "trades", "attack_bn": "eval"},
    "trades-awp": {"objective": "trades", "attack_bn": "eval", "awp": 0.01},
    "at-ensgd": {"ensgd": "first", "nesterov": True},
}


@pytest.fixture(scope="module")
def public() -> dict[str, np.ndarray]:
    with np.load(FIXTURE) as archive:
        return {key: archive[key] for key in archive.files}


def trained(config: Config, public: dict[str, np.ndarray], updates: int) -> tuple[Any, ...]:
    """The state before and after so many updates on the recorded minibatches, and the losses."""
    starts = jnp.asarray(public["starts"].transpose(0, 2, 3, 1).astype(np.float64) / 127)
    scale = 1e-3 if config.objective == "trades" else EPS
    attack = pgd(
        ThreatModel("linf", EPS, combine="ball-then-box"),
        steps=STEPS,
        step_size=2 / 255,
        random_start=lambda key, x, index: scale * starts[index],
        bn=config.attack_bn,
        loss="kl" if config.objective == "trades" else "ce",
    )
    parts = build(config, info("cifar10"), jax.random.key(0))
    if config.objective == "trades":
        objective = objectives.trades(parts.model.apply, attack, beta=config.beta)
    else:
        objective = objectives.adversarial(parts.model.apply, attack)
    parts = dataclasses.replace(parts, objective=objective)
    _, weights = recorded(NAME)
    params, statistics = models.from_torch(NAME, weights, input_shape=(16, 12, 3), **OPTIONS)
    state = TrainState(params, statistics, parts.transformation.init(params), jnp.int32(0))
    make = make_update(parts, Augmentation(), jax.random.key(1))
    update = jax.jit(make, static_argnames="phase")
    images = TrainingSet(
        jnp.asarray(public["pixels"].transpose(0, 2, 3, 1)),
        jnp.asarray(public["labels"].astype(np.int32)),
    )
    before, each, losses = state, parts.minibatches(0), []
    for k in range(updates):
        rows = jnp.arange(k * each * BATCH, (k + 1) * each * BATCH).reshape(each, BATCH)
        state, metrics = update(state, images, rows, 0.1, phase=0)
        losses.append(float(metrics["loss"]))
    return before, state, np.array(losses)


def moves(before: Any, after: Any, names: list[str]) -> np.ndarray:
    """Of every parameter: two inner products of its move with random vectors, and the length."""
    old, new = (by_torch_name(NAME, state.params) for state in (before, after))
    assert set(names) == set(new)
    rng, rows = np.random.RandomState(7), []
    for key in names:
        # Kernels are rows, columns, inputs, outputs here and the other way round there.
        move = (new[key] - old[key]).transpose(LAYOUT[new[key].ndim]).ravel()
        rows.append([*(rng.standard_normal((2, move.size)) @ move), np.linalg.norm(move)])
    return np.array(rows)


def updates_of(name: str, config: Config, public: dict[str, np.ndarray]) -> int:
    minibatches = len(public[f"{name}/losses"])
    return minibatches if config.ensgd == "none" else minibatches // config.ensgd_steps


@pytest.mark.parametrize("name", CASES)
def test_weights_move_as_in_the_public_code(name: str, public: dict[str, np.ndarray]) -> None:
    config = dataclasses.replace(CONFIG, **CASES[name])
    before, after, losses = trained(config, public, updates_of(name, config, public))
    wanted = public[f"{name}/moves"]
    found = moves(before, after, json.loads(str(public["parameters"])))
    np.testing.assert_allclose(found, wanted, rtol=0, atol=RTOL * wanted[:, 2].max())
    assert wanted[:, 2].min() > 0
    if not config.awp:  # the public code tells the loss at the perturbed weights
        theirs = public[f"{name}/losses"].reshape(len(losses), -1).mean(1)
        np.testing.assert_allclose(losses, theirs, rtol=RTOL)
    if f"{name}/running" in public:
        _, weights = recorded(NAME)
        statistics = by_torch_name(NAME, after.model_state)
        ours = np.concatenate([statistics[key].ravel() for key in weights if "running" in key])
        np.testing.assert_allclose(ours, public[f"{name}/running"], rtol=RTOL, atol=RTOL)


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("at", {"weight_decay": 4e-4}),
        ("awp", {"awp": 0.0101}),
        ("trades", {"beta": 5.9}),
        ("at-ensgd", {"ensgd_averaging": 0.74}),
    ],
)
def test_a_number_that_is_a_little_off_is_seen(
    name: str, fault: dict[str, Any], public: dict[str, np.ndarray]
) -> None:
    config = dataclasses.replace(CONFIG, **{**CASES[name], **fault})
    before, after, _ = trained(config, public, updates_of(name, config, public))
    wanted = public[f"{name}/moves"]
    found = moves(before, after, json.loads(str(public["parameters"])))
    assert np.abs(found - wanted).max() > 1e6 * RTOL * wanted[:, 2].max()
