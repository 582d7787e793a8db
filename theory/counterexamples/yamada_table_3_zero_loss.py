"""Three misclassified samples in a thousand cost 0.002."""

from __future__ import annotations

from theory.counterexample import Counterexample

COUNTEREXAMPLE = Counterexample(
    claim="yamada.table-3.zero-loss",
    reading=(
        "The sentence says what the experiment was designed for, not what it reached. Judged "
        "is whether the printed accuracies allow a loss below 1/1000."
    ),
    intuition=(
        "At $\\varepsilon = \\frac{16}{255}$ the printed training accuracy is 99.72: at least 35 "
        "of 12665 samples are misclassified under the attack, and each has a loss of at least "
        "$\\log 2$."
    ),
    catch=(
        "An accuracy near 100 % is not a loss near 0. The samples that are classified correctly "
        "add to the loss, too."
    ),
    witness={
        "eps": "16/255",
    },
    disappears=(
        "every training sample is classified correctly under the attack and training goes on long "
        "enough."
    ),
)
