"""Eight forced devices and two processes: the same training, and no talk where none is needed."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest

from jaxat.config import Config
from jaxat.train import fit

X64 = jnp.zeros(()).dtype == jnp.float64
TOLERANCE = 1e-4  # parameters are float32 in both runs
NET: dict[str, Any] = {
    "dataset": "synthetic-two",
    "train_size": 64,
    "test_size": 20,
    "held_back": 16,
    "model": "small-cnn",
    "model_options": {"width": 2, "hidden": 3, "batch_norm": True},
    "batch": 16,
    "attack_steps": 1,
    "eval_steps": 1,
    "eval_batch": 12,
    "eval_train": 0,
    "epochs": 1,
}
LINEAR: dict[str, Any] = {
    **NET,
    "model": "logistic",
    "model_options": {},
    "batch": 8,
    "epochs": 2,
    "ensgd": "first",
    "ensgd_steps": 2,
    "ensgd_step": 0.05,
}

SHARDED = r"""
import json, re, sys
from pathlib import Path
import jax, jax.numpy as jnp
from jax.tree_util import Partial
import jaxat.train
from jaxat.attacks import pgd
from jaxat.config import Config
from jaxat.placement import Placement
from jaxat.threat import ThreatModel
from jaxat.train import fit
from jaxat.trainer import Trainer

net, folder = json.loads(sys.argv[1]), Path(sys.argv[2])
found = {"devices": len(jax.devices())}

def losses(devices):
    trainer, rows = Trainer(Config(**net), 0, devices=devices), []
    state = trainer.epoch(trainer.start(), 0, lambda chunk: rows.extend(chunk.rows))
    assert all(leaf.is_fully_replicated for leaf in jax.tree.leaves(state))
    return trainer, [row["loss"] for row in rows]

trainer, found["losses"] = losses(None)
_, found["alone"] = losses(jax.devices()[:1])

model, placement = trainer.parts.model, Placement()
params, state = placement.copied(model.init(jax.random.key(0), (8, 8, 1)))
x, y = placement.split(jnp.full((16, 8, 8, 1), 0.5)), placement.split(jnp.arange(16) % 2)

def messages(bn, steps):
    attack = pgd(ThreatModel("linf", 0.1), steps=steps, step_size=0.05, bn=bn)
    def attacked(params, state, key, x, y):
        return placement.split(attack(Partial(model.apply, params), key, x, y, state=state).x_adv)
    compiled = jax.jit(attacked).lower(params, state, jax.random.key(1), x, y).compile()
    kinds = "all-reduce|all-gather|all-to-all|collective-permute|reduce-scatter"
    return len(re.findall(rf"= [^=]*\b(?:{kinds})(?:-start)?\(", compiled.as_text()))

found["eval"], found["local"] = [messages("eval", steps) for steps in (1, 3)], messages("local", 1)

jaxat.train.Trainer = lambda *given, **named: trainer  # compiled already
found["result"] = fit(Config(**net), folder / "run", say=lambda text: None)
try:
    Trainer(Config(**{**net, "batch": 12}), 0)
except ValueError as error:
    found["refused"] = f"{type(error).__name__}: {error}"
print(json.dumps(found))
"""

PROCESS = """
import json, sys
from pathlib import Path
import jax
jax.distributed.initialize(f"localhost:{sys.argv[3]}", 2, int(sys.argv[4]))
from jaxat.config import Config
from jaxat.train import fit

config, folder = Config(**json.loads(sys.argv[1])), Path(sys.argv[2])
said = []

def interrupted(done, total, measured):
    if done > total // 2:
        raise KeyboardInterrupt

try:
    fit(config, folder, report=interrupted, say=said.append)
except KeyboardInterrupt:
    said.append("interrupted")
try:
    fit(config, folder, say=said.append)
except ValueError as error:
    said.append(f"{type(error).__name__}: {error}")
result = fit(config, folder, resume=True, say=said.append)
again = fit(config, folder, resume=True, say=said.append)
counts = [result["test"], again["test"]]
print(json.dumps([len(jax.local_devices()), len(jax.devices()), said, counts]))
"""


def start(script: str, *words: str, devices: int) -> subprocess.Popen[str]:
    flags = f"{os.environ['XLA_FLAGS']} --xla_force_host_platform_device_count={devices}"
    return subprocess.Popen(
        [sys.executable, "-c", script, *words],
        env={**os.environ, "XLA_FLAGS": flags, "JAX_PLATFORMS": "cpu"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finished(process: subprocess.Popen[str]) -> Any:
    out, err = process.communicate(timeout=300)
    assert process.returncode == 0, err[-2000:]
    return json.loads(out.splitlines()[-1])


@pytest.fixture(scope="module")
def eight(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("eight")
    with start(SHARDED, json.dumps(NET), str(folder), devices=8) as process:
        try:
            return finished(process)
        finally:
            process.kill()


def test_the_loss_is_that_of_one_device(eight: Any) -> None:
    assert eight["devices"] == 8
    assert len(eight["losses"]) == 3
    # The first step sees the same weights and the same attacks; later ones differ by summation.
    assert eight["losses"][0] == pytest.approx(eight["alone"][0], rel=1e-6)
    assert eight["losses"] == pytest.approx(eight["alone"], rel=1e-3)


def test_an_attack_with_running_statistics_needs_no_communication(eight: Any) -> None:
    assert eight["eval"] == [0, 0]
    # Statistics of the batch do, which shows that the count counts.
    assert eight["local"] > 0


def test_a_whole_run_on_eight_devices(eight: Any) -> None:
    result = eight["result"]
    assert result["device"].startswith("8 x ")
    assert result["minibatches"] == 3
    assert result["n_test"] == 20
    assert 0 <= result["test"]["robust"] <= result["test"]["correct"] <= 20


def test_a_batch_that_cannot_be_shared_is_refused(eight: Any) -> None:
    expected = "ConfigError: batch=12 cannot be shared by 8 devices; take a multiple"
    assert eight["refused"] == expected


def test_two_processes_train_as_one_and_the_first_one_writes(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("localhost", 0))
        port = str(free.getsockname()[1])
    words = [json.dumps(LINEAR), str(tmp_path / "two"), port]
    both = [start(PROCESS, *words, str(i), devices=2) for i in range(2)]
    try:
        alone = fit(Config(**LINEAR), tmp_path / "one", say=lambda text: None)
        first, second = [finished(process) for process in both]
    finally:
        for process in both:
            process.kill()
            process.wait()
    assert first[:2] == second[:2] == [2, 4]
    assert first[2][0] == second[2][0] == "interrupted"
    assert "holds this run already; resume it" in first[2][1]
    assert second[2][1] == "ElsewhereError: the first process stopped; it says why"
    assert first[3] == second[3]
    assert first[3][0] == first[3][1]
    assert first[3][0]["robust_loss"] == pytest.approx(alone["test"]["robust_loss"], rel=TOLERANCE)
    one, two = (
        [json.loads(line) for line in (tmp_path / name / "steps.jsonl").read_text().splitlines()]
        for name in ("one", "two")
    )
    for rows in (one, two):
        assert [row["minibatch"] for row in rows] == [2, 4, 6, 8, 10, 12]
    np.testing.assert_allclose(
        [row["loss"] for row in two], [row["loss"] for row in one], rtol=TOLERANCE
    )
