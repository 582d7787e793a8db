"""A jaxpr, flattened onto a tape of steps over balls.

Inner calls are put in their place, loops of known length are unrolled, and whatever is exact and
depends on no argument is done at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from theory.balls.algebra import BallAlgebra
from theory.balls.arrays import select
from theory.balls.moves import bind, move, scatter_add
from theory.balls.primitives import INLINED, MOVING, RULES, UnsupportedPrimitiveError
from theory.balls.tape import Known, Operand, Tape

__all__ = ["flatten"]


def flatten(
    tape: Tape, jaxpr: Any, consts: Sequence[Any], args: Sequence[Operand]
) -> list[Operand]:
    """Add the steps of `jaxpr` to `tape`, and return its outputs."""
    known: dict[Any, Operand] = {}
    known.update(zip(jaxpr.constvars, map(Known.of, consts), strict=True))
    known.update(zip(jaxpr.invars, args, strict=True))

    def read(atom: Any) -> Operand:
        return Known.of(atom.val) if hasattr(atom, "val") else known[atom]

    for equation in jaxpr.eqns:
        results = _equation(tape, equation, [read(v) for v in equation.invars])
        known.update(zip(equation.outvars, results, strict=True))
    return [read(v) for v in jaxpr.outvars]


def _closed(tape: Tape, body: Any, args: Sequence[Operand]) -> list[Operand]:
    if hasattr(body, "consts"):
        return flatten(tape, body.jaxpr, body.consts, args)
    return flatten(tape, body, (), args)


def _equation(tape: Tape, equation: Any, operands: list[Operand]) -> list[Operand]:
    name: str = equation.primitive.name
    params: dict[str, Any] = equation.params
    if name in INLINED:
        body = next(params[k] for k in ("jaxpr", "call_jaxpr", "fun_jaxpr") if k in params)
        if name == "custom_jvp_call" and _is_log_add_exp(equation, body):
            return _rule(tape, equation, "logaddexp", operands)
        return _closed(tape, body, operands)
    if name == "cond":
        return _cond(tape, params["branches"], operands[0], operands[1:])
    if name == "scan":
        return _scan(tape, equation, operands)
    integers = [o.value for o in operands if isinstance(o, Known) and o.value.dtype != object]
    exact = name == "iota" or all(v.aval.dtype.kind in "iub" for v in equation.outvars)
    if exact and len(integers) == len(operands):
        # Integers and truth values, or nothing at all (iota): JAX itself is exact on them.
        return [Known.of(x) for x in bind(equation, integers)]
    if name in ("empty", "empty2"):
        # Room for residuals of a branch that is not taken: it holds no number.
        return [Known.of(np.full(v.aval.shape, np.nan)) for v in equation.outvars]
    if name in MOVING:
        return move(tape, equation, operands)
    if name == "scatter-add":
        return scatter_add(tape, equation, operands)
    return _rule(tape, equation, name, operands)


def _rule(tape: Tape, equation: Any, name: str, operands: Sequence[Operand]) -> list[Operand]:
    rule, params = RULES.get(name), equation.params
    if rule is None:
        error = UnsupportedPrimitiveError(
            f"the primitive {name!r} has no enclosure over balls: write the function with "
            "arithmetic, elementary functions, comparisons, sums and matrix products, or add "
            f"a rule for {name!r} to theory.balls.primitives.RULES."
        )
        return tape.emit(error, operands, len(equation.outvars))
    if name == "convert_element_type" and isinstance(operands[0], Known):
        return [Known(rule(BallAlgebra(), params, operands[0].value))]
    return tape.emit(lambda algebra, *xs: (rule(algebra, params, *xs),), operands)


def _cond(
    tape: Tape, branches: Sequence[Any], index: Operand, operands: Sequence[Operand]
) -> list[Operand]:
    if isinstance(index, Known):
        chosen = int(np.clip(int(index.value), 0, len(branches) - 1))
        return _closed(tape, branches[chosen], operands)
    results = [_closed(tape, branch, operands) for branch in branches]
    return [
        tape.emit(lambda algebra, *xs: (select(*xs),), (index, *cases))[0]
        for cases in zip(*results, strict=True)
    ]


def _scan(tape: Tape, equation: Any, operands: Sequence[Operand]) -> list[Operand]:
    params, body = equation.params, equation.params["jaxpr"]
    inner = getattr(body, "jaxpr", body)
    # What is scanned has one axis more outside than inside. The counts themselves are kept
    # under names that differ between versions of JAX.
    carried = _equally_deep(equation.outvars, inner.outvars)
    scanned = len(operands) - _equally_deep(equation.invars, inner.invars)
    fixed = len(operands) - scanned - carried
    consts, carry = operands[:fixed], list(operands[fixed : fixed + carried])
    length = params["length"]
    rows: list[list[Operand]] = [[] for _ in range(length)]
    for k in reversed(range(length)) if params["reverse"] else range(length):
        here = [_row(tape, x, k) for x in operands[fixed + carried :]]
        results = _closed(tape, body, [*consts, *carry, *here])
        carry, rows[k] = results[:carried], results[carried:]
    stacked = [
        tape.emit(lambda algebra, *xs: (np.stack(xs),), column)[0]
        for column in zip(*rows, strict=True)
    ]
    return [*carry, *stacked]


def _row(tape: Tape, operand: Operand, k: int) -> Operand:
    if isinstance(operand, Known):
        return Known(np.asarray(operand.value[k]))
    return tape.emit(lambda algebra, x: (np.asarray(x[k], dtype=object),), (operand,))[0]


def _equally_deep(outside: Sequence[Any], inside: Sequence[Any]) -> int:
    return sum(len(a.aval.shape) == len(b.aval.shape) for a, b in zip(outside, inside, strict=True))


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
