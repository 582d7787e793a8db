"""What we have shown: `Evidence`, which refuses nonsense when it is made.

Verdicts follow from what is handed in: proofs with answers, a search with its counts, a witness.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction
from typing import Any, Protocol, runtime_checkable

from theory.exact import Point, format_point, rational
from theory.scope import EVERYTHING, Scope

__all__ = ["Evidence", "Exactly", "Method", "Verdict"]


class Verdict(StrEnum):
    PROVED = "PROVED"
    SUPPORTED = "SUPPORTED"
    REFUTED = "REFUTED"
    VACUOUS = "VACUOUS"
    UNDECIDED = "UNDECIDED"


class Method(StrEnum):
    SYMBOLIC = "SYMBOLIC"  # identities in SymPy, or by bilinear expansion in Gram symbols
    EXACT = "EXACT"  # rationals and SMT
    RIGOROUS = "RIGOROUS"  # ball arithmetic over a whole box
    NUMERIC = "NUMERIC"  # float64 search
    EMPIRICAL = "EMPIRICAL"  # recorded training runs


@runtime_checkable
class Answered(Protocol):
    """A proof with an `answer`: "proved", "refuted", "undecided" or "vacuous"."""

    @property
    def answer(self) -> str: ...


@runtime_checkable
class Proved(Protocol):
    """A proof that either succeeded or not."""

    @property
    def proved(self) -> bool: ...


Proof = Answered | Proved


@dataclass(frozen=True)
class Exactly:
    """A finite computation in exact arithmetic or balls, as a proof: `holds` must be certain.

    >>> Exactly(True, "2 + 2 = 4").answer, Exactly(None, "balls overlap").answer
    ('proved', 'undecided')
    """

    holds: bool | None
    text: str

    @property
    def answer(self) -> str:
        return {True: "proved", False: "refuted", None: "undecided"}[self.holds]


_SAMPLING = (Method.NUMERIC, Method.EMPIRICAL)


@dataclass(frozen=True)
class Evidence:
    """One piece of evidence. Make it with `from_proofs`, `supported`, `refuted` or `undecided`."""

    method: Method
    verdict: Verdict
    scope: Scope = EVERYTHING
    assumes: tuple[str, ...] = ()
    margin: float | None = None
    tolerance: float | None = None
    tightness: float | None = None
    admissible: int | None = None
    tried: int | None = None
    seed: int | None = None
    detail: str = ""
    witness: Mapping[str, str] | None = None
    proofs: tuple[Any, ...] = field(default=(), repr=False, compare=False)

    def __post_init__(self) -> None:
        proved = self.verdict is Verdict.PROVED
        if proved and self.method in _SAMPLING:
            raise ValueError("sampling never proves: a NUMERIC or EMPIRICAL check cannot be PROVED")
        if proved and (not self.proofs or any(_answer(p) != "proved" for p in self.proofs)):
            raise ValueError("PROVED needs proofs that all answer 'proved'; use from_proofs")
        if self.verdict is Verdict.REFUTED and not self.witness:
            raise ValueError("REFUTED needs a witness in exact numbers that can be replayed")
        if self.verdict is Verdict.SUPPORTED and not self.admissible:
            raise ValueError("SUPPORTED needs at least one admissible point; none was found")
        for name in ("margin", "tolerance", "tightness"):
            value = getattr(self, name)
            if value is not None and not math.isfinite(value):
                raise ValueError(f"{name} must be finite, got {value}")

    @staticmethod
    def from_proofs(
        method: Method,
        proofs: Sequence[Proof],
        scope: Scope = EVERYTHING,
        *,
        assumes: Sequence[str] = (),
        reductions: Mapping[str, str] | None = None,
        witness: Point | None = None,
        margin: float | None = None,
        detail: str = "",
    ) -> Evidence:
        """PROVED if every proof is; otherwise UNDECIDED (or VACUOUS), saying which one failed.

        A proof with a `box` covers that box alone. Each variable of the box must therefore either
        be an axis that `scope` restricts to within the box, or have an entry in `reductions`: the
        argument why the box is enough, which then counts among the theorems assumed. `witness`
        shows how sharp a proved bound is.
        """
        reductions = dict(reductions or {})
        answers = [_answer(proof) for proof in proofs]
        verdict = Verdict.PROVED if proofs else Verdict.UNDECIDED
        if any(answer != "proved" for answer in answers):
            vacuous = "vacuous" in answers
            verdict = Verdict.VACUOUS if vacuous else Verdict.UNDECIDED
            failed = [str(p) for p, a in zip(proofs, answers, strict=True) if a != "proved"]
            detail = f"{detail} NOT PROVED: {'; '.join(failed)[:600]}".strip()
        for proof in proofs:
            for name, (low, high) in _box(proof).items():
                axis = scope.axes.get(name)
                inside = axis is not None and all(low <= e <= high for e in axis_ends(axis))
                if not inside and name not in reductions:
                    raise ValueError(
                        f"the proof covers {name} in [{low}, {high}] only, but the scope "
                        f"{scope.text!r} does not stay within it; restrict the axis {name!r} or "
                        "give the reduction to that box"
                    )
        assumed = (*assumes, *(f"reduction of {k}: {v}" for k, v in sorted(reductions.items())))
        return Evidence(
            method,
            verdict,
            scope,
            assumed,
            margin=margin,
            detail=detail,
            witness=None if witness is None else format_point(witness),
            proofs=tuple(proofs),
        )

    @staticmethod
    def supported(
        *,
        admissible: int,
        tried: int,
        scope: Scope = EVERYTHING,
        margin: float | None = None,
        tolerance: float | None = None,
        tightness: float | None = None,
        worst: Point | None = None,
        seed: int | None = None,
        detail: str = "",
        method: Method = Method.NUMERIC,
    ) -> Evidence:
        """A search without a violation; VACUOUS if no point satisfied the hypotheses.

        `margin` is the distance kept from a violation (negative margins beyond `tolerance` are
        violations and make the evidence UNDECIDED until a witness is replayed). `worst` is the
        worst point found: the statement itself is evaluated there again, in exact arithmetic.
        """
        verdict = Verdict.SUPPORTED if admissible > 0 else Verdict.VACUOUS
        if verdict is Verdict.SUPPORTED and margin is not None and margin < -(tolerance or 0.0):
            verdict = Verdict.UNDECIDED
            detail = f"{detail} VIOLATED by {-margin:.3g} (tolerance {tolerance})".strip()
        return Evidence(
            method,
            verdict,
            scope,
            margin=margin,
            tolerance=tolerance,
            tightness=tightness,
            admissible=admissible,
            tried=tried,
            seed=seed,
            detail=detail,
            witness=None if worst is None else format_point(worst),
        )

    @staticmethod
    def refuted(
        witness: Point | Mapping[str, str], detail: str = "", method: Method = Method.EXACT
    ) -> Evidence:
        """A counterexample. It is accepted only when the claim itself confirms it on replay."""
        return Evidence(
            method,
            Verdict.REFUTED,
            Scope("one point"),
            detail=detail,
            witness=format_point(witness),
        )

    @staticmethod
    def vacuous(
        method: Method, proofs: Sequence[Proof], scope: Scope = EVERYTHING, detail: str = ""
    ) -> Evidence:
        """The finding that nothing satisfies the hypotheses, with proofs of exactly that."""
        if not proofs or any(_answer(proof) != "proved" for proof in proofs):
            raise ValueError("VACUOUS as a finding needs proofs that no point is admissible")
        return Evidence(method, Verdict.VACUOUS, scope, detail=detail, proofs=tuple(proofs))

    @property
    def violated(self) -> bool:
        """True if a search ended beyond its tolerance, or a counterexample stands."""
        beyond = self.margin is not None and self.margin < -(self.tolerance or 0.0)
        return self.verdict is Verdict.REFUTED or (self.verdict is not Verdict.PROVED and beyond)

    @staticmethod
    def undecided(method: Method, detail: str) -> Evidence:
        return Evidence(method, Verdict.UNDECIDED, detail=detail)


def _answer(proof: Any) -> str:
    answer = getattr(proof, "answer", None)
    return str(answer) if answer is not None else ("proved" if proof.proved else "undecided")


def _box(proof: Any) -> dict[str, tuple[Any, Any]]:
    """The box of a branch-and-bound proof as name -> (low, high); empty for other proofs."""
    box = getattr(proof, "box", None)
    if box is None:
        return {}
    sides = getattr(box, "sides", box)
    return {name: (_end(low), _end(high)) for name, (low, high) in dict(sides).items()}


def _end(value: Any) -> Fraction | float:
    if value in (math.inf, -math.inf):
        return float(value)
    exact = rational(value)
    return Fraction(int(exact.p), int(exact.q))


def axis_ends(axis: Any) -> tuple[Any, ...]:
    return () if not hasattr(axis, "ends") else axis.ends()
