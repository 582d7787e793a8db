"""The jump of the gradient of the adversarial loss at its kinks, L∞ and L2, in closed form."""

from __future__ import annotations

from math import inf
from typing import Any

from theory.claim import Claim, Hypothesis, Kind, Necessity, Parameter, Source
from theory.claims.kanai_lemma_3 import POSITIVE_RADIUS
from theory.claims.kanai_theorem_2 import LABELS
from theory.errata import Erratum
from theory.evidence import Evidence, Method, Verdict
from theory.exact import Comparison, Point, add, norm, scale, sigmoid, subtract
from theory.exact.adversarial import largest_input, logit, mean_gradient, samples
from theory.registry import register
from theory.run import Run
from theory.scope import Names, Scope


def mean_weight(point: Point, theta: Any) -> Any:
    """s̄ = (1/N) Σ σ(h_n(θ))."""
    values = [sigmoid(logit(theta, x, y, point["eps"], point["p"])) for x, y in samples(point)]
    return sum(values[1:], values[0]) / len(values)


def both_sides(point: Point) -> tuple[Any, ...]:
    """∇L_ε(θ + tu) − ∇L_ε(θ − tu)."""
    theta, step = point["theta"], scale(point["t"], point["u"])
    return subtract(
        mean_gradient(point, add(theta, step)), mean_gradient(point, subtract(theta, step))
    )


def at_kink(point: Point) -> Any:
    """L∞: u = ±e_i with θ_i = 0; L2: θ = 0 and u any unit vector."""
    theta, u = point["theta"], point["u"]
    if point["p"] == 2:
        return (not any(theta), Comparison(norm(u), "==", 1))
    across = [i for i, entry in enumerate(u) if entry != 0]
    return len(across) == 1 and abs(u[across[0]]) == 1 and theta[across[0]] == 0


def jump_conclusion(point: Point) -> Comparison:
    predicted = scale(2 * point["eps"] * mean_weight(point, point["theta"]), point["u"])
    largest = largest_input(point)
    error = norm(subtract(both_sides(point), predicted))
    return Comparison(error, "<=", largest * largest / 2 * point["t"])


KINK = Hypothesis(
    "kink",
    r"L∞: $u=\pm e_i$ and $\theta_i=0$; L2: $\|u\|=1$ and $\theta=0$",
    at_kink,
)

JUMP = register(
    Claim(
        id="jaxat.gradient-jump",
        kind=Kind.RESULT,
        source=Source("jaxat", "gradient jumps"),
        title="∇L_ε jumps by 2ε·mean(s): across θᵢ = 0 for L∞, and at θ = 0 (by ε) for L2",
        statement=(
            r"Let $s_n=\sigma(-y_n\theta^\top x_n+\varepsilon\|\theta\|_q)$. For the L∞ attack, "
            r"$\theta_i=0$ and $u=e_i$, and for the L2 attack, $\theta=0$ and any unit vector $u$: "
            r"$\nabla L_\varepsilon(\theta+0u)-\nabla L_\varepsilon(\theta-0u)="
            r"2\varepsilon\cdot\frac1N\sum_n s_n\cdot u$, never 0; for L2 its length is "
            r"$\varepsilon$. Quantitatively, for every $t>0$, "
            r"$\|\nabla L_\varepsilon(\theta+tu)-\nabla L_\varepsilon(\theta-tu)-2\varepsilon\bar "
            r"s\,u\|\le\frac12M^2t$ with $M=\max_n\|x_n\|+\varepsilon\sqrt d$ (L2: $+\varepsilon$)."
            r" (Where other weights are 0 as well, $\nabla L_\varepsilon$ is the subgradient with "
            r"$\mathrm{sign}(0)=0$ for them.)"
        ),
        expected=Verdict.PROVED,
        hypotheses=(
            POSITIVE_RADIUS,
            LABELS,
            Hypothesis("attack", r"$p\in\{2,\infty\}$", lambda w: w["p"] in (2, inf)),
            KINK,
            Hypothesis("t > 0", "$t > 0$", lambda w: w["t"] > 0),
        ),
        conclusion=jump_conclusion,
        domain={"attack": Names("Linf", "L2")},
        necessity=(
            Necessity(
                "kink",
                witness={
                    "p": "inf",
                    "theta": "(1, 1/100)",
                    "u": "(0, 1)",
                    "t": "1/1000",
                    "x": "(-1, 1)",
                    "y": "1",
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
                    "y": "1",
                    "eps": "3/5",
                },
                detail="An L1 attack has no kink at a zero weight, but at ties of the largest.",
            ),
            Necessity(
                "label",
                witness={
                    "p": "2",
                    "theta": "(0, 0)",
                    "u": "(1, 0)",
                    "t": "1/1000",
                    "x": "(1, 0)",
                    "y": "10",
                    "eps": "3/5",
                },
                detail="A label of 10 acts like longer data, which M does not count.",
            ),
            Necessity(
                "eps > 0",
                witness={
                    "p": "inf",
                    "theta": "(0,)",
                    "u": "(1,)",
                    "t": "1/1000",
                    "x": "(1,)",
                    "y": "1",
                    "eps": "-1",
                },
                detail="A formality: for ε < 0 M is no bound. For ε = 0 the jump is 0.",
            ),
            Necessity(
                "t > 0",
                witness={
                    "p": "inf",
                    "theta": "(1, 0)",
                    "u": "(0, 1)",
                    "t": "-1/1000",
                    "x": "(-1, 1)",
                    "y": "1",
                    "eps": "3/5",
                },
                detail="Crossed the other way, the jump has the other sign.",
            ),
        ),
        parameters={
            "eps": Parameter(0.6, 0.01, 10.0, "radius of the attack"),
        },
        notes=(
            "Every $s_n$ is positive, so the jumps of different samples cannot cancel, whatever "
            "their labels. The jump is upward along $u$: a convex kink."
        ),
        cost=2.0,
    )
)


@JUMP.check(Method.SYMBOLIC, Verdict.PROVED)
def split_into_jump_and_rest(run: Run) -> Evidence:
    """σ₊g₊ − σ₋g₋ − σ₀(g₊ − g₋) = (σ₊ − σ₀)g₊ − (σ₋ − σ₀)g₋, and g₊ − g₋ = 2εu."""
    import sympy

    from theory.facts.sigmoid_lemmas import (
        cauchy_schwarz,
        sigmoid_increases,
        sigmoid_quarter_lipschitz,
    )
    from theory.gram import gram, norm_squared
    from theory.smt import prove
    from theory.smt_signs import label, reals, sign_of, size_of
    from theory.symbolic import prove_zero

    up, down, mid, e, y = sympy.symbols("s_plus s_minus s_0 epsilon y", real=True)
    x, u, v = gram("x u v")  # v: what the other coordinates of sign(θ) contribute
    plus, minus = v + u, v - u
    g_plus, g_minus = x * (-y) + plus * e, x * (-y) + minus * e
    left = g_plus * up - g_minus * down - u * (2 * e * mid)
    right = g_plus * (up - mid) - g_minus * (down - mid)
    identity = prove_zero(norm_squared(left - right))

    t, eps, label_y, inner, radius, stretch = reals("t eps y inner radius stretch")
    h_change = -label_y * inner * t + eps * t
    largest = radius + eps * stretch
    slope = prove(
        size_of(h_change) <= largest * t,
        given=[label(label_y), t > 0, eps > 0, size_of(inner) <= radius, stretch >= 1],
    )
    jumps = prove(sign_of(t) - sign_of(-t) == 2, given=[t > 0])
    one, two, big = reals("one two M")
    given = [big >= 0, t > 0, one >= 0, two >= 0, 4 * one <= big * t, 4 * two <= big * t]
    rest = prove(2 * (one * big + two * big) <= big**2 * t, given=given)
    proofs = [
        identity,
        slope,
        jumps,
        rest,
        sigmoid_increases(),
        sigmoid_quarter_lipschitz(),
        cauchy_schwarz(),
    ]
    return Evidence.from_proofs(
        Method.SYMBOLIC,
        proofs,
        Scope("both attacks", {"attack": Names("Linf", "L2")}),
        witness={
            "p": 2,
            "theta": (0, 0),
            "u": ("3/5", "4/5"),
            "t": "1/1000",
            "x": (0, 0),
            "y": 1,
            "eps": "3/5",
        },
        detail=(
            "For L∞, v is sign(θ) with its i-th entry 0; for L2 at the origin v = 0 and the "
            "subgradient along ±u is ±u. Both examples stay within M, and h changes by at most Mt."
        ),
    )


@JUMP.check(Method.NUMERIC, Verdict.SUPPORTED)
def two_sided_derivatives(run: Run) -> Evidence:
    """jax.grad on both sides of the kink, extrapolated to distance 0, against the closed form."""
    import jax
    import jax.numpy as jnp
    import numpy as np

    from theory.adversarial import adversarial_loss
    from theory.kinks import gradient_jump

    eps, rng = run["eps"], run.rng
    x, y = jnp.asarray(rng.standard_normal((5, 3))), jnp.asarray([1.0, -1.0, 1.0, 1.0, -1.0])
    error, cases = 0.0, 0
    for p, count in ((inf, 3), (2.0, 2)):
        loss = jax.jit(lambda theta, p=p: jnp.mean(adversarial_loss(theta, x, y, eps, p)))
        for k in range(count):
            theta, u = np.zeros(3), rng.standard_normal(3)
            if p == inf:
                theta, u = rng.standard_normal(3), np.eye(3)[k]
                theta[k] = 0.0
            found = gradient_jump(loss, theta, u)
            u = u / np.linalg.norm(u)
            q_norm = np.abs(theta).sum() if p == inf else np.linalg.norm(theta)
            h = -np.asarray(y) * (np.asarray(x) @ theta) + eps * q_norm
            predicted = 2 * eps * np.mean(1 / (1 + np.exp(-h))) * u
            error = max(error, float(np.linalg.norm(found.limit - predicted)))
            error = error if found.kink else float("inf")
            cases += 1
    return Evidence.supported(
        admissible=cases, tried=cases, margin=-error, tolerance=1e-6, seed=run.seed
    )


ERRATA = (
    Erratum(
        id="kanai.erratum-36",
        where="captions of Figures 2 and 3 (early version) and of Figure 4 (final version)",
        printed=r"“the gradient of adversarial loss … is not smooth at $\theta=0$ ($\theta_i=0$)”",
        correct="the gradient is not continuous there; it is the loss that is not smooth",
        claim="jaxat.gradient-jump",
    ),
)
