"""The steps that are timed in torch compute adversarial training, and no more passes than said.

Torch is not a dependency of the project: ``JAXAT_TORCH`` names an interpreter that has it.
"""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from benchmarks.on_gpu.torch_comparison import (
    COMPILED,
    GRAPHS,
    REFERENCE,
    TorchVariantError,
    TorchWorker,
    compare,
)

PYTHON = os.environ.get("JAXAT_TORCH") or (
    sys.executable if importlib.util.find_spec("torch") else None
)
CHECK = Path(__file__).parents[2] / "tools" / "check_torch_steps.py"
COMPACT = [
    f"{made}, {bn}"
    for made in ("eager", "compiled whole", "compiled split")
    for bn in ("eval", "batch")
]

pytestmark = pytest.mark.skipif(
    PYTHON is None, reason="no torch here: set JAXAT_TORCH to an interpreter that has it"
)


@pytest.fixture(scope="module")
def checked() -> dict[str, Any]:
    done = subprocess.run(
        [str(PYTHON), str(CHECK)],
        capture_output=True,
        text=True,
        timeout=600,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout)


@pytest.mark.parametrize("name", ["reference", *COMPACT])
def test_a_step_is_the_transcription(checked: dict[str, Any], name: str) -> None:
    for dtype, bound in {"float64": 1e-12, "float32": 1e-5}.items():
        found = checked["errors"][name][dtype]
        assert found["loss"] < bound
        assert found["weights"] < bound
        assert found["statistics"] < bound
        assert found["passes_that_moved_them"] == 0


def test_a_mistake_would_be_seen(checked: dict[str, Any]) -> None:
    """Running statistics in the attack instead of the batch's."""
    assert checked["mistaken"]["weights"] > 1e-2
    assert checked["mistaken"]["loss"] > 1e-4


def test_passes_of_the_reference(checked: dict[str, Any]) -> None:
    assert checked["passes"]["reference"] == {
        "forward": 13,
        "to_input": 11,
        "to_weights": 11,
        "all": 35,
    }


@pytest.mark.parametrize("name", COMPACT)
def test_passes_without_waste(checked: dict[str, Any], name: str) -> None:
    assert checked["passes"][name] == {
        "forward": 11,
        "to_input": 11,
        "to_weights": 1,
        "all": 23,
    }


def test_the_worker_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    options = ("--pool", "64", "--backend", "aot_eager")
    with TorchWorker(
        str(PYTHON), device="cpu", batch=4, width=4, steps=1, options=options
    ) as worker:
        assert worker.about["pool"] == 64
        names = [REFERENCE, COMPILED, GRAPHS]
        found = compare(lambda n: [0.01] * n, names, 1, worker=worker, minibatches=2)
        assert found[GRAPHS]["error"].startswith(f"{GRAPHS} needs --device cuda")
        assert found[REFERENCE]["attack_bn"] == "reference"
        assert found[REFERENCE]["dtype"] == "float32"
        assert found[COMPILED]["attack_bn"] == "eval"
        assert found[COMPILED]["attack_in_one_graph"] is True
        for name in (REFERENCE, COMPILED):
            # Ten classes, weights that have hardly moved.
            assert 1.5 < found[name]["loss"] < 3.5
            assert found[name]["ratio"] > 0
            assert found[name]["first_call_seconds"] > 0
        with pytest.raises(TorchVariantError, match="attack_bn is one of eval, batch; got 'local'"):
            worker.ask(COMPILED, 1, "local")
        with pytest.raises(TorchVariantError, match="variant is .*; got 'compiled'"):
            worker.ask("compiled", 1)


def test_what_does_not_compile_says_so_in_a_line() -> None:
    options = ("--pool", "64", "--backend", "no-such-backend")
    with TorchWorker(
        str(PYTHON), device="cpu", batch=4, width=4, steps=1, options=options
    ) as worker:
        with pytest.raises(
            TorchVariantError, match=f"^{COMPILED} did not start: .*backend"
        ) as caught:
            worker.ask(COMPILED, 1)
        assert "\n" not in str(caught.value)
        assert len(worker.ask(REFERENCE, 1)["seconds"]) == 1
