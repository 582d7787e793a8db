"""The kinks figure and the gradient-jump figure against NumPy formulas and the papers' surfaces."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit, lambertw

from figures.gallery import gradient_jump, kinks

EPS = 0.6
U_STAR = -1 - float(lambertw(np.exp(-1)).real)
# Regression values at θ: linear L2, linear L∞, swish L2, swish L∞.
VALUES = {
    (1.5, -1.5): (4.286638697, 4.808196067, 0.831976430, 0.842041109),
    (-1.0, 0.5): (0.362144972, 0.437487950, 0.445605207, 0.518093389),
    (2.0, -2.0): (5.700406486, 6.401660178, 0.803257656, 0.836535127),
    (-2.0, -2.0): (1.865297574, 2.486836152, 0.842041109, 0.842041109),
}


@pytest.fixture
def arrays(smoke):
    return smoke("kinks")


def phi_slope(u):
    """d/du log(1 + exp(−u σ(u)))."""
    return -expit(-u * expit(u)) * expit(u) * (1 + u * expit(-u))


def swish_jump(u0, length):
    """2ε|φ'(c)|, c the point of u0 ± ε‖θ‖₁ nearest to u*."""
    return 2 * EPS * abs(phi_slope(np.clip(U_STAR, u0 - EPS * length, u0 + EPS * length)))


@pytest.mark.parametrize("theta", VALUES)
def test_surfaces_have_the_regression_values(arrays, theta):
    t = arrays["theta"]
    i, j = (int(np.flatnonzero(t == value)[0]) for value in theta)
    for name, value in zip(kinks.LOSSES, VALUES[theta], strict=True):
        assert arrays[name][i, j] == pytest.approx(value, abs=1e-9)


def test_linear_kinks_are_the_axes_with_jump_2_eps_s(arrays):
    t = arrays["along"]
    assert not np.any(t == 0)
    for i, u0 in ((1, t), (2, -t)):
        # −yθᵀx = θ₁ − θ₂ at x = (−1, 1): −t on θ₁ = 0 and t on θ₂ = 0.
        h = (-u0 if i == 1 else t) + EPS * abs(t)
        expected = np.zeros((len(t), 2))
        expected[:, i - 1] = 2 * EPS * expit(h)
        np.testing.assert_allclose(arrays[f"linear_linf_jump_{i}"], expected, atol=1e-7)
        np.testing.assert_allclose(arrays[f"linear_linf_height_{i}"], np.logaddexp(0, h), rtol=1e-9)


def test_swish_kinks_end_where_the_worst_input_comes_into_reach(arrays):
    t = arrays["along"]
    edge = -U_STAR / (1 + EPS)
    assert edge == pytest.approx(0.79904, abs=1e-5)
    for i, u0, inside in ((1, t, t < -edge), (2, -t, t > edge)):
        size = np.linalg.norm(arrays[f"swish_linf_jump_{i}"], axis=1)
        np.testing.assert_allclose(size, swish_jump(u0, abs(t)), atol=1e-7)
        assert np.all(size[inside] < 1e-7)
        assert np.all(size[~inside] > 1e-3)


def test_l2_gradients_jump_at_the_origin(arrays):
    # Along a unit vector by ε for the linear model, and by 2ε|φ'(0)| = ε/2 for swish.
    assert np.linalg.norm(arrays["linear_l2_jump"]) == pytest.approx(EPS, abs=1e-7)
    assert np.linalg.norm(arrays["swish_l2_jump"]) == pytest.approx(EPS / 2, abs=1e-7)


def test_gradient_field_and_cut_are_the_derivatives_of_the_loss(smoke):
    found = smoke("gradient-jump")

    def loss(a, b, name):
        norm = {"clean": 0.0, "l2": np.hypot(a, b), "linf": abs(a) + abs(b)}[name]
        return np.logaddexp(0, a - b + EPS * norm)

    h, t, cut = 1e-6, found["coarse"], found["across"]
    a, b = np.meshgrid(t, t, indexing="ij")
    assert np.all(t != 0)
    assert np.all(cut != 0)
    for name in gradient_jump.FIELDS:
        field = np.stack(
            [
                (loss(a + h, b, name) - loss(a - h, b, name)) / (2 * h),
                (loss(a, b + h, name) - loss(a, b - h, name)) / (2 * h),
            ],
            axis=-1,
        )
        np.testing.assert_allclose(found[f"{name}_field"], field, atol=1e-8)
        slope = (loss(1.0, cut + h, name) - loss(1.0, cut - h, name)) / (2 * h)
        np.testing.assert_allclose(found[f"{name}_slope"], slope, atol=1e-8)


def test_jumps_along_the_kink(smoke):
    found = smoke("gradient-jump")
    t = found["along"]
    np.testing.assert_allclose(
        found["linear_linf_jump"], 2 * EPS * expit(t + EPS * abs(t)), atol=1e-7
    )
    np.testing.assert_allclose(found["swish_linf_jump"], swish_jump(-t, abs(t)), atol=1e-7)
    np.testing.assert_allclose(found["linear_l2_jump"], 0, atol=1e-7)
