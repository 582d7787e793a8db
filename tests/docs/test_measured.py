"""The page of measurements: nothing without a record, and the numbers of a record where it is."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import scipy.stats

from docs.companion.charts import Line, chart, nice_ticks
from docs.companion.evidence import Records
from docs.companion.markup import Markup
from docs.companion.measured import RESULTS, measured_body
from docs.companion.training import difference, epochs_by_seed

NO_CLAIMS = Records({"environment": {}, "claims": []})


def body(folder: Path) -> str:
    return measured_body(NO_CLAIMS, Markup(), folder)


def write(path: Path, value: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value), encoding="utf-8")


def result(mean: float, std: float, n: int = 3) -> dict[str, Any]:
    metrics = ("robust_accuracy", "clean_accuracy", "train_robust_accuracy")
    return {"result": {m: {"mean": mean, "std": std, "n": n} for m in metrics}}


def test_without_records_every_part_says_how_to_measure_it(tmp_path: Path):
    text = body(tmp_path)
    assert "<svg" not in text
    for command in (
        "train cifar10-small-at --seeds 0,1,2",
        "train yamada-table3",
        "Curves of training",
    ):
        assert command in text
    assert text.count("not measured yet") > 10
    assert "resolved</b>" not in text
    assert "48.0&nbsp;±&nbsp;0.2" in text  # Table 1 of Kanai et al., first entry


def test_differences_are_welchs():
    """The interval from SciPy's distribution, and degrees of freedom from the samples' formula."""
    first, second = (28.25, 0.18, 3), (24.47, 0.66, 3)
    squares = [s**2 / n for _, s, n in (first, second)]
    error = sum(squares) ** 0.5
    freedom = sum(squares) ** 2 / sum(v**2 / (3 - 1) for v in squares)
    half = scipy.stats.t.ppf(0.975, freedom) * error
    mean = second[0] - first[0]
    expected = [f"{mean - half:+.2f}", f"{mean + half:+.2f}"]
    text = difference(first, second).replace("−", "-")
    assert re.findall(r"[+-]\d+\.\d\d", text) == expected
    assert "▼ resolved" in text
    assert difference(first, (28.1, 0.5, 3)).startswith("not resolved")


def test_small_experiments_stand_beside_plain_training(tmp_path: Path):
    write(tmp_path / "cifar10-small-at.json", result(28.25, 0.18))
    write(tmp_path / "cifar10-small-trades.json", result(34.0, 0.5))
    text = body(tmp_path)
    assert "<td>28.25\xa0±\xa00.18</td>" in text
    row = text[text.index("<td>cifar10-small-trades") :].split("</tr>")[0]
    assert "▲ resolved" in row
    assert "train cifar10-small-awp --seeds" in text


def test_curves_are_those_of_the_runs(tmp_path: Path):
    rows = [{"epoch": k, "train_loss": 3.0 - k, "val_robust_accuracy": 10.0 * k} for k in range(3)]
    record = {**result(20.0, 1.0), "epochs": [{"seed": s, **row} for s in (0, 1) for row in rows]}
    assert [[r["seed"] for r in run] for run in epochs_by_seed(record)] == [[0] * 3, [1] * 3]
    write(tmp_path / "cifar10-small-at.json", record)
    text = body(tmp_path)
    loss, accuracy = re.findall(r"<svg[^>]*aria-label=\"([^\"]*)\".*?</svg>", text)[-2:]
    assert "cifar10-small-at from 3 to 1" in loss
    assert "cifar10-small-at from 0 to 20" in accuracy
    assert text.count('class="thin k1"') == 4


def test_what_is_recorded_here_is_shown():
    """Every record of the small experiments: its mean in the table, a line a run in each chart."""
    records = {p.stem: json.loads(p.read_text("utf-8")) for p in RESULTS.glob("cifar10-small-*")}
    text = body(RESULTS)
    for name, record in records.items():
        row = text[text.index(f"<td>{name}</td>") :].split("</tr>")[0]
        assert f"{record['result']['robust_accuracy']['mean']:.2f}\xa0±" in row
        assert name in text[text.index("loss of training by epoch") :].split("</svg>")[0]
    lines = sum(len(record["seeds"]) for record in records.values())
    assert text.split("<h2>Robust accuracy")[0].count('<path d="M') == 2 * lines


def test_radii_are_matched_as_numbers_and_averaged_over_seeds(tmp_path: Path):
    rows = [
        {"eps": "0.20", "train_correct": train, "test_correct": 90, "seed": k}
        for k, train in enumerate((190, 194))
    ]
    write(tmp_path / "yamada-table1.json", {"n_train": 200, "n_test": 100, "rows": rows})
    text = body(tmp_path)
    # 95 and 97 %, whose deviation with n − 1 is √2.
    assert "<td>96.00\xa0±\xa01.41</td><td>99.95</td><td>90.00\xa0±\xa00.00</td>" in text
    assert text.count("<td>not measured yet</td>") == 15  # the other five radii, three numbers each


def test_a_chart_keeps_order_and_proportion():
    text = chart(
        [Line([(0.0, 0.0), (1.0, 3.0), (4.0, 1.0)])], title="a<b", x_label="x", y_label="y", alt="z"
    )
    path = re.search(r'<path d="M([^"]+)"', text)
    assert path is not None
    (x0, y0), (x1, y1), (x2, y2) = (map(float, p.split()) for p in path[1].split("L"))
    assert (x1 - x0) / (x2 - x0) == pytest.approx(1 / 4, abs=1e-3)
    assert (y0 - y2) / (y0 - y1) == pytest.approx(1 / 3, abs=1e-2)
    assert y1 < y2 < y0
    assert "a&lt;b" in text
    with pytest.raises(ValueError, match="no line of two points"):
        chart([Line([(0.0, 0.0)])], title="t", x_label="x", y_label="y", alt="z")


def test_ticks_are_round_and_inside():
    for low, high in ((0.0, 0.037), (-3.0, 7.0), (2.27, 2.31)):
        ticks = nice_ticks(low, high)
        assert 2 <= len(ticks) <= 7
        assert low - 1e-12 <= ticks[0] <= ticks[-1] <= high + 1e-12


def test_claims_that_recorded_runs_contradict_do_not_wait_for_runs():
    def claim(name: str, verdict: str, violated: bool) -> dict[str, Any]:
        found = {"method": "EMPIRICAL", "verdict": verdict, "violated": violated, "detail": name}
        return {"id": f"a.{name}", "title": name, "verdict": verdict, "evidence": [found]}

    claims = [
        claim("agrees", "SUPPORTED", False),
        claim("absent", "UNDECIDED", False),
        claim("differs", "UNDECIDED", True),
    ]
    text = measured_body(Records({"environment": {}, "claims": claims}), Markup())
    against, waiting = text.index("Recorded runs speak against"), text.index("1 that wait for runs")
    assert text.index("a.agrees") < against < text.index("a.differs") < waiting
    assert waiting < text.index("a.absent")
