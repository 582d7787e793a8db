"""Everything that is to be measured on one GPU, in stages that can be stopped and gone on with.

python benchmarks/gpu.py plan                # what to do in which order, and what is still missing
python benchmarks/gpu.py pack                # CIFAR-10, as prepared here, in parts to be carried
python benchmarks/gpu.py ceilings correctness timing train autoattack tuning --minutes 9
python benchmarks/gpu.py ship                # the finished runs in files of at most 15 MB
python benchmarks/gpu.py receive FOLDER      # here again: runs and measurements put together
python benchmarks/gpu.py record              # measurements and runs into benchmarks/results
python benchmarks/gpu.py smoke               # all of it, tiny, on any machine: does it work?

Everything lies in one folder (--work, by default build/gpu). A stage measures what has not been
measured yet and stops before its minutes are over; the same command goes on. It needs JAX, Flax,
optax, NumPy and this checkout; the comparison with torch needs an interpreter with torch besides.
Status: 0 all measured; 1 something failed or is wrong; 2 a mistake in the call; 3 time was short.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

if TYPE_CHECKING:
    from benchmarks.on_gpu.ledger import Item, Ledger
    from benchmarks.on_gpu.sizes import Sizes

RESULTS = ROOT / "benchmarks" / "results"
STAGES = ("ceilings", "correctness", "timing", "train", "autoattack", "tuning")
OTHERS = ("plan", "pack", "ship", "receive", "record", "smoke")


def main(words: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="gpu.py", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("stages", nargs="+", metavar="STAGE", help=", ".join((*STAGES, *OTHERS)))
    parser.add_argument("--work", type=Path, default=ROOT / "build" / "gpu")
    parser.add_argument("--out", type=Path, help="copy the measurements and what ships to there")
    parser.add_argument("--minutes", type=float, default=9, help="of this call (default: 9)")
    parser.add_argument("--only", action="append", help="items, or presets, whose name has this")
    parser.add_argument("--again", action="store_true", help="measure what is known, too")
    parser.add_argument("--smoke", action="store_true", help="tiny; numbers that mean nothing")
    parser.add_argument("--torch", help="interpreter with torch; none: leave it out", default="")
    chosen = parser.parse_args(words)
    folders = chosen.stages[1:] if chosen.stages[0] == "receive" else []
    if folders:
        chosen.stages = ["receive"]
    for stage in chosen.stages:
        if stage not in (*STAGES, *OTHERS):
            parser.error(f"unknown stage {stage!r}; there are {', '.join((*STAGES, *OTHERS))}")
    if len(chosen.stages) > 1 and not set(chosen.stages) <= set(STAGES):
        parser.error(f"only {', '.join(STAGES)} can be named together")
    if not chosen.minutes > 0:
        parser.error(f"--minutes is a positive number; got {chosen.minutes}")
    chosen.work = chosen.work.absolute()
    _prepare(chosen)
    from benchmarks.on_gpu.ledger import LedgerError
    from benchmarks.on_gpu.parts import PartsError
    from jaxat.data import DataError
    from jaxat.rundir import RunError

    try:
        if chosen.stages[0] == "smoke":
            return _smoke(chosen)
        if chosen.stages[0] in OTHERS:
            return _around(chosen, folders)
        return _measure(chosen)
    except (LedgerError, PartsError, DataError, RunError) as error:
        print(f"gpu.py: {error}", file=sys.stderr)
        return 2


def _prepare(chosen: argparse.Namespace) -> None:
    """Settings that JAX reads when it is imported, and its cache."""
    work = chosen.work
    if "smoke" in chosen.stages:
        # It spends its time compiling.
        os.environ.setdefault("JAX_DISABLE_MOST_OPTIMIZATIONS", "1")
    # Where the GPU alone is asked for, there would be no processor to compare it with.
    platforms = os.environ.get("JAX_PLATFORMS", "").split(",")
    if platforms != [""] and "cpu" not in platforms:
        os.environ["JAX_PLATFORMS"] = ",".join([*platforms, "cpu"])
    # Other processes, torch's among them, get their share of the memory.
    os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")
    os.environ.setdefault("JAX_COMPILATION_CACHE_DIR", str(work / "compiled"))
    # Every process compiles a hundred small operations before its first large one.
    os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS", "0.1")
    commit = work / "parts" / "commit"
    if commit.exists():
        os.environ.setdefault("JAXAT_COMMIT", commit.read_text(encoding="utf-8"))
    measures = set(chosen.stages) <= set(STAGES)
    if measures and not os.environ.get("JAXAT_DATA") and (work / "parts").exists():
        os.environ["JAXAT_DATA"] = str(work / "data")


def _measure(chosen: argparse.Namespace) -> int:
    from benchmarks.on_gpu.ledger import Clock, Ledger, run_items
    from benchmarks.on_gpu.shipping import MEASUREMENTS, unpack_data
    from benchmarks.on_gpu.sizes import FULL, SMOKE

    sizes, clock = SMOKE if chosen.smoke else FULL, Clock(60 * chosen.minutes)
    ledger = Ledger(chosen.work / MEASUREMENTS)
    if not chosen.smoke and not _is_gpu():
        print("gpu.py: JAX sees no GPU here; --smoke tries everything tiny", file=sys.stderr)
        return 2
    unpack_data(chosen.work, print)
    failed = left = 0
    met: list[str] = []

    def bring() -> None:
        _bring(chosen, ledger.path)

    def seen(items: Iterable[Item]) -> Iterator[Item]:
        for item in items:
            met.append(item.name)
            yield item

    for stage in chosen.stages:
        items = seen(_items(stage, chosen, sizes, ledger))
        one = run_items(ledger, stage, items, clock, again=chosen.again, kept=bring)
        failed, left = failed + one[0], left + one[1]
    bring()
    # How far a training has come that is not finished yet; of the others the record has it.
    for path in (chosen.work / "runs").glob("*/seed-*/epochs.jsonl"):
        if "train" in chosen.stages and not (path.parents[1] / "result.json").exists():
            _bring(chosen, path, f"{path.parents[1].name}-{path.parent.name}-{path.name}")
    if not met:
        wanted = f"--only {' '.join(chosen.only)} names no item" if chosen.only else "no item"
        print(
            f"gpu.py: {wanted} of {', '.join(chosen.stages)} that can be measured now; a run is "
            "attacked when it is finished",
            file=sys.stderr,
        )
        return 2
    print(f"{ledger.path}: {failed} failed, {left} left")
    return 1 if failed else 3 if left else 0


def _items(stage: str, chosen: argparse.Namespace, sizes: Sizes, ledger: Ledger) -> Iterable[Item]:
    from benchmarks.on_gpu import ceilings, correctness, reproduction, timing, tuning

    names = reproduction.preset_names(ledger)
    if stage in ("train", "autoattack") and chosen.only:
        from jaxat import presets

        names = tuple(name for name in presets.names() if name in chosen.only) or names
    made: Iterable[Item] = {
        "ceilings": lambda: ceilings.items(sizes),
        "correctness": lambda: correctness.items(sizes),
        "timing": lambda: timing.items(sizes, ledger, chosen.torch or None),
        "train": lambda: reproduction.train_items(sizes, names, chosen.work),
        "autoattack": lambda: reproduction.autoattack_items(sizes, names, chosen.work, ledger),
        "tuning": lambda: tuning.items(sizes),
    }[stage]()
    # One after the other: what there is to measure may depend on what has just been measured.
    return (i for i in made if not chosen.only or any(part in i.name for part in chosen.only))


def _smoke(chosen: argparse.Namespace) -> int:
    """Every stage, tiny; twice, because what is known must not be measured again; and the way back.

    A training that is stopped and goes on, too: the first call gives it no time.
    """
    from benchmarks.on_gpu.smoke import smoke

    return smoke(chosen.work, main, chosen.torch)


def _is_gpu() -> bool:
    import jax

    return jax.default_backend() == "gpu"


def _bring(chosen: argparse.Namespace, path: Path, name: str | None = None) -> None:
    if chosen.out is not None and path.exists():
        chosen.out.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, chosen.out / (name or path.name))


def _around(chosen: argparse.Namespace, folders: Sequence[str]) -> int:
    from benchmarks.on_gpu import shipping
    from benchmarks.on_gpu.planning import plan

    (stage,) = chosen.stages[:1]
    if stage == "plan":
        print(plan(chosen.work))
    elif stage == "pack":
        for path in shipping.pack_data(chosen.work):
            print(f"{path} ({path.stat().st_size / 1e6:.1f} MB)")
    elif stage == "ship":
        for path in shipping.ship_all(chosen.work, chosen.only or ()):
            print(f"{path} ({path.stat().st_size / 1e6:.1f} MB)")
            _bring(chosen, path)
    elif stage == "receive":
        for folder in folders or [str(chosen.work / "ship")]:
            for run in shipping.receive(Path(folder), chosen.work):
                print(f"{run}: python -m jaxat evaluate {run}")
    else:
        print(shipping.record(chosen.work / shipping.MEASUREMENTS, RESULTS))
        for path in shipping.record_runs(chosen.work / "runs", RESULTS):
            print(path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
