"""Lemma 5 of Kanai et al. in odd dimensions, where nothing satisfies its hypotheses."""

from __future__ import annotations

from typing import Any, cast

from theory.claim import Claim, Hypothesis, Kind, Source
from theory.claims.kanai_det_criterion import congruence
from theory.claims.kanai_lagrangian import second_order
from theory.claims.kanai_lemma_4 import MIXED, lipschitz
from theory.claims.kanai_lemma_5 import BOUNDARY, CURVED, DETERMINANT, MAXIMUM, STATEMENT
from theory.evidence import Evidence, Method, Verdict
from theory.registry import register
from theory.run import Run

ODD = register(
    Claim(
        id="kanai.lemma-5.odd-d",
        kind=Kind.LEMMA,
        source=Source("kanai", "Lemma 5 for odd d", "both", ("21", "42", "40 (early)")),
        title="Lemma 5 in odd dimensions: no local maximum has det ∇²J > 0",
        statement=STATEMENT + r" Here $d$ is odd.",
        expected=Verdict.VACUOUS,
        repaired_by=("kanai.lemma-5.repaired",),
        depends=("kanai.det-criterion.repaired", "kanai.lagrangian-kkt"),
        hypotheses=(
            MAXIMUM,
            BOUNDARY,
            DETERMINANT,
            CURVED,
            MIXED,
            Hypothesis("odd d", r"$d$ is odd", lambda w: len(w["delta_2"]) % 2 == 1),
        ),
        conclusion=lipschitz,
        notes=(
            "A local maximum on the sphere has $H_t\\preceq0$, a matrix of even order $d-1$, so "
            "$\\det\\nabla_{\\tilde x}^2J=-\\det H_t\\le0$. In particular no linear model in an "
            "odd number of inputs satisfies the lemma as printed."
        ),
        cost=0.5,
    )
)


@ODD.check(Method.EXACT, Verdict.VACUOUS)
def contradiction(run: Run) -> Evidence:
    """det ∇²J = −λ₁…λ_{d−1} with every λ ≤ 0 and d − 1 even is ≤ 0, which contradicts > 0."""
    import sympy
    import z3

    from theory.smt import prove
    from theory.symbolic import prove_zero

    h = sympy.Symbol("h", real=True)
    # The product of an even number of nonpositive eigenvalues, two at a time.
    symbols: Any = z3.Reals("product first second")
    product, first, other = symbols
    pair = prove(product * first * other >= 0, given=[product >= 0, first <= 0, other <= 0])
    one = prove_zero(cast(sympy.Expr, sympy.det(sympy.Matrix([[0, -1], [-1, h]]))) + 1)  # d = 1
    return Evidence.vacuous(
        Method.EXACT,
        [*congruence(run).proofs, *second_order(), pair, one],
        detail=(
            "At a local maximum the curvature along every great circle is at most 0, so all d − 1 "
            "eigenvalues of H_t are at most 0; for odd d their product is at least 0, and "
            "det ∇²J = −det H_t (kanai.det-criterion.repaired) is at most 0."
        ),
    )
