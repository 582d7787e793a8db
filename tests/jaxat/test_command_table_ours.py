"""``python -m jaxat table`` of our own experiments: cifar10-small and cifar10-rn18-30ep."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from jaxat import presets
from jaxat.__main__ import main
from jaxat.commands.small import OURS, welch_interval

SHORT = "cifar10-rn18-30ep"
AT = [52.1, 52.6, 51.9]
AWP = [54.0, 54.9, 54.1]


def table(capsys: pytest.CaptureFixture[str], name: str, folder: Path) -> str:
    status = main(["table", name, "--results", str(folder)])
    out, err = capsys.readouterr()
    assert (status, err) == (0, "")
    return out


def row(out: str, preset: str) -> list[str]:
    """The cells of a row: columns have two blanks or more between them."""
    line = next(line for line in out.splitlines() if line.split()[:1] == [preset])
    return re.split(r" {2,}", line)


def summary(values: list[float]) -> dict[str, Any]:
    std = float(np.std(values, ddof=1)) if len(values) > 1 else None
    return {"mean": float(np.mean(values)), "std": std, "n": len(values)}


def put(folder: Path, preset: str, **more: Any) -> None:
    """A record, with the preset's own settings where ``config`` has no others."""
    config = presets.get(preset).config.to_json() | more.pop("config", {})
    (folder / f"{preset}.json").write_text(json.dumps({"preset": preset, "config": config, **more}))


def measured(pgd: list[float], *, autoattack: bool = True) -> dict[str, Any]:
    lower = {"robust_accuracy": summary([value - 3 for value in pgd])} if autoattack else {}
    return {
        "clean_accuracy": summary([value + 30 for value in pgd]),
        "pgd_robust_accuracy": summary(pgd),
        "last_robust_accuracy": summary([value - 1 for value in pgd]),
        "train_robust_accuracy": summary([value + 5 for value in pgd]),
        **lower,
    }


def test_every_row_without_a_record_says_what_fills_it(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    for name, ours in OURS.items():
        out = table(capsys, name, tmp_path)
        for preset in ours.presets:
            cells = row(out, preset)
            assert cells[1] == "-"
            assert cells[-1] == f"python -m jaxat train {preset} --seeds 0,1,2"
    assert [len(ours.presets) for ours in OURS.values()] == [5, 4]


def test_both_attacks_of_both_epochs_and_the_interval(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    last = {"last_autoattack_accuracy": summary([44.0, 44.5, 45.0])}
    put(tmp_path, "cifar10-rn18-at-30ep", result=measured(AT) | last)
    put(tmp_path, "cifar10-rn18-awp-30ep", result=measured(AWP, autoattack=False))
    put(tmp_path, "cifar10-rn18-at-ensgd-30ep", result=measured([52.0, 52.7, 52.0]))
    out = table(capsys, SHORT, tmp_path)
    assert row(out, "cifar10-rn18-at-30ep")[1:] == [
        *("52.20±0.36", "51.20±0.36", "49.20±0.36", "44.50±0.50", "82.20±0.36", "3"),
    ]
    awp = row(out, "cifar10-rn18-awp-30ep")
    assert awp[1:7] == ["54.33±0.49", "53.33±0.49", "-", "-", "84.33±0.49", "3"]
    assert awp[8] == "python -m jaxat evaluate runs/cifar10-rn18-awp-30ep --attack autoattack"
    low, high = map(float, re.findall(r"[-+]\d+\.\d+", awp[7]))
    stats = pytest.importorskip("scipy.stats")
    wanted = stats.ttest_ind(AWP, AT, equal_var=False).confidence_interval(0.95)
    assert (low, high) == pytest.approx((wanted.low, wanted.high), abs=0.0051)
    assert awp[7].endswith("] resolved")
    ensgd = row(out, "cifar10-rn18-at-ensgd-30ep")
    assert ensgd[7].endswith("] not resolved")
    assert ensgd[8] == ensgd[7], "the same values, three points lower"
    assert "one seed" not in out
    assert "Recorded with other settings" not in out


def test_one_seed_resolves_nothing(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    put(tmp_path, "cifar10-rn18-at-30ep", result=measured([52.0]))
    put(tmp_path, "cifar10-rn18-awp-30ep", result=measured([60.0]))
    out = table(capsys, SHORT, tmp_path)
    assert row(out, "cifar10-rn18-awp-30ep")[1:] == [
        *("60.00", "59.00", "57.00", "-", "90.00", "1", "+8.00 one seed", "+8.00 one seed"),
    ]
    assert "one seed: no difference is resolved" in out
    assert "[" not in out


def test_the_papers_cells_stay_without_thirty_epochs(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    before = table(capsys, "kanai-1", tmp_path)
    put(tmp_path, "cifar10-rn18-awp-30ep", result=measured(AWP))
    for name in ("kanai-1", "kanai-3"):
        out = table(capsys, name, tmp_path)
        assert "51.33" not in out
        assert "54.33" not in out
        assert f"python -m jaxat table {SHORT}" in out.splitlines()[-1]
    assert table(capsys, "kanai-1", tmp_path).startswith(before)
    assert SHORT not in table(capsys, "kanai-2", tmp_path)


def test_other_settings_and_other_budgets_are_told(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    rows = [{"seed": 0, "minibatches": 11_700}]
    put(tmp_path, "cifar10-rn18-at-30ep", result=measured(AT), rows=rows)
    put(tmp_path, "cifar10-rn18-awp-30ep", result=measured(AWP), rows=rows)
    assert "Minibatches" not in table(capsys, SHORT, tmp_path)
    config = {"model_options": {"dtype": "bfloat16"}, "compiled": "step"}
    rows = [{"seed": 0, "minibatches": 11_400}]
    put(tmp_path, "cifar10-rn18-awp-30ep", result=measured(AWP), rows=rows, config=config)
    out = table(capsys, SHORT, tmp_path)
    assert "Minibatches: cifar10-rn18-at-30ep 11700, cifar10-rn18-awp-30ep 11400" in out
    assert "not the preset cifar10-rn18-awp-30ep, but model_options={'dtype': 'bfloat16'}" in out


@pytest.mark.parametrize(
    "record",
    [{}, {"result": {}}, {"result": 3}, {"result": {"clean_accuracy": {"mean": 1.0}}}],
)
def test_records_without_means_are_named(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, record: dict[str, Any]
) -> None:
    put(tmp_path, "cifar10-small-awp", **record)
    status = main(["table", "cifar10-small", "--results", str(tmp_path)])
    out, err = capsys.readouterr()
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert "cifar10-small-awp.json has no means under result" in err


def test_welchs_interval_is_scipys() -> None:
    stats = pytest.importorskip("scipy.stats")
    rng = np.random.default_rng(0)
    for sizes in ((2, 3), (3, 3), (5, 2)):
        a, b = (rng.normal(50, scale, size) for scale, size in zip((0.3, 1.2), sizes, strict=True))
        found = welch_interval(
            (float(a.mean()), float(a.std(ddof=1)), a.size),
            (float(b.mean()), float(b.std(ddof=1)), b.size),
        )
        wanted = stats.ttest_ind(b, a, equal_var=False).confidence_interval(0.95)
        # betainc has the precision of the run, float32 in one of them.
        assert found == pytest.approx((wanted.low, wanted.high), rel=2e-3)
