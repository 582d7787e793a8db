"""Figures 1, 2, 3 and 5 of Yamada et al. measured again, on MNIST's zeros and ones.

    python -m benchmarks.yamada_figures [--figures 1,2,3,5] [--seeds 0] [--runs build/yamada]
        [--set KEY=VALUE]

The models are those of the presets yamada-table1 to yamada-table4; runs that lie in ``--runs`` are
finished or used as they are, so that tables and figures can come from the same weights. One record
a figure, ``benchmarks/results/yamada-figureN.json``.

Figures 1, 2, 5: mean loss over the 12,665 training images along Gaussian directions h with
‖h‖ = ‖w‖, the bias left alone, 21 values of alpha in [−1, 1]. ``"noise": "pgd"``: trained by PGD,
and the loss is the maximum (5) of the paper at every alpha, over ball and box together, which for a
linear model one long step and an exact projection find. ``"noise": "random"``: trained on noise,
and the loss is that on noise of the same law, drawn once.

Figure 3: ``eigenvalues`` are the three largest of the Hessian of the attacked loss with respect to
the weights without the bias, ``eigenvalues_detached`` those with the adversarial examples held.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from jaxat import ThreatModel, attacks, data, presets
from jaxat.config import Config, number
from jaxat.curvature import hessian, top_eigenvalues
from jaxat.environment import environment
from jaxat.landscape import loss_along, random_direction
from jaxat.optim import kernels
from jaxat.presets import Preset
from jaxat.restore import Restored, restore
from jaxat.robust_loss import Batch, attacked_loss, freeze_attack, split_batches
from jaxat.series import runs, train_all

RESULTS = Path(__file__).parent / "results"
ALPHAS = np.linspace(-1, 1, 21).round(2).tolist()
BATCH = 2533  # a fifth of the training images
DIRECTIONS = 3
# A step so long, in radii, that its projection is the maximiser of a linear function.
LONG = 1e4

# Which preset's models each curve figure shows, with which radii (None: all of them).
CURVES: dict[int, dict[str, tuple[str, ...] | None]] = {
    1: {"yamada-table1": None, "yamada-table2": None},
    2: {
        "yamada-table3": ("0/255", "4/255", "8/255", "12/255", "16/255"),
        "yamada-table4": None,
    },
    5: {"yamada-table3": ("0/255", "25.5/255", "51/255", "76.5/255")},
}
EIGENVALUES = ("yamada-table1", "yamada-table3")


class Trained(NamedTuple):
    """A model of a preset; its loss under the attack that judges the preset, PGD of 100 steps."""

    restored: Restored
    judged_loss: float
    training_seconds: float

    @property
    def config(self) -> Config:
        return self.restored.config


def trained(
    preset: Preset, radii: Sequence[str] | None, seeds: Sequence[int], folder: Path
) -> Iterator[Trained]:
    """The preset's models with these radii, at their last weights; trained now if need be."""
    name = preset.name
    train_all(preset, folder / name, seeds, resume=True)
    for run in runs(preset, folder / name, seeds):
        if radii is None or number(run.config.eps) in [number(eps) for eps in radii]:
            result = json.loads((run.folder / "result.json").read_text("utf-8"))
            judged, took = result["train"]["robust_loss"], result["training_seconds"]
            yield Trained(restore(run.folder, "last"), judged, took)


def maximiser(config: Config) -> attacks.Attack | None:
    """The exact attack on a linear model, over ball and box; None for radius 0."""
    eps = number(config.eps)
    if eps == 0:
        return None
    step = eps if config.norm == "linf" else LONG * eps
    threat = ThreatModel(config.norm, eps)
    return attacks.pgd(threat, steps=1, step_size=step, random_start=False)


def curves(model: Trained, batches: list[Batch]) -> Iterator[dict[str, Any]]:
    """One record a direction."""
    found, config = model.restored, model.config
    params, state = found.weights
    apply = found.model.apply
    if config.objective == "noise":
        threat = ThreatModel(config.norm, number(config.eps))
        noise, key = attacks.pgd(threat, steps=0), jax.random.key(1000 + found.seed)
        batches = freeze_attack(apply, params, state, noise, batches, key=key)
        loss = attacked_loss(apply, state)
    else:
        loss = attacked_loss(apply, state, maximiser(config))
    for number_ in range(DIRECTIONS):
        key = jax.random.fold_in(jax.random.key(found.seed), number_)
        direction = random_direction(key, params)
        values = loss_along(loss, params, direction, ALPHAS, batches)
        yield {
            "eps": config.eps,
            "noise": "random" if config.objective == "noise" else "pgd",
            "norm": config.norm,
            "seed": found.seed,
            "direction": number_,
            "alpha": ALPHAS,
            "loss": values.tolist(),
            "loss_judged_in_training": model.judged_loss,
        }


def attacked_hessian(
    w: np.ndarray, clean: np.ndarray, x: np.ndarray, s: np.ndarray, norm: str
) -> np.ndarray:
    """The Hessian of ``mean log(1 + exp(−y(w·x_adv + b)))`` with x_adv the maximiser, in w.

    With s_n the sigmoid of minus the margin and S_n the coordinates strictly inside the box,
    ``mean s(1−s) x xᵀ + [L2] mean s ‖η_S‖/‖w_S‖ (I_S − w_S w_Sᵀ/‖w_S‖²)``; the second term is the
    movement of the adversarial examples. Under L∞ they stay where they are, almost everywhere.
    """
    matrix = (x * (s * (1 - s))[:, None]).T @ x / len(x)
    if norm == "linf":
        return matrix
    inside = (x > 0) & (x < 1)
    lengths = np.sqrt(inside @ w**2)
    moved = np.sqrt(((x - clean) ** 2 * inside).sum(1))
    c = np.divide(s * moved, lengths, out=np.zeros_like(s), where=lengths > 0)
    rows = inside * w
    rest = np.divide(c, lengths**2, out=np.zeros_like(s), where=lengths > 0)
    return matrix + (np.diag(c @ inside) - (rows * rest[:, None]).T @ rows) / len(x)


def spectrum(model: Trained, x: np.ndarray, y: np.ndarray) -> dict[str, Any]:
    """The record of one model of Figure 3, in float64."""
    found, config = model.restored, model.config
    attack, apply = maximiser(config), found.model.apply
    with jax.enable_x64(True):
        params, state = jax.tree.map(lambda leaf: jnp.asarray(leaf, jnp.float64), found.weights)
        batches = split_batches(x.astype(np.float64), y, BATCH)
        held = batches if attack is None else freeze_attack(apply, params, state, attack, batches)
        detached = hessian(attacked_loss(apply, state), params, held, select=kernels)
        top = top_eigenvalues(detached, 3, key=jax.random.key(0), tolerance=1e-6)

        w = np.asarray(params["linear"]["kernel"])[:, 0]
        flat, clean = (
            np.concatenate([batch.x.reshape(len(batch.y), -1) for batch in part])
            for part in (held, batches)
        )
        margin = (2 * y - 1) * (flat @ w + float(params["linear"]["bias"][0]))
        s = 1 / (1 + np.exp(margin))
        matrix = attacked_hessian(w, clean, flat, s, config.norm)
        # The same by differences of gradients, each with its attack made anew.
        loss = attacked_loss(apply, state, attack)
        moving = hessian(loss, params, batches, adversarial="moving", select=kernels, step=1e-6)
        v = np.linalg.eigh(matrix)[1][:, -3:].sum(1)
        expected = matrix @ v
        error = np.linalg.norm(np.asarray(moving.product(jnp.asarray(v))) - expected)
        error /= np.linalg.norm(expected)
        if error > 1e-5:
            raise ArithmeticError(f"the two Hessians of eps = {config.eps} differ by {error:.1e}")
    return {
        "norm": config.norm,
        "eps": config.eps,
        "seed": found.seed,
        "eigenvalues": np.linalg.eigvalsh(matrix)[::-1][:3].tolist(),
        "eigenvalues_detached": top.eigenvalues.tolist(),
        "residuals_detached": top.residuals.tolist(),
        "difference_from_moving_product": float(error),
        "weight_norm": float(np.linalg.norm(w)),
        "loss": float(np.logaddexp(0, -margin).mean()),
    }


def measured(
    figure: int, seeds: Sequence[int], folder: Path, settings: Sequence[str]
) -> dict[str, Any]:
    """The record of one figure."""
    split = data.load("mnist2").train
    images = np.asarray(data.to_unit(split.images, jnp.float32))
    batches = split_batches(images, split.labels, BATCH)
    names = EIGENVALUES if figure == 3 else tuple(CURVES[figure])
    used = {name: presets.get(name).with_settings(settings) for name in names}
    entries, training, measuring = [], 0.0, 0.0
    for name in names:
        radii = None if figure == 3 else CURVES[figure][name]
        for model in trained(used[name], radii, seeds, folder):
            begin = time.perf_counter()
            training += model.training_seconds
            if figure == 3:
                entries.append(spectrum(model, images, split.labels))
            else:
                entries += curves(model, batches)
            took = time.perf_counter() - begin
            measuring += took
            print(f"figure {figure}: {name}, eps {model.config.eps}, {took:.1f} s", flush=True)
    return {
        "rows" if figure == 3 else "curves": entries,
        "seeds": list(seeds),
        "images": f"mnist2, all {split.size} training images",
        "training_seconds": round(training, 1),
        "seconds": round(measuring, 1),
        "attack": "maximum over ball and box: one long step, exact projection",
        "config": {name: preset.config.to_json() for name, preset in used.items()},
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--figures", default="1,2,3,5")
    parser.add_argument("--seeds", default="0")
    parser.add_argument("--runs", type=Path, default=Path("build/yamada"), metavar="FOLDER")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", dest="settings")
    options = parser.parse_args()
    seeds = [int(seed) for seed in options.seeds.split(",")]
    for figure in [int(figure) for figure in options.figures.split(",")]:
        record = measured(figure, seeds, options.runs, options.settings)
        command = ["-m", "benchmarks.yamada_figures", "--figures", str(figure)]
        command += ["--seeds", options.seeds]
        command += [word for setting in options.settings for word in ("--set", setting)]
        record |= {
            "command": " ".join(["python", *command]),
            "environment": environment(["python", *command]),
        }
        text = json.dumps(record, indent=1, allow_nan=False) + "\n"
        (RESULTS / f"yamada-figure{figure}.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
