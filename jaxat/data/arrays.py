"""Images and labels in memory: a split, a data set, and what is taken from them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import jax
import jax.numpy as jnp
import numpy as np

if TYPE_CHECKING:
    from jax.typing import ArrayLike, DTypeLike

    from jaxat.data.catalogue import DatasetInfo

__all__ = ["Arrays", "Dataset", "Split", "hold_back", "keep_classes", "to_unit"]

Arrays = dict[str, np.ndarray]
"""The four arrays of a data set, by the names of their files in the cache."""


@dataclass(frozen=True, eq=False)
class Split:
    """Images (uint8, examples x height x width x channels) and labels (int32, examples)."""

    images: np.ndarray
    labels: np.ndarray

    @property
    def size(self) -> int:
        return len(self.labels)

    def take(self, indices: ArrayLike) -> Split:
        """The examples at ``indices``, in that order."""
        chosen = np.asarray(indices)
        return Split(np.asarray(self.images[chosen]), self.labels[chosen])


@dataclass(frozen=True, eq=False)
class Dataset:
    """A training and a test split, and what is known of the data set."""

    info: DatasetInfo
    train: Split
    test: Split

    @property
    def name(self) -> str:
        return self.info.name


def keep_classes(split: Split, classes: Sequence[int]) -> Split:
    """The examples of ``classes`` in their order, relabelled 0, 1, ... in the order given.

    >>> split = Split(np.zeros((4, 1, 1, 1), np.uint8), np.array([8, 6, 3, 6], np.int32))
    >>> keep_classes(split, (6, 8)).labels
    array([1, 0, 0], dtype=int32)
    """
    new = np.full(256, -1, np.int32)
    new[list(classes)] = np.arange(len(classes), dtype=np.int32)
    labels = new[split.labels]
    (kept,) = np.nonzero(labels >= 0)
    return Split(np.asarray(split.images[kept]), labels[kept])


def hold_back(split: Split, count: int, *, seed: int = 0) -> tuple[Split, Split]:
    """Splits ``split`` in two: what remains (in its order) and ``count`` held-back examples.

    The held-back examples are the first ``count`` of NumPy's legacy permutation with ``seed``, a
    stream that NumPy has frozen: the same examples on every machine and under every version.

    Raises:
        ValueError: ``count`` is not between 1 and one less than the size of the split.

    >>> split = Split(np.zeros((5, 1, 1, 1), np.uint8), np.arange(5, dtype=np.int32))
    >>> rest, held = hold_back(split, 2)
    >>> rest.labels, held.labels
    (array([1, 3, 4], dtype=int32), array([2, 0], dtype=int32))
    """
    if not 1 <= count < split.size:
        raise ValueError(
            f"count must be between 1 and {split.size - 1} to hold back some of {split.size} "
            f"examples and keep some, got {count}"
        )
    order = np.random.RandomState(seed).permutation(split.size)
    return split.take(np.sort(order[count:])), split.take(order[:count])


def to_unit(images: ArrayLike, dtype: DTypeLike | None = None) -> jax.Array:
    """Grey levels 0 to 255 as numbers in [0, 1], on the device, inside jit.

    Args:
        images: uint8, any shape.
        dtype: a floating type; JAX's default one (float32, float64 under x64) without it.

    Raises:
        ValueError: the images are not uint8, so that what 1 means is unclear.

    >>> to_unit(np.array([0, 51, 255], np.uint8), jnp.float32).tolist()
    [0.0, 0.20000000298023224, 1.0]
    """
    levels = jnp.asarray(images)
    if levels.dtype != jnp.uint8:
        raise ValueError(
            f"images must be uint8 grey levels, got {levels.dtype}; they may be scaled"
        )
    kind = jnp.zeros(()).dtype if dtype is None else jnp.dtype(dtype)
    # A table, not a division: compilers may replace that by a product with a rounded 1/255.
    return jnp.asarray((np.arange(256) / 255).astype(kind))[levels]
