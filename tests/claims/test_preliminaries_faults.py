"""Planted faults in Proposition 1 and the preliminaries."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from theory.claim import Claim
from theory.evidence import Verdict
from theory.exact import Comparison
from theory.judge import examine, replay, verdict_of
from theory.registry import all_claims, counterexamples
from theory.run import Run


def verdict(claim: Claim) -> Verdict:
    run = Run({name: p.default for name, p in claim.parameters.items()}, "quick", label="test")
    return verdict_of(claim, [examine(claim, check, run) for check in claim.checks])


def test_eq_9_with_linf_unchanged_is_caught() -> None:
    """Passing the printed factor off as the repaired one contradicts its own witness."""
    claims = all_claims()
    printed = claims["kanai.proposition-1.gradient"]
    repaired = claims["jaxat.proposition-1-any-norm"]
    assert verdict(repaired) is Verdict.PROVED
    assert verdict(replace(repaired, conclusion=printed.conclusion)) is not Verdict.PROVED


@pytest.mark.parametrize("p", [1.0, 1.5, 2.0, 3.0, 7.0, np.inf])
@pytest.mark.parametrize("d", [1, 2, 5])
def test_the_factor_is_attained_in_every_norm_and_dimension(p: float, d: int) -> None:
    """The attack on a linear loss by NumPy alone, at the weights that the claim names."""
    theta = np.ones(d) if p >= 2 else np.eye(d)[0]
    q = 1 / (1 - 1 / p) if p > 1 else np.inf
    if p == 1:
        direction = theta  # e1: all of the radius goes to the largest weight
    elif p == np.inf:
        direction = np.sign(theta)
    else:
        direction = np.sign(theta) * np.abs(theta) ** (q - 1)
        direction /= np.linalg.norm(direction, p)
    assert theta @ direction == pytest.approx(np.linalg.norm(theta, q))  # Hölder: it is the worst
    apart = 2 * 0.6 * np.linalg.norm(direction)
    assert apart == pytest.approx(2 * 0.6 * max(1.0, d ** (1 / 2 - 1 / p)))


def test_without_the_examples_it_is_not_said_to_be_attained() -> None:
    claim = all_claims()["jaxat.proposition-1-any-norm"]
    kept = [check for check in claim.checks if check.name != "attained"]
    assert len(kept) < len(claim.checks)
    assert verdict(replace(claim, checks=kept)) is not Verdict.PROVED


def test_the_counterexample_needs_two_dimensions_and_linf() -> None:
    claim = all_claims()["kanai.proposition-1.gradient"]
    witness = dict(counterexamples()[claim.id].witness)
    assert replay(claim, witness).conclusion is False
    # Attained in L2: the balls of both sides overlap, and nothing is refuted.
    assert replay(claim, {**witness, "p": "2"}).conclusion is not False
    assert replay(claim, {**witness, "theta_1": "(1,)", "theta_2": "(-1,)"}).conclusion is True


def test_a_bound_multiplied_by_less_than_one_is_caught() -> None:
    claim = all_claims()["jaxat.weak-convexity"]
    assert verdict(claim) is Verdict.PROVED

    def tighter(w: dict) -> Comparison:
        assert claim.conclusion is not None
        comparison = claim.conclusion(w)
        assert isinstance(comparison, Comparison)
        return replace(comparison, right=comparison.right * 99 / 100)

    assert verdict(replace(claim, conclusion=tighter)) is not Verdict.PROVED


def test_uniqueness_at_the_origin_is_caught() -> None:
    repaired = all_claims()["kanai.eq-1.repaired"]
    origin = {"theta": "(0, 0)", "delta_1": "(1, 0)", "delta_2": "(0, 1)", "eps": "1", "y": "1"}
    seen = replay(repaired, origin)
    assert seen.failures() == ["theta != 0"]
    assert seen.conclusion is False
