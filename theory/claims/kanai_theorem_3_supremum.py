"""Theorem 3 of Kanai et al. read over all of R^m: the supremum in (23) can be infinite."""

from __future__ import annotations

from theory.claim import Claim, Hypothesis, Kind
from theory.claims.jaxat_entropy_unbounded import GAMMA, staircase_variance
from theory.errata import Erratum
from theory.evidence import Verdict
from theory.exact import Comparison, Point
from theory.registry import register
from theory.support.entropy import kanai


def below_candidate(point: Point) -> Comparison:
    """|−F''(θ_k)| ≤ C for the staircase loss; γ² Var is the larger part."""
    gamma = point["gamma"]
    curvature = gamma - gamma**2 * staircase_variance(int(point["k"]), gamma)
    return Comparison(abs(curvature), "<=", point["C"])


CLAIM = register(
    Claim(
        id="kanai.theorem-3.supremum",
        kind=Kind.THEOREM,
        source=kanai("Theorem 3, with the supremum over θ ∈ R^m", "23", "46"),
        title="L ≥ 0 ⇒ ∇F is Lipschitz on all of R^m, with the finite constant γ + γ² sup‖Σ‖_F",
        statement=(
            r"$\|\nabla_\theta F(\theta_1)-\nabla_\theta F(\theta_2)\|\le(\gamma+\gamma^2"
            r"\sup_\theta\|\Sigma_{\theta'}\|_F)\|\theta_1-\theta_2\|$ and "
            r"$\|\Sigma_{\theta'}\|_F<\infty$ for $\theta\in\mathbb{R}^m$: the constant is finite "
            r"for $\theta_1,\theta_2\in\mathbb{R}^m$."
        ),
        expected=Verdict.REFUTED,
        repaired_by=(
            "kanai.theorem-3",
            "jaxat.entropy-convex",
            "jaxat.entropy-weakly-convex",
            "jaxat.entropy-lipschitz",
        ),
        depends=("jaxat.entropy-unbounded",),
        hypotheses=(
            GAMMA,
            Hypothesis(
                "constant",
                r"any candidate $C$ for the Lipschitz constant",
                lambda w: Comparison(w["C"], ">", 0),
            ),
        ),
        conclusion=below_candidate,
        notes=(
            "The paper itself concludes only that $-\\nabla F$ is Lipschitz on bounded sets, which "
            "is right (`kanai.theorem-3`)."
        ),
        cost=0.1,
    )
)

ERRATA = (
    Erratum(
        id="kanai.erratum-42",
        where="Final version, Theorem 3, (23) and (46)",
        printed=r"$\sup_\theta\|\Sigma_{\theta'}\|_F$ without a set over which it is taken",
        correct=(
            r"over a bounded convex set. Over $\mathbb{R}^m$ it can be infinite, for every "
            r"$\gamma$: $L=\frac\gamma2(t-2^k)(2^{k+1}-t)$ on $[2^k,2^{k+1}]$. It is finite on all "
            r"of $\mathbb{R}^m$ if $L$ is convex, or Lipschitz, or $\rho$-weakly convex with "
            r"$\rho<\gamma$."
        ),
        claim="kanai.theorem-3.supremum",
    ),
)
