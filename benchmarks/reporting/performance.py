"""The README's section on performance: what its tables are of, and the tables."""

from __future__ import annotations

from benchmarks.reporting.on_cpu import Records, processors
from benchmarks.reporting.on_gpu import methods, single_numbers
from benchmarks.reporting.records import Stages
from benchmarks.reporting.reproduced import reproduction

__all__ = ["performance"]

_GPU = """### On one GPU

Minibatches of 128 images of CIFAR-10's size, attacked by PGD-10 with the running statistics of
BatchNorm, in bfloat16. Methods alternate in one run; times are medians, "/ AT" is the time over
that of AT. "Of a matrix product" is the share of the rate of a large one, counting the operations
that a method needs.

"""
_NOTHING = "Nothing of this has been measured: there was no GPU.\n\n"
_TRAINED = """
Training at full size, robust accuracy on the test set in per cent, seed 0; the network computes in
bfloat16, and what counts as robust against AutoAttack is verified in float32. A schedule of 30
epochs is ours, and not the paper's experiment. "Reported" is against AutoAttack, over three runs.

"""
_CPU = """
### On a processor

Ratios are of CPU-seconds of runs that alternate, ours / another's: below 1 we are faster. "Times as
fast" is of seconds on the clock.

"""


def performance(stages: Stages, records: Records) -> str:
    """Everything between the marks."""
    nothing = "" if any(stages.values()) else _NOTHING
    return "".join(
        [
            _GPU,
            nothing,
            methods(stages),
            "\n",
            single_numbers(stages),
            _TRAINED,
            reproduction(stages),
            _CPU,
            processors(records),
        ]
    )
