"""JAX functions as plain JavaScript: one source for the proofs and for what moves on a page.

A function is traced; its jaxpr, a short list of primitives on arrays of known shape, is unrolled
into assignments to JavaScript constants, one an entry. The result computes in doubles, as JAX with
x64 does, and agrees with it up to the last bits of exp, log and pow.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import reduce
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from docs.companion.primitives import (
    ELEMENTWISE,
    INLINED,
    MOVING,
    Entry,
    Js,
    UnsupportedPrimitiveError,
    literal,
)
from docs.companion.special import RUNTIME

__all__ = ["UnsupportedPrimitiveError", "runtime", "to_js"]


def to_js(name: str, function: Callable[..., Any], shapes: Mapping[str, Sequence[int]]) -> str:
    """The text `name(theta, x) {...}` of a method that computes `function` in JavaScript.

    shapes: argument names in order with their shapes; a number has the shape (). An array is a
    (nested) JavaScript array on both sides; a tuple becomes an array, a dictionary an object.
    Raises `UnsupportedPrimitiveError` if the function uses a primitive without a translation, and
    whatever the function itself raises while it is traced.

    >>> print(to_js("twice", lambda t: 2.0 * t, {"t": ()}))
    twice(t) {
      const t0 = 2 * t;
      return t0;
    }
    """
    examples = [jnp.zeros(tuple(shape)) for shape in shapes.values()]
    closed, out_shape = jax.make_jaxpr(function, return_shape=True)(*examples)
    writer = _Writer()
    arguments = [
        np.array(_names(arg, shape), dtype=object).reshape(tuple(shape))
        for arg, shape in shapes.items()
    ]
    outputs = writer.run(closed.jaxpr, closed.consts, arguments)
    # `None` fields and nesting are rebuilt from the output's own structure.
    tree = jax.tree.structure(out_shape)
    result = jax.tree.unflatten(tree, [_nested(array) for array in outputs])
    body = writer.text(outputs)
    unpack = [
        f"  const {_pattern(arg, shape)} = {arg};\n" for arg, shape in shapes.items() if len(shape)
    ]
    return f"{name}({', '.join(shapes)}) {{\n{''.join(unpack)}{body}  return {_text(result)};\n}}"


def runtime() -> str:
    """JavaScript helpers that the translated functions call: logistic, erf, erfc."""
    return RUNTIME


def _names(arg: str, shape: Sequence[int]) -> list[Js]:
    if not len(shape):
        return [Js(arg)]
    return [Js("_".join([arg, *map(str, index)])) for index in np.ndindex(*shape)]


def _pattern(arg: str, shape: Sequence[int]) -> str:
    """The destructuring pattern [[a_0_0, a_0_1], ...] of an array argument."""
    if not len(shape):
        return arg
    return "[" + ", ".join(_pattern(f"{arg}_{i}", shape[1:]) for i in range(shape[0])) + "]"


def _nested(array: np.ndarray) -> Any:
    if array.ndim == 0:
        return array.item()
    return [_nested(np.asarray(array[i], dtype=object)) for i in range(len(array))]


def _text(value: Any) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key}: {_text(inner)}" for key, inner in value.items()) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_text, value)) + "]"
    return literal(value)


class _Writer:
    """Assignments in order; the same right-hand side is written once."""

    def __init__(self) -> None:
        self.lines: list[tuple[Js, str, tuple[Entry, ...]]] = []
        self.known: dict[str, Js] = {}

    def run(
        self, jaxpr: Any, consts: Sequence[Any], args: Sequence[np.ndarray]
    ) -> list[np.ndarray]:
        values: dict[Any, np.ndarray] = {}
        values.update(zip(jaxpr.constvars, map(_entries, consts), strict=True))
        values.update(zip(jaxpr.invars, args, strict=True))

        def read(atom: Any) -> np.ndarray:
            return _entries(atom.val) if hasattr(atom, "val") else values[atom]

        for equation in jaxpr.eqns:
            results = self.equation(equation, [read(v) for v in equation.invars])
            values.update(zip(equation.outvars, results, strict=True))
        return [read(v) for v in jaxpr.outvars]

    def equation(self, equation: Any, operands: list[np.ndarray]) -> list[np.ndarray]:
        name, params = equation.primitive.name, equation.params
        if name in INLINED:
            body = next(params[k] for k in ("jaxpr", "call_jaxpr", "fun_jaxpr") if k in params)
            if hasattr(body, "consts"):
                return self.run(body.jaxpr, body.consts, operands)
            return self.run(body, (), operands)
        if not any(isinstance(e, Js) for x in operands for e in x.flat):
            dtypes = [v.aval.dtype for v in equation.invars]
            known = [x.astype(dtype) for x, dtype in zip(operands, dtypes, strict=True)]
            return _bind(equation, known)
        if name in MOVING:
            return _move(equation, operands)
        if name in ("reduce_sum", "reduce_max", "reduce_min"):
            return [self.fold(name, operands[0], params["axes"])]
        if name == "dot_general":
            return [self.dot(operands[0], operands[1], params["dimension_numbers"])]
        rule = ELEMENTWISE.get(name)
        if rule is None:
            raise UnsupportedPrimitiveError(
                f"the primitive {name!r} has no translation to JavaScript; write the function "
                "without it, or add a rule to docs.companion.primitives"
            )
        wide: list[Any] = list(np.broadcast_arrays(*operands))
        out = np.empty(wide[0].shape, dtype=object)
        for index in np.ndindex(*out.shape):
            out[index] = self.emit(name, rule, params, [x[index] for x in wide])
        return [out]

    def emit(self, name: str, rule: Any, params: Any, entries: Sequence[Entry]) -> Entry:
        if name in ("stop_gradient", "copy", "copy_p"):
            return entries[0]
        if name == "select_n" and not isinstance(entries[0], Js):
            return entries[1 + int(entries[0])]
        # What a constant factor or summand does without rounding is done here.
        if name in ("mul", "dot") and any(not isinstance(e, Js) and e == 1 for e in entries):
            return next((e for e in entries if isinstance(e, Js)), entries[0])
        if name in ("add", "add_any") and any(_is_zero(e) for e in entries):
            return next((e for e in entries if not _is_zero(e)), entries[0])
        return self.assign(rule(params, *map(literal, entries)), entries)

    def assign(self, text: str, entries: Sequence[Entry]) -> Js:
        if text not in self.known:
            target = Js(f"t{len(self.lines)}")
            self.lines.append((target, text, tuple(entries)))
            self.known[text] = target
        return self.known[text]

    def fold(self, name: str, x: np.ndarray, axes: Sequence[int]) -> np.ndarray:
        kept = [a for a in range(x.ndim) if a not in axes]
        rows = np.transpose(x, [*kept, *axes]).reshape(*(x.shape[a] for a in kept), -1)
        rule = {"reduce_sum": "add", "reduce_max": "max", "reduce_min": "min"}[name]
        out = np.empty(rows.shape[:-1], dtype=object)
        for index in np.ndindex(*out.shape):
            out[index] = self.chain(rule, list(rows[index]))
        return out

    def chain(self, rule: str, entries: Sequence[Entry]) -> Entry:
        return reduce(lambda a, b: self.emit(rule, ELEMENTWISE[rule], {}, [a, b]), entries)

    def dot(self, a: np.ndarray, b: np.ndarray, numbers: Any) -> np.ndarray:
        (over_a, over_b), (batch_a, batch_b) = numbers
        if len(batch_a) or len(batch_b):
            raise UnsupportedPrimitiveError("dot_general with batch axes has no translation")
        free_a = [i for i in range(a.ndim) if i not in over_a]
        free_b = [i for i in range(b.ndim) if i not in over_b]
        rows = np.transpose(a, [*free_a, *over_a]).reshape(*(a.shape[i] for i in free_a), -1)
        columns = np.transpose(b, [*free_b, *over_b]).reshape(*(b.shape[i] for i in free_b), -1)
        out = np.empty(rows.shape[:-1] + columns.shape[:-1], dtype=object)
        for i in np.ndindex(*rows.shape[:-1]):
            for j in np.ndindex(*columns.shape[:-1]):
                products = [
                    self.emit("mul", ELEMENTWISE["mul"], {}, [u, v])
                    for u, v in zip(rows[i], columns[j], strict=True)
                ]
                out[i + j] = self.chain("add", products)
        return out

    def text(self, outputs: Sequence[np.ndarray]) -> str:
        """The assignments on which the outputs depend."""
        needed = {e for array in outputs for e in array.flat if isinstance(e, Js)}
        kept = []
        for target, text, entries in reversed(self.lines):
            if target in needed:
                needed.update(e for e in entries if isinstance(e, Js))
                kept.append(f"  const {target} = {text};\n")
        return "".join(reversed(kept))


def _is_zero(entry: Entry) -> bool:
    return not isinstance(entry, Js) and entry == 0


def _entries(value: Any) -> np.ndarray:
    array = np.asarray(value)
    out = np.empty(array.shape, dtype=object)
    for index in np.ndindex(*array.shape):
        out[index] = array[index].item()
    return out


def _bind(equation: Any, inputs: Sequence[np.ndarray]) -> list[np.ndarray]:
    results = equation.primitive.bind(*map(jnp.asarray, inputs), **equation.params)
    many = equation.primitive.multiple_results
    return [_entries(x) for x in (results if many else [results])]


def _move(equation: Any, operands: Sequence[np.ndarray]) -> list[np.ndarray]:
    """Let the primitive act on the positions of the entries, and move by the result."""
    entries = np.concatenate([x.reshape(-1) for x in operands])
    starts = np.cumsum([0, *(x.size for x in operands)])
    places = [
        np.arange(start, start + x.size, dtype=float).reshape(x.shape)
        for start, x in zip(starts, operands, strict=False)
    ]
    moved = []
    for target in _bind(equation, places):
        out = np.empty(target.shape, dtype=object)
        out[...] = entries[target.astype(int)]
        moved.append(out)
    return moved
