"""Planted faults that the claims about Algorithm 1, Eq. (77), sharpness and Figure 4 must catch."""

from __future__ import annotations

import math
from typing import Any

import pytest

import theory.algorithm_1 as algorithm
import theory.tables.figure_4 as figure
from theory.claim import Claim
from theory.claims import (
    jaxat_algorithm_1,
    jaxat_algorithm_1_noise,
    jaxat_algorithm_1_values,
    jaxat_figure_4,
    kanai_algorithm_1,
    kanai_algorithm_1_averages,
    kanai_algorithm_1_noise,
    kanai_eq_76,
    kanai_eq_77,
    kanai_eq_77_well_defined,
    kanai_sharpness,
)
from theory.evidence import Evidence, Verdict
from theory.judge import examine, replay, verdict_of
from theory.run import Run


def examined(claim: Claim) -> list[Evidence]:
    parameters = {name: p.default for name, p in claim.parameters.items()}
    return [
        examine(claim, check, Run(parameters, "quick", 0, f"{claim.id}/{check.name}"))
        for check in claim.checks
    ]


def caught(claim: Claim) -> bool:
    """The verdict is no longer the pinned one, or some evidence is not."""
    evidence = examined(claim)
    pins = [check.expect for check in claim.checks]
    changed = any(e.verdict is not pin for e, pin in zip(evidence, pins, strict=True))
    return changed or verdict_of(claim, evidence) is not claim.expected


@pytest.mark.parametrize(
    "claim",
    [
        jaxat_algorithm_1.FIXED_POINT,
        jaxat_algorithm_1_values.PAPER_VALUES,
        jaxat_algorithm_1_values.NEGATIVE,
        jaxat_algorithm_1_noise.VARIANCE,
        kanai_algorithm_1.LINE_7,
        kanai_algorithm_1.LINE_10,
        kanai_algorithm_1_averages.LINES_12_13,
        kanai_eq_77.EQ_77,
        kanai_sharpness.REPAIRED,
    ],
    ids=lambda claim: claim.id,
)
def test_without_a_fault_nothing_is_caught(claim: Claim) -> None:
    assert not caught(claim)


def swapped(theta_bar: Any, xi_bar: Any, theta_prime: Any, alpha: Any) -> Any:
    """Lines 12 and 13 with α and 1 − α exchanged."""
    return algorithm_line_12_13(theta_bar, xi_bar, theta_prime, 1 - alpha)


def exchanged(theta_bar: Any, xi_bar: Any, theta_prime: Any, alpha: Any) -> Any:
    """Lines 12 and 13 with their two results exchanged."""
    return algorithm_line_12_13(theta_bar, xi_bar, theta_prime, alpha)[::-1]


algorithm_line_12_13 = algorithm.line_12_13
algorithm_line_10 = algorithm.line_10
algorithm_line_11 = algorithm.line_11


@pytest.mark.parametrize("fault", [swapped, exchanged])
def test_averages_swapped(monkeypatch: pytest.MonkeyPatch, fault: Any) -> None:
    monkeypatch.setattr(algorithm, "line_12_13", fault)
    monkeypatch.setattr(kanai_algorithm_1_averages, "line_12_13", fault)
    monkeypatch.setattr(jaxat_algorithm_1_noise, "line_12_13", fault)
    assert caught(jaxat_algorithm_1.FIXED_POINT)
    assert caught(kanai_algorithm_1_averages.LINE_16)
    assert caught(jaxat_algorithm_1_noise.EMA) or fault is exchanged
    assert caught(kanai_algorithm_1_averages.LINES_12_13) or fault is swapped


def printed_always(theta: Any, theta_prime: Any, gradient: Any, gamma: Any, version: Any) -> Any:
    """Line 10 with the printed sign, whichever version is asked for."""
    return algorithm_line_10(theta, theta_prime, gradient, gamma, "printed")


def test_the_printed_sign_does_not_pass_as_corrected(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(algorithm, "line_10", printed_always)
    monkeypatch.setattr(kanai_algorithm_1_noise, "line_10", printed_always)
    for claim in (
        kanai_algorithm_1.LINE_10,
        kanai_algorithm_1_noise.LINE_11,
        jaxat_algorithm_1.FIXED_POINT,
        jaxat_algorithm_1_values.PAPER_VALUES,
        jaxat_algorithm_1.STABILITY,
        jaxat_algorithm_1_noise.VARIANCE,
    ):
        assert caught(claim), claim.id


def test_the_continuous_variance_is_not_that_of_the_chain(monkeypatch: pytest.MonkeyPatch) -> None:
    def continuous(point: Any, steps: int) -> Any:
        curvature = point["gamma"] + point["rho"]
        keep = 1 - point["eta_prime"] * curvature
        return point["eps_E"] ** 2 / (2 * curvature) * (1 - keep ** (2 * steps))

    monkeypatch.setattr(jaxat_algorithm_1_noise, "variance", continuous)
    verdicts = [e.verdict for e in examined(jaxat_algorithm_1_noise.VARIANCE)]
    # The first check has a witness, at which the statement itself is false.
    assert verdicts == [Verdict.REFUTED, Verdict.UNDECIDED, Verdict.UNDECIDED]


def test_a_missing_square_root_of_two_in_the_noise(monkeypatch: pytest.MonkeyPatch) -> None:
    def langevin(theta_prime: Any, d: Any, eta: Any, eps_E: Any = 0, *rest: Any) -> Any:
        return algorithm_line_11(theta_prime, d, 2 * eta, eps_E, *rest)

    monkeypatch.setattr(kanai_algorithm_1_noise, "line_11", langevin)
    assert caught(kanai_algorithm_1_noise.LINE_11)


def test_a_wrong_power_of_gamma_in_line_16(monkeypatch: pytest.MonkeyPatch) -> None:
    def wrong(theta_bar: Any, xi_bar: Any, gamma: Any) -> Any:
        rows = zip(theta_bar, xi_bar, strict=True)
        return tuple(1 / (gamma - gamma * (x - m * m)) for m, x in rows)

    monkeypatch.setattr(kanai_eq_77, "line_16", wrong)
    assert caught(kanai_eq_77.EQ_77)
    assert caught(kanai_eq_77.LANDING)


def test_the_double_well_variance_is_that_of_a_plain_sum() -> None:
    import numpy as np

    from theory.exact import parse_point

    point = parse_point({"a": "5", "gamma": "3", "theta": "1/10"})
    t = np.linspace(-6, 6, 200_001)
    weight = np.exp(-5 * (t**2 - 1) ** 2 - 1.5 * (t - 0.1) ** 2)
    mean = (weight * t).sum() / weight.sum()
    expected = (weight * (t - mean) ** 2).sum() / weight.sum()
    found = kanai_eq_77_well_defined.double_well_variance(point)
    assert float(found) == pytest.approx(expected, rel=1e-9)
    assert float(found.rad()) < 1e-9


def test_sharpness_without_the_half(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = kanai_sharpness.approximation
    monkeypatch.setattr(kanai_sharpness, "approximation", lambda point: 2 * whole(point))
    assert caught(kanai_sharpness.REPAIRED)


def test_the_smallest_loss_on_the_sphere_is_no_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    def smallest(point: Any) -> Any:
        radius = point["gamma_A"] * abs(point["theta"])
        return min(kanai_eq_76.loss(point, point["theta"] + v) for v in (radius, -radius))

    assert not caught(kanai_eq_76.EQ_76)
    monkeypatch.setattr(kanai_eq_76, "on_the_sphere", smallest)
    assert caught(kanai_eq_76.EQ_76)


def test_the_linf_criterion_used_for_l2(monkeypatch: pytest.MonkeyPatch) -> None:
    from math import inf

    decide = figure.zero_is_optimal
    witness = dict(jaxat_figure_4.CRITERION.necessity[0].witness or {})
    assert not replay(jaxat_figure_4.CRITERION, witness).admissible
    monkeypatch.setattr(jaxat_figure_4, "zero_is_optimal", lambda x, eps, p: decide(x, eps, inf))
    seen = replay(jaxat_figure_4.CRITERION, witness)
    assert seen.admissible
    assert seen.conclusion is False
    assert caught(jaxat_figure_4.SAMPLES)


def test_at_the_origin_the_loss_may_fall_between_the_axes() -> None:
    """The example in the notes of jaxat.figure-4-criterion."""
    notes = jaxat_figure_4.CRITERION.notes
    assert "falls along $(1,1)$" in notes

    def value(first: float, second: float) -> float:
        return math.log1p(math.exp(0.6 * math.hypot(first, second) - 0.5 * (first + second)))

    axes = [value(0.01, 0), value(0, 0.01), value(-0.01, 0), value(0, -0.01)]
    assert min(axes) > math.log(2) > value(0.01, 0.01)
