"""Planted faults about PGD on the linear model."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import theory.claims.jaxat_pgd_l2 as pgd_l2
import theory.claims.jaxat_pgd_linear as pgd
import theory.claims.jaxat_pgd_random_start as pgd_any
from theory.evidence import Evidence, Method, Verdict
from theory.exact import parse_point
from theory.judge import examine, replay, verdict_of
from theory.run import Run


def witness_without(claim, hypothesis):
    found = [n.witness for n in claim.necessity if n.hypothesis == hypothesis and n.witness]
    assert len(found) == 1
    return found[0]


def test_too_few_steps_are_not_exact():
    kept = tuple(h for h in pgd.EXACT.hypotheses if h.name != "K lambda >= eps")
    witness = witness_without(pgd.EXACT, "K lambda >= eps")
    claim = replace(pgd.EXACT, hypotheses=kept, necessity=(), checks=[])

    @claim.check(Method.EXACT, Verdict.REFUTED)
    def planted(run):
        return Evidence.refuted(parse_point(witness))

    evidence = examine(claim, claim.checks[0], Run())
    assert verdict_of(claim, [evidence]) is Verdict.REFUTED


def test_a_start_on_the_wrong_side_needs_twice_the_reach():
    claim = replace(
        pgd_any.ANY_START, hypotheses=(*pgd_any.ANY_START.hypotheses[:-1], pgd.reach(1)), checks=[]
    )
    witness = witness_without(pgd_any.ANY_START, "K lambda >= 2 eps")
    seen = replay(claim, witness)
    assert seen.admissible
    assert seen.conclusion is False


def test_simulation_notices_a_wrong_step(monkeypatch):
    import jax.numpy as jnp

    check = next(c for c in pgd.EXACT.checks if c.name == "simulated")
    run = Run({"steps": 7}, "quick")
    assert not examine(pgd.EXACT, check, run).violated
    monkeypatch.setattr(jnp, "sign", lambda g: g)
    assert examine(pgd.EXACT, check, run).violated


def test_l2_radius_is_not_eps():
    point = parse_point(pgd_l2.RESTING)
    assert pgd_l2.lost_square(point) == parse_point({"v": "24/225"})["v"]
    longer = {**pgd_l2.RESTING, "delta": "(1/15, 86/100)"}  # of norm less than eps
    kept = tuple(h for h in pgd_l2.RADIUS.hypotheses if h.name != "challenger")
    seen = replay(replace(pgd_l2.RADIUS, hypotheses=kept), longer)
    assert seen.admissible
    assert seen.conclusion is False


@pytest.mark.parametrize("seed", [0, 1])
def test_l2_radius_formula_at_fixed_points_found_by_iteration(seed):
    rng = np.random.default_rng(seed)
    d, eps, tau = 6, 0.7, 0.105
    x = rng.uniform(0, 0.5, d)
    g = rng.standard_normal(d)
    g /= np.linalg.norm(g)
    eta = moved = np.zeros(d)
    for _ in range(2000):
        moved = eta + tau * g
        moved *= min(1.0, eps / np.linalg.norm(moved))
        eta = np.clip(moved, -x, 1 - x)
    clipped = np.abs(moved - eta) > 1e-12
    assert clipped.any()
    lost = (moved[clipped] ** 2 - eta[clipped] ** 2).sum()
    assert eps**2 - eta @ eta == pytest.approx(lost, abs=1e-10)


def test_pinned_verdicts():
    for claim in (pgd.EXACT, pgd_any.ANY_START, pgd_l2.RADIUS):
        defaults = {name: p.default for name, p in claim.parameters.items()}
        runs = [Run(defaults, "quick", 0, f"{claim.id}/{c.name}") for c in claim.checks]
        evidence = [examine(claim, c, r) for c, r in zip(claim.checks, runs, strict=True)]
        assert verdict_of(claim, evidence) is claim.expected
