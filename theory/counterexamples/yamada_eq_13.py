"""A minus sign too many, and the noise left out, in the gradient."""

from __future__ import annotations

from theory.counterexample import Counterexample

COUNTEREXAMPLE = Counterexample(
    claim="yamada.eq-13",
    intuition=(
        "Take $w = (1, 0)$, $x = (1, 0)$, $y = 1$ and the noise $\\eta = (1/2, 0)$. The loss "
        "$\\log(1+e^{-3t/2})$ decreases in $t$: its slope at $t = 1$ is "
        "$-\\frac32\\kappa/(1+\\kappa)$ with $\\kappa = e^{-3/2}$. Printed is "
        "$+\\kappa/(1+\\kappa)$."
    ),
    catch=(
        "The derivative of $-y\\,w\\cdot(x+\\eta)$ in $w_i$ is $-y(x_i+\\eta_i)$. The printed "
        "formula has a second minus sign in front of the sum, and $x_i$ alone. With either of the "
        "two put right it is still not the gradient: $-\\kappa/(1+\\kappa)$ and "
        "$+\\frac32\\kappa/(1+\\kappa)$."
    ),
    witness={
        "w": "(1, 0)",
        "x": "((1, 0),)",
        "eta": "((1/2, 0),)",
        "y": "(1,)",
        "v": "(1, 0)",
    },
    disappears="both slips are corrected: `yamada.eq-13.repaired`.",
)
