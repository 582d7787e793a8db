"""Eq. (12) of Yamada et al.: the coefficients of two optimal weights."""

from __future__ import annotations

from typing import Any

from theory.claim import Claim, Hypothesis, Kind, Necessity
from theory.errata import Erratum
from theory.evidence import Evidence, Method, Verdict
from theory.exact import Comparison, Point, norm, scale
from theory.registry import register
from theory.run import Run
from theory.support.yamada import reals, yamada


def optimal_for_each_point(w: Any, z: Any, eps: Any) -> list[Comparison]:
    """w/‖w‖ = z_n/ε for all samples, multiplied out; z_n = y_n x_n."""
    sides = [(scale(eps, w), scale(norm(w), row)) for row in z]
    return [
        Comparison(a, "==", b) for left, right in sides for a, b in zip(left, right, strict=True)
    ]


OPTIMAL_A = Hypothesis(
    "w_a optimal",
    r"$\nabla_w\ell_n(w_a) = 0$ for each point at radius $\varepsilon_a$",
    lambda w: optimal_for_each_point(w["w_a"], w["z"], w["eps_a"]),
)
OPTIMAL_B = Hypothesis(
    "w_b optimal",
    r"$\nabla_w\ell_n(w_b) = 0$ for each point at radius $\varepsilon_b$",
    lambda w: optimal_for_each_point(w["w_b"], w["z"], w["eps_b"]),
)
NONZERO_WEIGHTS = Hypothesis(
    "weights != 0",
    r"$w_a, w_b \ne 0$",
    lambda w: any(e != 0 for e in w["w_a"]) and any(e != 0 for e in w["w_b"]),
)


def at_least(low: Any) -> Hypothesis:
    return Hypothesis(
        "eps_a >= eps_b",
        r"$\varepsilon_a \ge \varepsilon_b > 0$",
        lambda w: (Comparison(w["eps_a"], ">=", w["eps_b"]), Comparison(w["eps_b"], ">", low)),
    )


def coefficients(point: Point) -> Comparison:
    """ε_a/(2‖w_a‖) ≥ ε_b/(2‖w_b‖)."""
    first, second = ((point["eps_" + k], point["w_" + k]) for k in "ab")
    return Comparison(first[0] / (2 * norm(first[1])), ">=", second[0] / (2 * norm(second[1])))


register(
    Claim(
        id="yamada.eq-12",
        kind=Kind.EQUATION,
        source=yamada("Section 3.2", "12"),
        title="ε_a ≥ ε_b gives ε_a/‖w_a*‖ ≥ ε_b/‖w_b*‖ at the optimal weights",
        statement=(
            r"$\frac1{2N}\sum_n\frac{\|\eta_a\|}{\|w^*_a\|} \ge \frac1{2N}\sum_n\frac{\|\eta_b\|}"
            r"{\|w^*_b\|}$ “since the filter normalization makes the scale of the weights the "
            r"same, "
            r"$\|w^*_a\| \approx \|w^*_b\|$”."
        ),
        expected=Verdict.REFUTED,
        repaired_by=("yamada.eq-12.equal-norms",),
        depends=("yamada.eq-9",),
        hypotheses=(at_least(0), NONZERO_WEIGHTS, OPTIMAL_A, OPTIMAL_B),
        conclusion=coefficients,
    )
)

EQUAL_NORMS = register(
    Claim(
        id="yamada.eq-12.equal-norms",
        kind=Kind.EQUATION,
        source=yamada("Section 3.2", "12"),
        title="(12) for weights of equal norm",
        statement=r"If $\|w_a\| = \|w_b\|$ then $\varepsilon_a \ge \varepsilon_b$ gives (12).",
        expected=Verdict.PROVED,
        hypotheses=(
            at_least(0),
            NONZERO_WEIGHTS,
            Hypothesis(
                "equal norms",
                r"$\|w_a\| = \|w_b\|$",
                lambda w: Comparison(norm(w["w_a"]), "==", norm(w["w_b"])),
            ),
        ),
        conclusion=coefficients,
        necessity=(
            Necessity(
                "equal norms",
                witness={"eps_a": "2", "w_a": "(10, 0)", "eps_b": "1", "w_b": "(1, 0)"},
                detail="Twice the radius at ten times the norm has a fifth of the coefficient.",
            ),
            Necessity(
                "eps_a >= eps_b",
                witness={"eps_a": "1", "w_a": "(1, 0)", "eps_b": "2", "w_b": "(1, 0)"},
                detail="The order of the radii is what is concluded.",
            ),
            Necessity("weights != 0", detail="The coefficients are not defined at w = 0."),
        ),
        notes=(
            "Nothing makes the norms equal: filter normalisation, Eq. (6), rescales the direction "
            "h "
            "and not the weights. Equal norms do not save Theorem 1 either, because at weights "
            "that "
            "are not optimal for each point the Hessian has further terms: "
            "`jaxat.equal-norm-not-monotone`."
        ),
    )
)


@EQUAL_NORMS.check(Method.EXACT, Verdict.PROVED)
def smt(run: Run) -> Evidence:
    """ε_a/2r ≥ ε_b/2r for r > 0."""

    from theory.smt import prove

    a, b, r = reals("eps_a eps_b r")
    proof = prove(a / (2 * r) >= b / (2 * r), given=[r > 0, a >= b, b > 0])
    witness = {"eps_a": 1, "w_a": (1, 0), "eps_b": 1, "w_b": (0, 1)}
    return Evidence.from_proofs(Method.EXACT, [proof], witness=witness)


ERRATA = (
    Erratum(
        "yamada.erratum-10",
        "Section 3.2, Eq. (12)",
        r"“the filter normalization makes the scale of the weights the same”",
        (
            r"Filter normalisation fixes $\|h\|/\|w\|$, not $\|w\|$. The norm of $w^*$ is free on "
            r"a "
            r"ray under the hypothesis of Theorem 1, and (12) fails there"
        ),
        claim="yamada.eq-12",
    ),
)
