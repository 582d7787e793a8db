"""Kinks of the adversarial loss of the swish model: where, how high, and smooth elsewhere."""

from __future__ import annotations

from math import inf
from typing import Any

from theory.claim import Claim, Hypothesis, Kind, Necessity, Source
from theory.claims.jaxat_linf import KINK
from theory.claims.kanai_lemma_3 import POSITIVE_RADIUS
from theory.claims.kanai_swish import EPS, X
from theory.evidence import Evidence, Method, Verdict
from theory.exact import Comparison, Point, absolute, add, norm, rational, scale, subtract
from theory.exact_adversarial import largest_input, signs
from theory.exact_swish import (
    CURVATURE,
    SLOPE,
    clipped,
    interval,
    phi_slope,
    stationary_point,
    swish_adversarial_gradient,
)
from theory.registry import register
from theory.run import Run
from theory.scope import Names, Scope


def gradient(point: Point, theta: Any) -> tuple[Any, ...]:
    return swish_adversarial_gradient(theta, point["x"], point["eps"], point["p"])


def jump(point: Point) -> Comparison:
    """‖∇ℓ(θ+tu) − ∇ℓ(θ−tu) − 2ε|φ'(c)|u‖ ≤ 2KM²t."""
    theta, step = point["theta"], scale(point["t"], point["u"])
    found = subtract(gradient(point, add(theta, step)), gradient(point, subtract(theta, step)))
    end = clipped(*interval(theta, point["x"], point["eps"], point["p"]))
    height = 2 * point["eps"] * absolute(phi_slope(end))
    error = norm(subtract(found, scale(height, point["u"])))
    largest = largest_input({**point, "y": 1})
    return Comparison(error, "<=", 2 * rational(CURVATURE) * largest * largest * point["t"])


ATTACK = Hypothesis("attack", r"$p\in\{2,\infty\}$", lambda w: w["p"] in (2, inf))

KINKS = register(
    Claim(
        id="jaxat.swish-kinks",
        kind=Kind.RESULT,
        source=Source("jaxat", "swish unit, kinks"),
        title="swish: ∇ℓ_ε jumps by 2ε|φ'(c)|, c = clip(u*, u₀ ± ε‖θ‖_q); by 0 if interior",
        statement=(
            r"For $y=1$ let $c=\mathrm{clip}(u^*,\theta^\top x\mp\varepsilon\|\theta\|_q)$. Across "
            r"$\theta_i=0$ (L∞, $u=e_i$) and at $\theta=0$ (L2, any unit vector $u$), "
            r"$\nabla\ell_\varepsilon(\theta+0u)-\nabla\ell_\varepsilon(\theta-0u)="
            r"2\varepsilon|\varphi'(c)|\,u$: a kink unless $u^*$ is reached, in which case "
            r"$\varphi'(c)=0$. At $\theta=0$ the jump is $\varepsilon/2$. Quantitatively, for "
            r"$t>0$, "
            r"$\|\nabla\ell_\varepsilon(\theta+tu)-\nabla\ell_\varepsilon(\theta-tu)-2\varepsilon"
            r"|\varphi'(c)|u\|\le2KM^2t$, $K=0.22617$, $M=\|x\|+\varepsilon\sqrt d$ "
            r"(L2: $+\varepsilon$)."
        ),
        expected=Verdict.PROVED,
        hypotheses=(
            POSITIVE_RADIUS,
            ATTACK,
            KINK,
            Hypothesis("t > 0", "$t>0$", lambda w: w["t"] > 0),
        ),
        conclusion=jump,
        domain={"attack": Names("Linf", "L2")},
        depends=("jaxat.swish-closed-form", "jaxat.swish-curvature"),
        necessity=(
            Necessity(
                "kink",
                witness={
                    "p": "inf",
                    "theta": "(-1, 1/100)",
                    "u": "(0, 1)",
                    "t": "1/1000",
                    "x": "(-1, 1)",
                    "eps": "3/5",
                },
                detail="Where no coordinate is 0 the gradient does not jump.",
            ),
        ),
        cost=1.5,
    )
)


def regime_switch() -> list[Any]:
    """|Δ(lo − u*)₊| + |Δ(u* − hi)₊| ≤ m if lo and hi each move by at most m, with lo ≤ hi."""
    import z3

    from theory.smt import prove
    from theory.smt_signs import reals, size_of

    low, high, low2, high2, best, m = reals("low high low2 high2 best m")

    def positive(r: Any) -> Any:
        return z3.If(r > 0, r, z3.RealVal(0))

    moved = size_of(positive(low2 - best) - positive(low - best)) + size_of(
        positive(best - high2) - positive(best - high)
    )
    given = [low <= high, low2 <= high2, size_of(low2 - low) <= m, size_of(high2 - high) <= m]
    return [prove(moved <= m, given=given)]


@KINKS.check(Method.SYMBOLIC, Verdict.PROVED)
def two_branches(run: Run) -> Evidence:
    """∇ℓ = φ'(max(u*, lo))(x − εv) + φ'(min(u*, hi))(x + εv); v jumps by 2u."""
    import sympy

    from theory.gram import gram, norm_squared
    from theory.sigmoid_lemmas import cauchy_schwarz
    from theory.smt import prove
    from theory.smt_signs import reals, sign_of, size_of
    from theory.symbolic import prove_zero

    e, low, high = sympy.symbols("epsilon a b", real=True)
    low_plus, low_minus, high_plus, high_minus = sympy.symbols("a_p a_m b_p b_m", real=True)
    x, u, v = gram("x u v")  # v: what the other coordinates of sign(θ) contribute

    def branch(down: Any, up: Any, direction: Any) -> Any:
        return (x - direction * e) * down + (x + direction * e) * up

    difference = branch(low_plus, high_plus, v + u) - branch(low_minus, high_minus, v - u)
    predicted = u * (2 * e * (high - low))
    rest = branch(low_plus - low, high_plus - high, v + u) - branch(
        low_minus - low, high_minus - high, v - u
    )
    identity = prove_zero(norm_squared(difference - predicted - rest))
    t, eps, inner, radius, stretch = reals("t eps inner radius stretch")
    ends = [
        prove(
            size_of(inner * t + side * eps * t) <= (radius + eps * stretch) * t,
            given=[t > 0, eps > 0, size_of(inner) <= radius, stretch >= 1],
        )
        for side in (-1, 1)
    ]
    jumps = prove(sign_of(t) - sign_of(-t) == 2, given=[t > 0])
    return Evidence.from_proofs(
        Method.SYMBOLIC,
        [identity, *ends, jumps, *regime_switch(), cauchy_schwarz()],
        Scope("both attacks", {"attack": Names("Linf", "L2")}),
        witness={
            "p": inf,
            "theta": (0,),
            "u": (1,),
            "t": "1/1000",
            "x": (0,),
            "eps": "3/5",
        },
        detail=(
            "φ'(max(u*, ·)) and φ'(min(u*, ·)) are K-Lipschitz, because |φ''| ≤ K and φ'(u*) = 0; "
            "lo and hi move by at most Mt, and ‖x ∓ εv‖ ≤ M. At most one branch differs from 0, "
            "and "
            "φ'(lo) ≤ 0 ≤ φ'(hi) there, so b − a = |φ'(c)|."
        ),
    )


@KINKS.check(Method.NUMERIC, Verdict.SUPPORTED)
def two_sided_derivatives(run: Run) -> Evidence:
    """jax.grad of the library's loss on both sides, in all three regimes and at the origin."""
    import jax
    import numpy as np

    from theory.kinks import gradient_jump
    from theory.swish import SWISH_ARGMAX, swish_adversarial_loss

    x, eps, error = np.array([-1.0, 1.0]), 0.6, 0.0
    turned = run.rng.standard_normal(2)
    cases = [
        (inf, np.array([first, 0.0]), np.array([0.0, 1.0]))
        for first in (-2.0, -0.5, 0.3, 0.79, 0.81, 1.5, 2.0, 3.4)
    ] + [(2.0, np.zeros(2), turned / np.linalg.norm(turned))]
    losses = {
        p: jax.jit(lambda theta, p=p: swish_adversarial_loss(theta, x, 1.0, eps, p))
        for p in (inf, 2.0)
    }
    for p, theta, u in cases:
        reach = eps * (np.abs(theta).sum() if p == inf else np.linalg.norm(theta))
        c = np.clip(SWISH_ARGMAX, theta @ x - reach, theta @ x + reach)
        s = 1 / (1 + np.exp(-c))
        slope = s * (1 + c * (1 - s)) / (1 + np.exp(c * s))
        found = gradient_jump(losses[p], theta, u)
        error = max(error, float(np.linalg.norm(found.limit - 2 * eps * abs(slope) * u)))
        if found.kink != (abs(slope) > 1e-9):
            error = float("inf")
    return Evidence.supported(
        admissible=len(cases), tried=len(cases), margin=-error, tolerance=1e-6, seed=run.seed
    )


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
            ),
        ),
    )
)


@SMOOTH.check(Method.SYMBOLIC, Verdict.PROVED)
def branches_are_lipschitz(run: Run) -> Evidence:
    """K|Δends| M ≤ KM²‖Δ‖, and for L2 |φ'| ε ‖u₁ − u₂‖ ≤ K₁ (ε/r)‖Δ‖ by Lemma 2."""
    from theory.sigmoid_lemmas import cauchy_schwarz
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
        title="swish, L∞, Figure 2(f): kinks on the axes except 0.79905 ≤ θ₁ − θ₂ ≤ 3.19616",
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
    return Evidence.from_proofs(Method.EXACT, [proof])
