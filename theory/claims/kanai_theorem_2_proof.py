"""What Kanai et al. say around Theorem 2: the case of differing signs, and "the smaller set"."""

from __future__ import annotations

from math import inf

from theory.claim import Claim, Hypothesis, Kind, Necessity, Source
from theory.claims.kanai_lemma_3 import (
    LABEL,
    LINF_ATTACK,
    POSITIVE_RADIUS,
    RADIUS,
    example_distance,
    weight_distance,
)
from theory.claims.kanai_lemma_3_sign_change import SIGNS_DIFFER
from theory.errata import Erratum
from theory.evidence import Evidence, Method, Verdict
from theory.exact import Comparison, Point, norm, sqrt, subtract
from theory.exact.adversarial import mean_gradient, signs
from theory.registry import register
from theory.run import Run
from theory.scope import Integers, Scope

register(
    Claim(
        id="kanai.theorem-2.otherwise-bound",
        kind=Kind.STEP,
        source=Source("kanai", "proof of Theorem 2", "both"),
        title="L∞: where signs differ, ‖x'(θ₁) − x'(θ₂)‖ ≤ 2ε",
        statement=(
            r"Otherwise, $\|x'(\theta_1)-x'(\theta_2)\|\le2\varepsilon$ because "
            r"$\|x'(\theta)-x\|\le\varepsilon$."
        ),
        expected=Verdict.REFUTED,
        repaired_by=("kanai.theorem-2.otherwise-bound.repaired",),
        hypotheses=(RADIUS, LINF_ATTACK, LABEL, SIGNS_DIFFER),
        conclusion=lambda w: Comparison(example_distance(w), "<=", 2 * w["eps"]),
        domain={"d": Integers(1)},
        notes=(
            "In the L∞ norm the bound is right. The paper's $\\|\\cdot\\|$ without index is the L2 "
            "norm, in which Theorem 2 and Assumption 1 are stated."
        ),
    )
)


def flips(point: Point) -> int:
    """k, the number of coordinates whose signs differ."""
    pairs = zip(signs(point["theta_1"]), signs(point["theta_2"]), strict=True)
    return sum(a != b for a, b in pairs)


OTHERWISE = register(
    Claim(
        id="kanai.theorem-2.otherwise-bound.repaired",
        kind=Kind.STEP,
        source=Source("kanai", "proof of Theorem 2", "both"),
        title="L∞: ‖x'(θ₁) − x'(θ₂)‖ ≤ 2ε√k for k differing signs, with equality off the faces",
        statement=(
            r"If the signs of $k$ coordinates differ, "
            r"$\|x'(\theta_1)-x'(\theta_2)\|\le2\varepsilon\sqrt k\le2\varepsilon\sqrt d$; the "
            r"first is an equality where no coordinate is 0."
        ),
        expected=Verdict.PROVED,
        hypotheses=(RADIUS, LINF_ATTACK, LABEL),
        conclusion=lambda w: Comparison(example_distance(w), "<=", 2 * w["eps"] * sqrt(flips(w))),
        domain={"d": Integers(1)},
        necessity=(
            Necessity(
                "p = inf",
                witness={
                    "theta_1": "(3, 4)",
                    "theta_2": "(4, 3)",
                    "eps": "1",
                    "p": "2",
                    "y": "1",
                },
                detail="An L2 example moves without any sign change.",
            ),
            Necessity(
                "eps >= 0",
                witness={"theta_1": "(1,)", "theta_2": "(-1,)", "eps": "-1", "p": "inf", "y": "1"},
                detail="A formality: a negative radius makes the bound negative.",
            ),
            Necessity(
                "label",
                witness={"theta_1": "(1,)", "theta_2": "(-1,)", "eps": "1", "p": "inf", "y": "2"},
                detail="A formality: the formula for x' is meant for labels of modulus 1.",
            ),
        ),
    )
)


@OTHERWISE.check(Method.EXACT, Verdict.PROVED)
def squares_add_up(run: Run) -> Evidence:
    """(sign s − sign t)² ≤ 4, = 4 for opposite signs, 0 for equal ones; then summed."""
    import z3

    from theory.smt import prove
    from theory.smt_signs import reals, sign_of

    s, t, eps, total, k = reals("s t eps total k")
    square = (eps * sign_of(s) - eps * sign_of(t)) ** 2
    differs = z3.If(sign_of(s) == sign_of(t), z3.RealVal(0), z3.RealVal(1))
    step = prove(total + square <= 4 * eps**2 * (k + differs), given=[total <= 4 * eps**2 * k])
    equal = prove(square == 4 * eps**2 * differs, given=[s != 0, t != 0])
    return Evidence.from_proofs(
        Method.EXACT,
        [step, equal],
        witness={
            "theta_1": (1, 2, -1),
            "theta_2": (-1, -2, -3),
            "eps": "3/5",
            "p": inf,
            "y": 1,
        },
        detail="The first query is the induction over coordinates, so the bound is for every d.",
    )


@OTHERWISE.check(Method.NUMERIC, Verdict.SUPPORTED)
def random_pairs(run: Run) -> Evidence:
    """The library's adversarial examples at random pairs of weights, zeros among them."""
    import jax
    import numpy as np

    from theory.adversarial import adversarial_example

    n, d, eps = run.pick(200, 1000), 5, 0.6
    first, second = run.rng.integers(-2, 3, (2, n, d)).astype(float)
    attack = jax.jit(jax.vmap(lambda t: adversarial_example(t, np.zeros(d), 1, eps, inf)))
    moved = np.linalg.norm(np.asarray(attack(first)) - np.asarray(attack(second)), axis=1)
    k = np.sum(np.sign(first) != np.sign(second), axis=1)
    ratio = moved[k > 0] / (2 * eps * np.sqrt(k[k > 0]))
    row = np.flatnonzero(k > 0)[int(np.argmax(ratio))]
    worst = {"theta_1": first[row], "theta_2": second[row], "eps": eps, "p": inf, "y": 1}
    return Evidence.supported(
        admissible=n,
        tried=n,
        margin=1.0 - float(ratio.max()),
        tolerance=1e-12,
        tightness=float(ratio.max()),
        worst=worst,
        seed=run.seed,
    )


register(
    Claim(
        id="kanai.theorem-2.non-lipschitz-step",
        kind=Kind.STEP,
        source=Source("kanai", "proof of Theorem 2", "both"),
        title="L∞: ‖x'(θ₁) − x'(θ₂)‖ ≤ 2ε, and thus ∇L_ε is not Lipschitz",
        statement=(
            r"Otherwise, $\|x'(\theta_1)-x'(\theta_2)\|\le2\varepsilon$ …, and thus, the gradient "
            r"of adversarial loss is not Lipschitz continuous."
        ),
        expected=Verdict.REFUTED,
        repaired_by=("jaxat.gradient-jump",),
        hypotheses=(
            POSITIVE_RADIUS,
            LINF_ATTACK,
            LABEL,
            SIGNS_DIFFER,
            Hypothesis(
                "premise",
                r"$\|x'(\theta_1)-x'(\theta_2)\|\le2\varepsilon$",
                lambda w: Comparison(example_distance(w), "<=", 2 * w["eps"]),
            ),
            Hypothesis("constant", r"any candidate $L \ge 0$", lambda w: w["L"] >= 0),
        ),
        conclusion=lambda w: Comparison(
            norm(subtract(mean_gradient(w, w["theta_1"]), mean_gradient(w, w["theta_2"]))),
            ">",
            w["L"] * weight_distance(w),
        ),
        domain={"d": Integers(1)},
    )
)

NOTE = (
    "Both sets are unions of sign patterns: for L2 all of $\\{-1,0,1\\}^d$ but the zero pattern, "
    "for L∞ the $2^d$ patterns without a zero. The second is contained in the first, so it is "
    "smaller exactly if it has fewer patterns."
)

register(
    Claim(
        id="kanai.theorem-2.smaller-set",
        kind=Kind.REMARK,
        source=Source("kanai", "remark after Lemma 3", "both"),
        title="The set where L∞ examples are Lipschitz is smaller than for L2, in every dimension",
        statement=(
            r"This lemma indicates that the set where adversarial examples with $L_\infty$ norm "
            r"constraints are Lipschitz continuous is smaller than the set where those with $L_2$ "
            r"norm constraints are Lipschitz continuous. (Locally: "
            r"$\{\theta_i\ne0\ \forall i\}\subsetneq\{\theta\ne0\}$ in $\mathbb R^d$.)"
        ),
        expected=Verdict.REFUTED,
        repaired_by=("kanai.theorem-2.smaller-set.repaired",),
        hypotheses=(Hypothesis("d >= 1", r"$d \ge 1$", lambda w: w["d"] >= 1),),
        conclusion=lambda w: Comparison(2 ** int(w["d"].p), "<", 3 ** int(w["d"].p) - 1),
        domain={"d": Integers(1)},
        notes=NOTE,
    )
)

SMALLER = register(
    Claim(
        id="kanai.theorem-2.smaller-set.repaired",
        kind=Kind.REMARK,
        source=Source("kanai", "remark after Lemma 3", "both"),
        title="The set where L∞ examples are Lipschitz is smaller than for L2 exactly if d ≥ 2",
        statement=(
            r"$\{\theta_i\ne0\ \forall i\}\subsetneq\{\theta\ne0\}$ for $d\ge2$: $2^d<3^d-1$ sign "
            r"patterns. For $d=1$ the sets are equal."
        ),
        expected=Verdict.PROVED,
        hypotheses=(Hypothesis("d >= 2", r"$d \ge 2$", lambda w: w["d"] >= 2),),
        conclusion=lambda w: Comparison(2 ** int(w["d"].p), "<", 3 ** int(w["d"].p) - 1),
        domain={"d": Integers(2)},
        necessity=(Necessity("d >= 2", witness={"d": "1"}, detail="2 = 3 − 1."),),
        notes=NOTE,
    )
)


@SMALLER.check(Method.EXACT, Verdict.PROVED)
def induction_over_d(run: Run) -> Evidence:
    """4 < 8 for d = 2, and 2ᵈ < 3ᵈ − 1 gives 2·2ᵈ < 3·3ᵈ − 1."""
    from theory.evidence import Exactly
    from theory.smt import prove
    from theory.smt_signs import reals

    two, three = reals("two three")
    start = Exactly(2**2 < 3**2 - 1, "d = 2")
    step = prove(2 * two < 3 * three - 1, given=[two >= 1, two < three - 1])
    return Evidence.from_proofs(
        Method.EXACT, [start, step], Scope("d ≥ 2", {"d": Integers(2)}), witness={"d": 2}
    )


ERRATA = (
    Erratum(
        id="kanai.erratum-10",
        where="proof of Theorem 2 (both versions)",
        printed=r"“Otherwise, $\|x'(\theta_1)-x'(\theta_2)\|\le2\varepsilon$”",
        correct=r"$\le2\varepsilon\sqrt k$, where $k$ is the number of differing signs",
        claim="kanai.theorem-2.otherwise-bound",
    ),
    Erratum(
        id="kanai.erratum-11",
        where="proof of Theorem 2 (both versions)",
        printed=(
            r"“… $\le2\varepsilon$ …, and thus, the gradient of adversarial loss is not Lipschitz "
            "continuous”"
        ),
        correct=(
            r"An upper bound cannot show this. What does is the jump "
            r"$2\varepsilon\cdot\frac1N\sum_n s_n$ of the gradient wherever a weight passes "
            r"through 0."
        ),
        claim="kanai.theorem-2.non-lipschitz-step",
    ),
    Erratum(
        id="kanai.erratum-15",
        where="Section 3 after Theorem 2 and Figure 1, whose caption in the early version says "
        r"“can be constantly $2\varepsilon$”",
        printed=r"$2\varepsilon$, “the length of the side of the square”",
        correct=(
            r"$2\varepsilon$ (a side) if one sign differs, up to the diagonal "
            r"$2\varepsilon\sqrt d$ if several do"
        ),
        claim="kanai.theorem-2.otherwise-bound.repaired",
    ),
)
