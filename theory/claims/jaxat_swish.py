"""The swish model in closed form, and bounds for its loss that hold on the whole line."""

from __future__ import annotations

from math import inf
from typing import Any

from theory.claim import Claim, Hypothesis, Kind, Necessity, Parameter, Source
from theory.claims.kanai_lemma_3 import LABEL, RADIUS
from theory.evidence import Evidence, Exactly, Method, Verdict
from theory.exact import Comparison, Point, absolute, add, ball, dot, norm, rational, softplus
from theory.exact.swish import phi_curvature, phi_slope, swish, swish_adversarial_loss
from theory.registry import register
from theory.run import Run
from theory.scope import Names, Reals, Scope

CLOSED = register(
    Claim(
        id="jaxat.swish-closed-form",
        kind=Kind.RESULT,
        source=Source("jaxat", "swish unit under attack"),
        title="swish: ℓ_ε = φ(clip(u*, u₀ ± ε‖θ‖_q)) for y = 1, the larger end for y = −1",
        statement=(
            r"Let $\ell=\log(1+e^{-y\,u\sigma(u)})$, $u=\theta^\top(x+\delta)$, and let "
            r"$[a,b]=\theta^\top x\mp\varepsilon\|\theta\|_q$, $1/p+1/q=1$, $p\in\{2,\infty\}$. "
            r"Then "
            r"$\max_{\|\delta\|_p\le\varepsilon}\ell$ is $\varphi(\mathrm{clip}(u^*,a,b))$ with "
            r"$\varphi(u)=\log(1+e^{-u\sigma(u)})$ for $y=1$, and "
            r"$\log(1+e^{\max(a\sigma(a),b\sigma(b))})$ for $y=-1$; for $\theta\ne0$ both are "
            r"attained at $\delta=\frac{c-\theta^\top x}{\|\theta\|_q}v$, "
            r"$v\in\partial\|\theta\|_q$, $c$ the chosen $u$, and for $y=1$ in the open ball "
            r"exactly if $a<u^*<b$."
        ),
        expected=Verdict.PROVED,
        hypotheses=(
            RADIUS,
            LABEL,
            Hypothesis("attack", r"$p\in\{2,\infty\}$", lambda w: w["p"] in (2, inf)),
            Hypothesis(
                "admissible",
                r"$\|\delta\|_p\le\varepsilon$",
                lambda w: Comparison(norm(w["delta"], w["p"]), "<=", w["eps"]),
            ),
        ),
        conclusion=lambda w: Comparison(
            softplus(-w["y"] * swish(dot(w["theta"], add(w["x"], w["delta"])))),
            "<=",
            swish_adversarial_loss(w["theta"], w["x"], w["y"], w["eps"], w["p"]),
        ),
        domain={"y": Names("1", "-1"), "p": Names("2", "inf")},
        depends=("kanai.swish.u-star",),
        necessity=(
            Necessity(
                "admissible",
                witness={
                    "theta": "(2, -2)",
                    "x": "(-1, 1)",
                    "delta": "(7/10, -7/10)",
                    "eps": "3/5",
                    "p": "inf",
                    "y": "1",
                },
                detail="A larger perturbation reaches further towards u*.",
            ),
            Necessity(
                "label",
                witness={
                    "theta": "(2, -2)",
                    "x": "(-1, 1)",
                    "delta": "(3/5, -3/5)",
                    "eps": "3/5",
                    "p": "inf",
                    "y": "2",
                },
                detail="A label of 2 doubles the exponent, which the formula does not know.",
            ),
            Necessity("attack", detail="With Hölder's inequality the proof works for every p."),
            Necessity("eps >= 0", detail="A ball of negative radius has no points."),
        ),
        parameters={
            "d": Parameter(3, 1, 20, "dimension of the weights", integer=True),
            "eps": Parameter(0.6, 0.0, 10.0, "radius of the attack"),
        },
        cost=1.5,
    )
)


@CLOSED.check(Method.SYMBOLIC, Verdict.PROVED)
def unimodal_on_an_interval(run: Run) -> Evidence:
    """The attack moves u over [a, b]; φ rises up to u* and falls after it, swish the other way."""
    import z3

    from theory.facts.sigmoid_lemmas import cauchy_schwarz, softplus_increases
    from theory.facts.swish import g_increases, phi_slope_identity, slope_identity
    from theory.smt import prove
    from theory.smt_signs import reals, size_of

    t, delta, eps = reals("t delta eps")
    one = prove(size_of(t * delta) <= eps * size_of(t), given=[size_of(delta) <= eps])
    u, low, high, best = reals("u low high best")
    clip = z3.If(best < low, low, z3.If(best > high, high, best))
    f_u, f_clip, f_low, f_high = reals("f_u f_clip f_low f_high")
    range_ = [low <= u, u <= high]
    rises = z3.Implies(z3.And(u <= clip, clip <= best), f_u <= f_clip)
    falls = z3.Implies(z3.And(best <= clip, clip <= u), f_u <= f_clip)
    positive = prove(f_u <= f_clip, given=[*range_, rises, falls])
    valley = [z3.Implies(u <= best, f_u <= f_low), z3.Implies(u >= best, f_u <= f_high)]
    negative = prove(z3.Or(f_u <= f_low, f_u <= f_high), given=[*range_, *valley])
    return Evidence.from_proofs(
        Method.SYMBOLIC,
        [
            slope_identity(),
            g_increases(),
            phi_slope_identity(),
            softplus_increases(),
            cauchy_schwarz(),
            one,
            positive,
            negative,
        ],
        witness={
            "theta": (2, -2),
            "x": (-1, 1),
            "delta": ("3/5", "-3/5"),
            "eps": "3/5",
            "p": inf,
            "y": 1,
        },
        detail=(
            "|θᵀδ| ≤ ε‖θ‖_q: coordinate by coordinate for p = ∞, by Cauchy-Schwarz for p = 2, with "
            "every value in between attained by a multiple of v."
        ),
    )


@CLOSED.check(Method.NUMERIC, Verdict.SUPPORTED)
def against_brute_force(run: Run) -> Evidence:
    """The library's loss against the best of many δ along v and at random in the ball."""
    import jax
    import jax.numpy as jnp
    import numpy as np

    from theory.adversarial import swish_adversarial_loss as library
    from theory.dual_norm import steepest

    d, eps, n = run.integer("d"), run["eps"], run.pick(60, 200)
    theta, x = 2 * run.rng.standard_normal((2, n, d))
    y = run.rng.choice([-1.0, 1.0], n)
    grid, error = np.linspace(-1.0, 1.0, 2001), 0.0

    def loss(u: np.ndarray) -> np.ndarray:
        return np.logaddexp(0.0, -y[:, None] * u / (1 + np.exp(-u)))

    for p in (2.0, inf):
        value, v = jax.jit(
            jax.vmap(lambda t, a, b, p=p: (library(t, a, b, eps, p), steepest(t, p)))
        )(jnp.asarray(theta), jnp.asarray(x), jnp.asarray(y))
        closed = np.asarray(value)
        u0, reach = np.sum(theta * x, axis=1), eps * np.sum(theta * np.asarray(v), axis=1)
        best = loss(u0[:, None] + reach[:, None] * grid).max(axis=1)
        noise = run.rng.standard_normal((n, 200, d))
        size = np.abs(noise).max(2) if p == inf else np.linalg.norm(noise, axis=2)
        attacks = eps * noise / size[:, :, None]
        random = loss(np.einsum("nd,nkd->nk", theta, x[:, None, :] + attacks)).max(axis=1)
        # A grid misses the peak by at most ½ |φ''| (half its spacing)², below 0.12 (reach/1000)².
        allowed = 0.12 * (reach / 1000) ** 2
        excess = np.maximum(best, random) - closed
        missed = closed - best - allowed
        error = max(error, float(np.max(np.maximum(excess, missed))))
    return Evidence.supported(
        admissible=2 * n, tried=2 * n, margin=-max(error, 0.0), tolerance=1e-12, seed=run.seed
    )


def curvature_bound(point: Point) -> Comparison:
    from theory.exact.swish import CURVATURE, SLOPE

    if point["part"] == "slope":
        return Comparison(absolute(phi_slope(point["u"])), "<=", rational(SLOPE))
    return Comparison(absolute(phi_curvature(point["u"])), "<=", rational(CURVATURE))


CURVATURE_CLAIM = register(
    Claim(
        id="jaxat.swish-curvature",
        kind=Kind.RESULT,
        source=Source("jaxat", "swish unit, bounds"),
        title="swish: |φ'| ≤ 0.3173 and |φ''| ≤ 0.22617 on the whole line",
        statement=(
            r"$\varphi(u)=\log(1+e^{-u\sigma(u)})$ satisfies $|\varphi'(u)|\le0.3173$ and "
            r"$|\varphi''(u)|\le0.22617$ for every $u\in\mathbb R$."
        ),
        expected=Verdict.PROVED,
        conclusion=curvature_bound,
        domain={"u": Reals(), "part": Names("slope", "curvature")},
        cost=0.5,
    )
)


def _derivatives(u: Any) -> tuple[Any, Any]:
    """Enclosures of |φ'| and |φ''| over a ball."""
    from theory.rigorous.functions import absolute, logistic, square

    s, rest = logistic(u), logistic(-u)
    slope = s * (1 + u * rest)
    bend = s * rest * (2 + u * (rest - s))
    a, b = logistic(-u * s), logistic(u * s)
    return absolute(a * slope), absolute(a * b * square(slope) - a * bend)


@CURVATURE_CLAIM.check(Method.RIGOROUS, Verdict.PROVED)
def middle(run: Run) -> Evidence:
    """Branch and bound over [−40, 40]."""
    from theory.exact.swish import CURVATURE, SLOPE
    from theory.rigorous import Box, prove_at_most

    box = Box({"u": (-40, 40)})
    proofs = [
        prove_at_most(lambda u: _derivatives(u)[0], SLOPE, box),
        prove_at_most(lambda u: _derivatives(u)[1], CURVATURE, box),
    ]
    return Evidence.from_proofs(
        Method.RIGOROUS,
        proofs,
        Scope("|u| ≤ 40", {"u": Reals(-40, 40)}),
        witness={"part": "curvature", "u": "-4136/10000"},
    )


def _tail_proofs(slope: Any, first: Any) -> list[Any]:
    """For t = |u| ≥ 40: σ(−t) ≤ e^(−t), and |swish''| ≤ (2 + t) e^(−t), at most its value at 40.

    `slope` bounds |swish'| and `first` bounds σ(−swish); then |φ'| ≤ first·slope and
    |φ''| ≤ min(first, 1/4)·slope² + first·|swish''|.
    """
    import sympy
    from flint import arb

    from theory.facts.sigmoid_lemmas import sigmoid_increases
    from theory.symbolic import prove_monotone, prove_nonnegative_by_identity

    t = sympy.Symbol("t", nonnegative=True)
    e = sympy.exp(-t)
    bend = 42 * arb(-40).exp()
    quarter = arb(1) / 4
    bounds = (first * slope, first.min(quarter) * slope * slope + first * bend)
    tiny = all(bool(bound < ball(rational("1/1000000"))) for bound in bounds)
    return [
        prove_nonnegative_by_identity(e - e / (1 + e), e**2 / (1 + e)),
        prove_monotone((1 + t) * e, t, t * e, decreasing=True),
        prove_monotone((2 + t) * e, t, (1 + t) * e, decreasing=True),
        sigmoid_increases(),
        Exactly(tiny, "both derivatives are below 1e-6 for |u| ≥ 40"),
    ]


@CURVATURE_CLAIM.check(Method.SYMBOLIC, Verdict.PROVED)
def left_tail(run: Run) -> Evidence:
    """u = −t ≤ −40: |swish'| ≤ (1 + t) e^(−t), and σ(−swish) ≤ 1."""
    from flint import arb

    return Evidence.from_proofs(
        Method.SYMBOLIC,
        _tail_proofs(41 * arb(-40).exp(), arb(1)),
        Scope("u ≤ −40", {"u": Reals(high=-40)}),
    )


@CURVATURE_CLAIM.check(Method.SYMBOLIC, Verdict.PROVED)
def right_tail(run: Run) -> Evidence:
    """u = t ≥ 40: |swish'| ≤ 1 + t e^(−t) ≤ 2, and σ(−swish) ≤ e^(−20), as swish ≥ t/2."""
    from flint import arb

    return Evidence.from_proofs(
        Method.SYMBOLIC,
        _tail_proofs(arb(2), arb(-20).exp()),
        Scope("u ≥ 40", {"u": Reals(40)}),
    )
