"""The determinant test against explicit matrices, and the maxima against trial points."""

from __future__ import annotations

import numpy as np
import pytest

from figures.gallery import lemma_5_determinant as figure


@pytest.fixture(scope="module")
def arrays():
    return figure.compute(10)


def cases(arrays, name):
    """(i, j, μ, h) at each cell."""
    for i, a in enumerate(arrays["t"]):
        for j, b in enumerate(arrays["t"]):
            yield i, j, *{"d2": (a, [b]), "d3": (1.0, [a, b]), "d4": (1.0, [a, b, -1.0])}[name]


@pytest.mark.parametrize("name", ["d2", "d3", "d4"])
def test_reported_is_the_sign_of_the_bordered_determinant(arrays, name):
    for i, j, _, h in cases(arrays, name):
        d = len(h) + 1
        matrix = np.zeros((d + 1, d + 1))
        matrix[0, 1] = matrix[1, 0] = -1  # the border; H has no part along the normal
        matrix[2:, 2:] = np.diag(h)
        assert (arrays[name][i, j] >= 2) == (np.linalg.det(matrix) > 0)


@pytest.mark.parametrize("name", ["d2", "d3", "d4"])
def test_maxima_beat_nearby_points_of_the_ball(arrays, name):
    rng = np.random.default_rng(0)
    for i, j, mu, h in cases(arrays, name):
        steps = 0.1 * rng.uniform(-1, 1, (3000, len(h) + 1))
        points = steps + np.eye(len(h) + 1)[0]
        points /= np.maximum(1, np.linalg.norm(points, axis=1, keepdims=True))
        # The steps along the axes find the saddles that random ones seldom do.
        turned = np.concatenate([np.eye(len(h)), np.zeros((1, len(h)))])
        inward = np.array([np.cos(0.1)] * len(h) + [0.9])
        points = np.concatenate([points, np.column_stack([inward, np.sin(0.1) * turned])])
        values = mu * points[:, 0] + 0.5 * points[:, 1:] ** 2 @ (np.array(h) + mu)
        assert (arrays[name][i, j] % 2 == 1) == bool(values.max() <= mu + 1e-12)


def test_in_three_dimensions_the_test_is_wrong_on_every_maximum(arrays):
    assert set(np.unique(arrays["d3"])) == {0, 1, 2}
    assert set(np.unique(arrays["d2"])) == {0, 2, 3}
    assert set(np.unique(arrays["d4"])) == {0, 2, 3}


def test_released_maximiser_and_the_lemma(arrays):
    theta = arrays["theta"]
    assert 0 in theta
    for a, x1, slope in zip(figure.WEAK, arrays["x1"], arrays["lemma"], strict=True):
        np.testing.assert_allclose(x1, np.clip(1 + theta / a, -1, 1), atol=1e-9)
        assert slope == pytest.approx(2 / (np.sqrt(a**2 + 4) - a))
        assert slope < 1 / a
