"""A factor y in front of the logarithm turns the loss of one class round."""

from __future__ import annotations

from theory.counterexample import Counterexample

COUNTEREXAMPLE = Counterexample(
    claim="yamada.liu-loss",
    intuition=(
        "For $y = -1$ and $w\\cdot x = 0$, $\\eta = 0$ the quoted expression is $-\\log 2$. It "
        "falls without bound as the sample is misclassified more and more clearly."
    ),
    catch=(
        "The label belongs into the exponent only. With the factor $y$ minimisation would reward "
        "mistakes on the class $-1$."
    ),
    witness={"y": "-1", "m": "0", "eta": "0"},
    disappears="the factor is dropped: `yamada.liu-loss.repaired`.",
)
