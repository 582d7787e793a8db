"""Two flipped signs move the example along the diagonal of the cube."""

from __future__ import annotations

from theory.counterexample import Counterexample

COUNTEREXAMPLE = Counterexample(
    claim="kanai.theorem-2.otherwise-bound",
    intuition=(
        "If both signs of $\\theta\\in\\mathbb R^2$ change, the example passes from one corner of "
        "the square to the opposite one: the distance is the diagonal $2\\sqrt2\\,\\varepsilon$."
    ),
    catch=(
        "$\\|x'(\\theta)-x\\|_\\infty\\le\\varepsilon$ bounds the L∞ norm. In the L2 norm, in "
        "which Lipschitz constants are measured, a corner is $\\varepsilon\\sqrt d$ away from $x$."
    ),
    witness={
        "theta_1": "(1, 1)",
        "theta_2": "(-1, -1)",
        "eps": "3/5",
        "p": "inf",
        "y": "1",
    },
    disappears=(
        "only one sign differs, or the bound reads $2\\varepsilon\\sqrt k$ for $k$ differing signs."
    ),
)
