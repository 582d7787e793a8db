"""A refutation as something to read: intuition, where the proof slips, the witness, the way out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["Counterexample"]


@dataclass(frozen=True)
class Counterexample:
    """Why a claim fails, for people, with the exact witness that the claim replays.

    `witness` maps names to exact strings ("3/5", "(1, -1)"), as `theory.exact.parse_point` reads.
    """

    claim: str
    intuition: str
    catch: str  # where the argument of the source slips
    witness: Mapping[str, str]
    disappears: str  # what has to be added or changed so that the counterexample goes away
    # What the source says, where the claim judges a reading that its words need not mean.
    reading: str = ""
