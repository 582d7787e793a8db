"""Lemmas 2 and 3 of Kanai et al. in one dimension, where they speak of the same attack."""

from __future__ import annotations

from theory.claim import Claim, Hypothesis, Kind, Necessity, Source
from theory.claims.kanai_lemma_3 import LABEL, RADIUS, example_distance, weight_distance
from theory.claims.kanai_lemma_3_sign_change import SEPARATED
from theory.errata import Erratum
from theory.evidence import Evidence, Method, Verdict
from theory.exact import Comparison, parse_point
from theory.registry import register
from theory.run import Run
from theory.scope import Names

# The two ends of the admissible weights attain the bound.
POINT = {
    "theta_1": "(1,)",
    "theta_2": "(-1,)",
    "a": "1",
    "eps": "1",
    "p": "2",
    "y": "1",
}

ONE = register(
    Claim(
        id="kanai.lemma-3.contradiction-d1",
        kind=Kind.RESULT,
        source=Source("kanai", "Lemmas 2 and 3", "both"),
        title="d = 1: L2 and L∞ examples agree, and Lemma 2 bounds them across the sign change",
        statement=(
            r"For $d=1$ the L2 and the L∞ ball are the same interval, and for "
            r"$|\theta_1|,|\theta_2|\ge\theta_{\min}>0$, of whatever signs, "
            r"$|x'(\theta_1)-x'(\theta_2)|\le\frac{\varepsilon}{\theta_{\min}}"
            r"|\theta_1-\theta_2|$. "
            r"So Lemma 2 contradicts the first sentence of Lemma 3."
        ),
        expected=Verdict.PROVED,
        hypotheses=(
            RADIUS,
            LABEL,
            Hypothesis("d = 1", "$d = 1$", lambda w: len(w["theta_1"]) == 1),
            Hypothesis(
                "p = 2 or inf", r"$p\in\{2,\infty\}$", lambda w: w["p"] in (2, float("inf"))
            ),
            SEPARATED,
        ),
        conclusion=lambda w: Comparison(
            example_distance(w), "<=", w["eps"] / w["a"] * weight_distance(w)
        ),
        domain={"p": Names("2", "inf")},
        depends=("kanai.lemma-2", "kanai.lemma-3.sign-change.repaired"),
        necessity=(
            Necessity(
                "separated",
                witness={**POINT, "theta_1": "(1/100,)", "theta_2": "(-1/100,)"},
                detail="The jump of 2ε across 0 beats every constant.",
            ),
            Necessity(
                "label",
                witness={**POINT, "y": "2"},
                detail="A formality: the formula for x' is meant for labels of modulus 1.",
            ),
            Necessity(
                "eps >= 0",
                witness={**POINT, "eps": "-1"},
                detail="A formality: a negative radius makes the bound negative.",
            ),
            Necessity(
                "d = 1",
                by="kanai.lemma-3.sign-change.repaired",
                detail="That is p = ∞; for p = 2 it is Lemma 2, as ‖θ‖ ≥ min|θᵢ| ≥ a. What d = 1 "
                "adds is that both speak of the same attack.",
            ),
            Necessity("p = 2 or inf", detail="For d = 1 all norms are the same."),
        ),
        notes=(
            r"$\theta_{\min}$ is called $a$ in witnesses, because $\min_i|\theta_i|=\|\theta\|_2$."
        ),
    )
)


@ONE.check(Method.EXACT, Verdict.PROVED)
def one_coordinate(run: Run) -> Evidence:
    """t/|t| = sign(t), and a |sign s − sign t| ≤ |s − t|."""
    from theory.smt import prove
    from theory.smt_signs import reals, sign_of, size_of

    s, t, a = reals("s t a")
    given = [a > 0, size_of(s) >= a, size_of(t) >= a]
    proofs = [
        prove(sign_of(t) * size_of(t) == t, given=given),
        prove(a * size_of(sign_of(s) - sign_of(t)) <= size_of(s - t), given=given),
    ]
    return Evidence.from_proofs(
        Method.EXACT,
        proofs,
        witness=parse_point(POINT),
    )


ERRATA = (
    Erratum(
        id="kanai.erratum-13",
        where="Lemma 2 and Lemma 3 at $d=1$ (both versions)",
        printed=(
            r"Lemma 2: $\varepsilon/\theta_{\min}$-Lipschitz for $|\theta|\ge\theta_{\min}$. Lemma "
            r"3: "
            "not Lipschitz if the sign differs."
        ),
        correct=(
            "For $d=1$ both speak of the same attack and contradict each other; Lemma 2 is right."
        ),
        claim="kanai.lemma-3.contradiction-d1",
    ),
)
