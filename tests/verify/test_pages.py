"""The generated pages: a reading is never shown as what the paper prints."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import verify  # noqa: F401  it adds the claims about jaxat
from theory.errata import all_errata
from theory.registry import all_claims, counterexamples
from verify.pages import build
from verify.record import claim_record
from verify.report import attribution, shown_verdict, summary

ROOT = Path(__file__).resolve().parents[2]
READING = "kanai.theorem-1.gd-effective"  # right under the assumption that the paper makes
PRINTED = "kanai.lemma-2.proof-k"  # false as it stands


def record(id_: str, verdict: str) -> dict[str, Any]:
    empty = claim_record(all_claims()[id_], {}, [], [], complete=False)
    return {**empty, "verdict": verdict}


@pytest.fixture
def texts() -> dict[str, str]:
    records = [record(READING, "REFUTED"), record(PRINTED, "REFUTED")]
    built = build(ROOT, records, all_claims(), counterexamples(), (), ())
    return {path.stem: text for path, text in built.items()}


def test_the_page_of_a_reading_gives_the_papers_words(texts: dict[str, str]) -> None:
    assert "**REFUTED†**" in texts[READING]
    assert "## Statement, as read here" in texts[READING]
    assert "as printed" not in texts[READING].split("## Counterexample")[0]
    assert f"The reading: {counterexamples()[READING].reading}" in texts[READING]


def test_the_page_of_what_is_printed_says_so(texts: dict[str, str]) -> None:
    assert "**REFUTED** (" in texts[PRINTED]
    assert "## Statement, as printed" in texts[PRINTED]
    assert "The reading:" not in texts[PRINTED]


@pytest.mark.parametrize(
    ("id_", "verdict", "words"),
    [
        ("yamada.table-1.counts", "PROVED", "as tested"),  # the paper does not speak of counts
        ("kanai.lemma-2", "PROVED", "as tested"),
        ("kanai.lemma-3.contradiction-d1", "PROVED", "as we state it"),
        ("kanai.lemma-2.proof-k", "REFUTED", "as printed"),
        ("kanai.lemma-5.repaired", "PROVED", "as we state it"),
        ("jaxat.theta-min", "PROVED", "as we state it"),
        ("yamada.theorem-1", "VACUOUS", "as printed"),
    ],
)
def test_only_what_fails_is_said_to_stand_so_in_the_paper(
    id_: str, verdict: str, words: str
) -> None:
    assert attribution(record(id_, verdict)) == words


def test_the_index_counts_readings_apart(texts: dict[str, str]) -> None:
    head = texts["index"].split("| claim |")[0]
    assert "**2 refuted**" in head
    assert "Of the refuted ones 1, marked REFUTED†," in head
    rows = {line.split("]")[0][3:]: line for line in texts["index"].splitlines() if "](" in line}
    assert "| **REFUTED†** |" in rows[READING]
    assert "| **REFUTED** |" in rows[PRINTED]


def test_the_errata_mark_readings_too() -> None:
    found = [e for e in all_errata() if e.claim == "kanai.lemma-2.bounded-set"]
    records = [record("kanai.lemma-2.bounded-set", "REFUTED")]
    built = build(ROOT, records, all_claims(), counterexamples(), found, ())
    assert "(claims/kanai.lemma-2.bounded-set.md) (REFUTED†)" in built[ROOT / "docs" / "errata.md"]


def test_only_a_refuted_reading_has_the_mark() -> None:
    assert shown_verdict(record(READING, "REFUTED")) == "REFUTED†"
    assert shown_verdict(record(READING, "UNDECIDED")) == "UNDECIDED"
    assert shown_verdict(record(PRINTED, "REFUTED")) == "REFUTED"
    assert summary([record(READING, "REFUTED"), record(PRINTED, "REFUTED")])["readings"] == 1
