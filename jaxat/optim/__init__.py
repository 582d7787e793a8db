"""AWP and EntropySGD as optax transformations that replace the gradient.

`awp` and `entropy_sgd` take gradients at other weights than the current ones, from the keyword
``grad_fn(params, i) -> grads`` of their ``update``. They stand first in an `optax.chain`, before
momentum, learning rate and weight decay, and nest in each other instead of chaining:
``optax.chain(entropy_sgd(inner=awp(0.01), key=key), optax.sgd(0.1, momentum=0.9))``.
"""

from __future__ import annotations

from jaxat.optim.awp import AWPState, awp, kernels, perturbation
from jaxat.optim.entropy_sgd import EntropySGDMetrics, EntropySGDState, entropy_sgd
from jaxat.optim.oracle import GradFn, Oracle
from jaxat.optim.switch import SwitchState, switch

__all__ = [
    "AWPState",
    "EntropySGDMetrics",
    "EntropySGDState",
    "GradFn",
    "Oracle",
    "SwitchState",
    "awp",
    "entropy_sgd",
    "kernels",
    "perturbation",
    "switch",
]
