"""When the singular point θ = 0 is the optimum, and how far from it a better start keeps away."""

from __future__ import annotations

from math import inf
from typing import Any

from theory.claim import Claim, Hypothesis, Kind, Necessity, Source
from theory.evidence import Evidence, Method, Verdict
from theory.exact import Comparison, Point, dual, log, norm, scale, sign
from theory.exact.linear import mean, worst_loss
from theory.registry import register
from theory.run import Run
from theory.scope import Integers, Names


def mean_loss(point: Point, theta: tuple) -> Any:
    """L_ε(θ) for the attack in the norm p."""
    q = dual(point["p"])
    samples = zip(point["x"], point["y"], strict=True)
    return mean([worst_loss(theta, x, y, point["eps"], q) for x, y in samples])


def mean_point(point: Point) -> tuple:
    """x̄ = (1/N) Σ y_n x_n."""
    return mean([scale(y, x) for x, y in zip(point["x"], point["y"], strict=True)])


NORM = Hypothesis("p", r"$p \in \{2, \infty\}$", lambda w: w["p"] in (2, inf))
RADIUS = Hypothesis("eps >= 0", r"$\varepsilon \ge 0$", lambda w: w["eps"] >= 0)
LABELS = Hypothesis(
    "labels", r"$y_n \in \{-1, 1\}$", lambda w: all(abs(label) == 1 for label in w["y"])
)


def step_from_origin(point: Point) -> tuple:
    """tv with v a norming vector of x̄ and t = 2(‖x̄‖_p − ε)/mean((‖x_n‖_p + ε)²)."""
    middle, p = mean_point(point), point["p"]
    size = norm(middle, p)
    if p == 2:
        direction = scale(1 / size, middle)
    else:
        largest = max(range(len(middle)), key=lambda i: abs(middle[i]))
        direction = tuple(sign(m) if i == largest else 0 for i, m in enumerate(middle))
    spread = mean([(norm(x, p) + point["eps"]) ** 2 for x in point["x"]])
    return scale(2 * (size - point["eps"]) / spread, direction)


def origin_is_best(point: Point) -> Comparison:
    """log 2 ≤ L_ε(θ) at the given θ if ‖x̄‖_p ≤ ε; else the step from 0 is better than log 2."""
    inside = Comparison(norm(mean_point(point), point["p"]), "<=", point["eps"]).holds()
    if inside is False:
        return Comparison(mean_loss(point, step_from_origin(point)), "<", log(2))
    return Comparison(log(2), "<=", mean_loss(point, point["theta"]))


ORIGIN = register(
    Claim(
        id="jaxat.origin-is-minimiser",
        kind=Kind.RESULT,
        source=Source("jaxat", "When the origin is the optimum"),
        title="L2, L∞: θ = 0 is a global minimiser of L_ε if and only if ‖x̄‖_p ≤ ε",
        statement=(
            r"For the linear model with $\|\delta\|_p\le\varepsilon$, $p\in\{2,\infty\}$, and "
            r"$\bar x=\frac1N\sum_n y_nx_n$: $\theta=0$ minimises $L_\varepsilon$ over "
            r"$\mathbb R^d$ if and only if $\|\bar x\|_p\le\varepsilon$. If $\|\bar x\|_p>"
            r"\varepsilon$, then $L_\varepsilon(tv)<L_\varepsilon(0)$ for $\bar x^\top v="
            r"\|\bar x\|_p$, $\|v\|_q=1$ and $t=2(\|\bar x\|_p-\varepsilon)/\frac1N\sum_n"
            r"(\|x_n\|_p+\varepsilon)^2$."
        ),
        expected=Verdict.PROVED,
        hypotheses=(NORM, RADIUS, LABELS),
        conclusion=origin_is_best,
        domain={
            "d": Integers(1),
            "samples": Integers(1),
            "part": Names("if", "only if"),
        },
        necessity=(
            Necessity("p", detail="With Hölder's inequality the proof works for every p ≥ 1."),
            Necessity("eps >= 0", detail="Without it the set of perturbations is empty."),
            Necessity(
                "labels",
                witness={
                    "x": "((1, 0), (-1/2, 0))",
                    "y": "(10, 10)",
                    "eps": "0",
                    "theta": "(0, 0)",
                    "p": "2",
                },
                detail="With larger labels the step t is too long; the equivalence stays true.",
            ),
        ),
        notes=(
            "The early version quotes that the optimum is 0 for $\\varepsilon\\to\\infty$; the "
            "threshold is finite, and known before training."
        ),
        cost=0.5,
    )
)


def dual_norm_proofs() -> list[Any]:
    """⟨x̄, θ⟩ ≤ ‖x̄‖₂‖θ‖₂, and ⟨x̄, θ⟩ ≤ ‖x̄‖_∞‖θ‖₁ coordinate by coordinate, by z3."""
    import z3

    from theory.smt import gram_pair, prove, reals

    pair = gram_pair()
    u, v, top = reals("x_i theta_i X")
    size = z3.If(v >= 0, v, -v)
    return [
        prove(pair.p <= pair.a * pair.b, given=list(pair.constraints)),
        prove(u * v <= top * size, given=[-top <= u, u <= top]),
    ]


@ORIGIN.check(Method.SYMBOLIC, Verdict.PROVED)
def tangent_and_parabola(run: Run) -> Evidence:
    """log 2 + h/2 ≤ softplus(h) ≤ log 2 + h/2 + h²/8, averaged over h_n = ε‖θ‖ − y_nx_nᵀθ."""

    from theory.facts.sigmoid import TAYLOR, softplus_above_tangent, softplus_below_parabola
    from theory.smt import prove, reals

    eps, size, length, inner, loss = reals("eps X T inner gain")
    # The mean of h is ε‖θ‖ − ⟨x̄, θ⟩, and L − log 2 is at least half of it.
    given = [eps >= 0, length >= 0, inner <= size * length, 2 * loss >= eps * length - inner]
    stays = prove(loss >= 0, given=[*given, size <= eps])
    # Along tv: mean h = −t(X − ε), |h_n| ≤ t(‖x_n‖ + ε), so L − log 2 ≤ −t(X−ε)/2 + t²M/8.
    t, spread = reals("t M")
    falls = prove(
        -t * (size - eps) / 2 + t**2 * spread / 8 < 0,
        given=[size > eps, spread > 0, t * spread == 2 * (size - eps)],
    )
    return Evidence.from_proofs(
        Method.SYMBOLIC,
        [
            *dual_norm_proofs(),
            *softplus_above_tangent(),
            *softplus_below_parabola(),
            stays,
            falls,
        ],
        assumes=(TAYLOR,),
        witness={
            "x": ((1, 0), (-1, 0)),
            "y": (1, 1),
            "theta": (0, 0),
            "eps": "1/2",
            "p": inf,
        },
    )


def away_from_origin(point: Point) -> Comparison:
    """‖θ‖_q ≥ 2(log 2 − L₀)/(‖x̄‖_p − ε)."""
    gap = norm(mean_point(point), point["p"]) - point["eps"]
    smallest = 2 * (log(2) - point["level"]) / gap
    return Comparison(norm(point["theta"], dual(point["p"])), ">=", smallest)


THETA_MIN = register(
    Claim(
        id="jaxat.theta-min",
        kind=Kind.RESULT,
        source=Source("jaxat", "An explicit smallest norm of the weights"),
        title="L2, L∞: L_ε(θ) ≤ L₀ < log 2 implies ‖θ‖_q ≥ 2(log 2 − L₀)/(‖x̄‖_p − ε)",
        statement=(
            r"If $L_\varepsilon(\theta)\le L_0<\log2=L_\varepsilon(0)$, $1/p+1/q=1$, "
            r"$p\in\{2,\infty\}$, then $\|\bar x\|_p>\varepsilon$ and "
            r"$\|\theta\|_q\ge\theta_{\min}:=\frac{2(\log2-L_0)}{\|\bar x\|_p-\varepsilon}$."
        ),
        expected=Verdict.PROVED,
        hypotheses=(
            NORM,
            RADIUS,
            LABELS,
            Hypothesis(
                "level",
                r"$L_\varepsilon(\theta) \le L_0 < \log 2$",
                lambda w: (
                    Comparison(mean_loss(w, w["theta"]), "<=", w["level"]),
                    Comparison(w["level"], "<", log(2)),
                ),
            ),
        ),
        conclusion=away_from_origin,
        domain={"d": Integers(1), "samples": Integers(1)},
        depends=("jaxat.origin-is-minimiser",),
        necessity=(
            Necessity("p", detail="With Hölder's inequality the proof works for every p ≥ 1."),
            Necessity(
                "level",
                witness={
                    "x": "((1, 0),)",
                    "y": "(1,)",
                    "theta": "(1/100, 0)",
                    "eps": "1/2",
                    "p": "2",
                    "level": "1/2",
                },
                detail="Weights near 0 have a loss near log 2.",
            ),
            Necessity("eps >= 0", detail="The proof does not use it."),
            Necessity("labels", detail="The proof does not use it."),
        ),
        notes="This is the $\\theta_{\\min}$ that Lemma 2 and Theorem 1 assume to exist.",
        cost=0.5,
    )
)


@THETA_MIN.check(Method.SYMBOLIC, Verdict.PROVED)
def convexity_at_the_origin(run: Run) -> Evidence:
    """L₀ ≥ L_ε(θ) ≥ log 2 + ½(ε‖θ‖ − ⟨x̄, θ⟩) ≥ log 2 − ½(‖x̄‖ − ε)‖θ‖."""

    from theory.facts.sigmoid import softplus_above_tangent
    from theory.smt import prove, reals

    eps, size, length, inner, drop = reals("eps X T inner drop")  # drop = log 2 − L₀ > 0
    given = [length >= 0, drop > 0, inner <= size * length]
    given += [-2 * drop >= eps * length - inner]
    above = prove(size > eps, given=given)
    far = prove(length * (size - eps) >= 2 * drop, given=given)
    return Evidence.from_proofs(
        Method.SYMBOLIC,
        [*dual_norm_proofs(), *softplus_above_tangent(), above, far],
        witness={
            "x": ((1, 0),),
            "y": (1,),
            "theta": ("1/1000", 0),
            "eps": "1/2",
            "p": 2,
            "level": "692897211809946/1000000000000000",
        },
        detail="Only that softplus lies above its tangent at 0 is used.",
    )


@THETA_MIN.check(Method.NUMERIC, Verdict.SUPPORTED)
def random_weights(run: Run) -> Evidence:
    """Random data, both norms, weights of all sizes below log 2: θ_min/‖θ‖_q is at most 1."""
    from functools import partial

    import jax
    import numpy as np

    from theory.adversarial import adversarial_loss

    def mean_of_losses(theta: Any, x: Any, eps: float, p: float) -> Any:
        return adversarial_loss(theta, x, np.ones(len(x)), eps, p).mean()

    n, d, count = 8, 3, run.pick(2000, 10_000)
    best, admissible = 0.0, 0
    for p, q in ((2.0, 2), (inf, 1)):
        x = run.rng.standard_normal((n, d)) + 0.5
        size = float(np.linalg.norm(x.mean(axis=0), p))
        eps = run.rng.uniform(0.0, 0.9) * size
        theta = run.rng.standard_normal((count, d)) * 10.0 ** run.rng.uniform(-2, 1, (count, 1))
        losses = np.asarray(jax.jit(jax.vmap(partial(mean_of_losses, x=x, eps=eps, p=p)))(theta))
        low = losses < np.log(2.0)
        ratio = 2 * (np.log(2.0) - losses) / (size - eps) / np.linalg.norm(theta, q, axis=1)
        best, admissible = (
            max(best, float(ratio[low].max(initial=0.0))),
            admissible + int(low.sum()),
        )
    return Evidence.supported(
        admissible=admissible,
        tried=2 * count,
        margin=1.0 - best,
        tolerance=1e-9,
        seed=run.seed,
    )
