"""Lemma 2 of Kanai et al.: the L2 adversarial example is Lipschitz in the weights, away from 0."""

from __future__ import annotations

from math import inf

from theory.claim import Claim, Hypothesis, Kind, Necessity, Parameter, Source
from theory.errata import Erratum
from theory.evidence import Evidence, Method, Verdict
from theory.exact import Comparison, Point, dual, norm, scale, sign, subtract
from theory.registry import register
from theory.run import Run
from theory.scope import Integers


def example_shift(point: Point, theta: tuple) -> tuple:
    """x'(θ) − x for the linear model: −yε ∇‖θ‖_q, so −yε θ/‖θ‖₂ for p = 2."""
    p, eps, y = point["p"], point["eps"], point["y"]
    if p == inf:
        return tuple(-y * eps * sign(t) for t in theta)
    if p == 2:
        return scale(-y * eps / norm(theta), theta)
    q = dual(p)
    return tuple(-y * eps * sign(t) * (abs(t) / norm(theta, q)) ** (q - 1) for t in theta)


def lipschitz_bound(point: Point) -> Comparison:
    """‖x'(θ₁) − x'(θ₂)‖ ≤ (ε/θ_min) ‖θ₁ − θ₂‖."""
    first, second = point["theta_1"], point["theta_2"]
    shift = subtract(example_shift(point, first), example_shift(point, second))
    distance = norm(subtract(first, second))
    return Comparison(norm(shift), "<=", point["eps"] / point["theta_min"] * distance)


ATTACK_RADIUS = Hypothesis("eps >= 0", r"$\varepsilon \ge 0$", lambda w: w["eps"] >= 0)
L2_ATTACK = Hypothesis("p = 2", r"$\|\delta\|_2 \le \varepsilon$", lambda w: w["p"] == 2)
LABEL = Hypothesis("label", r"$y \in \{-1, 1\}$", lambda w: abs(w["y"]) == 1)

AWAY_FROM_ZERO = Hypothesis(
    "theta_min",
    r"$\|\theta_1\|_2, \|\theta_2\|_2 \ge \theta_{\min} > 0$",
    lambda w: (
        Comparison(w["theta_min"], ">", 0),
        Comparison(norm(w["theta_1"]), ">=", w["theta_min"]),
        Comparison(norm(w["theta_2"]), ">=", w["theta_min"]),
    ),
)

# Two orthogonal weights of the smallest norm attain the bound.
ATTAINED: Point = {
    "theta_1": (1, 0),
    "theta_2": (0, 1),
    "theta_min": 1,
    "eps": 1,
    "p": 2,
    "y": 1,
}

LEMMA_2 = register(
    Claim(
        id="kanai.lemma-2",
        kind=Kind.LEMMA,
        source=Source("kanai", "Lemma 2", "both", ("15", "26", "33", "19 (early)", "27 (early)")),
        title="L2: x'(θ) is (ε/θ_min)-Lipschitz where ‖θ‖ ≥ θ_min",
        statement=(
            r"For $\ell = \log(1+\exp(-y\theta^\top(x+\delta)))$ with $\|\delta\|_2\le\varepsilon$ "
            r"and $\|\theta\|_2\ge\theta_{\min}>0$: "
            r"$\|x'(\theta_1)-x'(\theta_2)\|\le\frac{\varepsilon}{\theta_{\min}}"
            r"\|\theta_1-\theta_2\|$."
        ),
        expected=Verdict.PROVED,
        hypotheses=(ATTACK_RADIUS, L2_ATTACK, LABEL, AWAY_FROM_ZERO),
        conclusion=lipschitz_bound,
        domain={"d": Integers(1)},
        depends=("kanai.lemma-2.example",),
        parameters={
            "d": Parameter(3, 1, 50, "dimension of the weights", integer=True),
            "eps": Parameter(0.6, 0.0, 100.0, "radius of the attack"),
            "theta_min": Parameter(0.5, 1e-6, 100.0, "smallest norm of the weights"),
        },
        necessity=(
            Necessity(
                "theta_min",
                witness={
                    "theta_1": "(1/100, 0)",
                    "theta_2": "(-1/100, 0)",
                    "theta_min": "1",
                    "eps": "1",
                    "p": "2",
                    "y": "1",
                },
                detail="Weights of norm 1/100 on both sides of 0 beat the bound a hundredfold.",
            ),
            Necessity(
                "p = 2",
                witness={
                    "theta_1": "(1, 1/100)",
                    "theta_2": "(1, -1/100)",
                    "theta_min": "1",
                    "eps": "1",
                    "p": "inf",
                    "y": "1",
                },
                detail="The L∞ example jumps by 2ε where a weight changes sign.",
            ),
            Necessity(
                "eps >= 0",
                witness={
                    "theta_1": "(1, 0)",
                    "theta_2": "(0, 1)",
                    "theta_min": "1",
                    "eps": "-1",
                    "p": "2",
                    "y": "1",
                },
                detail="A negative radius makes the bound negative; no perturbation is feasible.",
            ),
            Necessity(
                "label",
                witness={
                    "theta_1": "(1, 0)",
                    "theta_2": "(0, 1)",
                    "theta_min": "1",
                    "eps": "1",
                    "p": "2",
                    "y": "2",
                },
                detail="The formula for x' is meant for labels of modulus 1.",
            ),
        ),
    )
)


@LEMMA_2.check(Method.SYMBOLIC, Verdict.PROVED)
def identity_and_square_root(run: Run) -> Evidence:
    """‖x'₁ − x'₂‖² = (ε²/ab)(‖Δ‖² − (a−b)²) ≤ (ε²/θ_min²)‖Δ‖², by bilinear expansion alone."""
    import sympy

    from theory.gram import gram, norm_squared
    from theory.symbolic import prove_nonnegative_by_identity, prove_zero

    m, s, t, eps = sympy.symbols("theta_min s t epsilon", nonnegative=True)
    a, b = sympy.symbols("a b", positive=True)  # the norms of θ₁ and θ₂
    u, v = gram("u v", norms={"u": a, "v": b})
    shift = norm_squared(eps * (u / a - v / b))
    distance = norm_squared(u - v)
    claimed = eps**2 * (distance - (a - b) ** 2) / (a * b)
    identity = prove_zero(shift - claimed)
    # With a = m + s, b = m + t the remaining inequality is ab − m² ≥ 0, a sum of products.
    gap = ((m + s) * (m + t) - m**2).expand()
    bound = prove_nonnegative_by_identity(gap, m * s + m * t + s * t)
    return Evidence.from_proofs(
        Method.SYMBOLIC,
        [identity, bound],
        witness=ATTAINED,
        detail=(
            "Only the bilinearity of the inner product is used, so the proof holds in every "
            "dimension and needs no convexity of the set of weights."
        ),
    )


@LEMMA_2.check(Method.EXACT, Verdict.PROVED)
def smt(run: Run) -> Evidence:
    """The same inequality, multiplied out, decided by z3 in ‖θ₁‖, ‖θ₂‖ and ⟨θ₁, θ₂⟩."""

    from theory.smt import gram_pair, prove, reals

    pair = gram_pair()
    (m,) = reals("m")
    given = [*pair.constraints, m > 0, pair.a >= m, pair.b >= m]
    # ‖u₁ − u₂‖² = 2 − 2p/(ab); both sides times ab m² > 0.
    left = (2 * pair.a * pair.b - 2 * pair.p) * m**2
    proof = prove(left <= pair.distance_squared * pair.a * pair.b, given=given)
    return Evidence.from_proofs(
        Method.EXACT, [proof], witness=ATTAINED, detail="Dimension-free: norms and p only."
    )


@LEMMA_2.check(Method.NUMERIC, Verdict.SUPPORTED)
def search(run: Run) -> Evidence:
    """Ratio ascent over pairs outside the ball, near-equal and antipodal ones among them."""
    import jax

    from theory.adversarial import adversarial_example
    from theory.numeric import (
        lipschitz_ratio,
        maximise_ratio,
        outside_ball,
        pair_starts,
        split_pair,
    )

    d, eps, theta_min = run.integer("d"), run["eps"], run["theta_min"]
    x = jax.numpy.zeros(d)

    def weights(z: jax.Array) -> jax.Array:
        # The last factor keeps the pair inside in exact arithmetic too, not only up to rounding.
        return jax.vmap(lambda half: outside_ball(half, theta_min))(split_pair(z)) * (1 + 1e-12)

    def ratio(z: jax.Array) -> jax.Array:
        first, second = weights(z)
        found = lipschitz_ratio(
            lambda theta: adversarial_example(theta, x, 1, eps, 2.0), first, second
        )
        return found * theta_min / max(eps, 1e-300)

    starts = pair_starts(run.rng, run.pick(60, 200), d)
    result = maximise_ratio(ratio, starts, steps=run.pick(80, 300))
    first, second = weights(jax.numpy.asarray(result.point))
    point = {
        "theta_1": first,
        "theta_2": second,
        "theta_min": theta_min,
        "eps": eps,
        "p": 2,
        "y": 1,
    }
    return Evidence.supported(
        admissible=result.admissible,
        tried=result.tried,
        margin=1.0 - result.best,
        tolerance=1e-9,
        tightness=result.best,
        worst=point if eps > 0 else None,
        seed=run.seed,
    )


register(
    Claim(
        id="kanai.lemma-2.bounded-set",
        kind=Kind.LEMMA,
        source=Source("kanai", "Lemma 2, last sentence", "final"),
        title="L2: x'(θ) is Lipschitz on a bounded set without θ = 0",
        statement=(
            r"Thus, the optimal adversarial examples are $\varepsilon/\theta_{\min}$-Lipschitz "
            r"on a bounded set not including $\theta=0$."
        ),
        expected=Verdict.REFUTED,
        repaired_by=("kanai.lemma-2",),
        depends=("kanai.lemma-2",),
        hypotheses=(
            ATTACK_RADIUS,
            L2_ATTACK,
            LABEL,
            Hypothesis(
                "bounded set without 0",
                r"$\theta_1, \theta_2 \in \{0 < \|\theta\|_2 \le 1\}$",
                lambda w: tuple(
                    Comparison(norm(w[name]), relation, end)
                    for name in ("theta_1", "theta_2")
                    for relation, end in ((">", 0), ("<=", 1))
                ),
            ),
            Hypothesis(
                "constant",
                r"any candidate for a Lipschitz constant, $\varepsilon/\theta_{\min}$",
                lambda w: Comparison(w["theta_min"], ">", 0),
            ),
        ),
        conclusion=lipschitz_bound,
        domain={"d": Integers(1)},
    )
)

ERRATA = (
    Erratum(
        "kanai.erratum-1",
        "Lemma 2 and Theorem 1, last sentences (final version)",
        "“on a bounded set not including” θ = 0",
        "on a set bounded away from 0, such as a closed set not including 0 (as the early version "
        "says of Lemma 2); Theorem 1 with the printed constant asks for a bounded one as well",
        claim="kanai.lemma-2.bounded-set",
    ),
)
