"""A jaxpr, flattened into the list of steps that an evaluation over balls performs.

Inner calls are put in their place, loops of known length are unrolled, whatever depends on no
argument and is exact is done at once, and what no output needs is dropped.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from theory.ball_algebra import BallAlgebra
from theory.ball_arrays import balls_of, select
from theory.ball_primitives import INLINED, MOVING, RULES, UnsupportedPrimitiveError

__all__ = ["Tape"]


@dataclass(frozen=True)
class _Known:
    """A value that is known exactly before any argument is: integers, truth values, constants."""

    value: np.ndarray


# An operand is known, or the number of the slot that will hold it.
_Operand = _Known | int
_Call = Callable[..., Sequence[np.ndarray]]


@dataclass(frozen=True)
class _Step:
    call: _Call
    operands: tuple[_Operand, ...]
    slots: tuple[int, ...]


class Tape:
    """The steps of a closed jaxpr; `run` performs them on arrays of balls."""

    def __init__(self, closed: Any) -> None:
        self._steps: list[_Step] = []
        self._size = 0
        self._inputs = tuple(self._new_slot() for _ in closed.jaxpr.invars)
        self._outputs = self._flatten(closed.jaxpr, closed.consts, self._inputs)
        self._drop_unneeded()

    def run(self, inputs: Sequence[np.ndarray]) -> list[np.ndarray]:
        slots: dict[int, np.ndarray] = dict(zip(self._inputs, inputs, strict=True))
        algebra = BallAlgebra()

        def value(operand: _Operand) -> np.ndarray:
            return operand.value if isinstance(operand, _Known) else slots[operand]

        for step in self._steps:
            results = step.call(algebra, *map(value, step.operands))
            slots.update(zip(step.slots, results, strict=True))
        return [value(operand) for operand in self._outputs]

    def _new_slot(self) -> int:
        self._size += 1
        return self._size - 1

    def _emit(self, call: _Call, operands: Sequence[_Operand], count: int) -> list[_Operand]:
        slots = tuple(self._new_slot() for _ in range(count))
        self._steps.append(_Step(call, tuple(operands), slots))
        return list(slots)

    def _drop_unneeded(self) -> None:
        needed = {o for o in self._outputs if isinstance(o, int)}
        kept: list[_Step] = []
        for step in reversed(self._steps):
            if needed.intersection(step.slots):
                kept.append(step)
                needed.update(o for o in step.operands if isinstance(o, int))
        self._steps = kept[::-1]

    def _flatten(
        self, jaxpr: Any, consts: Sequence[Any], args: Sequence[_Operand]
    ) -> list[_Operand]:
        known: dict[Any, _Operand] = {}
        known.update(zip(jaxpr.constvars, map(_constant, consts), strict=True))
        known.update(zip(jaxpr.invars, args, strict=True))

        def read(atom: Any) -> _Operand:
            return _constant(atom.val) if hasattr(atom, "val") else known[atom]

        for equation in jaxpr.eqns:
            results = self._equation(equation, [read(v) for v in equation.invars])
            known.update(zip(equation.outvars, results, strict=True))
        return [read(v) for v in jaxpr.outvars]

    def _closed(self, body: Any, args: Sequence[_Operand]) -> list[_Operand]:
        if hasattr(body, "consts"):
            return self._flatten(body.jaxpr, body.consts, args)
        return self._flatten(body, (), args)

    def _equation(self, equation: Any, operands: list[_Operand]) -> list[_Operand]:
        name: str = equation.primitive.name
        params: dict[str, Any] = equation.params
        if name in INLINED:
            body = next(params[k] for k in ("jaxpr", "call_jaxpr", "fun_jaxpr") if k in params)
            if name == "custom_jvp_call" and _is_log_add_exp(equation, body):
                return self._rule("logaddexp", params, operands)
            return self._closed(body, operands)
        if name == "cond":
            return self._cond(params["branches"], operands[0], operands[1:])
        if name == "scan":
            return self._scan(equation, operands)
        integers = [o.value for o in operands if isinstance(o, _Known) and o.value.dtype != object]
        exact = name == "iota" or all(v.aval.dtype.kind in "iub" for v in equation.outvars)
        if exact and len(integers) == len(operands):
            # Integers and truth values, or nothing at all (iota): JAX itself is exact on them.
            return [_constant(x) for x in _bind(equation, integers)]
        if name in MOVING:
            return self._move(equation, operands)
        if name == "scatter-add":
            return self._scatter_add(equation, operands)
        return self._rule(name, params, operands)

    def _rule(
        self, name: str, params: dict[str, Any], operands: Sequence[_Operand]
    ) -> list[_Operand]:
        rule = RULES.get(name)
        if rule is None:
            raise UnsupportedPrimitiveError(
                f"the primitive {name!r} has no enclosure over balls: write the function with "
                "arithmetic, elementary functions, comparisons, sums and matrix products, or add "
                f"a rule for {name!r} to theory.ball_primitives.RULES."
            )
        if name == "convert_element_type" and isinstance(operands[0], _Known):
            return [_Known(rule(BallAlgebra(), params, operands[0].value))]
        return self._emit(lambda algebra, *xs: (rule(algebra, params, *xs),), operands, 1)

    def _move(self, equation: Any, operands: Sequence[_Operand]) -> list[_Operand]:
        """Let the primitive itself act on the positions of the entries, and move by the result."""
        places: list[np.ndarray] = []
        data: list[_Operand] = []
        total = 0
        for operand, atom in zip(operands, equation.invars, strict=True):
            if isinstance(operand, _Known) and operand.value.dtype != object:
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
        targets = [x.astype(float) for x in _bind(equation, places)]
        if any(np.isnan(x).any() for x in targets):
            raise ValueError(
                f"{equation.primitive.name!r} reads out of bounds; keep every index in range."
            )
        indices = [x.astype(int) for x in targets]

        def call(algebra: BallAlgebra, *xs: np.ndarray) -> list[np.ndarray]:
            del algebra
            entries = np.concatenate([np.asarray(x, dtype=object).reshape(-1) for x in xs])
            return [np.asarray(entries[index], dtype=object) for index in indices]

        if all(isinstance(o, _Known) for o in data):
            values = [o.value for o in data if isinstance(o, _Known)]
            return [_Known(x) for x in call(BallAlgebra(), *values)]
        return self._emit(call, data, len(indices))

    def _scatter_add(self, equation: Any, operands: Sequence[_Operand]) -> list[_Operand]:
        """Indexing backwards: which updates end up where is read off from single ones."""
        target, places, updates = operands
        if not isinstance(places, _Known):
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

        return self._emit(call, (target, updates), 1)

    def _cond(
        self, branches: Sequence[Any], index: _Operand, operands: Sequence[_Operand]
    ) -> list[_Operand]:
        if isinstance(index, _Known):
            chosen = int(np.clip(int(index.value), 0, len(branches) - 1))
            return self._closed(branches[chosen], operands)
        results = [self._closed(branch, operands) for branch in branches]
        return [
            self._emit(lambda algebra, *xs: (select(*xs),), (index, *cases), 1)[0]
            for cases in zip(*results, strict=True)
        ]

    def _scan(self, equation: Any, operands: Sequence[_Operand]) -> list[_Operand]:
        params, body = equation.params, equation.params["jaxpr"]
        inner = getattr(body, "jaxpr", body)
        # What is scanned has one axis more outside than inside. The counts themselves are kept
        # under names that differ between versions of JAX.
        carried = _equally_deep(equation.outvars, inner.outvars)
        scanned = len(operands) - _equally_deep(equation.invars, inner.invars)
        fixed = len(operands) - scanned - carried
        consts, carry = operands[:fixed], list(operands[fixed : fixed + carried])
        length = params["length"]
        rows: list[list[_Operand]] = [[] for _ in range(length)]
        for k in reversed(range(length)) if params["reverse"] else range(length):
            here = [self._row(x, k) for x in operands[fixed + carried :]]
            results = self._closed(body, [*consts, *carry, *here])
            carry, rows[k] = results[:carried], results[carried:]
        stacked = [
            self._emit(lambda algebra, *xs: (np.stack(xs),), column, 1)[0]
            for column in zip(*rows, strict=True)
        ]
        return [*carry, *stacked]

    def _row(self, operand: _Operand, k: int) -> _Operand:
        if isinstance(operand, _Known):
            return _Known(np.asarray(operand.value[k]))
        return self._emit(lambda algebra, x: (np.asarray(x[k], dtype=object),), (operand,), 1)[0]


def _equally_deep(outside: Sequence[Any], inside: Sequence[Any]) -> int:
    return sum(len(a.aval.shape) == len(b.aval.shape) for a, b in zip(outside, inside, strict=True))


def _constant(value: Any) -> _Known:
    array = np.asarray(value)
    if array.dtype.kind in "iub":
        return _Known(array)
    if array.dtype.kind not in "fV":
        raise UnsupportedPrimitiveError(
            f"a constant of type {array.dtype}: only real numbers have enclosures here."
        )
    return _Known(balls_of(array.astype(float)))


def _bind(equation: Any, inputs: Sequence[np.ndarray]) -> list[np.ndarray]:
    results = equation.primitive.bind(*map(jnp.asarray, inputs), **equation.params)
    many = equation.primitive.multiple_results
    return [np.asarray(x) for x in (results if many else [results])]


def _is_log_add_exp(equation: Any, body: Any) -> bool:
    """Whether the call is JAX's own logaddexp (and with it softplus), whatever its name.

    Its body, max + log1p(exp(-|x - y|)), has no tight enclosure term by term.
    """
    if len(equation.invars) != 2 or len(equation.outvars) != 1:
        return False
    shapes = [jax.ShapeDtypeStruct(v.aval.shape, v.aval.dtype) for v in equation.invars]
    reference = jax.make_jaxpr(jnp.logaddexp)(*shapes).jaxpr.eqns
    return (
        len(reference) == 1
        and "call_jaxpr" in reference[0].params
        and str(reference[0].params["call_jaxpr"]) == str(body)
    )
