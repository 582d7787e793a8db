"""``python -m jaxat evaluate``: clean and robust accuracy of what was trained."""

from __future__ import annotations

import dataclasses
import json
import re
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import jax
import numpy as np

from jaxat import data
from jaxat._files import write_text
from jaxat.attacks import pgd
from jaxat.attacks.result import Attack
from jaxat.commands.arguments import Parser, UsageError, complain
from jaxat.commands.autoattack import with_autoattack
from jaxat.commands.train import MISTAKES
from jaxat.config import Config
from jaxat.config import number as length
from jaxat.data import Split
from jaxat.environment import environment
from jaxat.evaluate import make_evaluate
from jaxat.progress import Progress
from jaxat.records import plain, summary
from jaxat.restore import Restored, find_runs, restore
from jaxat.series import complete
from jaxat.threat import ThreatModel

__all__ = ["main"]

SEED = 0  # of random starts, the same for all weights that are compared


def main(words: Sequence[str]) -> int:
    """Runs ``python -m jaxat evaluate WORDS`` and returns the exit status."""
    parser = Parser(
        "evaluate", "Accuracy of a run, of one checkpoint, or of all runs of an experiment."
    )
    parser.add_argument("path", metavar="DIR|CHECKPOINT", type=Path)
    parser.add_argument("--attack", default="pgd20", help="none, pgdN (N steps) or autoattack")
    parser.add_argument("--n", type=int, help="only the first N test images")
    parser.add_argument("--norm", choices=("linf", "l2", "l1"), help="default: as in training")
    parser.add_argument("--eps", help="such as 8/255; default: as in training")
    parser.add_argument("--step", help="of PGD; default: as the run evaluates, else 2.5 eps/N")
    parser.add_argument("--weights", choices=("best", "last"), default="best")
    parser.add_argument("--batch", type=int, help="images at once")
    parser.add_argument("--version", choices=("standard", "plus", "rand"), default="standard")
    parser.add_argument(
        "--dtype", choices=("float32", "bfloat16"), help="autoattack: what attacks compute in"
    )
    parser.add_argument(
        "--individual", action="store_true", help="autoattack: every attack on all images"
    )
    try:
        chosen = parser.parse_args(list(words))
        paths = find_runs(chosen.path)
        reports = [_evaluate(path, chosen) for path in paths]
        completed = complete(chosen.path, reports)
    except MISTAKES as error:
        return complain("evaluate", error)
    except KeyboardInterrupt:
        print("jaxat evaluate: interrupted", file=sys.stderr)
        return 130
    if len(reports) > 1:
        for name in ("clean_accuracy", "robust_accuracy"):
            found = summary(report[name] for report in reports)
            spread = "" if found["std"] is None else f" ± {found['std']:.2f}"
            print(f"{name}: {found['mean']:.2f}{spread} (n = {found['n']})")
    if completed:
        print(f"written into {chosen.path / 'result.json'}")
    return 0


def _evaluate(path: Path, chosen: Any) -> dict[str, Any]:
    """One run: a line on the output, and a file in its folder."""
    found = restore(path, chosen.weights)
    for complaint in found.complaints:
        print(f"{complaint}; evaluating the one before", file=sys.stderr)
    config, steps = _wanted(found.config, chosen)
    test = _images(config, chosen.n)
    folder = (path if path.parent.name != "checkpoints" else path.parent.parent) / "evaluations"
    begin = time.perf_counter()
    if chosen.attack == "autoattack":
        report = with_autoattack(
            found,
            config,
            test,
            folder,
            version=chosen.version,
            individual=chosen.individual,
            batch=chosen.batch,
            dtype=chosen.dtype,
        )
    else:
        report = _with_pgd(found, config, test, steps, path.name)
    report |= {
        "attack": chosen.attack,
        "norm": config.norm,
        "eps": config.eps,
        "n": test.size,
        "n_all": data.info(config.dataset).test_size,
        "as_trained": (config.norm, config.eps) == (found.config.norm, found.config.eps),
        "seed_of_run": found.seed,
        "weights": chosen.weights,
        "minibatch": found.minibatch,
        "seconds": time.perf_counter() - begin,
        "environment": environment(),
    }
    what = chosen.attack if chosen.attack != "autoattack" else f"autoattack-{chosen.version}"
    radius = config.eps.replace("/", "_").replace("*", "x")
    name = f"{what}-{config.norm}-{radius}-n{test.size}-{chosen.weights}"
    name += f"-{chosen.dtype}" if chosen.dtype else ""
    folder.mkdir(exist_ok=True)
    write_text(folder / f"{name}.json", json.dumps(plain(report), indent=2) + "\n")
    print(
        f"{path}: clean {report['clean_accuracy']:.2f}, {chosen.attack} ({config.norm}, "
        f"{config.eps}) {report['robust_accuracy']:.2f} on {test.size} images, "
        f"{report['seconds']:.0f} s"
    )
    return report


def _wanted(config: Config, chosen: Any) -> tuple[Config, int]:
    """The configuration with the threat model and batch that were asked for, and PGD's steps."""
    matched = re.fullmatch(r"pgd(\d+)", chosen.attack)
    if matched is None and chosen.attack not in ("none", "autoattack"):
        raise UsageError(
            f"--attack is none, pgdN such as pgd20, or autoattack; got {chosen.attack!r}"
        )
    steps = int(matched[1]) if matched else 0
    if chosen.n is not None and chosen.n < 1:
        raise UsageError(f"--n is a number of images, at least 1; got {chosen.n}")
    changes: dict[str, Any] = {}
    if chosen.norm is not None and chosen.norm != config.norm and chosen.eps is None:
        raise UsageError(f"--norm {chosen.norm} needs --eps, since the run's is of {config.norm}")
    # What the run itself uses holds for its own number of steps and its own norm only.
    own = steps == config.eval_steps and chosen.norm in (None, config.norm)
    step = chosen.step or (config.eval_step if own else _usual_step(steps, chosen, config))
    for name, value in (
        ("norm", chosen.norm),
        ("eps", chosen.eps),
        ("eval_step", step),
        ("eval_batch", chosen.batch),
    ):
        if value is not None:
            changes[name] = value
    return dataclasses.replace(config, **changes), steps


def _usual_step(steps: int, chosen: Any, config: Config) -> str:
    """2.5 eps/N; for L-infinity at most 1, by which any image can be changed."""
    factor = 2.5 / max(steps, 1)
    with suppress(ValueError, ArithmeticError):  # a radius that is none is refused elsewhere
        radius = length(chosen.eps or config.eps)
        if (chosen.norm or config.norm) == "linf" and radius <= 1 < factor * radius:
            return "1"
    return f"{factor}*eps"


def _images(config: Config, n: int | None) -> Split:
    test = data.load(config.dataset).test
    limit = config.test_size if n is None else n
    if limit is not None and limit > test.size:
        raise UsageError(f"--n {limit}, and {config.dataset} has {test.size} test images")
    return test if limit is None else test.take(np.arange(limit))


def _with_pgd(
    found: Restored, config: Config, test: Split, steps: int, what: str
) -> dict[str, Any]:
    attack: Attack | None = None
    if steps:
        threat = ThreatModel(config.norm, length(config.eps), combine="ball-then-box")
        step = length(config.eval_step, config.eps)
        attack = pgd(threat, steps=steps, step_size=step, random_start=config.eval_start != "clean")
    evaluate = make_evaluate(found.model, attack, batch=config.eval_batch)
    with Progress(what, test.size, unit="images") as bar:

        def progress(done: int, total: int) -> None:
            del total  # the bar knows it
            bar.update(done)

        judged = evaluate(*found.weights, test, jax.random.key(SEED), progress=progress)
    return {
        "clean_accuracy": judged.accuracy,
        "robust_accuracy": judged.robust_accuracy,
        "robust_loss": judged.robust_loss,
        "step": config.eval_step if steps else None,
        "seed": SEED,
    }
