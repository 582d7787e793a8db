"""The three constants against recorded values and a brute search over the Hessian's norm."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit

from figures.gallery import smoothness_constants

R, EPS = 2**0.5, 0.6


@pytest.fixture(scope="module")
def arrays():
    return smoothness_constants.compute(6)  # θ_min = 10⁻³, ..., 10²


def test_grid(arrays):
    np.testing.assert_allclose(arrays["theta_min"], [1e-3, 1e-2, 0.1, 1, 10, 100])
    np.testing.assert_allclose(arrays["theta_max"], [8**0.5, 10, 100])


@pytest.mark.parametrize(("k", "values"), [(1, (98.50, 31.32, 30.62)), (2, (10.763, 4.315, 3.642))])
def test_recorded_values(arrays, k, values):
    found = (arrays["printed"][0, k], arrays["sharp"][k], arrays["true"][k])
    assert found == pytest.approx(values, rel=5e-4)


def test_true_constant_is_the_largest_hessian_norm(arrays):
    for r, value in zip(arrays["theta_min"], arrays["true"], strict=True):
        c, rho = np.meshgrid(np.linspace(-R, R, 2001), r * np.array([1, 1.1, 2, 10]))
        s = expit(rho * (EPS - c))
        g = np.stack([EPS - c, np.sqrt(np.maximum(R**2 - c**2, 0))], axis=-1)
        hessian = (s * (1 - s))[..., None, None] * g[..., :, None] * g[..., None, :]
        hessian[..., 1, 1] += s * EPS / rho
        best = np.linalg.eigvalsh(hessian)[..., -1].max()
        assert best <= value * (1 + 1e-8)
        assert best >= value * (1 - 1e-4)


def test_order(arrays):
    assert np.all(arrays["true"] <= arrays["sharp"] * (1 + 1e-8))
    for limit, printed in zip(arrays["theta_max"], arrays["printed"], strict=True):
        some = arrays["theta_min"] <= limit
        assert np.all(arrays["sharp"][some] <= printed[some])
    everywhere = arrays["theta_min"] <= arrays["theta_max"][0]
    assert np.all(np.diff(arrays["printed"][:, everywhere], axis=0) > 0)


def test_attacked_loss_is_smoother_than_the_clean_one_far_out(arrays):
    assert arrays["true"][-1] < R**2 / 4 < arrays["true"][0]
