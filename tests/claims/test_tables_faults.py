"""Tables 1 to 3: planted faults in the numbers and the test, and synthetic recorded runs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from scipy.stats import ttest_ind

from theory.claims import kanai_tables, kanai_tables_2_3, kanai_tables_recorded
from theory.evidence import Evidence, Method, Verdict
from theory.judge import examine, verdict_of
from theory.registry import _CLAIMS
from theory.run import Run
from theory.tables.welch import Cell, Sample


def examined(claim_id: str, records: Mapping[str, Any] | None = None) -> list[Evidence]:
    claim = _CLAIMS[claim_id]
    run = Run(records=records or {}, label=claim_id)
    return [examine(claim, check, run) for check in claim.checks]


def verdict(claim_id: str) -> Verdict:
    return verdict_of(_CLAIMS[claim_id], examined(claim_id))


REPAIRED = "kanai.table-1.significance.repaired"


def test_welch_with_two_runs_instead_of_three(monkeypatch: pytest.MonkeyPatch) -> None:
    assert verdict(REPAIRED) is Verdict.PROVED
    monkeypatch.setattr(kanai_tables, "Sample", lambda mean, std, n: Sample(mean, std, n - 1))
    assert verdict(REPAIRED) is not Verdict.PROVED


def test_welch_with_standard_errors_for_deviations(monkeypatch: pytest.MonkeyPatch) -> None:
    assert verdict("kanai.table-1.significance") is Verdict.REFUTED
    monkeypatch.setattr(kanai_tables, "Sample", lambda mean, std, n: Sample(mean, std / 2, n))
    assert verdict("kanai.table-1.significance") is Verdict.UNDECIDED


def test_a_misprinted_table(monkeypatch: pytest.MonkeyPatch) -> None:
    row = dict(kanai_tables.TABLE_1["cifar100-rn18"], awp=Cell("30.96", "0.07"))
    monkeypatch.setitem(kanai_tables.TABLE_1, "cifar100-rn18", row)
    assert verdict("kanai.table-1.cifar100-difference") is not Verdict.PROVED
    assert verdict("kanai.table-3.columns") is not Verdict.PROVED


def test_an_entry_exchanged(monkeypatch: pytest.MonkeyPatch) -> None:
    row = dict(kanai_tables.TABLE_1["svhn-rn18"])
    row["at"], row["at-ensgd"] = row["at-ensgd"], row["at"]
    monkeypatch.setitem(kanai_tables.TABLE_1, "svhn-rn18", row)
    assert verdict("kanai.table-1.order") is not Verdict.PROVED


def test_almost_the_same_has_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    row = dict(kanai_tables_2_3.TABLE_3["cifar10-wrn"])
    row["at-ensgd2"] = Cell("53.7", "0.2")
    monkeypatch.setitem(kanai_tables_2_3.TABLE_3, "cifar10-wrn", row)
    assert verdict("kanai.table-3.almost-same") is not Verdict.PROVED


def record(mean: float, std: float = 0.2, n: int = 3) -> dict[str, Any]:
    return {"result": {"robust_accuracy": {"mean": mean, "std": std, "n": n}}}


AT = "kanai.table-1.cifar10-rn18"


def on_runs(claim_id: str, **records: Any) -> Evidence:
    named = {name.replace("_", "-"): value for name, value in records.items()}
    (evidence,) = examined(claim_id, named)
    assert evidence.method is Method.EMPIRICAL
    return evidence


def test_no_records_and_half_of_the_records() -> None:
    evidence = on_runs(AT)
    assert evidence.verdict is Verdict.UNDECIDED
    assert "python -m jaxat train cifar10-rn18-at;" in evidence.detail
    half = on_runs(AT, cifar10_rn18_at=record(48.0))
    assert half.verdict is Verdict.UNDECIDED
    assert half.detail == "not yet recorded: python -m jaxat train cifar10-rn18-at-ensgd"


def test_records_decide_by_the_interval_of_the_difference() -> None:
    first = record(48.0)
    clear = on_runs(AT, cifar10_rn18_at=first, cifar10_rn18_at_ensgd=record(49.2, 0.4))
    assert clear.verdict is Verdict.SUPPORTED
    assert clear.admissible == 6
    # Three runs m − s, m, m + s have the mean m and the standard deviation s.
    test = ttest_ind([48.8, 49.2, 49.6], [47.8, 48.0, 48.2], equal_var=False)
    interval = test.confidence_interval()  # pyright: ignore[reportAttributeAccessIssue]
    assert clear.margin == pytest.approx(interval.low, rel=1e-9)
    close = on_runs(AT, cifar10_rn18_at=first, cifar10_rn18_at_ensgd=record(48.2))
    assert close.verdict is Verdict.UNDECIDED
    assert "do not decide" in close.detail
    opposite = on_runs(AT, cifar10_rn18_at=first, cifar10_rn18_at_ensgd=record(45.0))
    assert opposite.verdict is Verdict.UNDECIDED
    assert "say the opposite" in opposite.detail


def test_almost_the_same_on_records() -> None:
    name = "kanai.table-3.cifar10-rn18"
    runs = {
        "cifar10_rn18_at_ensgd": record(49.2, 0.1, 5),
        "cifar10_rn18_at_ensgd2": record(49.1, 0.1, 5),
        "cifar10_rn18_awp_ensgd": record(50.5, 0.1, 5),
        "cifar10_rn18_awp_ensgd2": record(50.6, 0.1, 5),
    }
    assert on_runs(name, **runs).verdict is Verdict.SUPPORTED
    wide = on_runs(name, **{**runs, "cifar10_rn18_awp_ensgd2": record(50.6, 0.9, 3)})
    assert wide.verdict is Verdict.UNDECIDED
    far = on_runs(name, **{**runs, "cifar10_rn18_awp_ensgd2": record(52.6, 0.1, 5)})
    assert "say the opposite" in far.detail


def test_records_that_cannot_be_used() -> None:
    one = on_runs(AT, cifar10_rn18_at=record(48.0, n=1), cifar10_rn18_at_ensgd=record(49.0))
    assert one.verdict is Verdict.UNDECIDED
    assert "at least 2 runs" in one.detail
    empty = on_runs(AT, cifar10_rn18_at={"result": {}}, cifar10_rn18_at_ensgd=record(49.0))
    assert "no result.robust_accuracy.mean" in empty.detail


def test_overfitting_needs_both_differences() -> None:
    def both(train: float, test: float) -> dict[str, Any]:
        metrics = {"train_robust_accuracy": train, "robust_accuracy": test}
        return {"result": {k: {"mean": v, "std": 0.3, "n": 3} for k, v in metrics.items()}}

    name, at = "kanai.figure-3.overfitting", both(60.0, 48.0)
    good = on_runs(name, cifar10_rn18_at=at, cifar10_rn18_at_ensgd=both(55.0, 50.0))
    assert good.verdict is Verdict.SUPPORTED
    for train, test in ((65.0, 50.0), (55.0, 46.0)):
        wrong = on_runs(name, cifar10_rn18_at=at, cifar10_rn18_at_ensgd=both(train, test))
        assert wrong.verdict is Verdict.UNDECIDED
        assert "say the opposite" in wrong.detail


def test_every_pair_of_the_tables_has_a_claim_on_runs() -> None:
    ids = [i for i in _CLAIMS if _CLAIMS[i].checks and i.startswith("kanai.table-")]
    empirical = [i for i in ids if _CLAIMS[i].checks[0].method is Method.EMPIRICAL]
    assert len(empirical) == 8 + 4 + 3
    assert kanai_tables_recorded.ALMOST == 0.5
