"""Three phases of robust logistic regression: no minimiser, one minimiser, collapse to 0."""

from __future__ import annotations

from typing import Any

from theory.claim import Claim, Hypothesis, Kind, Necessity
from theory.evidence import Evidence, Exactly, Method, Verdict
from theory.exact import Comparison, log, norm
from theory.exact.logistic import robust_loss, weighted_mean
from theory.registry import register
from theory.run import Run
from theory.scope import Names, Scope
from theory.support.yamada import ours, reals


def mean_sample(z: Any) -> tuple[Any, ...]:
    return tuple(weighted_mean(column) for column in zip(*z, strict=True))


THRESHOLD = register(
    Claim(
        id="jaxat.collapse-threshold",
        kind=Kind.RESULT,
        source=ours("phases of robust logistic regression"),
        title="w = 0 minimises the robust loss exactly from ε_c = ‖mean z‖ on",
        statement=(
            r"$F_\varepsilon(w) \ge \log 2 = F_\varepsilon(0)$ for all $w$ if and only if "
            r"$\varepsilon \ge \varepsilon_c = \left\|\frac1N\sum z_n\right\|$. For "
            r"$\varepsilon > 0$ the loss has a kink at $w = 0$, so that the Hessian at this "
            r"minimiser does not exist."
        ),
        expected=Verdict.PROVED,
        domain={"part": Names("from the threshold on", "below the threshold")},
        hypotheses=(
            Hypothesis(
                "eps >= eps_c",
                r"$\varepsilon \ge \|\frac1N\sum z_n\|$",
                lambda w: Comparison(w["eps"], ">=", norm(mean_sample(w["z"]))),
            ),
        ),
        conclusion=lambda w: Comparison(log(2), "<=", robust_loss(w["w"], w["z"], w["eps"])),
        necessity=(
            Necessity(
                "eps >= eps_c",
                witness={"w": "(1/10, 0)", "z": "((1, 1), (1, -1))", "eps": "9/10"},
                detail="Below the threshold a small step along the mean of the z lowers the loss.",
            ),
        ),
    )
)


@THRESHOLD.check(Method.EXACT, Verdict.PROVED)
def jensen(run: Run) -> Evidence:
    """mean h = ε‖w‖ − w·μ ≥ (ε − ‖μ‖)‖w‖ ≥ 0, and softplus is convex and increasing."""
    import z3

    from theory.smt import gram_pair, prove

    pair = gram_pair()  # w and μ
    eps = z3.Real("eps")
    proof = prove(eps * pair.a - pair.p >= 0, given=[*pair.constraints, eps >= pair.b])
    return Evidence.from_proofs(
        Method.EXACT,
        [proof],
        Scope("from the threshold on", {"part": Names("from the threshold on")}),
        assumes=("Jensen: mean softplus(h) ≥ softplus(mean h)",),
        witness={"w": (1, 0), "z": ((1, 0), (1, 0)), "eps": 1},
    )


@THRESHOLD.check(Method.SYMBOLIC, Verdict.PROVED)
def descent(run: Run) -> Evidence:
    """The slope of F at 0 along μ/‖μ‖ is (ε − ε_c)/2, negative below the threshold."""
    import sympy

    from theory.symbolic import prove_nonnegative_by_identity, prove_zero

    t = sympy.Symbol("t", nonnegative=True)
    k = sympy.Symbol("k", real=True)  # ⟨z_n, μ⟩/‖μ‖, with mean ε_c
    eps, edge, below = sympy.symbols("epsilon epsilon_c delta", positive=True)
    slope = sympy.diff(sympy.log(1 + sympy.exp(t * (eps - k))), t).subs(t, 0)
    # Linear in k, so the mean over n puts in the mean of k; then ε = ε_c − δ.
    mean: Any = slope.subs(k, edge).subs(eps, edge - below)
    return Evidence.from_proofs(
        Method.SYMBOLIC,
        [
            prove_zero(slope - (eps - k) / 2),
            prove_nonnegative_by_identity(-mean, below / 2),
        ],
        Scope("below the threshold", {"part": Names("below the threshold")}),
        detail="δ = ε_c − ε > 0, so the slope −δ/2 is strictly negative.",
    )


PHASES = register(
    Claim(
        id="jaxat.yamada-phases",
        kind=Kind.RESULT,
        source=ours("phases of robust logistic regression"),
        title="no minimiser below γ, exactly one and H ≻ 0 between γ and ε_c, 0 from ε_c on",
        statement=(
            r"Let $\gamma = \max_{\|w\|=1}\min_n w\cdot z_n$, $\varepsilon_c = \|\frac1N\sum "
            r"z_n\|$. "
            r"(a) $0 \le \varepsilon < \gamma$: $\inf F = 0$ is not attained. (b) "
            r"$\max(0, \gamma) < \varepsilon < \varepsilon_c$: there is exactly one minimiser, it "
            r"is not 0, "
            r"and the Hessian there is positive definite. (c) $\varepsilon \ge \varepsilon_c$: 0 "
            r"is a "
            r"minimiser, and F has no Hessian there if $\varepsilon > 0$."
        ),
        expected=Verdict.PROVED,
        depends=("jaxat.collapse-threshold", "yamada.convexity", "jaxat.yamada-hessian"),
        domain={"part": Names("a", "b exists", "b unique", "c")},
        notes=(
            "With an unpenalised bias b the threshold is half the distance of the two class means. "
            "For a general norm p the same holds with the dual norm of w and ‖mean z‖_p, except "
            "that the minimiser in (b) need not be unique. Theorem 1 of Yamada et al. compares "
            "minimisers; in phase (a), where a powerful model on separable data is, there are "
            "none, "
            "and along every training run with loss tending to 0 the Hessian tends to 0 "
            "(`jaxat.sharpness-vanishes-with-loss`)."
        ),
        cost=1.0,
    )
)


@PHASES.check(Method.EXACT, Verdict.PROVED)
def below_the_margin(run: Run) -> Evidence:
    """(a) h_n = ε‖w‖ − w·z_n ≤ −t(γ − ε) at w = tŵ: the loss tends to 0 and is never 0."""
    import sympy

    from theory.smt import prove

    t, eps, margin, inner = reals("t eps gamma inner")
    logit = prove(
        t * eps - t * inner <= -t * (margin - eps), given=[t > 0, eps < margin, inner >= margin]
    )
    x = sympy.Symbol("x", real=True)
    limit = sympy.limit(sympy.log(1 + sympy.exp(x)), x, -sympy.oo)
    return Evidence.from_proofs(
        Method.EXACT,
        [logit, Exactly(bool(limit == 0), "softplus tends to 0 at −∞")],
        Scope("phase a", {"part": Names("a")}),
        detail="log(1 + e^h) > 0 for every real h, so the infimum 0 is not attained.",
    )


@PHASES.check(Method.EXACT, Verdict.PROVED)
def coercive(run: Run) -> Evidence:
    """(b) Along each direction d some d·z_n < ε‖d‖, so F grows at least linearly."""
    import z3

    from theory.smt import prove

    eps, margin, worst, t = reals("eps gamma worst t")
    # min_n d·z_n ≤ γ for ‖d‖ = 1: that sample has the logit t(ε − min) ≥ t(ε − γ) > 0.
    growth = prove(
        z3.And(t * (eps - worst) >= t * (eps - margin), t * (eps - margin) > 0),
        given=[t > 0, worst <= margin, margin < eps],
    )
    return Evidence.from_proofs(
        Method.EXACT,
        [growth],
        Scope("phase b, existence", {"part": Names("b exists")}),
        assumes=("a continuous function that tends to infinity with ‖w‖ has a minimiser",),
        detail=(
            "softplus(h) ≥ h, so F(td) ≥ t(ε − γ)/N for every unit vector d. The minimiser is not "
            "0 "
            "by `jaxat.collapse-threshold`."
        ),
    )


@PHASES.check(Method.EXACT, Verdict.PROVED)
def definite(run: Run) -> Evidence:
    """(b) vᵀHv = 0 forces v ∥ w and all margins 0, hence F(w) = log 2 = F(0), a contradiction."""
    import z3

    from theory.smt import gram_pair, prove

    pair = gram_pair()  # v and w
    c, spread, weight, inner = reals("c spread weight inner")
    # vᵀHv = spread + c(‖v‖² − ⟨v, w⟩²/‖w‖²), spread = mean s(1−s)⟨u, v⟩² ≥ 0, c > 0.
    across = pair.a**2 * pair.b**2 - pair.p**2
    given = [*pair.constraints, c > 0, spread >= 0, spread * pair.b**2 + c * across == 0]
    parallel = prove(z3.And(across == 0, spread == 0), given=given)
    margins = prove(inner == 0, given=[weight > 0, weight * inner * inner == 0])
    return Evidence.from_proofs(
        Method.EXACT,
        [parallel, margins],
        Scope("phase b, uniqueness", {"part": Names("b unique")}),
        detail=(
            "Equality in Cauchy-Schwarz makes v a multiple of w; then ⟨u_n, w⟩ = m_n = 0 for every "
            "n and each loss is log 2. But F(w) < log 2 by `jaxat.collapse-threshold`. So H is "
            "positive "
            "definite at every minimiser, and a convex function with two minimisers is constant "
            "between them."
        ),
    )


@PHASES.check(Method.SYMBOLIC, Verdict.PROVED)
def kink_at_zero(run: Run) -> Evidence:
    """(c) The slopes of F at 0 along ±d are (ε ∓ d·μ)/2: their sum is ε > 0, so F has a kink."""
    import sympy

    from theory.symbolic import prove_zero

    t = sympy.Symbol("t", nonnegative=True)
    k = sympy.Symbol("k", real=True)
    eps = sympy.Symbol("epsilon", positive=True)
    slopes = [
        sympy.diff(sympy.log(1 + sympy.exp(t * (eps - sign * k))), t).subs(t, 0) for sign in (1, -1)
    ]
    return Evidence.from_proofs(
        Method.SYMBOLIC,
        [prove_zero(slopes[0] + slopes[1] - eps)],
        Scope("phase c", {"part": Names("c")}),
        detail="That 0 is a minimiser is `jaxat.collapse-threshold`.",
    )


@PHASES.check(Method.NUMERIC, Verdict.SUPPORTED)
def random_data(run: Run) -> Evidence:
    """Random data at 0.98, 1.02 times ε_c and between γ and ε_c, minimised without the theory."""
    import numpy as np
    from scipy.optimize import minimize

    from theory.weight_phases import collapse_radius, minimiser, robust_margin

    rng, count, worst, done = run.rng, run.pick(6, 20), 0.0, 0
    for _ in range(count):
        z = rng.standard_normal((6, 2)) + np.array([0.6, 0.2])
        low, edge = robust_margin(z), collapse_radius(z)
        if edge < 0.1 or low > 0.9 * edge:
            continue

        def loss(w: Any, z: Any, eps: float) -> float:
            return float(np.logaddexp(0.0, eps * np.linalg.norm(w) - z @ w).mean())

        start = z.mean(0) * 0.3
        above = minimize(loss, start, args=(z, 1.02 * edge), method="Nelder-Mead").fun
        eps = low + 0.7 * (edge - low)
        between = minimize(
            loss,
            start,
            args=(z, eps),
            method="Nelder-Mead",
            options={"xatol": 1e-9, "fatol": 1e-14, "maxiter": 4000, "maxfev": 4000},
        )
        newton = minimiser(z, eps)
        gap = float(np.linalg.norm(between.x - newton)) / max(1.0, float(np.linalg.norm(newton)))
        violations = (
            np.log(2) - above - 1e-12,
            loss(newton, z, eps) - between.fun,
            loss(0.01 * start, z, 0.98 * edge) - np.log(2),
            gap - 1e-4,
        )
        worst, done = max(worst, *map(float, violations)), done + 1
    return Evidence.supported(
        admissible=done, tried=count, margin=-worst, tolerance=1e-9, seed=run.seed
    )
