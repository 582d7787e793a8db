"""Training and evaluation need JAX, Flax, optax and NumPy, and Flax only in the models."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

# What others import is their business: only imports that jaxat itself asks for are refused.
SCRIPT = """
import builtins, importlib, json, sys

ALLOWED = {*sys.stdlib_module_names, "jaxat", "jax", "jaxlib", "flax", "optax", "numpy"}
refused, of_flax = set(), set()
real, real_module = builtins.__import__, importlib.import_module

def check(name, asker):
    top = name.partition(".")[0]
    if asker.partition(".")[0] == "jaxat":
        if top == "flax":
            of_flax.add(asker)
        if top not in ALLOWED:
            refused.add(top)
            raise ModuleNotFoundError(f"No module named {top!r}", name=top)

def guarded(name, globals=None, locals=None, fromlist=(), level=0):
    if level == 0 and globals:
        check(name, globals.get("__name__") or "")
    return real(name, globals, locals, fromlist, level)

def guarded_module(name, package=None):
    check(name, sys._getframe(1).f_globals.get("__name__") or "")
    return real_module(name, package)

builtins.__import__, importlib.import_module = guarded, guarded_module

from jaxat.__main__ import main

work = sys.argv[1]
words = ["train", "cifar10-small-awp", "--smoke", "--workdir", work]
codes = [main(words), main(["evaluate", work, "--attack", "pgd2"])]
codes.append(main([*words[:-1], work + "-2", "--set", "tensorboard=true"]))
print(json.dumps([codes, sorted(refused), sorted(of_flax)]))
"""


def test_training_and_evaluation_without_anything_else(tmp_path: Path) -> None:
    found = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(tmp_path / "work")],
        capture_output=True,
        text=True,
        env={**os.environ, "JAX_PLATFORMS": "cpu"},
        timeout=300,
    )
    assert found.returncode == 0, found.stderr[-2000:]
    codes, refused, of_flax = json.loads(found.stdout.splitlines()[-1])
    assert codes == [0, 0, 2], found.stderr[-2000:]
    # The guard works: these were asked for, and done without, or asked for in vain.
    assert {"orbax", "jaxtyping", "tensorboardX"} <= set(refused)
    assert of_flax
    assert all(name.startswith("jaxat.models") for name in of_flax)
    complaint = found.stderr.splitlines()[-1]
    assert complaint.startswith("jaxat train: TensorBoard's event files need tensorboardX")
    # Without Orbax a checkpoint is NumPy's file.
    assert list((tmp_path / "work").rglob("checkpoints/*/arrays.npz"))
