"""Data sets that are computed: integers only, from a stream that NumPy has frozen.

- ``synthetic-rgb`` (32 x 32 x 3) and ``synthetic-grey`` (28 x 28): ten classes, each a pattern of
  4 x 4 blocks, shifted by up to two pixels each way, with noise. A small network learns them in a
  few steps.
- ``synthetic-two`` (8 x 8): two classes, whose pixels all lie in [72, 120] or all in [136, 184] of
  255. The sign of (mean level - 128) is therefore robust against every L-infinity attack of less
  than 8/255, while 56/255 moves every example of both to one and the same image.
"""

from __future__ import annotations

import numpy as np

from jaxat.data.arrays import Arrays
from jaxat.data.catalogue import DatasetInfo

__all__ = ["synthetic_arrays"]


def synthetic_arrays(info: DatasetInfo) -> Arrays:
    """The four arrays of a computed data set, the same on every machine."""
    arrays: Arrays = {}
    patterns = _patterns(info)
    for seed, split in ((1, "train"), (2, "test")):
        counts = info.train_counts if split == "train" else info.test_counts
        stream = np.random.RandomState(seed)
        labels = stream.permutation(np.repeat(np.arange(info.classes), counts)).astype(np.uint8)
        shape = (len(labels), *info.shape)
        if info.classes == 2:
            centre = np.where(labels == 1, 160, 96)[:, None, None, None]
            images = centre + stream.randint(-24, 25, size=shape)
        else:
            shifts = stream.randint(-2, 3, size=(len(labels), 2))
            images = patterns[labels] + stream.randint(-48, 49, size=shape)
            for image, shift in zip(images, shifts, strict=True):
                image[:] = np.roll(image, tuple(shift), axis=(0, 1))
        arrays[f"{split}_images"] = images.astype(np.uint8)
        arrays[f"{split}_labels"] = labels
    return arrays


def _patterns(info: DatasetInfo) -> np.ndarray:
    """One pattern of 4 x 4 blocks a class, levels 48 to 207."""
    height, width, channels = info.shape
    stream = np.random.RandomState(0)
    blocks = stream.randint(48, 208, size=(info.classes, 4, 4, channels))
    return blocks.repeat(height // 4, axis=1).repeat(width // 4, axis=2)
