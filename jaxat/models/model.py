"""A model as the rest of the library sees it: a pure ``init`` and a pure ``apply``.

Inside stands a Flax Linen module. Linen and not NNX, which Flax recommends for new code, because
what is wanted is what Linen is: a description without arrays, whose ``apply`` is a pure function of
parameters and statistics, which are two separate trees. An NNX module carries its arrays, so that
every attack step, every perturbed weight and every Langevin step would split and merge it again.
No other part of the library imports Flax, so the choice can be taken back here alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal, NamedTuple

import flax.errors
import flax.linen as nn
import jax
import jax.numpy as jnp

from jaxat.models.initialisation import initialise
from jaxat.models.layers import MODES, at_least_float32
from jaxat.models.style import check_choice

__all__ = ["Mode", "Model", "Variables", "parameter_count"]

Mode = Literal["eval", "batch", "update"]
Tree = Any


class Variables(NamedTuple):
    """``params`` are trained; ``state`` holds running statistics, empty without BatchNorm."""

    params: Tree
    state: Tree


@dataclass(frozen=True, eq=False)
class Model:
    """A named architecture with its options; made by ``jaxat.models.build``.

    ``options`` has every option with its value, defaults included, in types that JSON knows (pairs
    as tuples): ``build(model.name, **model.options)`` is the same model. Two models are equal only
    if they are the same object, so ``model.apply`` may be a static argument of ``jax.jit``.
    """

    name: str
    options: Mapping[str, Any]
    module: nn.Module
    input_rank: int | None

    def init(self, key: jax.Array, input_shape: tuple[int, ...]) -> Variables:
        """Parameters and statistics for examples of ``input_shape``, without the batch axis.

        Images are (height, width, channels). ``jax.eval_shape`` gives the shapes without computing
        anything.

        Raises:
            ValueError: ``input_shape`` does not fit the architecture.

        >>> import jax
        >>> from jaxat import models
        >>> model = models.build("logistic", bias=True)
        >>> params, state = model.init(jax.random.key(0), (28, 28, 1))
        >>> params["linear"]["kernel"].shape, state
        ((784, 1), {})
        """
        shape = tuple(input_shape)
        self._check_shape(shape)
        dtype = jnp.dtype(self.options["param_dtype"])
        example = jax.ShapeDtypeStruct((1, *shape), dtype)
        describe = partial(self.module.init, train="eval", dtype=dtype)
        try:
            shapes = dict(jax.eval_shape(describe, jax.random.key(0), example))
        except flax.errors.FlaxError as error:
            raise ValueError(f"Model {self.name!r} cannot be initialised: {error}") from error
        made = initialise(key, shapes, self.options["init"], self.options["param_dtype"])
        return Variables(made["params"], made.get("batch_stats", {}))

    def apply(
        self,
        params: Tree,
        state: Tree,
        x: jax.Array,
        *,
        train: Mode,
        key: jax.Array | None = None,
    ) -> tuple[jax.Array, Tree]:
        """Logits (batch, classes) of ``x`` (batch, ...), and the state afterwards.

        ``train`` says what BatchNorm (and dropout) does:

        - ``"eval"``: running statistics, no dropout; the state comes back as it is.
        - ``"batch"``: statistics of this batch, dropout; the state comes back as it is.
        - ``"update"``: as ``"batch"``, and the running statistics in the new state have moved.

        ``key`` is needed only where the model has dropout. With ``dtype=None`` everything is
        computed in the dtype that inputs and parameters have in common; logits are at least
        float32, and the state keeps its dtype.

        Raises:
            ValueError: unknown mode; ``x`` of integers or of another rank; dropout without key;
                parameters or state of another model.

        >>> import jax
        >>> from jaxat import models
        >>> model = models.build("small-cnn", width=2, hidden=4, batch_norm=True)
        >>> params, state = model.init(jax.random.key(0), (8, 8, 3))
        >>> x = jax.random.uniform(jax.random.key(1), (5, 8, 8, 3))
        >>> logits, same = model.apply(params, state, x, train="batch")
        >>> logits.shape, same is state
        ((5, 10), True)
        """
        check_choice("train", train, MODES)
        x = self._check_input(x)
        dropout = float(self.options.get("dropout", 0.0)) > 0 and train != "eval"
        if dropout and key is None:
            raise ValueError(
                f"Model {self.name!r} has dropout={self.options['dropout']}: "
                f"apply(..., train={train!r}) needs key=, for example a folded jax.random key."
            )
        variables = {"params": params, "batch_stats": state} if state else {"params": params}
        dtype = self._compute_dtype(params, x)
        rngs = {"dropout": key} if dropout and key is not None else None
        moving = train == "update" and bool(state)
        mutable = ["batch_stats"] if moving else False
        try:
            out: Any = self.module.apply(variables, x, train, dtype, rngs=rngs, mutable=mutable)
        except flax.errors.FlaxError as error:
            raise ValueError(
                f"Parameters or state are not those of model {self.name!r} with options "
                f"{dict(self.options)} and inputs of shape {x.shape}: {error}"
            ) from error
        logits, new_state = (out[0], out[1]["batch_stats"]) if moving else (out, state)
        return logits.astype(at_least_float32(logits.dtype)), new_state

    def _compute_dtype(self, params: Tree, x: jax.Array) -> jnp.dtype:
        if self.options["dtype"] is not None:
            return jnp.dtype(self.options["dtype"])
        return jnp.result_type(x.dtype, *(leaf.dtype for leaf in jax.tree.leaves(params)))

    def _check_shape(self, shape: tuple[int, ...]) -> None:
        fits = self.input_rank is None or len(shape) == self.input_rank
        whole = all(isinstance(n, int) and n >= 1 for n in shape)
        if not fits or not whole or not shape:
            wanted = "one example" if self.input_rank is None else "(height, width, channels)"
            raise ValueError(
                f"input_shape of model {self.name!r} is the shape of {wanted}, without the batch "
                f"axis, of integers of at least 1; got {shape}."
            )

    def _check_input(self, x: jax.Array) -> jax.Array:
        x = jnp.asarray(x)
        if not jnp.issubdtype(x.dtype, jnp.floating):
            raise ValueError(
                f"Inputs are floating-point pixels in [0, 1]; got {x.dtype}. Divide grey levels "
                "by 255 first."
            )
        wanted = None if self.input_rank is None else self.input_rank + 1
        if x.ndim < 2 or (wanted is not None and x.ndim != wanted):
            axes = "(batch, ...)" if wanted is None else "(batch, height, width, channels)"
            raise ValueError(f"Inputs of model {self.name!r} are {axes}; got shape {x.shape}.")
        return x


def parameter_count(params: Tree) -> int:
    """Number of scalars in a tree of arrays or of ``jax.ShapeDtypeStruct``.

    >>> import jax
    >>> from functools import partial
    >>> from jaxat import models
    >>> init = partial(models.build("preactresnet18").init, input_shape=(32, 32, 3))
    >>> parameter_count(jax.eval_shape(init, jax.random.key(0)).params)
    11172170
    """
    return sum(leaf.size for leaf in jax.tree.leaves(params))
