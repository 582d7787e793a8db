"""On a face of an orthant the maximiser is a segment, not a point."""

from __future__ import annotations

from theory.counterexample import Counterexample

COUNTEREXAMPLE = Counterexample(
    claim="kanai.lemma-3.exclusion",
    reading=(
        r"“$\theta_i=0,\forall i$” can also be read with the quantifier in front: for every "
        r"$i$, no weight in the set has $\theta_i=0$. Then the sentence is right "
        "(`kanai.lemma-3.exclusion.repaired`). Judged is the set that leaves out only the "
        r"weight with $\theta_i=0$ for all $i$."
    ),
    intuition=(
        "On the face $\\theta_2=0,\\ \\theta_1>0$ no sign changes and the origin is not met, yet "
        "the second coordinate of $\\delta$ does not act on the loss: every "
        "$\\delta_2\\in[-\\varepsilon,\\varepsilon]$ is optimal. Two optimal examples "
        "$2\\varepsilon$ apart belong to weights as near to each other as one likes."
    ),
    catch=(
        "“$\\theta_i=0,\\forall i$” excludes only the origin. What has to be excluded are all "
        "coordinate hyperplanes, $\\theta_i=0$ for some $i$, where $\\mathrm{sign}$ is "
        "discontinuous."
    ),
    witness={
        "theta_1": "(1, 0)",
        "theta_2": "(1000001/1000000, 0)",
        "delta_1": "(-3/5, 3/5)",
        "delta_2": "(-3/5, -3/5)",
        "eps": "3/5",
        "y": "1",
        "L": "1000",
    },
    disappears=(
        "no coordinate of any $\\theta$ in the set is 0 (then the maximiser is unique), or the "
        "example is defined by $\\mathrm{sign}(0)=0$."
    ),
)
