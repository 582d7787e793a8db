"""What readers of the papers should change: every erratum, with the claim that shows it."""

from __future__ import annotations

from dataclasses import dataclass

from theory.registry import claim_modules, natural_key

__all__ = ["Erratum", "NotAClaim", "all_errata", "not_claims"]


@dataclass(frozen=True)
class Erratum:
    """One place in a paper: what is printed, what should be, and how we know.

    `claim` is the id of the claim whose evidence shows it; None for a slip of the pen that asserts
    nothing (`why` then says what in the text shows it).
    """

    id: str
    where: str
    printed: str  # Markdown, with LaTeX between dollars
    correct: str
    claim: str | None = None
    why: str = ""


@dataclass(frozen=True)
class NotAClaim:
    """A passage that was looked at and asserts nothing testable, with the reason."""

    where: str
    text: str
    why: str


def all_errata() -> tuple[Erratum, ...]:
    """The errata of both papers: the tuples `ERRATA` of the claim files, by id."""
    found = [erratum for module in claim_modules() for erratum in getattr(module, "ERRATA", ())]
    ids = [erratum.id for erratum in found]
    if len(set(ids)) != len(ids):
        twice = sorted({i for i in ids if ids.count(i) > 1})
        raise ValueError(f"two errata have the same id: {', '.join(twice)}")
    return tuple(sorted(found, key=lambda erratum: natural_key(erratum.id)))


def not_claims() -> tuple[NotAClaim, ...]:
    """The passages of both papers that are no claims: `NOT_CLAIMS` of the claim files."""
    return tuple(p for module in claim_modules() for p in getattr(module, "NOT_CLAIMS", ()))
