"""An exponential average remembers a few draws only, and a few draws show too little variance."""

from __future__ import annotations

from theory.counterexample import Counterexample

COUNTEREXAMPLE = Counterexample(
    claim="kanai.algorithm-1.line-16",
    intuition=(
        "With $\\alpha=3/4$ the last draw alone has the weight 3/4, and the averages are made of "
        "$1/\\sum w^2=5/3$ effective draws, however many there were. The expectation of "
        "$\\bar\\xi-\\bar\\theta^2$ is $\\sigma^2(1-\\sum w^2)=\\frac25\\sigma^2$."
    ),
    catch=(
        "$\\bar\\theta$ is an average too, and varies with the draws: $\\mathbb E[\\bar\\theta^2]="
        "(\\mathbb E\\bar\\theta)^2+\\mathrm{Var}\\,\\bar\\theta$. The last term does not vanish "
        "as $L$ grows, because the weights do not spread."
    ),
    witness={"alpha": "3/4", "sigma_squared": "1"},
    disappears=(
        "the estimate is divided by $1-\\sum w^2=2(1-\\alpha)/(2-\\alpha)$, or $\\alpha$ decreases "
        "with $l$ as $1/l$."
    ),
)
