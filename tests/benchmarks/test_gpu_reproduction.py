"""Trainings and AutoAttack in the harness: which are run, in which order, at which cost."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.on_gpu import reproduction
from benchmarks.on_gpu.ledger import Ledger
from benchmarks.on_gpu.sizes import FULL


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
