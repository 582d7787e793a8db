"""Kinks of the adversarial loss of the swish model: where, how high, and smooth elsewhere."""

from __future__ import annotations

from math import inf
from typing import Any

from theory.claim import Claim, Hypothesis, Kind, Necessity, Source
from theory.claims.jaxat_linf import KINK
from theory.claims.kanai_lemma_3 import POSITIVE_RADIUS
from theory.evidence import Evidence, Method, Verdict
from theory.exact import Comparison, Point, absolute, add, norm, rational, scale, subtract
from theory.exact.adversarial import largest_input
from theory.exact.swish import (
    CURVATURE,
    clipped,
    interval,
    phi_slope,
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
            r"(L2: $+\varepsilon$). (Where other weights are 0 as well, $\nabla\ell_\varepsilon$ "
            r"is taken with $\mathrm{sign}(0)=0$ for them.)"
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
            Necessity(
                "attack",
                witness={
                    "p": "1",
                    "theta": "(1, 0)",
                    "u": "(0, 1)",
                    "t": "1/1000",
                    "x": "(-1, 1)",
                    "eps": "1/10",
                },
                detail="An L1 attack has no kink at a zero weight, but at ties of the largest.",
            ),
            Necessity(
                "t > 0",
                witness={
                    "p": "inf",
                    "theta": "(1/2, 0)",
                    "u": "(0, 1)",
                    "t": "-1/1000",
                    "x": "(-1, 1)",
                    "eps": "3/5",
                },
                detail="Crossed the other way, the jump has the other sign.",
            ),
            Necessity(
                "eps > 0",
                witness={
                    "p": "inf",
                    "theta": "(0,)",
                    "u": "(1,)",
                    "t": "1/1000",
                    "x": "(1,)",
                    "eps": "-1",
                },
                detail="A formality: for ε < 0 M is no bound. For ε = 0 nothing jumps.",
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

    from theory.facts.sigmoid_lemmas import cauchy_schwarz
    from theory.gram import gram, norm_squared
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
            "φ'(max(u*, ·)) and φ'(min(u*, ·)) are K-Lipschitz, because Kt ± φ'(t) increase (|φ''| "
            "≤ K) and φ'(u*) = 0; "
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
