"""Lemma 2 of Kanai et al., early version: the closing sentence, on closed sets."""

from __future__ import annotations

from theory.claim import Claim, Hypothesis, Kind, Necessity, Source
from theory.claims.kanai_lemma_2 import (
    ATTACK_RADIUS,
    ATTAINED,
    L2_ATTACK,
    LABEL,
    LEMMA_2,
    lipschitz_bound,
    smt,
)
from theory.evidence import Evidence, Method, Verdict
from theory.exact import Comparison, norm
from theory.registry import register
from theory.run import Run
from theory.scope import Integers

CLOSED = register(
    Claim(
        id="kanai.early.lemma-2.closed-set",
        kind=Kind.LEMMA,
        source=Source("kanai", "Lemma 2, last sentence", "early"),
        title="L2: x'(θ) is Lipschitz on every closed set without θ = 0",
        statement=(
            r"Thus, adversarial examples are $\left(\frac{\varepsilon}{\theta_{\min}}\right)$-"
            r"Lipschitz for a closed set that does not include the origin $\theta=0$."
        ),
        expected=Verdict.PROVED,
        hypotheses=(
            ATTACK_RADIUS,
            L2_ATTACK,
            LABEL,
            Hypothesis(
                "closed set without 0",
                r"$\theta_1,\theta_2\in\Theta$, closed, $0\notin\Theta$; "
                r"$\theta_{\min}=\min_\Theta\|\theta\|_2>0$ is the distance of $\Theta$ from $0$",
                lambda w: (
                    Comparison(w["theta_min"], ">", 0),
                    Comparison(norm(w["theta_1"]), ">=", w["theta_min"]),
                    Comparison(norm(w["theta_2"]), ">=", w["theta_min"]),
                ),
            ),
        ),
        conclusion=lipschitz_bound,
        domain={"d": Integers(1)},
        depends=("kanai.lemma-2",),
        necessity=(
            Necessity(
                "closed set without 0",
                witness={
                    "theta_1": "(1/100, 0)",
                    "theta_2": "(-1/100, 0)",
                    "theta_min": "1",
                    "eps": "1",
                    "p": "2",
                    "y": "1",
                },
                detail="A bounded set that is not closed is not enough: kanai.lemma-2.bounded-set.",
            ),
            *(n for n in LEMMA_2.necessity if n.hypothesis in ("eps >= 0", "p = 2", "label")),
        ),
    )
)


@CLOSED.check(Method.EXACT, Verdict.PROVED)
def distance_from_the_origin(run: Run) -> Evidence:
    """A closed set without 0 has a positive distance from 0, and Lemma 2 needs no more."""
    return Evidence.from_proofs(
        Method.EXACT,
        smt(run).proofs,
        assumes=("a closed set has a point nearest to the origin (Weierstrass)",),
        witness=ATTAINED,
    )
