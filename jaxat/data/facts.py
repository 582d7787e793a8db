"""Whether arrays are the data set that they are said to be."""

from __future__ import annotations

import numpy as np

from jaxat.data.arrays import Arrays
from jaxat.data.catalogue import DatasetInfo
from jaxat.data.errors import DataError

__all__ = ["channel_statistics", "require_facts"]

# The known values have four digits.
_TOLERANCE = 6e-5


def channel_statistics(images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and standard deviation of each channel of uint8 images in [0, 1], exactly summed.

    >>> mean, std = channel_statistics(np.array([0, 255], np.uint8).reshape(2, 1, 1, 1))
    >>> mean.tolist(), std.tolist()
    ([0.5], [0.5])
    """
    levels = np.arange(256)
    means, stds = [], []
    for channel in range(images.shape[-1]):
        counts = np.bincount(images[..., channel].ravel(), minlength=256)
        total = int(counts.sum())
        mean = int((counts * levels).sum()) / total
        square = float((counts * (levels - mean) ** 2).sum()) / total
        means.append(mean / 255)
        stds.append(square**0.5 / 255)
    return np.array(means), np.array(stds)


def require_facts(info: DatasetInfo, arrays: Arrays) -> None:
    """Compares shapes, types, examples per label and the channels' means with what is known.

    Raises:
        DataError: they differ; the message says in what.
    """
    for split, known in (("train", info.train_counts), ("test", info.test_counts)):
        images, labels = arrays[f"{split}_images"], arrays[f"{split}_labels"]
        expected = (sum(known), *info.shape)
        if images.shape != expected or images.dtype != np.uint8:
            _refuse(info, f"{split} images", f"{images.dtype} {images.shape}", f"uint8 {expected}")
        if labels.shape != expected[:1] or labels.dtype != np.uint8:
            _refuse(info, f"{split} labels", f"{labels.dtype} {labels.shape}", f"{expected[:1]}")
        counts = tuple(np.bincount(labels, minlength=info.classes).tolist())
        if counts != known:
            _refuse(info, f"{split} examples per label", f"{counts}", f"{known}")
    if info.channel_mean is None or info.channel_std is None:
        return
    found = channel_statistics(arrays["train_images"])
    for what, values, wanted in zip(
        ("means", "standard deviations"), found, (info.channel_mean, info.channel_std), strict=True
    ):
        if not np.allclose(values, wanted, rtol=0, atol=_TOLERANCE):
            _refuse(info, f"channel {what}", f"{np.round(values, 4).tolist()}", f"{list(wanted)}")


def _refuse(info: DatasetInfo, what: str, got: str, known: str) -> None:
    raise DataError(f"this is not {info.name}: {what} are {got}, known are {known}")
