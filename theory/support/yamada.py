"""Hypotheses and formulas that several claims about Yamada et al. share."""

from __future__ import annotations

from typing import Any

from theory.claim import Hypothesis, Source
from theory.exact import Comparison, Point, dot, norm, scale, softplus

__all__ = [
    "LABEL",
    "NONZERO",
    "POSITIVE_RADIUS",
    "RADIUS",
    "cosine",
    "loss",
    "ours",
    "reals",
    "worst_shift",
    "yamada",
]

RADIUS = Hypothesis("eps >= 0", r"$\varepsilon \ge 0$", lambda w: Comparison(w["eps"], ">=", 0))
POSITIVE_RADIUS = Hypothesis(
    "eps > 0", r"$\varepsilon > 0$", lambda w: Comparison(w["eps"], ">", 0)
)
LABEL = Hypothesis("label", r"$y \in \{-1, 1\}$", lambda w: abs(w["y"]) == 1)
NONZERO = Hypothesis("w != 0", r"$w \ne 0$", lambda w: any(entry != 0 for entry in w["w"]))


def yamada(number: str, *equations: str) -> Source:
    return Source("yamada", number, equations=equations)


def ours(number: str) -> Source:
    return Source("jaxat", number)


def loss(w: Any, x: Any, y: Any) -> Any:
    """log(1 + exp(-y w.x)), Eq. (1)."""
    return softplus(-y * dot(w, x))


def cosine(u: Any, v: Any) -> Any:
    """The cosine of the angle between two vectors other than 0."""
    return dot(u, v) / (norm(u) * norm(v))


def worst_shift(point: Point) -> tuple[Any, ...]:
    """-y eps w / ||w||, the L2 perturbation that raises the loss most."""
    return scale(-point["y"] * point["eps"] / norm(point["w"]), point["w"])


def reals(names: str) -> list[Any]:
    """z3's real unknowns by name; `z3.Reals` has a type that no expression can be made of."""
    import z3

    return [z3.Real(name) for name in names.split()]
