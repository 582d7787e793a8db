"""Figure 4: the certified decision against a generic minimiser of the loss over the plane."""

from __future__ import annotations

from math import inf

import numpy as np
import pytest
from scipy.optimize import minimize

from theory.exact import rational
from theory.tables.figure_4 import axis_minimum, folded, zero_is_optimal


def minimiser(x: np.ndarray, eps: float, p: float) -> np.ndarray:
    """argmin of the adversarial loss by Nelder–Mead, which needs no derivative at the kink."""
    z = np.sign(x[:, :1]) * x

    def loss(theta: np.ndarray) -> float:
        size = np.hypot(*theta) if p == 2 else np.abs(theta).sum()
        return float(np.logaddexp(0, -z @ theta + eps * size).mean())

    options = {"xatol": 1e-9, "fatol": 1e-14, "maxiter": 4000}
    return minimize(loss, np.array([1.0, 0.3]), method="Nelder-Mead", options=options).x


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_decision_agrees_with_a_minimiser(seed: int) -> None:
    x = np.random.default_rng(seed).standard_normal((60, 2))
    rows = [tuple(map(rational, row)) for row in x.tolist()]
    l2, linf = minimiser(x, 0.6, 2), minimiser(x, 0.6, inf)
    assert zero_is_optimal(rows, rational(0.6), 2) is bool(abs(l2[1]) < 1e-6)
    assert zero_is_optimal(rows, rational(0.6), inf) is bool(abs(linf[1]) < 1e-6)
    assert float(axis_minimum(folded(rows), rational(0.6))) == pytest.approx(linf[0], abs=1e-5)


def test_a_correlated_second_feature_moves_the_linf_optimum_too() -> None:
    x = np.random.default_rng(5).standard_normal((60, 2))
    x[:, 1] = 0.3 * x[:, 1] + 1.2 * np.sign(x[:, 0])
    rows = [tuple(map(rational, row)) for row in x.tolist()]
    assert zero_is_optimal(rows, rational(0.6), inf) is False
    assert abs(minimiser(x, 0.6, inf)[1]) > 1e-3


def test_a_large_radius_makes_zero_weights_optimal() -> None:
    rows = [(rational(1), rational("1/3")), (rational("-1/2"), rational(1))]
    assert axis_minimum(folded(rows), rational(2)) == 0
    assert zero_is_optimal(rows, rational(2), 2) is True


def test_refusals() -> None:
    with pytest.raises(ValueError, match="different from 0"):
        folded([(0, 1)])
    with pytest.raises(ValueError, match="no minimum on the axis"):
        axis_minimum([(rational(2), rational(0))], rational(1))
    with pytest.raises(ValueError, match="p must be 2 or inf"):
        zero_is_optimal([(1, 1)], rational(1), 3)
