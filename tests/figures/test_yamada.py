"""The figures about robust logistic regression against SciPy, differences and plain loops."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.special import expit

from figures.gallery import yamada_collapse, yamada_eigenvalues, yamada_not_monotone
from figures.yamada_data import samples

Z = samples()


def loss(w, eps, z=Z):
    return np.logaddexp(0, eps * np.linalg.norm(w) - z @ w).mean()


def gradient(w, eps, z=Z):
    u = z - eps * w / np.linalg.norm(w)
    return -(expit(eps * np.linalg.norm(w) - z @ w) @ u) / len(z)


def hessian(w, eps, z=Z, h=1e-6):
    steps = h * np.eye(len(w))
    rows = [(gradient(w + s, eps, z) - gradient(w - s, eps, z)) / (2 * h) for s in steps]
    return 0.5 * (np.array(rows) + np.array(rows).T)


def best(eps):
    options = {"gtol": 1e-10, "maxiter": 2000}
    start = Z.mean(axis=0)
    return minimize(loss, start, args=(eps,), jac=gradient, method="BFGS", options=options).x


def test_radii_of_the_phases(smoke):
    found = smoke("yamada-eigenvalues")
    assert found["edge"] == pytest.approx(np.linalg.norm(Z.mean(axis=0)))
    # The margin as its definition: the largest t with zₙ·w ≥ t for all n and ‖w‖ ≤ 1.
    inequalities = [
        {"type": "ineq", "fun": lambda v: Z @ v[:4] - v[4]},
        {"type": "ineq", "fun": lambda v: 1 - v[:4] @ v[:4]},
    ]
    start = np.append(Z.mean(axis=0), 0.0)
    found_margin = minimize(lambda v: -v[4], start, method="SLSQP", constraints=inequalities)
    assert -found_margin.fun == pytest.approx(found["gamma"], abs=1e-6)
    assert np.all((found["radii"] > found["gamma"]) & (found["radii"] < found["edge"]))


def test_eigenvalues_at_the_minimiser(smoke):
    found = smoke("yamada-eigenvalues")
    for k in (4, 7, 11):
        eps = found["radii"][k]
        w = best(eps)
        expected = np.linalg.eigvalsh(hessian(w, eps))
        np.testing.assert_allclose(found["eigenvalues"][k], expected, rtol=2e-4)
        assert found["normalised"][k] == pytest.approx(w @ w * expected[-1], rel=2e-4)


def test_descents_follow_plain_gradient_descent(smoke):
    found = smoke("yamada-eigenvalues")
    steps = found["steps"]
    assert set(yamada_eigenvalues.SHOWN) <= set(steps)
    for share, values in zip(yamada_eigenvalues.SHARES, found["descents"], strict=True):
        eps, w = share * found["gamma"], Z.mean(axis=0)
        for count in range(1, 101):
            w = w - 0.5 * gradient(w, eps)
            if count in steps and count in (1, 10, 100):
                expected = np.linalg.eigvalsh(hessian(w, eps))[-1]
                k = int(np.flatnonzero(steps == count)[0])
                assert values[k] == pytest.approx(expected, rel=1e-6)


def test_below_the_margin_training_flattens_and_above_it_levels_off(smoke):
    found = smoke("yamada-eigenvalues")
    assert np.all(np.diff(found["below_sharpness"], axis=1) < 0)
    for share, values, limit in zip(
        yamada_eigenvalues.SHARES, found["descents"], found["limits"], strict=True
    ):
        if share > 1:
            assert values[-1] == pytest.approx(limit, rel=1e-3)
        else:
            assert limit == 0
            assert values[-1] < 0.1 * values[0]


def test_collapse_law_is_approached_linearly(smoke):
    found = smoke("yamada-collapse")
    delta = found["delta"]
    for name in yamada_collapse.TERMS:
        error = np.abs(found[name] / found[f"{name}_law"] - 1)
        assert np.all(error[delta < 0.02] < delta[delta < 0.02])
    mu = Z.mean(axis=0)
    edge = np.linalg.norm(mu)
    variance = np.var(Z @ mu / edge)
    np.testing.assert_allclose(found["norm_law"], 2 * delta / variance)
    np.testing.assert_allclose(found["tangential_law"], edge * variance / (4 * delta))


def test_collapse_values(smoke):
    found = smoke("yamada-collapse")
    eps = np.linalg.norm(Z.mean(axis=0)) - found["delta"][-1]
    w = best(eps)
    eigenvalues = np.linalg.eigvalsh(hessian(w, eps))
    assert found["norm"][-1] == pytest.approx(np.linalg.norm(w), rel=1e-5)
    assert found["tangential"][-1] == pytest.approx(eigenvalues[-1], rel=1e-5)
    assert found["radial"][-1] == pytest.approx(eigenvalues[0], rel=1e-5)
    assert found["loss_drop"][-1] == pytest.approx(np.log(2) - loss(w, eps), rel=1e-8)


@pytest.mark.parametrize("name", yamada_not_monotone.FAMILIES)
def test_symmetric_families(smoke, name):
    found = smoke("yamada-not-monotone")
    k, b = yamada_not_monotone.FAMILIES[name]
    z = np.concatenate([np.tile([1.0, 0.0], (k, 1)), [[0, b], [0, -b]]])
    for index in (0, 10, 20):
        eps, length = found[f"{name}_eps"][index], found[f"{name}_length"][index]
        w = np.array([length, 0.0])
        assert np.linalg.norm(gradient(w, eps, z)) < 1e-12
        expected = np.linalg.eigvalsh(hessian(w, eps, z, h=1e-7))[-1]
        assert found[f"{name}_largest"][index] == pytest.approx(expected, rel=1e-4)


def test_larger_radii_are_flatter(smoke):
    found = smoke("yamada-not-monotone")
    largest = found["few_largest"]
    assert np.all(np.diff(largest[: len(largest) // 2]) < 0)
    assert found["many_largest"].max() / found["many_largest"].min() > 2e5
    ratio = found["many_eps"] / found["many_length"]
    assert ratio[-1] < ratio.max()  # Eq. (12) would have it grow
