"""Speed of training, as ratios in one run on one machine.

python benchmarks/train_speed.py                        # all but torch
python benchmarks/train_speed.py --only flops --check   # deterministic; exit 1 if a bound is missed
python benchmarks/train_speed.py --torch PYTHON         # with an interpreter that has torch

flops    operations of one update, counted by XLA, in units of one forward pass
loop     an epoch in one compiled call against a Python loop of compiled updates
torch    an update of PreActResNet-18, batch 16, against torch, in CPU-seconds of one thread
cache    first use of an update that has been compiled before, by another process

Writes what it measured into benchmarks/results/train_speed.json and leaves the rest of it; with
--check it writes nothing.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
RESULT = ROOT / "benchmarks" / "results" / "train_speed.json"
CACHE_RATIO, LOOP_RATIO, TORCH_RATIO = 0.25, 1.3, 0.8

# Settings of an update, and its operations in forward passes at most.
BOUNDS: dict[str, tuple[dict[str, Any], float]] = {
    "AT": ({}, 23.5),
    "AT, statistics as in the public code": ({"attack_bn": "reference"}, 25.5),
    "AT-AWP": ({"awp": 0.01}, 26.5),
    "TRADES": ({"objective": "trades", "attack_start": "gaussian"}, 27.5),
    # One Langevin minibatch in an update: the loop that XLA counts once is one minibatch.
    "EntropySGD minibatch": ({"ensgd": "first", "ensgd_steps": 1}, 23.5),
}


def trainer(**settings: Any) -> Any:
    """A trainer on a part of synthetic images, with the network of the papers unless told."""
    from jaxat.config import Config
    from jaxat.trainer import Trainer

    common: dict[str, Any] = {
        "dataset": "synthetic-rgb",
        "augment": False,
        "model": "preactresnet18",
        "attack_bn": "eval",
        "select": "last",
        "batch": 16,
    }
    return Trainer(Config(**{**common, **settings}), 0)


def operations(lowered: Any) -> float:
    """What XLA counts in a compiled function."""
    found = lowered.compile().cost_analysis()
    assert found is not None, "this backend of XLA counts no operations"
    return found["flops"]


def flops() -> dict[str, Any]:
    """Operations of one update over those of one forward pass, PGD unrolled."""
    import jax
    import jax.numpy as jnp

    from jaxat.update import make_update

    width = {"width": 16}
    plain = trainer(model_options=width)
    state = plain.start()
    x = jnp.zeros((16, *plain.sets.info.shape))
    model = plain.parts.model
    forward = jax.jit(lambda s, x: model.apply(s.params, s.model_state, x, train="batch")[0])
    one = operations(forward.lower(state, x))
    found = {}
    for name, (settings, bound) in BOUNDS.items():
        made = trainer(model_options=width, **settings)
        update = make_update(made.parts, made.sets.augment, made.keys.train)
        rows = jnp.zeros((1, 16), jnp.int32)
        state = made.start()
        lowered = jax.jit(update, static_argnames="phase").lower(
            state, made.data, rows, jnp.float32(0.1), phase=0
        )
        ratio = operations(lowered) / one
        found[name] = {"forward_passes": round(ratio, 2), "at_most": bound, "met": ratio <= bound}
        print(f"{name}: {ratio:.2f} forward passes (at most {bound})", flush=True)
    return found


def loop() -> dict[str, Any]:
    """Seconds of an epoch of small-cnn in one compiled call and as a loop, alternating."""
    import jax

    made = {
        compiled: trainer(
            model="small-cnn", batch=32, compiled=compiled, chunk=1000, model_options={"width": 8}
        )
        for compiled in ("epoch", "step")
    }
    states = {name: one.start() for name, one in made.items()}
    seconds: dict[str, list[float]] = {name: [] for name in made}
    for epoch in range(6):
        for name, one in made.items():
            begin = time.process_time()
            states[name] = jax.block_until_ready(one.epoch(states[name], epoch))
            seconds[name].append(time.process_time() - begin)
    # The first epoch compiles.
    medians = {name: statistics.median(values[1:]) for name, values in seconds.items()}
    ratio = medians["epoch"] / medians["step"]
    print(f"compiled epoch over loop of updates: {ratio:.2f} (at most {LOOP_RATIO})")
    return {
        "cpu_seconds": {name: round(value, 3) for name, value in medians.items()},
        "ratio": round(ratio, 3),
        "at_most": LOOP_RATIO,
        "met": ratio <= LOOP_RATIO,
    }


def update_once() -> Callable[[], None]:
    """One update of AT with PreActResNet-18, batch 16, compiled and ready."""
    import jax

    # As many images as a minibatch has: an epoch is one update.
    made = trainer(compiled="step", train_size=16, lr=0.01)
    held = [made.start()]

    def step() -> None:
        done = int(held[0].minibatch)
        held[0] = jax.block_until_ready(made.epoch(held[0], done))

    step()
    return step


def torch(python: str, rounds: int) -> dict[str, Any]:
    """CPU-seconds of a step here and in torch, alternating, each with one thread."""
    worker = [python, str(ROOT / "tools" / "torch_at_step.py")]
    with subprocess.Popen(
        worker, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdin is not None
        assert other.stdout is not None
        ours, theirs = [], {"reference style": [], "input gradients only": []}
        step = update_once()
        for _ in range(rounds):
            begin = time.process_time()
            step()
            ours.append(time.process_time() - begin)
            for name in theirs:
                other.stdin.write(name + "\n")
                other.stdin.flush()
                theirs[name].append(float(other.stdout.readline()))
        other.stdin.close()
    mine = statistics.median(ours)
    found: dict[str, Any] = {"jaxat_cpu_seconds": round(mine, 2), "at_most": TORCH_RATIO}
    for name, values in theirs.items():
        median = statistics.median(values)
        found[name] = {"cpu_seconds": round(median, 2), "ratio": round(mine / median, 3)}
        print(f"AT step, jaxat over torch ({name}): {mine / median:.2f}")
    found["met"] = found["reference style"]["ratio"] <= TORCH_RATIO
    return found


def cache() -> dict[str, Any]:
    """Seconds until the first update is done, without and with a warm compilation cache."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "JAX_COMPILATION_CACHE_DIR": folder}
        code = (
            "import sys, time; sys.path.insert(0, sys.argv[1]);"
            "from benchmarks.train_speed import update_once;"
            "import jax; jax.devices(); t = time.process_time(); update_once();"
            "print(time.process_time() - t)"
        )
        command = [sys.executable, "-c", code, str(ROOT)]

        def once() -> float:
            done = subprocess.run(
                command, env=environment, capture_output=True, text=True, check=True
            )
            return float(done.stdout.split()[-1])

        cold, warm = once(), min(once() for _ in range(2))
    print(f"first update, warm over cold cache: {warm / cold:.2f} (at most {CACHE_RATIO})")
    return {
        "cold_cpu_seconds": round(cold, 1),
        "warm_cpu_seconds": round(warm, 1),
        "ratio": round(warm / cold, 3),
        "at_most": CACHE_RATIO,
        "met": warm / cold <= CACHE_RATIO,
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=("flops", "loop", "cache", "torch"), action="append")
    parser.add_argument("--torch", metavar="PYTHON", help="an interpreter with torch 2.13.0")
    parser.add_argument("--check", action="store_true", help="write nothing")
    parser.add_argument("--rounds", type=int, default=5)
    chosen = parser.parse_args()
    wanted = chosen.only or ["flops", "loop", "cache", *(["torch"] if chosen.torch else [])]
    if "torch" in wanted:
        if not chosen.torch:
            parser.error("say which interpreter has torch: --torch PYTHON")
        # Before JAX starts its threads; torch's are set by the other process.
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    sys.path.insert(0, str(ROOT))
    from jaxat.environment import environment

    result = json.loads(RESULT.read_text(encoding="utf-8")) if RESULT.exists() else {}
    load = os.getloadavg()[0]
    measured = {
        name: torch(chosen.torch, chosen.rounds) if name == "torch" else STAGES[name]()
        for name in wanted
    }
    for name, found in measured.items():
        about = {"load_before": round(load, 2), "environment": environment()}
        result[name] = {"measured": found, **about}
    if not chosen.check:
        RESULT.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    bounds = measured.get("flops", {}).values()
    return 0 if all(bound["met"] for bound in bounds) else 1


STAGES: dict[str, Callable[[], dict[str, Any]]] = {"flops": flops, "loop": loop, "cache": cache}


if __name__ == "__main__":
    sys.exit(main())
