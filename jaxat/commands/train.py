"""``python -m jaxat train``: train a preset, see how far it is, take it up again."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, get_args

import jax

from jaxat import presets
from jaxat.checkpoint import CheckpointError
from jaxat.commands.arguments import Parser, UsageError, complain
from jaxat.config import ConfigError
from jaxat.data import DataError
from jaxat.data.cache import cache_folder
from jaxat.hosts import ElsewhereError, is_first
from jaxat.presets import Preset
from jaxat.progress import Progress
from jaxat.records import RecordError
from jaxat.rundir import RunError
from jaxat.series import Run, train_all
from jaxat.settings import Selection
from jaxat.state import SEEDS
from jaxat.train import Reporter, StoppedError

__all__ = ["main"]

MISTAKES = (
    *(UsageError, ConfigError, DataError, RunError, RecordError, CheckpointError, ElsewhereError),
    OSError,
)


def main(words: Sequence[str]) -> int:
    """Runs ``python -m jaxat train WORDS``. 0: trained; 1: stopped; 2: a mistake in the call."""
    parser = Parser("train", "Train a preset; python -m jaxat presets lists them.")
    parser.add_argument("preset", metavar="PRESET")
    parser.add_argument("--workdir", type=Path, help="folder of the runs (default: runs/PRESET)")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", dest="settings")
    parser.add_argument(
        "--select",
        choices=get_args(Selection),
        help="the same as --set select=...: which weights are reported",
    )
    parser.add_argument("--seeds", default="0", help="such as 0,1,2 (default: 0)")
    parser.add_argument("--resume", action="store_true", help="go on where a killed run was")
    parser.add_argument("--smoke", action="store_true", help="the same, tiny: do all parts work?")
    parser.add_argument(
        "--distributed",
        action="store_true",
        help="over several hosts: one such process on each, found by jax.distributed",
    )
    try:
        chosen = parser.parse_args(list(words))
        preset = presets.get(chosen.preset)
        preset = presets.smoke(preset) if chosen.smoke else preset
        if chosen.select is not None:
            chosen.settings.append(f"select={chosen.select}")
        preset = preset.with_settings(chosen.settings)
        seeds = _seeds(chosen.seeds)
        default = Path("runs") / (preset.name + "-smoke" if chosen.smoke else preset.name)
        workdir = chosen.workdir or default
        if chosen.distributed:
            _join_hosts()
        _remember_compilations()
        return _train(preset, workdir, seeds, chosen.resume)
    except MISTAKES as error:
        return complain("train", error)
    except StoppedError as error:
        complain("train", error)
        return 1
    except KeyboardInterrupt:
        print("jaxat train: interrupted; go on with --resume", file=sys.stderr)
        return 130


def _train(preset: Preset, workdir: Path, seeds: list[int], resume: bool) -> int:
    with ExitStack() as bars:

        def reporter(run: Run, number: int, count: int) -> Reporter:
            what = f"[{number + 1}/{count}] {run.label}" if count > 1 else run.label
            bar: list[Progress] = []

            def report(done: int, total: int, measured: Mapping[str, float]) -> None:
                # Made when there is something to tell: a finished run never gets one.
                if not bar:
                    bar.append(bars.enter_context(Progress(what, total, done=done)))
                words = (f"{name.removeprefix('train_')} {x:.3f}" for name, x in measured.items())
                bar[0].update(done, " ".join(words))
                if done >= total:
                    bar[0].close()

            return report

        told = reporter if is_first() else None
        joint = train_all(preset, workdir, seeds, resume=resume, say=_say, reporter=told)
    if is_first():
        _print(joint, workdir)
    return 0


def _say(text: str) -> None:
    print(text, file=sys.stderr)


def _print(joint: Mapping[str, Any], workdir: Path) -> None:
    """The rows of the record, and the means over the seeds."""
    table = [["eps", "seed", "test clean", "attacked", "train attacked", "best epoch", "seconds"]]
    n_test, n_train = joint["n_test"], joint["n_train"]
    for row in joint["rows"]:
        shares = (
            row["test_clean_correct"] / n_test,
            row["test_correct"] / n_test,
            row["train_correct"] / n_train,
        )
        accuracies = [f"{100 * share:.2f}" for share in shares]
        last = [str(row["best_epoch"]), f"{row['seconds']:.0f}"]
        table.append([row["eps"], str(row["seed"]), *accuracies, *last])
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    for line in table:
        print("  ".join(cell.rjust(width) for cell, width in zip(line, widths, strict=True)))
    for name, found in joint.get("result", {}).items():
        spread = "" if found["std"] is None else f" ± {found['std']:.2f}"
        print(f"{name}: {found['mean']:.2f}{spread} (n = {found['n']})")
    print(f"written to {workdir / 'result.json'}")


def _seeds(text: str) -> list[int]:
    parts = [part.strip() for part in text.split(",")]
    if not all(part.isdecimal() for part in parts):
        raise UsageError(f"--seeds are whole numbers such as 0,1,2; got {text!r}")
    seeds = [int(part) for part in parts]
    if len(set(seeds)) < len(seeds) or max(seeds) >= SEEDS:
        raise UsageError(f"--seeds are different numbers below {SEEDS}; got {text!r}")
    return seeds


def _remember_compilations() -> None:
    """Keep what XLA compiles, so that a second start is fast, unless the user said where or no."""
    if "JAX_COMPILATION_CACHE_DIR" not in os.environ:
        jax.config.update("jax_compilation_cache_dir", str(cache_folder().parent / "compiled"))


def _join_hosts() -> None:
    try:
        jax.distributed.initialize()
    except (ValueError, RuntimeError) as error:
        text = " ".join(str(error).split())
        raise UsageError(f"--distributed found no cluster that JAX knows: {text}") from None
