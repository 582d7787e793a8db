"""Small experiments on real images for two CPU cores: what of the papers can be seen in minutes."""

from __future__ import annotations

from typing import Any

from jaxat.config import Config
from jaxat.presets.preset import Preset

__all__ = ["PRESETS"]

_SHARED: dict[str, Any] = {
    "dataset": "cifar10",
    "train_size": 6000,
    "test_size": 2000,
    "held_back": 1000,
    "batch": 64,
    "model": "small-cnn",
    "model_options": {"normalization": "cifar10"},
    "attack_bn": "eval",
    "epochs": 20,
    "lr": 0.02,
    "eval_every": 4,
}
_COLUMNS: dict[str, tuple[str, dict[str, Any]]] = {
    "at": ("adversarial training", {}),
    "awp": ("adversarial training with AWP", {"awp": 0.005}),
    "at-ensgd": (
        "adversarial training with EntropySGD",
        {"ensgd": "first", "ensgd_steps": 20, "ensgd_step": 0.02, "nesterov": True},
    ),
    "awp-ensgd": (
        "AWP with EntropySGD",
        {"awp": 0.005, "ensgd": "first", "ensgd_steps": 20, "ensgd_step": 0.02, "nesterov": True},
    ),
    "trades": ("TRADES", {"objective": "trades", "attack_start": "gaussian"}),
}


def _preset(column: str) -> Preset:
    words, settings = _COLUMNS[column]
    name = f"cifar10-small-{column}"
    text = f"""\
CIFAR-10, a part, with a small network on a CPU: {words}.

Command:   python -m jaxat train {name} --seeds 0,1,2"""
    return Preset(name, Config(**{**_SHARED, **settings}), text)


PRESETS = tuple(_preset(column) for column in _COLUMNS)
