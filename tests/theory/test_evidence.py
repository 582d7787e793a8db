"""Evidence refuses nonsense, and the judge believes nobody: planted faults in the machinery."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import nan

import pytest

from theory.claim import Claim, Hypothesis, Kind, Necessity, Source
from theory.evidence import Evidence, Exactly, Method, Verdict
from theory.exact import Comparison, Point, rational
from theory.judge import examine, judge_necessity, replay, verdict_of
from theory.run import Run
from theory.scope import Integers, Reals, Scope


@dataclass(frozen=True)
class BoxProof:
    """A proof on a box, as branch and bound makes it."""

    box: dict
    answer: str = "proved"


def square_claim(bound: str = "1/4") -> Claim:
    """x(1 − x) ≤ bound for 0 ≤ x ≤ 1: true from 1/4 on, attained at 1/2."""

    def conclusion(w: Point) -> Comparison:
        return Comparison(w["x"] * (1 - w["x"]), "<=", rational(bound))

    unit = Hypothesis(
        "x in [0, 1]",
        "$0 \\le x \\le 1$",
        lambda w: (Comparison(w["x"], ">=", 0), Comparison(w["x"], "<=", 1)),
    )
    return Claim(
        id="test.square",
        kind=Kind.LEMMA,
        source=Source("jaxat", "test"),
        title="x(1 − x) ≤ bound",
        statement="",
        expected=Verdict.PROVED,
        hypotheses=(unit,),
        conclusion=conclusion,
        domain={"x": Reals(0, 1)},
    )


def judged(
    claim: Claim, make: Callable[[Run], Evidence], method: Method, expect: Verdict = Verdict.PROVED
) -> Evidence:
    claim.check(method, expect, "planted")(make)
    return examine(claim, claim.checks[-1], Run(label="test"))


def test_sampling_never_proves() -> None:
    with pytest.raises(ValueError, match="sampling never proves"):
        Evidence(Method.NUMERIC, Verdict.PROVED, proofs=(Exactly(True, ""),))
    with pytest.raises(ValueError, match="sampling never proves"):
        Evidence.from_proofs(Method.NUMERIC, [Exactly(True, "")])


def test_a_verdict_declared_without_evidence_is_refused() -> None:
    with pytest.raises(ValueError, match="PROVED needs proofs"):
        Evidence(Method.SYMBOLIC, Verdict.PROVED)
    with pytest.raises(ValueError, match="REFUTED needs a witness"):
        Evidence(Method.EXACT, Verdict.REFUTED)
    assert Evidence.from_proofs(Method.EXACT, []).verdict is Verdict.UNDECIDED
    assert verdict_of(square_claim(), []) is Verdict.UNDECIDED


def test_an_unfinished_proof_does_not_prove() -> None:
    proofs = [Exactly(True, "fine"), Exactly(None, "balls overlap")]
    evidence = Evidence.from_proofs(Method.RIGOROUS, proofs)
    assert evidence.verdict is Verdict.UNDECIDED
    assert "balls overlap" in evidence.detail


def test_hypotheses_that_nothing_satisfies_are_vacuous() -> None:
    assert Evidence.supported(admissible=0, tried=100).verdict is Verdict.VACUOUS
    with pytest.raises(ValueError, match="at least one admissible"):
        Evidence(Method.NUMERIC, Verdict.SUPPORTED, admissible=0)
    vacuous = Evidence.from_proofs(Method.EXACT, [Exactly(True, ""), _vacuous()])
    assert vacuous.verdict is Verdict.VACUOUS
    with pytest.raises(ValueError, match="needs proofs"):
        Evidence.vacuous(Method.EXACT, [])


def _vacuous() -> BoxProof:
    return BoxProof({}, "vacuous")


def test_a_proof_on_a_box_passed_off_as_a_proof() -> None:
    proof = BoxProof({"x": (rational("1/4"), rational(1))})
    with pytest.raises(ValueError, match="the proof covers x in"):
        Evidence.from_proofs(Method.RIGOROUS, [proof])
    with pytest.raises(ValueError, match="the proof covers x in"):
        Evidence.from_proofs(Method.RIGOROUS, [proof], Scope("all", {"x": Reals(0, 1)}))
    honest = Evidence.from_proofs(
        Method.RIGOROUS, [proof], Scope("[1/4, 1]", {"x": Reals("1/4", 1)})
    )
    assert verdict_of(square_claim(), [honest]) is Verdict.SUPPORTED
    rest = Evidence.from_proofs(
        Method.EXACT, [Exactly(True, "")], Scope("", {"x": Reals(0, "1/4")})
    )
    assert verdict_of(square_claim(), [honest, rest]) is Verdict.PROVED


def test_a_reduction_to_a_box_counts_as_an_assumption() -> None:
    proof = BoxProof({"t": (0, 1)})
    evidence = Evidence.from_proofs(
        Method.RIGOROUS, [proof], reductions={"t": "x = t covers all x"}
    )
    assert evidence.assumes == ("reduction of t: x = t covers all x",)


def test_a_search_beyond_its_tolerance_is_no_support() -> None:
    evidence = Evidence.supported(admissible=5, tried=5, margin=-1e-3, tolerance=1e-9)
    assert evidence.verdict is Verdict.UNDECIDED
    assert evidence.violated


def test_numbers_that_are_not_finite_are_refused() -> None:
    with pytest.raises(ValueError, match="margin must be finite"):
        Evidence.supported(admissible=1, tried=1, margin=nan)


def test_the_judge_rejects_a_counterexample_that_is_none() -> None:
    for point, words in (({"x": "1/2"}, "does not violate"), ({"x": "2"}, "not certain: x in")):
        evidence = judged(
            square_claim(), lambda run, p=point: Evidence.refuted(p), Method.EXACT, Verdict.REFUTED
        )
        assert evidence.verdict is Verdict.UNDECIDED
        assert words in evidence.detail


def test_the_judge_finds_the_violation_that_a_search_overlooked() -> None:
    claim = square_claim("99/400")  # the true bound times 0.99
    evidence = judged(
        claim,
        lambda run: Evidence.supported(admissible=1, tried=1, worst={"x": 0.5}),
        Method.NUMERIC,
    )
    assert evidence.verdict is Verdict.REFUTED


def test_a_tightness_witness_that_violates_unmasks_a_false_proof() -> None:
    claim = square_claim("99/400")
    evidence = judged(
        claim,
        lambda run: Evidence.from_proofs(
            Method.EXACT, [Exactly(True, "a wrong proof")], witness={"x": rational("1/2")}
        ),
        Method.EXACT,
    )
    assert evidence.verdict is Verdict.UNDECIDED


def test_a_search_that_looked_at_something_else_is_found_out() -> None:
    evidence = judged(
        square_claim(),
        lambda run: Evidence.supported(admissible=1, tried=1, worst={"x": 0.5}, tightness=0.7),
        Method.NUMERIC,
    )
    assert evidence.verdict is Verdict.UNDECIDED
    assert "the statement gives 1.0" in evidence.detail


def test_tightness_is_computed_from_the_statement() -> None:
    evidence = judged(
        square_claim(),
        lambda run: Evidence.supported(admissible=1, tried=1, worst={"x": 0.25}),
        Method.NUMERIC,
    )
    assert evidence.tightness == 0.75


def test_a_check_that_breaks_is_drift_and_not_a_crash() -> None:
    def broken(run: Run) -> Evidence:
        raise ZeroDivisionError("planted")

    evidence = judged(square_claim(), broken, Method.EXACT)
    assert evidence.verdict is Verdict.UNDECIDED
    assert "planted" in evidence.detail


def test_evidence_of_another_method_than_registered_is_rejected() -> None:
    evidence = judged(
        square_claim(),
        lambda run: Evidence.from_proofs(Method.EXACT, [Exactly(True, "")]),
        Method.RIGOROUS,
    )
    assert evidence.verdict is Verdict.UNDECIDED


def test_necessity_is_replayed() -> None:
    # Without x ≤ 1 nothing breaks (x(1 − x) gets smaller), so the witness must be rejected.
    useless = Necessity("x in [0, 1]", witness={"x": "2"})
    assert judge_necessity(square_claim(), useless, {}).needed is None
    claim = replace(square_claim(), conclusion=lambda w: Comparison(w["x"], "<=", 1))
    needed = judge_necessity(claim, Necessity("x in [0, 1]", witness={"x": "2"}), {})
    assert needed.needed is True
    inside = Necessity("x in [0, 1]", witness={"x": "1/2"})
    assert judge_necessity(claim, inside, {}).needed is None


def test_necessity_by_another_claim_looks_at_its_verdict() -> None:
    by = Necessity("x in [0, 1]", by="other")
    assert judge_necessity(square_claim(), by, {"other": Verdict.PROVED}).needed is False
    assert judge_necessity(square_claim(), by, {"other": Verdict.REFUTED}).needed is None


def test_replay_raises_the_precision_until_it_is_decided() -> None:
    from theory.exact import exp, rational

    # exp(1e-60) > 1 + 1e-60 needs some 400 bits.
    claim = replace(
        square_claim(),
        hypotheses=(),
        conclusion=lambda w: Comparison(exp(w["x"]), "<=", 1 + w["x"]),
    )
    tiny = str(rational(1) / 10**60)
    assert replay(claim, {"x": tiny}).conclusion is False


def test_dimension_one_is_not_forgotten() -> None:
    claim = replace(square_claim(), domain={"d": Integers(1)})
    proof = Evidence.from_proofs(
        Method.SYMBOLIC, [Exactly(True, "")], Scope("d ≥ 2", {"d": Integers(2)})
    )
    assert verdict_of(claim, [proof]) is Verdict.SUPPORTED


def test_a_necessity_witness_that_breaks_the_statement_does_not_end_the_run() -> None:
    claim = replace(square_claim(), conclusion=lambda w: Comparison(1 / (w["x"] - 2), "<=", 0))
    result = judge_necessity(claim, Necessity("x in [0, 1]", witness={"x": "2"}), {})
    assert result.needed is None
    assert "ZeroDivisionError" in result.detail
