"""Reads the training logs of AWP's public code into benchmarks/reported/awp_logs.json.

    python tools/read_awp_log.py CHECKOUT > benchmarks/reported/awp_logs.json

CHECKOUT is a clone of csdongxian/AWP. Nothing is rounded: shares become per cent by moving the
decimal point, and every number keeps the digits that the log prints.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

__all__ = ["Log", "as_json", "read_log"]

FOLDER = "AT_AWP/logs/cifar10_linf"
RUNS = {
    "at": f"{FOLDER}/preactresnet18_standard/output.log",
    "awp": f"{FOLDER}/preactresnet18_awp/output.log",
}
COLUMNS = {
    "epoch": "counted from 0",
    "train_seconds": "seconds of training, with its attacks",
    "test_seconds": "seconds of the evaluation on the test set, with its attack",
    "rate": "learning rate at the last minibatch of the epoch; dropped already in 99 and 149",
    "train_robust": "per cent of the training images right under PGD with 10 steps, each in its "
    "minibatch, in training mode, and at the perturbed weights if there is AWP",
    "test_clean": "per cent of the 10,000 test images right as they are, after the epoch",
    "test_robust": "per cent of them right under PGD with 20 steps",
}
# The log: epoch, two times, rate, then loss and accuracy four times: training clean and robust,
# test clean and robust.
_SHARES = {"train_robust": 7, "test_clean": 9, "test_robust": 11}
_STAMP = re.compile(r"^\[(\d{4})/(\d\d)/(\d\d) [\d:]+\] - (.*)$")
_KEPT = (
    *("model", "norm", "epsilon", "pgd_alpha", "attack_iters", "attack_iters_test", "restarts"),
    *("batch_size", "epochs", "lr_max", "lr_schedule", "awp_size", "awp_warmup", "seed"),
)


class Log(NamedTuple):
    """The day a log began, the settings it names, and its rows as texts, in order of COLUMNS."""

    began: str
    settings: Mapping[str, str]
    rows: Sequence[tuple[str, ...]]


def read_log(text: str) -> Log:
    """Parse a log.

    Raises:
        ValueError: it names no settings, or its epochs are not 0, 1, 2 and so on.

    >>> row = "0 9.5 1.0 0.1000 2.1 0.2 2.2 0.1010 1.9 0.3 1.8 0.2500"
    >>> log = read_log(
    ...     "[2020/04/27 12:00:00] - Namespace(seed=0, model='net')\\n"
    ...     f"[2020/04/27 12:00:01] - {row}\\n"
    ... )
    >>> log.began, log.settings
    ('2020-04-27', {'model': 'net', 'seed': '0'})
    >>> log.rows
    [('0', '9.5', '1.0', '0.1000', '10.10', '30', '25.00')]
    """
    began, settings, rows = "", {}, []
    for found in map(_STAMP.match, text.splitlines()):
        if found is None:
            continue
        words = found[4].split()
        if found[4].startswith("Namespace("):
            began = "-".join(found.groups()[:3])
            named = dict(re.findall(r"(\w+)='?([^,')]*)", found[4].removeprefix("Namespace(")))
            settings = {name: named[name] for name in _KEPT if name in named}
        elif len(words) == 12 and words[0].isdecimal():
            shares = (f"{Decimal(words[k]).scaleb(2):f}" for k in _SHARES.values())
            rows.append((*words[:4], *shares))
    if not settings or [row[0] for row in rows] != [str(k) for k in range(len(rows))]:
        raise ValueError("this is no log of AT_AWP: it needs a Namespace and the epochs in order")
    return Log(began, settings, rows)


def as_json(commit: str, logs: Mapping[str, tuple[str, Log]]) -> str:
    """The file's text; a row stands in a line, with the digits of the log."""
    head: dict[str, Any] = {
        "what": "Learning curves that the public code of AWP (Wu, Xia and Wang, 2020) comes with: "
        "CIFAR-10, pre-activation ResNet-18, one run each",
        "source": {"repository": "csdongxian/AWP on GitHub", "commit": commit},
        "device": "a GPU that the logs do not name",
        "made_by": "python tools/read_awp_log.py CHECKOUT",
        "columns": COLUMNS,
    }
    runs = {
        name: {
            "path": path,
            "began": log.began,
            "settings": log.settings,
            "rows": [f"[{', '.join(row)}]" for row in log.rows],
        }
        for name, (path, log) in logs.items()
    }
    text = json.dumps({**head, "runs": runs}, indent=1)
    # Numbers, not texts; a float would lose the zeros at their ends.
    return re.sub(r'"(\[[-\d., ]+\])"', r"\1", text) + "\n"


def _git(checkout: str, *words: str) -> str:
    done = subprocess.run(["git", "-C", checkout, *words], capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"read_awp_log: git {' '.join(words)}: {done.stderr.strip()}")
    return done.stdout


def main(words: Sequence[str]) -> int:
    """Prints the file's text. 0: printed; 2: a mistake in the call."""
    if len(words) != 1:
        print("read_awp_log: takes one word, the clone of csdongxian/AWP", file=sys.stderr)
        return 2
    commit = _git(words[0], "rev-parse", "HEAD").strip()
    logs = {
        name: (path, read_log(_git(words[0], "show", f"HEAD:{path}")))
        for name, path in RUNS.items()
    }
    print(as_json(commit, logs), end="")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
