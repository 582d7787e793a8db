"""Two points of an L∞ ball of radius ε are up to 2ε√d apart in the L2 norm."""

from __future__ import annotations

from theory.counterexample import Counterexample

COUNTEREXAMPLE = Counterexample(
    claim="kanai.proposition-1.gradient",
    intuition=(
        "For $\\ell=-\\theta^\\top x$ the constants are $C_{\\theta\\theta}=0$ and "
        "$C_{\\theta x}=1$, and the weight gradient at $x'$ is $-x'$. With L∞ and opposite weights "
        "the two examples are opposite corners of the square, $2\\varepsilon\\sqrt2$ apart, which "
        "is more than $2\\varepsilon$."
    ),
    catch=(
        "The last step bounds $\\|x'_1-x'_2\\|_2$ by $2\\varepsilon$, which is the diameter of the "
        "ball in its own norm; Assumption 1 measures in the L2 norm."
    ),
    witness={"theta_1": "(1, 1)", "theta_2": "(-1, -1)", "eps": "3/5", "p": "inf"},
    disappears="$p\\le 2$, or the factor $d^{1/2-1/p}$ is added, or $d=1$.",
)
