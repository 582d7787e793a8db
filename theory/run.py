"""What a check is given: the user's numbers, the budget, the seed, recorded results."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    import numpy as np

__all__ = ["Run"]

T = TypeVar("T")


@dataclass(frozen=True)
class Run:
    """The context of one check.

    `budget` is "quick" or "full": quick shortens searches and never leaves out a proof.
    """

    parameters: Mapping[str, float] = field(default_factory=dict)
    budget: str = "full"
    seed: int = 0
    label: str = ""  # "claim id/check name": makes the random stream of every check its own
    records: Mapping[str, Any] = field(default_factory=dict)

    def pick(self, quick: T, full: T) -> T:
        """The size of a search at this budget.

        >>> Run(budget="quick").pick(10, 1000)
        10
        """
        return quick if self.budget == "quick" else full

    def __getitem__(self, name: str) -> float:
        """The value of a parameter: the user's, or the claim's default."""
        return self.parameters[name]

    def integer(self, name: str) -> int:
        return int(self.parameters[name])

    @cached_property
    def rng(self) -> np.random.Generator:
        """One generator, which depends on the seed and the check, never on the order of running."""
        import numpy as np

        return np.random.default_rng([self.seed, zlib.crc32(self.label.encode())])
