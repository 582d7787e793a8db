"""From evidence to verdicts: nothing here trusts a check, everything is computed again.

A refutation counts only if the claim's own hypotheses and conclusion, evaluated at the witness in
exact arithmetic, say so. The worst point of a search is judged by the same functions, so a search
that looked at something other than the statement is found out.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from theory.claim import Check, Claim, Necessity, truth
from theory.evidence import Evidence, Verdict
from theory.exact import Comparison, Point, parse_point
from theory.run import Run
from theory.scope import uncovered

__all__ = ["NecessityResult", "Replay", "examine", "judge_necessity", "replay", "verdict_of"]

_PRECISIONS = (106, 424, 1696)
_AGREEMENT = 1e-3  # relative; searches subtract an allowance for rounding from near-equal pairs


@dataclass(frozen=True)
class Replay:
    """The statement at one point: each hypothesis, the conclusion, the ratio of its two sides."""

    hypotheses: Mapping[str, bool | None]
    conclusion: bool | None
    ratio: float | None

    @property
    def admissible(self) -> bool:
        return all(held is True for held in self.hypotheses.values())

    def failures(self) -> list[str]:
        return [name for name, held in self.hypotheses.items() if held is not True]


def replay(claim: Claim, witness: Mapping[str, str]) -> Replay:
    """Evaluate the claim at the witness, at rising precision until everything is decided."""
    if claim.conclusion is None:
        raise ValueError(f"{claim.id} has no conclusion to replay a witness against")
    point = parse_point(witness)
    result = _evaluate(claim, point, _PRECISIONS[0])
    for bits in _PRECISIONS[1:]:
        if None not in (*result.hypotheses.values(), result.conclusion):
            break
        result = _evaluate(claim, point, bits)
    return result


def _evaluate(claim: Claim, point: Point, bits: int) -> Replay:
    from flint import ctx

    assert claim.conclusion is not None
    before = ctx.prec
    ctx.prec = bits
    try:
        held = {h.name: truth(h.holds(point)) for h in claim.hypotheses}
        answer = claim.conclusion(point)
        ratio = answer.ratio() if isinstance(answer, Comparison) else None
        return Replay(held, truth(answer), ratio)
    finally:
        ctx.prec = before


def examine(claim: Claim, check: Check, run: Run) -> Evidence:
    """Make one piece of evidence and let the statement itself judge its witness."""
    try:
        evidence = check.make(run)
        if evidence.method is not check.method:
            raise ValueError(f"registered as {check.method}, returned {evidence.method}")
        if evidence.witness is None or claim.conclusion is None:
            if evidence.verdict is Verdict.REFUTED:
                raise ValueError("a refuted claim needs a conclusion that its witness can violate")
            return evidence
        return _judge_witness(evidence, replay(claim, evidence.witness))
    except (KeyboardInterrupt, SystemExit):
        raise
    except Exception as error:
        # A check that breaks is reported like any other drift, with its cause, and the rest runs.
        return Evidence.undecided(check.method, f"ERROR {type(error).__name__}: {error}")


def _judge_witness(evidence: Evidence, seen: Replay) -> Evidence:
    if not seen.admissible:
        names = ", ".join(seen.failures())
        return _unproven(evidence, f"at the witness these hypotheses are not certain: {names}")
    if evidence.verdict is Verdict.REFUTED:
        if seen.conclusion is False:
            return evidence
        return _unproven(evidence, f"the witness does not violate the statement: {seen.conclusion}")
    if seen.conclusion is False:
        if evidence.verdict is Verdict.PROVED:
            return _unproven(evidence, "the tightness witness of a proved bound violates it")
        return replace(
            evidence,
            verdict=Verdict.REFUTED,
            detail=f"{evidence.detail} The search found a counterexample.".strip(),
        )
    if evidence.tightness is None:
        return replace(evidence, tightness=seen.ratio)
    if seen.ratio is None or not math.isclose(seen.ratio, evidence.tightness, rel_tol=_AGREEMENT):
        reason = f"the search reports {evidence.tightness}, the statement gives {seen.ratio}"
        return _unproven(evidence, reason)
    return evidence


def _unproven(evidence: Evidence, reason: str) -> Evidence:
    return Evidence.undecided(evidence.method, f"{evidence.detail} REJECTED: {reason}.".strip())


def verdict_of(claim: Claim, evidence: Sequence[Evidence]) -> Verdict:
    """The verdict on a claim: a certain refutation first, then proofs that cover its domain."""
    verdicts = {e.verdict for e in evidence}
    for decisive in (Verdict.REFUTED, Verdict.VACUOUS):
        if decisive in verdicts:
            return decisive
    scopes = [e.scope for e in evidence if e.verdict is Verdict.PROVED]
    if scopes and uncovered(claim.domain, scopes) is None:
        return Verdict.PROVED
    if scopes or Verdict.SUPPORTED in verdicts:
        return Verdict.SUPPORTED
    return Verdict.UNDECIDED


def assumptions(evidence: Sequence[Evidence]) -> tuple[str, ...]:
    """What the proofs cite without checking; a claim with any of it is PROVED*."""
    proved = [e for e in evidence if e.verdict is Verdict.PROVED]
    return tuple(dict.fromkeys(a for e in proved for a in e.assumes))


@dataclass(frozen=True)
class NecessityResult:
    """Whether a hypothesis is needed: True, False, or None while it is not known."""

    hypothesis: str
    needed: bool | None
    witness: Mapping[str, str] | None
    detail: str


def judge_necessity(
    claim: Claim, necessity: Necessity, verdicts: Mapping[str, Verdict]
) -> NecessityResult:
    """Replay a necessity witness, or look up the claim that does without the hypothesis.

    `verdicts` holds the expected or computed verdicts of other claims by id.
    """
    if necessity.witness is not None:
        try:
            seen = replay(claim, necessity.witness)
        except Exception as error:
            # Whatever the statement does outside its hypotheses, the run goes on and says so.
            reason = f"REJECTED: {type(error).__name__}: {error}. {necessity.detail}"
            return NecessityResult(necessity.hypothesis, None, dict(necessity.witness), reason)
        others = [name for name in seen.failures() if name != necessity.hypothesis]
        dropped = seen.hypotheses[necessity.hypothesis] is False
        if dropped and not others and seen.conclusion is False:
            return NecessityResult(
                necessity.hypothesis, True, dict(necessity.witness), necessity.detail
            )
        reason = (
            f"REJECTED: dropped {dropped}, other hypotheses failing {others}, "
            f"conclusion {seen.conclusion}. {necessity.detail}"
        )
        return NecessityResult(necessity.hypothesis, None, dict(necessity.witness), reason)
    if necessity.by is not None:
        holds = verdicts.get(necessity.by) in (Verdict.PROVED, Verdict.SUPPORTED)
        text = f"holds without it: {necessity.by}. {necessity.detail}".strip()
        return NecessityResult(necessity.hypothesis, False if holds else None, None, text)
    return NecessityResult(necessity.hypothesis, None, None, necessity.detail)
