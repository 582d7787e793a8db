"""Fig. 2: printed values, symmetry, exact folds, and SciPy's integral for −F."""

from __future__ import annotations

from math import inf
from typing import Any

import numpy as np
import pytest
from scipy.integrate import dblquad

from figures.paper_data import GAMMA

N = 9  # θ in {-2, -1.5, ..., 2}
# θ: linear clean, L2, L∞, swish clean, L2, L∞, found by brute force over the perturbation.
VALUES = {
    (1.5, -1.5): (3.048587352, 4.286638697, 4.808196067, 0.766814224, 0.831976430, 0.842041109),
    (-1.0, 0.5): (0.201413278, 0.362144972, 0.437487950, 0.257241905, 0.445605207, 0.518093389),
    (2.0, -2.0): (4.018149928, 5.700406486, 6.401660178, 0.729766468, 0.803257656, 0.836535127),
    (-2.0, -2.0): (0.693147181, 1.865297574, 2.486836152, 0.693147181, 0.842041109, 0.842041109),
}
PANELS = ("linear_clean", "linear_l2", "linear_linf", "swish_clean", "swish_l2", "swish_linf")


@pytest.fixture(scope="module")
def arrays(computed: Any) -> Any:
    return computed("kanai-fig2", N)


@pytest.mark.parametrize("theta", VALUES)
def test_losses_have_their_known_values(arrays: Any, theta: tuple[float, float]) -> None:
    i, j = (int(np.flatnonzero(arrays["theta"] == value)[0]) for value in theta)
    found = [arrays[name][i, j] for name in PANELS]
    np.testing.assert_allclose(found, VALUES[theta], atol=5e-10)


def test_the_swish_maximum_is_the_best_of_many_perturbations(arrays: Any) -> None:
    t = arrays["theta"]
    angle = np.linspace(0, 2 * np.pi, 1441)
    ray = np.stack([np.cos(angle), np.sin(angle)])
    for name, edge in (("l2", ray), ("linf", ray / np.abs(ray).max(axis=0))):
        scale = np.linspace(0, 0.6, 121)
        delta = (scale[:, None, None] * edge).transpose(0, 2, 1).reshape(-1, 2)
        for i, j in ((0, 0), (2, 5), (8, 0), (5, 6)):
            u = (np.array([-1.0, 1.0]) + delta) @ np.array([t[i], t[j]])
            best = np.logaddexp(0, -u / (1 + np.exp(-u))).max()
            assert arrays[f"swish_{name}"][i, j] == pytest.approx(best, abs=2e-5)


def test_surfaces_are_symmetric_where_the_datum_is(arrays: Any) -> None:
    for name in (*PANELS, "entropy_l2", "entropy_linf"):  # (θ₁, θ₂) ↦ (−θ₂, −θ₁) keeps θᵀx
        np.testing.assert_allclose(arrays[name], arrays[name][::-1, ::-1].T, atol=1e-9)


@pytest.mark.parametrize(("name", "q"), [("l2", 2), ("linf", 1)])
def test_entropy_is_what_scipy_integrates(arrays: Any, name: str, q: int) -> None:
    i, j = 2, 6
    a, b = arrays["theta"][[i, j]]

    def integrand(v: float, u: float) -> float:
        size = np.linalg.norm([u, v], ord=q)
        pull = GAMMA / 2 * ((u - a) ** 2 + (v - b) ** 2)
        return float(np.exp(-np.logaddexp(0, u - v + 0.6 * size) - pull))

    mass = 0.0
    for u in ((-8, 0), (0, 8)):  # the folds at the ends of the boxes, so that SciPy is exact there
        for v in ((-8, 0), (0, 8)):
            mass += dblquad(integrand, *u, *v, epsabs=1e-9, epsrel=1e-8)[0]
    assert arrays[f"entropy_{name}"][i, j] == pytest.approx(-np.log(mass), abs=1e-7)


def test_entropy_rounds_the_fold_that_the_loss_has(computed: Any) -> None:
    arrays = computed("kanai-fig2", 81)
    t = arrays["theta"]
    middle = len(t) // 2
    second = {
        name: np.abs(np.diff(arrays[name][30], 2)[middle - 1]) / (t[1] - t[0])
        for name in ("linear_linf", "linear_l2", "entropy_linf")
    }
    # Across θ₂ = 0 the L∞ loss's slope jumps by 2εσ(−yθᵀx + ε‖θ‖₁); the others' does not.
    jump = 1.2 / (1 + np.exp(-(t[30] + 0.6 * abs(t[30]))))
    assert second["linear_linf"] == pytest.approx(jump, rel=0.05)
    assert max(second["linear_l2"], second["entropy_linf"]) < 0.1 * jump


def test_drawing(arrays: Any, drawn: Any) -> None:
    axes = drawn("kanai-fig2", arrays)
    assert len(axes) == 8
    assert [place.get_title()[:3] for place in axes] == [f"({letter})" for letter in "abcdefgh"]
    assert all((place.get_xlabel(), place.get_ylabel()) == (r"$\theta_1$", r"$\theta_2$")
               for place in axes)  # fmt: skip
    assert all(place.get_xlim() == (-2, 2) for place in axes)
    assert inf > axes[0].get_zlim()[1] >= arrays["linear_clean"].max()
