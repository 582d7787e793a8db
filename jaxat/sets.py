"""The images of a run: what is trained on, what it is selected by, what it is judged on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from jaxat import data
from jaxat.config import Config, ConfigError
from jaxat.data import Augmentation, DatasetInfo, Split

__all__ = ["Sets", "load_sets"]


@dataclass(frozen=True, eq=False)
class Sets:
    """``train`` is what is left after ``held_back`` was taken out of it (None unless asked for)."""

    info: DatasetInfo
    augment: Augmentation
    train: Split
    held_back: Split | None
    test: Split

    def selection(self, select: str) -> Split | None:
        """The images that weights are selected by."""
        return {"val": self.held_back, "test": self.test, "last": None}[select]


def load_sets(config: Config) -> Sets:
    """The images that the configuration names.

    Raises:
        DataError: the data set is unknown, absent or damaged.
        ConfigError: fewer images than are asked for.
    """
    dataset = data.load(config.dataset)
    train = _first(dataset.train, config.train_size, "train_size", config.dataset)
    test = _first(dataset.test, config.test_size, "test_size", config.dataset)
    held_back = None
    if config.select == "val":
        if config.held_back >= train.size:
            raise ConfigError(
                f"held_back={config.held_back} leaves nothing of {train.size} training images"
            )
        train, held_back = data.hold_back(train, config.held_back)
    if config.batch > train.size:
        raise ConfigError(f"batch={config.batch} is more than the {train.size} training images")
    augment = dataset.info.augmentation if config.augment else Augmentation()
    return Sets(dataset.info, augment, train, held_back, test)


def _first(split: Split, size: int | None, name: str, dataset: str) -> Split:
    if size is None:
        return split
    if size > split.size:
        raise ConfigError(f"{name}={size}, and {dataset} has only {split.size} such images")
    return split.take(np.arange(size))
