"""Weights out of a run folder: for evaluation, and for whoever wants to use what was trained."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, NamedTuple

import jax

from jaxat import checkpoint, data
from jaxat.config import Config, ConfigError, read
from jaxat.models import Model
from jaxat.parts import build
from jaxat.rundir import RunError, is_run, read_config
from jaxat.state import initial_state, keys_of
from jaxat.train import Snapshot
from jaxat.trainer import Weights

__all__ = ["WEIGHTS", "Restored", "find_runs", "restore"]

WEIGHTS = "weights"
"""The folder of a run, beside or instead of its checkpoints, that `jaxat.export` writes."""


class Restored(NamedTuple):
    """A trained model; ``model.apply(*weights, x, train="eval")`` are its logits."""

    model: Model
    weights: Weights
    config: Config
    seed: int
    minibatch: int  # of the checkpoint
    complaints: tuple[str, ...]  # damaged checkpoints that were passed over


def find_runs(path: Path | str) -> list[Path]:
    """The run folders that ``path`` means: itself, the run of a checkpoint, or all runs below it.

    Raises:
        RunError: there is no run.
    """
    path = Path(path)
    if is_run(path):
        return [path]
    if path.name.isdigit() and path.parent.name == "checkpoints" and is_run(path.parent.parent):
        return [path]
    found = sorted(p.parent for p in path.glob("**/config.json") if is_run(p.parent))
    if not found:
        what = "holds no run" if path.exists() else "does not exist"
        raise RunError(f"{path} {what}; give the --workdir of a training run, or a run in it")
    return found


def restore(path: Path | str, which: Literal["best", "last"] = "best") -> Restored:
    """The model of a run folder, of an exported one, or of one checkpoint.

    Args:
        path: a folder with ``config.json``, or one of its ``checkpoints/NUMBER``.
        which: the weights that were best by the selection of the run, or those of the checkpoint
            (with running statistics, which under EntropySGD belong to the weights of its chain). An
            exported run has one of them only.

    Raises:
        RunError: there is no run, or no checkpoint yet, or other weights than ``which``.
        CheckpointError: no checkpoint is whole, or they are of another model than ``config.json``.
    """
    path = Path(path)
    folder = path if is_run(path) else path.parent.parent
    if not is_run(folder):
        raise RunError(f"{path} holds no run; give a folder with a config.json")
    config, seed = _settings(folder)
    like, model = _like(config, seed)
    if path == folder and (folder / WEIGHTS).is_dir():
        return _exported(folder, which, like, model, config, seed)
    if path != folder:
        tree, _ = checkpoint.load(path, like)
        number, complaints = int(path.name), ()
    else:
        found = checkpoint.latest(folder / "checkpoints", like)
        if found is None:
            raise RunError(f"{folder} has no checkpoint yet; let it train at least one epoch")
        tree, number, complaints = found.tree, found.number, found.complaints
    last = Weights(tree.state.params, tree.state.model_state)
    weights = tree.best if which == "best" else last
    return Restored(model, jax.device_put(weights), config, seed, number, complaints)


def _exported(
    folder: Path, which: str, like: Snapshot, model: Model, config: Config, seed: int
) -> Restored:
    found = checkpoint.latest(folder / WEIGHTS, like.best)
    if found is None:
        raise RunError(f"{folder / WEIGHTS} is empty; export the run again")
    if found.facts.get("which") != which:
        raise RunError(
            f"{folder} holds the {found.facts.get('which')} weights of its run, not the {which}"
        )
    weights = jax.device_put(found.tree)
    return Restored(model, weights, config, seed, found.number, found.complaints)


def _settings(folder: Path) -> tuple[Config, int]:
    values = read_config(folder)
    try:
        seed = int(values.pop("seed"))
    except (KeyError, TypeError, ValueError):
        raise RunError(f"{folder / 'config.json'} has no seed") from None
    return read(values), seed


def _like(config: Config, seed: int) -> tuple[Snapshot, Model]:
    """Shapes and dtypes of a checkpoint, without computing any array."""
    keys = keys_of(seed)
    info = data.info(config.dataset)
    parts = build(config, info, keys.langevin)
    try:
        state = jax.eval_shape(lambda key: initial_state(parts, info.shape, key), keys.init)
    except ValueError as error:
        raise ConfigError(" ".join(str(error).split())) from None
    return Snapshot(state, Weights(state.params, state.model_state)), parts.model
