"""Convexity of adversarial training of linear models: what Yamada et al. say, and what is true."""

from __future__ import annotations

from typing import Any

from theory.claim import Claim, Hypothesis, Kind, Necessity
from theory.errata import Erratum
from theory.evidence import Evidence, Method, Verdict
from theory.exact import Comparison, Point, add, dot, rational, scale, softplus
from theory.exact.logistic import robust_loss, weighted_mean
from theory.registry import register
from theory.run import Run
from theory.support.yamada import RADIUS, ours, reals, yamada

HALF = rational("1/2")


def midpoint_of_robust_loss(point: Point) -> Comparison:
    """F((w₁ + w₂)/2) ≤ (F(w₁) + F(w₂))/2."""
    first, second, z, eps = point["w_1"], point["w_2"], point["z"], point["eps"]
    middle = robust_loss(scale(HALF, add(first, second)), z, eps)
    ends = robust_loss(first, z, eps) + robust_loss(second, z, eps)
    return Comparison(middle, "<=", ends / 2)


CONVEXITY = register(
    Claim(
        id="yamada.convexity",
        kind=Kind.REMARK,
        source=yamada("Section 3.2, after Eq. (12)"),
        title="the robust loss of the linear model is convex in the weights",
        statement=(
            r"“Since the eigenvalues are never negative, the results of adversarial training are "
            r"always convex”: $F(w) = \frac1N\sum_n\log(1+\exp(\varepsilon\|w\| - w\cdot z_n))$ is "
            r"convex on all of $\mathbb R^d$."
        ),
        expected=Verdict.PROVED,
        hypotheses=(RADIUS,),
        conclusion=midpoint_of_robust_loss,
        necessity=(
            Necessity(
                "eps >= 0",
                witness={
                    "w_1": "(1, 0)",
                    "w_2": "(-1, 0)",
                    "z": "((0, 0),)",
                    "eps": "-1",
                },
                detail="With −‖w‖ in place of +‖w‖ the loss is not convex.",
            ),
        ),
        notes=(
            "Convex, not strictly: at the special weight of Theorem 1 the loss is constant along a "
            "ray. The reason given in the paper does not prove it: `yamada.convexity.argument`. "
            "For "
            "other perturbation sets: `jaxat.convex-any-set`."
        ),
        cost=0.5,
    )
)


@CONVEXITY.check(Method.EXACT, Verdict.PROVED)
def composition(run: Run) -> Evidence:
    """‖·‖ satisfies the triangle inequality, and softplus is increasing and convex."""
    import sympy

    from theory.smt import gram_pair, prove
    from theory.symbolic import prove_monotone

    pair = gram_pair()
    (share,) = reals("share")
    weights = [share >= 0, share <= 1]
    # ‖λw₁ + (1 − λ)w₂‖ ≤ λ‖w₁‖ + (1 − λ)‖w₂‖, squared; so the logit h is convex.
    rest = 1 - share
    triangle = prove(
        share**2 * pair.a**2 + rest**2 * pair.b**2 + 2 * share * rest * pair.p
        <= (share * pair.a + rest * pair.b) ** 2,
        given=[*pair.constraints, *weights],
    )
    t = sympy.Symbol("t", real=True)
    e = sympy.exp(t)
    increasing = prove_monotone(sympy.log(1 + e), t, e / (1 + e))
    convex = prove_monotone(e / (1 + e), t, e / (1 + e) ** 2)
    # An increasing convex φ of a convex h: φ(h(w)) ≤ φ(λh₁ + (1 − λ)h₂) ≤ λφ₁ + (1 − λ)φ₂.
    outer, inner, first, second = reals("outer inner first second")
    mixed = share * first + rest * second
    chain = prove(outer <= mixed, given=[*weights, outer <= inner, inner <= mixed])
    return Evidence.from_proofs(
        Method.EXACT,
        [triangle, increasing, convex, chain],
        witness={"w_1": (1, 0), "w_2": (3, 0), "z": ((1, 0),), "eps": 1},
        detail=(
            "Dimension-free; the mean over the samples keeps convexity. At the witness the loss is "
            "constant, so convexity is not strict."
        ),
    )


def rational_bump(t: Any) -> Any:
    """t²/(1 + t²)."""
    return t * t / (1 + t * t)


register(
    Claim(
        id="yamada.convexity.argument",
        kind=Kind.STEP,
        source=yamada("Section 3.2, after Eq. (12)"),
        title="eigenvalues ≥ 0 at the optimal weight make a function convex",
        statement=(
            r"“Since the eigenvalues [of the Hessian at $w^*$, Eq. (9)] are never negative, the "
            r"results of adversarial training are always convex”: a smooth function with a "
            r"minimiser at which the Hessian is positive semidefinite is convex."
        ),
        expected=Verdict.REFUTED,
        repaired_by=("yamada.convexity",),
        hypotheses=(
            Hypothesis(
                "function",
                r"$f(t) = t^2/(1+t^2)$, smooth on $\mathbb R$ with its minimum at $t^* = 0$",
                lambda w: (
                    Comparison(rational_bump(w["t_star"]), "<=", rational_bump(w["t_1"])),
                    Comparison(rational_bump(w["t_star"]), "<=", rational_bump(w["t_2"])),
                ),
            ),
            Hypothesis(
                "eigenvalue >= 0 at the minimiser",
                r"$f''(t^*) = \frac{2(1-3t^{*2})}{(1+t^{*2})^3} \ge 0$, $f'(t^*) = 0$",
                lambda w: (
                    Comparison(w["t_star"], "==", 0),
                    Comparison(
                        2 * (1 - 3 * w["t_star"] ** 2) / (1 + w["t_star"] ** 2) ** 3, ">=", 0
                    ),
                ),
            ),
        ),
        conclusion=lambda w: Comparison(
            rational_bump((w["t_1"] + w["t_2"]) / 2),
            "<=",
            (rational_bump(w["t_1"]) + rational_bump(w["t_2"])) / 2,
        ),
    )
)


def worst_of_set(w: Any, z: Any, perturbations: Any) -> Any:
    """mean over n of max over η in C_n of log(1 + exp(−w·(z_n + η))), C_n finite."""
    worst = [
        max(-dot(w, add(row, eta)) for eta in options)
        for row, options in zip(z, perturbations, strict=True)
    ]
    return weighted_mean([softplus(h) for h in worst])


def midpoint_for_any_set(point: Point) -> Comparison:
    first, second = point["w_1"], point["w_2"]
    values = [
        worst_of_set(w, point["z"], point["sets"])
        for w in (scale(HALF, add(first, second)), first, second)
    ]
    return Comparison(values[0], "<=", (values[1] + values[2]) / 2)


ANY_SET = register(
    Claim(
        id="jaxat.convex-any-set",
        kind=Kind.RESULT,
        source=ours("convexity of adversarial training"),
        title="linear model: the adversarial loss is convex for any perturbation sets",
        statement=(
            r"For the linear model and any nonempty bounded sets $C_n$ of perturbations (a ball of "
            r"any "
            r"norm, a ball cut by a box, finitely many points), "
            r"$w \mapsto \frac1N\sum_n\sup_{\eta\in C_n}\ell(x^n+\eta, y^n, w)$ is convex."
        ),
        expected=Verdict.PROVED,
        conclusion=midpoint_for_any_set,
        notes=(
            "What is needed is that the loss is convex in the weights for every fixed "
            "perturbation, "
            "as it is for linear models and hardly ever for networks. The maximum must be exact: "
            "with an attack that ends at different points for different weights there is no "
            "supremum over one set."
        ),
    )
)


@ANY_SET.check(Method.EXACT, Verdict.PROVED)
def supremum(run: Run) -> Evidence:
    """Each ℓ(x + η, y, ·) is convex, and a supremum of convex functions is convex."""
    import sympy

    from theory.smt import prove
    from theory.symbolic import prove_monotone

    t = sympy.Symbol("t", real=True)
    e = sympy.exp(t)
    convex = prove_monotone(e / (1 + e), t, e / (1 + e) ** 2)
    # For every η: f_η(w) ≤ λf_η(w₁) + (1 − λ)f_η(w₂) ≤ λS(w₁) + (1 − λ)S(w₂), and so S(w) is too.
    between, first, second, s_1, s_2, share = reals("between first second S_1 S_2 share")
    bound = prove(
        between <= share * s_1 + (1 - share) * s_2,
        given=[
            *(share >= 0, share <= 1, first <= s_1, second <= s_2),
            between <= share * first + (1 - share) * second,
        ],
    )
    return Evidence.from_proofs(
        Method.EXACT,
        [convex, bound],
        witness={
            "w_1": (1, 0),
            "w_2": (-1, 2),
            "z": ((1, 0), (0, -1)),
            "sets": (((0, 0), (-1, 0)), ((0, 0), (1, 1), (-1, 2))),
        },
        detail="The logit is linear in w for every fixed η, and softplus is convex.",
    )


@ANY_SET.check(Method.NUMERIC, Verdict.SUPPORTED)
def boxes_and_balls(run: Run) -> Evidence:
    """Midpoint test with L∞ ball ∩ box and L2 ball ∩ box, the inner maxima by 1-D root finding."""
    import numpy as np

    rng, count, d = run.rng, run.pick(200, 2000), 4
    x, y = rng.uniform(0, 1, (count, d)), rng.choice([-1.0, 1.0], count)
    pair = rng.standard_normal((2, count, d)) * 10.0 ** rng.uniform(-1, 1, (count, 1))
    # Halves of the pairs: opposite weights, between which the sets have corners.
    pair[1, ::2] = -pair[0, ::2] + 0.1 * pair[1, ::2]
    eps = rng.uniform(0.05, 1.5, count)
    worst = 0.0
    for shift in (_box_linf, _box_l2):
        values = [
            np.logaddexp(0.0, -y * ((x + shift(w, x, y, eps)) * w).sum(1))
            for w in (pair.mean(0), pair[0], pair[1])
        ]
        worst = max(worst, float((values[0] - (values[1] + values[2]) / 2).max()))
    return Evidence.supported(
        admissible=2 * count, tried=2 * count, margin=-worst, tolerance=1e-10, seed=run.seed
    )


def _box_linf(w: Any, x: Any, y: Any, eps: Any) -> Any:
    import numpy as np

    return np.clip(-(y * eps)[:, None] * np.sign(w), -x, 1 - x)


def _box_l2(w: Any, x: Any, y: Any, eps: Any) -> Any:
    """clip(−t y w, −x, 1 − x) with t such that the length is ε, or the corner if it is nearer."""
    import numpy as np

    low, high = np.zeros(len(x)), np.full(len(x), 1e6)
    for _ in range(200):
        t = np.sqrt(np.maximum(low, 1e-12) * high)
        eta = np.clip(-(t * y)[:, None] * w, -x, 1 - x)
        short = np.linalg.norm(eta, axis=1) < eps
        low, high = np.where(short, t, low), np.where(short, high, t)
    return np.clip(-(low * y)[:, None] * w, -x, 1 - x)


ERRATA = (
    Erratum(
        "yamada.erratum-13",
        "Section 3.2, after Eq. (12)",
        r"“since the eigenvalues are never negative, the results … are always convex”",
        (
            r"The conclusion is right for linear models, for another reason: the adversarial loss "
            r"is "
            r"a supremum of convex functions. Eigenvalues at one weight prove nothing about others"
        ),
        claim="yamada.convexity.argument",
    ),
)
