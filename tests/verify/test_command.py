"""The command as a user types it: exit status, messages, files."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LEMMA = "kanai.lemma-2"


def run(*arguments: str, **options: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "verify", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, **options)  # pyright: ignore


@pytest.fixture(scope="module")
def document(tmp_path_factory: pytest.TempPathFactory) -> dict:
    path = tmp_path_factory.mktemp("verify") / "result.json"
    done = run(LEMMA, f"{LEMMA}.bounded-set", "--budget", "quick", "--json", str(path))
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(path.read_text())


def test_the_list_is_tab_separated_and_whole() -> None:
    done = run("--list")
    lines = done.stdout.splitlines()
    assert done.returncode == 0
    assert [line.split("\t")[0] for line in lines].count(LEMMA) == 1
    assert all(line.count("\t") == 4 for line in lines)
    assert not any("…" in line.split("\t")[0] for line in lines)


def test_listing_imports_nothing_heavy() -> None:
    code = (
        "import sys; from verify.cli import main; main(['--list']);"
        "heavy = {'jax', 'sympy', 'scipy', 'jaxtyping', 'z3', 'numpy'} & set(sys.modules);"
        "sys.exit(f'imported {heavy}' if heavy else 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["kanai.lema-2"], "nearest: kanai.lemma-2"),
        (
            [LEMMA, "--set", "epsilon=1"],
            "no selected claim has a parameter 'epsilon'; they know",
        ),
        ([LEMMA, "--set", "eps=-1"], "eps must be a number in [0.0, 100.0], got -1"),
        ([LEMMA, "--set", "d=2.5"], "d must be an integer, got '2.5'"),
        ([LEMMA, "--set", "d"], "--set takes NAME=VALUE"),
        ([LEMMA, "--json", "/no/such/folder/x.json"], "cannot write /no/such/folder/x.json"),
        ([LEMMA, "--workers", "0"], "--workers must be at least 1"),
        ([LEMMA, "--seed", "-1"], "--seed must be at least 0"),
        ([LEMMA, "--method", "magic"], "invalid choice: 'magic'"),
        ([LEMMA, "--write"], "need the whole run"),
        (["--replay", "/no/such/file.json"], "cannot read /no/such/file.json"),
        (["--nonsense"], "unrecognized arguments: --nonsense"),
    ],
)
def test_wrong_usage_is_one_line_and_exit_2(arguments: list[str], words: str) -> None:
    done = run(*arguments)
    assert done.returncode == 2
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stderr.count("\n") == 1


def test_an_exact_id_selects_that_claim_alone_and_a_prefix_its_parts() -> None:
    whole = run("--list", LEMMA).stdout.splitlines()
    parts = run("--list", f"{LEMMA}.").stdout.splitlines()
    glob = run("--list", "kanai.lemma-2*").stdout.splitlines()
    assert len(whole) == 1
    assert all(line.startswith(f"{LEMMA}.") for line in parts)
    assert set(glob) == set(whole) | set(parts)


def test_the_json_keeps_the_contract(document: dict) -> None:
    assert set(document) == {"schema", "environment", "claims"}
    lemma, part = document["claims"]
    keys = {"id", "kind", "source", "statement", "verdict", "expected", "repaired_by", "depends"}
    assert keys | {"parameters", "evidence", "necessity"} <= set(lemma)
    assert set(lemma["source"]) == {"paper", "version", "number", "equations"}
    fields = {"method", "verdict", "scope", "assumes", "margin", "tolerance", "tightness"}
    fields |= {"admissible", "tried", "seed", "seconds", "detail", "witness"}
    assert all(fields <= set(evidence) for evidence in lemma["evidence"])
    assert set(lemma["necessity"][0]) == {"hypothesis", "needed", "witness", "detail"}
    assert lemma["verdict"] == "PROVED"
    assert part["verdict"] == "REFUTED"
    assert all(isinstance(v, str) for v in part["evidence"][0]["witness"].values())


def test_replay_confirms_and_a_forged_witness_fails(document: dict, tmp_path: Path) -> None:
    good = tmp_path / "good.json"
    good.write_text(json.dumps(document))
    assert run("--replay", str(good)).returncode == 0
    # Far from 0 the lemma's bound holds, so this is no counterexample any more.
    document["claims"][1]["evidence"][0]["witness"] |= {"theta_1": "(1, 0)", "theta_2": "(0, 1)"}
    forged = tmp_path / "forged.json"
    forged.write_text(json.dumps(document))
    done = run("--replay", str(forged))
    assert done.returncode == 1
    assert "FAILED" in done.stdout


@pytest.mark.parametrize("text", ["{", "[]", '{"schema": 2, "claims": []}'])
def test_replay_of_something_else_is_wrong_usage(text: str, tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    path.write_text(text)
    done = run("--replay", str(path))
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


def test_your_own_numbers(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    numbers = ["--set", "d=7", "--set", "eps=0.3", "--set", "theta_min=0.05"]
    done = run(LEMMA, "--budget", "quick", *numbers, "--json", str(path))
    assert done.returncode == 0, done.stdout + done.stderr
    (record,) = json.loads(path.read_text())["claims"]
    assert record["parameters"] == {"d": 7, "eps": 0.3, "theta_min": 0.05}
    worst = next(e["witness"] for e in record["evidence"] if e["method"] == "NUMERIC")
    assert worst["theta_1"].count(",") == 6
    assert "at your numbers: d = 7, eps = 0.3, theta_min = 0.05; 0 claims ran" in done.stdout
    assert "\n1 claim: 1 proved" in done.stdout


def test_one_method_alone(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    assert run(LEMMA, "--method", "exact", "--json", str(path)).returncode == 0
    (record,) = json.loads(path.read_text())["claims"]
    assert {e["method"] for e in record["evidence"]} == {"EXACT"}


def test_interrupting_keeps_what_was_done(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    command = [sys.executable, "-m", "verify", "--json", str(path), "--workers", "2"]
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "COLUMNS": "100"},
        start_new_session=True,
    )
    # At work, and not still importing, when the first claims are through.
    assert process.stderr is not None
    begun = next((line for line in process.stderr if " claims, " in line), "")
    assert begun, "the run ended before it told how far it was"
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130, out + err
    assert "INTERRUPTED" in out
    assert "Traceback" not in err
    assert json.loads(path.read_text())["schema"] == 1


@pytest.mark.parametrize("where", ["while it loads", "while it reports"])
def test_interrupted_outside_the_claims_it_says_one_line(where: str) -> None:
    """While modules are loaded, and by a second Ctrl-C while the first one's report is printed."""
    loads = "sys.modules['verify.cli'] = Interrupts('verify.cli')"
    reports = "import verify.cli; verify.cli.main = interrupt"
    code = f"""
import runpy, sys, types
def interrupt(*given):
    raise KeyboardInterrupt
class Interrupts(types.ModuleType):
    __getattr__ = interrupt
{loads if where == "while it loads" else reports}
runpy.run_module("verify", run_name="__main__", alter_sys=True)
"""
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (130, "verify: interrupted\n")
