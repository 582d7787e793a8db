"""Which chapter of the reading path a claim belongs to."""

from __future__ import annotations

import re

__all__ = ["CHAPTERS", "chapter_of"]

CHAPTERS = (
    "Adversarial examples in closed form",
    "Why L∞ jumps and L2 glides",
    "From examples to smoothness constants",
    "The general case, inside and on the boundary",
    "EntropySGD as a Gaussian blur",
    "Algorithm 1, as printed and as it works",
    "Weight sharpness in logistic regression",
    "From theory to CIFAR",
    "Errata",
)

# The first pattern that is found in the id decides; what is left is about smoothness constants.
_PATTERNS: tuple[tuple[int, str], ...] = (
    (8, r"table|figure|app-c|appendix-a|conformance"),
    (1, r"lemma-2\.(example|kkt|proof-k|proof-mon)|lemma-3\.attack|kanai\.eq-1\b|pgd|box-attack"),
    (1, r"yamada\.eq-[123]\b|linear-attack"),
    (6, r"algorithm-1|eq-77"),
    (7, r"eq-7[46]|definition-2|yamada|collapse|sharpness|noise|minimiser|monotone|detached|liu"),
    (5, r"entropy|theorem-3|eq-11\b|eq-53|eq-54|eq-40"),
    (4, r"lemma-[45]|bordered|det-criterion|lagrangian|swish|constraints-cause|flatten|linf-diff"),
    (4, r"early\.eq-4[14]"),
    (2, r"lemma-[23]|sign-continuous|projection|lp-classification|continuity"),
)


def chapter_of(claim: str) -> int:
    """The chapter, 1 to 8, of a claim's id.

    >>> [chapter_of(i) for i in ("kanai.lemma-2", "kanai.lemma-2.example", "kanai.theorem-1")]
    [2, 1, 3]
    """
    return next((n for n, pattern in _PATTERNS if re.search(pattern, claim)), 3)
