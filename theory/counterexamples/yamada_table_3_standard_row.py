"""One test error in Table 1, two in Table 3."""

from __future__ import annotations

from theory.counterexample import Counterexample

COUNTEREXAMPLE = Counterexample(
    claim="yamada.table-3.standard-row",
    reading=(
        "The paper prints both rows and does not say that they come from one run. Judged is "
        "that they agree."
    ),
    intuition=(
        "With $\\varepsilon = 0$ there is no attack, so the norm does not matter. Table 1 has the "
        "test accuracy 99.95, that is 2114 of 2115; Table 3 has 99.91, that is 2113."
    ),
    catch=("Single runs are reported, without their spread."),
    witness={
        "eps": "0",
    },
    disappears=("the two rows come from the same run, or the mean over several runs is given."),
)
