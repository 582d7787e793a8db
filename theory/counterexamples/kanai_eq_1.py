"""At the origin every perturbation is worst."""

from __future__ import annotations

from theory.counterexample import Counterexample

COUNTEREXAMPLE = Counterexample(
    claim="kanai.eq-1",
    reading=(
        r"“argmax” can mean one maximiser, chosen for each $\theta$; then $x'(\theta)$ is a "
        "function, which need not be continuous. Judged is that there is only one."
    ),
    intuition=(
        "At $\\theta=0$ the linear model's loss is $\\log2$ whatever the input, so every point of "
        "the ball is a maximiser. The same happens for L∞ wherever one weight is 0, for L1 at ties "
        "of the largest weight, and for the swish model inside its interior regime."
    ),
    catch="The argmax is a set. It is one point only where the loss is strictly monotone enough.",
    witness={"theta": "(0, 0)", "delta_1": "(1, 0)", "delta_2": "(0, 1)", "eps": "1", "y": "1"},
    disappears="$\\theta\\neq0$ for L2, or $x'(\\theta)$ is read as any selection of the argmax.",
)
