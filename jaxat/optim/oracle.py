"""Where a transformation gets gradients of its own from, and why two of them must not be chained.

AWP and EntropySGD *replace* the gradient: they ask for it at other weights than the current ones.
They get it from ``grad_fn(params, i) -> grads``, a keyword of ``update``. The tree of the result is
that of ``params``; i = 0, 1, 2, ... numbers the minibatches within one update, and selects the data
and the random key. Batch statistics, labels and the rest stay inside the function.
"""

from __future__ import annotations

import math
import operator
import weakref
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import jax
import jax.core
import jax.numpy as jnp
import numpy as np
import optax

__all__ = ["GradFn", "Minibatch", "Oracle", "hand_out", "number", "replaced", "require", "whole"]


class GradFn(Protocol):
    """``grad_fn(params, i) -> grads``."""

    def __call__(self, params: Any, i: Any, /) -> Any: ...


@dataclass(frozen=True)
class Oracle:
    """A `GradFn` in two halves: what depends on the weights once, and the gradient itself.

    ``prepare(params, i)`` returns what minibatch i is at these weights, above all its adversarial
    examples; ``gradient(params, prepared)`` is the gradient on them. Called as a function it does
    one after the other. A transformation that needs several gradients on one minibatch prepares it
    once, at the weights before any perturbation, which is what the public code of AWP does; of a
    plain function it can only ask for all of them with the same i.

    >>> import jax, jax.numpy as jnp
    >>> attacked = lambda params, i: jnp.sign(params) * (i + 1)
    >>> oracle = Oracle(attacked, jax.grad(lambda params, x: jnp.sum(x * params**2)))
    >>> oracle(jnp.array([3.0, -1.0]), 1).tolist()
    [12.0, 4.0]

    With `receive`, ``gradient`` returns (gradient, aux), aux being whatever else came out of it:
    the loss, running statistics. One update then calls ``receive(auxes)`` once: ``auxes[k]`` is the
    aux of the k-th gradient on each minibatch (k = 1 is the gradient at AWP's perturbed weights),
    its leaves with a first axis that counts the minibatches. It may keep them: they belong to the
    trace in which ``update`` was called, whatever loops ran inside.
    """

    prepare: Callable[[Any, Any], Any]
    gradient: Callable[[Any, Any], Any]
    receive: Callable[[tuple[Any, ...]], None] | None = None

    def __call__(self, params: Any, i: Any, /) -> Any:
        return Minibatch(self, params, i)(params, i)


class Minibatch:
    """Minibatch i alone, prepared at `params`: a function that ignores its own second argument.

    ``auxes`` are those of the calls so far, for ``receive`` of an `Oracle` that has one.

    >>> Minibatch(lambda params, i: params + i, 0.0, 5)(1.0, 99)
    6.0
    """

    def __init__(self, grad_fn: GradFn, params: Any, i: Any) -> None:
        self.auxes: list[Any] = []
        self._aux = isinstance(grad_fn, Oracle) and grad_fn.receive is not None
        if isinstance(grad_fn, Oracle):
            prepared = _explained(params, lambda: grad_fn.prepare(params, i))
            self._gradient = lambda at: grad_fn.gradient(at, prepared)
        else:
            self._gradient = lambda at: grad_fn(at, i)

    def __call__(self, params: Any, i: Any, /) -> Any:
        del i
        result = _explained(params, lambda: self._gradient(params))
        if self._aux:
            result, aux = result
            self.auxes.append(aux)
        got, wanted = jax.tree.structure(result), jax.tree.structure(params)
        if got != wanted:
            raise ValueError(
                f"grad_fn must return a tree like params, and nothing else (jax.grad, not "
                f"jax.value_and_grad; what else there is goes through Oracle(receive=)); got {got} "
                f"for {wanted}"
            )
        return result


def _explained(params: Any, call: Callable[[], Any]) -> Any:
    """What `call` returns; a failure at weights that a mask has thinned is an error saying so."""

    def masked(node: Any) -> bool:
        return isinstance(node, optax.MaskedNode)

    try:
        return call()
    except Exception as error:
        if not any(map(masked, jax.tree.leaves(params, is_leaf=masked))):
            raise
        raise ValueError(
            "grad_fn failed at params out of which a mask has taken leaves (optax.masked, "
            "optax.multi_transform). To freeze leaves, put optax.masked(optax.set_to_zero(), "
            "frozen) behind, where it sees gradients only, or give the other leaves alone as "
            "params and let grad_fn close over the frozen ones; awp(select=) says what AWP moves. "
            "A grad_fn that can do without these leaves is good, too."
        ) from error


def hand_out(grad_fn: GradFn, auxes: Any) -> None:
    """Call ``receive`` of an `Oracle` that has one with a tuple of stacked auxes."""
    if isinstance(grad_fn, Oracle) and grad_fn.receive is not None:
        grad_fn.receive(tuple(auxes))


# Weak, so that it keeps no array alive; keyed by identity, because arrays have no hash.
_REPLACED: weakref.WeakValueDictionary[int, Any] = weakref.WeakValueDictionary()


def replaced(grads: Any) -> Any:
    """The same gradients in new arrays, remembered as the result of a replacing transformation."""
    fresh = jax.tree.map(jnp.copy, grads)
    for leaf in jax.tree.leaves(fresh):
        _REPLACED[id(leaf)] = leaf
    return fresh


def require(name: str, grads: Any, params: Any, grad_fn: GradFn | None) -> GradFn:
    """`grad_fn`, when `update` got all that the transformation `name` needs; ValueError if not."""
    if params is None or grad_fn is None:
        missing = "params" if params is None else "grad_fn"
        raise ValueError(
            f"{name} takes gradients at other weights, so its update needs params and grad_fn; "
            f"got {missing}=None. Call tx.update(grads, state, params, grad_fn=grad_fn) with "
            "grad_fn(params, i) -> grads, the gradient on minibatch i."
        )
    if any(_REPLACED.get(id(leaf)) is leaf for leaf in jax.tree.leaves(grads)):
        raise ValueError(
            f"{name} got the gradient of another transformation that replaces the gradient, and "
            "would drop it: these nest, they do not chain. Instead of optax.chain(awp(...), "
            "entropy_sgd(...)) write entropy_sgd(..., inner=awp(...))."
        )
    return grad_fn


def number(name: str, value: Any, low: float, high: float = math.inf, *, open_low: bool) -> Any:
    """`value` as a Python float, so that it takes the dtype of what it multiplies.

    ValueError unless low <= value <= high (low < value if `open_low`) and it is finite. A traced
    value, as under `optax.inject_hyperparams`, passes unseen.

    >>> number("gamma", 0.5, 0.0, open_low=True)
    0.5
    """
    if isinstance(value, jax.core.Tracer):
        return value
    if callable(value):
        raise ValueError(
            f"{name} is a number; got a function. For a schedule write optax.inject_hyperparams("
            f"awp, static_args=('steps', 'select'))({name}=schedule), and for entropy_sgd "
            "static_args=('steps', 'order')."
        )
    if not isinstance(value, float | int | np.generic | np.ndarray | jax.Array) or np.ndim(value):
        raise ValueError(f"{name} is one number; got {value!r}")
    value = float(value)
    if not (math.isfinite(value) and (low < value if open_low else low <= value) and value <= high):
        below = f"{low:g} {'<' if open_low else '<='} {name}"
        above = f" <= {high:g}" if math.isfinite(high) else ", finite"
        raise ValueError(f"{name} must satisfy {below}{above}; got {value!r}")
    return value


def whole(name: str, value: Any, remedy: str = "") -> int:
    """`value` as an int of at least 1; ValueError if it is none, or not known while tracing.

    >>> whole("steps", 3)
    3
    """
    try:
        count = operator.index(value)
    except TypeError as error:
        traced = " Under optax.inject_hyperparams it belongs into static_args."
        extra = traced if isinstance(value, jax.core.Tracer) else remedy
        raise ValueError(f"{name} is a whole number, at least 1; got {value!r}.{extra}") from error
    if count < 1:
        raise ValueError(f"{name} is a whole number, at least 1; got {count}.{remedy}")
    return count
