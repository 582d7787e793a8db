"""Seconds of a minibatch by method, beside what the device can do; compilation; evaluation; torch.

Ratios are of medians of rounds that alternate. The share of the device is that of nominal
operations (`benchmarks.on_gpu.operations`) a second in those of the matrix product measured in the
same results: passes that a method does not need count as time and not as work.
"""

from __future__ import annotations

import statistics
import tempfile
import time
import traceback
from collections.abc import Iterator, Sequence
from typing import Any

import jax

from benchmarks.on_gpu.alone import alone
from benchmarks.on_gpu.ledger import Clock, Item, Ledger
from benchmarks.on_gpu.operations import Operations, operations
from benchmarks.on_gpu.sizes import METHODS, Sizes, random_sets
from benchmarks.on_gpu.torch_comparison import COMPILED, GRAPHS, REFERENCE, TorchWorker, compare
from jaxat.state import TrainState
from jaxat.trainer import Trainer

__all__ = ["Timed", "first_update", "items", "share"]

RATIOS = {"AT-AWP": 1.15, "AT+EnSGD": 1.03, "TRADES": 1.20}
SHARES = {"ResNet-18": 0.20, "WRN-34-10": 0.35}
IMAGES = 50_000
# As the trainings have it (`benchmarks.on_gpu.reproduction`): what is compiled here is what they
# find in the cache.
EPOCH = {"attack_bn": "reference", "chunk": 130}


class Timed:
    """A trainer on random images that is asked for so many minibatches at a time.

    ``rate`` is small: weights that stay finite are all that is asked of this training.
    """

    def __init__(self, sizes: Sizes, network: str = "ResNet-18", **settings: Any) -> None:
        count = settings.pop("minibatches", sizes.minibatches)
        images = settings.pop("images", None)
        config = sizes.config(network, **{"lr": 1e-3, "chunk": count, **settings})
        sets = random_sets(sizes, images or config.batch * count)
        self.minibatches, self.trainer = count, Trainer(config, 0, sets=sets)
        self.state: TrainState = self.trainer.start()
        self._epoch = 0
        begin = time.perf_counter()
        self.seconds()
        self.first_call = time.perf_counter() - begin

    def seconds(self) -> float:
        """Do one epoch, which is that many minibatches, and return the seconds of a minibatch."""
        begin = time.perf_counter()
        self.state = jax.block_until_ready(self.trainer.epoch(self.state, self._epoch))
        self._epoch += 1
        return (time.perf_counter() - begin) / self.minibatches

    def operations(self) -> Operations:
        return operations(self.trainer.parts.model, self.trainer.sets.info.shape)


def items(sizes: Sizes, ledger: Ledger, torch: str | None) -> Iterator[Item]:
    """What is timed, the most wanted first; ``torch`` is an interpreter that has it, or None."""
    yield Item("methods", lambda clock: _methods(sizes, ledger), 4.5)
    yield Item("epoch", lambda clock: _epoch(sizes), 2)
    yield Item("WRN-34-10", lambda clock: _wide(sizes, ledger), 2.5)

    def torch_item(name: str, variants: tuple[str, ...], minutes: float) -> Iterator[Item]:
        python, expected = torch, 0.1 if sizes.smoke else minutes
        if python is not None:
            yield Item(name, lambda clock: _torch(sizes, python, variants, clock), expected)

    yield from torch_item("torch", (REFERENCE, COMPILED), 4)
    yield Item("compilation", lambda clock: _compilation(sizes, clock), 3)
    yield Item("evaluation", lambda clock: _evaluation(sizes, ledger), 1.5)
    yield from torch_item("torch, CUDA graphs", (GRAPHS,), 3)


def share(ledger: Ledger, flops: float, seconds: float) -> float | None:
    """Nominal operations a second over those of the matrix product; None if it is not measured."""
    product = ledger.measured("ceilings", "matrix product")
    return None if product is None else flops / seconds / 1e12 / product["teraflop_per_second"]


def _methods(sizes: Sizes, ledger: Ledger) -> dict[str, Any]:
    """The four methods, alternating, with the same attack on ResNet-18; one that fails says why."""
    timed: dict[str, Timed] = {}
    rows: dict[str, dict[str, Any]] = {}
    for name, settings in METHODS.items():
        try:
            timed[name] = Timed(sizes, **settings)
        except Exception as error:
            if name == "AT":
                raise
            traceback.print_exc()
            text = " ".join(str(error).split())[:300]
            rows[name] = {"error": f"{type(error).__name__}: {text}"}
    seconds: dict[str, list[float]] = {name: [] for name in timed}
    for _ in range(sizes.rounds):
        for name, one in timed.items():
            seconds[name].append(one.seconds())
    medians = {name: statistics.median(values) for name, values in seconds.items()}
    work = timed["AT"].operations()
    for name, one in timed.items():
        ratio = medians[name] / medians["AT"]
        flops = sizes.batch * work.update(name, sizes.attack_steps)
        rows[name] = {
            "seconds_per_minibatch": medians[name],
            "rounds": seconds[name],
            "seconds_per_epoch": medians[name] * (IMAGES // sizes.batch),
            "first_call_seconds": one.first_call,
            "ratio": ratio,
            "at_most": RATIOS.get(name),
            "share_of_matrix_product": share(ledger, flops, medians[name]),
        }
    return {
        "network": "ResNet-18",
        "batch": sizes.batch,
        "minibatches_a_round": sizes.minibatches,
        "attack_bn": "eval",
        "share_at_least": SHARES["ResNet-18"],
        "rows": rows,
        "config": timed["AT"].trainer.config.to_json(),
    }


def _epoch(sizes: Sizes) -> dict[str, Any]:
    """A whole epoch and its evaluation as in the papers, statistics moving during the attack."""
    count = sizes.images // sizes.batch
    one = Timed(sizes, minibatches=count, images=sizes.images, **EPOCH)
    seconds = [one.seconds() * count for _ in range(2)]
    weights = one.trainer.weights(one.state, 0)
    judging = []
    for _ in range(2):
        begin = time.perf_counter()
        one.trainer.judge(weights, one.trainer.sets.test)
        judging.append(time.perf_counter() - begin)
    return {
        "minibatches": count,
        "attack_bn": EPOCH["attack_bn"],
        "seconds": min(seconds),
        "all_seconds": seconds,
        "evaluation_seconds": judging[-1],
        "epoch_and_evaluation_seconds": min(seconds) + judging[-1],
    }


def _wide(sizes: Sizes, ledger: Ledger) -> dict[str, Any]:
    """One step of WRN-34-10."""
    count = 5 if not sizes.smoke else sizes.minibatches
    one = Timed(sizes, "WRN-34-10", minibatches=count)
    seconds = [one.seconds() for _ in range(3)]
    median = statistics.median(seconds)
    flops = sizes.batch * one.operations().update("AT", sizes.attack_steps)
    return {
        "seconds_per_minibatch": median,
        "rounds": seconds,
        "seconds_per_epoch": median * (IMAGES // sizes.batch),
        "first_call_seconds": one.first_call,
        "share_of_matrix_product": share(ledger, flops, median),
        "share_at_least": SHARES["WRN-34-10"],
    }


def _evaluation(sizes: Sizes, ledger: Ledger) -> dict[str, Any]:
    """PGD-20 on all test images, by batch."""
    rows = {}
    for batch in sizes.eval_batches:
        sets = random_sets(sizes, sizes.batch)
        trainer = Trainer(sizes.config(eval_batch=batch), 0, sets=sets)
        weights = trainer.weights(trainer.start(), 0)
        seconds = []
        for _ in range(3):
            begin = time.perf_counter()
            trainer.judge(weights, trainer.sets.test)
            seconds.append(time.perf_counter() - begin)
        work = operations(trainer.parts.model, trainer.sets.info.shape).evaluation(sizes.eval_steps)
        best = min(seconds[1:])
        rows[str(batch)] = {
            "seconds": best,
            "first_call_seconds": seconds[0],
            "share_of_matrix_product": share(ledger, sizes.test_images * work, best),
        }
    best = min(rows, key=lambda batch: rows[batch]["seconds"])
    return {"images": sizes.test_images, "best_batch": int(best), "rows": rows}


def first_update(sizes: Sizes) -> float:
    """Seconds until the first update of AT is done, tracing and compilation included."""
    jax.devices()
    begin = time.perf_counter()
    Timed(sizes, minibatches=1, chunk=1)
    return time.perf_counter() - begin


def _compilation(sizes: Sizes, clock: Clock) -> dict[str, Any]:
    """Two processes, one after the other, with a compilation cache that is empty at first."""
    with tempfile.TemporaryDirectory() as folder:
        # The bound from which on compilations are kept is JAX's own here.
        given = {
            "JAX_COMPILATION_CACHE_DIR": folder,
            "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "1.0",
        }
        cold, warm = (alone("timing.first_update", sizes, clock, **given) for _ in range(2))
    return {"cold_seconds": cold, "warm_seconds": warm, "ratio": warm / cold, "at_most": 0.25}


def _torch(sizes: Sizes, python: str, variants: Sequence[str], clock: Clock) -> dict[str, Any]:
    """Our step beside torch's, which has no augmentation; ours is the one of "methods", with it."""
    count = 20 if not sizes.smoke else 2
    one = Timed(sizes)
    with TorchWorker(
        python,
        device="cuda" if jax.default_backend() == "gpu" else "cpu",
        batch=sizes.batch,
        width=64 if not sizes.smoke else 4,
        steps=sizes.attack_steps,
        time_limit=max(clock.left() - 30, 30),
    ) as worker:
        found = compare(
            lambda count: [one.seconds()] * count,
            variants,
            sizes.rounds,
            worker=worker,
            minibatches=count,
        )
        about = worker.about
    return {"at_least": {REFERENCE: 3.0, COMPILED: 1.0}, "rows": found, "torch": about}
