"""Which training examples are in which minibatch: a pure function of the seed."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

__all__ = ["Stream"]


@dataclass(frozen=True)
class Stream:
    """Minibatches 0, 1, 2, ... of a training set that is shuffled anew in every epoch.

    Minibatch m belongs to epoch ``m // per_epoch``. The examples that are left over at the end of
    an epoch, fewer than one minibatch, are not used in it (the public code of AWP makes a smaller
    minibatch of them); which ones they are changes from epoch to epoch. Nothing is kept between
    calls, so that a run can go on from any minibatch; and nothing is read ahead, so that an outer
    step of EntropySGD may use the end of one epoch and the beginning of the next.

    Raises:
        ValueError: a minibatch of no examples, or of more than there are.

    >>> stream = Stream(size=5, batch=2, seed=0)
    >>> stream.per_epoch, stream.rows(3, 2).shape
    (2, (2, 2))
    >>> sorted(set(stream.rows(0, 2).ravel().tolist()) | {*range(5)}) == [0, 1, 2, 3, 4]
    True
    """

    size: int
    batch: int
    seed: int

    def __post_init__(self) -> None:
        if not 1 <= self.batch <= self.size:
            raise ValueError(
                f"batch must be between 1 and the number of training examples, {self.size}; got "
                f"{self.batch}."
            )

    @property
    def per_epoch(self) -> int:
        """Minibatches in an epoch."""
        return self.size // self.batch

    def rows(self, first: int, count: int) -> np.ndarray:
        """Examples of the minibatches ``first, ..., first + count − 1``: int32 (count, batch)."""
        chosen = []
        for m in range(first, first + count):
            epoch, place = divmod(m, self.per_epoch)
            order = _permutation(self.seed, epoch, self.size)
            chosen.append(order[place * self.batch : (place + 1) * self.batch])
        return np.stack(chosen) if chosen else np.zeros((0, self.batch), np.int32)


@lru_cache(maxsize=4)
def _permutation(seed: int, epoch: int, size: int) -> np.ndarray:
    # RandomState, because NumPy has frozen its stream: the same order under every version.
    generator = np.random.MT19937(np.random.SeedSequence((seed, epoch)))
    return np.random.RandomState(generator).permutation(size).astype(np.int32)
