"""Plots show a crease, not a cliff."""

from __future__ import annotations

from theory.counterexample import Counterexample

COUNTEREXAMPLE = Counterexample(
    claim="kanai.continuity",
    intuition=(
        "Whatever height $g$ is proposed for the jump, $t<g/(2M)$ is beaten by the Lipschitz "
        "constant "
        "$M=\\|x\\|+\\varepsilon\\sqrt d$ of the loss: here $g=1/1000$, $t=10^{-6}$, and the loss "
        "changes by less than $4\\cdot10^{-6}$ across $\\theta_2=0$."
    ),
    catch=(
        "A maximum of functions that are Lipschitz with one constant is Lipschitz. It is the "
        "*maximiser* that jumps, and with it the gradient of the loss."
    ),
    witness={
        "theta": "(1, 0)",
        "u": "(0, 1)",
        "t": "1/1000000",
        "gap": "1/1000",
        "x": "(-1, 1)",
        "y": "1",
        "eps": "3/5",
        "p": "inf",
    },
    disappears="the sentence speaks of the gradient of the loss.",
)
