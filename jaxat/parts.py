"""The parts of a run out of its configuration: model, objective, optimiser, attacks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

import jax
import jax.numpy as jnp
import optax

from jaxat import models, objectives
from jaxat.attacks import gaussian_start, pgd
from jaxat.attacks.result import Attack
from jaxat.config import Config, ConfigError, number
from jaxat.data import DatasetInfo
from jaxat.objectives import Objective
from jaxat.optim import awp, entropy_sgd, switch
from jaxat.threat import ThreatModel

__all__ = ["Parts", "build", "evaluation_attack", "scale_by_rate"]

# The public code of TRADES starts its attack this far from the image.
GAUSSIAN = 1e-3


@dataclass(frozen=True, eq=False)
class Parts:
    """What a training loop joins.

    ``transformation`` takes the keywords ``grad_fn``, ``epoch`` and ``rate`` (the learning rate).
    Epochs between two of ``phases`` are the same to it, so that one compiled update serves them
    all.
    """

    config: Config
    model: models.Model
    objective: Objective
    transformation: optax.GradientTransformationExtraArgs
    phases: tuple[int, ...]

    def phase(self, epoch: int) -> int:
        """The first epoch of the phase that ``epoch`` lies in."""
        return max(start for start in self.phases if start <= epoch)

    def minibatches(self, epoch: int) -> int:
        """Minibatches that one update uses: L under EntropySGD, else 1."""
        return self.config.ensgd_steps if self._langevin(epoch) else 1

    def rate(self, epoch: int) -> float:
        """The learning rate of an epoch, counted from 0: drops take effect as their epoch begins.

        The public code of AWP drops it one minibatch earlier.
        """
        config = self.config
        until = config.ensgd_until
        if config.ensgd != "none" and until is not None and epoch >= until:
            return config.ensgd_then_lr
        passed = {int(at): factor for at, factor in config.lr_drops.items() if int(at) <= epoch}
        return config.lr * (passed[max(passed)] if passed else 1.0)

    def _langevin(self, epoch: int) -> bool:
        first, until = self.config.ensgd_from, self.config.ensgd_until
        late = until is not None and epoch >= until
        return self.config.ensgd != "none" and epoch >= first and not late


def build(config: Config, info: DatasetInfo, key: jax.Array) -> Parts:
    """All parts of a run on the data set ``info``; ``key`` is for the noise of EntropySGD.

    Raises:
        ConfigError: a setting that a part refuses; the text is that part's.
    """
    try:
        model = _model(config, info)
        objective = _objective(config, model)
        transformation = _transformation(config, key)
    except ConfigError:
        raise
    except ValueError as error:
        raise ConfigError(" ".join(str(error).split())) from None
    starts = {0, config.awp_from if config.awp else 0}
    if config.ensgd != "none":
        starts |= {config.ensgd_from, config.ensgd_until or 0}
    return Parts(config, model, objective, transformation, tuple(sorted(starts)))


def _model(config: Config, info: DatasetInfo) -> models.Model:
    options = dict(config.model_options)
    known = models.options(config.model)
    if "num_classes" in known:
        options.setdefault("num_classes", info.classes)
    elif info.classes != 2:
        raise ConfigError(
            f"the model {config.model} knows two classes and {config.dataset} has {info.classes}"
        )
    model = models.build(config.model, **options)
    if model.options.get("num_classes", 2) < info.classes:
        raise ConfigError(
            f"model.num_classes={options['num_classes']} is fewer than the {info.classes} classes "
            f"of {config.dataset}"
        )
    return model


def _objective(config: Config, model: models.Model) -> Objective:
    if config.objective == "standard":
        return objectives.standard(model.apply)
    if config.objective == "noise":
        return objectives.noise(model.apply, _threat(config))
    loss = "kl" if config.objective == "trades" else "ce"
    attack = pgd(
        _threat(config),
        steps=config.attack_steps,
        step_size=number(config.attack_step, config.eps),
        random_start=_start(config.attack_start),
        bn=config.attack_bn,
        loss=loss,
        unroll=config.attack_unroll,
    )
    if config.objective == "trades":
        return objectives.trades(model.apply, attack, beta=config.beta)
    return objectives.adversarial(model.apply, attack)


def evaluation_attack(config: Config) -> Attack | None:
    """What the configuration evaluates against; None for the images as they are."""
    if config.eval_objective == "standard":
        return None
    if config.eval_objective == "noise":
        return pgd(_threat(config), steps=0, random_start=True)
    return pgd(
        _threat(config),
        steps=config.eval_steps,
        step_size=number(config.eval_step, config.eps),
        random_start=_start(config.eval_start),
        loss="ce",
    )


def _threat(config: Config) -> ThreatModel:
    # Ball, then box, as in all public code that the printed numbers come from.
    return ThreatModel(config.norm, number(config.eps), combine="ball-then-box")


def _start(name: str) -> Any:
    return {"uniform": True, "clean": False, "gaussian": gaussian_start(GAUSSIAN)}[name]


def _transformation(config: Config, key: jax.Array) -> optax.GradientTransformationExtraArgs:
    decay = config.weight_decay
    tail = (
        optax.trace(config.momentum, nesterov=config.nesterov)
        if config.momentum
        else optax.identity(),
        scale_by_rate(),
    )
    plain = optax.add_decayed_weights(decay) if decay else optax.identity()
    # Under AWP the decay acts at the perturbed weights, as in its public code.
    perturbed = awp(config.awp, weight_decay=decay)
    head = switch(config.awp_from, plain, perturbed) if config.awp_from else perturbed
    sgd = optax.chain(head if config.awp else plain, *tail)
    if config.ensgd == "none":
        return sgd
    inner = awp(config.awp) if config.awp else None
    if inner is not None and config.awp_from:
        inner = switch(config.awp_from, optax.identity(), inner)
    langevin = entropy_sgd(
        scope=config.ensgd_scope,
        steps=config.ensgd_steps,
        step_size=config.ensgd_step,
        noise=config.ensgd_noise,
        averaging=config.ensgd_averaging,
        order=2 if config.ensgd == "second" else 1,
        convention=cast(Any, config.ensgd_convention),
        weight_decay=decay,
        inner=inner,
        key=key,
    )
    ensgd = optax.chain(langevin, plain, *tail)
    if config.ensgd_until is not None:
        ensgd = switch(config.ensgd_until, ensgd, sgd)
    return switch(config.ensgd_from, sgd, ensgd) if config.ensgd_from else ensgd


def scale_by_rate() -> optax.GradientTransformationExtraArgs:
    """Multiply by minus the keyword ``rate`` of ``update``, the learning rate of that moment.

    A schedule that counts updates would not know how many minibatches EntropySGD puts into one.

    >>> tx = scale_by_rate()
    >>> tx.update(jnp.ones(1), tx.init(jnp.ones(1)), rate=0.5)[0].tolist()
    [-0.5]
    """

    def update(
        updates: Any, state: Any, params: Any = None, *, rate: Any = None, **extra: Any
    ) -> tuple[Any, Any]:
        del params, extra
        if rate is None:
            raise ValueError("scale_by_rate needs the learning rate: tx.update(..., rate=0.1)")
        return jax.tree.map(lambda u: (-jnp.asarray(rate) * u).astype(u.dtype), updates), state

    def init(params: Any) -> optax.EmptyState:
        del params
        return optax.EmptyState()

    return optax.GradientTransformationExtraArgs(init, cast(Callable[..., Any], update))
