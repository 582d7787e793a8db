"""Off its kinks the adversarial loss of the swish model is C^{1,1}; the kinks of Figure 2(f)."""

from __future__ import annotations

from math import inf
from typing import Any

from theory.claim import Claim, Hypothesis, Kind, Necessity, Source
from theory.claims.jaxat_swish_kinks import ATTACK, gradient, regime_switch
from theory.claims.kanai_lemma_3 import POSITIVE_RADIUS
from theory.claims.kanai_swish import EPS, X
from theory.evidence import Evidence, Method, Verdict
from theory.exact import Comparison, Point, norm, rational, subtract
from theory.exact.adversarial import largest_input, signs
from theory.exact.swish import CURVATURE, SLOPE, interval, stationary_point
from theory.registry import register
from theory.run import Run
from theory.scope import Names, Scope


def smooth_elsewhere(point: Point) -> Comparison:
    first, second = point["theta_1"], point["theta_2"]
    distance = norm(subtract(first, second))
    largest = largest_input({**point, "y": 1})
    bound = rational(CURVATURE) * largest * largest
    if point["p"] == 2:
        bound = bound + rational(SLOPE) * point["eps"] / point["r"]
    return Comparison(
        norm(subtract(gradient(point, first), gradient(point, second))), "<=", bound * distance
    )


def off_the_kinks(point: Point) -> Any:
    first, second = point["theta_1"], point["theta_2"]
    if point["p"] == inf:
        return signs(first) == signs(second) and all(first)
    return (
        Comparison(point["r"], ">", 0),
        *(Comparison(norm(theta), ">=", point["r"]) for theta in (first, second)),
    )


SMOOTH = register(
    Claim(
        id="jaxat.swish-kinks.elsewhere",
        kind=Kind.RESULT,
        source=Source("jaxat", "swish unit, kinks"),
        title="swish: ℓ_ε is C^{1,1} in every open orthant (L∞) and on ‖θ‖ ≥ r (L2)",
        statement=(
            r"For $y=1$, $K=0.22617$ and $|\varphi'|\le K_1=0.3173$: in an open orthant the L∞ "
            r"loss "
            r"is $K(\|x\|+\varepsilon\sqrt d)^2$-smooth; on $\{\|\theta\|\ge r\}$ the L2 loss is "
            r"$\bigl(K(\|x\|+\varepsilon)^2+K_1\frac{\varepsilon}{r}\bigr)$-smooth, changes "
            r"between "
            r"the interior and the boundary regimes included."
        ),
        expected=Verdict.PROVED,
        hypotheses=(
            POSITIVE_RADIUS,
            ATTACK,
            Hypothesis(
                "off the kinks",
                r"L∞: one open orthant; L2: $\|\theta_k\|\ge r>0$",
                off_the_kinks,
            ),
        ),
        conclusion=smooth_elsewhere,
        domain={"attack": Names("Linf", "L2")},
        depends=("jaxat.swish-curvature", "jaxat.swish-closed-form", "kanai.lemma-2"),
        necessity=(
            Necessity(
                "off the kinks",
                witness={
                    "p": "inf",
                    "theta_1": "(1/2, 1/1000)",
                    "theta_2": "(1/2, -1/1000)",
                    "x": "(-1, 1)",
                    "eps": "3/5",
                },
                detail="Between two orthants the gradient jumps.",
            ),
            Necessity(
                "attack",
                witness={
                    "p": "1",
                    "r": "1/2",
                    "theta_1": "(1, 99/100)",
                    "theta_2": "(99/100, 1)",
                    "x": "(-1, 1)",
                    "eps": "3/5",
                },
                detail="An L1 attack has its kinks at ties, far from 0 too.",
            ),
            Necessity(
                "eps > 0",
                witness={
                    "p": "2",
                    "r": "1/100",
                    "theta_1": "(1/100, 0)",
                    "theta_2": "(-1/100, 0)",
                    "x": "(0, 0)",
                    "eps": "-3/5",
                },
                detail="A formality: the constant would be negative. For ε = 0 it holds.",
            ),
        ),
    )
)


@SMOOTH.check(Method.SYMBOLIC, Verdict.PROVED)
def branches_are_lipschitz(run: Run) -> Evidence:
    """K|Δends| M ≤ KM²‖Δ‖, and for L2 |φ'| ε ‖u₁ − u₂‖ ≤ K₁ (ε/r)‖Δ‖ by Lemma 2."""
    from theory.facts.sigmoid_lemmas import cauchy_schwarz
    from theory.smt import gram_pair, prove
    from theory.smt_signs import reals, size_of

    inner, norms, eps, radius, stretch, distance = reals("inner norms eps R D distance")
    ends = [
        prove(
            size_of(inner + side * eps * norms) <= (radius + eps * stretch) * distance,
            given=[
                eps > 0,
                size_of(inner) <= radius * distance,
                size_of(norms) <= stretch * distance,
            ],
        )
        for side in (-1, 1)
    ]
    pair = gram_pair()
    (r,) = reals("r")
    turn = prove(
        (2 * pair.a * pair.b - 2 * pair.p) * r**2 <= pair.distance_squared * pair.a * pair.b,
        given=[*pair.constraints, r > 0, pair.a >= r, pair.b >= r],
    )
    return Evidence.from_proofs(
        Method.SYMBOLIC,
        [*ends, turn, *regime_switch(), cauchy_schwarz()],
        Scope("both attacks", {"attack": Names("Linf", "L2")}),
        witness={
            "p": inf,
            "theta_1": ("137/500", "-1/500"),
            "theta_2": ("69/250", "-1/250"),
            "x": (-1, 1),
            "eps": "3/5",
        },
        detail="|‖θ₁‖_q − ‖θ₂‖_q| ≤ D‖Δ‖ with D = √d for p = ∞ and 1 for p = 2.",
    )


def exact_kink_set(point: Point) -> bool | None:
    """On an axis: the jump 2ε|φ'(c)| is 0 exactly if −u*/1.6 ≤ S ≤ −u*/0.4, S = θ₁ − θ₂ ≥ 0."""
    theta, best = point["theta"], stationary_point()
    low, high = interval(theta, X, EPS, inf)
    total = theta[0] - theta[1]
    reached = (Comparison(best, ">=", low).holds(), Comparison(best, "<=", high).holds())
    named = (
        Comparison(total * 8, ">=", -5 * best).holds(),
        Comparison(total * 2, "<=", -5 * best).holds(),
    )
    if None in (*reached, *named):
        return None
    return all(reached) == all(named)


SET = register(
    Claim(
        id="jaxat.swish-kinks.figure",
        kind=Kind.RESULT,
        source=Source("jaxat", "swish unit, kinks in Figure 2(f)"),
        title="swish, L∞, Figure 2(f): kinks on the axes except 0.79904… ≤ θ₁ − θ₂ ≤ 3.19616…",
        statement=(
            r"For $x=(-1,1)$, $y=1$, $\varepsilon=0.6$, L∞: the kinks are the points of the two "
            r"axes "
            r"but those with $-u^*/1.6\le\theta_1-\theta_2\le-u^*/0.4$. In $[-2,2]^2$: "
            r"$\{\theta_2=0,\theta_1<0.79904\ldots\}\cup\{\theta_1=0,\theta_2>-0.79904\ldots\}$; "
            r"further "
            r"out the kinks return at $\theta_1-\theta_2>3.19616\ldots$"
        ),
        expected=Verdict.PROVED,
        hypotheses=(
            Hypothesis("axis", r"$\theta_1=0$ or $\theta_2=0$", lambda w: not all(w["theta"])),
        ),
        conclusion=exact_kink_set,
        necessity=(
            Necessity(
                "axis",
                witness={"theta": "(2, 2)"},
                detail="Off the axes θ₁ − θ₂ alone does not say whether u* is reached.",
            ),
        ),
        depends=("jaxat.swish-kinks", "kanai.swish.u-star"),
    )
)


@SET.check(Method.EXACT, Verdict.PROVED)
def reach_on_the_axes(run: Run) -> Evidence:
    """u* ∈ [u₀ − 0.6‖θ‖₁, u₀ + 0.6‖θ‖₁] ⟺ −5u*/8 ≤ S ≤ −5u*/2 on both axes; z3, −2 < u* < −1."""
    import z3

    from theory.smt import prove
    from theory.smt_signs import reals, size_of

    first, second, best = reals("theta_1 theta_2 best")
    total, reach = first - second, (size_of(first) + size_of(second)) * 3 / 5
    reached = z3.And(best >= -total - reach, best <= -total + reach)
    named = z3.And(8 * total >= -5 * best, 2 * total <= -5 * best)
    axis = z3.Or(first == 0, second == 0)
    proof = prove(reached == named, given=[best > -2, best < -1, axis])
    return Evidence.from_proofs(Method.EXACT, [proof], witness={"theta": (1, 0)})
