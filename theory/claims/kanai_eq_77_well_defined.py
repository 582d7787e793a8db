"""Eq. (77) of Kanai et al. divides by 1 − γσ̄: where that is positive, and where not."""

from __future__ import annotations

from typing import Any

from theory.claim import Claim, Hypothesis, Kind, Necessity, Source
from theory.evidence import Evidence, Method, Verdict
from theory.exact import Comparison, Point, ball
from theory.registry import register
from theory.run import Run
from theory.scope import Integers

SCOPE = Hypothesis("gamma > 0", r"$\gamma>0$", lambda w: Comparison(w["gamma"], ">", 0))
NON_NEGATIVE = Hypothesis(
    "L >= 0",
    r"$L\ge0$ (judged for the double well $L(t)=a(t^2-1)^2$, $a\ge0$, in one dimension)",
    lambda w: Comparison(w["a"], ">=", 0),
)


def double_well_variance(point: Point) -> Any:
    """σ of p_θ(t) ∝ exp(−a(t²−1)² − (γ/2)(t−θ)²), certified: panels and the tails cut off."""
    from theory.rigorous.integrals import gaussian_tail, integrate

    gamma, theta, a = (ball(point[name]) for name in ("gamma", "theta", "a"))
    reach = 12 / gamma.sqrt()  # the Gaussian factor is below exp(−72) outside

    def weight(s: Any, power: int) -> Any:
        t = theta + s
        return s**power * (-a * (t * t - 1) ** 2 - gamma / 2 * s * s).exp()

    breaks = [k * reach / 6 for k in range(-6, 7)]
    tail = gaussian_tail(point["gamma"], reach)
    edge = (-gamma / 2 * reach * reach).exp() / gamma
    unit = tail.union(-tail)  # [−T, T]
    total = integrate(lambda s, _: weight(s, 0), breaks, tol=1e-20) + 2 * tail
    # ∫ s e^{−γs²/2} and ∫ s² e^{−γs²/2} over s > reach, times any factor in [0, 1], both sides.
    first = integrate(lambda s, _: weight(s, 1), breaks, tol=1e-20) + edge.union(-edge)
    rest = 2 * (reach * edge + unit.abs_upper() / gamma)
    second = integrate(lambda s, _: weight(s, 2), breaks, tol=1e-20) + rest.union(-rest)
    mean = first / total
    return second / total - mean * mean


register(
    Claim(
        id="kanai.eq-77.well-defined",
        kind=Kind.EQUATION,
        source=Source("kanai", "Appendix D", "final", ("77",)),
        title="h_j = 1/(γ − γ²σ_j) is positive for every loss L ≥ 0",
        statement=(
            r"$h_j=\frac{1}{\gamma-\gamma^2\bar\sigma_{j,\theta'}}$ is used for every loss, as the "
            r"inverse of a Hessian. It is one of a minimisation only if "
            r"$\gamma-\gamma^2\sigma_j>0$, that is $\gamma\sigma_j<1$, with $\sigma_j$ the "
            r"variance of $p_\theta$."
        ),
        expected=Verdict.REFUTED,
        repaired_by=("kanai.eq-77.well-defined.repaired",),
        depends=("kanai.eq-77",),
        hypotheses=(SCOPE, NON_NEGATIVE),
        conclusion=lambda w: Comparison(ball(w["gamma"]) * double_well_variance(w), "<", 1),
    )
)

CONVEX = register(
    Claim(
        id="kanai.eq-77.well-defined.repaired",
        kind=Kind.EQUATION,
        source=Source("kanai", "Eq. (77) for convex losses", "final", ("77",)),
        title="if L has curvature at least ρ > 0, then γσ_j ≤ γ/(γ+ρ) < 1 and h_j > 0",
        statement=(
            r"If $L-\frac\rho2\|\cdot\|^2$ is convex with $\rho>0$, then $\gamma\sigma_j\le"
            r"\frac{\gamma}{\gamma+\rho}<1$ and $\frac1\gamma<h_j\le\frac1\gamma+\frac1\rho$. For "
            r"convex $L$ ($\rho=0$) $\gamma\sigma_j\le1$ remains, with equality for constant $L$."
        ),
        expected=Verdict.PROVED,
        hypotheses=(
            SCOPE,
            Hypothesis(
                "curvature",
                r"$L-\frac\rho2\|\cdot\|^2$ is convex, $\rho>0$ (judged for "
                r"$L=\frac12\sum_jr_j\theta_j'^2$ with $r_j\ge\rho$)",
                lambda w: (
                    Comparison(w["rho"], ">", 0),
                    *(Comparison(r, ">=", w["rho"]) for r in w["r"]),
                ),
            ),
        ),
        conclusion=lambda w: tuple(
            comparison
            for r in w["r"]
            for comparison in bounds(w["gamma"], w["rho"], 1 / (w["gamma"] + r))
        ),
        domain={"m": Integers(1)},
        necessity=(
            Necessity(
                "curvature",
                witness={"gamma": "1", "rho": "1", "r": "(-1/2,)"},
                detail="A concave loss spreads p_θ: γσ = 2, and h is negative.",
            ),
            Necessity(
                "gamma > 0",
                witness={"gamma": "0", "rho": "1", "r": "(1,)"},
                detail="With γ = 0 the denominator is 0.",
            ),
        ),
        notes=(
            "The adversarial loss of a linear model is convex. Where the data do not bend it, "
            "γσ = 1 and (77) is 0/0; in double precision its denominator is then rounding error."
        ),
    )
)


def bounds(gamma: Any, rho: Any, sigma: Any) -> tuple[Comparison, ...]:
    """γσ ≤ γ/(γ+ρ) and 0 < γ − γ²σ, the denominator of h."""
    return (
        Comparison(gamma * sigma, "<=", gamma / (gamma + rho)),
        Comparison(gamma - gamma**2 * sigma, ">", 0),
    )


@CONVEX.check(Method.EXACT, Verdict.PROVED)
def from_brascamp_lieb(run: Run) -> Evidence:
    """σ_j ≤ 1/(γ+ρ) by Brascamp–Lieb; the bounds on γσ_j and h_j follow (z3)."""
    import z3

    from theory.smt import prove, reals

    gamma, rho, sigma, h = reals("gamma rho sigma h")
    given = [gamma > 0, rho > 0, sigma > 0, sigma * (gamma + rho) <= 1]
    denominator = gamma - gamma**2 * sigma
    # Also at ρ = 0, where it says γσ ≤ 1.
    product = prove(
        gamma * sigma * (gamma + rho) <= gamma,
        given=[gamma > 0, rho >= 0, sigma * (gamma + rho) <= 1],
    )
    positive = prove(denominator > 0, given=given)
    # h ≤ 1/γ + 1/ρ, multiplied out.
    inverse = prove(
        z3.And(h * gamma > 1, h * gamma * rho <= gamma + rho), given=[*given, h * denominator == 1]
    )
    return Evidence.from_proofs(
        Method.EXACT,
        [product, positive, inverse],
        assumes=("Brascamp–Lieb inequality",),
        witness={"gamma": 1, "rho": 1, "r": (1, 3)},
        detail=(
            "−log p_θ has curvature at least γ+ρ, so every coordinate has a variance of at most "
            "1/(γ+ρ). Quadratic losses of curvature ρ attain it."
        ),
    )


@CONVEX.check(Method.NUMERIC, Verdict.SUPPORTED)
def quadrature_over_convex_losses(run: Run) -> Evidence:
    """σ(γ+ρ) on a grid for L = ρt²/2 + Σ w_k |t − b_k|, from flat to steep; never above 1."""
    import numpy as np

    rng = run.rng
    tried = run.pick(100, 400)
    gamma = np.exp(rng.uniform(-2, 2, tried))
    rho = np.exp(rng.uniform(-4, 2, tried))
    theta = rng.uniform(-3, 3, tried)
    heights = np.exp(rng.uniform(-12, 2, (tried, 3)))
    kinks = theta[:, None] + rng.standard_normal((tried, 3)) / np.sqrt(gamma)[:, None]
    lam = gamma + rho
    # Without the kinks p_θ is a Gaussian; the grid follows it, and kinks only sharpen.
    s = np.linspace(-14, 14, 6001)
    t = (gamma * theta / lam)[:, None] + s / np.sqrt(lam)[:, None]
    energy = lam[:, None] * (t - (gamma * theta / lam)[:, None]) ** 2 / 2
    for k in range(3):
        energy += heights[:, k, None] * np.abs(t - kinks[:, k, None])
    weight = np.exp(energy.min(1, keepdims=True) - energy)
    weight /= weight.sum(1, keepdims=True)
    mean = (weight * t).sum(1, keepdims=True)
    ratio = (weight * (t - mean) ** 2).sum(1) * lam
    return Evidence.supported(
        admissible=tried,
        tried=tried,
        margin=float(1 - ratio.max()),
        tolerance=1e-9,
        seed=run.seed,
    )
