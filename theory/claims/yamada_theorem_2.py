"""Theorem 2 of Yamada et al., first half: with random noise the Hessian tends to 0."""

from __future__ import annotations

from typing import Any

from theory.claim import Claim, Hypothesis, Kind, Necessity
from theory.claims.yamada_eq_13 import LABELS, noisy, odds, slope_and_curvature
from theory.evidence import Evidence, Method, Verdict
from theory.exact import Comparison, Point, dot, norm, scale
from theory.exact.logistic import weighted_mean
from theory.registry import register
from theory.run import Run
from theory.support.yamada import yamada

STATEMENT = (
    r"The logistic regression model is trained with uniform noise $\eta_i \sim U(-\varepsilon, "
    r"\varepsilon)$. “The eigenvalues of the Hessian matrix of this model converge to 0 as the "
    r"loss converges to minimum for each data point ($\frac{\partial}{\partial w_i}\ell(x^n+\eta, "
    r"y^n, w) = 0$).”"
)


def gradient_norms(point: Point) -> list[Any]:
    """‖∇ℓ_n‖ = κ/(1 + κ) ‖x + η‖ for each sample."""
    pairs = zip(odds(point), noisy(point), strict=True)
    return [kappa / (1 + kappa) * norm(row) for kappa, row in pairs]


def largest(values: list[Any]) -> Any:
    from theory.exact import ball

    top = ball(values[0])
    for value in values[1:]:
        top = top.max(ball(value))
    return top


def curvature_bound(point: Point) -> Comparison:
    """vᵀHv ≤ max‖x + η‖ · mean‖∇ℓ_n‖ · ‖v‖²."""
    reach = largest([norm(row) for row in noisy(point)])
    bound = reach * weighted_mean(gradient_norms(point)) * dot(point["v"], point["v"])
    return Comparison(slope_and_curvature(point)[1], "<=", bound)


THEOREM_2 = register(
    Claim(
        id="yamada.theorem-2",
        kind=Kind.THEOREM,
        source=yamada("Theorem 2, first half"),
        title="given noise: λ_max(H) ≤ max‖x + η‖ · mean‖∇ℓₙ‖, so H → 0 as every ∇ℓₙ → 0",
        statement=(
            STATEMENT + r" In numbers: for a given sample of noise, "
            r"$\lambda_{\max}(H) \le \max_n\|x^n+\eta^n\|\cdot\frac1N\sum_n\|\nabla_w\ell_n\|$."
        ),
        expected=Verdict.PROVED,
        depends=("yamada.eq-13.repaired", "yamada.eq-14"),
        hypotheses=(LABELS,),
        conclusion=curvature_bound,
        necessity=(
            Necessity(
                "labels",
                witness={
                    "w": "(0, 0)",
                    "x": "((1, 0),)",
                    "eta": "((0, 0),)",
                    "y": "(10,)",
                    "v": "(1, 0)",
                },
                detail="A label of modulus 10 multiplies the Hessian by 100.",
            ),
        ),
        notes=(
            "The bound needs no particular law of the noise, and it holds for adversarial noise "
            "that is held constant just as well. ∇ℓₙ = 0 is attained only where xⁿ + ηⁿ = 0; "
            "otherwise every ∇ℓₙ → 0 only along weights that grow without bound, and such weights "
            "exist only if the noisy samples can be separated (`jaxat.noise-phases`). At the "
            "minimum of the mean, which is what training looks for, H need not be 0: "
            "`yamada.theorem-2.at-minimisers`."
        ),
    )
)


@THEOREM_2.check(Method.EXACT, Verdict.PROVED)
def smt(run: Run) -> Evidence:
    """s(1 − s)⟨u, v⟩² ≤ s‖u‖ · R ‖v‖² for ‖u‖ ≤ R, 0 < s < 1, for each sample."""
    import z3

    from theory.smt import gram_pair, prove

    pair = gram_pair()  # u = x + η and v
    s, reach = z3.Reals("s R")
    given = [*pair.constraints, s > 0, s < 1, pair.a <= reach]
    square = z3.Real("p_squared")
    cauchy = prove(pair.p**2 <= pair.a**2 * pair.b**2, given=given)
    chain = prove(
        s * (1 - s) * square <= s * pair.a * reach * pair.b**2,
        given=[*given, square >= 0, square <= pair.a**2 * pair.b**2],
    )
    return Evidence.from_proofs(
        Method.EXACT,
        [cauchy, chain],
        witness={
            "w": (20, 0),
            "x": ((1, 0),),
            "eta": ((0, 0),),
            "y": (1,),
            "v": (1, 0),
        },
        detail=(
            "Dimension-free, for each sample and hence for the mean; u = 0 contributes 0 to both "
            "sides. The ratio of the sides is 1 − s, which tends to 1 as the loss tends to 0."
        ),
    )


def gradient(point: Point) -> list[Any]:
    """−mean y κ/(1 + κ)(x + η); rational at w = 0."""
    s = [kappa / (1 + kappa) for kappa in odds(point)]
    rows = [scale(-y * a, row) for y, a, row in zip(point["y"], s, noisy(point), strict=True)]
    return [weighted_mean(column) for column in zip(*rows, strict=True)]


MINIMISER = Hypothesis(
    "minimiser",
    r"$\nabla L_\eta(w) = 0$, which for a convex loss means the minimum",
    lambda w: [Comparison(entry, "==", 0) for entry in gradient(w)],
)
WITHIN = Hypothesis(
    "noise",
    r"$|\eta^n_i| \le \varepsilon$",
    lambda w: [Comparison(abs(e), "<=", w["eps"]) for row in w["eta"] for e in row],
)

register(
    Claim(
        id="yamada.theorem-2.at-minimisers",
        kind=Kind.THEOREM,
        source=yamada("Theorem 2, first half"),
        title="the Hessian is 0 where the mean loss with noise has its minimum",
        statement=(
            STATEMENT + " Read for the minimum of the mean over the samples, which is what "
            "training looks for, and not for the minimum of each sample's loss."
        ),
        expected=Verdict.REFUTED,
        repaired_by=("yamada.theorem-2", "jaxat.noise-phases"),
        depends=("yamada.eq-14",),
        hypotheses=(LABELS, WITHIN, MINIMISER),
        conclusion=lambda w: Comparison(slope_and_curvature(w)[1], "==", 0),
    )
)


def stationary(point: Point) -> list[Comparison]:
    """∇ℓ_n = 0 for each sample: x + η = 0, since the other factors are not 0."""
    return [Comparison(entry, "==", 0) for row in noisy(point) for entry in row]


register(
    Claim(
        id="yamada.theorem-2.kappa",
        kind=Kind.STEP,
        source=yamada("Section 3.2, proof of Theorem 2, after Eq. (14)"),
        title="∇ℓ = 0 for each sample means κ → 0",
        statement=(
            r"“Since the derivative of $\ell$ is zero on the optimal weight, the numerator of Eq. "
            r"(13) becomes zero as $\kappa^n \equiv g^n - 1 \to 0$. Thus, the eigenvalue of the "
            r"Hessian matrix becomes 0 on $g^n = 1$.” That is, $\nabla\ell_n = 0$ implies "
            r"$\kappa^n = 0$."
        ),
        expected=Verdict.REFUTED,
        repaired_by=("yamada.theorem-2.kappa.repaired",),
        hypotheses=(
            LABELS,
            Hypothesis("zero gradient", r"$\nabla_w\ell_n(w) = 0$ for each sample", stationary),
        ),
        conclusion=lambda w: [Comparison(kappa, "==", 0) for kappa in odds(w)],
    )
)


def odds_bound(point: Point) -> list[Comparison]:
    """0 < κ, and κ ≤ δ/(r − δ) where ‖x + η‖ ≥ r > δ ≥ ‖∇ℓ‖."""
    delta, r = point["delta"], point["r"]
    return [
        comparison
        for kappa in odds(point)
        for comparison in (Comparison(kappa, ">", 0), Comparison(kappa, "<=", delta / (r - delta)))
    ]


KAPPA = register(
    Claim(
        id="yamada.theorem-2.kappa.repaired",
        kind=Kind.STEP,
        source=yamada("Section 3.2, proof of Theorem 2, after Eq. (14)"),
        title="κ ≤ δ/(r − δ) where ‖∇ℓ‖ ≤ δ < r ≤ ‖x + η‖; κ = 0 is never reached",
        statement=(
            r"$\|\nabla\ell_n\| = \frac{\kappa^n}{1+\kappa^n}\|x^n+\eta^n\|$, so samples that stay "
            r"away from 0, $\|x^n+\eta^n\| \ge r$, have $\kappa^n \to 0$ as $\nabla\ell_n \to 0$; "
            r"and $\kappa^n > 0$ at every weight."
        ),
        expected=Verdict.PROVED,
        hypotheses=(
            LABELS,
            Hypothesis(
                "away from 0",
                r"$\|x^n+\eta^n\| \ge r > \delta \ge 0$",
                lambda w: [
                    Comparison(w["r"], ">", w["delta"]),
                    Comparison(w["delta"], ">=", 0),
                    *(Comparison(norm(row), ">=", w["r"]) for row in noisy(w)),
                ],
            ),
            Hypothesis(
                "small gradients",
                r"$\|\nabla\ell_n(w)\| \le \delta$",
                lambda w: [Comparison(g, "<=", w["delta"]) for g in gradient_norms(w)],
            ),
        ),
        conclusion=odds_bound,
        necessity=(
            Necessity("labels", detail="Only the positivity of κ and the norms are used."),
            Necessity(
                "away from 0",
                witness={
                    "w": "(1, 0)",
                    "x": "((0, 0),)",
                    "eta": "((0, 0),)",
                    "y": "(1,)",
                    "r": "1",
                    "delta": "1/10",
                },
                detail="A sample at 0 has κ = 1 at every weight.",
            ),
            Necessity(
                "small gradients",
                witness={
                    "w": "(0, 0)",
                    "x": "((1, 0),)",
                    "eta": "((0, 0),)",
                    "y": "(1,)",
                    "r": "1",
                    "delta": "1/10",
                },
                detail="At w = 0 every κ is 1.",
            ),
        ),
    )
)


@KAPPA.check(Method.EXACT, Verdict.PROVED)
def algebra(run: Run) -> Evidence:
    """κ/(1 + κ) ‖u‖ ≤ δ and ‖u‖ ≥ r > δ give κ (r − δ) ≤ δ; exp is positive."""
    import sympy

    from theory.smt import prove, reals
    from theory.symbolic import prove_nonnegative_by_identity

    kappa, size, r, delta = reals("kappa size r delta")
    given = [kappa > 0, r > delta, delta >= 0, size >= r, kappa * size <= delta * (1 + kappa)]
    m = sympy.Symbol("m", real=True)
    return Evidence.from_proofs(
        Method.EXACT,
        [
            prove(kappa <= delta / (r - delta), given=given),
            prove_nonnegative_by_identity(sympy.exp(-m), sympy.exp(-m)),
        ],
        witness={
            "w": (0, 0),
            "x": ((1, 0),),
            "eta": ((0, 0),),
            "y": (1,),
            "r": 1,
            "delta": "1/2",
        },
        detail="For each sample; the vectors enter by their norms only. Attained.",
    )
