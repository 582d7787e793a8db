"""What holds for every figure: claims, names, captions, arrays, labels, and the page of all."""

from __future__ import annotations

import importlib
import io
import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pytest

from figures.figure import Figure, all_figures
from figures.interactive import page
from figures.pages import gallery_text
from figures.style import styled
from theory.registry import all_claims

ROOT = Path(__file__).resolve().parents[2]
FIGURES = all_figures()
Smoke = Callable[[str], Mapping[str, np.ndarray]]

each = pytest.mark.parametrize("figure", FIGURES.values(), ids=FIGURES)


def module_of(figure: Figure):
    return importlib.import_module(f"figures.gallery.{figure.name.replace('-', '_')}")


def test_every_file_of_the_gallery_is_a_figure():
    files = {path.stem for path in (ROOT / "figures" / "gallery").glob("[!_]*.py")}
    assert files == {name.replace("-", "_") for name in FIGURES}


@each
def test_claims_exist(figure: Figure):
    assert figure.claims
    assert len(set(figure.claims)) == len(figure.claims)
    assert set(figure.claims) <= set(all_claims())


@each
def test_words(figure: Figure):
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", figure.name)
    assert len(figure.title) <= 80
    assert re.search(r"Kanai et al\.|Yamada et al\.", figure.source)
    for text in (figure.shows, figure.caption):
        assert text.endswith(".")
        assert "  " not in text
        assert not re.search(r"\$|\\[a-z]", text)  # captions are read without LaTeX as well
    assert 0 < figure.cost < 60
    assert figure.smoke < figure.resolution


@each
def test_captions_state_the_parameters(figure: Figure):
    assert re.search(r"=|∈|≤", figure.caption)
    assert re.search(r"\d", figure.caption)
    names = vars(module_of(figure))
    if "EPS" in names:
        assert re.search(r"ε = 0\.6\b|0\.6‖|0\.6\|", figure.caption)
    if "X" in names:
        assert "(−1, 1)" in figure.caption
    if "GAMMA" in names:
        assert re.search(r"γ = 1\b", figure.caption)
    if "dataset" in names:
        assert "N(0, I₂)" in figure.caption
        assert "seed" in figure.caption


@each
def test_finite_arrays_alone_make_a_labelled_drawing(figure: Figure, smoke: Smoke):
    # One test, so that processes running tests side by side compute each figure once.
    arrays = smoke(figure.name)
    assert arrays
    for name, value in arrays.items():
        assert value.dtype.kind in "fib", name
        assert value.size, name
        assert np.isfinite(value).all(), name
    stream = io.BytesIO()
    np.savez(stream, allow_pickle=False, **arrays)
    stream.seek(0)
    with np.load(stream) as stored, styled():
        drawing = figure.draw({name: stored[name] for name in stored.files})
        drawing.canvas.draw()
        plots = [a for a in drawing.axes if a.get_label() != "<colorbar>"]
        framed = [a for a in plots if a.axison and a.has_data()]
        assert plots
        for axes in framed:
            assert any(b.get_xlabel() for b in framed if _beside(axes, b, 0)), axes
            assert any(b.get_ylabel() for b in framed if _beside(axes, b, 1)), axes
        boxes = [
            axes.title.get_window_extent()
            for axes in plots
            if axes.get_title() and axes.title.get_visible()
        ]
        for i, box in enumerate(boxes):
            assert not any(box.overlaps(other) for other in boxes[:i])
        for axes in plots:
            if axes.name == "3d":
                across, along = _numbers(axes.xaxis), _numbers(axes.yaxis)
                assert not any(a.padded(2).overlaps(b) for a in across for b in along)


def _numbers(axis):
    """The boxes of the numbers of an axis, where it has put them when it was drawn."""
    low, high = sorted(axis.get_view_interval())
    shown = [tick for tick in axis.majorTicks if low <= tick.get_loc() <= high]
    return [tick.label1.get_window_extent() for tick in shown]


def _beside(axes, other, direction: int) -> bool:
    """Does the other one span the middle of these axes: in their column (0) or row (1)?"""
    mine, its = axes.get_position(), other.get_position()
    middle = 0.5 * (mine.min[direction] + mine.max[direction])
    same = axes.figure is other.figure
    return axes is other or (same and its.min[direction] < middle < its.max[direction])


@pytest.mark.parametrize(
    "figure",
    [f for f in FIGURES.values() if f.surfaces],
    ids=[n for n, f in FIGURES.items() if f.surfaces],
)
def test_surfaces_fit_and_make_a_page(figure: Figure, smoke: Smoke):
    assert figure.surfaces is not None
    found = figure.surfaces(smoke(figure.name))
    assert len({surface.title for surface in found}) == len(found) > 0
    for surface in found:
        assert surface.z.shape == (len(surface.x), len(surface.y))
        assert not re.search(r"[$\\]", surface.title + "".join(surface.labels))
    text = page(figure, found)
    assert "%%" not in text
    for surface in found:
        assert json.dumps(surface.title) in text


def test_gallery_page_is_current():
    path = ROOT / "docs" / "gallery.md"
    assert path.read_text(encoding="utf-8") == gallery_text(), "run python -m figures --gallery"


def test_gallery_has_every_picture_and_no_other():
    pictures = {path.stem for path in (ROOT / "docs" / "gallery").glob("*.png")}
    assert pictures == set(FIGURES)


def test_gallery_text_names_each_figure_claim_and_command():
    text = gallery_text()
    for figure in FIGURES.values():
        assert f"## {figure.name}: {figure.title}\n" in text
        assert f"`python -m figures {figure.name}`" in text
        assert figure.caption in text
        for id_ in figure.claims:
            assert f"(claims/{id_}.md)" in text
