"""Figure 4 of Kanai et al.: when θ_2 = 0 is optimal on a sample, decided with certainty."""

from __future__ import annotations

from math import inf
from typing import Any

from theory.claim import Claim, Hypothesis, Kind, Necessity, Parameter, Source
from theory.evidence import Evidence, Method, Verdict
from theory.exact import Comparison, Point, ball, dual, norm, rational, softplus
from theory.registry import register
from theory.run import Run
from theory.scope import Names
from theory.tables.figure_4 import axis_minimum, folded, zero_is_optimal


def criterion(point: Point) -> bool | None:
    """The axis has a minimum (t*, 0), t* ≥ 0, and `zero_is_optimal` there; p is 2 or ∞."""
    has_minimum = any(abs(row[0]) < point["eps"] for row in point["x"])
    if point["p"] not in (2, inf) or not has_minimum:
        return False
    return zero_is_optimal(point["x"], point["eps"], point["p"])


def loss(point: Point, theta: tuple[Any, Any]) -> Any:
    """N L(θ): the sum of softplus(−θᵀz_n + ε‖θ‖_q)."""
    size = point["eps"] * norm(theta, dual(point["p"]))
    rows = folded(point["x"])
    return sum((softplus(size - theta[0] * a - theta[1] * b) for a, b in rows), ball(0))


def axis_is_best(point: Point) -> Comparison:
    """L(t*, 0) ≤ L(θ) at the θ of the point."""
    t = axis_minimum(folded(point["x"]), point["eps"])
    return Comparison(loss(point, (t, rational(0))), "<=", loss(point, point["theta"]))


CRITERION = register(
    Claim(
        id="jaxat.figure-4-criterion",
        kind=Kind.RESULT,
        source=Source("jaxat", "Figure 4 of Kanai et al."),
        title="θ₂* = 0 if Σ sₙyₙxₙ₂ = 0 (L2), or |Σ sₙyₙxₙ₂| ≤ ε Σ sₙ (L∞), at the axis minimum",
        statement=(
            r"Let $x_{n1}\ne0$, $y_n=\mathrm{sign}(x_{n1})$, $L$ the adversarial logistic loss of "
            r"a linear model on the sample, $t^*\ge0$ the minimum of $t\mapsto L(t,0)$ and "
            r"$s_n=\sigma(-t^*|x_{n1}|+\varepsilon t^*)$. Then $(t^*,0)$ minimises $L$ over the "
            r"plane if $t^*>0$ and $\sum s_ny_nx_{n2}=0$ ($L_2$) or "
            r"$|\sum s_ny_nx_{n2}|\le\varepsilon\sum s_n$ ($L_\infty$), or if $t^*=0$ and "
            r"$\|\frac1N\sum y_nx_n\|_p\le\varepsilon$."
        ),
        expected=Verdict.PROVED,
        hypotheses=(
            Hypothesis(
                "criterion",
                r"$|x_{n1}|<\varepsilon$ for some $n$ (a minimum exists), $p\in\{2,\infty\}$, and "
                r"the stated condition",
                criterion,
            ),
        ),
        conclusion=axis_is_best,
        domain={"norm": Names("2", "inf")},
        necessity=(
            Necessity(
                "criterion",
                witness={
                    "x": "((2, 1/10), (1/10, 1/10))",
                    "eps": "3/5",
                    "p": "2",
                    "theta": "(91/100, 1/100)",
                },
                detail=(
                    "An L2 sample with y x₂ > 0 throughout: the loss falls towards θ₂ > 0, and "
                    "θ₂* = 0 is not optimal."
                ),
            ),
        ),
        notes=(
            "Where the criterion fails strictly and $t^*>0$, the loss has a negative slope in "
            "$\\theta_2$ at $(t^*,0)$. For $t^*=0$ and $L_2$ the negative slope may be one in "
            "between: with $x=(\\frac12,\\frac12)$ and $\\varepsilon=0.6$ the loss rises along "
            "both axes and falls along $(1,1)$."
        ),
    )
)


@CRITERION.check(Method.EXACT, Verdict.PROVED)
def subgradient_inequality(run: Run) -> Evidence:
    """z3, in Σ s_n(ε − z_n1) = 0, S = Σ s_n and G = Σ s_n z_n2: no θ has a smaller loss."""
    import z3

    from theory.smt import gram_pair, prove, reals

    t, first, second, eps, S, A, G, size = reals("t first second eps S A G size")
    # Tangents of softplus: N(L(θ) − L(t, 0)) ≥ Σ s_n δ_n with Σ s_n z_n1 = εS − A, A = 0.
    rise = -(first - t) * (eps * S - A) - second * G + eps * (size - t) * S
    given = [eps > 0, t > 0, S > 0, A == 0]
    l2 = prove(rise >= 0, given=[*given, G == 0, size >= 0, size * size == first**2 + second**2])
    first_size, second_size = (z3.If(v >= 0, v, -v) for v in (first, second))
    total: Any = z3.Sum(first_size, second_size)
    linf = prove(
        rise >= 0,
        given=[
            *given,
            *(-eps * S <= G, eps * S >= G),
            size == total,
        ],
    )
    # At t* = 0 every s_n is ½: no θ has ε‖θ‖_q < θᵀm for the mean m of z, with ‖m‖_p ≤ ε.
    pair = gram_pair()
    origin_l2 = prove(eps * pair.a >= pair.p, given=[*pair.constraints, eps > 0, pair.b <= eps])
    m_1, m_2 = reals("m_1 m_2")
    inside = [m <= eps for m in (m_1, -m_1, m_2, -m_2)]
    origin_linf = prove(eps * total >= first * m_1 + second * m_2, given=inside)
    return Evidence.from_proofs(
        Method.EXACT,
        [l2, linf, origin_l2, origin_linf],
        assumes=("softplus is convex with the derivative σ",),
        witness={
            "x": ((2, "1/10"), ("1/10", "-1/10"), (1, "1/5")),
            "eps": "3/5",
            "p": inf,
            "theta": ("3/4", "1/100"),
        },
        detail="Only the tangents of the N terms at (t*, 0) are used.",
    )


SAMPLES = register(
    Claim(
        id="jaxat.figure-4-samples",
        kind=Kind.RESULT,
        source=Source("jaxat", "Figure 4 of Kanai et al., N = 100, ε = 0.6"),
        title="x ~ N(0, I₂), N = 100, ε = 0.6: θ₂* = 0 for L∞, θ₂* ≠ 0 for L2, in every draw",
        statement=(
            r"For $x_n\sim\mathcal N(0,I_2)$, $y_n=\mathrm{sign}(x_{n1})$, $N=100$, "
            r"$\varepsilon=0.6$, the $L_\infty$ adversarial loss has its minimum at $\theta_2=0$ "
            r"exactly, and the $L_2$ adversarial loss has not, in every draw that was tried; each "
            r"draw is decided in ball arithmetic."
        ),
        expected=Verdict.SUPPORTED,
        depends=("jaxat.figure-4-criterion",),
        parameters={
            "N": Parameter(100, 100, 1000, "size of a sample", integer=True),
            "eps": Parameter(0.6, 0.5, 0.65, "radius of the attack"),
        },
        notes=(
            "Both are statements about draws. The L2 minimum is on the axis with probability 0; "
            "the L∞ minimum is off it in a draw whose second feature happens to correlate with "
            "the label by more than ε, which is rare for N = 100."
        ),
        cost=1.0,
    )
)


@SAMPLES.check(Method.NUMERIC, Verdict.SUPPORTED)
def certified_draws(run: Run) -> Evidence:
    """Draw samples; decide each with certainty; any undecided or opposite draw is a violation."""
    draws, eps = run.pick(5, 20), rational(run["eps"])
    as_claimed = 0
    for sample in run.rng.standard_normal((draws, run.integer("N"), 2)):
        x = [tuple(map(rational, row)) for row in sample.tolist()]
        found = zero_is_optimal(x, eps, inf) is True and zero_is_optimal(x, eps, 2) is False
        as_claimed += found
    return Evidence.supported(
        admissible=draws,
        tried=draws,
        margin=float(as_claimed - draws),
        tolerance=0.0,
        seed=run.seed,
    )
