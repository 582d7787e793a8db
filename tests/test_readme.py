"""The Python code in the README runs, and does what the text says."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
BLOCKS = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text("utf-8"), re.DOTALL)

CHECKS = {
    "entropy_sgd(": "assert loss(optax.apply_updates(params, updates), 0) < loss(params, 0)",
    "nnx.split": "assert loss(optax.apply_updates(params, updates)) < loss(params)",
    "autoattack(": "assert report.n == 4 and 0 <= report.robust_accuracy <= report.clean_accuracy",
    "adversarial_loss(": (
        "assert abs(float(adversarial_loss([1.5, -1.5], x=[-1.0, 1.0], y=1, eps=0.6, p=2.0))"
        " - 4.286638697) < 1e-9"
    ),
}


@pytest.mark.parametrize("key", CHECKS)
def test_code_of_the_readme_runs(key: str) -> None:
    (block,) = (block for block in BLOCKS if key in block)
    code = f"{block}\n{CHECKS[key]}\n"
    done = subprocess.run(
        [sys.executable, "-W", "error::DeprecationWarning", "-c", code],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_every_block_is_checked() -> None:
    assert len(BLOCKS) == len(CHECKS)
    for block in BLOCKS:
        if ".optim" in block:
            # "In ten lines": what the reader has to write.
            assert len([line for line in block.splitlines() if line.strip()]) <= 12
