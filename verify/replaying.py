"""``--replay FILE``: every witness of a result file, judged again by the claims themselves."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from theory.judge import replay
from theory.registry import all_claims

__all__ = ["load", "replay_document"]


def load(path: Path) -> dict[str, Any]:
    """The document, or `ValueError` saying what is wrong with the file."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ValueError(f"cannot read {path}: {error.strerror}") from None
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"{path} is not JSON: {error}") from None
    if not isinstance(data, dict) or data.get("schema") != 1 or "claims" not in data:
        raise ValueError(f"{path} is no result of `python -m verify --json` with schema 1")
    return data


def replay_document(data: dict[str, Any]) -> Iterator[tuple[str, str, bool, str]]:
    """Yield (claim, what, confirmed, words) for every recorded witness."""
    claims = all_claims()
    for record in data["claims"]:
        witnesses = [
            (f"{e['method']} {e['verdict']}", e["witness"], e["verdict"], None)
            for e in record["evidence"]
            if e.get("witness") and e["verdict"] != "UNDECIDED"
        ]
        witnesses += [
            (f"without {n['hypothesis']}", n["witness"], "REFUTED", n["hypothesis"])
            for n in record["necessity"]
            if n.get("witness") and n["needed"]
        ]
        for what, witness, verdict, dropped in witnesses:
            claim = claims.get(record["id"])
            if claim is None:
                yield record["id"], what, False, "no such claim"
                continue
            if claim.conclusion is None:
                continue  # a search point of a claim that has no pointwise conclusion
            try:
                seen = replay(claim, witness)
            except (KeyError, ValueError, TypeError, IndexError, ZeroDivisionError) as error:
                yield claim.id, what, False, f"the witness cannot be read: {error!r}"
                continue
            failing = [name for name in seen.failures() if name != dropped]
            undropped = dropped is not None and seen.hypotheses.get(dropped) is not False
            refutes = verdict == "REFUTED"
            right = seen.conclusion is False if refutes else seen.conclusion is not False
            words = "violates the statement" if refutes else "agrees with the statement"
            if failing or undropped or not right:
                words = f"hypotheses failing {failing}, conclusion {seen.conclusion}"
            yield claim.id, what, not failing and not undropped and right, words
