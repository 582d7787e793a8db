"""Data sets by name, as plain arrays, prepared once and mapped into memory.

python -m jaxat data prepare cifar10

cifar10 = jaxat.data.load("cifar10")
images = jaxat.data.to_unit(cifar10.train.images[:128])      # float, in [0, 1]
augment = cifar10.info.augmentation                          # augment(key, images), inside jit
"""

from __future__ import annotations

from jaxat.data.arrays import Dataset, Split, hold_back, keep_classes, to_unit
from jaxat.data.augment import Augmentation
from jaxat.data.cache import cache_folder, is_present
from jaxat.data.catalogue import DatasetInfo, info, names
from jaxat.data.errors import DataAbsentError, DataError
from jaxat.data.prepare import Prepared, load, prepare

__all__ = [
    "Augmentation",
    "DataAbsentError",
    "DataError",
    "Dataset",
    "DatasetInfo",
    "Prepared",
    "Split",
    "cache_folder",
    "hold_back",
    "info",
    "is_present",
    "keep_classes",
    "load",
    "names",
    "prepare",
    "to_unit",
]
