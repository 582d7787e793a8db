"""Faults planted in the claims about EntropySGD must change their verdicts."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from types import ModuleType
from typing import Any

import pytest

import theory.claims.jaxat_entropy_beta as beta_claims
import theory.claims.jaxat_entropy_convex as convex_claims
import theory.claims.jaxat_entropy_lipschitz as lipschitz_claims
import theory.claims.jaxat_entropy_nonnegative as nonnegative_claims
import theory.claims.jaxat_entropy_unbounded as unbounded_claims
import theory.claims.jaxat_entropy_weakly_convex as weakly_claims
import theory.claims.kanai_entropy_figures as figures
import theory.claims.kanai_entropy_gradient as gradient_claims
import theory.claims.kanai_entropy_hessian as hessian_claims
import theory.claims.kanai_entropy_remarks as remarks
import theory.claims.kanai_entropy_spectral as spectral_claims
import theory.claims.kanai_theorem_3 as theorem_3
import theory.claims.kanai_theorem_3_proof as proof_claims
from theory.claim import Check, Claim, truth
from theory.evidence import Method, Verdict
from theory.exact import parse_point
from theory.judge import examine, replay
from theory.local_entropy.bounds import curvature_bounds_lipschitz
from theory.registry import counterexamples
from theory.run import Run


def verdicts(claim: Claim, method: Method) -> list[tuple[Check, Verdict]]:
    """What the checks with this method find at the quick budget."""
    parameters = {name: p.default for name, p in claim.parameters.items()}

    def judged(check: Check) -> Verdict:
        run = Run(parameters=parameters, budget="quick", label=f"{claim.id}/{check.name}")
        return examine(claim, check, run).verdict

    return [(check, judged(check)) for check in claim.checks if check.method is method]


FAULTS: list[tuple[ModuleType, str, Callable[..., Any], Claim]] = [
    # The gradient with the wrong sign.
    (gradient_claims, "printed_gradient", lambda g, t, e: g * (e - t), gradient_claims.EQ_11),
    # γI + γ²Σ instead of γI − γ²Σ.
    (
        hessian_claims,
        "printed_hessian",
        lambda g, s, one=1: g * one + g**2 * s,
        hessian_claims.EQ_53,
    ),
    # β missing in the Hessian, or not squared.
    (
        beta_claims,
        "hessian_formula",
        lambda g, b, s, one=1: g * one - g**2 * s,
        beta_claims.CLAIM,
    ),
    (
        beta_claims,
        "hessian_formula",
        lambda g, b, s, one=1: b * g * one - b * g**2 * s,
        beta_claims.CLAIM,
    ),
    # The best constants, one percent smaller.
    (
        lipschitz_claims,
        "curvature_bound",
        lambda slope, root: 99 * slope * (slope + root) / 200,
        lipschitz_claims.CLAIM,
    ),
    (convex_claims, "largest_curvature", lambda g: 99 * g / 100, convex_claims.CONVEX),
    (
        weakly_claims,
        "most_negative_curvature",
        lambda g, rho: 99 * g * rho / (100 * (g - rho)),
        weakly_claims.WEAKLY,
    ),
    # N(θ, γI).
    (proof_claims, "stated_variance", lambda g: g, proof_claims.GAUSSIAN),
]
BY_METHOD = [
    (*fault, method)
    for fault in FAULTS
    for method in dict.fromkeys(check.method for check in fault[3].checks)
    # One percent does not show at the rational points, and the identity has no constant in it.
    if not (method is Method.RIGOROUS and fault[1] in {"curvature_bound", "largest_curvature"})
    and not (method is Method.RIGOROUS and fault[1] == "most_negative_curvature")
    and not (fault[1] == "curvature_bound" and method is Method.SYMBOLIC)
    # At the default slope the best ratio is 0.974; the tent below is where one percent shows.
    and not (fault[1] == "curvature_bound" and method is Method.NUMERIC)
]


@pytest.mark.parametrize(("module", "name", "fault", "claim", "method"), BY_METHOD)
def test_planted_fault(
    monkeypatch: pytest.MonkeyPatch,
    module: ModuleType,
    name: str,
    fault: Callable[..., Any],
    claim: Claim,
    method: Method,
) -> None:
    monkeypatch.setattr(module, name, fault)
    found = verdicts(claim, method)
    assert any(verdict is not check.expect for check, verdict in found)
    if method is not Method.NUMERIC:
        assert all(verdict is not Verdict.PROVED for _, verdict in found)


def test_lipschitz_bound_is_tight_at_the_tent(monkeypatch: pytest.MonkeyPatch) -> None:
    tent = parse_point(
        {
            "loss": "tent",
            "slope": "30",
            "half_width": "60",
            "G": "30",
            "theta": "0",
            "gamma": "1",
            "part": "curvature",
        }
    )
    assert truth(lipschitz_claims.lipschitz_bounds(tent)) is True

    def shrunk(slope: Any, root: Any) -> Any:
        return 99 * slope * (slope + root) / 200

    monkeypatch.setattr(lipschitz_claims, "curvature_bound", shrunk)
    assert truth(lipschitz_claims.lipschitz_bounds(tent)) is False


@pytest.mark.parametrize(("slope", "gamma"), [(1, 1), (3, 4), (6, "1/2")])
def test_the_library_computes_the_same_bound(slope: int, gamma: Any) -> None:
    point = parse_point(
        {"loss": "absolute", "slope": "1", "G": str(slope), "theta": "0", "gamma": str(gamma)}
    )
    answer = lipschitz_claims.lipschitz_bounds({**point, "part": "curvature"})
    assert not isinstance(answer, bool)
    bound = float(answer.right)
    lower, _ = curvature_bounds_lipschitz(float(slope), float(Fraction(gamma)))
    assert bound == pytest.approx(-lower, rel=1e-14)


def test_variance_of_a_negative_loss_is_not_bounded() -> None:
    point = parse_point({"loss": "constant", "height": "-1/100", "theta": "0", "gamma": "1"})
    assert truth(nonnegative_claims.variance_bound(point)) is False


def test_the_cosine_sharpens_eightfold() -> None:
    witness = counterexamples()["kanai.entropy-improves-smooth"].witness
    seen = replay(remarks.SMOOTHER, witness)
    assert seen.conclusion is False
    assert seen.ratio == pytest.approx(8.00535, abs=1e-5)
    assert replay(remarks.SMOOTHER, {**witness, "C_s": "99"}).hypotheses["L smooth"] is False


def test_curvature_of_the_staircase() -> None:
    # The values that a float64 quadrature gives, for −F'' at k = 2, 4, 6, 8.
    for k, value in ((2, -0.76), (4, -20.7), (6, -340.7), (8, -5460.7)):
        variance = unbounded_claims.staircase_variance(k, parse_point({"g": "1"})["g"])
        assert 1 - float(variance.mid()) == pytest.approx(value, abs=0.06)


def test_theorem_3_constant_is_not_smaller_by_a_factor() -> None:
    point = parse_point(
        {
            "loss": "quadratic",
            "rho": "10000",
            "theta_1": "0",
            "theta_2": "1",
            "gamma": "1",
            "part": "lipschitz",
        }
    )
    answer = theorem_3.theorem_3(point)
    assert not isinstance(answer, bool)
    assert answer.holds() is True
    assert answer.ratio() == pytest.approx(10000 / 10002)


def test_spectral_bound_with_a_minus_is_false() -> None:
    point = parse_point({"Sigma": "((1, 0), (0, 3))", "gamma": "1", "part": "54"})
    assert truth(spectral_claims.printed_bound(point)) is True
    assert float(spectral_claims.spectral_norm(point)) == 2.0


def test_minimum_moves_only_off_symmetry() -> None:
    witness = counterexamples()["kanai.entropy-same-minima"].witness
    assert replay(remarks.SAME, witness).conclusion is False
    symmetric = parse_point({**witness, "x": "(1, -1)", "y": "(1, 1)"})
    # 0 up to the radius of the ball.
    assert truth(remarks.entropy_slope_at_minimum(symmetric)) is None
    larger = {**witness, "eps": "1/2"}
    assert replay(remarks.SAME, larger).hypotheses["0 minimises L"] is False


def test_linf_kink_holds_where_l2_slips() -> None:
    witness = counterexamples()["kanai.app-c.optimal-theta-2"].witness
    assert replay(figures.CLAIM, witness).conclusion is False
    assert replay(figures.CLAIM, {**witness, "p": "inf"}).conclusion is True
    far = {**witness, "p": "inf", "low": "1/10", "high": "1/5"}
    assert replay(figures.CLAIM, far).hypotheses["bracket"] is False
