"""An explicit bound on the variance of EntropySGD, for every nonnegative loss."""

from __future__ import annotations

from typing import Any

from theory.claim import Claim, Kind, Necessity
from theory.evidence import Evidence, Exactly, Method, Verdict
from theory.exact import Comparison, Point, ball, exp, rational
from theory.registry import register
from theory.run import Run
from theory.support.entropy import (
    ANY_LOSS,
    AT_EXAMPLES,
    NONNEGATIVE,
    at,
    example_points,
    ours,
)


def gaussian_mass(precision: Any) -> Any:
    """∫ exp(−precision t²/2) dt = √(2π/precision)."""
    from flint import arb

    return (2 * arb.pi() / ball(precision)).sqrt()


def variance_bound(point: Point) -> Comparison:
    """Var ≤ (βγ)⁻¹ √(2π/βγ) e^{−F}, m = 1."""
    scale = point["gamma"] * point.get("beta", rational(1))
    moments = at(point)
    bound = gaussian_mass(scale) * exp(-moments.F) / ball(scale)
    return Comparison(moments.variance, "<=", bound)


CLAIM = register(
    Claim(
        id="jaxat.entropy-nonnegative",
        kind=Kind.RESULT,
        source=ours("Variance bound for nonnegative losses"),
        title="L ≥ 0 ⇒ λ_max(Σ) ≤ (2π/γ)^{m/2} e^{−F}/γ = 1/(γ E e^{−L}), every θ and m",
        statement=(
            r"If $L\ge0$ is measurable and not $+\infty$ almost everywhere, then for every "
            r"$\theta\in\mathbb{R}^m$ and $\gamma>0$ ($\beta=1$): $\|\Sigma_\theta\|_2\le"
            r"\frac1\gamma(2\pi/\gamma)^{m/2}e^{-F(\theta)}=\frac1{\gamma\,\mathbb{E}_{t\sim "
            r"N(\theta,I/\gamma)}[e^{-L(t)}]}$. For other $\beta$ put $\beta\gamma$ for $\gamma$ "
            r"and $\beta L$ for $L$."
        ),
        expected=Verdict.PROVED,
        hypotheses=(NONNEGATIVE,),
        conclusion=variance_bound,
        domain=ANY_LOSS,
        necessity=(
            Necessity(
                "L >= 0",
                witness={"loss": "constant", "height": "-1", "theta": "0", "gamma": "1"},
                detail=(
                    "Lowering L by a constant changes e^{−F} and not Σ. A loss bounded below by "
                    "−b has the bound with the factor eᵇ."
                ),
            ),
        ),
        notes=(
            "$F$ is continuous, so the bound is bounded on bounded sets: this is what Theorem 3 "
            "needs besides the finiteness of $\\Sigma_\\theta$ at each $\\theta$."
        ),
        cost=0.4,
    )
)


@CLAIM.check(Method.SYMBOLIC, Verdict.PROVED)
def gaussian_domination(run: Run) -> Evidence:
    """vᵀΣv = S/Z − (M/Z)² ≤ S₀/Z: 0 ≤ S ≤ S₀, the second moment of the Gaussian kernel."""
    import sympy
    from sympy import erf, exp, sqrt

    from theory.symbolic import prove_nonnegative_by_identity, prove_zero

    gamma, mass = sympy.symbols("gamma Z", positive=True)
    slack = sympy.Symbol("slack", nonnegative=True)
    first, s = sympy.symbols("M s", real=True)
    # Antiderivatives of the kernel and of its second moment; erf is ±1 at ±∞.
    kernel = exp(-gamma * s**2 / 2)
    zeroth = sqrt(sympy.pi / (2 * gamma)) * erf(sqrt(gamma / 2) * s)
    second = zeroth / gamma - s * kernel / gamma
    whole = sqrt(2 * sympy.pi / gamma)
    moment = whole / gamma - slack  # S = S₀ − slack, in one direction; the others integrate to
    proofs = [  # powers of `whole`, which multiply both sides
        prove_zero(sympy.diff(zeroth, s) - kernel),
        prove_zero(sympy.diff(second, s) - s**2 * kernel),
        prove_nonnegative_by_identity(
            whole / (gamma * mass) - (moment / mass - (first / mass) ** 2),
            slack / mass + (first / mass) ** 2,
        ),
    ]
    return Evidence.from_proofs(
        Method.SYMBOLIC,
        proofs,
        assumes=(
            "the integral is monotone: 0 ≤ e^{−L} ≤ 1 gives S ≤ S₀",
            "Fubini and the rotation invariance of the Gaussian kernel",
        ),
        witness={"loss": "constant", "height": 0, "theta": 0, "gamma": 1},
        detail="Attained for L = 0; along a unit vector v, so in every dimension m.",
    )


@CLAIM.check(Method.RIGOROUS, Verdict.PROVED)
def at_rational_points(run: Run) -> Evidence:
    """The two sides in balls for six losses and two β, by the closed forms with erf."""
    from theory.claim import truth
    from theory.rigorous.arithmetic import precision

    proofs = []
    with precision(256):
        for beta in ("1", "5/2"):
            points = example_points(lambda w: truth(NONNEGATIVE.holds(w)), gamma="3/4", beta=beta)
            proofs += [
                Exactly(variance_bound(p).holds(), f"{p['loss']}, β = {beta}") for p in points
            ]
    return Evidence.from_proofs(Method.RIGOROUS, proofs, AT_EXAMPLES)
