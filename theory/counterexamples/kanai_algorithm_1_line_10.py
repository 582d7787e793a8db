"""The minus before the gradient makes the inner loop climb the loss."""

from __future__ import annotations

from theory.counterexample import Counterexample

COUNTEREXAMPLE = Counterexample(
    claim="kanai.algorithm-1.line-10",
    intuition=(
        "Start at $\\theta'=\\theta=1$ with $L=\\frac12\\theta'^2$: the pull to $\\theta$ is zero, "
        "so line 10 gives $d\\theta'=-1$ and line 11 subtracts it. The weight moves from 1 to "
        "$1+\\eta'=11/10$, away from the minimum, and the loss grows."
    ),
    catch=(
        "Two conventions are mixed: either $d\\theta'$ is a direction of descent and is added, or "
        "it is the gradient of $U$ and is subtracted. The second term of line 10, "
        "$-\\gamma(\\theta-\\theta')$, follows the second convention; the first one does not."
    ),
    witness={
        "theta": "(1,)",
        "theta_prime": "(1,)",
        "rho": "(1,)",
        "gamma": "3/100",
        "eta_prime": "1/10",
    },
    disappears=(
        "the sign of the first term of line 10 is plus. The values of $\\gamma$ and $\\eta'$ are "
        "those of Appendix E."
    ),
)
