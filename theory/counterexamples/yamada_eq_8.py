"""One exponential too many in the gradient."""

from __future__ import annotations

from theory.counterexample import Counterexample

COUNTEREXAMPLE = Counterexample(
    claim="yamada.eq-8",
    intuition=(
        "Take one sample $x = (1, 0)$, $y = 1$, the weight $w = (1, 0)$ and $\\varepsilon = 0$. "
        "The "
        "loss along $w$ is $\\log(1 + e^{-t})$ with slope $-1/(1+e)$ at $t = 1$. Printed is "
        "$-e^{-1}/(1+e)$, smaller by the factor $e$."
    ),
    catch=(
        "The derivative of $\\log(1+e^h)$ is $h'e^h/(1+e^h) = h'/(1+e^{-h})$. The printed formula "
        "has the numerator of the first form and the denominator of the second, so each term is "
        "wrong by the factor $e^{h}$, $h = \\varepsilon\\|w\\| - y\\,w\\cdot x$."
    ),
    witness={"w": "(1, 0)", "x": "(1, 0)", "y": "1", "eps": "0", "v": "(1, 0)"},
    disappears=(
        "the numerator's exponential is dropped. At the special weight of Theorem 1, where "
        "$h = 0$ for all samples, the printed formula happens to be right."
    ),
)
