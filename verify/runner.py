"""Runs claims, each in one of a few worker processes, and yields their records as they finish."""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass, field
from typing import Any

from theory.claim import Claim
from theory.judge import examine, judge_necessity
from theory.registry import all_claims
from theory.run import Run
from verify.record import claim_record

__all__ = ["Settings", "enable_x64", "run_claim", "run_claims"]


@dataclass(frozen=True)
class Settings:
    """What the command line says about a run."""

    budget: str = "full"
    seed: int = 0
    methods: frozenset[str] = frozenset()  # empty: all
    overrides: Mapping[str, str] = field(default_factory=dict)
    records: Mapping[str, Any] = field(default_factory=dict)
    workers: int = 2


def enable_x64() -> None:
    """Switch float64 on: the packages that this command uses never do that by themselves."""
    import jax

    jax.config.update("jax_enable_x64", True)


def parameters_of(claim: Claim, overrides: Mapping[str, str]) -> dict[str, float]:
    """The claim's defaults, with the user's values where the claim knows the name."""
    return {
        name: p.parse(name, overrides[name]) if name in overrides else p.default
        for name, p in claim.parameters.items()
    }


def run_claim(claim_id: str, settings: Settings) -> dict[str, Any] | None:
    """Make all asked-for evidence of one claim; None if no check uses an asked-for method."""
    claim = all_claims()[claim_id]
    chosen = [c for c in claim.checks if not settings.methods or c.method in settings.methods]
    if not chosen and claim.checks:
        return None
    parameters = parameters_of(claim, settings.overrides)
    outcomes = []
    for check in chosen:
        label = f"{claim.id}/{check.name}"
        run = Run(parameters, settings.budget, settings.seed, label, settings.records)
        start = time.perf_counter()
        evidence = examine(claim, check, run)
        outcomes.append((check.name, check.expect.value, time.perf_counter() - start, evidence))
    # Other claims' verdicts enter by their pins, which their own run compares with what it finds.
    expected = {id_: c.expected for id_, c in all_claims().items()}
    necessity = [judge_necessity(claim, n, expected) for n in claim.questions()]
    return claim_record(
        claim, parameters, outcomes, necessity, complete=len(chosen) == len(claim.checks)
    )


def _start_worker() -> None:
    # Ctrl-C reaches the whole process group; the parent alone decides what to do about it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    enable_x64()


def run_claims(
    claims: Sequence[Claim], settings: Settings
) -> Iterator[tuple[str, dict[str, Any] | None]]:
    """Yield (id, record) in the order of finishing, the most expensive claims started first."""
    if settings.workers <= 1 or len(claims) == 1:
        enable_x64()
        for claim in claims:
            yield claim.id, run_claim(claim.id, settings)
        return
    # Spawned, not forked: JAX and XLA threads do not survive a fork.
    context = multiprocessing.get_context("spawn")
    # Workers share the cores, so each one's own thread pools would only fight over them.
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    workers = min(settings.workers, len(claims))
    pool = ProcessPoolExecutor(workers, mp_context=context, initializer=_start_worker)
    waiting: dict[Future[dict[str, Any] | None], str] = {}
    try:
        queue = sorted(claims, key=lambda claim: -claim.cost)
        waiting |= {pool.submit(run_claim, claim.id, settings): claim.id for claim in queue}
        while waiting:
            done, _ = wait(waiting, return_when=FIRST_COMPLETED)
            for future in done:
                yield waiting.pop(future), future.result()
    finally:
        for process in list((pool._processes or {}).values()):  # noqa: SLF001
            # The pool has no public way to stop running tasks, and Ctrl-C must not wait for them.
            if any(not f.done() for f in waiting):
                process.terminate()
        pool.shutdown(wait=False, cancel_futures=True)
