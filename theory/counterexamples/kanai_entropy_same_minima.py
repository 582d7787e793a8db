"""The minimiser of the local entropy is drawn to the flat side."""

from __future__ import annotations

from theory.counterexample import Counterexample

COUNTEREXAMPLE = Counterexample(
    claim="kanai.entropy-same-minima",
    intuition=(
        "Three data on the line, $x = 1, \\frac12, \\frac1{10}$, labels $1$, attacked with "
        "$\\varepsilon = 0.6$. Their mean is below $\\varepsilon$, so $\\theta = 0$ minimises the "
        "adversarial loss. To the right of $0$ the loss is nearly flat, to the left it is steep: "
        "$p_0$ has its mean far to the right, and $-F'(0) = \\gamma(0 - \\mathbb{E}) < 0$ for the "
        "paper's $\\gamma = 0.03$."
    ),
    catch=(
        "A smoothing that weighs $L$ around $\\theta$ keeps a minimiser only where both sides "
        "weigh the same."
    ),
    witness={
        "x": "(1, 1/2, 1/10)",
        "y": "(1, 1, 1)",
        "eps": "3/5",
        "gamma": "3/100",
    },
    disappears="$L$ is symmetric about its minimiser, or in the limit $\\gamma \\to \\infty$.",
)
