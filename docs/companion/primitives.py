"""What each JAX primitive becomes in JavaScript, entry by entry.

An entry of an array is a Python number (known when the page is built) or `Js`, the text of a
JavaScript value. Only primitives that occur in the closed forms of this project have a rule.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

__all__ = ["ELEMENTWISE", "INLINED", "MOVING", "Js", "UnsupportedPrimitiveError", "literal"]


class UnsupportedPrimitiveError(ValueError):
    """The traced function uses a primitive that has no translation to JavaScript."""


class Js(str):
    """The text of a JavaScript value: the name of a constant, never a compound expression."""

    __slots__ = ()


Entry = float | int | bool | Js
Rule = Callable[..., str]

# Calls whose body is put in their place. Derivative rules have been applied before there is a
# jaxpr, so only the value of a custom_jvp or custom_vjp call is left.
INLINED = frozenset({"jit", "pjit", "custom_jvp_call", "custom_vjp_call", "closed_call"})

# Primitives whose outputs are entries of their inputs: the primitive is run on the positions.
MOVING = frozenset(
    {
        "broadcast_in_dim",
        "concatenate",
        "expand_dims",
        "pad",
        "reshape",
        "rev",
        "slice",
        "split",
        "squeeze",
        "stack",
        "transpose",
        "unstack",
    }
)


def literal(entry: Entry) -> str:
    """An entry as JavaScript source.

    >>> literal(0.1), literal(math.inf), literal(True), literal(Js("t3"))
    ('0.1', 'Infinity', 'true', 't3')
    """
    if isinstance(entry, Js):
        return str(entry)
    if isinstance(entry, bool | np.bool_):
        return "true" if entry else "false"
    if isinstance(entry, int | np.integer):
        return str(int(entry)) if entry >= 0 else f"({int(entry)})"
    value = float(entry)
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    text = repr(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    # A minus zero has a sign that JavaScript keeps.
    text = "-0" if value == 0 and math.copysign(1.0, value) < 0 else text
    return f"({text})" if text.startswith("-") else text


def _infix(operator: str) -> Rule:
    return lambda params, a, b: f"{a} {operator} {b}"


def _call(function: str) -> Rule:
    return lambda params, *xs: f"{function}({', '.join(xs)})"


def _integer_pow(params: dict[str, Any], x: str) -> str:
    y = int(params["y"])
    if y in (2, 3):
        return " * ".join([x] * y)
    return f"Math.pow({x}, {y})"


def _convert(params: dict[str, Any], x: str) -> str:
    kind = np.dtype(params["new_dtype"]).kind
    if kind in "fiu":
        return f"Number({x})"
    if kind == "b":
        return f"{x} !== 0"
    raise UnsupportedPrimitiveError(
        f"convert_element_type to {params['new_dtype']} has no translation to JavaScript"
    )


def _select(params: dict[str, Any], which: str, *cases: str) -> str:
    if len(cases) != 2:
        raise UnsupportedPrimitiveError(
            f"select_n with {len(cases)} cases has no translation to JavaScript: use jnp.where"
        )
    return f"{which} ? {cases[1]} : {cases[0]}"


ELEMENTWISE: dict[str, Rule] = {
    **{name: _infix(sign) for name, sign in (("add", "+"), ("add_any", "+"), ("sub", "-"))},
    **{name: _infix(sign) for name, sign in (("mul", "*"), ("div", "/"))},
    **{name: _infix(sign) for name, sign in (("lt", "<"), ("le", "<="), ("gt", ">"))},
    **{name: _infix(sign) for name, sign in (("ge", ">="), ("eq", "==="), ("ne", "!=="))},
    **{name: _infix(sign) for name, sign in (("and", "&&"), ("or", "||"))},
    **{
        name: _call(f"Math.{name}")
        for name in ("abs", "cos", "cosh", "exp", "expm1", "log", "log1p", "max", "min")
    },
    **{name: _call(f"Math.{name}") for name in ("pow", "sign", "sin", "sinh", "sqrt", "tanh")},
    **{name: _call(name) for name in ("erf", "erfc", "logistic")},
    "neg": lambda params, x: f"-{x}",
    "not": lambda params, x: f"!{x}",
    "square": lambda params, x: f"{x} * {x}",
    "integer_pow": _integer_pow,
    "convert_element_type": _convert,
    "select_n": _select,
    "stop_gradient": lambda params, x: x,
    "copy": lambda params, x: x,
    "copy_p": lambda params, x: x,
}
