"""AWP and EntropySGD as optax transformations that replace the gradient.

`awp` and `entropy_sgd` take gradients at other weights than the current ones, from the keyword
``grad_fn(params, i) -> grads`` of their ``update``. They stand first in an `optax.chain`, before
momentum, learning rate and weight decay, and nest in each other instead of chaining:
``optax.chain(entropy_sgd(inner=awp(0.01), key=key), optax.sgd(0.1, momentum=0.9))``.

What looks at gradients, or adds them up, belongs behind as well: clipping, `optax.apply_if_finite`,
`optax.MultiSteps`, as in ``optax.chain(awp(0.01), optax.apply_if_finite(optax.sgd(0.1), 5))``.
Around or before, it sees the incoming gradient, which is replaced: a NaN that appears at the
perturbed weights would pass ``optax.apply_if_finite(optax.chain(awp(0.01), optax.sgd(0.1)), 5)``,
and `optax.MultiSteps` would take only the last minibatch's perturbed gradient. Optax's own
wrappers that hand on no further arguments (`optax.lookahead`) and Flax's
``TrainState.apply_gradients`` cannot pass `grad_fn`: call ``tx.update`` yourself;
``nnx.Optimizer.update(model, grads, grad_fn=grad_fn)`` does pass it.
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
