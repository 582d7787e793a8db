"""Every notebook runs from top to bottom, and every exercise can be solved by its answer."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import jax.numpy as jnp
import pytest

NOTEBOOKS = sorted((Path(__file__).parents[2] / "docs" / "notebooks").glob("*.ipynb"))
ANSWER = re.compile(r"<details>.*?```python\n(.*?)```", re.DOTALL)

pytestmark = pytest.mark.skipif(
    jnp.zeros(()).dtype != jnp.float64, reason="the notebooks compute in float64"
)


def cells(path: Path) -> list[dict[str, Any]]:
    return json.loads(path.read_text(encoding="utf-8"))["cells"]


def answers(path: Path) -> list[str]:
    texts = ["".join(c["source"]) for c in cells(path) if c["cell_type"] == "markdown"]
    return [match[1] for text in texts for match in ANSWER.finditer(text)]


def run(path: Path, solved: list[str] | None) -> list[str]:
    """What the checks say, with the exercises as they are or with the given answers."""
    scope: dict[str, Any] = {"__name__": path.stem}
    said, solutions = [], iter(solved or [])
    for cell in cells(path):
        if cell["cell_type"] != "code":
            continue
        source = "".join(cell["source"])
        tags = cell["metadata"].get("tags", [])
        if "exercise" in tags and solved is not None:
            source = next(solutions)
        if "check" in tags:
            start = re.search(r"^check\(", source, re.MULTILINE)
            assert start is not None
            exec(compile(source[: start.start()], path.stem, "exec"), scope)
            said.append(eval(compile(source[start.start() :], path.stem, "eval"), scope))
        else:
            exec(compile(source, path.stem, "exec"), scope)
    return said


def test_there_is_one_notebook_a_chapter():
    assert [path.name[0] for path in NOTEBOOKS] == list("12345678")


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_runs_and_is_solved_by_its_answers(path: Path, capsys: pytest.CaptureFixture[str]):
    solutions = answers(path)
    assert solutions
    assert set(run(path, None)) == {"not answered yet"}
    assert set(run(path, solutions)) == {"right"}
    assert "Error" not in capsys.readouterr().out


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_is_valid_jupyter_without_outputs(path: Path):
    document = json.loads(path.read_text(encoding="utf-8"))
    assert (document["nbformat"], document["nbformat_minor"]) == (4, 5)
    ids = [cell["id"] for cell in document["cells"]]
    assert len(set(ids)) == len(ids)
    code = [cell for cell in document["cells"] if cell["cell_type"] == "code"]
    assert all(cell["outputs"] == [] and cell["execution_count"] is None for cell in code)
