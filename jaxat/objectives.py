"""What is minimised: which examples a minibatch becomes, and the loss on them.

An objective has two halves. ``prepare`` makes the examples, above all the adversarial ones, at
given weights; ``loss`` is differentiated with respect to the weights, the examples being constants.
The split is what AWP needs, which takes several gradients on the same adversarial examples.

An objective owns the mode of BatchNorm. ``loss`` is computed with the statistics of the batch and
moves the running ones. What they do during the attack is said to the attack (``bn=`` of
`jaxat.attacks.pgd`); statistics that move there are handed on in ``Examples.state``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax.tree_util import Partial

from jaxat.attacks import cross_entropy, fooled, kl
from jaxat.attacks.result import Attack
from jaxat.threat import ThreatModel

__all__ = ["Examples", "Objective", "adversarial", "noise", "standard", "trades"]

Tree = Any
Apply = Callable[..., tuple[jax.Array, Tree]]
"""``apply(params, state, x, *, train, key) -> (logits, state)``: ``Model.apply``."""


class Examples(NamedTuple):
    """A minibatch ready for the loss."""

    x: jax.Array  # clean images (batch, ...)
    x_adv: jax.Array  # what the loss is taken at
    y: jax.Array  # labels (batch,)
    state: Tree  # running statistics to begin with


@dataclass(frozen=True)
class Objective:
    """``prepare(params, state, key, x, y, index)`` and ``loss(params, examples, key)``.

    ``loss`` returns ``(loss, (state, metrics))`` with scalar metrics: ``accuracy``, the fraction of
    the minibatch that is classified correctly at ``x_adv``, and for TRADES also the two terms.
    ``index`` are places of the images in the data set: each draws from ``fold_in(key, index)``.
    ``passes`` counts the forward passes in ``loss``, each of which moves the running statistics.
    """

    prepare: Callable[..., Examples]
    loss: Callable[..., tuple[jax.Array, tuple[Tree, dict[str, jax.Array]]]]
    passes: int = 1


def standard(apply: Apply) -> Objective:
    """Cross-entropy on the images as they are: ``(1/B) Σ ℓ(f(x_n), y_n)``.

    >>> import jax
    >>> from jaxat import models
    >>> model = models.build("logistic")
    >>> params, state = model.init(jax.random.key(0), (2,))
    >>> x, y = jnp.array([[0.0, 1.0], [1.0, 0.0]]), jnp.array([0, 1])
    >>> objective = standard(model.apply)
    >>> examples = objective.prepare(params, state, jax.random.key(1), x, y, jnp.arange(2))
    >>> loss, (state, metrics) = objective.loss(params, examples, None)
    >>> sorted(metrics), loss.shape
    (['accuracy'], ())
    """

    def prepare(params: Tree, state: Tree, key: Any, x: Any, y: Any, index: Any) -> Examples:
        del params, key, index
        return Examples(x, x, y, state)

    return Objective(prepare, _cross_entropy(apply))


def adversarial(apply: Apply, attack: Attack) -> Objective:
    """Adversarial training (AT): ``(1/B) Σ max_{δ_n} ℓ(f(x_n + δ_n), y_n)``.

    Madry et al. (2018); Kanai et al., Eq. (1). ``attack`` stands for the maximum: any attack of
    `jaxat.attacks` with ``loss="ce"``.
    """

    def prepare(params: Tree, state: Tree, key: Any, x: Any, y: Any, index: Any) -> Examples:
        result = attack(Partial(apply, params), key, x, y, state=state, index=index)
        return Examples(x, result.x_adv, y, result.state)

    return Objective(prepare, _cross_entropy(apply))


def noise(apply: Apply, threat: ThreatModel) -> Objective:
    """Training on images with noise: uniform in the ball of ``threat``, then clipped to its bounds.

    Yamada et al., Section 5: the random perturbation with which they compare the attack. It is the
    law of PGD's random start, without a step.
    """

    def prepare(params: Tree, state: Tree, key: Any, x: Any, y: Any, index: Any) -> Examples:
        del params
        noisy = threat.perturb(x, threat.uniform(key, x, index=index))
        return Examples(x, noisy, y, state)

    return Objective(prepare, _cross_entropy(apply))


def trades(apply: Apply, attack: Attack, *, beta: float = 6.0) -> Objective:
    """``(1/B) Σ ℓ(f(x_n), y_n) + β KL(p(x_n) ‖ p(x_n + δ_n))``, the gradient through both sides.

    Zhang et al., "Theoretically Principled Trade-off between Robustness and Accuracy" (2019), as in
    their public code, which does not detach p(x). ``attack`` should ascend the same divergence:
    ``pgd(threat, loss="kl", random_start=gaussian_start(1e-3))``. Running statistics move with both
    passes, first the attacked images, then the clean ones (the public code passes the clean images
    twice).

    Raises:
        ValueError: ``beta`` negative.
    """
    if not beta >= 0:
        raise ValueError(f"beta weighs the divergence and is at least 0; got {beta}.")

    def prepare(params: Tree, state: Tree, key: Any, x: Any, y: Any, index: Any) -> Examples:
        result = attack(Partial(apply, params), key, x, y, state=state, index=index)
        return Examples(x, result.x_adv, y, result.state)

    def loss(
        params: Tree, examples: Examples, key: jax.Array | None
    ) -> tuple[jax.Array, tuple[Tree, dict[str, jax.Array]]]:
        x, x_adv, y, state = examples
        attacked, state = apply(params, state, x_adv, train="update", key=key)
        clean, state = apply(params, state, x, train="update", key=key)
        natural, divergence = cross_entropy(clean, y).mean(), kl(attacked, clean).mean()
        metrics = {"accuracy": _accuracy(attacked, y), "natural": natural, "kl": divergence}
        return natural + beta * divergence, (state, metrics)

    return Objective(prepare, loss, passes=2)


def _cross_entropy(apply: Apply) -> Callable[..., Any]:
    def loss(
        params: Tree, examples: Examples, key: jax.Array | None
    ) -> tuple[jax.Array, tuple[Tree, dict[str, jax.Array]]]:
        logits, state = apply(params, examples.state, examples.x_adv, train="update", key=key)
        metrics = {"accuracy": _accuracy(logits, examples.y)}
        return cross_entropy(logits, examples.y).mean(), (state, metrics)

    return loss


def _accuracy(logits: jax.Array, y: jax.Array) -> jax.Array:
    return 1 - jnp.mean(fooled(logits, y), dtype=logits.dtype)
