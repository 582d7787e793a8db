"""The runs of one experiment, all seeds and all points of a sweep, and the record they make."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from jaxat._files import PART, write_text
from jaxat.config import Config
from jaxat.hosts import on_first
from jaxat.presets import Preset
from jaxat.records import plain, read_rows, summary
from jaxat.rundir import EPOCHS, RunError, read_environment
from jaxat.sets import load_sets
from jaxat.train import Reporter, fit

__all__ = ["Run", "complete", "record", "runs", "train_all"]


class Run(NamedTuple):
    """One run of an experiment: its seed, the point of the sweep, and where it is kept."""

    label: str
    seed: int
    point: dict[str, str]
    config: Config
    folder: Path


def runs(preset: Preset, workdir: Path, seeds: Sequence[int]) -> Iterator[Run]:
    """All runs, the seeds of the first point first.

    >>> from jaxat import presets
    >>> found = list(runs(presets.get("yamada-table4"), Path("work"), [0, 1]))
    >>> len(found), found[0].folder.as_posix(), found[-1].label
    (10, 'work/eps-0/seed-0', 'eps-16_255 seed 1')
    """
    for label, config in preset.points():
        point = {name: str(getattr(config, name)) for name in preset.sweep}
        for seed in seeds:
            folder = (workdir / label if label else workdir) / f"seed-{seed}"
            yield Run(f"{label} seed {seed}".strip(), seed, point, config, folder)


def train_all(
    preset: Preset,
    workdir: Path | str,
    seeds: Sequence[int],
    *,
    resume: bool = False,
    say: Callable[[str], None] = print,
    reporter: Callable[[Run, int, int], Reporter] | None = None,
) -> dict[str, Any]:
    """Train every run of ``preset`` in folders of ``workdir`` and return the joint record.

    The record is written to ``workdir/result.json`` when all runs are done. With ``resume`` runs
    that are finished are kept, one that was killed goes on, the others begin. ``reporter`` makes
    what is told how far a run is; it gets the run, its number and how many there are.

    Raises:
        ConfigError, DataError, RunError, CheckpointError, StoppedError: as `jaxat.train.fit`.
    """
    work = Path(workdir)
    on_first(lambda: _claim(work, preset, resume=resume))
    # One sweep changes how images are attacked, never which ones they are.
    sets = load_sets(preset.points()[0][1])
    todo, results = list(runs(preset, work, seeds)), []
    for count, run in enumerate(todo):
        report = reporter(run, count, len(todo)) if reporter is not None else None
        results.append(
            fit(
                run.config,
                run.folder,
                seed=run.seed,
                resume=resume,
                report=report,
                say=say,
                sets=sets,
            )
        )
    joint = record(preset, todo, results)
    text = json.dumps(plain(joint), indent=2) + "\n"
    on_first(lambda: write_text(work / "result.json", text))
    return joint


def record(
    preset: Preset, done: Sequence[Run], results: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """What the finished runs found, one row a run; without a sweep also means over the seeds.

    ``train_correct`` and ``test_correct`` count images that are right under the attack of
    evaluation, ``*_clean_correct`` those that are right as they are. ``result`` is in per cent.
    ``epochs`` are the rows of ``epochs.jsonl`` with the seed; ``environment`` is where the first
    run began.
    """
    rows = [_row(run, result) for run, result in zip(done, results, strict=True)]
    joint: dict[str, Any] = {
        "preset": preset.name,
        "what": preset.what,
        "config": preset.config.to_json(),
        "sweep": dict(preset.sweep),
        "seeds": sorted({run.seed for run in done}),
        "n_train": results[0]["n_train"],
        "n_test": results[0]["n_test"],
        "rows": rows,
        "reported": preset.reported,
        "environment": read_environment(done[0].folder),
    }
    if not preset.sweep:
        joint["result"] = _summaries(preset, results)
        joint["epochs"] = [
            {"seed": run.seed, **row} for run in done for row in read_rows(run.folder / EPOCHS)
        ]
    return joint


def _row(run: Run, result: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "eps": run.config.eps,
        **run.point,
        "seed": run.seed,
        "train_correct": result["train"]["robust"],
        "test_correct": result["test"]["robust"],
        "train_clean_correct": result["train"]["correct"],
        "test_clean_correct": result["test"]["correct"],
        "last_test_correct": result["last_test"]["robust"],
        "best_epoch": result["best_epoch"],
        "epochs": result["epochs"],
        "minibatches": result["minibatches"],
        "seconds": result["training_seconds"],
    }


def _summaries(preset: Preset, results: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Means over the seeds; ``robust_accuracy`` is against the attack of the source, or absent."""
    robust = summary(result["test"]["robust_accuracy"] for result in results)
    named = "robust_accuracy" if preset.judged_by == "pgd" else "pgd_robust_accuracy"
    return {
        "clean_accuracy": summary(result["test"]["accuracy"] for result in results),
        named: robust,
        "train_robust_accuracy": summary(result["train"]["robust_accuracy"] for result in results),
        "last_robust_accuracy": summary(
            result["last_test"]["robust_accuracy"] for result in results
        ),
    }


def complete(work: Path, reports: Sequence[Mapping[str, Any]]) -> bool:
    """Put the means of an AutoAttack evaluation into the record of an experiment judged by it.

    Done, and True returned, only for the whole test set, the threat model of training, standard
    AutoAttack, and all seeds of the record. The means for the selected weights become
    ``robust_accuracy``, those for the last ones ``last_autoattack_accuracy``;
    ``attacks_compute_in`` are the precisions of the attacks, which are verified in the parameters'.
    """
    path = work / "result.json"
    if not (work / "experiment.json").exists() or not path.exists():
        return False
    try:
        joint = json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        raise RunError(f"{path} is damaged; train again with --resume to write it anew") from None
    wanted = (
        "pgd_robust_accuracy" in joint.get("result", {})
        and sorted(report["seed_of_run"] for report in reports) == joint["seeds"]
        and all(
            report["attack"] == "autoattack"
            and report["evaluation"]["version"] == "standard"
            and report["as_trained"]
            and report["weights"] == reports[0]["weights"]
            and report["n"] == report["n_all"]
            for report in reports
        )
    )
    if wanted:
        last = reports[0]["weights"] == "last"
        named = "last_autoattack_accuracy" if last else "robust_accuracy"
        joint["result"][named] = summary(report["robust_accuracy"] for report in reports)
        joint["attacks_compute_in"] = sorted({r["attacks_compute_in"] for r in reports})
        write_text(path, json.dumps(plain(joint), indent=2) + "\n")
    return wanted


def _claim(work: Path, preset: Preset, *, resume: bool) -> None:
    """Make the folder of the experiment, or find that it holds another one.

    An experiment none of whose runs has a folder yet, for want of data perhaps, has not begun.
    """
    path = work / "experiment.json"
    wanted = {"preset": preset.name, "config": preset.config.to_json(), "sweep": preset.sweep}
    wanted = json.loads(json.dumps(wanted))
    try:
        work.mkdir(parents=True, exist_ok=True)
        others = [e for e in work.iterdir() if e != path and PART not in e.name]
        if path.exists() and others:
            found = json.loads(path.read_text(encoding="utf-8"))
            if found != wanted:
                names = [
                    k for k in wanted["config"] if found["config"].get(k) != wanted["config"][k]
                ]
                what = ", ".join(names) or "the preset or its sweep"
                raise RunError(
                    f"{work} holds another experiment ({found['preset']}): {what} differs"
                )
            if not resume:
                raise RunError(
                    f"{work} holds this experiment already; go on with --resume, or choose another "
                    "--workdir"
                )
            return
        if others:
            raise RunError(f"{work} is not empty and holds no experiment; choose another --workdir")
        write_text(path, json.dumps(wanted, indent=2) + "\n")
    except OSError as error:
        raise RunError(f"cannot use {work} as --workdir: {error.strerror or error}") from None
    except RunError:
        raise
    except (ValueError, KeyError, TypeError, AttributeError):
        raise RunError(f"{path} is damaged; choose another --workdir") from None
