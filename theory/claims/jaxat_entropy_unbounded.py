"""A nonnegative loss on which the smoothness constant of EntropySGD is infinite over R."""

from __future__ import annotations

from typing import Any

from theory.claim import Claim, Hypothesis, Kind, Necessity
from theory.evidence import Evidence, Exactly, Method, Verdict
from theory.exact import Comparison, Point, ball, rational
from theory.exact.entropy import Panel, panel_moments
from theory.registry import register
from theory.run import Run
from theory.scope import Integers, Reals, Scope
from theory.support.entropy import ours


def staircase(k: int, gamma: Any) -> list[Panel]:
    """L = (γ/2)(t − 2ʲ)(2ʲ⁺¹ − t) on [2ʲ, 2ʲ⁺¹], 0 ≤ j ≤ k + 2, and 0 left of 1."""
    panels = [Panel(None, rational(1), rational(0), rational(0), rational(0))]
    for j in range(k + 3):
        low, high = rational(2**j), rational(2 ** (j + 1))
        half = gamma / 2
        panels.append(Panel(low, high, -half * low * high, half * (low + high), -half))
    return panels


def staircase_variance(k: int, gamma: Any) -> Any:
    """Var of p_θ at θ = 3·2^{k−1}, the middle of [2ᵏ, 2ᵏ⁺¹]; beyond 2^{k+3} only L ≥ 0 is used."""
    from theory.rigorous import gaussian_tail, hull

    theta = rational(3) * rational(2) ** k / 2
    panels = staircase(k, gamma)
    rows = [panel_moments(p, theta, gamma, 1) for p in panels]
    sums = [sum(column, ball(0)) for column in zip(*rows, strict=True)]
    last = panels[-1].high
    assert last is not None
    distance = ball(last - theta)
    mass, edge = gaussian_tail(gamma, distance), (-ball(gamma) * distance * distance / 2).exp()
    # Integrals of u and u² exp(−γu²/2) over u > distance.
    tails = (
        mass,
        hull(ball(0), edge / gamma),
        hull(ball(0), distance * edge / gamma) + mass / gamma,
    )
    whole, first, second = (a + b for a, b in zip(sums, tails, strict=True))
    shift = first / whole
    return second / whole - shift * shift


def variance_grows(point: Point) -> Comparison:
    """Var at θ_k ≥ (4ᵏ/12) / (1 + 4^{1−k}/γ)."""
    k, gamma = int(point["k"]), point["gamma"]
    square = rational(4) ** k
    least = square / 12 / (1 + 4 / (square * gamma))
    return Comparison(staircase_variance(k, gamma), ">=", least)


GAMMA = Hypothesis("gamma > 0", r"$\gamma > 0$", lambda w: Comparison(w["gamma"], ">", 0))

CLAIM = register(
    Claim(
        id="jaxat.entropy-unbounded",
        kind=Kind.RESULT,
        source=ours("A staircase of parabolas"),
        title="For every γ a continuous L ≥ 0 has Var(θ_k) ≥ 4ᵏ/(12(1 + 4^{1−k}/γ)) → ∞",
        statement=(
            r"Let $L(t)=\frac\gamma2(t-2^k)(2^{k+1}-t)$ for $2^k\le t\le2^{k+1}$, "
            r"$k=0,1,2,\ldots$, and $L=0$ left of $1$. At $\theta_k=3\cdot2^{k-1}$ the variance of "
            r"$p_{\theta_k}$ is at least $\frac{4^k}{12}\big/(1+\frac{4^{1-k}}\gamma)$, so that "
            r"$\sup_\theta\|\Sigma_\theta\|=\infty$ and $\nabla F$ is not Lipschitz on "
            r"$\mathbb{R}$."
        ),
        expected=Verdict.PROVED,
        hypotheses=(
            GAMMA,
            Hypothesis("k >= 0", r"$k = 0, 1, 2, \ldots$", lambda w: w["k"] >= 0 and w["k"].q == 1),
        ),
        conclusion=variance_grows,
        domain={"k": Integers(0), "gamma": Reals(0, low_open=True)},
        necessity=(
            Necessity("gamma > 0", detail="The loss is scaled by γ, and needs L ≥ 0."),
            Necessity("k >= 0", detail="It numbers the steps of the staircase."),
        ),
        notes=(
            "At the middle of a step the two quadratic terms cancel, and $p_\\theta$ is uniform on "
            "the step. The loss is locally Lipschitz and of quadratic growth: the global bounds "
            "for Lipschitz and for weakly convex losses with $\\rho<\\gamma$ just do not apply "
            "(here $\\rho=\\gamma$)."
        ),
        cost=0.5,
    )
)


@CLAIM.check(Method.SYMBOLIC, Verdict.PROVED)
def flat_on_one_step(run: Run) -> Evidence:
    """Exponent constant on the step; Mills' bound outside; the law of total variance."""
    import sympy
    from sympy import exp

    from theory.symbolic import prove_nonnegative_by_identity, prove_zero

    gamma, d = sympy.symbols("gamma d", positive=True)  # d: half the width of the step
    t, middle = sympy.symbols("t theta", real=True)
    loss = gamma / 2 * (t - (middle - d)) * (middle + d - t)
    flat = prove_zero(sympy.expand(loss + gamma / 2 * (t - middle) ** 2 - gamma * d**2 / 2))
    # exp(−γu²/2) ≤ (u/d) exp(−γu²/2) for u = d + excess, and this integrates to edge/(γd).
    excess, u = sympy.Symbol("excess", nonnegative=True), sympy.Symbol("u", positive=True)
    kernel = exp(-gamma * u**2 / 2)
    mills = [
        prove_nonnegative_by_identity((d + excess) / d - 1, excess / d),
        prove_zero(sympy.diff(-kernel / (gamma * d), u) - u / d * kernel),
    ]
    # Mass outside: 2 edge/(γd) − slack; on the step: 2d edge. So the share P ≥ 1/(1 + 1/(γd²)).
    slack = sympy.Symbol("slack", nonnegative=True)
    edge = sympy.Symbol("edge", positive=True)
    outside = sympy.Symbol("outside", positive=True)
    inside = 2 * d * edge
    least = 1 / (1 + 1 / (gamma * d**2))
    share = prove_nonnegative_by_identity(
        (inside / (inside + outside) - least).subs(edge, (outside + slack) * gamma * d / 2),
        slack / ((outside + slack) * gamma * d**2 + outside) * least,
    )
    P, v1, v2 = sympy.symbols("P v_1 v_2", nonnegative=True)
    rest = sympy.Symbol("one_minus_P", nonnegative=True)
    m1, m2 = sympy.symbols("m_1 m_2", real=True)
    moment = P * (v1 + m1**2) + rest * (v2 + m2**2)
    total = moment - (P * m1 + rest * m2) ** 2 - P * v1
    certificate = rest * v2 + P * rest * (m1 - m2) ** 2
    split = prove_zero(sympy.expand((total - certificate).subs(P, 1 - rest)))
    positive = prove_nonnegative_by_identity(certificate, certificate)
    uniform = prove_zero(sympy.integrate(u**2, (u, -d, d)) / (2 * d) - d**2 / 3)
    return Evidence.from_proofs(
        Method.SYMBOLIC,
        [flat, *mills, share, split, positive, uniform],
        assumes=("the integral is monotone: L ≥ 0 outside the step",),
        witness={"k": 8, "gamma": 1},
        detail="With d = 2^{k−1}: the variance of the uniform law, d²/3 = 4ᵏ/12, times P.",
    )


@CLAIM.check(Method.RIGOROUS, Verdict.PROVED)
def enclosed_at_nine_steps(run: Run) -> Evidence:
    """Var at k = 0, ..., 8 for γ = 1, in balls."""
    points = [{"k": rational(k), "gamma": rational(1)} for k in range(9)]
    return Evidence.from_proofs(
        Method.RIGOROUS,
        [Exactly(variance_grows(point).holds(), f"k = {point['k']}") for point in points],
        Scope("k = 0, ..., 8, γ = 1", {"k": Integers(0, 8), "gamma": Reals(1, 1)}),
        detail="Closed forms on every step; beyond the step 2^{k+3} only L ≥ 0 is used.",
    )
