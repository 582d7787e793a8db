"""JAX primitives that only move entries: the primitive itself is run on their positions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from theory.balls.algebra import BallAlgebra
from theory.balls.primitives import UnsupportedPrimitiveError
from theory.balls.tape import Known, Operand, Tape

__all__ = ["bind", "move", "scatter_add"]


def bind(equation: Any, inputs: Sequence[np.ndarray]) -> list[np.ndarray]:
    """The primitive of `equation` applied to other inputs."""
    results = equation.primitive.bind(*map(jnp.asarray, inputs), **equation.params)
    many = equation.primitive.multiple_results
    return [np.asarray(x) for x in (results if many else [results])]


def move(tape: Tape, equation: Any, operands: Sequence[Operand]) -> list[Operand]:
    """Let the primitive itself act on the positions of the entries, and move by the result."""
    places: list[np.ndarray] = []
    data: list[Operand] = []
    total = 0
    for operand, atom in zip(operands, equation.invars, strict=True):
        if isinstance(operand, Known) and operand.value.dtype != object:
            places.append(operand.value)
            continue
        if atom.aval.dtype.kind in "iu":
            raise UnsupportedPrimitiveError(
                f"{equation.primitive.name!r} at an index that depends on the argument: "
                "indices must be known when the function is traced."
            )
        size = int(np.prod(atom.aval.shape))
        # Doubles hold positions exactly, and suit primitives that carry a floating point body.
        places.append(np.arange(total, total + size, dtype=float).reshape(atom.aval.shape))
        data.append(operand)
        total += size
    targets = [x.astype(float) for x in bind(equation, places)]
    if any(np.isnan(x).any() for x in targets):
        raise ValueError(
            f"{equation.primitive.name!r} reads out of bounds; keep every index in range."
        )
    indices = [x.astype(int) for x in targets]

    def call(algebra: BallAlgebra, *xs: np.ndarray) -> list[np.ndarray]:
        del algebra
        entries = np.concatenate([np.asarray(x, dtype=object).reshape(-1) for x in xs])
        return [np.asarray(entries[index], dtype=object) for index in indices]

    if all(isinstance(o, Known) for o in data):
        values = [o.value for o in data if isinstance(o, Known)]
        return [Known(x) for x in call(BallAlgebra(), *values)]
    return tape.emit(call, data, len(indices))


def scatter_add(tape: Tape, equation: Any, operands: Sequence[Operand]) -> list[Operand]:
    """Indexing backwards: which updates end up where is read off from single ones."""
    target, places, updates = operands
    if not isinstance(places, Known):
        raise UnsupportedPrimitiveError(
            "'scatter-add' at an index that depends on the argument: "
            "indices must be known when the function is traced."
        )
    index, zeros = jnp.asarray(places.value), jnp.zeros(equation.invars[0].aval.shape)
    shape = equation.invars[2].aval.shape
    ones = jnp.eye(int(np.prod(shape))).reshape(-1, *shape)

    def land(one: jax.Array) -> jax.Array:
        return equation.primitive.bind(zeros, index, one, **equation.params)

    hits = np.asarray(jax.vmap(land)(ones))

    def call(algebra: BallAlgebra, x: np.ndarray, new: np.ndarray) -> list[np.ndarray]:
        total = x.copy()
        entries: list[Any] = list(new.flat)
        for hit, entry in zip(hits, entries, strict=True):
            for place in zip(*np.nonzero(hit), strict=True):
                here: Any = total[place]
                total[place] = algebra.add(here, entry)
        return [total]

    return tape.emit(call, (target, updates), 1)
