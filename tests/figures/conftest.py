"""Arrays of small figures, computed once for all tests of a process; rendering with checks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import numpy as np
import pytest

from figures.figure import Arrays, all_figures
from figures.style import styled


@cache
def _computed(name: str, resolution: int | None = None) -> Mapping[str, np.ndarray]:
    figure = all_figures()[name]
    computed = figure.compute(resolution or figure.smoke)
    arrays = {key: np.asarray(value) for key, value in computed.items()}
    for key, value in arrays.items():
        assert value.dtype.kind not in "fc" or np.isfinite(value).all(), key
        value.setflags(write=False)  # so that drawing cannot change them unseen
    return arrays


@pytest.fixture
def smoke() -> Callable[[str], Mapping[str, np.ndarray]]:
    """The arrays of a figure by its name, read-only."""
    return _computed


@pytest.fixture(scope="session")
def computed() -> Callable[..., Mapping[str, np.ndarray]]:
    """computed(name, resolution): read-only arrays, finite."""
    return _computed


@pytest.fixture
def drawn() -> Callable[[str, Arrays], list[Any]]:
    """drawn(name, arrays): the axes of the rendered drawing; each has a label along x."""

    def draw(name: str, arrays: Arrays) -> list[Any]:
        with styled():
            drawing = all_figures()[name].draw(arrays)
            drawing.canvas.draw()
        axes = drawing.get_axes()
        assert axes
        assert all(place.get_xlabel() for place in axes)
        return axes

    return draw
