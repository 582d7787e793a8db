"""On a face of an orthant no sign changes, and the loss has a kink all the same."""

from __future__ import annotations

from theory.counterexample import Counterexample

COUNTEREXAMPLE = Counterexample(
    claim="kanai.theorem-2.exclusion",
    reading=(
        r"“$\theta_i=0,\forall i$” can also be read with the quantifier in front: for every "
        r"$i$, no weight in the set has $\theta_i=0$. Then the sentence is right "
        "(`kanai.theorem-2`). Judged is the set that leaves out only the weight with "
        r"$\theta_i=0$ for all $i$."
    ),
    intuition=(
        "The set $\\{\\theta_1>0,\\ \\theta_2=0\\}$ excludes the origin and no sign changes in it. "
        "At each of its points $\\varepsilon\\|\\theta\\|_1$ has a kink across the set, so the "
        "loss is not even differentiable there."
    ),
    catch=(
        "“$\\theta_i=0,\\forall i$” excludes one point. The coordinate hyperplanes have to be "
        "excluded, $\\theta_i=0$ for some $i$."
    ),
    witness={
        "theta": "(1, 0)",
        "v": "(0, 1)",
        "x": "(-1, 1)",
        "y": "1",
        "eps": "3/5",
    },
    disappears="no coordinate of any $\\theta$ in the set is 0.",
)
