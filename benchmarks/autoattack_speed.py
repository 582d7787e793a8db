"""AutoAttack here and in the authors' code: verdicts, passes through the model, processor seconds.

    python benchmarks/autoattack_speed.py CIFAR10 [--n 500] [--norm linf l2]
    python benchmarks/autoattack_speed.py CIFAR10 --torch PYTHON CHECKOUT

The network is the small CNN of tests/jaxat/fixtures, CIFAR10 the folder that ``python -m jaxat data
prepare cifar10`` fills. Without ``--torch`` the other side is what was recorded when the fixtures
were made; with it, the authors' code (CHECKOUT) runs in another process (PYTHON has torch), one
thread each, interleaved norm by norm. Writes benchmarks/results/autoattack_speed.json.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
FIXTURES = ROOT / "tests" / "jaxat" / "fixtures"
RADII = {"linf": 8 / 255, "l2": 0.5}
# One thread; read when JAX starts.
os.environ.setdefault(
    "XLA_FLAGS", "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
)

_TORCH = """
import json, resource, sys
sys.path[:0] = [sys.argv[1], sys.argv[2]]
import numpy as np, torch
import make_autoattack_fixtures as made
from pathlib import Path
torch.set_num_threads(1)
net = made.SmallCNN().eval()
with np.load(made.FIXTURES / "autoattack_weights.npz") as stored:
    net.load_state_dict({k: torch.from_numpy(stored[k]).float() for k in stored.files})
for weight in net.parameters():
    weight.requires_grad_(False)
x, y = made.read(Path(sys.argv[3]), "test", int(sys.argv[4]))
found = made.verdicts(net, x, y, sys.argv[5])
print(json.dumps({k: found[k].tolist() for k in ("broken", "costs")}))
"""


def network() -> Any:
    """The small CNN as ``logits = f(x)``, channels last."""
    import jax
    import jax.numpy as jnp
    import numpy as np
    from jax.tree_util import Partial

    from jaxat.models.convolution import convolve

    with np.load(FIXTURES / "autoattack_weights.npz") as stored:
        weights = {key: jnp.asarray(stored[key], jnp.float32) for key in stored.files}
    for key, value in weights.items():
        weights[key] = value.transpose(2, 3, 1, 0) if value.ndim == 4 else value

    def apply(weights: Any, x: Any) -> Any:
        for name in ("conv1", "conv2"):
            x = convolve(x, weights[f"{name}.weight"], stride=2, padding=1)
            x = jax.nn.relu(x + weights[f"{name}.bias"])
        x = x.transpose(0, 3, 1, 2).reshape(len(x), -1)
        x = jax.nn.relu(x @ weights["linear1.weight"].T + weights["linear1.bias"])
        return x @ weights["linear2.weight"].T + weights["linear2.bias"]

    return Partial(apply, weights)


def ours(cifar10: Path, n: int, norm: Any) -> dict[str, Any]:
    """Our evaluation of the first n test images."""
    import numpy as np

    from jaxat.attacks.autoattack import run_autoattack

    images = np.load(cifar10 / "test_images.npy", mmap_mode="r")[:n]
    labels = np.load(cifar10 / "test_labels.npy")[:n].astype(np.int32)
    start, wall = time.process_time(), time.perf_counter()
    report = run_autoattack(
        network(), images.astype(np.float32) / 256, labels, norm=norm, eps=RADII[norm]
    )
    return {
        "processor_seconds": round(time.process_time() - start, 1),
        "wall_seconds": round(time.perf_counter() - wall, 1),
        "clean": report.clean_accuracy,
        "robust": {line.name: line.robust_accuracy for line in report.attacks},
        "forwards": {line.name: line.forwards for line in report.attacks},
        "backwards": {line.name: line.backwards for line in report.attacks},
        "padding": {line.name: line.padding for line in report.attacks},
        "held_out": report.robust.tolist(),
    }


def theirs(cifar10: Path, n: int, norm: str, torch: list[str] | None) -> dict[str, Any]:
    """The authors' evaluation: run now, or as recorded."""
    import numpy as np

    name = norm.capitalize()
    if torch is None:
        with np.load(FIXTURES / "autoattack_verdicts.npz") as stored:
            if n != len(stored[f"{name}/broken"]):
                sys.exit(f"{len(stored[f'{name}/broken'])} images were recorded; use --torch.")
            broken, costs = stored[f"{name}/broken"].tolist(), stored[f"{name}/costs"].tolist()
    else:
        words = [torch[0], "-c", _TORCH, str(ROOT / "tools"), torch[1], str(cifar10), str(n), name]
        done = subprocess.run(words, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            sys.exit(f"the authors' code failed:\n{done.stderr}")
        found = json.loads(done.stdout.splitlines()[-1])
        broken, costs = found["broken"], found["costs"]
    attacks = ("apgd-ce", "apgd-t", "fab-t", "square")
    robust, left = {}, n - broken.count(0)
    for number, attack in enumerate(attacks, 1):
        left -= broken.count(number)
        robust[attack] = left / n
    return {
        "processor_seconds": round(sum(row[0] for row in costs), 1),
        "clean": (n - broken.count(0)) / n,
        "robust": robust,
        "forwards": dict(zip(attacks, (int(row[1]) for row in costs), strict=True)),
        "backwards": dict(zip(attacks, (int(row[2]) for row in costs), strict=True)),
        "held_out": [by < 0 for by in broken],
        "recorded_earlier": torch is None,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cifar10", type=Path)
    parser.add_argument("--n", type=int, default=500)
    parser.add_argument("--norm", nargs="+", choices=tuple(RADII), default=["linf"])
    parser.add_argument("--torch", nargs=2, metavar=("PYTHON", "CHECKOUT"))
    given = parser.parse_args()
    from jaxat.environment import environment

    result: dict[str, Any] = {"images": given.n, "threads": 1, "environment": environment()}
    for norm in given.norm:
        here = ours(given.cifar10, given.n, norm)
        there = theirs(given.cifar10, given.n, norm, given.torch)
        pairs = zip(here.pop("held_out"), there.pop("held_out"), strict=True)
        apart = [a - b for a, b in pairs if a != b]
        load = os.getloadavg()[0]
        result[norm] = {"ours": here, "authors": there, "load": round(load, 1)} | {
            "robust_only_here": apart.count(1),
            "robust_only_there": apart.count(-1),
            "ratio_of_seconds": round(here["processor_seconds"] / there["processor_seconds"], 3),
        }
        print(json.dumps(result[norm], indent=2), flush=True)
    path = ROOT / "benchmarks" / "results" / "autoattack_speed.json"
    path.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
