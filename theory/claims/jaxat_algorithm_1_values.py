"""Algorithm 1 on quadratics with the values of Appendices E and F, run in rationals."""

from __future__ import annotations

from typing import Any

from theory.algorithm_1 import Version, algorithm_1, inner_loop, quadratic_gradient
from theory.claim import Claim, Kind, Source
from theory.claims.jaxat_algorithm_1 import run_inner_loop
from theory.evidence import Evidence, Exactly, Method, Verdict
from theory.exact import rational
from theory.registry import register
from theory.run import Run

PAPER_VALUES = register(
    Claim(
        id="jaxat.algorithm-1-paper-values",
        kind=Kind.RESULT,
        source=Source("jaxat", "Algorithm 1 with the values of Appendix E"),
        title="γ = 0.03, η' = 0.1: as printed 30 steps take θ' from 1 past 16 (ρ = 1)",
        statement=(
            r"With $\gamma=0.03$, $\eta'=0.1$, without noise: (i) for $\rho=1$ and $L=30$, "
            r"$\theta'$ goes from 1 past 16 as printed, and below 0.07 with line 10 corrected; "
            r"(ii) with line 10 corrected, in directions where the loss is flat or nearly so "
            r"($0\le\rho\le\gamma/100$), at least 94% ($L=20$) and 91% ($L=30$) of the offset "
            r"$\theta-m$ from the mean $m$ of $p_\theta$ are left in $\theta'_L-m$."
        ),
        expected=Verdict.PROVED,
        depends=("jaxat.algorithm-1-fixed-point",),
        notes=(
            "The inner loop is far from stationary at these values: its averages say how far it "
            "has gone from θ, not what the moments of p_θ are."
        ),
    )
)


@PAPER_VALUES.check(Method.EXACT, Verdict.PROVED)
def transcription_in_rationals(run: Run) -> Evidence:
    """Thirty passes through the transcription, in rationals; (ii) at its worst ρ = γ/100."""
    gamma, eta_prime = rational("3/100"), rational("1/10")

    def last(version: Version, rho: Any, steps: int) -> Any:
        point = {"theta": rational(1), "gamma": gamma, "rho": rho, "eta_prime": eta_prime}
        settings = {"alpha": rational("3/4"), "L": steps, "version": version}
        return run_inner_loop({**point, **settings}).theta_prime[0]

    printed, corrected = (last(v, rational(1), 30) for v in ("printed", "corrected"))
    proofs = [
        Exactly(bool(16 < printed < 17), "16 < θ'_30 < 17 as printed"),
        Exactly(bool(0 < corrected < rational("7/100")), "θ'_30 < 0.07 corrected"),
    ]
    rho = gamma / 100
    limit = gamma / (gamma + rho)
    for steps, share in ((20, "94/100"), (30, "91/100")):
        left = (last("corrected", rho, steps) - limit) / (1 - limit)
        proofs.append(Exactly(bool(left >= rational(share)), f"{share} left after {steps}"))
    return Evidence.from_proofs(
        Method.EXACT,
        proofs,
        detail="The share left is (1 − η'(γ+ρ))^L, which falls as ρ grows.",
    )


NEGATIVE = register(
    Claim(
        id="jaxat.algorithm-1-negative-h",
        kind=Kind.RESULT,
        source=Source("jaxat", "Algorithm 1 with the values of Appendices E and F"),
        title="corrected, convex L = θ²/4, θ = 100, α = 0.3: line 16 gives h < 0 and θ grows",
        statement=(
            r"With line 10 corrected, $\gamma=0.03$, $\eta=\eta'=0.1$, $L=20$, $\alpha=0.3$, no "
            r"noise and the convex loss $\frac14\theta^2$, Algorithm 1 at $\theta=100$ estimates "
            r"$\gamma(\bar\xi-\bar\theta^2)>1$, so $h<0$ and $|\theta|$ increases, although "
            r"$\gamma\sigma<1$ for the variance of $p_\theta$; at $\theta=10$ it decreases."
        ),
        expected=Verdict.PROVED,
        depends=("jaxat.algorithm-1-fixed-point", "kanai.eq-77.well-defined.repaired"),
        notes=(
            "ξ̄ − θ̄² contains the square of the way that the inner loop has travelled, which grows "
            "with θ, while the variance of p_θ does not depend on θ here. Keep the denominator of "
            "line 16 positive even for convex losses."
        ),
    )
)


@NEGATIVE.check(Method.EXACT, Verdict.PROVED)
def whole_step_in_rationals(run: Run) -> Evidence:
    """All lines of the transcription, in rationals, from θ = 100 and from θ = 10."""
    settings: dict[str, Any] = {
        "gamma": rational("3/100"),
        "eta_prime": rational("1/10"),
        "alpha": rational("3/10"),
        "L": 20,
        "version": "corrected",
    }
    gradient = quadratic_gradient((rational("1/2"),))
    proofs = []
    for start, grows in ((100, True), (10, False)):
        theta = (rational(start),)
        spread = settings["gamma"] * inner_loop(theta, gradient, **settings).variance[0]
        after = algorithm_1(theta, gradient, eta=rational("1/10"), **settings)[0]
        proofs.append(Exactly(bool((spread > 1) is grows), f"γσ̄ at θ = {start}"))
        proofs.append(Exactly(bool((abs(after) > start) is grows), f"|θ| after θ = {start}"))
    return Evidence.from_proofs(Method.EXACT, proofs)
