"""The claims about the linear model under an L2 attack notice planted faults."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

import theory.adversarial
from theory.claim import Claim
from theory.claims import (
    jaxat_hessian_l2,
    jaxat_hessian_l2_pairs,
    jaxat_linear_l2,
    jaxat_logistic_constants,
    jaxat_origin,
    jaxat_theorem_1_sharp,
    kanai_lemma_2,
    kanai_lemma_2_jacobian,
    kanai_lemma_2_proof,
    kanai_theorem_1,
    kanai_theorem_1_effective,
)
from theory.evidence import Method, Verdict
from theory.exact import Comparison, Point, rational
from theory.judge import examine, verdict_of
from theory.registry import all_claims, counterexamples
from theory.run import Run

EXACTLY = (Method.SYMBOLIC, Method.EXACT)


def found(claim: Claim, methods: tuple[Method, ...] = EXACTLY) -> Verdict:
    """The verdict from the checks of these methods, at quick budget."""
    numbers = {name: p.default for name, p in claim.parameters.items()}
    checks = [check for check in claim.checks if check.method in methods]
    run = Run(numbers, "quick", 0, claim.id)
    return verdict_of(claim, [examine(claim, check, run) for check in checks])


def tightened(claim: Claim, share: str) -> Claim:
    """The claim with the right-hand side of its bound multiplied by `share`."""
    original = claim.conclusion
    assert original is not None

    def conclusion(point: Point) -> Comparison:
        bound: Any = original(point)
        return Comparison(bound.left, bound.relation, rational(share) * bound.right)

    return replace(claim, conclusion=conclusion)


BOUNDS = [
    kanai_lemma_2.LEMMA_2,
    jaxat_linear_l2.PAIR,
    kanai_theorem_1.THEOREM_1,
    jaxat_theorem_1_sharp.SHARP,
    jaxat_hessian_l2.NORM,
    jaxat_logistic_constants.CONSTANTS,
    jaxat_origin.ORIGIN,
]


@pytest.mark.parametrize("claim", BOUNDS, ids=lambda claim: claim.id)
def test_bounds_are_proved_and_one_percent_less_is_not(claim: Claim) -> None:
    assert found(claim) is Verdict.PROVED
    assert found(tightened(claim, "99/100")) is not Verdict.PROVED


def test_the_search_for_lemma_2_refutes_a_bound_that_is_one_percent_too_small() -> None:
    claim = tightened(kanai_lemma_2.LEMMA_2, "99/100")
    assert found(claim, (Method.NUMERIC,)) is Verdict.REFUTED


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(lambda y, eps, length: -y * eps, id="k = eps"),
        pytest.param(lambda y, eps, length: -eps / length, id="no label"),
        pytest.param(lambda y, eps, length: y * eps / length, id="sign"),
    ],
)
def test_the_example_notices_a_wrong_factor(monkeypatch: Any, fault: Any) -> None:
    monkeypatch.setattr(kanai_lemma_2_proof, "multiple_of_theta", fault)
    assert found(kanai_lemma_2_proof.EXAMPLE) is not Verdict.PROVED


def test_the_ascent_over_attacks_notices_a_missing_label(monkeypatch: Any) -> None:
    right = theory.adversarial.adversarial_example
    monkeypatch.setattr(
        theory.adversarial,
        "adversarial_example",
        lambda theta, x, y, eps, p: right(theta, x, 1, eps, p),
    )
    assert found(kanai_lemma_2_proof.EXAMPLE, (Method.NUMERIC,)) is Verdict.UNDECIDED


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(lambda y, eps, length: -y * eps, id="the printed k"),
        pytest.param(lambda y, eps, length: y * eps / length, id="sign"),
    ],
)
def test_the_multiplier_conditions_notice_another_perturbation(
    monkeypatch: Any, fault: Any
) -> None:
    monkeypatch.setattr(kanai_lemma_2_proof, "multiple_of_theta", fault)
    assert found(kanai_lemma_2_proof.KKT) is Verdict.UNDECIDED


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(lambda eps, a, p: (-eps, eps * p / a**2), id="no 1/norm"),
        pytest.param(lambda eps, a, p: (eps / a, -eps * p / a**3), id="sign"),
        pytest.param(lambda eps, a, p: (-eps / a, 0 * p), id="no projection"),
    ],
)
def test_the_jacobian_notices_a_wrong_formula(monkeypatch: Any, fault: Any) -> None:
    monkeypatch.setattr(kanai_lemma_2_jacobian, "jacobian_terms", fault)
    claim = kanai_lemma_2_jacobian.JACOBIAN
    # The identity fails, and the Taylor series at the witness contradicts the formula.
    assert found(claim) is Verdict.REFUTED
    assert found(claim, (Method.NUMERIC,)) is Verdict.UNDECIDED


def test_the_hessian_notices_a_missing_factor(monkeypatch: Any) -> None:
    def without_norm(kappa: Any, s: Any, eps: Any, length: Any, gv: Any, uv: Any, vv: Any) -> Any:
        return kappa * gv**2 + s * eps * (vv - uv**2)

    monkeypatch.setattr(jaxat_hessian_l2, "hessian_along", without_norm)
    claim = jaxat_hessian_l2.HESSIAN
    assert found(claim) is Verdict.REFUTED
    assert found(claim, (Method.NUMERIC,)) is Verdict.UNDECIDED


def test_the_search_over_pairs_notices_a_constant_that_is_too_small(monkeypatch: Any) -> None:
    import theory.curvature

    right = theory.curvature.smoothness_bound
    monkeypatch.setattr(theory.curvature, "smoothness_bound", lambda *a, **k: 0.99 * right(*a, **k))
    claim = jaxat_hessian_l2_pairs.PAIRS
    assert found(claim, (Method.NUMERIC,)) is Verdict.UNDECIDED


def test_the_descent_notices_a_step_that_is_too_long(monkeypatch: Any) -> None:
    right = kanai_theorem_1_effective.step_constant
    monkeypatch.setattr(kanai_theorem_1_effective, "step_constant", lambda w: right(w) / 1000)
    assert found(kanai_theorem_1_effective.DESCENT) is not Verdict.PROVED


def test_the_smallest_norm_notices_a_factor_that_is_too_large() -> None:
    claim = jaxat_origin.THETA_MIN
    assert found(claim) is Verdict.PROVED
    assert found(tightened(claim, "101/100")) is not Verdict.PROVED


def test_the_origin_is_not_called_best_when_the_mean_is_outside_the_ball() -> None:
    conclusion = jaxat_origin.ORIGIN.conclusion
    assert conclusion is not None
    point = {
        "x": ((rational(1), rational(0)),),
        "y": (rational(1),),
        "theta": (rational(1), rational(0)),
        "eps": rational("1/2"),
        "p": rational(2),
    }
    better: Any = conclusion(point)
    assert better.holds()
    assert better.relation == "<"
    sideways = (rational(0), rational(1))
    stuck: Any = conclusion({**point, "eps": rational(1), "theta": sideways})
    assert stuck.holds()
    assert stuck.relation == "<="


REFUTED = [
    "kanai.lemma-2.proof-k",
    "kanai.lemma-2.proof-monotone",
    "kanai.lemma-2.spectral-norm",
    "kanai.lemma-2.proof-domain",
    "kanai.theorem-1.bounded-set",
    "kanai.early.theorem-1.closed-set",
    "kanai.theorem-1.average",
    "kanai.theorem-1.larger-than-standard",
    "kanai.theorem-1.gd-effective",
    "kanai.assumption-1",
    "kanai.assumption-1.c-theta-x-name",
]


@pytest.mark.parametrize("id_", REFUTED)
def test_refutations_need_their_witness(id_: str) -> None:
    claim = all_claims()[id_]
    assert found(claim) is Verdict.REFUTED
    assert id_ in counterexamples()
    # A statement that is true at the witness is not refuted by it.
    assert found(replace(claim, conclusion=lambda w: True)) is not Verdict.REFUTED
