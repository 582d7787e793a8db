"""One claim's result as plain data: what the JSON file, the table and the pages are made from."""

from __future__ import annotations

import math
import os
import platform
import sys
from importlib import metadata
from typing import Any

from theory.claim import Claim
from theory.evidence import Evidence
from theory.judge import NecessityResult, assumptions, verdict_of
from theory.registry import counterexamples

__all__ = ["SCHEMA", "claim_record", "document", "environment"]

SCHEMA = 1
_PACKAGES = ("jax", "jaxlib", "numpy", "scipy", "sympy", "python-flint", "z3-solver")


def evidence_record(name: str, expected: str, seconds: float, evidence: Evidence) -> dict[str, Any]:
    return {
        "name": name,
        "method": evidence.method.value,
        "verdict": evidence.verdict.value,
        "expected": expected,
        "scope": str(evidence.scope),
        "assumes": list(evidence.assumes),
        "margin": evidence.margin,
        "tolerance": evidence.tolerance,
        "tightness": evidence.tightness,
        "admissible": evidence.admissible,
        "tried": evidence.tried,
        "seed": evidence.seed,
        "seconds": round(seconds, 4),
        "detail": evidence.detail,
        "witness": None if evidence.witness is None else dict(evidence.witness),
        "violated": evidence.violated,
    }


def claim_record(
    claim: Claim,
    parameters: dict[str, float],
    outcomes: list[tuple[str, str, float, Evidence]],
    necessity: list[NecessityResult],
    *,
    complete: bool,
) -> dict[str, Any]:
    """The record of one claim; `complete` says whether every piece of its evidence was run."""
    evidence = [e for *_, e in outcomes]
    source, page = claim.source, counterexamples().get(claim.id)
    return {
        "id": claim.id,
        "kind": claim.kind.value,
        "title": claim.title,
        "source": {
            "paper": source.paper,
            "version": source.version,
            "number": source.number,
            "equations": list(source.equations),
        },
        "statement": claim.statement,
        "reading": page.reading if page else "",
        "hypotheses": [{"name": h.name, "text": h.text} for h in claim.hypotheses],
        "verdict": verdict_of(claim, evidence).value,
        "assumes": list(assumptions(evidence)),
        "expected": claim.expected.value,
        "complete": complete,
        "repaired_by": list(claim.repaired_by),
        "depends": list(claim.depends),
        "parameters": parameters,
        "evidence": [evidence_record(*outcome) for outcome in outcomes],
        "necessity": [
            {
                "hypothesis": n.hypothesis,
                "needed": n.needed,
                "witness": None if n.witness is None else dict(n.witness),
                "detail": n.detail,
            }
            for n in necessity
        ],
    }


def environment(command: list[str], budget: str, seed: int) -> dict[str, Any]:
    """Where a result was computed: versions and machine, nothing that names a person or a path."""
    return {
        "command": " ".join(["python -m verify", *command]),
        "budget": budget,
        "seed": seed,
        "python": platform.python_version(),
        "platform": f"{sys.platform}-{platform.machine()}",
        "cpus": os.cpu_count(),
        "packages": {name: metadata.version(name) for name in _PACKAGES},
    }


def document(claims: list[dict[str, Any]], about: dict[str, Any]) -> dict[str, Any]:
    """The JSON document; numbers that are not finite become null, as JSON demands."""
    return _finite({"schema": SCHEMA, "environment": about, "claims": claims})


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _finite(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_finite(inner) for inner in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
