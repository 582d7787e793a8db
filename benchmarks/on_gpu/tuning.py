"""What might be faster, each with what is expected of it: predicted first, then measured.

Variants of one update of AT on ResNet-18 alternate with the plain one. Flags of XLA need a process
of their own, in which both are timed.
"""

from __future__ import annotations

import os
import statistics
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from benchmarks.on_gpu.alone import alone
from benchmarks.on_gpu.ledger import Clock, Item
from benchmarks.on_gpu.sizes import Sizes
from benchmarks.on_gpu.timing import Timed

__all__ = ["TRIES", "Try", "items", "seconds_alone"]


class Try(NamedTuple):
    """``predicted`` is the plain update's time over this one's: above 1 is faster."""

    name: str
    prediction: str
    predicted: float
    settings: Mapping[str, Any] = MappingProxyType({})
    flags: str = ""
    minutes: float = 2


TRIES = (
    Try(
        "PGD unrolled by 2",
        "half of the copies of the loop's state, a little more to compile",
        1.01,
        {"attack_unroll": 2},
    ),
    Try(
        "convolution gradients as forward convolutions",
        "cuDNN's own kernels for both gradients are no slower, and need no transposed operands",
        0.9,
        {"model_options": {"conv_gradient": "canonical"}},
    ),
    Try(
        "batch statistics in the attack",
        "20 to 35 per cent more bytes in every pass, and the update is half bound by them",
        0.87,
        {"attack_bn": "local"},
    ),
    Try(
        "statistics that move in the attack",
        "as with the batch's, and a few small vectors besides",
        0.86,
        {"attack_bn": "reference"},
    ),
    Try(
        "one update a call",
        "a call every twenty milliseconds costs the host less than one of them",
        0.97,
        {"compiled": "step"},
    ),
    Try(
        "float32 (TF32)",
        "half the rate of products and twice the bytes",
        0.5,
        {"model_options": {"dtype": "float32"}},
    ),
    Try(
        "batch 512",
        "four times the work in a kernel: stage 4 fills the chip, which 64 tiles do not",
        1.4,
        {"batch": 512},
    ),
    Try(
        "XLA: loops doubly buffered",
        "the copies of a loop's state go away, two per cent in XLA's own notes",
        1.02,
        flags="--xla_gpu_enable_while_loop_double_buffering=true",
    ),
    Try(
        "XLA: loops in CUDA graphs",
        "launches of the loop's kernels become one",
        1.05,
        flags="--xla_gpu_enable_command_buffer=+WHILE",
    ),
    Try(
        "XLA: cuDNN's runtime fusion",
        "BatchNorm in evaluation mode and ReLU after a convolution cost no pass of their own",
        1.1,
        flags="--xla_gpu_use_runtime_fusion=true",
    ),
    Try(
        "XLA: no Triton for products",
        "there is one product of matrices in the network, the last layer",
        1.0,
        flags="--xla_gpu_enable_triton_gemm=false",
    ),
    Try(
        "PGD unrolled",
        "about 95 kernels a step: launches dominate little, and no loop is left to copy its state",
        1.03,
        {"attack_unroll": 10},
        minutes=5,  # ten times as much to compile
    ),
)


def items(sizes: Sizes) -> Iterator[Item]:
    """One item a try, the cheapest to learn from first."""
    for attempt in TRIES:

        def run(clock: Clock, attempt: Try = attempt) -> dict[str, Any]:
            measured = _flags(sizes, attempt, clock) if attempt.flags else _settings(sizes, attempt)
            return {
                "prediction": attempt.prediction,
                "predicted": attempt.predicted,
                "settings": dict(attempt.settings),
                "flags": attempt.flags,
                **measured,
            }

        yield Item(attempt.name, run, 0.1 if sizes.smoke else attempt.minutes)


def seconds_alone(sizes: Sizes) -> list[float]:
    """Seconds of a minibatch of the plain update, a round each."""
    one = Timed(sizes)
    return [one.seconds() for _ in range(sizes.rounds)]


def _settings(sizes: Sizes, attempt: Try) -> dict[str, Any]:
    changed = dict(attempt.settings)
    if sizes.smoke:
        changed.pop("batch", None)
    plain, other = Timed(sizes), Timed(sizes, **changed)
    both: tuple[list[float], list[float]] = ([], [])
    # Minibatches of another size are compared by the seconds of an image.
    scale = plain.trainer.config.batch / other.trainer.config.batch
    for _ in range(sizes.rounds):
        both[0].append(plain.seconds())
        both[1].append(other.seconds() * scale)
    return _compared(*both)


def _flags(sizes: Sizes, attempt: Try, clock: Clock) -> dict[str, Any]:
    """Two processes, one after the other; that with the flags first, which may not be known."""
    function = "tuning.seconds_alone"
    flags = f"{os.environ.get('XLA_FLAGS', '')} {attempt.flags}".strip()
    other = alone(function, sizes, clock, XLA_FLAGS=flags)
    return _compared(alone(function, sizes, clock), other)


def _compared(plain: list[float], other: list[float]) -> dict[str, Any]:
    ratios = [a / b for a, b in zip(plain, other, strict=True)]
    return {
        "ratio": statistics.median(plain) / statistics.median(other),
        "spread": [min(ratios), max(ratios)],
        "seconds_per_minibatch": statistics.median(other),
        "plain_seconds_per_minibatch": statistics.median(plain),
    }
