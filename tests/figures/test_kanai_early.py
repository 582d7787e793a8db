"""The early version's figures show what the final version's panels show, under their own names."""

from __future__ import annotations

from math import inf
from typing import Any

import numpy as np
import pytest

from figures.figure import all_figures

EARLY = [f"kanai-early-fig{k}" for k in range(1, 7)]
# Early figure: final figure, and the arrays that both hold.
SAME = {
    "kanai-early-fig1": ("kanai-fig1", ["linear_loss", "linear_worst_2", f"linear_worst_{inf}"]),
    "kanai-early-fig2": ("kanai-fig2", ["linear_clean", "linear_l2", "linear_linf"]),
    "kanai-early-fig3": ("kanai-fig4", ["clean", "l2", "linf", "minimum_l2"]),
    "kanai-early-fig4": ("kanai-fig1", ["inactive_loss", "inactive_worst_2"]),
    "kanai-early-fig5": ("kanai-fig1", ["active_loss", "active_worst_2", f"active_worst_{inf}"]),
    "kanai-early-fig6": ("kanai-fig2", ["swish_clean", "swish_l2", "swish_linf"]),
}
SIZE = 9


@pytest.mark.parametrize("name", EARLY)
def test_same_arrays_as_the_final_version(name: str, computed: Any) -> None:
    final, keys = SAME[name]
    if final == "kanai-fig2":  # its −F, which nothing here looks at, is the slow part
        from figures.gallery.kanai_fig2 import losses

        expected = losses("linear", SIZE) | losses("swish", SIZE)
    else:
        expected = computed(final, SIZE)
    found = computed(name, SIZE)
    for key in keys:
        np.testing.assert_array_equal(found[key], expected[key])


@pytest.mark.parametrize("name", EARLY)
def test_drawing(name: str, computed: Any, drawn: Any) -> None:
    axes = drawn(name, computed(name, SIZE))
    letters = [place.get_title()[:3] for place in axes if place.get_title()]
    if name in ("kanai-early-fig1", "kanai-early-fig4", "kanai-early-fig5"):
        assert letters == ["$L_", "$L_"]
    else:
        assert letters == ["(a)", "(b)", "(c)"]


def test_every_early_figure_is_there_with_its_own_source() -> None:
    known = all_figures()
    assert [name for name in known if name.startswith("kanai-early")] == EARLY
    for k, name in enumerate(EARLY, 1):
        assert known[name].source.startswith(f"Kanai et al., early version, Fig. {k} ")
