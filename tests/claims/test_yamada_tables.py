"""The arithmetic of the printed tables, and what recorded runs would decide."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from scipy.stats import fisher_exact

import theory.claims.jaxat_table_gaps as table_gaps
import theory.claims.yamada_figures as figures
import theory.claims.yamada_tables as tables
from theory.evidence import Method, Verdict
from theory.judge import examine, replay
from theory.registry import all_claims
from theory.run import Run
from theory.tables.recorded_yamada import deviations, linear_fit, rises, sharpness_of_curve
from theory.tables.yamada import TABLES, counts, fisher_p_value, gap_attainable, hundredths


def only_evidence(id_, records=None):
    claim = all_claims()[id_]
    (check,) = claim.checks
    return examine(claim, check, Run(records=records or {}, label=id_))


def table_record(number, shift=0.0):
    table = TABLES[number]
    rows = [
        {
            "eps": f"{float(row.eps * 255)}/255",
            "seed": 0,
            "train_correct": counts(row.train, table.n_train)[0] - round(shift * table.n_train),
            "test_correct": counts(row.test, table.n_test)[0],
        }
        for row in table.rows
    ]
    return {"n_train": table.n_train, "n_test": table.n_test, "rows": rows}


def curves(noise, strengths):
    alpha = np.linspace(-1, 1, 5).tolist()
    return [
        {"eps": eps, "noise": noise, "seed": 0, "alpha": alpha, "loss": [s * a * a for a in alpha]}
        for eps, s in strengths.items()
    ]


@pytest.mark.parametrize("n", [12665, 2115, 7])
def test_counts_against_rounding_of_all_accuracies(n):
    found = {}
    for k in range(n + 1):
        found.setdefault(round(Fraction(10_000 * k, n)), set()).add(k)
    for printed in range(0, 10_001, 97):
        assert set(counts(printed, n)) >= found.get(printed, set())
        assert all(
            abs(Fraction(10_000 * k, n) - printed) <= Fraction(1, 2) for k in counts(printed, n)
        )
    assert all(set(counts(p, n)) >= ks for p, ks in list(found.items())[:300])


@pytest.mark.parametrize("text", ["99.93", "99.75", "98.50"])
def test_an_impossible_accuracy_is_noticed(monkeypatch, text):
    assert counts(hundredths(text), 2115) == ()
    rows = TABLES[1].rows
    planted = (*rows[:2], rows[2]._replace(test=hundredths(text)), *rows[3:])
    monkeypatch.setitem(TABLES, 1, TABLES[1]._replace(rows=planted))
    claim = all_claims()["yamada.table-1.counts"]
    evidence = examine(claim, claim.checks[0], Run())
    assert evidence.verdict is Verdict.UNDECIDED
    assert "2/5" in evidence.detail
    assert replay(claim, {"eps": "2/5"}).conclusion is False


def test_an_impossible_gap_is_noticed():
    row = TABLES[3].rows[3]
    assert gap_attainable(row, 12665, 2115)
    assert not gap_attainable(row._replace(gap=5), 12665, 2115)


def test_percentages_with_three_decimals_are_refused():
    with pytest.raises(ValueError, match="two decimals"):
        hundredths("99.123")


@pytest.mark.parametrize("wrong", [(583, 71), (14, 1), (31, 5), (0, 3)])
def test_fisher_against_scipy(wrong):
    n, m = 12665, 2115
    _, expected = fisher_exact([[wrong[0], n - wrong[0]], [wrong[1], m - wrong[1]]])
    assert float(fisher_p_value(wrong, (n, m))) == pytest.approx(expected, rel=1e-9)


def test_fisher_refuses_impossible_counts():
    with pytest.raises(ValueError, match="between 0"):
        fisher_p_value((5, 1), (4, 4))


def test_a_significant_gap_in_table_1_would_be_noticed(monkeypatch):
    rows = TABLES[1].rows
    planted = (*rows[:-1], rows[-1]._replace(train=hundredths("97.00")))
    monkeypatch.setitem(TABLES, 1, TABLES[1]._replace(rows=planted))
    evidence = [examine(table_gaps.FISHER, c, Run()).verdict for c in table_gaps.FISHER.checks]
    assert evidence == [Verdict.UNDECIDED, Verdict.PROVED]


def test_without_records_nothing_is_decided():
    for id_, claim in all_claims().items():
        measured = any(check.method is Method.EMPIRICAL for check in claim.checks)
        if measured and id_.startswith("yamada."):
            evidence = only_evidence(id_)
            assert evidence.verdict is Verdict.UNDECIDED
            assert "not yet recorded: yamada-" in evidence.detail


@pytest.mark.parametrize("number", [1, 2, 3, 4, 5, 6])
def test_reproduction_from_records(number):
    key, id_ = tables.RECORDS[number], f"yamada.table-{number}.reproduced"
    record = table_record(number)
    found = deviations(record, TABLES[number])
    assert len(found) == 2 * len(TABLES[number].rows)
    assert max(abs(d) for d in found.values()) <= 0.005 + 1e-9
    evidence = only_evidence(id_, {key: record})
    assert evidence.verdict is Verdict.SUPPORTED
    assert evidence.margin == pytest.approx(0.3, abs=0.006)
    assert evidence.admissible == evidence.tried == len(found)
    assert only_evidence(id_, {key: table_record(number, 0.01)}).violated


def test_records_of_other_sets_are_refused():
    record = {**table_record(1), "n_test": 2000}
    evidence = only_evidence("yamada.table-1.reproduced", {"yamada-table1": record})
    assert evidence.verdict is Verdict.UNDECIDED
    assert "2115 test samples" in evidence.detail


def test_several_seeds_are_averaged():
    record = table_record(1)
    record["rows"] += [
        {**row, "train_correct": row["train_correct"] - 100} for row in record["rows"]
    ]
    found = deviations(record, TABLES[1])
    assert found[Fraction(0), "train"] == pytest.approx(-100 * 50 / 12665, abs=0.006)


def test_figures_from_records():
    rising = {"0": 1.0, "4/255": 1.5, "8/255": 3.0}
    record = {"curves": curves("pgd", rising) + curves("random", dict.fromkeys(rising, 1.0))}
    for name in ("sharper", "random"):
        evidence = only_evidence(f"yamada.figure-2.{name}", {"yamada-figure2": record})
        assert evidence.verdict is Verdict.SUPPORTED
    assert figures.flatter_for_noise(record)[0] == pytest.approx(1 / 3)
    falling = {"curves": curves("pgd", {"0": 1.0, "4/255": 2.0, "8/255": 1.9})}
    assert only_evidence("yamada.figure-5.sharper", {"yamada-figure5": falling}).violated


def eigenvalue_record(values, norms):
    radii = ("0", "0.2", "0.4", "0.6", "0.8", "1")
    return {
        "rows": [
            {"norm": "l2", "eps": e, "seed": 0, "eigenvalues": [v, v / 2, v / 3], "weight_norm": n}
            for e, v, n in zip(radii, values, norms, strict=True)
        ]
    }


def test_eigenvalues_from_records():
    straight = {"yamada-figure3": eigenvalue_record([1, 2, 3, 4, 5, 6], [3.0] * 6)}
    assert only_evidence("yamada.figure-3.linear-l2", straight).verdict is Verdict.SUPPORTED
    assert only_evidence("yamada.figure-3.norm-l2", straight).verdict is Verdict.SUPPORTED
    # A line, but not one through the origin.
    assert only_evidence("yamada.figure-3.proportional-l2", straight).violated
    bent = {"yamada-figure3": eigenvalue_record([0, 0, 0, 0, 0, 6], [3, 3, 3, 3, 3, 4.0])}
    assert only_evidence("yamada.figure-3.linear-l2", bent).violated
    assert only_evidence("yamada.figure-3.norm-l2", bent).violated
    # From 0, but not along a line.
    assert only_evidence("yamada.figure-3.proportional-l2", bent).violated
    through = {"yamada-figure3": eigenvalue_record([0, 1, 2, 3, 4, 5], [3.0] * 6)}
    assert only_evidence("yamada.figure-3.proportional-l2", through).verdict is Verdict.SUPPORTED


def test_early_stopping_from_records():
    key = "yamada-table3-no-early-stopping"
    # The printed Table 3 has test above training accuracy.
    assert only_evidence("yamada.table-1.early-stopping", {key: table_record(3)}).violated


def test_fit_against_numpy():
    x, y = [0.0, 0.1, 0.5, 0.7], [1.0, 1.4, 1.7, 3.0]
    fit = linear_fit(x, y)
    np.testing.assert_allclose([fit.slope, fit.intercept], np.polyfit(x, y, 1), rtol=1e-12)
    assert fit.r_squared == pytest.approx(np.corrcoef(x, y)[0, 1] ** 2, rel=1e-12)
    with pytest.raises(ValueError, match="three points"):
        linear_fit([0.0, 1.0], [0.0, 1.0])


def test_curves_without_a_centre_are_refused():
    with pytest.raises(ValueError, match="alpha = 0"):
        sharpness_of_curve({"alpha": [0.1, 0.5, 1.0], "loss": [1.0, 2.0, 3.0]})
    assert rises([3.0, 2.0]) < 0
