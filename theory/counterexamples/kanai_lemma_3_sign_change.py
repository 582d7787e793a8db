"""A sign change over a positive distance is no jump."""

from __future__ import annotations

from theory.counterexample import Counterexample

COUNTEREXAMPLE = Counterexample(
    claim="kanai.lemma-3.sign-change",
    intuition=(
        "The weights $(1,2)$ and $(-1,2)$ differ in a sign. Their examples are $2\\varepsilon$ "
        "apart, the weights are 2 apart, so the constant $L=\\varepsilon$ serves this pair, and in "
        "fact all of $\\{\\min_i|\\theta_i|\\ge1\\}$, which contains every combination of signs."
    ),
    catch=(
        "The proof notes that $\\mathrm{sign}$ is discontinuous at 0. That excludes a Lipschitz "
        "constant only on sets that come arbitrarily near to the hyperplane $\\theta_i=0$ from "
        "both sides; a set may contain both signs without doing so."
    ),
    witness={
        "theta_1": "(1, 2)",
        "theta_2": "(-1, 2)",
        "eps": "3/5",
        "L": "3/5",
        "p": "inf",
        "y": "1",
    },
    disappears=(
        "“not Lipschitz” is asserted only of sets in which weights of different signs come "
        "arbitrarily near to one another, for instance of every neighbourhood of a point with "
        "$\\theta_i=0$."
    ),
)
