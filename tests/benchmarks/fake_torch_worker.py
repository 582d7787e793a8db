"""Stands in for the process that has torch: answers, refuses, crashes or is silent, as asked."""

from __future__ import annotations

import argparse
import json
import sys
import time


def main() -> None:
    parser = argparse.ArgumentParser()
    for name in ("device", "batch", "width", "steps", "fault"):
        parser.add_argument(f"--{name}")
    options = parser.parse_args()
    if options.fault == "start":
        sys.exit("ModuleNotFoundError: No module named 'torch'")
    if options.fault == "deaf":
        time.sleep(600)
    # More than a pipe holds: whoever does not listen to this is never answered.
    print("a warning\n" * 20_000, file=sys.stderr, flush=True)
    print(json.dumps({"torch": "none", **vars(options)}), flush=True)
    for asked, line in enumerate(sys.stdin, start=1):
        request = json.loads(line)
        name, n = request["variant"], request["minibatches"]
        if name == "crash" or (name == "crash later" and n > 1):
            print("RuntimeError: CUDA error: out of memory", file=sys.stderr, flush=True)
            sys.exit(3)
        if name == "silent":
            print("compiling", file=sys.stderr, flush=True)
            time.sleep(600)
        answers = {
            "refuse": json.dumps({"error": "refuse did not start: BackendError"}),
            "babble": "Traceback (most recent call last):",
            "number": "3",
            "zeros": json.dumps({"seconds": [0.0] * n, "loss": 1.0}),
            "few": json.dumps({"seconds": [1.0] * (n + 1), "loss": 1.0}),
        }
        seconds = [(float(name) if name.isdigit() else 1.0) + i / 8 for i in range(n)]
        good = {"seconds": seconds, "loss": 2.5, "asked": asked, "attack_bn": request["attack_bn"]}
        print(answers.get(name, json.dumps(good)), flush=True)


if __name__ == "__main__":
    main()
