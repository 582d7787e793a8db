"""What the site is made of: errors say what is wrong, and nothing is lost on the way."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from docs.companion import build as site
from docs.companion import evidence, page
from docs.companion.chapters import chapter_of
from docs.companion.evidence import Records, badge
from docs.companion.markup import Markup
from theory.registry import all_claims


def record(**changes: Any) -> dict[str, Any]:
    found = {
        "id": "kanai.lemma-2",
        "kind": "lemma",
        "title": "a < b",
        "source": {"paper": "kanai", "version": "both", "number": "Lemma 2", "equations": []},
        "verdict": "REFUTED",
        "assumes": [],
        "repaired_by": ["kanai.lemma-2.repaired"],
        "depends": [],
        "necessity": [],
        "evidence": [
            {
                "name": "counterexample",
                "method": "EXACT",
                "verdict": "REFUTED",
                "scope": "one point",
                "assumes": [],
                "margin": None,
                "tolerance": None,
                "tightness": None,
                "admissible": None,
                "tried": None,
                "detail": "",
                "witness": {"eps": "3/5"},
            }
        ],
    }
    return {**found, **changes}


def test_a_badge_shows_what_the_record_says():
    text = badge(record(), Markup())
    for part in (
        "✗ REFUTED",
        "a &lt; b",
        "eps = 3/5",
        "python -m verify kanai.lemma-2",
        "v-refuted",
    ):
        assert part in text
    proved = badge(record(verdict="PROVED", assumes=["a theorem"], repaired_by=[]), Markup())
    assert "✓ PROVED*" in proved
    assert "Repaired by" not in proved


def test_unknown_claim_is_named():
    with pytest.raises(ValueError, match="no claim has the id 'kanai.lemma-9'"):
        _ = Records({"environment": {}, "claims": [record()]})["kanai.lemma-9"]


def test_a_red_run_makes_no_site(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    class Done:
        returncode, stdout, stderr = 1, "kanai.lemma-2: expected PROVED, found REFUTED", ""

    monkeypatch.setattr(evidence.subprocess, "run", lambda *_, **__: Done)
    with pytest.raises(RuntimeError, match="expected PROVED, found REFUTED"):
        evidence.run_verify(tmp_path / "verify.json")


def test_code_on_a_page_is_short(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(page, "_LONGEST_CODE", 5)
    with pytest.raises(ValueError, match="a page shows 5 at most"):
        page._code("theory.adversarial:adversarial_example")


def test_a_folder_with_other_files_is_left_alone(tmp_path: Path):
    (tmp_path / "thesis.tex").write_text("years of work")
    with pytest.raises(ValueError, match="choose an empty folder"):
        site._write(tmp_path, {"index.html": ""})
    assert (tmp_path / "thesis.tex").exists()


def test_markup_keeps_formulas_out_of_markdown():
    markup = Markup()
    text = markup.block("a $x_1*x_2*x_3$ and `$HOME`\n\n| a |\n|---|\n| $\\\\|x\\\\|$ |\n")
    assert list(markup._formulas) == [("x_1*x_2*x_3", False), (r"\|x\|", False)]
    assert "<em>" not in text
    assert "$HOME" in text


def test_every_claim_has_a_chapter_and_every_page_its_claims():
    assert {chapter_of(claim) for claim in all_claims()} == set(range(1, 9))
    known = set(all_claims())
    slugs = [p.slug for p in site.all_pages()]
    assert len(set(slugs)) == len(slugs) >= 15
    for p in site.all_pages():
        assert set(p.claims) | set(p.evidence) <= known, p.slug
        words = [w for w in p.command.replace("'", "").split() if "." in w and "*" not in w]
        ids = [w for w in words if w.startswith(("kanai", "yamada", "jaxat."))]
        assert set(ids) <= known, p.slug


def test_level_lines_are_not_dashed():
    """They are drawn cell by cell: in pieces this short a dash fills each, and none is seen."""
    folder = Path(site.__file__).parent / "widgets"
    calls = [
        line
        for path in folder.glob("*.js")
        for line in path.read_text(encoding="utf-8").splitlines()
        if ".contours(" in line
    ]
    assert len(calls) > 5
    assert not [line for line in calls if "dash" in line or "dots" in line]


def test_links_to_sources_fit_the_folder(tmp_path: Path):
    out = tmp_path / "deep" / "site"
    for name, up in (("lemma-2.html", "../"), ("claims/kanai.lemma-2.html", "../../")):
        links = ("theory/adversarial.py", "verify/conformance/awp.py", "lemma-3.html")
        text = " ".join(f'<a href="{up}{link}">a</a>' for link in links)
        moved = site._sources_from(out, name, text)
        targets = moved.split('"')[1::2][:2]
        page = out / name
        page.parent.mkdir(parents=True, exist_ok=True)
        for target, link in zip(targets, links, strict=False):
            assert (page.parent / target).resolve() == site.ROOT / link
        assert f'href="{up}lemma-3.html"' in moved
        assert site._sources_from(site.ROOT / "site", name, text) == text


def test_wrong_arguments_are_told_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    file = tmp_path / "file"
    file.write_text("no JSON", encoding="utf-8")
    for arguments, words in (
        (["--only", "lemma-6"], "no page is named lemma-6; there are "),
        (["--evidence", str(tmp_path / "absent.json")], "absent.json"),
        (["--evidence", str(file)], "is not what python -m verify --json writes"),
        (["--out", str(file)], str(file)),
    ):
        assert site.main(["--out", str(tmp_path / "out"), *arguments]) == 1
        said = capsys.readouterr().err
        assert said.startswith("error: ")
        assert words in said
        assert said.count("\n") == 1
