"""A staircase of parabolas: somewhere far out the density is as wide as one likes."""

from __future__ import annotations

from theory.counterexample import Counterexample

COUNTEREXAMPLE = Counterexample(
    claim="kanai.theorem-3.supremum",
    reading=(
        r"The theorem does not say over which $\theta$ the supremum is taken, and concludes "
        "only for bounded sets, which is right (`kanai.theorem-3`). Judged is a finite "
        r"supremum over all of $\mathbb{R}^m$."
    ),
    intuition=(
        "Let $L(t) = \\frac\\gamma2(t-2^k)(2^{k+1}-t)$ between $2^k$ and $2^{k+1}$, for "
        "$k = 0, 1, \\ldots$. At the middle $\\theta_k$ of a step, $L(t) + \\frac\\gamma2"
        "(t-\\theta_k)^2$ is constant on that step: $p_{\\theta_k}$ is nearly uniform on "
        "$[2^k, 2^{k+1}]$, with variance about $4^k/12$, and $F''(\\theta_k) \\approx "
        "\\gamma^2 4^k/12 - \\gamma$. Whatever constant is proposed, a step further out beats it."
    ),
    catch=(
        "$\\|\\Sigma_\\theta\\|_F < \\infty$ is shown for each $\\theta$ separately; a supremum of "
        "finite numbers need not be finite."
    ),
    witness={"k": "8", "gamma": "1", "C": "5000"},
    disappears=(
        "$\\theta$ stays in a bounded convex set, as the last sentence of the theorem says; or $L$ "
        "is convex, Lipschitz, or $\\rho$-weakly convex with $\\rho < \\gamma$ (here $\\rho = "
        "\\gamma$): then there are bounds for all of $\\mathbb{R}^m$."
    ),
)
