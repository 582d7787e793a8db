"""How large everything is: as the papers have it, or tiny, to see on any machine that it works."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from jaxat import data
from jaxat.config import Config
from jaxat.data import Split
from jaxat.sets import Sets

__all__ = ["FULL", "METHODS", "SMOKE", "Sizes", "random_sets"]

# The four trainings that are compared; the attack of all of them uses running statistics, so that
# they differ in nothing but the method.
METHODS: dict[str, dict[str, Any]] = {
    "AT": {},
    "AT-AWP": {"awp": 0.01},
    "AT+EnSGD": {"ensgd": "first", "ensgd_steps": 20, "nesterov": True},
    "TRADES": {"objective": "trades", "attack_start": "gaussian"},
}


@dataclass(frozen=True)
class Sizes:
    """``networks`` are settings of `jaxat.Config` by the name that the papers use."""

    networks: dict[str, dict[str, Any]]
    dtype: str = "bfloat16"
    batch: int = 128
    attack_steps: int = 10
    eval_steps: int = 20
    images: int = 50_000  # of a whole epoch
    test_images: int = 10_000
    eval_batches: tuple[int, ...] = (500, 1000, 2000)
    minibatches: int = 60  # between two looks at the clock; whole outer steps of EntropySGD
    rounds: int = 4
    matrix: int = 8192
    gradient_batch: int = 32
    smoke: bool = False
    common: dict[str, Any] = field(default_factory=dict)

    def config(
        self, network: str = "ResNet-18", dtype: str | None = None, **settings: Any
    ) -> Config:
        """Adversarial training of ``network`` on CIFAR-10's shape; ``settings`` change it."""
        chosen = self.networks[network]
        options = {
            "normalization": "cifar10",
            **chosen.get("model_options", {}),
            "dtype": self.dtype if dtype is None else dtype,
        }
        base: dict[str, Any] = {
            "dataset": "cifar10",
            "batch": self.batch,
            "attack_steps": self.attack_steps,
            "eval_steps": self.eval_steps,
            "attack_bn": "eval",
            "select": "last",
            "chunk": self.minibatches,
            "eval_batch": self.eval_batches[-1],
            **chosen,
            **self.common,
            **settings,
        }
        if base.get("ensgd_steps", 0) > self.minibatches:
            base["ensgd_steps"] = self.minibatches
        return Config(**{**base, "model_options": {**options, **settings.get("model_options", {})}})


FULL = Sizes({"ResNet-18": {"model": "preactresnet18"}, "WRN-34-10": {"model": "wrn-34-10"}})

# The second one for its convolutions of stride 2, with one tap too.
_TINY: dict[str, dict[str, Any]] = {
    "ResNet-18": {
        "model": "small-cnn",
        "model_options": {"width": 2, "hidden": 4, "batch_norm": True},
    },
    "WRN-34-10": {"model": "wrn-10-1", "model_options": {"base_width": 4, "init": "torch"}},
}
SMOKE = Sizes(
    _TINY,
    batch=8,
    attack_steps=1,
    eval_steps=2,
    images=24,
    test_images=16,
    eval_batches=(8, 16),
    minibatches=2,
    rounds=2,
    matrix=64,
    gradient_batch=4,
    smoke=True,
    common={"eval_train": 0},
)


def random_sets(sizes: Sizes, images: int) -> Sets:
    """Random images shaped as CIFAR-10, so many to train on: some kernels like zeros better."""
    rng = np.random.default_rng(0)
    info = data.info("cifar10")

    def some(count: int) -> Split:
        pixels = rng.integers(0, 256, (count, *info.shape), dtype=np.uint8)
        return Split(pixels, rng.integers(0, info.classes, count, dtype=np.int32))

    return Sets(info, info.augmentation, some(images), None, some(sizes.test_images))
