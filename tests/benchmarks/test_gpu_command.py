"""``benchmarks/gpu.py`` as it is called: mistakes, records, the way back, training that stops."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from benchmarks import gpu
from benchmarks.on_gpu import reproduction, shipping
from benchmarks.on_gpu.ledger import Clock, Ledger, LedgerError, OutOfTimeError
from benchmarks.on_gpu.reproduction import PRESETS, preset_names, wilson
from benchmarks.on_gpu.sizes import FULL, METHODS, SMOKE
from jaxat import presets

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    """The command sets variables for JAX, which other tests must not inherit."""
    before = dict(os.environ)
    yield
    os.environ.clear()
    os.environ.update(before)


def entry(backend: str = "gpu", command: str = "python gpu.py ceilings") -> dict[str, Any]:
    environment = {"backend": backend, "command": command, "device": "a device"}
    return {"measured": {"x": 1}, "seconds": 1.0, "environment": environment}


def put(path: Path, values: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(values), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["timming"], "unknown stage 'timming'; there are ceilings, correctness"),
        (["train", "ship"], "only ceilings, correctness, timing, train"),
        (["timing", "--minutes", "0"], "--minutes is a positive number; got 0"),
        ([], "the following arguments are required: STAGE"),
    ],
)
def test_a_mistake_is_one_line(
    words: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as caught:
        gpu.main(words)
    assert caught.value.code == 2
    assert message in capsys.readouterr().err.splitlines()[-1]


def test_without_a_gpu_nothing_is_measured(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert gpu.main(["ceilings", "--work", str(tmp_path)]) == 2
    assert "JAX sees no GPU here; --smoke tries everything tiny" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_a_stage_is_measured_and_brought(tmp_path: Path) -> None:
    words = [
        "ceilings",
        "--smoke",
        "--work",
        str(tmp_path / "work"),
        "--out",
        str(tmp_path / "out"),
    ]
    assert gpu.main([*words, "--only", "copy"]) == 0
    found = Ledger(tmp_path / "out" / "gpu.json")
    assert list(found.values["ceilings"]) == ["copy"]
    measured: Any = found.measured("ceilings", "copy")
    rate = measured["bytes"] / sorted(measured["seconds"])[2] / 1e12
    assert measured["terabyte_per_second"] == pytest.approx(rate)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["ceilings", "--only", "cpoy"], "--only cpoy names no item of ceilings that can be"),
        (["autoattack"], "no item of autoattack that can be measured now; a run is attacked when"),
    ],
)
def test_what_names_nothing_is_told(
    words: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert gpu.main([*words, "--smoke", "--work", str(tmp_path)]) == 2
    assert said in capsys.readouterr().err


def test_only_full_runs_on_a_gpu_are_recorded(tmp_path: Path) -> None:
    measured, results = tmp_path / "gpu.json", tmp_path / "results"
    put(results / "gpu.json", {"ceilings": {"copy": entry()}, "timing": {"epoch": entry()}})
    put(measured, {"ceilings": {"copy": {**entry(), "seconds": 2.0}, "other": entry()}})
    shipping.record(measured, results)
    kept = Ledger(results / "gpu.json").values
    assert kept["ceilings"]["copy"]["seconds"] == 2.0
    assert {stage: sorted(items) for stage, items in kept.items()} == {
        "ceilings": ["copy", "other"],
        "timing": ["epoch"],
    }
    for wrong in (entry("cpu"), entry(command="python gpu.py ceilings --smoke")):
        put(measured, {"ceilings": {"copy": wrong}})
        with pytest.raises(LedgerError, match="only full runs on a GPU are recorded"):
            shipping.record(measured, results)
    put(measured, {"ceilings": {"copy": {**entry(), "measured": {"failed": "ValueError: no"}}}})
    shipping.record(measured, results)
    assert Ledger(results / "gpu.json").values == kept
    put(measured, {})
    with pytest.raises(LedgerError, match="holds no measurements"):
        shipping.record(measured, results)
    assert Ledger(results / "gpu.json").values == kept


def test_measurements_of_several_calls_are_put_together(tmp_path: Path) -> None:
    work, out = tmp_path / "work", tmp_path / "out"
    put(work / "gpu.json", {"timing": {"epoch": entry(), "methods": entry()}})
    new = {"timing": {"epoch": {**entry(), "seconds": 7.0}}, "tuning": {"a": entry()}}
    put(out / "gpu.json", new)
    assert shipping.receive(out, work) == []
    found = Ledger(work / "gpu.json").values
    assert found["timing"]["epoch"]["seconds"] == 7.0
    assert sorted(found["timing"]) == ["epoch", "methods"]
    assert "a" in found["tuning"]


def test_runs_of_a_gpu_become_records_and_others_do_not(tmp_path: Path) -> None:
    runs, results = tmp_path / "runs", tmp_path / "results"
    results.mkdir()
    kinds = {"a": ("gpu", "train a"), "b": ("cpu", "train b"), "c": ("gpu", "train c --smoke")}
    for name, (backend, command) in kinds.items():
        made = {"backend": backend, "command": command}
        put(runs / name / "result.json", {"preset": name, "environment": made, "rows": [1]})
    assert shipping.record_runs(runs, results) == [results / "a.json"]
    assert json.loads((results / "a.json").read_text())["rows"] == [1]


@pytest.mark.parametrize(
    ("seconds", "names"),
    [(6.0, PRESETS), (6.1, tuple(f"{name}-30ep" for name in PRESETS))],
)
def test_the_papers_schedule_if_an_epoch_is_fast_enough(
    seconds: float, names: tuple[str, ...], tmp_path: Path
) -> None:
    ledger = Ledger(tmp_path / "gpu.json")
    assert preset_names(ledger) == tuple(f"{name}-30ep" for name in PRESETS)
    ledger.put("timing", "epoch", {"epoch_and_evaluation_seconds": seconds}, 1)
    assert preset_names(ledger) == names
    assert set(names) <= set(presets.names())


def test_wilsons_interval_is_where_the_score_test_rejects() -> None:
    n, z = 1000, 1.959964
    for count in (3, 480, 1000):
        for end in wilson(count, n):
            p = end / 100
            if 1e-12 < p < 1 - 1e-12:
                assert abs(count / n - p) == pytest.approx(z * (p * (1 - p) / n) ** 0.5)


def test_settings_say_how_and_not_what() -> None:
    """But for the precision of the network, which the README names."""
    words = {s.partition("=")[0] for s in reproduction.SETTINGS}
    from jaxat.commands.recorded import _HOW

    assert words - _HOW == {"model.dtype"}


def test_sizes_are_settings_that_exist() -> None:
    for sizes in (FULL, SMOKE):
        for method in METHODS.values():
            config = sizes.config(**method)
            assert config.ensgd == "none" or sizes.minibatches % config.ensgd_steps == 0
            assert config.model_options["dtype"] == "bfloat16"
    assert FULL.config("WRN-34-10").model == "wrn-34-10"
    assert (FULL.batch, FULL.attack_steps, FULL.eval_steps) == (128, 10, 20)


def test_a_process_that_does_not_end_is_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow, python = tmp_path / "slow", sys.executable
    slow.write_text(f"#!{python}\nimport time\ntime.sleep(60)\n")
    slow.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(slow))
    with pytest.raises(OutOfTimeError, match="stopped, 3 epochs done; the same command goes on"):
        reproduction._run(["train", "x"], Clock(1), lambda: "3 epochs done")
    slow.write_text(f"#!{python}\nimport sys\nsys.exit('jaxat train: no such thing')\n")
    with pytest.raises(RuntimeError, match="jaxat train ended with 1: jaxat train: no such thing"):
        reproduction._run(["train", "x"], Clock(60), lambda: "")


def test_the_plan_says_what_is_missing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ledger = Ledger(tmp_path / "gpu.json")
    assert gpu.main(["plan", "--work", str(tmp_path)]) == 0
    said = capsys.readouterr().out
    assert "An epoch of AT takes not measured yet" in said
    assert "train autoattack --only cifar10-rn18-at-30ep " in said
    ledger.put("timing", "epoch", {"epoch_and_evaluation_seconds": 5.25}, 1)
    ledger.put("timing", "methods", {"failed": "ValueError: no kernel"}, 1)
    assert gpu.main(["plan", "--work", str(tmp_path)]) == 0
    said = capsys.readouterr().out
    assert "takes 5.2 s with its evaluation" in said
    assert "train autoattack --only cifar10-rn18-at " in said
    assert "failed: methods: ValueError: no kernel" in said


def test_the_processor_and_the_data_are_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "parts").mkdir()
    for words, given, wanted in (
        ("timing", "cuda", ("cuda,cpu", str(tmp_path / "data"))),
        ("timing train", "", ("", str(tmp_path / "data"))),
        ("pack", "cpu", ("cpu", None)),
    ):
        monkeypatch.setenv("JAX_PLATFORMS", given)
        monkeypatch.delenv("JAXAT_DATA", raising=False)
        gpu._prepare(argparse.Namespace(stages=words.split(), work=tmp_path))
        assert (os.environ["JAX_PLATFORMS"], os.environ.get("JAXAT_DATA")) == wanted


# What neither JAX, Flax, optax nor NumPy brings along, and this project uses elsewhere.
ABSENT = "sympy flint scipy z3 matplotlib tensorboardX jaxtyping beartype tyro torch mpmath pdoc"


def test_jax_flax_optax_and_numpy_are_enough(tmp_path: Path) -> None:
    code = (
        f"import sys; sys.modules.update(dict.fromkeys({ABSENT.split()!r}));"
        "from benchmarks import gpu;"
        "from benchmarks.on_gpu import correctness, planning, reproduction, shipping, smoke;"
        "from benchmarks.on_gpu import timing, torch_comparison, tuning;"
        f"sys.exit(gpu.main(['ceilings', '--smoke', '--work', {str(tmp_path)!r}]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={**os.environ, "JAX_PLATFORMS": "cpu"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
