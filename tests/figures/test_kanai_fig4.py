"""Fig. 4: the mean loss by a plain loop, its minima by ball arithmetic, its folds."""

from __future__ import annotations

from fractions import Fraction
from math import inf
from typing import Any

import numpy as np
import pytest

from figures.paper_data import dataset
from theory.exact import rational
from theory.tables.figure_4 import zero_is_optimal


@pytest.fixture(scope="module")
def arrays(computed: Any) -> Any:
    return computed("kanai-fig4", 9)


def mean_loss(a: float, b: float, q: float | None) -> float:
    x, y = dataset()
    size = 0.0 if q is None else float(np.linalg.norm([a, b], ord=q))
    pairs = zip(x, y, strict=True)
    terms = [np.log1p(np.exp(-s * (a * u + b * v) + 0.6 * size)) for (u, v), s in pairs]
    return float(np.mean(terms))


def test_the_data_are_the_papers() -> None:
    x, y = dataset()
    assert x.shape == (100, 2)
    assert all(np.sign(x[:, 0]) == y)
    assert np.abs(x.mean(axis=0)).max() < 0.3


@pytest.mark.parametrize(("name", "q"), [("clean", None), ("l2", 2), ("linf", 1)])
def test_mean_loss(arrays: Any, name: str, q: float | None) -> None:
    t = arrays["theta_1"]
    for i, j in ((0, 0), (2, 7), (4, 4), (8, 3)):
        assert arrays[name][i, j] == pytest.approx(mean_loss(t[i], t[j], q), abs=1e-12)


@pytest.mark.parametrize(("name", "q"), [("l2", 2), ("linf", 1)])
def test_minimum(arrays: Any, name: str, q: float) -> None:
    a, b = arrays[f"minimum_{name}"]
    least = mean_loss(a, b, q)
    for step in (1e-3, 1e-5):
        for u, v in ((1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (-1, -1), (1, -1), (-1, 1)):
            assert mean_loss(a + step * u, b + step * v, q) > least - 1e-14
    assert arrays[name].min() > least


def test_the_fold_holds_theta_2_for_linf_alone(arrays: Any) -> None:
    x, _ = dataset()
    exact = [tuple(rational(Fraction(value)) for value in row) for row in x]
    assert zero_is_optimal(exact, rational("3/5"), inf)
    assert zero_is_optimal(exact, rational("3/5"), 2) is False
    assert arrays["minimum_linf"][1] == 0
    assert abs(arrays["minimum_l2"][1]) > 0.01


def test_drawing(arrays: Any, drawn: Any) -> None:
    axes = drawn("kanai-fig4", arrays)
    assert [place.get_title()[:3] for place in axes[:3]] == ["(a)", "(b)", "(c)"]
    assert [place.get_legend() is None for place in axes[3:]] == [True, False, False]
    assert all(place.get_xlabel() == r"$\theta_1$" for place in axes)
