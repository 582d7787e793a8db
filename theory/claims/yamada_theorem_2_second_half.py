"""Theorem 2 of Yamada et al., second half, and its extension to Gaussian noise."""

from __future__ import annotations

import itertools
from typing import Any

from theory.claim import Claim, Hypothesis, Kind
from theory.errata import Erratum
from theory.evidence import Evidence, Method, Verdict
from theory.exact import Comparison, Point, ball, dot, exp, rational
from theory.exact.noise import gaussian_mean, slope_of_sigmoid, uniform_mean
from theory.registry import register
from theory.run import Run
from theory.support.yamada import yamada

STATEMENT = (
    r"“When the loss deviates slightly from the minimum, the Hessian matrix's eigenvalues become "
    r"larger along with the norm of the random noise.” "
)


def exponents_at_corners(point: Point) -> list[Any]:
    """y w·(x + η) at the corners η of the cube |η_i| ≤ ε_b."""
    w, x, y, eps = point["w"], point["x"], point["y"], point["eps_b"]
    corners = itertools.product((-1, 1), repeat=len(w))
    return [y * (dot(w, x) + eps * dot(w, corner)) for corner in corners]


def traces(point: Point) -> Comparison:
    """tr of κ (x xᵀ + ε²/3 I), the form of (15), at the two radii."""
    kappa = exp(-point["y"] * dot(point["w"], point["x"]))
    square, d = dot(point["x"], point["x"]), len(point["x"])
    first, second = (kappa * (square + d * point[e] ** 2 / 3) for e in ("eps_a", "eps_b"))
    return Comparison(first, ">=", second)


LARGER = Hypothesis(
    "eps_a >= eps_b",
    r"$\varepsilon_a \ge \varepsilon_b > 0$",
    lambda w: (Comparison(w["eps_a"], ">=", w["eps_b"]), Comparison(w["eps_b"], ">", 0)),
)

SECOND_HALF = register(
    Claim(
        id="yamada.theorem-2.second-half",
        kind=Kind.THEOREM,
        source=yamada("Theorem 2, second half", "15"),
        title="if κ < 1 does not depend on η, more noise gives larger eigenvalues",
        statement=(
            STATEMENT + r"In the proof: “when $\kappa^n$ is sufficiently small but takes a finite "
            r"value independent of $\eta$, the weight loss landscape becomes sharp along with the "
            r"norm of random noise”, where $\kappa^n = \exp(-y^nw\cdot(x^n+\eta^n))$."
        ),
        expected=Verdict.VACUOUS,
        depends=("yamada.eq-14",),
        repaired_by=("jaxat.noise-langevin-law.growth",),
        hypotheses=(
            LARGER,
            Hypothesis(
                "kappa independent of eta",
                r"$\kappa$ has one value for all $\eta \in [-\varepsilon, \varepsilon]^d$",
                lambda w: [
                    Comparison(e, "==", exponents_at_corners(w)[0]) for e in exponents_at_corners(w)
                ],
            ),
            Hypothesis(
                "kappa small",
                r"$\kappa < 1$, that is, the sample is classified correctly",
                lambda w: [Comparison(e, ">", 0) for e in exponents_at_corners(w)],
            ),
        ),
        conclusion=traces,
        notes=(
            "The premise contradicts itself: κ depends on η through w·η, unless w = 0, where "
            "κ = 1. Without the premise the conclusion is false at given weights: "
            "`yamada.theorem-2.second-half.at-fixed-weights`."
        ),
    )
)


@SECOND_HALF.check(Method.EXACT, Verdict.VACUOUS)
def premise_contradicts_itself(run: Run) -> Evidence:
    """Equal exponents at η = ±ε e_k give w_k = 0; with w = 0, κ = 1 is not below 1."""
    from theory.smt import prove, reals

    y, rest, w, x, eps = reals("y rest w x eps")
    given = [
        *(eps > 0, y != 0),
        y * (rest + w * (x + eps)) == y * (rest + w * (x - eps)),
    ]
    entry = prove(w == 0, given=given)
    total = reals("total")[0]  # w·(x + η), a sum of w_k (x_k + η_k) with all w_k = 0
    large = prove(y * total <= 0, given=[total == 0])
    no_label = prove(y * total <= 0, given=[y == 0])
    return Evidence.vacuous(
        Method.EXACT,
        [entry, large, no_label],
        detail=(
            "For every label, and for each coordinate k, with the other coordinates held fixed. "
            "Hence κ = exp(0) = 1 at the only weight for which κ does not depend on the noise."
        ),
    )


def expected_curvature(point: Point, eps: Any) -> Any:
    """E[σ'(m)(x + η)²], m = w(x + η), η ~ U(−ε, ε), by certified quadrature; d = 1."""
    w, x = ball(point["w"]), ball(point["x"])
    return uniform_mean(lambda eta: slope_of_sigmoid(w * (x + eta)) * (x + eta) ** 2, eps)


register(
    Claim(
        id="yamada.theorem-2.second-half.at-fixed-weights",
        kind=Kind.THEOREM,
        source=yamada("Theorem 2, second half"),
        title="at given weights and a small loss, more noise gives larger eigenvalues",
        statement=(
            STATEMENT + r"Read for one weight, one dimension and the mean over the noise: where "
            r"$\kappa = e^{-wx} \le 1/20$, $E[\sigma'(w(x+\eta))(x+\eta)^2]$ does not decrease in "
            r"$\varepsilon$."
        ),
        expected=Verdict.REFUTED,
        depends=("yamada.eq-14",),
        repaired_by=("jaxat.noise-langevin-law", "jaxat.noise-langevin-law.growth"),
        hypotheses=(
            LARGER,
            Hypothesis(
                "small loss",
                r"$e^{-wx} \le 1/20$",
                lambda w: Comparison(exp(-w["w"] * w["x"]), "<=", rational("1/20")),
            ),
        ),
        conclusion=lambda w: Comparison(
            expected_curvature(w, w["eps_a"]), ">=", expected_curvature(w, w["eps_b"])
        ),
    )
)


def gaussian_slope(point: Point, w: Any) -> Any:
    """F'(w) = −E[σ(−m)(x + u)], m = w(x + u), u ~ N(0, 1); scaled so that the tail bound holds."""
    x, w = ball(point["x"]), ball(w)
    scale = 1 + abs(x)

    def term(u: Any) -> Any:
        return -(x + u) / (1 + (w * (x + u)).exp()) / scale

    return gaussian_mean(term) * scale


def gaussian_curvature(point: Point) -> Any:
    """F''(w) = E[σ'(m)(x + u)²] for w between the two given ends, enclosed without quadrature.

    From below by the values over short intervals of u in [−1, 1], from above by σ' ≤ 1/4.
    """
    from flint import arb

    from theory.rigorous.arithmetic import ball_interval

    x, w, parts = ball(point["x"]), ball_interval(point["w_low"], point["w_high"]), 32
    below = arb(0)
    for k in range(parts):
        u = ball_interval(rational(2 * k - parts) / parts, rational(2 * k + 2 - parts) / parts)
        density = (-u * u / 2).exp() / (2 * arb.pi()).sqrt()
        below += (slope_of_sigmoid(w * (x + u)) * (x + u) ** 2 * density).lower().max(arb(0))
    return (below * 2 / parts).lower().union((1 + x * x) / 4)


register(
    Claim(
        id="yamada.theorem-2.gaussian",
        kind=Kind.REMARK,
        source=yamada("Section 3.2, after Eq. (15)"),
        title="with Gaussian noise, too, the Hessian is 0 where the loss is minimal",
        statement=(
            r"“For example, considering Gaussian noise $\eta \sim N(0, \sigma I)$, the same "
            r"conclusion holds when the noise is $L_2$ norm constrained.” Here in one dimension, "
            r"for one sample $x$ with the label 1 and $\eta \sim N(0, 1)$: $F''(w^*) = 0$ at the "
            r"minimiser $w^*$ of $F(w) = E\log(1+e^{-w(x+\eta)})$."
        ),
        expected=Verdict.REFUTED,
        repaired_by=("jaxat.noise-phases",),
        hypotheses=(
            Hypothesis(
                "minimiser",
                (
                    r"$w^* \in [w_{\mathrm{low}}, w_{\mathrm{high}}]$, where $F'$, which "
                    r"increases, changes its sign"
                ),
                lambda w: (
                    Comparison(gaussian_slope(w, w["w_low"]), "<", 0),
                    Comparison(gaussian_slope(w, w["w_high"]), ">", 0),
                ),
            ),
        ),
        conclusion=lambda w: Comparison(gaussian_curvature(w), "==", 0),
    )
)

ERRATA = (
    Erratum(
        "yamada.erratum-22",
        "Theorem 2, second half, and Section 3.2 before and after Eq. (15)",
        r"“$\kappa^n$ is sufficiently small but takes a finite value independent of $\eta$”",
        (
            r"$\kappa^n = \exp(-y^nw\cdot(x^n+\eta^n))$ is independent of $\eta$ only for $w = 0$, "
            r"where it is 1. The dependence matters: it tilts the noise towards the attack, by the "
            r"law that `jaxat.noise-langevin-law` gives."
        ),
        claim="yamada.theorem-2.second-half",
    ),
    Erratum(
        "yamada.erratum-23",
        "Section 3.2, after Eq. (15)",
        r"$\eta \sim N(0, \sigma I)$",
        (
            r"If $\sigma$ is to measure the size of the noise, $N(0, \sigma^2 I)$: as printed, "
            r"$\sigma$ is a variance."
        ),
        why=r"The second argument of $N$ is the covariance, here $\sigma I$.",
    ),
    Erratum(
        "yamada.erratum-24",
        "Section 3.2, after Eq. (15)",
        "Gaussian noise: “the same conclusion holds when the noise is $L_2$ norm constrained”",
        (
            r"Gaussian noise has no bound in any norm, and noisy samples drawn from it can never "
            r"be separated for sure: the mean loss has a finite minimiser with a positive Hessian "
            r"for every $\sigma > 0$."
        ),
        claim="yamada.theorem-2.gaussian",
    ),
)
