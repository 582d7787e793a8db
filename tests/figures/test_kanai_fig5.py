"""Fig. 5: −F by a plain sum on a fine grid, its minima by comparison with their surroundings."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from figures.paper_data import GAMMA, dataset

NORMS = [("l2", 2), ("linf", 1)]


@pytest.fixture(scope="module")
def arrays(computed: Any) -> Any:
    return computed("kanai-fig5", 9)


def minus_f(points: Any, q: float) -> np.ndarray:
    """−F at each point by the trapezoidal rule, which converges fast on a Gaussian's scale."""
    u = np.linspace(-8.0, 10.0, 361)
    first, second = np.meshgrid(u, u, indexing="ij")
    x, y = dataset()
    size = np.hypot(first, second) if q == 2 else np.abs(first) + np.abs(second)
    loss = np.zeros_like(first)
    for row, label in zip(x, y, strict=True):
        loss += np.logaddexp(0, 0.6 * size - label * (row[0] * first + row[1] * second)) / len(x)
    values = []
    for a, b in points:
        mass = np.exp(-loss - GAMMA / 2 * ((first - a) ** 2 + (second - b) ** 2)).sum()
        values.append(-np.log(mass * (u[1] - u[0]) ** 2))
    return np.array(values)


@pytest.mark.parametrize(("name", "q"), NORMS)
def test_values_and_minimum(arrays: Any, name: str, q: float) -> None:
    t_1, t_2 = arrays["theta_1"], arrays["theta_2"]
    places = [(0, 0), (2, 6), (4, 4), (7, 3)]
    least = arrays[f"entropy_minimum_{name}"]
    around = [least + 0.02 * np.array(step) for step in ((1, 0), (-1, 0), (0, 1), (0, -1))]
    found = minus_f([*((t_1[i], t_2[j]) for i, j in places), least, *around], q)
    # The rule's own error at a fold is about the square of its step.
    np.testing.assert_allclose(found[:4], [arrays[name][place] for place in places], atol=5e-4)
    assert (found[5:] > found[4]).all()
    # By symmetric differences the slope vanishes: half the difference over the curvature's scale.
    np.testing.assert_allclose(found[5::2], found[6::2], atol=2e-5)


def test_the_minimum_moves_outwards(arrays: Any) -> None:
    np.testing.assert_allclose(arrays["entropy_minimum_l2"], (2.18, 0.06), atol=0.005)
    for name, _ in NORMS:
        moved = arrays[f"entropy_minimum_{name}"] - arrays[f"minimum_{name}"]
        assert moved[0] > 0.5
        assert arrays["theta_1"][-1] > arrays[f"entropy_minimum_{name}"][0] or name == "l2"


def test_the_attacks_look_almost_alike(arrays: Any, computed: Any) -> None:
    before = computed("kanai-fig4", 9)

    def apart(first: np.ndarray, second: np.ndarray) -> float:
        """The largest difference of second differences."""
        return max(float(np.abs(np.diff(first - second, 2, axis=k)).max()) for k in (0, 1))

    smoothed = apart(arrays["l2"][:9], arrays["linf"][:9])
    assert smoothed < 0.3 * apart(before["l2"], before["linf"])


def test_drawing(arrays: Any, drawn: Any) -> None:
    axes = drawn("kanai-fig5", arrays)
    assert [place.get_title()[:3] for place in axes[:2]] == ["(a)", "(b)"]
    for place in axes[2:]:
        assert [text.get_text()[:5] for text in place.get_legend().get_texts()] == [
            "min $",
            "min $",
        ]
