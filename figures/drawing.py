"""Computes, draws and saves figures, many of them in a few worker processes."""

from __future__ import annotations

import multiprocessing
import signal
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path

from figures.figure import Arrays, Figure, all_figures

__all__ = ["Done", "Job", "draw_each", "draw_one"]

_FEW = 3  # starting a worker takes as long as drawing a figure or two


@dataclass(frozen=True)
class Job:
    """One figure to make: at which resolution, in which formats, where."""

    name: str
    resolution: int
    formats: tuple[str, ...]
    folder: Path
    dpi: int


@dataclass(frozen=True)
class Done:
    """What became of a job; `lines` say what was left out."""

    name: str
    computed: bool
    seconds: float
    lines: tuple[str, ...]


def draw_each(jobs: Sequence[Job], workers: int, costs: Mapping[str, float]) -> Iterator[Done]:
    """Make all figures and yield each as it is finished, the expensive ones started first."""
    if workers == 1 or len(jobs) <= _FEW:
        yield from map(_make, jobs)
        return
    # Spawned, not forked: JAX and XLA threads do not survive a fork.
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(min(workers, len(jobs)), mp_context=context, initializer=_start)
    try:
        queue = sorted(jobs, key=lambda job: -costs[job.name])
        waiting = {pool.submit(_make, job) for job in queue}
        while waiting:
            done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
            for future in done:
                yield future.result()
    except BaseException:
        for process in multiprocessing.active_children():
            process.terminate()
        raise
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _start() -> None:
    import jax

    # Ctrl-C reaches the whole process group; the parent alone decides what to do about it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    jax.config.update("jax_enable_x64", True)


def _make(job: Job) -> Done:
    start = time.perf_counter()
    figure = all_figures()[job.name]
    computed, lines = draw_one(figure, job.resolution, job.formats, job.folder, job.dpi)
    return Done(job.name, computed, time.perf_counter() - start, tuple(lines))


def draw_one(
    figure: Figure, resolution: int, formats: Sequence[str], folder: Path, dpi: int
) -> tuple[bool, list[str]]:
    """Compute or load, draw, save in all formats; says whether it computed, and what it skipped."""
    from figures.store import load_or_compute, save_caption
    from figures.style import styled

    arrays, computed = load_or_compute(figure, resolution, folder)
    save_caption(figure, resolution, folder)
    lines = []
    flat = [kind for kind in formats if kind != "html"]
    if flat:
        with styled():
            drawing = figure.draw(arrays)
            for kind in flat:
                drawing.savefig(folder / f"{figure.name}.{kind}", dpi=dpi, format=kind)
    if "html" in formats:
        lines += _page(figure, arrays, folder)
    return computed, lines


def _page(figure: Figure, arrays: Arrays, folder: Path) -> list[str]:
    if figure.surfaces is None:
        return [f"{figure.name}: no surface, so no html page"]
    from figures.interactive import page

    text = page(figure, figure.surfaces(arrays))
    (folder / f"{figure.name}.html").write_text(text, encoding="utf-8")
    return []
