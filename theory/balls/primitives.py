"""What each JAX primitive does to arrays of balls.

An array here is a NumPy array, either of integers or booleans (known exactly, like indices) or of
objects: balls, or the truth values True, False and None for "cannot be decided". Rules that only
move entries about are not listed: `theory.balls` runs the primitive itself on the positions.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from flint import arb

from theory.balls.algebra import BallAlgebra
from theory.balls.arrays import as_balls, cumulative_sum, dot_general, each, fold, select
from theory.balls.truth import below, both, either, equal, negation
from theory.rigorous.arithmetic import ball_interval, to_ball
from theory.rigorous.functions import absolute, maximum, minimum, monotone, power

__all__ = ["INLINED", "MOVING", "RULES", "Rule", "UnsupportedPrimitiveError"]

Params = dict[str, Any]
Rule = Callable[..., np.ndarray]


class UnsupportedPrimitiveError(NotImplementedError):
    """The traced function uses a primitive that has no enclosure here."""


# Calls whose body is simply put in their place. Derivative rules given by hand have been applied
# by the time there is a jaxpr, so only the value is left of a custom_jvp or custom_vjp call.
INLINED = frozenset(
    {
        "checkpoint",
        "closed_call",
        "core_call",
        "custom_jvp_call",
        "custom_vjp_call",
        "custom_vjp_call_jaxpr",
        "jit",
        "pjit",
        "remat",
        "remat2",
        "remat_call",
    }
)

# Primitives whose outputs are entries of their inputs, at positions that depend on no ball.
MOVING = frozenset(
    {
        "broadcast_in_dim",
        "concatenate",
        "dynamic_slice",
        "dynamic_update_slice",
        "expand_dims",
        "gather",
        "pad",
        "reshape",
        "rev",
        "scatter",
        "slice",
        "split",
        "squeeze",
        "stack",
        "transpose",
        "unstack",
    }
)


def _map(name: str) -> Rule:
    def rule(algebra: BallAlgebra, params: Params, *xs: np.ndarray) -> np.ndarray:
        del params
        f = getattr(algebra, name)
        return each(lambda *ts: algebra.once(f, *ts), *map(as_balls, xs))

    return rule


def _plain(f: Callable[..., arb]) -> Rule:
    def rule(algebra: BallAlgebra, params: Params, *xs: np.ndarray) -> np.ndarray:
        del params
        return each(lambda *ts: algebra.once(f, *ts), *map(as_balls, xs))

    return rule


def _monotone(f: Callable[[arb], arb], *, positive: bool = False) -> Rule:
    if positive:
        return _plain(lambda x: monotone(f, x).nonnegative_part())
    return _plain(lambda x: monotone(f, x))


def _cbrt(x: arb) -> arb:
    return monotone(lambda t: t.root(3) if t >= 0 else -(-t).root(3), x)


def _real_power(x: arb, y: arb) -> arb:
    if y.is_exact() and y.is_integer():
        return power(x, int(y.fmpq().p))
    if y.is_exact() and y > 0 and x >= 0:
        return monotone(lambda t: t**y, x).nonnegative_part()
    return (y * monotone(arb.log, x)).exp().nonnegative_part() if x > 0 else arb("nan")


def _one_minus_square(algebra: BallAlgebra, params: Params, x: np.ndarray) -> np.ndarray:
    del params
    return each(lambda t: algebra.sub(arb(1), algebra.square(t)), as_balls(x))


def _integer_pow(algebra: BallAlgebra, params: Params, x: np.ndarray) -> np.ndarray:
    y = int(params["y"])
    if y == 2:
        return each(lambda t: algebra.once(algebra.square, t), as_balls(x))
    return each(lambda t: power(t, y), as_balls(x))


def _compare(decide: Callable[[Any, Any], bool | None]) -> Rule:
    def rule(algebra: BallAlgebra, params: Params, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        del algebra, params
        if any(isinstance(t, arb) for z in (x, y) for t in z.flat[:1]):
            x, y = as_balls(x), as_balls(y)
        return each(decide, x, y)

    return rule


def _number(x: Any) -> arb:
    if isinstance(x, arb):
        return x
    # An undecided truth value is a fresh unknown in [0, 1] each time.
    return ball_interval(0, 1) if x is None else to_ball(x)


def _convert(algebra: BallAlgebra, params: Params, x: np.ndarray) -> np.ndarray:
    del algebra
    kind = np.dtype(params["new_dtype"]).kind
    if kind in "fV":
        return each(_number, x)
    if x.dtype != object:
        return x.astype(params["new_dtype"])
    if all(isinstance(t, (bool, np.bool_)) for t in x.flat):
        return x.astype(params["new_dtype"])
    if any(isinstance(t, arb) for t in x.flat):
        raise UnsupportedPrimitiveError(
            "convert_element_type from a ball to an integer or truth value: "
            "keep the computation in floating point."
        )
    return x


def _reduce(name: str) -> Rule:
    def rule(algebra: BallAlgebra, params: Params, x: np.ndarray) -> np.ndarray:
        combine = {"max": maximum, "min": minimum, "and": both, "or": either}.get(name)
        return fold(
            combine or getattr(algebra, name), as_balls(x), [int(a) for a in params["axes"]]
        )

    return rule


def _clamp(
    algebra: BallAlgebra, params: Params, lo: np.ndarray, x: np.ndarray, hi: np.ndarray
) -> np.ndarray:
    del algebra, params
    return each(lambda a, t, b: minimum(maximum(t, a), b), *map(as_balls, (lo, x, hi)))


def _same(algebra: BallAlgebra, params: Params, x: np.ndarray) -> np.ndarray:
    del algebra, params
    return x


RULES: dict[str, Rule] = {
    **{name: _map(name) for name in ("add", "sub", "mul", "div", "neg", "sqrt", "square")},
    "add_any": _map("add"),
    "logistic": _map("logistic"),
    "logaddexp": _map("log_add_exp"),
    "one_minus_square": _one_minus_square,
    "integer_pow": _integer_pow,
    "pow": _plain(_real_power),
    "abs": _plain(absolute),
    "sign": _plain(arb.sgn),
    "max": _plain(maximum),
    "min": _plain(minimum),
    "clamp": _clamp,
    "floor": _plain(arb.floor),
    "ceil": _plain(arb.ceil),
    "sin": _plain(arb.sin),
    "cos": _plain(arb.cos),
    "atan2": _plain(arb.atan2),
    "cosh": _plain(lambda x: monotone(arb.cosh, absolute(x))),
    "cbrt": _plain(_cbrt),
    "exp": _monotone(arb.exp, positive=True),
    "exp2": _monotone(lambda x: arb(2) ** x, positive=True),
    "rsqrt": _monotone(arb.rsqrt, positive=True),
    "erfc": _monotone(arb.erfc, positive=True),
    **{
        name: _monotone(getattr(arb, name))
        for name in (
            *("log", "log1p", "expm1", "tanh", "sinh", "asinh", "acosh", "atanh"),
            *("asin", "acos", "atan", "erf"),
        )
    },
    "eq": _compare(equal),
    "ne": _compare(lambda x, y: negation(equal(x, y))),
    "lt": _compare(below),
    "gt": _compare(lambda x, y: below(y, x)),
    "ge": _compare(lambda x, y: negation(below(x, y))),
    "le": _compare(lambda x, y: negation(below(y, x))),
    "and": lambda algebra, params, x, y: each(both, x, y),
    "or": lambda algebra, params, x, y: each(either, x, y),
    "not": lambda algebra, params, x: each(negation, x),
    "is_finite": lambda algebra, params, x: each(lambda t: True if t.is_finite() else None, x),
    "select_n": lambda algebra, params, which, *cases: select(which, *cases),
    "convert_element_type": _convert,
    "reduce_sum": _reduce("add"),
    "reduce_prod": _reduce("mul"),
    "reduce_max": _reduce("max"),
    "reduce_min": _reduce("min"),
    "reduce_and": _reduce("and"),
    "reduce_or": _reduce("or"),
    "cumsum": lambda algebra, params, x: cumulative_sum(
        algebra, x, int(params["axis"]), params["reverse"]
    ),
    "dot_general": lambda algebra, params, x, y: dot_general(
        algebra, x, y, params["dimension_numbers"]
    ),
    **dict.fromkeys(("copy", "copy_p", "stop_gradient", "optimization_barrier"), _same),
}
