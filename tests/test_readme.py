"""The Python code in the README runs, and does what the text says."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from figures.figure import all_figures
from theory.evidence import Verdict
from theory.registry import all_claims

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "README.md").read_text("utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)

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


def test_the_count_of_our_own_figures() -> None:
    (count,) = re.findall(r"(\d+) of ours", TEXT)
    assert int(count) == sum(f.source.startswith("ours") for f in all_figures().values())


def test_the_time_of_a_verification_is_that_of_the_record_it_names() -> None:
    (seconds, record) = re.findall(r"takes about (\d+) s\non two cores \(`(.*?)`\)", TEXT)[0]
    measured = json.loads((ROOT / record).read_text("utf-8"))["full"]
    assert measured["environment"]["cpus"] == 2
    assert abs(int(seconds) - measured["wall_seconds"]) <= 2.5


def test_all_but_two_false_statements_have_a_repair() -> None:
    assert "all but twice, stands beside a repaired form" in TEXT
    false = [c for c in all_claims().values() if c.expected in (Verdict.REFUTED, Verdict.VACUOUS)]
    assert sum(not c.repaired_by for c in false if c.id.startswith(("kanai.", "yamada."))) == 2


def test_make_help_names_every_target_and_makes_nothing() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    (targets,) = re.findall(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)
    command = ["make", "--no-print-directory", "help"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    told = {line.split()[1] for line in done.stdout.splitlines()}
    assert told == set(targets.split()) - {"help"}


def test_what_came_out_is_what_the_table_says() -> None:
    part = TEXT.split("## What came out")[1].split("\n## ")[0]
    named = re.findall(r"\[([\w.-]+)\]\(docs/claims/\1\.md\)\s+\(([A-Z]+(?:\\\*|†)?)\)", part)
    assert len(named) == part.count("](") > 10
    for claim, verdict in named:
        (row,) = re.findall(rf"^\| \[{re.escape(claim)}\]\(.*$", TEXT, re.MULTILINE)
        assert row.split(" | ")[2].replace("**", "") == verdict, claim
