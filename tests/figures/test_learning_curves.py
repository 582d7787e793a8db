"""The learning curves: public logs as they are, our runs beside them, and what is missing said."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from figures import recorded
from figures.gallery import learning_curves as figure
from figures.sources import source_digest
from figures.store import load_or_compute
from figures.style import styled
from jaxat import presets

ROOT = Path(__file__).resolve().parents[2]
LOGS = json.loads((ROOT / "benchmarks" / "reported" / "awp_logs.json").read_text(encoding="utf-8"))
Put = Callable[..., None]


@pytest.fixture
def put(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Put:
    """An empty folder of records in place of ours; put(name, epochs) makes one of two seeds."""
    folder = tmp_path / "records"
    folder.mkdir()
    monkeypatch.setattr(recorded, "RESULTS", folder)

    def make(name: str, epochs: int) -> None:
        rows = [
            {
                "seed": seed,
                "epoch": epoch,
                "seconds": 10.0,
                "train_accuracy": 0.3,
                "test_accuracy": 60.0 + epoch + 2 * seed,
                "test_robust_accuracy": 50.0 - abs(epoch - 4) + 2 * seed,
            }
            for seed in (0, 1)
            for epoch in range(epochs)
        ]
        (folder / f"{name}.json").write_text(json.dumps({"epochs": rows}))

    return make


def axes_of(arrays: Any) -> list[Any]:
    with styled():
        drawing = figure.draw({name: np.asarray(value) for name, value in arrays.items()})
        drawing.canvas.draw()
    return drawing.get_axes()


def lines_of(axes: Any) -> dict[str, Any]:
    return {str(line.get_label()): line for line in axes.lines}


def words(axes: Any) -> str:
    return "\n".join(text.get_text() for text in axes.texts)


def test_without_records_the_public_logs_stand_alone(put: Put) -> None:
    robust, clean, *short = axes_of(figure.compute(9))
    for axes, column in ((robust, 6), (clean, 5)):
        lines = lines_of(axes)
        assert list(lines) == ["AT, public log", "AWP, public log"]
        for run, line in zip(("at", "awp"), lines.values(), strict=True):
            rows = np.array(LOGS["runs"][run]["rows"])
            np.testing.assert_array_equal(line.get_ydata(), rows[:, column])
            np.testing.assert_array_equal(line.get_xdata(), np.arange(1, 201))
        for name in figure.LONG:
            assert f"python -m jaxat train {name}\n" in words(axes) + "\n"
    for axes in short:
        assert not axes.lines
        assert "30-epoch schedule" in axes.get_title()
        assert words(axes).startswith("not measured, run:")
        for name in figure.SHORT:
            assert f"python -m jaxat train {name}\n" in words(axes) + "\n"


def test_schedules_have_panels_of_their_own(put: Put) -> None:
    put("cifar10-rn18-awp", 8)
    put("cifar10-rn18-at-ensgd-30ep", 6)
    robust, clean, short_robust, short_clean = axes_of(figure.compute(9))
    long = lines_of(robust)
    assert list(long) == ["AT, public log", "AWP, public log", "AWP, ours"]
    np.testing.assert_allclose(long["AWP, ours"].get_ydata(), [47, 48, 49, 50, 51, 50, 49, 48])
    assert long["AWP, ours"].get_color() == long["AWP, public log"].get_color()
    assert long["AWP, ours"].get_linestyle() != long["AWP, public log"].get_linestyle()
    np.testing.assert_allclose(lines_of(clean)["AWP, ours"].get_ydata(), np.arange(61, 69))
    assert words(robust).endswith("python -m jaxat train cifar10-rn18-at")
    for axes, column in ((short_robust, 6), (short_clean, 5)):
        lines = lines_of(axes)
        public = [f"{name}, public log, first 15 of 200" for name in ("AT", "AWP")]
        assert list(lines) == [*public, "AT + EnSGD, ours"]
        begin = np.array(LOGS["runs"]["at"]["rows"])[:15, column]
        np.testing.assert_array_equal(lines[public[0]].get_ydata(), begin)
        assert "200 epochs" not in axes.get_title()
        assert "at-ensgd" not in words(axes)
    np.testing.assert_array_equal(lines["AT + EnSGD, ours"].get_xdata(), np.arange(1, 7))


def test_public_curves_end_where_the_rates_part() -> None:
    for name in figure.SHORT:
        drops = presets.get(name).config.lr_drops
        assert min(map(int, drops)) == figure.SAME_RATE
    for run in LOGS["runs"].values():
        rates = [row[3] for row in run["rows"][: figure.SAME_RATE]]
        assert set(rates) == {presets.get("cifar10-rn18-at-30ep").config.lr}
    for name, public in zip(figure.LONG, ("at", "awp"), strict=True):
        config, settings = presets.get(name).config, LOGS["runs"][public]["settings"]
        assert config.awp == float(settings["awp_size"])
        assert config.epochs == int(settings["epochs"])
        assert config.eval_steps == int(settings["attack_iters_test"])


def test_the_file_beside_it_keeps_reported_and_measured(put: Put, tmp_path: Path) -> None:
    put("cifar10-rn18-at-30ep", 6)
    load_or_compute(figure.FIGURE, 9, tmp_path)
    found = json.loads((tmp_path / "learning-curves.json").read_text())
    assert found["reported"]["AT"]["best"] == {"epoch": 102, "robust": 52.79, "clean": 81.70}
    assert found["reported"]["AWP"]["last"] == {"epoch": 199, "robust": 54.30, "clean": 81.65}
    measured = found["measured"]
    assert measured.pop("cifar10-rn18-at-30ep") == {
        "best": {"epoch": 4, "robust": 51.0, "clean": 65.0},
        "last": {"epoch": 5, "robust": 50.0, "clean": 66.0},
    }
    assert set(measured.values()) == {"not measured"}
    assert set(measured) == {*figure.LONG, *figure.SHORT} - {"cifar10-rn18-at-30ep"}


def test_other_public_numbers_make_other_arrays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = "figures.gallery.learning_curves"
    before = source_digest(module, (), ("awp_logs",))
    assert before != source_digest(module)
    monkeypatch.setattr(recorded, "REPORTED", tmp_path)
    (tmp_path / "awp_logs.json").write_text(json.dumps(LOGS))
    assert before != source_digest(module, (), ("awp_logs",))
    (tmp_path / "awp_logs.json").write_text("{")
    with pytest.raises(ValueError, match=r"cannot read the record awp_logs\.json"):
        figure.compute(9)
    (tmp_path / "awp_logs.json").unlink()
    with pytest.raises(ValueError, match=r"cannot read the record awp_logs\.json"):
        figure.compute(9)
