"""TRADES with and without EnSGD: half a point in three runs is not significant."""

from __future__ import annotations

from theory.counterexample import Counterexample

COUNTEREXAMPLE = Counterexample(
    claim="kanai.table-2.significance",
    reading=(
        "The text compares printed means and does not speak of significance; of the means it "
        "is right (`kanai.table-2.order`)."
    ),
    intuition=(
        "TRADES + AWP has 55.6 ± 0.4 and with EnSGD 55.8 ± 0.3: a difference of 0.7 standard "
        "errors, p = 0.53. Without AWP (52.9 ± 0.3 against 53.4 ± 0.1) p = 0.09, and for the tuned "
        "variant against + AWP p = 0.09 too."
    ),
    catch="The order of the printed means is as the text says; three runs show no more than that.",
    witness={
        "pair": "cifar10-wrn: trades-awp < trades-awp-ensgd",
        "mean_1": "278/5",
        "std_1": "2/5",
        "mean_2": "279/5",
        "std_2": "3/10",
    },
    disappears="“outperforms” is read as a statement about the printed means.",
)
