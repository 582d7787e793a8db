"""Fig. 1: the marked inputs are the best of a brute-force search over each region."""

from __future__ import annotations

from math import inf
from typing import Any

import numpy as np
import pytest

EPS = 0.6
W = np.array([[1.6, 0.5], [-0.4, 1.3]])


def losses(name: str, theta: np.ndarray, delta: np.ndarray) -> np.ndarray:
    if name == "linear":
        return np.log1p(np.exp(-(delta + np.array([-1, 1])) @ theta))
    u, v = (delta @ W.T + theta).T
    return np.log1p(np.exp(-u / (1 + np.exp(-u)) - 0.8 * v / (1 + np.exp(-v))))


def region(p: float) -> np.ndarray:
    """Points all over the region, its edge and its corners among them."""
    t = np.linspace(-EPS, EPS, 401)
    points = np.stack(np.meshgrid(t, t), axis=-1).reshape(-1, 2)
    if p == inf:
        return points
    angle = np.linspace(0, 2 * np.pi, 4001)
    edge = EPS * np.stack([np.cos(angle), np.sin(angle)], axis=-1)
    return np.concatenate([points[np.linalg.norm(points, axis=1) <= EPS], edge])


@pytest.fixture(scope="module")
def arrays(computed: Any) -> Any:
    return computed("kanai-fig1", 21)


@pytest.mark.parametrize("p", [2, inf])
@pytest.mark.parametrize("name", ["linear", "inactive", "active"])
def test_worst_inputs(arrays: Any, name: str, p: float) -> None:
    for k in range(2):
        theta, found = arrays[f"{name}_theta"][k], arrays[f"{name}_worst_{p}"][k]
        points = region(p)
        values = losses(name, theta, points)
        reached = losses(name, theta, found[None])[0]
        assert reached == pytest.approx(float(arrays[f"{name}_reached_{p}"][k]), abs=1e-12)
        assert values.max() <= reached + 1e-12
        assert np.linalg.norm(points[values.argmax()] - found) < 4e-3
        size = np.linalg.norm(found, ord=p)
        assert size < EPS - 0.1 if name == "inactive" else size == pytest.approx(EPS, abs=1e-9)


def test_the_square_makes_the_linear_model_jump_by_its_side(arrays: Any) -> None:
    def apart(p: float) -> float:
        return float(np.linalg.norm(np.subtract(*arrays[f"linear_worst_{p}"])))

    assert apart(inf) == pytest.approx(2 * EPS, abs=1e-12)
    # The chord between ±α from the axis with tan α = 0.15.
    assert apart(2) == pytest.approx(2 * EPS * 0.15 / np.hypot(1, 0.15), abs=1e-12)


def test_inside_the_gradient_vanishes(arrays: Any) -> None:
    for k in range(2):
        theta, at = arrays["inactive_theta"][k], arrays["inactive_worst_2"][k]
        np.testing.assert_allclose(at, arrays[f"inactive_worst_{inf}"][k], atol=1e-12)
        nearby = at + 1e-4 * np.array([[1, 0], [-1, 0], [0, 1], [0, -1]])
        values = losses("inactive", theta, nearby)
        assert abs(values[0] - values[1]) + abs(values[2] - values[3]) < 1e-10
        assert (values < losses("inactive", theta, at[None])).all()


def test_level_lines_are_of_the_loss(arrays: Any) -> None:
    t = arrays["delta"]
    for name in ("linear", "active"):
        for k, theta in enumerate(arrays[f"{name}_theta"]):
            expected = losses(name, theta, np.array([[t[3], t[17]]]))[0]
            assert arrays[f"{name}_loss"][k, 3, 17] == pytest.approx(expected, abs=1e-12)


def test_drawing(arrays: Any, drawn: Any) -> None:
    axes = drawn("kanai-fig1", arrays)
    titles = [place.get_title() for place in axes]
    assert [title[:3] for title in titles] == ["(a)", "(b)", "(c)"] * 2
    assert all(place.get_aspect() == 1 for place in axes)
    written = [text.get_text() for text in axes[3].texts]
    assert any("1.20" in text for text in written), "the jump by 2ε is written into the panel"
