"""Faults planted in the general case, each of which the claims must catch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import theory.claims.kanai_bordered_hessian as bordered
import theory.general_models as models
from theory.claim import Claim
from theory.claims.jaxat_sphere import TANGENTIAL
from theory.claims.kanai_bordered_hessian import REPAIRED as BORDERED
from theory.claims.kanai_det_criterion import REPAIRED as DETERMINANT
from theory.claims.kanai_lemma_4 import LEMMA_4
from theory.claims.kanai_lemma_5 import REPAIRED as LEMMA_5
from theory.claims.kanai_lemma_5_odd import ODD
from theory.claims.kanai_projection import PROJECTION
from theory.evidence import Evidence, Verdict
from theory.exact import Comparison, Point
from theory.exact.lagrangian import bordered_hessian
from theory.exact.matrix import determinant
from theory.judge import examine, replay, verdict_of
from theory.registry import all_claims, counterexamples
from theory.run import Run


def evidence(claim: Claim, name: str) -> Evidence:
    check = next(check for check in claim.checks if check.name == name)
    numbers = {key: parameter.default for key, parameter in claim.parameters.items()}
    return examine(claim, check, Run(numbers, "quick", label=f"{claim.id}/{name}"))


def verdict(claim: Claim, *names: str) -> Verdict:
    return verdict_of(claim, [evidence(claim, name) for name in names])


@pytest.mark.parametrize(("border", "power"), [(1, 3), (-1, 1), (-1, 2)])
def test_border_and_power_of_the_bordered_hessian(
    monkeypatch: pytest.MonkeyPatch, border: int, power: int
) -> None:
    name = "taylor in gram symbols"
    assert verdict(BORDERED, name) is Verdict.PROVED

    def planted(H: Any, delta: Any, mu: Any, **printed: int) -> Any:
        return bordered_hessian(H, delta, mu, border=border, power=power)

    monkeypatch.setattr(bordered, "bordered_hessian", planted)
    assert verdict(BORDERED, name) is not Verdict.PROVED


@pytest.mark.parametrize("id_", ["kanai.bordered-hessian", "kanai.early.eq-41"])
def test_the_refutations_need_the_printed_matrix(monkeypatch: pytest.MonkeyPatch, id_: str) -> None:
    assert verdict(all_claims()[id_], "counterexample") is Verdict.REFUTED
    monkeypatch.setattr(
        bordered, "bordered_hessian", lambda H, delta, mu, **_: bordered_hessian(H, delta, mu)
    )
    assert verdict(all_claims()[id_], "counterexample") is Verdict.UNDECIDED


def larger(claim: Claim, name: str) -> Claim:
    """The claim with a bound that is too small by one percent: c replaced by 1.01 c."""

    def planted(point: Point) -> Comparison:
        assert claim.conclusion is not None
        moved = {**point, name: point[name] * 101 / 100}
        answer = claim.conclusion(moved)
        assert isinstance(answer, Comparison)
        return answer

    return replace(claim, conclusion=planted)


@pytest.mark.parametrize(
    ("claim", "constant", "check"),
    [
        (LEMMA_4, "c", "implicit function"),
        (LEMMA_5, "c", "implicit function"),
        (TANGENTIAL, "c_t", "speed"),
    ],
)
def test_one_percent_on_the_curvature(claim: Claim, constant: str, check: str) -> None:
    assert evidence(claim, check).verdict is Verdict.PROVED
    assert evidence(larger(claim, constant), check).verdict is Verdict.UNDECIDED


@pytest.mark.parametrize(
    ("claim", "check"),
    [(LEMMA_4, "softplus networks"), (LEMMA_5, "softmax models")],
)
@pytest.mark.parametrize(
    "fault",
    [
        lambda hessian, mixed: np.linalg.solve(hessian, mixed),
        lambda hessian, mixed: -np.linalg.solve(hessian, mixed) * (1 + 1e-5),
    ],
)
def test_implicit_jacobian(
    monkeypatch: pytest.MonkeyPatch, claim: Claim, check: str, fault: Callable[..., Any]
) -> None:
    assert evidence(claim, check).verdict is Verdict.SUPPORTED
    monkeypatch.setattr(models, "implicit_jacobian", fault)
    assert evidence(claim, check).violated


def test_sign_of_the_determinant_depends_on_the_dimension() -> None:
    def unsigned(point: Point) -> tuple[Comparison]:
        matrix = bordered_hessian(point["H"], point["delta"], point["mu"])
        return (Comparison(determinant(matrix), ">", 0),)

    assert verdict(DETERMINANT, "congruence") is Verdict.PROVED
    assert verdict(replace(DETERMINANT, conclusion=unsigned), "congruence") is not Verdict.PROVED


def test_vacuity_is_a_matter_of_parity() -> None:
    """At random global maxima the sign of det K, by NumPy alone, is (-1)^d."""
    rng = np.random.default_rng(5)
    for d in (1, 2, 3, 4):
        model = models.TrustRegionModel(d)
        for _ in range(20):
            theta = model.draw(rng)
            delta, mu = model.attack(theta)
            if mu == 0:
                continue
            H = theta[d:].reshape(d, d)
            K = np.block(
                [
                    [np.zeros((1, 1)), -delta[None]],
                    [-delta[:, None], (H + H.T) / 2 - mu * (np.eye(d) - np.outer(delta, delta))],
                ]
            )
            assert np.sign(np.linalg.det(K)) == (-1) ** d
    assert verdict(ODD, "contradiction") is Verdict.VACUOUS


def test_lemma_5_keeps_its_hypotheses_at_the_counterexample() -> None:
    """Without the multiplier at 0 the same disc is no counterexample: the bound holds."""
    page = counterexamples()["kanai.lemma-5"]
    seen = replay(all_claims()["kanai.lemma-5"], page.witness)
    assert seen.admissible
    assert seen.ratio == pytest.approx(99.5)
    assert replay(LEMMA_5, page.witness).failures() == ["mu > 0"]


def test_lemma_5_holds_at_its_counterexample_on_the_circle_alone() -> None:
    """The best point of the circle, by a search over angles, keeps within C_theta_x / c."""
    page = counterexamples()["kanai.lemma-5"]
    assert "on the sphere alone" in page.disappears
    angles = np.linspace(-0.01, 0.01, 200001)
    x = np.stack([np.cos(angles), np.sin(angles)])

    def best(theta: tuple[float, float]) -> np.ndarray:
        loss = -((x[0] - 1) ** 2) / 200 - x[1] ** 2 / 2 + theta[0] * x[0] + theta[1] * x[1]
        return x[:, np.argmax(loss)]

    for theta in ((-1e-3, 0.0), (1e-3, 0.0), (0.0, 1e-3), (-1e-3, 1e-3)):
        moved = np.linalg.norm(best(theta) - best((0.0, 0.0)))
        assert moved <= 200 / 199 * np.hypot(*theta) + 1e-7


def test_a_projection_that_does_not_clip_at_eps(monkeypatch: pytest.MonkeyPatch) -> None:
    import theory.claims.kanai_projection as projection

    assert evidence(PROJECTION, "clipping").verdict is Verdict.PROVED
    monkeypatch.setattr(projection, "project", lambda point, a: tuple(2 * e for e in a))
    assert evidence(PROJECTION, "clipping").verdict is Verdict.UNDECIDED
