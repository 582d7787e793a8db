"""The gradient of the adversarial loss jumps at 0, and a bounded set may come near to 0."""

from __future__ import annotations

from theory.counterexample import Counterexample

COUNTEREXAMPLE = Counterexample(
    claim="kanai.theorem-1.bounded-set",
    reading=(
        r"The theorem asks for a $\theta_{\min}$ with $\|\theta\|\ge\theta_{\min}>0$, and "
        "under this hypothesis its last sentence is right as well (`kanai.theorem-1`). Judged "
        "is the sentence by itself, for every bounded set without 0."
    ),
    intuition=(
        "At $\\pm t\\,e_2$ with $t\\to0$ and $x=e_1$ the gradients are about "
        "$\\frac12(-x\\pm\\varepsilon e_2)$: they stay $\\varepsilon$ apart while the weights are "
        "$2t$ apart. The ratio $\\varepsilon/(2t)$ exceeds every candidate $C$."
    ),
    catch="A bounded set without 0 has no smallest norm in general: $\\theta_{\\min}=0$.",
    witness={
        "theta_1": "(0, 1/1000000)",
        "theta_2": "(0, -1/1000000)",
        "x": "((1, 0),)",
        "y": "(1,)",
        "eps": "3/5",
        "C": "100000",
    },
    disappears="the set is bounded away from 0.",
)
