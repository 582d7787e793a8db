"""At 12/255 both gaps are 0.02."""

from __future__ import annotations

from theory.counterexample import Counterexample

COUNTEREXAMPLE = Counterexample(
    claim="yamada.table-4.gap-smaller",
    intuition=(
        "At $\\varepsilon = \\frac{12}{255}$ the gap is $-0.02$ with random noise (Table 4) and "
        "$0.02$ with the attack (Table 3): equal in absolute value."
    ),
    catch=("The gaps of Table 3 do not grow steadily for small radii, and they change their sign."),
    witness={
        "eps": "12/255",
    },
    disappears=("this radius is left out and absolute values are meant."),
)
