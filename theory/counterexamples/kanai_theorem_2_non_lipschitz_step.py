"""An upper bound that does not vanish excludes nothing."""

from __future__ import annotations

from theory.counterexample import Counterexample

COUNTEREXAMPLE = Counterexample(
    claim="kanai.theorem-2.non-lipschitz-step",
    intuition=(
        "The weights $\\pm1$ differ in sign, their examples are within $2\\varepsilon$ of one "
        "another, and the gradient changes by less than twice the distance of the weights. The "
        "premise is true on all of $\\{|\\theta|\\ge1\\}$, where the gradient *is* Lipschitz."
    ),
    catch=(
        "From $\\|\\nabla L_\\varepsilon(\\theta_1)-\\nabla L_\\varepsilon(\\theta_2)\\|\\le "
        "C\\|\\theta_1-\\theta_2\\|+2\\varepsilon C_{\\theta x}$ nothing follows about a lower "
        "bound; the paper itself objects to this inference in its discussion of Proposition 1."
    ),
    witness={
        "theta_1": "(1,)",
        "theta_2": "(-1,)",
        "x": "(1,)",
        "y": "1",
        "eps": "3/5",
        "L": "2",
        "p": "inf",
    },
    disappears=(
        "the gradient is shown to jump, by $2\\varepsilon s\\ne0$, where a weight passes through 0."
    ),
)
