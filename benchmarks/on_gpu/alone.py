"""A measurement in a process of its own: for what JAX reads once, when it starts."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from benchmarks.on_gpu.ledger import Clock, OutOfTimeError
from benchmarks.on_gpu.sizes import Sizes

__all__ = ["alone"]

ROOT = Path(__file__).resolve().parents[2]


def alone(function: str, sizes: Sizes, clock: Clock, **variables: str) -> Any:
    """What ``function`` (such as ``"timing.first_update"``) of ``sizes`` is there.

    Args:
        variables: of its environment, beside those of this process.

    Raises:
        OutOfTimeError: it was ended, because the time of this call is over.
        RuntimeError: with the last line that it said; the lines before it are printed.
    """
    code = (
        "import json, sys; sys.path.insert(0, sys.argv[1]);"
        f"from benchmarks.on_gpu import sizes, {function.partition('.')[0]};"
        f"print(json.dumps({function}(getattr(sizes, sys.argv[2]))))"
    )
    try:
        done = subprocess.run(
            [sys.executable, "-c", code, str(ROOT), "SMOKE" if sizes.smoke else "FULL"],
            env={**os.environ, **variables},
            capture_output=True,
            text=True,
            timeout=max(clock.left(), 1),
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise OutOfTimeError(f"{function} was ended, with no time left") from None
    if done.returncode:
        # XLA frames with stars what it says of a flag.
        lines = [line for line in done.stderr.splitlines() if line.strip(" *")]
        print("\n".join(lines[-20:]), file=sys.stderr, flush=True)
        raise RuntimeError(f"{function}: {(lines or ['it said nothing'])[-1]}")
    return json.loads(done.stdout.splitlines()[-1])
