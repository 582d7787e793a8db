"""Lemma 3 of Kanai et al., last sentence: which weights have to be excluded."""

from __future__ import annotations

from math import inf

from theory.claim import Claim, Hypothesis, Kind, Necessity, Source
from theory.claims.kanai_lemma_3 import (
    LABEL,
    POSITIVE_RADIUS,
    RADIUS,
    SAME_SIGNS,
    weight_distance,
)
from theory.errata import Erratum
from theory.evidence import Evidence, Method, Verdict
from theory.exact import Comparison, Point, dot, norm, subtract
from theory.registry import register
from theory.run import Run
from theory.scope import Integers


def optimal(point: Point, number: str) -> tuple[Comparison, Comparison]:
    """δ is a maximiser: ‖δ‖_∞ ≤ ε and −yθᵀδ = ε‖θ‖₁."""
    theta, delta = point[f"theta_{number}"], point[f"delta_{number}"]
    reached = -point["y"] * dot(theta, delta)
    return (
        Comparison(norm(delta, inf), "<=", point["eps"]),
        Comparison(reached, "==", point["eps"] * norm(theta, 1)),
    )


OPTIMAL = Hypothesis(
    "optimal",
    r"$x+\delta_k$ is an adversarial example for $\theta_k$: "
    r"$\|\delta_k\|_\infty\le\varepsilon$, $-y\theta_k^\top\delta_k=\varepsilon\|\theta_k\|_1$",
    lambda w: (*optimal(w, "1"), *optimal(w, "2")),
)

register(
    Claim(
        id="kanai.lemma-3.exclusion",
        kind=Kind.LEMMA,
        source=Source("kanai", "Lemma 3, last sentence", "both"),
        title="L∞: x'(θ) is Lipschitz where no sign changes, only the point θ = 0 excluded",
        statement=(
            r"Thus, adversarial examples are Lipschitz continuous on a bounded set that does not "
            r"include $\theta_i=0,\forall i$ and where no signs of elements change. (In the early "
            r"version: for a closed set.)"
        ),
        expected=Verdict.REFUTED,
        repaired_by=("kanai.lemma-3.exclusion.repaired", "kanai.lemma-3.same-signs"),
        hypotheses=(
            POSITIVE_RADIUS,
            LABEL,
            SAME_SIGNS,
            Hypothesis(
                "not all 0",
                r"the set does not include $\theta$ with $\theta_i=0\ \forall i$",
                lambda w: any(w["theta_1"]) and any(w["theta_2"]),
            ),
            OPTIMAL,
            Hypothesis("constant", r"any candidate $L \ge 0$", lambda w: w["L"] >= 0),
        ),
        conclusion=lambda w: Comparison(
            norm(subtract(w["delta_1"], w["delta_2"])), "<=", w["L"] * weight_distance(w)
        ),
        domain={"d": Integers(1)},
        notes=(
            "With $\\forall i$ inside, “$\\theta_i=0,\\forall i$” excludes one point, the origin. "
            "On the rest of a face $\\theta_i=0$ the maximiser of (31) is not unique, so nothing "
            "can be said about *the* adversarial example. With the choice sign(0) = 0 the sentence "
            "holds as kanai.lemma-3.same-signs."
        ),
    )
)

NONZERO = Hypothesis(
    "no zero coordinate",
    r"the set does not include $\theta$ with $\theta_i=0$ for some $i$",
    lambda w: all(w["theta_1"]) and all(w["theta_2"]),
)

UNIQUE = register(
    Claim(
        id="kanai.lemma-3.exclusion.repaired",
        kind=Kind.LEMMA,
        source=Source("kanai", "Lemma 3, last sentence", "both"),
        title="L∞: the example is unique and constant where no θᵢ is 0 and no sign changes",
        statement=(
            r"If $\theta_i\ne0$ for **every** $i$ and no sign changes, the adversarial example is "
            r"unique and constant: any two maximisers satisfy $\delta_1=\delta_2$. The set need "
            r"be neither bounded nor closed."
        ),
        expected=Verdict.PROVED,
        hypotheses=(RADIUS, LABEL, SAME_SIGNS, NONZERO, OPTIMAL),
        conclusion=lambda w: Comparison(norm(subtract(w["delta_1"], w["delta_2"])), "==", 0),
        domain={"d": Integers(1)},
        necessity=(
            Necessity(
                "no zero coordinate",
                witness={
                    "theta_1": "(1, 0)",
                    "theta_2": "(1, 0)",
                    "delta_1": "(-1, 1)",
                    "delta_2": "(-1, -1)",
                    "eps": "1",
                    "y": "1",
                },
                detail="On the face θ₂ = 0 every δ₂ is optimal.",
            ),
            Necessity(
                "same signs",
                witness={
                    "theta_1": "(1, 1/100)",
                    "theta_2": "(1, -1/100)",
                    "delta_1": "(-1, -1)",
                    "delta_2": "(-1, 1)",
                    "eps": "1",
                    "y": "1",
                },
                detail="Each sign pattern has an example of its own.",
            ),
            Necessity(
                "optimal",
                witness={
                    "theta_1": "(1, 1)",
                    "theta_2": "(1, 1)",
                    "delta_1": "(-1, -1)",
                    "delta_2": "(0, 0)",
                    "eps": "1",
                    "y": "1",
                },
                detail="Perturbations that do not maximise may differ, of course.",
            ),
            Necessity(
                "label",
                witness={
                    "theta_1": "(1, 1)",
                    "theta_2": "(1, 1)",
                    "delta_1": "(-1, 0)",
                    "delta_2": "(0, -1)",
                    "eps": "1",
                    "y": "2",
                },
                detail="A formality: for |y| = 2 the equation of `optimal` is not optimality.",
            ),
            Necessity(
                "eps >= 0",
                detail="Implied by ‖δ‖ ≤ ε; it is named because the setting names it.",
            ),
        ),
    )
)


@UNIQUE.check(Method.EXACT, Verdict.PROVED)
def slack_vanishes(run: Run) -> Evidence:
    """Every slack ε|tᵢ| + y tᵢ δᵢ is nonnegative; if their sum is 0, each δᵢ = −yε sign(tᵢ)."""
    from theory.smt import prove
    from theory.smt_signs import label, reals, sign_of, size_of

    t, delta, eps, y, rest = reals("t delta eps y rest")
    slack = eps * size_of(t) + y * t * delta
    given = [label(y), -eps <= delta, delta <= eps]
    nonnegative = prove(slack >= 0, given=given)
    forced = prove(
        delta == -y * eps * sign_of(t), given=[*given, t != 0, rest >= 0, slack + rest == 0]
    )
    return Evidence.from_proofs(
        Method.EXACT,
        [nonnegative, forced],
        witness={
            "theta_1": (1, -2),
            "theta_2": (5, "-1/3"),
            "delta_1": (-1, 1),
            "delta_2": (-1, 1),
            "eps": 1,
            "y": 1,
        },
        detail="`rest` is the sum of the other coordinates' slacks, so the proof is for every d.",
    )


ERRATA = (
    Erratum(
        id="kanai.erratum-14",
        where="Lemma 3 and Theorem 2, last sentences (both versions)",
        printed=r"a set that does not include $\theta_i=0,\forall i$",
        correct=r"a set that includes no $\theta$ with $\theta_i=0$ for **some** $i$",
        claim="kanai.lemma-3.exclusion",
        why=r"where “$\forall i$” stands leaves open which is meant; in front it is right",
    ),
)
