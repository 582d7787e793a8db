"""Seconds per claim: runs ``python -m verify`` in a new process and records where the time goes.

python benchmarks/verify_speed.py [--budget quick|full]
writes benchmarks/results/verify_speed.json.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from jaxat.environment import environment

ROOT = Path(__file__).resolve().parent.parent


def measure(budget: str) -> dict:
    """One whole run: wall and processor seconds, and the seconds of every claim."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "result.json"
        command = [sys.executable, "-m", "verify", "--budget", budget, "--json", str(path)]
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        start = time.perf_counter()
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        wall = time.perf_counter() - start
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        if done.returncode not in (0, 1):
            sys.exit(f"the verification failed:\n{done.stderr}")
        document = json.loads(path.read_text(encoding="utf-8"))
    # As a reader would type it, without the temporary file.
    document["environment"]["command"] = f"python -m verify --budget {budget}"
    document["environment"]["commit"] = environment()["commit"]
    processor = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    seconds = {
        record["id"]: round(sum(e["seconds"] for e in record["evidence"]), 3)
        for record in document["claims"]
    }
    return {
        "wall_seconds": round(wall, 1),
        "processor_seconds": round(processor, 1),
        "as_expected": done.returncode == 0,
        "environment": document["environment"],
        "seconds_per_claim": dict(sorted(seconds.items(), key=lambda item: -item[1])),
    }


def list_seconds() -> float:
    """The best of five cold starts of ``--list``."""

    def once() -> float:
        start = time.perf_counter()
        command = [sys.executable, "-m", "verify", "--list"]
        subprocess.run(command, cwd=ROOT, capture_output=True, check=True)
        return time.perf_counter() - start

    return round(min(once() for _ in range(5)), 3)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--budget", choices=("quick", "full"), action="append")
    budgets = parser.parse_args().budget or ["quick", "full"]
    load = os.getloadavg()[0]
    runs = {budget: measure(budget) for budget in budgets}
    result = {"list_seconds": list_seconds(), "load_before": round(load, 2), **runs}
    target = ROOT / "benchmarks" / "results" / "verify_speed.json"
    target.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    print(f"--list: {result['list_seconds']} s (load before: {load:.1f})")
    for budget in budgets:
        run = runs[budget]
        slowest = list(run["seconds_per_claim"].items())[:8]
        print(f"{budget}: {run['wall_seconds']} s wall, {run['processor_seconds']} s processor")
        print("  slowest:", ", ".join(f"{id_} {seconds:.1f}" for id_, seconds in slowest))


if __name__ == "__main__":
    main()
