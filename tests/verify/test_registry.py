"""What the registry as a whole promises: links, pages of refutations, errata, sound pins."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import verify  # noqa: F401  it adds the claims about jaxat
from theory.claim import Claim
from theory.errata import all_errata, not_claims
from theory.evidence import Method, Verdict
from theory.registry import (
    all_claims,
    broken_links,
    claim_files,
    counterexamples,
    natural_key,
    select,
)
from theory.scope import Integers

CLAIMS = all_claims()


def test_no_link_is_broken() -> None:
    assert broken_links() == []


def test_every_refutation_has_its_page_and_every_page_refutes() -> None:
    refuted = {id_ for id_, claim in CLAIMS.items() if claim.expected is Verdict.REFUTED}
    assert set(counterexamples()) == refuted


def test_a_claim_that_says_it_is_a_reading_is_shown_as_one() -> None:
    """Words by which a statement or its notes own that the paper need not say so."""
    owned = ("does not assert", "does not speak of", "does not say that", "[read as", "need not")
    for id_, page in counterexamples().items():
        claim = CLAIMS[id_]
        text = claim.statement + claim.notes
        if any(words in text for words in owned):
            assert page.reading, f"{id_} owns to be a reading, and its page has none"


@pytest.mark.parametrize("id_", [i for i, page in counterexamples().items() if page.reading])
def test_a_reading_says_what_is_judged_and_names_claims_that_hold(id_: str) -> None:
    reading = counterexamples()[id_].reading
    assert "Judged" in reading or "right" in reading
    for other in re.findall(r"`([^`]+)`", reading):
        verdicts = (Verdict.PROVED, Verdict.VACUOUS)
        assert CLAIMS[other].expected in verdicts, f"{id_} calls {other} right"


@pytest.mark.parametrize(
    ("paper", "version", "last"),
    [("kanai", "final", 77), ("kanai", "early", 44), ("yamada", "", 15)],
)
def test_no_numbered_equation_is_left_out(paper: str, version: str, last: int) -> None:
    """Each is of a claim, or among the passages that are none, with the reason."""
    early = version == "early"
    texts = [
        equation + (" (early)" if c.source.version == "early" and "(early)" not in equation else "")
        for c in CLAIMS.values()
        if c.source.paper == paper
        for equation in c.source.equations
    ]
    named = [text for text in texts if ("(early)" in text) == early]
    for where in (p.where for p in not_claims() if p.where.startswith(paper.capitalize())):
        before, _, after = where.partition("early version:")
        named += re.findall(r"\((\d+)\)", after if early else before)
    found: set[int] = set()
    for text in named:
        numbers = [int(n) for n in re.findall(r"\d+", text)]
        found |= set(range(numbers[0], numbers[-1] + 1)) if " to " in text else set(numbers)
    assert set(range(1, last + 1)) - found == set()


def test_a_result_for_two_inputs_and_more_says_so() -> None:
    """The domain is not printed; what holds from d = 2 on alone must say it in words."""
    for claim in CLAIMS.values():
        axis = claim.domain.get("d")
        if claim.expected is Verdict.REFUTED or not isinstance(axis, Integers) or axis.low < 2:
            continue
        words = claim.title + claim.statement
        assert re.search(r"d ?(≥|\\ge) ?2", words), f"{claim.id} holds for {axis}"


def test_names_of_claims_in_the_prose_exist() -> None:
    """Notes, pages of refutations and errata name claims between backticks."""
    texts = {id_: f"{c.notes} {c.statement} {c.expected}" for id_, c in CLAIMS.items()}
    for id_, page in counterexamples().items():
        texts[id_] += f" {page.intuition} {page.catch} {page.disappears} {page.reading}"
    texts |= {e.id: f"{e.printed} {e.correct} {e.why}" for e in all_errata()}
    texts |= {p.where: f"{p.text} {p.why}" for p in not_claims()}
    for where, text in texts.items():
        for name in re.findall(r"`((?:kanai|yamada|jaxat)\.[\w.*-]+)`", text):
            assert select([name]), f"{where} names {name}"


def test_errata_point_to_claims_that_show_them() -> None:
    for erratum in all_errata():
        assert erratum.claim is None or erratum.claim in CLAIMS, erratum.id
        assert erratum.claim or erratum.why, f"{erratum.id} says neither claim nor why"
    assert all(passage.why for passage in not_claims())


@pytest.mark.parametrize("claim", CLAIMS.values(), ids=list(CLAIMS))
def test_a_claim_is_fit_to_be_read(claim: Claim) -> None:
    assert claim.checks, "a claim without any check"
    assert claim.statement
    assert 5 < len(claim.title) <= 90, f"{len(claim.title)} characters"
    assert "\t" not in claim.title
    assert "\n" not in claim.title
    # What is false as printed stands beside its repair, or its page says why there is none.
    if claim.expected is Verdict.REFUTED:
        assert claim.repaired_by or claim.notes, "refuted without repair or a word about it"


@pytest.mark.parametrize("claim", CLAIMS.values(), ids=list(CLAIMS))
def test_pins_are_possible(claim: Claim) -> None:
    """A pin that no check could produce would let a claim pass for ever."""
    for check in claim.checks:
        sampling = check.method in (Method.NUMERIC, Method.EMPIRICAL)
        assert not (sampling and check.expect is Verdict.PROVED), check.name
    pins = {check.expect for check in claim.checks}
    if claim.expected is Verdict.PROVED:
        assert Verdict.PROVED in pins
        assert Verdict.REFUTED not in pins
    if claim.expected in (Verdict.REFUTED, Verdict.VACUOUS):
        assert claim.expected in pins


def test_numbers_sort_as_numbers() -> None:
    ids = ["kanai.lemma-10", "kanai.lemma-2.part", "kanai.lemma-2", "jaxat.x", "yamada.y"]
    expected = ["kanai.lemma-2", "kanai.lemma-2.part", "kanai.lemma-10", "yamada.y", "jaxat.x"]
    assert sorted(ids, key=natural_key) == expected


def test_selecting() -> None:
    assert [c.id for c in select(["kanai.lemma-2"])] == ["kanai.lemma-2"]
    assert all(c.id.startswith("kanai.lemma-2.") for c in select(["kanai.lemma-2."]))
    assert {c.id for c in select([])} == set(CLAIMS)
    with pytest.raises(LookupError, match=r"nearest: kanai\.lemma-2"):
        select(["kanai.lema-2"])


def test_every_page_links_to_code_that_exists() -> None:
    root = Path(__file__).resolve().parents[2]
    theory = root / "theory"
    for id_, claim in CLAIMS.items():
        file, *page = claim_files(id_)
        ours = id_.startswith("jaxat.conformance.")
        folder = root / "verify" / "conformance" if ours else theory / "claims"
        assert Path(file).is_relative_to(folder), id_
        assert bool(page) == (claim.expected is Verdict.REFUTED), id_
        assert all(Path(p).is_relative_to(theory / "counterexamples") for p in page), id_
