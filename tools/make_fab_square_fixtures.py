"""Records what the authors' FAB and Square compute: tests/jaxat/fixtures/{fab,square}_*.npz.

    pip install "jaxat[oracle]"
    PYTHONPATH=WHERE_AUTOATTACK_IS python tools/make_fab_square_fixtures.py

Needs the package `autoattack` of Croce and Hein (a version of January 2023, revision a392200), of
which nothing is kept but numbers. Everything is computed in float64: the package casts images to
float32, so that cast is switched off. The model is tanh(x A) B with weights and pixels that are
multiples of powers of two, exact in every precision, and each image's label is the model's class.
Of Square every random number is kept in the order of drawing, so that the windows can be replayed.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from autoattack.fab_pt import FABAttack_PT
from autoattack.square import SquareAttack

FIXTURES = Path(__file__).parents[1] / "tests" / "jaxat" / "fixtures"
NORMS = {"linf": "Linf", "l2": "L2", "l1": "L1"}
FAB_STEPS, KEPT_ITERATES = 100, (1, 10, 100)
FAB_EPS = {"linf": 0.05, "l2": 0.2, "l1": 0.8}
SQUARE_QUERIES, KEPT_POINTS = 60, (1, 11, 30, 60)
SQUARE_EPS = {"linf": 0.005, "l2": 0.05, "l1": 0.3}


class Model:
    """Remembers every batch it is asked about."""

    def __init__(self, pixels: int, hidden: int, classes: int, seed: int):
        rng = np.random.default_rng(seed)
        self.a = rng.integers(-64, 64, (pixels, hidden)) / 64
        self.b = rng.integers(-64, 64, (hidden, classes)) / 32
        self.asked: list[torch.Tensor] = []

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        self.asked.append(x.detach().clone())
        a, b = torch.from_numpy(self.a), torch.from_numpy(self.b)
        return torch.tanh((x.flatten(1) - 0.5) @ a) @ b


def images(shape: tuple[int, ...], seed: int) -> torch.Tensor:
    return torch.from_numpy(np.random.default_rng(seed).integers(0, 257, shape) / 256)


def length(norm: str, delta: torch.Tensor) -> torch.Tensor:
    return torch.linalg.vector_norm(delta.flatten(1), {"linf": np.inf, "l2": 2, "l1": 1}[norm], 1)


def record_fab() -> None:
    model = Model(48, 8, 5, seed=1)
    x = images((4, 3, 4, 4), seed=2)
    y = model(x).argmax(1)
    kept: dict[str, Any] = {"a": model.a, "b": model.b, "x": x, "y": y, "kept": KEPT_ITERATES}
    for norm, name in NORMS.items():
        for rank in (0, 2, 3):
            attack: Any = FABAttack_PT(model, norm=name, n_iter=FAB_STEPS, eps=FAB_EPS[norm])
            attack.target_class = rank
            model.asked.clear()
            # Rank 0: no target, from the noise of a restart.
            torch.manual_seed(3)
            attack.attack_single_run(x, y, use_rand_start=rank == 0, is_targeted=rank > 0)
            before = 2 if rank else 1
            assert len(model.asked) == before + 2 * FAB_STEPS
            points = torch.stack(model.asked[before:]).reshape(FAB_STEPS, 2, *x.shape)
            starts, steps = points[:, 0], points[:, 1]
            lengths = torch.stack([length(norm, point - x) for point in steps])
            wrong = torch.stack([model(point).argmax(1) != y for point in steps])
            case = f"{norm}/{rank}"
            kept[f"{case}/start"] = starts[0]
            kept[f"{case}/loss"] = torch.where(wrong, -lengths, -torch.inf)
            kept[f"{case}/points"] = steps[[k - 1 for k in KEPT_ITERATES]]
            if rank:
                kept[f"{case}/target"] = model(x).sort(dim=-1)[1][:, -rank]
    save("fab_reference", kept)


def record_square() -> None:
    model = Model(300, 8, 5, seed=4)
    # The three of twenty that are farthest from being misclassified: none shall leave the batch.
    x = images((20, 3, 10, 10), seed=5)
    top = model(x).topk(2).values
    x = x[(top[:, 1] - top[:, 0]).argsort()[:3]]
    y = model(x).argmax(1)
    kept: dict[str, Any] = {"a": model.a, "b": model.b, "x": x, "y": y, "kept": KEPT_POINTS}
    draw = torch.rand
    for norm, name in NORMS.items():
        attack: Any = SquareAttack(
            model, norm=name, n_queries=SQUARE_QUERIES, eps=SQUARE_EPS[norm], resc_schedule=False
        )
        attack.init_hyperparam(x)
        drawn: list[torch.Tensor] = []

        def remember(*args: Any, drawn: list[torch.Tensor] = drawn, **options: Any) -> torch.Tensor:
            drawn.append(draw(*args, **options).detach().clone())
            return drawn[-1]

        model.asked.clear()
        torch.manual_seed(6)
        torch.rand = remember  # type: ignore[assignment]
        _, best = attack.attack_single_run(x, y)
        torch.rand = draw
        points = torch.stack(model.asked)
        # All images were attacked to the end, so every batch is whole.
        assert points.shape == (SQUARE_QUERIES + 1, *x.shape)
        logits = torch.stack([model(point) for point in points])
        own = torch.nn.functional.one_hot(y, 5).bool()
        others = logits.masked_fill(own, -torch.inf).amax(-1)
        kept[f"{norm}/loss"] = others - logits[:, own]
        kept[f"{norm}/points"] = points[[0, *KEPT_POINTS]]
        kept[f"{norm}/best"] = best
        # From a generator of float32: the numbers fit.
        kept[f"{norm}/drawn"] = torch.cat([numbers.flatten() for numbers in drawn])
        for side in (1, 2, 3, 6, 9) if norm != "linf" else ():
            torch.rand = lambda *_: torch.zeros(1)  # type: ignore[assignment]
            kept[f"{norm}/bump/{side}"] = attack.eta(side)
            torch.rand = draw
    for rescale in (0, 1):
        for queries in (1000, 10000):
            attack = SquareAttack(model, n_queries=queries, eps=0.1, resc_schedule=bool(rescale))
            areas = [attack.p_selection(query) for query in range(queries)]
            values, first = np.unique(-np.array(areas), return_index=True)
            kept[f"areas/{rescale}/{queries}"] = np.stack([-values, first])
    save("square_reference", kept)


def save(name: str, kept: dict[str, Any]) -> None:
    arrays = {key: np.asarray(value) for key, value in kept.items()}
    path = FIXTURES / f"{name}.npz"
    np.savez_compressed(path, **arrays)  # type: ignore[arg-type]
    print(f"{path.name}: {path.stat().st_size} bytes")


def main() -> None:
    torch.set_num_threads(1)
    torch.set_default_dtype(torch.float64)
    torch.Tensor.float = torch.Tensor.double  # type: ignore[method-assign]
    record_fab()
    record_square()


if __name__ == "__main__":
    main()
