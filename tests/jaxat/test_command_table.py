"""``python -m jaxat table``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from jaxat import presets
from jaxat.__main__ import main


def table(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    status = main(["table", *words])
    out, err = capsys.readouterr()
    return status, out, err


def line_of(out: str, start: str) -> list[str]:
    return next(words for line in out.splitlines() if (words := line.split())[:1] == [start])


def write(path: Path, preset: str, **more: Any) -> None:
    config = presets.get(preset).config.to_json() | more.pop("config", {})
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps({"preset": preset, "config": config, **more}))


def test_empty_cells_say_what_fills_them(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    for name in ("kanai-1", "kanai-2", "kanai-3"):
        status, out, err = table(capsys, name, "--results", str(tmp_path))
        assert (status, err) == (0, "")
    words = line_of(out, "svhn-rn18-at-ensgd2")
    assert words[1:4] == ["PGD-20", "59.3±0.1", "-"]
    assert " ".join(words[4:]) == "python -m jaxat train svhn-rn18-at-ensgd2 --seeds 0,1,2"


@pytest.mark.parametrize("k", range(1, 7))
def test_yamadas_tables_are_there(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, k: int
) -> None:
    status, out, _ = table(capsys, f"yamada-{k}", "--results", str(tmp_path))
    assert status == 0
    assert out.count(f"python -m jaxat train yamada-table{k}\n") == len(
        presets.get(f"yamada-table{k}").sweep["eps"]
    )


def test_measured_cells(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    one = {"mean": 52.7149, "std": 0.3, "n": 3}
    write(tmp_path / "a" / "result.json", "svhn-rn18-at", result={"robust_accuracy": one})
    single = {"mean": 47.0, "std": None, "n": 1}
    write(tmp_path / "b.json", "cifar10-rn18-at", result={"pgd_robust_accuracy": single})
    both = {"robust_accuracy": one, "pgd_robust_accuracy": single}
    write(tmp_path / "c.json", "cifar10-rn18-awp", result=both)
    (tmp_path / "speed.json").write_text('{"seconds": 1}')
    status, out, _ = table(capsys, "kanai-1", "--results", str(tmp_path))
    assert status == 0
    assert line_of(out, "svhn-rn18-at")[2:] == ["53.1±0.6", "52.71±0.30", "3"]
    pgd = line_of(out, "cifar10-rn18-at")
    assert pgd[2:6] == ["48.0±0.2", "47.00", "(PGD-20)", "1"]
    assert " ".join(pgd[6:]) == (
        "python -m jaxat evaluate runs/cifar10-rn18-at --attack autoattack"
    )
    assert line_of(out, "cifar10-rn18-awp")[2:] == ["49.9±0.4", "52.71±0.30", "3"]
    assert "other settings" not in out


def test_a_radius_is_found_however_it_is_written(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    # 12, 11 and 11 of 12 right, and 7, 8 and 8 of 8: differences of 12.5, -8.3 and -8.3 points.
    rows = [
        {"eps": eps, "seed": seed, "train_correct": train, "test_correct": test}
        for eps, seed, train, test in (
            ("0.1", 0, 12, 7),
            ("0.1", 1, 11, 8),
            ("25.5/255", 2, 11, 8),
            ("8/255", 0, 6, 2),
        )
    ]
    write(tmp_path / "x.json", "yamada-table3", rows=rows, n_train=12, n_test=8)
    status, out, _ = table(capsys, "yamada-3", "--results", str(tmp_path))
    assert status == 0
    assert line_of(out, "25.5/255") == [
        *("25.5/255", "99.46", "94.44±4.81", "99.67", "95.83±7.22"),
        *("-0.21", "-1.39±12.03", "3"),
    ]
    assert line_of(out, "8/255")[1:] == ["99.74", "50.00", "99.86", "25.00", "-0.12", "25.00", "1"]
    empty = line_of(out, "51/255")
    assert " ".join(empty[7:]) == (
        "python -m jaxat train yamada-table3 --set eps=51/255 --workdir runs/yamada-table3-51_255"
    )


def test_other_settings_are_told(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    rows = [{"eps": "0.4", "seed": 0, "train_correct": 1, "test_correct": 1}]
    # What the preset sweeps over, and how a run is computed, is no difference.
    config = {"epochs": 3, "eps": "0.4", "compiled": "step"}
    write(tmp_path / "x.json", "yamada-table1", rows=rows, n_train=1, n_test=1, config=config)
    _, out, _ = table(capsys, "yamada-1", "--results", str(tmp_path))
    assert "x.json: not the preset yamada-table1, but epochs=3\n" in out


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "is no JSON"),
        ('{"preset": "svhn-rn18-at"}', "no robust accuracy"),
        ('{"preset": "svhn-rn18-at", "result": {"robust_accuracy": 3}}', "no robust accuracy"),
    ],
)
def test_damaged_records_are_named(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, text: str, said: str
) -> None:
    (tmp_path / "bad.json").write_text(text)
    status, out, err = table(capsys, "kanai-1", "--results", str(tmp_path))
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert said in err
    assert "bad.json" in err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["kanai-4"], "unknown table 'kanai-4'; did you mean kanai-"),
        (["madry"], "there are kanai-1, kanai-2"),
        (["kanai-1", "--results", "/not/there"], "is no folder"),
        ([], "NAME"),
    ],
)
def test_mistakes_are_one_line(
    capsys: pytest.CaptureFixture[str], words: list[str], said: str
) -> None:
    status, out, err = table(capsys, *words)
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert err.startswith("jaxat table: ")
    assert said in err
