"""The straight list of steps that an evaluation over balls performs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from flint import arb

from theory.balls.algebra import BallAlgebra
from theory.balls.primitives import UnsupportedPrimitiveError

__all__ = ["Call", "Known", "Operand", "Tape"]


@lru_cache(maxsize=1024)
def _exact_ball(double: float) -> arb:
    # Equal constants are one number, so they may be one object; two unknowns never may.
    return arb(double)


@dataclass(frozen=True)
class Known:
    """A value that is known exactly before any argument is: integers, truth values, constants."""

    value: np.ndarray

    @classmethod
    def of(cls, value: Any) -> Known:
        """The integers or truth values themselves, or exact balls of the floating point numbers."""
        array = np.asarray(value)
        if array.dtype.kind in "iub":
            return cls(array)
        if array.dtype.kind not in "fV":
            raise UnsupportedPrimitiveError(
                f"a constant of type {array.dtype}: only real numbers have enclosures here."
            )
        balls = np.empty(array.shape, dtype=object)
        for index in np.ndindex(array.shape):
            balls[index] = _exact_ball(float(array[index]))
        return cls(balls)


# An operand is known, or the number of the slot that will hold it.
Operand = Known | int
Call = Callable[..., Sequence[np.ndarray]]


@dataclass(frozen=True)
class _Step:
    call: Call | UnsupportedPrimitiveError
    operands: tuple[Operand, ...]
    slots: tuple[int, ...]


class Tape:
    """Steps that fill slots one after another, from the inputs to the outputs."""

    def __init__(self) -> None:
        self._steps: list[_Step] = []
        self._outputs: list[Operand] = []
        self._size = 0

    def slots(self, count: int) -> list[int]:
        """Fresh slots; the first ones made are those of the inputs."""
        self._size += count
        return list(range(self._size - count, self._size))

    def emit(
        self, call: Call | UnsupportedPrimitiveError, operands: Sequence[Operand], count: int = 1
    ) -> list[Operand]:
        """Add a step ``call(algebra, *operands)`` with `count` results, and return their slots.

        An error in place of a call is raised by `finish` if a result of the step is needed.
        """
        slots = self.slots(count)
        self._steps.append(_Step(call, tuple(operands), tuple(slots)))
        return list(slots)

    def finish(self, outputs: Sequence[Operand]) -> None:
        """Fix the outputs, and drop every step that none of them needs."""
        self._outputs = list(outputs)
        needed = {o for o in outputs if isinstance(o, int)}
        kept: list[_Step] = []
        for step in reversed(self._steps):
            if needed.intersection(step.slots):
                if isinstance(step.call, UnsupportedPrimitiveError):
                    raise step.call
                kept.append(step)
                needed.update(o for o in step.operands if isinstance(o, int))
        self._steps = kept[::-1]

    def run(self, inputs: Sequence[np.ndarray]) -> list[np.ndarray]:
        """The outputs for arrays of balls, in which no two unknowns share an object."""
        slots: dict[int, np.ndarray] = dict(enumerate(inputs))
        algebra = BallAlgebra()

        def value(operand: Operand) -> np.ndarray:
            return operand.value if isinstance(operand, Known) else slots[operand]

        for step in self._steps:
            assert not isinstance(step.call, UnsupportedPrimitiveError)
            results = step.call(algebra, *map(value, step.operands))
            slots.update(zip(step.slots, results, strict=True))
        # Copies, because an array may be a constant of the tape, and the caller may write to it.
        return [value(operand).copy() for operand in self._outputs]
