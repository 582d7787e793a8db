"""A step in the proof of Lemma 2 of Kanai et al.: what increases along δ = −kθ."""

from __future__ import annotations

from typing import Any

from theory.claim import Claim, Hypothesis, Kind, Necessity, Source
from theory.claims.kanai_lemma_2_proof import NONZERO, RADIUS
from theory.errata import Erratum
from theory.evidence import Evidence, Method, Verdict
from theory.exact import Comparison, Point, add, dot, norm, scale, sigmoid, softplus
from theory.exact.linear import clean_loss
from theory.registry import register
from theory.run import Run
from theory.scope import Integers


def lagrangian_along(point: Point, k: Any) -> Any:
    """J(−kθ) for y = 1, with the multiplier of the solution, λ = −σ(−θᵀx + ε‖θ‖)‖θ‖."""
    theta, eps = point["theta"], point["eps"]
    length, margin = norm(theta), dot(theta, point["x"])
    multiplier = -sigmoid(eps * length - margin) * length
    return softplus(k * length**2 - margin) + multiplier * (k * length - eps)


ORDERED = Hypothesis(
    "0 <= k_1 <= k_2", r"$0 \le k_1 \le k_2$", lambda w: w["k_1"] >= 0 and w["k_1"] <= w["k_2"]
)

register(
    Claim(
        id="kanai.lemma-2.proof-monotone",
        kind=Kind.STEP,
        source=Source("kanai", "Lemma 2, proof", "both"),
        title="L2: the Lagrangian J(−kθ) increases in k",
        statement=(
            r"$J$ monotonically increases in accordance with $k$, where $\delta=-k\theta$ (and "
            r"$\lambda\le0$ is the multiplier of the solution)."
        ),
        expected=Verdict.REFUTED,
        repaired_by=("kanai.lemma-2.proof-monotone.repaired",),
        hypotheses=(RADIUS, NONZERO, ORDERED),
        conclusion=lambda w: Comparison(
            lagrangian_along(w, w["k_1"]), "<=", lagrangian_along(w, w["k_2"])
        ),
        domain={"d": Integers(1)},
    )
)

MONOTONE = register(
    Claim(
        id="kanai.lemma-2.proof-monotone.repaired",
        kind=Kind.STEP,
        source=Source("kanai", "Lemma 2, proof, repaired", "both"),
        title="L2: the loss increases in k, and J(−kθ) is smallest at k = ε/‖θ‖",
        statement=(
            r"$k\mapsto\log(1+\exp(-\theta^\top(x-k\theta)))$ increases, so the largest feasible "
            r"$k=\varepsilon/\|\theta\|$ is the worst; and $k\mapsto J(-k\theta)$ with the "
            r"multiplier "
            r"of the solution is convex with its minimum there."
        ),
        expected=Verdict.PROVED,
        hypotheses=(RADIUS, NONZERO, ORDERED),
        conclusion=lambda w: (
            Comparison(
                clean_loss(w["theta"], add(w["x"], scale(-w["k_1"], w["theta"])), 1),
                "<=",
                clean_loss(w["theta"], add(w["x"], scale(-w["k_2"], w["theta"])), 1),
            ),
            Comparison(
                lagrangian_along(w, w["eps"] / norm(w["theta"])),
                "<=",
                lagrangian_along(w, w["k_2"]),
            ),
        ),
        domain={"d": Integers(1)},
        necessity=(
            Necessity(
                "0 <= k_1 <= k_2",
                witness={
                    "theta": "(3, 4)",
                    "x": "(1, 0)",
                    "eps": "1",
                    "k_1": "1/5",
                    "k_2": "0",
                },
                detail="The order of the two points; that they are nonnegative is not used.",
            ),
            Necessity(
                "eps > 0",
                detail="Not used: both statements hold for every real ε. It makes k feasible.",
            ),
            Necessity("theta != 0", detail="At 0 the loss does not depend on k, nor is k defined."),
        ),
    )
)


@MONOTONE.check(Method.SYMBOLIC, Verdict.PROVED)
def derivatives_in_k(run: Run) -> Evidence:
    """d loss/dk = σ‖θ‖² > 0; dJ/dk = 0 at ε/‖θ‖ and d²J/dk² = σ(1−σ)‖θ‖⁴ > 0."""
    import sympy

    from theory.symbolic import prove_monotone, prove_nonnegative_by_identity, prove_zero

    k, m = sympy.symbols("k m", real=True)
    a, eps = sympy.symbols("a epsilon", positive=True)
    loss = sympy.log(1 + sympy.exp(k * a**2 - m))
    rising = prove_monotone(loss, k, a**2 / (1 + sympy.exp(m - k * a**2)))
    multiplier = -a / (1 + sympy.exp(m - eps * a))
    lagrangian = loss + multiplier * (k * a - eps)
    e = sympy.exp(k * a**2 - m)
    return Evidence.from_proofs(
        Method.SYMBOLIC,
        [
            rising,
            prove_zero(sympy.diff(lagrangian, k).subs(k, eps / a)),
            prove_nonnegative_by_identity(sympy.diff(lagrangian, k, 2), a**4 * e / (1 + e) ** 2),
        ],
        witness={"theta": (3, 4), "x": (1, 0), "eps": 1, "k_1": "1/5", "k_2": "1/5"},
    )


ERRATA = (
    Erratum(
        "kanai.erratum-4",
        "Lemma 2, proof (both versions)",
        r"“$J$ monotonically increases in accordance with $k$”",
        r"the *loss* increases in $k$; $J(-k\theta)$ has its minimum at the solution",
        claim="kanai.lemma-2.proof-monotone",
    ),
)
