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
    "model_options": {"normalization": "cifar10", "batch_norm": True, "activation": "swish"},
    "epochs": 12,
    "lr": 0.02,
    "lr_drops": {"9": 0.1},
    "eval_every": 2,
}
# The rate of SGD becomes that of the inner loop; the outer one is the papers', 0.1.
_LANGEVIN: dict[str, Any] = {
    "ensgd": "first",
    "ensgd_steps": 20,
    "ensgd_step": 0.02,
    "nesterov": True,
    "lr": 0.1,
}
_COLUMNS: dict[str, tuple[str, dict[str, Any]]] = {
    "at": ("adversarial training", {}),
    "awp": ("adversarial training with AWP", {"awp": 0.01}),
    "at-ensgd": ("adversarial training with EntropySGD", _LANGEVIN),
    "awp-ensgd": ("AWP with EntropySGD", {"awp": 0.01, **_LANGEVIN}),
    "trades": (
        "TRADES",
        {"objective": "trades", "attack_start": "gaussian", "attack_bn": "eval"},
    ),
}
_TEXT = """\
CIFAR-10, a part, with a small network on a CPU: {words}.

Command:   python -m jaxat train {name} --seeds 0,1,2
Hardware:  two CPU cores, minutes (the seconds of each run stand in the record)
Data:      the first 6,000 training images, of which 1,000 are held back to select by, and the
           first 2,000 test images: the 95 % interval of one accuracy is about 2 points wide
Network:   two convolutions of stride 2 and two dense layers, BatchNorm, and swish: it is smooth in
           its parameters, as the papers' theory wants, and with ReLU training against 8/255 stayed
           at the loss log 10 for some seeds at every rate that was tried
Budget:    936 minibatches of 64 in every column. The rate 0.02 is between 0.01 and 0.03, which
           were tried on training loss over four epochs and differed little; for EntropySGD
           the first try, an outer rate of 0.01, was too slow
Expected:  nothing printed to compare with: the papers train ResNet-18 on all images for 200 epochs
"""


def _preset(column: str) -> Preset:
    words, settings = _COLUMNS[column]
    name = f"cifar10-small-{column}"
    text = _TEXT.format(words=words, name=name)
    return Preset(name, Config(**{**_SHARED, **settings}), text)


PRESETS = tuple(_preset(column) for column in _COLUMNS)
