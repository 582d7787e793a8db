"""`python -m figures`: exit codes, messages, files, provenance, redrawing, the interactive page."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from figures.cli import main
from figures.figure import Figure, Surface, all_figures
from figures.interactive import page

ROOT = Path(__file__).resolve().parents[2]
FLAT, SURFACE = "kanai-early-fig1", "kanai-early-fig2"  # quick ones, without and with a surface


def run(*arguments: Any) -> int:
    return main([str(argument) for argument in arguments])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with both figures drawn in every format."""
    out = tmp_path_factory.mktemp("drawn")
    assert run(FLAT, SURFACE, "--resolution", 7, "--format", "png,pdf,svg,html", "--out", out) == 0
    return out


def test_list_names_every_figure(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--list") == 0
    rows = [line.split("\t") for line in capsys.readouterr().out.splitlines()]
    assert [row[0] for row in rows] == list(all_figures())
    assert [len(row) for row in rows] == [3] * len(rows)


def test_list_needs_neither_jax_nor_matplotlib() -> None:
    code = (
        "import sys; from figures.cli import main; main(['--list']); "
        "sys.exit(bool({'jax', 'matplotlib', 'scipy', 'sympy'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr


def test_as_a_module() -> None:
    command = [sys.executable, "-m", "figures", "no-such"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("figures: no figure is named 'no-such'")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["kanai-fig22"], "nearest: kanai-fig2"),
        (["kanai_early_fig1"], "kanai-early-fig1"),
        ([SURFACE, "nonsense"], "no figure is named 'nonsense'"),
        (["--format", "gif"], "png, pdf, svg, html; got 'gif'"),
        (["--format", ","], "--format takes a list"),
        (["--dpi", "19"], "--dpi must be in [20, 1200], got 19"),
        (["--dpi", "many"], "invalid int value: 'many'"),
        (["--resolution", "4"], "--resolution must be in [5, 2001], got 4"),
        (["--resolution", "2002"], "--resolution must be in [5, 2001], got 2002"),
        (["--gallery", "kanai-fig2"], "--gallery draws all figures"),
        (["--gallery", "--smoke"], "--gallery draws all figures"),
        (["--colour"], "unrecognized arguments: --colour"),
    ],
)
def test_wrong_usage(
    arguments: list[str], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert run(*arguments, "--out", out) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.count("\n") == 1, "one line"
    assert message in printed.err
    assert not out.exists() or not list(out.iterdir())


def test_folder_that_is_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").touch()
    assert run(FLAT, "--out", tmp_path / "file" / "inside") == 2
    assert "cannot make the folder" in capsys.readouterr().err
    assert run(FLAT, "--out", tmp_path / "file") == 2
    assert "cannot make the folder" in capsys.readouterr().err


def test_unwritable_folder(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    # Root may write everywhere, so permission bits alone would not show it.
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    assert run(FLAT, "--out", tmp_path) == 2
    assert f"cannot write into {tmp_path}" in capsys.readouterr().err


def test_interruption(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    def interrupted(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("figures.drawing.draw_one", interrupted)
    assert run(FLAT, "--out", tmp_path) == 130
    assert "interrupted" in capsys.readouterr().err


def test_all_and_repeated_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []

    def fake(figure: Figure, *_: Any) -> tuple[bool, list[str]]:
        seen.append(figure.name)
        return True, []

    monkeypatch.setattr("figures.drawing.draw_one", fake)
    for names, expected in (
        ([], list(all_figures())),
        (["all"], list(all_figures())),
        ([FLAT, "all"], list(all_figures())),
        ([SURFACE, FLAT, SURFACE], [SURFACE, FLAT]),
    ):
        seen.clear()
        assert run(*names, "--out", tmp_path, "--workers", 1) == 0
        assert seen == expected


def test_smoke_draws_the_small_grid(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(FLAT, "--smoke", "--out", tmp_path) == 0
    assert re.fullmatch(rf"{FLAT}: computed in \d+\.\d s\n", capsys.readouterr().out)
    with np.load(tmp_path / f"{FLAT}.npz") as stored:
        assert len(stored["delta"]) == all_figures()[FLAT].smoke


def test_every_format_is_what_it_says(folder: Path) -> None:
    for name in (FLAT, SURFACE):
        assert (folder / f"{name}.png").read_bytes().startswith(b"\x89PNG")
        assert (folder / f"{name}.pdf").read_bytes().startswith(b"%PDF")
        assert "<svg" in (folder / f"{name}.svg").read_text(encoding="utf-8")
    assert (folder / f"{SURFACE}.html").exists()
    assert not (folder / f"{FLAT}.html").exists()


def test_redrawing_computes_nothing(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = [folder / f"{SURFACE}{end}" for end in (".npz", ".json")]
    before = [(path.stat().st_mtime_ns, path.read_bytes()) for path in files]
    (folder / f"{SURFACE}.png").unlink()
    assert run(SURFACE, "--resolution", 7, "--out", folder, "--dpi", 50) == 0
    assert f"{SURFACE}: redrawn from stored arrays" in capsys.readouterr().out
    assert [(path.stat().st_mtime_ns, path.read_bytes()) for path in files] == before
    assert (folder / f"{SURFACE}.png").exists()


def test_html_skips_figures_without_a_surface(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(FLAT, "--resolution", 7, "--out", folder, "--format", "html") == 0
    assert f"{FLAT}: no surface, so no html page" in capsys.readouterr().out


@pytest.mark.parametrize("spoil", ["resolution", "source", "cut", "no record", "broken record"])
def test_arrays_of_other_origin_are_computed_again(
    spoil: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(FLAT, "--resolution", 7, "--out", tmp_path, "--format", "html") == 0
    arrays, record = tmp_path / f"{FLAT}.npz", tmp_path / f"{FLAT}.json"
    if spoil == "source":
        record.write_text(record.read_text().replace('"source": "', '"source": "0'))
    elif spoil == "cut":
        arrays.write_bytes(arrays.read_bytes()[:100])
    elif spoil == "no record":
        record.unlink()
    elif spoil == "broken record":
        record.write_text("{")
    capsys.readouterr()
    size = 8 if spoil == "resolution" else 7
    assert run(FLAT, "--resolution", size, "--out", tmp_path, "--format", "html") == 0
    assert f"{FLAT}: computed in" in capsys.readouterr().out
    with np.load(arrays) as stored:
        assert len(stored["delta"]) == size


def test_provenance(folder: Path) -> None:
    record = json.loads((folder / f"{SURFACE}.json").read_text())
    assert set(record) == {
        "figure", "resolution", "source", "claims", "seed", "device", "python", "packages",
        "command",
    }  # fmt: skip
    assert record["figure"] == SURFACE
    assert record["resolution"] == 7
    assert record["claims"] == list(all_figures()[SURFACE].claims)
    assert re.fullmatch(r"[0-9a-f]{16}", record["source"])
    assert record["packages"].keys() == {"jax", "numpy", "scipy"}
    assert record["python"] == ".".join(map(str, sys.version_info[:3]))
    assert record["command"] == f"python -m figures {SURFACE} --resolution 7"


def test_caption_beside_the_picture(folder: Path) -> None:
    text = (folder / f"{SURFACE}.txt").read_text(encoding="utf-8")
    figure = all_figures()[SURFACE]
    for part in (figure.title, figure.source, figure.shows, figure.caption, *figure.claims):
        assert part in text
    assert f"python -m figures {SURFACE} --resolution 7" in text


class TestPage:
    def test_makes_no_request(self, folder: Path) -> None:
        text = (folder / f"{SURFACE}.html").read_text(encoding="utf-8")
        assert "://" not in text
        assert not re.search(
            r"\b(src|href|action)\s*=|@import|url\(|fetch\(|XMLHttp|import\(", text
        )
        assert "%%" not in text, "every placeholder is filled"

    def test_holds_the_arrays(self, folder: Path) -> None:
        text = (folder / f"{SURFACE}.html").read_text(encoding="utf-8")
        found = re.search(r'<script type="application/json" id="data">(.*?)</script>', text, re.S)
        assert found is not None
        data = json.loads(found[1], parse_constant=pytest.fail)
        assert [panel["title"] for panel in data] == [
            "(a) linear, clean",
            "(b) linear, L2",
            "(c) linear, L∞",
        ]
        with np.load(folder / f"{SURFACE}.npz") as stored:
            np.testing.assert_allclose(data[2]["z"], stored["linear_linf"], rtol=1e-5)
            np.testing.assert_allclose(data[2]["x"], stored["theta"], atol=1e-6)

    def test_large_grids_are_thinned_with_their_ends_and_middle(self) -> None:
        t = np.linspace(-2, 2, 401)
        figure = all_figures()[SURFACE]
        text = page(figure, [Surface("s", t, t[::2], np.add.outer(t, t[::2]))])
        found = re.search(r'id="data">(.*?)</script>', text, re.S)
        assert found is not None
        (panel,) = json.loads(found[1])
        assert (len(panel["x"]), len(panel["y"])) == (61, 61)
        assert {-2, 0, 2} <= set(panel["x"]) & set(panel["y"])
        assert panel["z"][0][60] == 0

    def test_text_is_escaped(self) -> None:
        t = np.linspace(0, 1, 3)
        surface = Surface("</script><b>", t, t, np.ones((3, 3)))
        text = page(all_figures()[SURFACE], [surface])
        assert "</script><b>" not in text
        found = re.search(r'id="data">(.*?)</script>', text, re.S)
        assert found is not None
        assert json.loads(found[1])[0]["title"] == "</script><b>"

    def test_values_that_are_not_finite_are_refused(self) -> None:
        t = np.linspace(0, 1, 3)
        with pytest.raises(ValueError, match="the surface 's' has values that are not finite"):
            page(all_figures()[SURFACE], [Surface("s", t, t, np.full((3, 3), np.nan))])

    def test_works_in_both_themes_and_without_a_mouse(self, folder: Path) -> None:
        text = (folder / f"{SURFACE}.html").read_text(encoding="utf-8")
        for needed in (
            "prefers-color-scheme: dark",
            "tabIndex",
            "ArrowLeft",
            "aria-label",
            "pointermove",
        ):
            assert needed in text
