"""Vectors that point in different directions have a mean shorter than the mean of their lengths."""

from __future__ import annotations

from theory.counterexample import Counterexample

COUNTEREXAMPLE = Counterexample(
    claim="kanai.theorem-1.average",
    intuition=(
        "With $x_{1,2}=(1,\\pm1)$ and weights on the first axis the two differences of gradients "
        "are "
        "mirror images, so that their second components cancel in the mean."
    ),
    catch="The triangle inequality gives $\\le$, which is all that the proof needs.",
    witness={
        "theta_1": "(1, 0)",
        "theta_2": "(2, 0)",
        "theta_min": "1",
        "x": "((1, 1), (1, -1))",
        "y": "(1, 1)",
        "eps": "1/10",
    },
    disappears="$N=1$, or “$=$” is replaced by “$\\le$”.",
)
