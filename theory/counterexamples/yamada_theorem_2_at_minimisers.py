"""Noise that makes the samples contradict each other leaves a minimum with curvature."""

from __future__ import annotations

from theory.counterexample import Counterexample

COUNTEREXAMPLE = Counterexample(
    claim="yamada.theorem-2.at-minimisers",
    reading=(
        "The theorem speaks of the minimum for each data point, and then its first half is "
        "right (`yamada.theorem-2`). Judged is the minimum of the training loss, the mean."
    ),
    intuition=(
        "Two samples $x = 1$ with the label 1 receive the noise $0$ and $-2$, $\\varepsilon = 2$. "
        "The noisy samples $1$ and $-1$ with the same label pull the weight in opposite "
        "directions: the mean loss is minimal at $w = 0$, where the Hessian is $\\frac14$."
    ),
    catch=(
        "The minimum of the mean is not the minimum of each term. The gradient of a single "
        "sample's loss is 0 only at $x + \\eta = 0$; elsewhere it tends to 0 only as the weights "
        "grow, which helps all samples at once only if the noisy samples can be separated."
    ),
    witness={
        "w": "(0,)",
        "x": "((1,), (1,))",
        "eta": "((0,), (-2,))",
        "y": "(1, 1)",
        "eps": "2",
        "v": "(1,)",
    },
    disappears=(
        "the noisy samples can be separated; then the infimum of the loss is 0, it is not "
        "attained, and the Hessian tends to 0 along every sequence with loss tending to 0."
    ),
)
