"""Planted faults that the claims about Yamada et al. must catch."""

from __future__ import annotations

from dataclasses import replace
from importlib import import_module

import numpy as np
import pytest

from theory.errata import all_errata
from theory.evidence import Verdict
from theory.judge import examine, replay, verdict_of
from theory.registry import all_claims
from theory.run import Run


@pytest.fixture
def claims():
    return all_claims()


def module(name):
    return import_module(f"theory.claims.{name}")


def run_of(claim, check):
    defaults = {name: p.default for name, p in claim.parameters.items()}
    return Run(defaults, budget="quick", label=f"{claim.id}/{check.name}")


def evidence(claim, name):
    check = next(c for c in claim.checks if c.name == name)
    return examine(claim, check, run_of(claim, check))


def verdict(claim):
    return verdict_of(claim, [examine(claim, c, run_of(claim, c)) for c in claim.checks])


def test_extra_exponential_in_the_gradient(claims, monkeypatch):
    import jax.numpy as jnp

    import theory.weight_sharpness as library

    true = library.robust_gradient
    claim = claims["yamada.eq-8.repaired"]
    assert evidence(claim, "automatic gradient").verdict is Verdict.SUPPORTED

    def printed(w, z, eps):
        return true(w, z, eps) * jnp.exp(jnp.mean(eps * jnp.linalg.norm(w) - z @ w))

    monkeypatch.setattr(library, "robust_gradient", printed)
    assert evidence(claim, "automatic gradient").verdict is Verdict.UNDECIDED


def test_extra_exponential_at_an_exact_point(claims):
    witness = {"w": "(1, 2)", "x": "(1, 0)", "y": "-1", "eps": "1/2", "v": "(1, 1)"}
    assert replay(claims["yamada.eq-8"], witness).conclusion is False
    assert replay(claims["yamada.eq-8.repaired"], witness).conclusion is None  # equal balls


def test_perturbation_with_its_sign_flipped(claims, monkeypatch):
    from theory.exact import scale

    file = module("yamada_eq_2")
    true = file.worst_shift
    assert verdict(claims["yamada.eq-2.repaired"]) is Verdict.PROVED
    monkeypatch.setattr(file, "worst_shift", lambda point: scale(-1, true(point)))
    # The proved bound is violated at its own tightness witness, and the search refutes it.
    assert verdict(claims["yamada.eq-2.repaired"]) is Verdict.REFUTED


def test_hessian_without_the_projector(claims, monkeypatch):
    import theory.weight_sharpness as library

    monkeypatch.setattr(library, "robust_hessian", library.detached_hessian)
    assert evidence(claims["yamada.appendix-b"], "automatic hessian").verdict is Verdict.UNDECIDED
    detached = evidence(claims["jaxat.detached-hessian"], "automatic differentiation")
    assert detached.verdict is Verdict.UNDECIDED


def test_hessian_without_the_projector_at_an_exact_point(claims):
    file = module("yamada_eq_8")
    witness = {"w": "(1, 2)", "x": "(1, 0)", "y": "-1", "eps": "1/2", "v": "(1, 1)"}

    def without(point):
        from theory.exact import Comparison, dot, sigmoid

        s = sigmoid(file.logit(point))
        inner = dot(file.worst_example(point), point["v"])
        return Comparison(s * (1 - s) * inner**2, "==", file.slope_and_curvature(point)[1])

    claim = claims["yamada.appendix-b"]
    assert replay(claim, witness).conclusion is None
    assert replay(replace(claim, conclusion=without), witness).conclusion is False


def test_coefficient_of_equation_9_without_the_two(claims, monkeypatch):
    claim = claims["yamada.eq-9"]
    assert verdict(claim) is Verdict.PROVED
    monkeypatch.setattr(module("yamada_eq_9"), "coefficient", lambda eps, length: eps / length)
    assert verdict(claim) is Verdict.REFUTED


def test_collapse_law_with_two_for_four(claims, monkeypatch):
    file = module("jaxat_sharpness_collapse")
    true = file.leading_terms

    def faulty(edge, v, delta):
        return true(edge, v, delta)._replace(tangential=edge * v / (2 * delta))

    monkeypatch.setattr(file, "leading_terms", faulty)
    assert verdict(claims["jaxat.collapse-law"]) is Verdict.UNDECIDED
    assert verdict(claims["jaxat.collapse-law.two-radii"]) is Verdict.UNDECIDED


def test_at_the_threshold_the_normalisation_turns_the_order_round(claims):
    """What erratum 12 says of the two measures of sharpness, by a minimiser found without them."""
    from scipy.special import expit

    z = np.array([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0], [0.0, -1.0]])  # the minimiser is (r, 0)
    found = []
    for eps in (0.45, 0.49, 0.499):
        low, high = 1e-9, 9.0  # the slope along (1, 0) rises through 0
        for _ in range(80):
            r = (low + high) / 2
            slope = np.mean(expit((eps - z[:, 0]) * r) * (eps - z[:, 0]))
            low, high = (low, r) if slope > 0 else (r, high)
        r = (low + high) / 2
        s = expit((eps - z[:, 0]) * r)
        across = np.mean(s * (1 - s) * z[:, 1] ** 2) + np.mean(s) * eps / r
        along = np.mean(s * (1 - s) * (z[:, 0] - eps) ** 2)
        found.append((max(across, along), r * r * max(across, along)))
    raw, normalised = zip(*found, strict=True)
    assert raw[0] < raw[1] < raw[2]
    assert normalised[0] > normalised[1] > normalised[2]
    assert normalised[2] < 0.01
    correct = next(e.correct for e in all_errata() if e.id == "yamada.erratum-12")
    assert "with the normalisation of Section 3.1 sharpness falls to 0" in correct


def test_minimiser_that_is_none(claims):
    """A bracket that misses the root must not pass for a minimiser."""
    from theory.registry import counterexamples

    claim = claims["yamada.theorem-1.at-minimisers"]
    witness = dict(counterexamples()[claim.id].witness)
    assert replay(claim, witness).admissible
    shifted = replay(claim, {**witness, "r_a": "(470000/10000, 470001/10000)"})
    assert shifted.hypotheses["w_a minimiser"] is False
    lopsided = replay(claim, {**witness, "z": "((1, 0), (0, 400), (0, -399))"})
    assert lopsided.hypotheses["w_a minimiser"] is False


def test_radial_constant_one_unit_too_small(claims):
    claim = claims["jaxat.yamada-radial-curvature"]
    file = module("jaxat_sharpness")
    witness = {"w": "(2399357280515467668/1000000000000000000, 0)", "z": "((1, 0),)", "eps": "0"}

    def smaller(point):
        from theory.exact import Comparison, rational

        curvature = file.directional(*file.samples(point), point["w"])[2]
        return Comparison(curvature, "<=", file.constant() - rational("1/1000000000000"))

    assert replay(claim, witness).conclusion is not False
    assert replay(replace(claim, conclusion=smaller), witness).conclusion is False


def test_step_of_pgd_with_its_sign_flipped(claims, monkeypatch):
    from theory.exact import scale

    file = module("yamada_eq_3")
    true = file.step_direction
    monkeypatch.setattr(file, "step_direction", lambda point: scale(-1, true(point)))
    assert verdict(claims["yamada.eq-3.repaired"]) is not Verdict.PROVED
