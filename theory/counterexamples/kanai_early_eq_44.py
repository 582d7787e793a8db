"""On the open ball the supremum need not be attained."""

from __future__ import annotations

from theory.counterexample import Counterexample

COUNTEREXAMPLE = Counterexample(
    claim="kanai.early.eq-44",
    intuition=(
        "At $\\theta=(2,-2)$ all inputs $u\\in(-6.4,-1.6)$ can be reached with "
        "$\\|\\delta\\|_\\infty<0.6$, and the loss rises strictly with $u$ there: the supremum "
        "belongs to $u=-1.6$, which needs $\\|\\delta\\|_\\infty=0.6$."
    ),
    catch="The constraint is printed with “<”; everywhere else in the paper it is “≤”.",
    witness={"theta": "(2, -2)", "p": "inf"},
    disappears="the ball is closed, $\\|\\delta\\|_p\\le\\varepsilon$.",
)
