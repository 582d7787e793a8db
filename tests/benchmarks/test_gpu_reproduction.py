"""Trainings and AutoAttack in the harness: which are run, in which order, at which cost."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.on_gpu import reproduction, timing
from benchmarks.on_gpu.ledger import Ledger
from benchmarks.on_gpu.reproduction import PRESETS
from benchmarks.on_gpu.sizes import FULL
from jaxat import presets


def test_all_images_are_attacked_in_the_call_that_finds_that_it_has_the_time(
    tmp_path: Path,
) -> None:
    ledger = Ledger(tmp_path / "gpu.json")
    (tmp_path / "runs" / "a").mkdir(parents=True)
    (tmp_path / "runs" / "a" / "result.json").write_text("{}")
    items = reproduction.autoattack_items(FULL, ["a"], tmp_path, ledger)
    first = next(items)
    assert first.name == "a, 1000 images, bfloat16"
    ledger.put("autoattack", first.name, {"seconds_an_image": 0.02}, 1)
    others = ["a, 10000 images, bfloat16", "a, 1000 images, float32"]
    assert [item.name for item in items] == others
    ledger.put("autoattack", first.name, {"seconds_an_image": 0.06}, 1)
    items = reproduction.autoattack_items(FULL, ["a"], tmp_path, ledger)
    assert [item.name for item in items] == [first.name, others[1]]


def test_images_that_fill_up_a_batch_take_time_too() -> None:
    square = {"name": "square", "seconds": 60.0, "forwards": 500, "backwards": 0, "padding": 500}
    other = {"name": "apgd-ce", "seconds": 99.0, "forwards": 10, "backwards": 10, "padding": 5}
    assert reproduction._seconds_an_image([other, square], 10) == pytest.approx(520 * 0.06 / 10)


def test_an_evaluation_that_was_stopped_took_the_time_of_all_its_processes() -> None:
    attacks = [{"name": "apgd-ce", "seconds": 100.0}, {"name": "square", "seconds": 150.0}]
    report = {"seconds": 40.0, "evaluation": {"attacks": attacks}}
    assert reproduction._seconds_of_all(report) == 250.0
    assert reproduction._seconds_of_all({**report, "seconds": 260.0}) == 260.0


def test_the_epoch_that_is_timed_is_what_a_training_computes_and_compiles() -> None:
    """But for numbers that are arguments of what is compiled, and for what happens in between."""
    preset = presets.get(f"{PRESETS[0]}-30ep").with_settings(list(reproduction.SETTINGS))
    timed, trained = FULL.config(**timing.EPOCH).to_json(), preset.config.to_json()
    apart = {name for name in timed if timed[name] != trained[name]}
    between = {"epochs", "lr", "lr_drops", "select", "eval_train", "checkpoint_every"}
    assert apart <= between
    assert (FULL.images, FULL.test_images) == (50_000, 10_000)
