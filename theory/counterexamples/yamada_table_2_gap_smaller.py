"""At the radius 0.6 noise has the larger gap."""

from __future__ import annotations

from theory.counterexample import Counterexample

COUNTEREXAMPLE = Counterexample(
    claim="yamada.table-2.gap-smaller",
    intuition=(
        "At $\\varepsilon = 0.6$ the gap is $-0.06$ with random noise (Table 2) and $-0.00$ with "
        "the attack (Table 1)."
    ),
    catch=(
        "If signs are kept the statement fails at the other radii as well: $-0.06$ is larger than "
        "$-0.16$."
    ),
    witness={
        "eps": "3/5",
    },
    disappears=("the radius 0.6 is left out and absolute values are meant."),
)
