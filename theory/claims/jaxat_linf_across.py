"""Theorem 2 across orthants: smooth wherever all weights keep away from 0, whatever their signs."""

from __future__ import annotations

from math import inf

from theory.claim import Claim, Kind, Necessity, Source
from theory.claims.jaxat_linf_constant import change
from theory.claims.kanai_lemma_3 import LINF_ATTACK, RADIUS
from theory.claims.kanai_lemma_3_sign_change import SEPARATED
from theory.claims.kanai_theorem_2 import LABELS
from theory.evidence import Evidence, Method, Verdict
from theory.exact import Comparison, Point
from theory.exact.adversarial import largest_input
from theory.registry import register
from theory.run import Run
from theory.scope import Integers


def across(point: Point) -> Comparison:
    largest = largest_input(point)
    moved, distance = change(point)
    bound = largest * largest / 4 + point["eps"] / point["a"]
    return Comparison(moved, "<=", bound * distance)


ACROSS = register(
    Claim(
        id="jaxat.theorem-2-exact.across-orthants",
        kind=Kind.RESULT,
        source=Source("jaxat", "Theorem 2 across orthants"),
        title="L∞: on {min |θᵢ| ≥ a}, all orthants together, L_ε is (¼M² + ε/a)-smooth",
        statement=(
            r"On $\{\min_i|\theta_i|\ge a\}$, sign changes included, "
            r"$\|\nabla L_\varepsilon(\theta_1)-\nabla L_\varepsilon(\theta_2)\|\le"
            r"\bigl(\frac14M^2+\frac{\varepsilon}{a}\bigr)\|\theta_1-\theta_2\|$ with "
            r"$M=\max_n\|x_n\|_2+\varepsilon\sqrt d$. For $d\ge2$ no constant below "
            r"$\frac\varepsilon a$ serves for all data: for $x=0$ and $\theta=(\pm a,t,\dots,t)$, "
            r"$t\ge a$, the gradient changes by $\sigma(\varepsilon(a+(d-1)t))\frac\varepsilon a$ "
            r"times the distance, and that tends to $\frac\varepsilon a$. So the bound is "
            r"too large by at most $\frac14M^2$, and the factor of $\frac\varepsilon a$ cannot be "
            r"lowered."
        ),
        expected=Verdict.PROVED,
        hypotheses=(RADIUS, LINF_ATTACK, LABELS, SEPARATED),
        conclusion=across,
        domain={"d": Integers(1)},
        depends=("kanai.lemma-3.sign-change.repaired",),
        necessity=(
            Necessity(
                "separated",
                witness={
                    "theta_1": "(1, 1/1000)",
                    "theta_2": "(1, -1/1000)",
                    "a": "1",
                    "x": "(-1, 1)",
                    "y": "1",
                    "eps": "3/5",
                    "p": "inf",
                },
                detail="Close to an axis the jump is spread over too short a distance.",
            ),
            Necessity(
                "p = inf",
                witness={
                    "theta_1": "(1, 99/100)",
                    "theta_2": "(99/100, 1)",
                    "a": "1/2",
                    "x": "(0, 0)",
                    "y": "1",
                    "eps": "1",
                    "p": "1",
                },
                detail="An L1 attack has its kinks at ties; for p = 2 the bound still holds.",
            ),
            Necessity(
                "label",
                witness={
                    "theta_1": "(1/1000, 1/1000)",
                    "theta_2": "(1/500, 1/1000)",
                    "a": "1/1000",
                    "x": "(1, 1)",
                    "y": "10",
                    "eps": "0",
                    "p": "inf",
                },
                detail="A label of 10 acts like longer data, which M does not count.",
            ),
            Necessity(
                "eps >= 0",
                witness={
                    "theta_1": "(1,)",
                    "theta_2": "(2,)",
                    "a": "1",
                    "x": "(1,)",
                    "y": "1",
                    "eps": "-1",
                    "p": "inf",
                },
                detail="A formality: the constant would be negative.",
            ),
        ),
    )
)


@ACROSS.check(Method.SYMBOLIC, Verdict.PROVED)
def weight_and_example(run: Run) -> Evidence:
    """σ₁g₁ − σ₂g₂ = (σ₁ − σ₂)g₁ + σ₂(g₁ − g₂) with |h₁ − h₂| ≤ M‖Δ‖ and ‖g₁ − g₂‖ ≤ (ε/a)‖Δ‖."""
    import sympy

    from theory.facts.sigmoid_lemmas import (
        cauchy_schwarz,
        sigmoid_increases,
        sigmoid_quarter_lipschitz,
    )
    from theory.gram import gram, norm_squared
    from theory.smt import prove
    from theory.smt_signs import reals, size_of
    from theory.symbolic import prove_zero

    s1, s2 = sympy.symbols("s_1 s_2", real=True)
    g1, g2 = gram("g h")
    identity = prove_zero(norm_squared(g1 * s1 - g2 * s2 - g1 * (s1 - s2) - (g1 - g2) * s2))
    total, squares, d, r, s = reals("total squares d r s")
    entry = prove(size_of(size_of(r) - size_of(s)) <= size_of(r - s))
    one_norm = prove(
        (total + r) ** 2 <= (d + 1) * (squares + r**2),
        given=[total >= 0, r >= 0, d >= 1, squares >= 0, total**2 <= d * squares],
    )
    big, step, moved, weight, rate = reals("M step moved weight rate")
    given = [
        big >= 0,
        step >= 0,
        moved >= 0,
        4 * moved <= big * step,
        weight >= 0,
        weight <= 1,
        rate >= 0,
    ]
    sizes = prove(moved * big + weight * rate * step <= (big**2 / 4 + rate) * step, given=given)
    # x = 0, θ = (±a, t, ..., t): one logit ε(a + (d − 1)t), and gradients that differ by 2εσ in
    # one entry; n = d − 1 ≥ 1.
    a, eps, t, n = sympy.symbols("a epsilon t n", positive=True)
    ratio = 2 * eps / (1 + sympy.exp(-eps * (a + n * t))) / (2 * a)
    limit = prove_zero(sympy.limit(ratio, t, sympy.oo) - eps / a)
    proofs = [
        limit,
        identity,
        entry,
        one_norm,
        sizes,
        sigmoid_increases(),
        sigmoid_quarter_lipschitz(),
        cauchy_schwarz(),
    ]
    return Evidence.from_proofs(
        Method.SYMBOLIC,
        proofs,
        witness={
            "theta_1": ("1/100", 40),
            "theta_2": ("-1/100", 40),
            "a": "1/100",
            "x": (0, -1),
            "y": 1,
            "eps": "3/5",
            "p": inf,
        },
        detail=(
            "|‖θ₁‖₁ − ‖θ₂‖₁| ≤ √d ‖Δ‖ by induction over coordinates. At the witness σ is nearly 1 "
            "and the gradient changes by almost 2ε over the distance 2a."
        ),
    )
