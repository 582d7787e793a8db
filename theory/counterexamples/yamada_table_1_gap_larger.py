"""A gap of 0.00 is not larger than one of 0.06."""

from __future__ import annotations

from theory.counterexample import Counterexample

COUNTEREXAMPLE = Counterexample(
    claim="yamada.table-1.gap-larger",
    intuition=(
        "In the row $\\varepsilon = 0.6$ training and test accuracy are both printed as 99.76, "
        "with the gap $-0.00$. Standard training has the gap $-0.06$."
    ),
    catch=(
        "The gaps are differences of a few samples out of 12665 and 2115. They vary by more than "
        "the effect that is read into them."
    ),
    witness={
        "eps": "3/5",
    },
    disappears=(
        "the radius 0.6 is left out. Even then the gaps are within chance: "
        "`jaxat.table-gaps-fisher`."
    ),
)
