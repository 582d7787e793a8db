"""JAX functions evaluated over Arb balls, so that what is proved is what is plotted and tested.

The function is traced once; its jaxpr is then interpreted over arrays of balls. That proves
statements about the *real-number* meaning of the code: the rounding of float64 is not modelled,
and neither is what the code does with infinities and NaN. Constants in the code are the exact
doubles they are, so write eps as an argument if 3/5 is meant and not 0.6.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import numpy as np

from theory.balls.arrays import balls_of
from theory.balls.lowering import flatten
from theory.balls.primitives import UnsupportedPrimitiveError
from theory.balls.tape import Tape
from theory.precision import require_x64
from theory.rigorous.arithmetic import ball_interval, hull, precision, to_ball

__all__ = [
    "UnsupportedPrimitiveError",
    "ball_function",
    "ball_interval",
    "hull",
    "precision",
    "to_ball",
]


def ball_function(fn: Callable[..., Any], *example_args: Any) -> Callable[..., Any]:
    """A version of `fn` that maps balls to balls containing every exact value of `fn`.

    `fn` is traced once, in float64, at the shapes of `example_args` (pytrees of floats and
    arrays). The result takes arguments of the same structure whose leaves are scalars, nested
    sequences or object arrays of `arb`, floats, ints, `Fraction` or "3/5", all converted exactly;
    it returns object arrays of `arb` in the structure of fn's output.

    It covers the smooth and the piecewise smooth losses and their `jax.grad`, `jax.jacobian` and
    `jax.hessian`: elementary functions, softplus and logistic, norms, sums, extremes, matrix
    products, indexing at known places, `where`, `cond`, `scan`, and inner calls. Where a
    comparison is undecided over the ball, the answer is the hull of both branches. Derivatives of
    a kink are therefore enclosures of both one-sided derivatives, but the derivative of a function
    that jumps is *not* the derivative of anything: see `theory.rigorous.branch_and_bound`.

    A log-sum-exp is enclosed loosely, since its shift by the maximum appears twice;
    `jnp.logaddexp` and `jax.nn.softplus` are enclosed tightly. RuntimeError without float64;
    `UnsupportedPrimitiveError` (a NotImplementedError) names a primitive without enclosure;
    ValueError for arguments of another structure or shape.

    >>> import jax
    >>> slope = ball_function(jax.grad(jax.nn.softplus), 1.0)
    >>> slope(0).item()
    [0.500000000000000 +/- 1.74e-16]
    >>> bool(slope(ball_interval("-1/3", 1)).item() < 0.75)
    True
    """
    require_x64()
    examples = [_example(leaf) for leaf in jax.tree.leaves(example_args)]
    structure = jax.tree.structure(example_args)
    closed, shapes = jax.make_jaxpr(fn, return_shape=True)(*jax.tree.unflatten(structure, examples))
    tape = Tape()
    tape.finish(flatten(tape, closed.jaxpr, closed.consts, tape.slots(len(examples))))
    outputs = jax.tree.structure(shapes)

    def evaluate(*args: Any) -> Any:
        leaves = structure.flatten_up_to(args)
        inputs = [_input(x, example) for x, example in zip(leaves, examples, strict=True)]
        return jax.tree.unflatten(outputs, tape.run(inputs))

    return evaluate


def _example(leaf: Any) -> np.ndarray:
    array = np.asarray(leaf)
    if array.dtype.kind not in "iubf":
        raise ValueError(
            f"example arguments are real numbers and arrays of them; got {type(leaf).__name__}."
        )
    return array.astype(float)


def _input(value: Any, example: np.ndarray) -> np.ndarray:
    array = balls_of(value)
    if array.shape != example.shape:
        raise ValueError(
            f"the function was traced at an argument of shape {example.shape}; "
            f"got one of shape {array.shape}."
        )
    return array
