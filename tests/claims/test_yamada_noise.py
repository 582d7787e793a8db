"""Planted faults about noise: the claims must notice them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import theory.claims.jaxat_noise as noise
import theory.claims.jaxat_noise_attack as attack
import theory.claims.yamada_eq_13 as eq_13
import theory.claims.yamada_moments as moments
import theory.claims.yamada_theorem_2 as theorem_2
import theory.noise_law
from theory.evidence import Verdict
from theory.exact import Comparison, ball, parse_point, rational
from theory.judge import examine, replay, verdict_of
from theory.registry import all_claims, counterexamples
from theory.run import Run


def run_all(claim):
    defaults = {name: p.default for name, p in claim.parameters.items()}
    return [
        examine(claim, c, Run(defaults, "quick", 0, f"{claim.id}/{c.name}")) for c in claim.checks
    ]


def verdict(claim):
    return verdict_of(claim, run_all(claim))


@pytest.mark.parametrize(("sign", "with_noise"), [(-1, False), (1, True)])
def test_one_repair_of_eq_13_is_not_enough(sign, with_noise):
    def conclusion(point):
        slope = eq_13.slope(point, sign=sign, noise=with_noise)
        return Comparison(slope, "==", eq_13.slope_and_curvature(point)[0])

    claim = replace(all_claims()["yamada.eq-13"], conclusion=conclusion)
    assert verdict(claim) is Verdict.REFUTED


def test_both_repairs_of_eq_13_survive_the_witness():
    claim = replace(all_claims()["yamada.eq-13"], conclusion=eq_13.repaired)
    assert verdict(claim) is not Verdict.REFUTED
    witness = counterexamples()["yamada.eq-13"].witness
    assert replay(claim, witness).conclusion is not False


@pytest.mark.parametrize(
    ("w", "x", "smaller"), [(1, 10, 6), (3, 10, 13), (100, 10, 19), (1, 100, 0)]
)
def test_the_error_of_eq_15_grows_with_the_weight_and_falls_with_the_input(w, x, smaller):
    """By quadrature: how many percent smaller the mean Hessian is than (15) says, for eps = 1."""
    nodes, weights = np.polynomial.legendre.leggauss(400)
    kappa = np.exp(-w * nodes)  # times exp(-w x), which is so small that 1 + kappa is 1
    mean = np.sum(weights * kappa * (x + nodes) ** 2) / np.sum(weights * kappa)
    assert int(100 * (1 - mean / (x**2 + 1 / 3))) == smaller
    point = {"w": str(w), "x": str(x), "eps": "1"}
    assert replay(all_claims()["yamada.eq-15"], point).conclusion is (smaller < 5)


def test_langevin_law_notices_a_constant_variance():
    # tau = eps^2 / 3 is right for weak noise only: t = 5 here.
    point = {"w": "(5,)", "x": "(1,)", "y": "1", "eps": "1", "v": "(1,)"}
    assert replay(noise.LANGEVIN, point).conclusion is not False
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(noise, "langevin_slope", lambda t: rational("1/3"))
        assert replay(noise.LANGEVIN, point).conclusion is False
        weak = {**point, "w": "(0,)"}
        assert replay(noise.LANGEVIN, weak).conclusion is not False


def test_quadrature_notices_a_constant_variance(monkeypatch):
    monkeypatch.setattr(theory.noise_law, "langevin_slope", lambda t: 0 * t + 1 / 3)
    check = next(c for c in noise.LANGEVIN.checks if c.name == "quadrature")
    assert examine(noise.LANGEVIN, check, Run({"eps": 0.7}, "quick")).violated


def test_bound_of_the_mass_needs_the_sixth():
    def conclusion(point):
        return Comparison(noise.mass(point), "<=", noise.exp(point["eps"] ** 2 / 7))

    claim = replace(noise.BOUNDS, conclusion=conclusion)
    point = {"part": "mass", "w": "(1,)", "eps": "1/2"}
    assert replay(claim, point).conclusion is False
    assert replay(noise.BOUNDS, point).conclusion is True


def test_moments_notice_a_twelfth(monkeypatch):
    # eps^2 / 12 is the variance of U(-eps/2, eps/2).
    monkeypatch.setattr(moments, "claimed_variance", lambda eps: eps**2 / 12)
    assert verdict(moments.MOMENTS) is Verdict.REFUTED
    assert replay(moments.MOMENTS, {"eps": "1"}).conclusion is False


def test_clipped_moments_by_brute_force():
    import numpy as np

    for x, eps in ((0.0, 0.1), (0.05, 0.3), (0.97, 0.06), (0.5, 2.0)):
        u = eps * (np.arange(200_000) + 0.5) / 100_000 - eps
        eta = np.clip(x + u, 0, 1) - x
        point = {"x": rational(x), "eps": rational(eps)}
        for k in (1, 2):
            exact = float(ball(moments.clipped_moment(point, k)).mid())
            assert exact == pytest.approx((eta**k).mean(), abs=1e-9)


def test_theorem_2_notices_a_bound_without_the_reach():
    def conclusion(point):
        mean = theorem_2.weighted_mean(theorem_2.gradient_norms(point))
        return Comparison(theorem_2.slope_and_curvature(point)[1], "<=", mean)

    claim = replace(theorem_2.THEOREM_2, conclusion=conclusion)
    point = {"w": "(1/10, 0)", "x": "((5, 0),)", "eta": "((0, 0),)", "y": "(1,)", "v": "(1, 0)"}
    assert replay(claim, point).conclusion is False
    assert replay(theorem_2.THEOREM_2, point).conclusion is True


def test_mean_over_a_ball_against_quadrature():
    import numpy as np
    from scipy.integrate import quad

    for d, t in ((1, 2.0), (2, 3.0), (5, 7.0)):
        power = (d - 1) / 2
        top = quad(lambda u, t=t, p=power: np.exp(t * u) * (1 - u * u) ** p, -1, 1)[0]
        whole = quad(lambda u, p=power: (1 - u * u) ** p, -1, 1)[0]
        point = parse_point({"p": "2", "eps": "1", "w": str((int(t), *[0] * (d - 1)))})
        found = float(ball(attack.mean_factor(point)).mid())
        assert found == pytest.approx(top / whole, rel=1e-8)


def test_euclidean_bound_is_not_the_one_of_the_cube():
    # e^{t^2/6} is weaker than e^{t^2/(2(d+2))} for d > 1, and a smaller constant is violated.
    def conclusion(point):
        square, d = point["eps"] ** 2 * noise.dot(point["w"], point["w"]), len(point["w"])
        return Comparison(attack.mean_factor(point), "<=", noise.exp(square / (2 * (d + 3))))

    claim = replace(attack.VERSUS, conclusion=conclusion)
    assert replay(claim, {"p": "2", "eps": "1", "w": "(1/2, 0)"}).conclusion is False


@pytest.mark.parametrize("d", [1, 3, 25])
def test_covariance_of_the_ball_is_not_one_over_d(d):
    point = {"eps": "2/3", "d": str(d)}
    assert replay(attack.BALL, point).conclusion is True
    exact = attack.covariance_of_the_ball(parse_point(point))
    assert exact is not None
    assert exact.left != parse_point(point)["eps"] ** 2 / d


@pytest.mark.parametrize(
    "id_",
    [
        "yamada.theorem-2.second-half",
        "yamada.theorem-2.second-half.at-fixed-weights",
        "yamada.theorem-2.gaussian",
        "yamada.eq-15",
        "yamada.noise-vs-attack",
        "jaxat.noise-gaussian-minimiser",
    ],
)
def test_pinned_verdicts(id_):
    claim = all_claims()[id_]
    assert verdict(claim) is claim.expected
