"""Three runs with standard deviations of 0.4 and 0.2 do not separate 49.9 from 50.5."""

from __future__ import annotations

from theory.counterexample import Counterexample

COUNTEREXAMPLE = Counterexample(
    claim="kanai.table-1.significance",
    reading=(
        "The text compares printed means and does not speak of significance; of the means it "
        "is right (`kanai.table-1.order`)."
    ),
    intuition=(
        "CIFAR10, RN18: AWP has 49.9 ± 0.4 and AWP + EnSGD 50.5 ± 0.2. The difference of 0.6 is "
        "2.3 standard errors, and with about three degrees of freedom Welch's test gives p = 0.10."
    ),
    catch=(
        "The means are ordered as the text says, but for three runs a difference of two or three "
        "standard errors is not rare by chance."
    ),
    witness={
        "pair": "cifar10-rn18: awp < awp-ensgd",
        "mean_1": "499/10",
        "std_1": "2/5",
        "mean_2": "101/2",
        "std_2": "1/5",
    },
    disappears=(
        "“outperforms” is read as a statement about printed means, or there are more runs: with "
        "the same deviations four would do."
    ),
)
