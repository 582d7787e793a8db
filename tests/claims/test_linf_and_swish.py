"""Planted faults in the L∞ and swish claims: each must change a verdict."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from theory.claim import Claim
from theory.evidence import Evidence, Verdict
from theory.exact import Comparison, norm, parse_point, rational
from theory.judge import examine, replay, verdict_of
from theory.registry import all_claims
from theory.run import Run


def evidence_of(claim: Claim, *names: str) -> list[Evidence]:
    parameters = {name: p.default for name, p in claim.parameters.items()}
    chosen = [check for check in claim.checks if not names or check.name in names]
    assert chosen, f"{claim.id} has no check named {names}"
    runs = [Run(parameters, "quick", 0, f"{claim.id}/{check.name}") for check in chosen]
    return [examine(claim, check, run) for check, run in zip(chosen, runs, strict=True)]


def verdicts(id_: str, *names: str) -> list[Verdict]:
    return [e.verdict for e in evidence_of(all_claims()[id_], *names)]


def with_conclusion(id_: str, conclusion: Callable[[Any], Any]) -> Claim:
    return replace(all_claims()[id_], conclusion=conclusion)


def test_attack_without_the_label_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    import theory.adversarial
    import theory.claims.kanai_lemma_3 as lemma

    assert verdicts("kanai.lemma-3.attack") == [Verdict.PROVED, Verdict.SUPPORTED]
    right, exact = theory.adversarial.adversarial_example, lemma.example
    monkeypatch.setattr(
        theory.adversarial,
        "adversarial_example",
        lambda theta, x, y, eps, p: right(theta, x, 1.0, eps, p),
    )
    monkeypatch.setattr(lemma, "example", lambda theta, x, y, eps, p: exact(theta, x, 1, eps, p))
    assert verdicts("kanai.lemma-3.attack") == [Verdict.UNDECIDED, Verdict.UNDECIDED]


def test_theorem_2_with_clean_constants_is_caught() -> None:
    import theory.claims.kanai_theorem_2 as theorem
    from theory.exact.adversarial import samples

    def clean(point: Any) -> Comparison:
        longest = norm([norm(x) for x, _ in samples(point)], float("inf"))
        return theorem.gradient_bound(point, longest)

    planted = with_conclusion("kanai.theorem-2", clean)
    found = evidence_of(planted, "search")
    # The search still measures against the perturbed constant: the statement disagrees with it.
    assert [e.verdict for e in found] != [Verdict.SUPPORTED]
    assert verdicts("kanai.theorem-2", "search") == [Verdict.SUPPORTED]
    refuted = all_claims()["kanai.theorem-2.clean-constants"]
    assert verdict_of(refuted, evidence_of(refuted)) is Verdict.REFUTED
    repaired = replace(refuted, conclusion=all_claims()["kanai.theorem-2"].conclusion)
    assert verdict_of(repaired, evidence_of(repaired)) is Verdict.UNDECIDED


def test_bound_without_the_root_of_k_is_caught() -> None:
    id_ = "kanai.theorem-2.otherwise-bound.repaired"
    printed = all_claims()["kanai.theorem-2.otherwise-bound"].conclusion
    assert printed is not None
    planted = with_conclusion(id_, printed)
    assert verdict_of(planted, evidence_of(planted)) is Verdict.REFUTED
    assert verdict_of(all_claims()[id_], evidence_of(all_claims()[id_])) is Verdict.PROVED


def test_shifted_stationary_point_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    import theory.swish

    name = "enclosure and lambert"
    assert verdicts("kanai.swish.u-star", name) == [Verdict.PROVED]
    monkeypatch.setattr(theory.swish, "SWISH_ARGMAX", theory.swish.SWISH_ARGMAX + 1e-3)
    assert verdicts("kanai.swish.u-star", name) == [Verdict.UNDECIDED]
    assert verdicts("jaxat.swish-closed-form", "against brute force") == [Verdict.UNDECIDED]


def test_shifted_exact_stationary_point_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    import theory.claims.kanai_swish as claims

    right = claims.stationary_point
    monkeypatch.setattr(claims, "stationary_point", lambda: right() + rational("1/1000"))
    assert verdicts("kanai.swish.u-star", "enclosure and lambert") == [Verdict.UNDECIDED]


@pytest.mark.parametrize("id_", ["jaxat.swish-kinks", "jaxat.gradient-jump"])
def test_the_jump_where_two_weights_are_zero(id_: str) -> None:
    """There is no gradient on either side then; the statement says which subgradient is meant."""
    claim = all_claims()[id_]
    assert "sign}(0)=0" in claim.statement
    point = {"p": "inf", "theta": "(0, 0)", "u": "(1, 0)", "t": "1/1000", "x": "(-1, 1)", "y": "1"}
    assert replay(claim, {**point, "eps": "3/5"}).conclusion is True


@pytest.mark.parametrize("id_", ["jaxat.swish-kinks", "jaxat.gradient-jump"])
def test_half_of_the_jump_is_caught(id_: str, monkeypatch: pytest.MonkeyPatch) -> None:
    import theory.claims.jaxat_linf as linear
    import theory.claims.jaxat_swish_kinks as swish

    # Half the height in the statement: its own witness then violates the bound.
    if "swish" in id_:
        monkeypatch.setattr(swish, "phi_slope", lambda u, f=swish.phi_slope: f(u) / 2)
    else:
        monkeypatch.setattr(linear, "mean_weight", lambda w, t, f=linear.mean_weight: f(w, t) / 2)
    planted = all_claims()[id_]
    symbolic = [e for e in evidence_of(planted) if e.witness and e.method.value == "SYMBOLIC"]
    assert not any(e.verdict is Verdict.PROVED for e in symbolic)


def test_half_of_the_jump_in_the_library_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    import theory.kinks
    from theory.kinks import gradient_jump

    def half(*args: Any, **options: Any) -> Any:
        found = gradient_jump(*args, **options)
        return replace(found, limit=found.limit / 2)

    monkeypatch.setattr(theory.kinks, "gradient_jump", half)
    name = "two sided derivatives"
    assert verdicts("jaxat.swish-kinks", name) == [Verdict.UNDECIDED]
    assert verdicts("jaxat.gradient-jump", name) == [Verdict.UNDECIDED]


def test_too_small_a_curvature_is_refuted(monkeypatch: pytest.MonkeyPatch) -> None:
    import theory.exact.swish

    monkeypatch.setattr(theory.exact.swish, "CURVATURE", Fraction(226, 1000))
    assert verdicts("jaxat.swish-curvature", "middle") == [Verdict.REFUTED]


def test_interior_region_of_the_paper_fails_on_a_third_of_the_square() -> None:
    claim = all_claims()["kanai.swish.interior-region"]
    outside = 0
    ticks = [Fraction(2 * k + 1, 40) + 1 for k in range(20)]
    for first in ticks:
        for second in ticks:
            seen = replay(claim, {"theta": f"({first}, {-second})", "p": "inf"})
            assert seen.admissible
            outside += seen.conclusion is False
    assert abs(outside / 400 - 0.3231) < 0.02


def test_exact_gradients_agree_with_differences_of_exact_losses() -> None:
    from theory.exact.adversarial import gradient, loss
    from theory.exact.swish import swish_adversarial_gradient, swish_adversarial_loss
    from theory.rigorous import precision

    point = parse_point({"theta": "(3/2, -1/3)", "x": "(-1, 2)", "eps": "3/10"})
    theta, x, eps = point["theta"], point["x"], point["eps"]
    step = rational("1/1000000000000")
    with precision(200):
        for p in (rational("3/2"), 2, rational(3), float("inf"), 1):
            for i in range(2):
                moved = tuple(t + (step if j == i else 0) for j, t in enumerate(theta))
                back = tuple(t - (step if j == i else 0) for j, t in enumerate(theta))
                slope = (loss(moved, x, 1, eps, p) - loss(back, x, 1, eps, p)) / (2 * step)
                assert abs(float(slope) - float(gradient(theta, x, 1, eps, p)[i])) < 1e-10
                swish = [swish_adversarial_loss(t, x, 1, eps, p) for t in (moved, back)]
                slope = (swish[0] - swish[1]) / (2 * step)
                exact = swish_adversarial_gradient(theta, x, eps, p)[i]
                assert abs(float(slope) - float(exact)) < 1e-10


def test_largest_eigenvalue_agrees_with_numpy() -> None:
    from theory.exact.adversarial import largest_eigenvalue

    rng = np.random.default_rng(0)
    for d in (1, 2, 4):
        a = rng.integers(-5, 6, (d, d))
        a = a + a.T
        rows = [tuple(rational(int(e)) for e in row) for row in a]
        expected = np.linalg.eigvalsh(a.astype(float))[-1]
        assert abs(float(largest_eigenvalue(rows)) - expected) < 1e-9


@pytest.mark.parametrize(
    ("theta", "l2", "linf"),
    [
        ((0, 0), True, True),
        ((0.5, 0), False, True),
        ((-1, 0), False, True),
        ((0, 1), False, True),
        ((1.5, 0), False, False),
        ((0.7, -0.3), False, False),
    ],
)
def test_where_the_swish_losses_have_kinks(theta: tuple[float, ...], l2: bool, linf: bool) -> None:
    """The jumps of kanai.swish.larger-smooth-set against differences of a brute-force maximum."""
    from theory.claims.kanai_swish_sets import jump

    x, eps, step = np.array([-1.0, 1.0]), 0.6, 1e-4
    u = np.array([1.0, 0.0]) if theta[0] == 0 else np.array([0.0, 1.0])

    def worst(weights: np.ndarray, p: float) -> float:
        reach = eps * np.linalg.norm(weights, 1 if p == np.inf else 2)
        inputs = weights @ x + np.linspace(-reach, reach, 20001)
        return float(np.max(np.logaddexp(0, -inputs / (1 + np.exp(-inputs)))))

    def loss(distance: float, p: float) -> float:
        return worst(np.array(theta, float) + distance * u, p)

    for p, kinked in ((2, l2), (np.inf, linf)):
        found = (loss(step, p) - 2 * loss(0.0, p) + loss(-step, p)) / step
        exact = float(jump(tuple(rational(Fraction(str(t))) for t in theta), p))
        assert found == pytest.approx(exact, abs=1e-3), p
        assert (exact > 1e-9) is kinked, p


@pytest.mark.parametrize("d", [2, 3, 5])
def test_no_constant_below_eps_over_a_serves_across_orthants(d: int) -> None:
    """The weights that the claim names are in its set and reach almost eps / a, by NumPy alone."""
    a, eps, t = 0.01, 0.6, 40.0
    ends = np.full((2, d), t)
    ends[:, 0] = a, -a
    logits = eps * np.abs(ends).sum(axis=1)  # x = 0
    gradients = eps * np.sign(ends) / (1 + np.exp(-logits))[:, None]
    ratio = np.linalg.norm(gradients[0] - gradients[1]) / np.linalg.norm(ends[0] - ends[1])
    assert ratio == pytest.approx(eps / a, rel=1e-9)
    point = {
        "theta_1": str(("1/100", *["40"] * (d - 1))).replace("'", ""),
        "theta_2": str(("-1/100", *["40"] * (d - 1))).replace("'", ""),
        "a": "1/100",
        "x": str((0,) * d),
        "y": "1",
        "eps": "3/5",
        "p": "inf",
    }
    seen = replay(all_claims()["jaxat.theorem-2-exact.across-orthants"], point)
    assert seen.admissible
    assert seen.conclusion is True


def test_the_larger_smooth_set_is_not_turned_round() -> None:
    claim = all_claims()["kanai.swish.larger-smooth-set"]
    assert verdicts(claim.id) == [Verdict.PROVED, Verdict.PROVED]
    point = {"part": "larger", "theta": "(1/2, 0)"}
    assert replay(claim, point).conclusion is True
    assert replay(claim, {**point, "theta": "(1, 0)"}).admissible is False
    import theory.claims.kanai_swish_sets as sets

    swapped = with_conclusion(
        claim.id,
        lambda w: Comparison(sets.jump(w["theta"], np.inf), "<=", sets.jump(w["theta"], 2)),
    )
    assert replay(swapped, point).conclusion is False
