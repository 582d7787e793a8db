"""Figures that are drawn from recorded training runs: with records made here, and without any."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from figures import recorded
from figures.figure import all_figures
from figures.gallery import kanai_fig3, kanai_fig6
from figures.sources import source_digest
from figures.style import styled
from figures.yamada_curves import curve_arrays
from jaxat import presets
from theory.tables.recorded_yamada import linear_fit, means_by_radius, sharpness_of_curve

ALPHA = [-1.0, 0.0, 1.0]
CURVES = {
    "curves": [
        {"eps": "0", "noise": "pgd", "seed": 0, "alpha": ALPHA, "loss": [1.5, 1.0, 1.1]},
        {"eps": "51/255", "noise": "pgd", "seed": 0, "alpha": ALPHA, "loss": [5.0, 2.0, 4.0]},
        {"eps": "51/255", "noise": "pgd", "seed": 1, "alpha": ALPHA, "loss": [4.0, 2.0, 7.0]},
        {"eps": "51/255", "noise": "random", "seed": 0, "alpha": ALPHA, "loss": [1.25, 1.0, 1.25]},
    ]
}
ROWS = {
    "rows": [
        {
            "norm": norm,
            "eps": eps,
            "seed": seed,
            "eigenvalues": [value, value / 2, value / 4],
            "eigenvalues_detached": [0.9 * value, 0.4 * value, 0.2 * value],
            "weight_norm": 3 + 0.1 * i,
        }
        for norm, radii in (
            ("l2", ("0", "0.2", "0.4")),
            ("linf", ("0", "4/255", "8/255", "51/255")),
        )
        for i, eps in enumerate(radii)
        for seed, value in ((0, 0.05 + 0.02 * i**2), (1, 0.07 + 0.02 * i**2))
    ]
}


def epochs(name: str) -> dict[str, Any]:
    start = 0.3 if name.endswith("at") else 0.4
    rows = [
        {
            "seed": seed,
            "epoch": epoch,
            "seconds": 1800.0,
            "train_accuracy": start + 0.1 * epoch,
            **({"test_robust_accuracy": 40.0 + epoch + 2 * seed} if epoch % 2 else {}),
        }
        for seed in (0, 1)
        for epoch in range(4)
    ]
    return {"epochs": rows}


@pytest.fixture
def results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, Any], None]:
    """An empty folder of records in place of ours; results(name, record) puts one there."""
    monkeypatch.setattr(recorded, "RESULTS", tmp_path)

    def put(name: str, record: Any) -> None:
        (tmp_path / f"{name}.json").write_text(json.dumps(record))

    return put


def axes_of(name: str) -> list[Any]:
    figure = all_figures()[name]
    arrays = {key: np.asarray(value) for key, value in figure.compute(9).items()}
    with styled():
        drawing = figure.draw(arrays)
        drawing.canvas.draw()
    return drawing.get_axes()


def words(axes: Any) -> str:
    return "\n".join(text.get_text() for text in axes.texts)


# Those that show nothing but records: learning-curves has numbers of others as well.
RECORDED = [
    name for name, figure in all_figures().items() if figure.records and not figure.reported
]


def test_which_figures_read_records() -> None:
    assert RECORDED == [
        "kanai-fig3", "kanai-fig6", "yamada-fig1", "yamada-fig2", "yamada-fig3", "yamada-fig5",
    ]  # fmt: skip


@pytest.mark.parametrize("name", RECORDED)
def test_without_records_every_panel_says_what_to_run(name: str, results: Any) -> None:
    number = name[-1]
    for axes in axes_of(name):
        assert not axes.lines
        assert words(axes).startswith("not measured, run:")
        if name.startswith("yamada"):
            assert words(axes).endswith(f"python -m benchmarks.yamada_figures\n--figures {number}")
        else:
            for record in all_figures()[name].records:
                assert f"python -m jaxat train {record}\n" in words(axes) + "\n"


def test_commands_and_records_name_presets() -> None:
    for name in {**kanai_fig3.RUNS, **kanai_fig6.RUNS}:
        assert presets.get(name).name == name


def test_curves_are_what_the_claims_measure(results: Any) -> None:
    arrays = curve_arrays(CURVES)
    np.testing.assert_array_equal(arrays["pgd_eps"], [0, 0.2])
    np.testing.assert_allclose(arrays["pgd_rise"][0], [[0.5, 0, 0.1], [2.5, 0, 3.5]])
    np.testing.assert_allclose(arrays["pgd_rise"][1:, 1], [[2, 0, 2], [3, 0, 5]])
    measured = means_by_radius(CURVES["curves"], sharpness_of_curve, noise="pgd")
    ends = arrays["pgd_rise"][0][:, [0, -1]].mean(1)
    np.testing.assert_allclose(ends, list(measured.values()))
    other = {**CURVES["curves"][0], "alpha": [-2.0, 0.0, 2.0]}
    with pytest.raises(ValueError, match="one set of alphas"):
        curve_arrays({"curves": [*CURVES["curves"], other]})


def test_curves_are_drawn(results: Any) -> None:
    results("yamada-figure2", CURVES)
    attack, noise, ends = axes_of("yamada-fig2")
    assert [line.get_label() for line in attack.lines] == ["0/255", "51/255"]
    np.testing.assert_allclose(attack.lines[1].get_ydata(), [2.5, 0, 3.5])
    assert attack.get_ylim() == noise.get_ylim()
    np.testing.assert_allclose(ends.lines[0].get_xdata(), [0, 51])
    np.testing.assert_allclose(ends.lines[0].get_ydata(), [0.3, 3.0])
    np.testing.assert_allclose(ends.lines[1].get_ydata(), [0.25])
    results("yamada-figure5", {"curves": CURVES["curves"][:3]})
    assert len(axes_of("yamada-fig5")) == 2, "no panel for noise that nobody measured"


def test_eigenvalues_are_drawn_with_the_fit_of_the_claims(results: Any) -> None:
    results("yamada-figure3", ROWS)
    left, right, norms = axes_of("yamada-fig3")
    values = [0.06, 0.08, 0.14, 0.24]
    np.testing.assert_allclose(right.lines[0].get_xdata(), [0, 4, 8, 51])
    np.testing.assert_allclose(right.lines[0].get_ydata(), values)
    np.testing.assert_allclose(right.lines[1].get_ydata(), np.array(values) * 0.9)
    fit = linear_fit([0.0, 4 / 255, 8 / 255, 0.2], values)
    assert f"R^2={fit.r_squared:.3f}" in str(right.lines[0].get_label())
    np.testing.assert_allclose(left.lines[0].get_xdata(), [0, 0.2, 0.4])
    np.testing.assert_allclose(norms.lines[1].get_ydata(), np.array([3, 3.1, 3.2, 3.3]) / 3)


def test_runs_are_drawn_and_the_missing_ones_named(results: Any) -> None:
    for name in ("cifar10-rn18-at", "cifar10-rn18-awp"):
        results(name, epochs(name))
    by_epoch, by_time = axes_of("kanai-fig3")
    lines = {line.get_label(): line for line in by_epoch.lines}
    assert set(lines) == {"AT, train", "AWP, train", "AT, test", "AWP, test"}
    np.testing.assert_array_equal(lines["AT, test"].get_xdata(), [2, 4])
    np.testing.assert_allclose(lines["AT, test"].get_ydata(), [42, 44])
    np.testing.assert_allclose(lines["AWP, train"].get_ydata(), [50, 70])
    assert lines["AT, test"].get_color() != lines["AWP, test"].get_color()
    np.testing.assert_allclose(by_time.lines[0].get_xdata(), [1, 2])
    drawing = by_epoch.figure
    assert "run: python -m jaxat train cifar10-rn18-at-ensgd; " in drawing.get_supxlabel()
    assert len(axes_of("kanai-fig6")[1].lines) == 2


def test_a_new_record_makes_new_arrays(results: Any) -> None:
    module = "figures.gallery.yamada_fig3"
    without = source_digest(module, ("yamada-figure3",))
    results("yamada-figure3", ROWS)
    first = source_digest(module, ("yamada-figure3",))
    results("yamada-figure3", {"rows": ROWS["rows"][1:]})
    assert len({without, first, source_digest(module, ("yamada-figure3",))}) == 3
    assert source_digest(module) == source_digest(module)


def test_damaged_records_are_named(results: Any, tmp_path: Path) -> None:
    (tmp_path / "yamada-figure1.json").write_text("{")
    with pytest.raises(ValueError, match=r"cannot read the record yamada-figure1\.json"):
        axes_of("yamada-fig1")
    results("yamada-figure1", [])
    with pytest.raises(ValueError, match="is no object"):
        axes_of("yamada-fig1")
