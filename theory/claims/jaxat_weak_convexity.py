"""The adversarial loss is as weakly convex as the loss itself: all its kinks point up."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

from theory.claim import Claim, Hypothesis, Kind, Necessity, Source
from theory.evidence import Evidence, Method, Verdict
from theory.exact import Comparison, Point, absolute, sign
from theory.registry import register
from theory.run import Run
from theory.scope import Integers

if TYPE_CHECKING:
    import jax


def monotone_up_to_curvature(w: Point) -> Comparison:
    """(ℓ_ε'(θ₁) − ℓ_ε'(θ₂))(θ₁ − θ₂) ≥ −C (θ₁ − θ₂)² for ℓ = θx − (a/2)θ², x ∈ [−ε, ε], in 1-D.

    The maximum over x is ε|θ| − (a/2)θ², the loss itself is a-smooth in θ.
    """
    a, eps = w["a"], w["eps"]
    slopes = [eps * sign(w[name]) - a * w[name] for name in ("theta_1", "theta_2")]
    distance = w["theta_1"] - w["theta_2"]
    return Comparison((slopes[0] - slopes[1]) * distance, ">=", -w["C"] * distance**2)


CLAIM = register(
    Claim(
        id="jaxat.weak-convexity",
        kind=Kind.RESULT,
        source=Source("jaxat", "Weak convexity of the adversarial loss"),
        title="⟨∇L_ε(θ₁) − ∇L_ε(θ₂), θ₁ − θ₂⟩ ≥ −C_θθ ‖θ₁ − θ₂‖²: only upward kinks",
        statement=(
            r"If $\nabla_\theta\ell(x',\cdot)$ is $C_{\theta\theta}$-Lipschitz for every $x'$ of "
            r"the perturbation set (any set, any norm) and $\nabla L_\varepsilon(\theta)$ is "
            r"$\nabla_\theta\ell$ at any global maximiser, then "
            r"$\langle\nabla L_\varepsilon(\theta_1)-\nabla L_\varepsilon(\theta_2),\theta_1-"
            r"\theta_2\rangle\ge-C_{\theta\theta}\|\theta_1-\theta_2\|^2$."
        ),
        expected=Verdict.PROVED,
        hypotheses=(
            Hypothesis(
                "C_thetatheta",
                r"$C_{\theta\theta}$ bounds the curvature of $\ell$ in $\theta$ (tested with "
                r"$\ell=\theta x-\frac a2\theta^2$, $|x|\le\varepsilon$: $C_{\theta\theta}\ge|a|$)",
                lambda w: Comparison(w["C"], ">=", absolute(w["a"])),
            ),
            Hypothesis("eps >= 0", r"$\varepsilon\ge0$", lambda w: w["eps"] >= 0),
        ),
        conclusion=monotone_up_to_curvature,
        domain={"d": Integers(1)},
        necessity=(
            Necessity(
                "C_thetatheta",
                witness={"theta_1": "2", "theta_2": "1", "a": "1", "eps": "1", "C": "1/2"},
                detail="With a constant below the curvature of the loss the bound fails.",
            ),
            Necessity(
                "eps >= 0",
                witness={"theta_1": "1/10", "theta_2": "-1/10", "a": "0", "eps": "-1", "C": "0"},
                detail="A formality: −|θ| in place of |θ| has a kink that points down.",
            ),
        ),
    )
)


@CLAIM.check(Method.EXACT, Verdict.PROVED)
def two_descent_lemmas(run: Run) -> Evidence:
    """z3: add the quadratic lower bounds of both losses at the other weights; optimality helps.

    a_i = ℓ(x'_i, θ_i), g_i = ⟨∇ℓ(x'_i, θ_i), θ₁ − θ₂⟩, D = ‖θ₁ − θ₂‖².
    """
    from theory.smt import prove, reals

    a1, a2, b1, b2, g1, g2, c, square = reals("a1 a2 b1 b2 g1 g2 C D")
    given = [
        b1 <= a2,  # x'_1 is no better than x'_2 at θ₂
        b2 <= a1,
        b1 >= a1 - g1 - c * square / 2,
        b2 >= a2 + g2 - c * square / 2,
        c >= 0,
        square >= 0,
    ]
    # The lower bound itself: f(θ + v) − f(θ) − ⟨∇f(θ), v⟩ = ∫₀¹ ⟨∇f(θ + tv) − ∇f(θ), v⟩ dt,
    # whose integrand is at least −C t ‖v‖².
    proof = prove(g1 - g2 >= -c * square, given=given)
    return Evidence.from_proofs(
        Method.EXACT,
        [proof],
        assumes=["descent lemma: a C-Lipschitz gradient gives quadratic bounds on segments"],
        witness={"theta_1": 2, "theta_2": 1, "a": 1, "eps": 1, "C": 1},
        detail=(
            "Every non-smoothness of an adversarial loss is therefore an upward kink: the gradient "
            "may jump, but only in the direction in which one moves."
        ),
    )


@CLAIM.check(Method.NUMERIC, Verdict.SUPPORTED)
def swish_model(run: Run) -> Evidence:
    """A nonconvex model: ascent of −⟨Δ∇, Δθ⟩/‖Δθ‖² for the swish model, L2 and L∞ attacks."""
    import jax
    import jax.numpy as jnp

    from theory.adversarial import swish_adversarial_loss
    from theory.numeric import maximise_ratio, pair_starts, split_pair

    x, eps = jnp.array([-1.0, 1.0]), 0.6

    def ratio_under(p: float, bound: float) -> Callable[[jax.Array], jax.Array]:
        slope = jax.grad(lambda theta: swish_adversarial_loss(theta, x, 1, eps, p))

        def ratio(z: jax.Array) -> jax.Array:
            first, second = split_pair(z)
            step = first - second
            change = slope(first) - slope(second)
            return -jnp.vdot(change, step) / (jnp.vdot(step, step) + 1e-12) / bound

        return ratio

    best, admissible, tried = -math.inf, 0, 0
    for p, radius in ((2.0, 2**0.5 + eps), (math.inf, 2**0.5 * (1 + eps))):
        # The curvature of softplus(−u σ(u)) lies in [−0.2262, 0.1569], so C_θθ ≤ 0.2262 ‖x'‖².
        starts = pair_starts(run.rng, run.pick(40, 100), 2)
        ratio = ratio_under(p, 0.2262 * radius**2)
        found = maximise_ratio(ratio, starts, steps=run.pick(60, 150))
        best = max(best, found.best)
        admissible, tried = admissible + found.admissible, tried + found.tried
    return Evidence.supported(
        admissible=admissible, tried=tried, margin=1.0 - best, tolerance=1e-9, seed=run.seed
    )
