"""What an AutoAttack evaluation adds to the record of an experiment, and when it adds nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from jaxat.series import complete


@pytest.fixture
def work(tmp_path: Path) -> Path:
    (tmp_path / "experiment.json").write_text("{}")
    pgd = {"mean": 52.0, "std": 1.0, "n": 2}
    record = {"seeds": [0, 3], "result": {"pgd_robust_accuracy": pgd}}
    (tmp_path / "result.json").write_text(json.dumps(record))
    return tmp_path


def reports(**changes: Any) -> list[dict[str, Any]]:
    usual = {
        "attack": "autoattack",
        "evaluation": {"version": "standard"},
        "as_trained": True,
        "weights": "best",
        "attacks_compute_in": "bfloat16",
        "n": 10_000,
        "n_all": 10_000,
    }
    return [
        {**usual, "seed_of_run": seed, "robust_accuracy": found, **changes}
        for seed, found in ((3, 47.0), (0, 49.0))
    ]


def result(work: Path) -> dict[str, Any]:
    return json.loads((work / "result.json").read_text())["result"]


def test_selected_and_last_weights_have_names_of_their_own(work: Path) -> None:
    assert complete(work, reports())
    found = result(work)
    assert found["robust_accuracy"] == {"mean": 48.0, "std": pytest.approx(2**0.5), "n": 2}
    whole = json.loads((work / "result.json").read_text())
    assert whole["attacks_compute_in"] == ["bfloat16"]
    assert complete(work, [{**r, "robust_accuracy": 44.0} for r in reports(weights="last")])
    assert result(work) == {
        **found,
        "last_autoattack_accuracy": {"mean": 44.0, "std": 0.0, "n": 2},
    }


@pytest.mark.parametrize(
    "found",
    [
        reports(attack="pgd20"),
        reports(n=1000),
        reports(as_trained=False),
        reports(evaluation={"version": "rand"}),
        reports()[:1],
        [reports()[0], reports(weights="last")[1]],
        [],
    ],
    ids=["pgd", "some images", "other radius", "rand", "one seed", "mixed weights", "none"],
)
def test_anything_less_is_left_out(work: Path, found: list[dict[str, Any]]) -> None:
    before = (work / "result.json").read_bytes()
    assert not complete(work, found)
    assert (work / "result.json").read_bytes() == before


def test_experiments_judged_by_pgd_stay_as_they_are(work: Path) -> None:
    record = {"seeds": [0, 3], "result": {"robust_accuracy": {"mean": 52.0, "std": 1.0, "n": 2}}}
    (work / "result.json").write_text(json.dumps(record))
    assert not complete(work, reports())
    assert result(work) == record["result"]
