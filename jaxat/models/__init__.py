"""Models behind a pure pair: ``init(key, input_shape)`` and ``apply(params, state, x, train=...)``.

>>> import jax
>>> from jaxat import models
>>> model = models.build("preactresnet18", width=4, normalization="cifar10")
>>> jax.eval_shape(lambda key: model.init(key, (32, 32, 3)), jax.random.key(0)).params["conv1"]
{'kernel': ShapeDtypeStruct(shape=(3, 3, 3, 4), dtype=float32)}
"""

from __future__ import annotations

from jaxat.models.model import Mode, Model, Variables, parameter_count
from jaxat.models.registry import available, build, options
from jaxat.models.style import NORMALIZATIONS, Style
from jaxat.models.torch_names import from_torch

__all__ = [
    "NORMALIZATIONS",
    "Mode",
    "Model",
    "Style",
    "Variables",
    "available",
    "build",
    "from_torch",
    "options",
    "parameter_count",
]
