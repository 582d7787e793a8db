"""Our step and torch's, alternating on one device in one run.

Our process must leave room on the device for the other: set ``XLA_PYTHON_CLIENT_PREALLOCATE=false``
before JAX is imported. Work of ours that is still under way when torch begins slows torch: wait for
it (``jax.block_until_ready``) before returning seconds.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from functools import partial
from itertools import chain
from typing import Any

from benchmarks.on_gpu.torch_worker import (
    TorchVariantError,
    TorchWorker,
    TorchWorkerError,
    check_seconds,
)

__all__ = [
    "COMPILED",
    "GRAPHS",
    "REFERENCE",
    "TorchVariantError",
    "TorchWorker",
    "TorchWorkerError",
    "compare",
    "ratios",
]

REFERENCE, COMPILED = "reference style", "compiled, bfloat16"
GRAPHS = "compiled, bfloat16, CUDA graphs"


def compare(
    jax_step: Callable[[int], list[float]],
    variants: Sequence[str],
    rounds: int,
    *,
    worker: TorchWorker,
    minibatches: int = 10,
    attack_bn: str = "eval",
) -> dict[str, dict[str, Any]]:
    """Seconds of a minibatch here and in torch, and torch's over ours: above 1, we are faster.

    In every round ``jax_step(minibatches)`` does that many minibatches and returns the seconds of
    each, after one that is not timed, as the worker does; then come the variants, in every second
    round in the opposite order and before ours. Batch, width and steps of the attack are those of
    ``worker``, which is started if it is not running; ``attack_bn`` must be what ``jax_step`` does
    (``"batch"`` is jaxat's ``attack_bn="local"``).

    Returns ``{"jaxat": {...}, variant: {...}, ...}`` with ``seconds_per_minibatch`` (the median of
    all), ``spread`` (smallest and largest median of a round) and ``rounds``; for a variant also
    ``ratio``, ``ratio_spread`` and what the worker says of it. A variant that fails is
    ``{"error": line}``, is left out from then on, and takes no other with it.

    Raises:
        ValueError: a count below 1, a variant twice, or seconds of ours that are no seconds.
        TorchWorkerError: the worker cannot be started.
    """
    for name, count in {"rounds": rounds, "minibatches": minibatches}.items():
        if count < 1:
            raise ValueError(f"{name} is a positive integer; got {count}.")
    if len({*variants, "jaxat"}) != len(variants) + 1:
        raise ValueError(f"variants are different names, none of them 'jaxat'; got {variants}.")
    ours: list[list[float]] = []
    theirs: dict[str, list[list[float]]] = {name: [] for name in variants}
    said: dict[str, dict[str, Any]] = {}

    def here() -> None:
        seconds = jax_step(minibatches)
        check_seconds("jax_step", seconds, minibatches)
        ours.append(seconds)

    def there(name: str, timed: bool = True) -> None:
        if "error" in said.get(name, {}):
            return
        worker.start()
        try:
            answer = worker.ask(name, minibatches if timed else 1, attack_bn)
        except TorchWorkerError as error:
            said[name] = {"error": str(error)}
            return
        seconds = answer.pop("seconds")
        if timed:
            theirs[name].append(seconds)
        said[name] = answer

    # Compilation comes before the rounds, so that in each of them all runs are near in time.
    for name in variants:
        there(name, timed=False)
    turns: list[Callable[[], None]] = [here, *(partial(there, name) for name in variants)]
    for index in range(rounds):
        for turn in turns if index % 2 == 0 else reversed(turns):
            turn()
    found: dict[str, dict[str, Any]] = {"jaxat": _summary(ours)}
    for name in variants:
        failed = "error" in said[name]
        found[name] = said[name] | ({} if failed else _summary(theirs[name]))
        if not failed:
            found[name] |= ratios(ours, theirs[name])
    return found


def ratios(ours: Sequence[list[float]], theirs: Sequence[list[float]]) -> dict[str, Any]:
    """``median(theirs) / median(ours)`` over everything, and its extremes round by round.

    >>> ratios([[1.0, 1.0, 4.0], [2.0]], [[2.0, 2.0, 9.0], [6.0]])
    {'ratio': 2.667, 'ratio_spread': [2.0, 3.0]}
    """
    each = [statistics.median(b) / statistics.median(a) for a, b in zip(ours, theirs, strict=True)]
    whole = statistics.median(chain(*theirs)) / statistics.median(chain(*ours))
    return {
        "ratio": round(whole, 3),
        "ratio_spread": [round(min(each), 3), round(max(each), 3)],
    }


def _summary(rounds: Sequence[list[float]]) -> dict[str, Any]:
    medians = [statistics.median(seconds) for seconds in rounds]
    return {
        "seconds_per_minibatch": statistics.median(chain(*rounds)),
        "spread": [min(medians), max(medians)],
        "rounds": len(rounds),
    }
