"""All settings of a training run, as one flat record that JSON can hold."""

from __future__ import annotations

import dataclasses
import difflib
import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, get_args, get_origin, get_type_hints

from jaxat.settings import (
    AttackNorm,
    BatchNormInAttack,
    Compiled,
    EnSGD,
    EvalStatistics,
    ObjectiveName,
    Selection,
    Start,
)

__all__ = ["Config", "ConfigError", "number", "read", "with_settings"]


class ConfigError(ValueError):
    """A setting that does not exist or cannot be; its text is one line."""


@dataclass(frozen=True)
class Config:
    """What is trained, on what, how, and how it is judged. `jaxat.settings` explains each field.

    Lengths (``eps``, ``attack_step``, ``eval_step``) are kept as they are printed in papers,
    ``"8/255"``, ``"0.2"`` or ``"0.15*eps"``, in input units; `number` makes floats of them.

    >>> Config(eps="8/255").eps, Config().objective
    ('8/255', 'adversarial')
    """

    # Data
    dataset: str = "cifar10"
    train_size: int | None = None
    test_size: int | None = None
    augment: bool = True
    batch: int = 128
    # Model
    model: str = "preactresnet18"
    model_options: Mapping[str, Any] = field(default_factory=dict)
    # Objective and its attack
    objective: ObjectiveName = "adversarial"
    beta: float = 6.0
    norm: AttackNorm = "linf"
    eps: str = "8/255"
    attack_steps: int = 10
    attack_step: str = "2/255"
    attack_start: Start = "uniform"
    attack_bn: BatchNormInAttack = "local"
    # Optimiser
    epochs: int = 200
    lr: float = 0.1
    lr_drops: Mapping[str, float] = field(default_factory=dict)
    momentum: float = 0.9
    nesterov: bool = False
    weight_decay: float = 5e-4
    # Adversarial weight perturbation
    awp: float = 0.0
    awp_from: int = 0
    # EntropySGD
    ensgd: EnSGD = "none"
    ensgd_scope: float = 0.03
    ensgd_steps: int = 20
    ensgd_step: float = 0.1
    ensgd_noise: float = 1e-4
    ensgd_averaging: float = 0.75
    ensgd_convention: str = "reference"
    ensgd_from: int = 0
    ensgd_until: int | None = None
    ensgd_then_lr: float = 0.001
    # Judging
    select: Selection = "val"
    held_back: int = 1000
    eval_every: int = 1
    eval_objective: ObjectiveName = "adversarial"
    eval_steps: int = 20
    eval_step: str = "2/255"
    eval_start: Start = "uniform"
    eval_batch: int = 512
    eval_train: int = 1000
    eval_statistics: EvalStatistics = "auto"
    # Running
    compiled: Compiled = "epoch"
    chunk: int = 50
    attack_unroll: int | None = None
    checkpoint_every: int = 1
    tensorboard: bool = False

    def __post_init__(self) -> None:
        for name, kind in get_type_hints(Config).items():
            object.__setattr__(self, name, _typed(name, kind, getattr(self, name)))
        _check(self)

    def to_json(self) -> dict[str, Any]:
        """All fields, in types that JSON knows."""
        return json.loads(json.dumps(dataclasses.asdict(self)))


def number(text: str | float, eps: str | float = 1) -> float:
    """The value of ``"8/255"``, ``"0.2"`` or ``0.2``; ``"0.15*eps"`` is relative to ``eps``.

    >>> number("51/255"), number("25.5/255"), number("0.5*eps", "0.4")
    (0.2, 0.1, 0.2)
    """
    factor, relative, rest = str(text).replace(" ", "").partition("*eps")
    if rest:
        raise ValueError(f"a length is such as 8/255, 0.5 or 0.15*eps; got {text!r}")
    above, over, below = factor.partition("/")
    if "/" in below:
        raise ValueError(f"a length has one division at most; got {text!r}")
    value = Fraction(above) / (Fraction(below) if over else 1)
    try:
        return float(value) * (number(eps) if relative else 1.0)
    except OverflowError:
        raise ValueError(f"{text!r} is more than a float can hold") from None


def read(values: Mapping[str, Any]) -> Config:
    """The configuration that ``Config.to_json`` wrote.

    Raises:
        ConfigError: a field is unknown (with the nearest names) or has a value it cannot have.

    >>> read(Config(batch=64).to_json()).batch
    64
    """
    for name in values:
        _require_field(name)
    return Config(**values)


def with_settings(config: Config, settings: Iterable[str]) -> Config:
    """``config`` with settings such as ``"eps=4/255"``, ``"model.width=8"``, ``"lr_drops.100=.1"``.

    Raises:
        ConfigError: no ``=``, an unknown field (with the nearest names), or a value of another type
            or out of range.

    >>> with_settings(Config(), ["batch=64", "model.width=16"]).model_options
    {'width': 16}
    >>> with_settings(Config(), ["bacth=64"])
    Traceback (most recent call last):
    jaxat.config.ConfigError: unknown setting 'bacth'; did you mean batch or eval_batch?
    """
    changed: dict[str, Any] = {}
    for setting in settings:
        key, equals, text = setting.partition("=")
        key = key.strip()
        if not equals or not key:
            raise ConfigError(f"a setting is key=value, for example eps=4/255; got {setting!r}")
        name, _, option = key.partition(".")
        name = "model_options" if name == "model" and option else name
        _require_field(name)
        if option:
            present = changed.get(name, getattr(config, name))
            if not isinstance(present, Mapping):
                raise ConfigError(f"{name} has no parts; say {name}=value instead of {key}=value")
            changed[name] = {**present, option: _literal(text)}
        else:
            changed[name] = text.strip()
    return dataclasses.replace(config, **changed)


def _require_field(name: str) -> None:
    names = [f.name for f in dataclasses.fields(Config)]
    if name not in names:
        near = difflib.get_close_matches(name, names, n=3, cutoff=0.5)
        hint = f"did you mean {' or '.join(near)}?" if near else f"there are {', '.join(names)}"
        raise ConfigError(f"unknown setting {name!r}; {hint}")


def _literal(text: str) -> Any:
    """A JSON value, or else the text itself."""
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return text.strip()


def _typed(name: str, kind: Any, value: Any) -> Any:
    """``value`` as the annotated type; text is read, nothing is guessed."""
    options = get_args(kind)
    if type(None) in options:
        if value is None or (isinstance(value, str) and value.lower() == "none"):
            return None
        (kind,) = (option for option in options if option is not type(None))
    if get_origin(kind) is Mapping:
        value = _literal(value) if isinstance(value, str) else value
        if not isinstance(value, Mapping):
            raise ConfigError(f"{name} is a table such as {{}}; got {value!r}")
        return {str(key): value[key] for key in value}
    if options and type(None) not in options:
        if value not in options:
            near = difflib.get_close_matches(str(value), options, n=1)
            hint = f"; did you mean {near[0]}?" if near else ""
            raise ConfigError(f"{name} is one of {', '.join(options)}; got {value!r}{hint}")
        return value
    try:
        return _READ[kind](value)
    except (ValueError, KeyError, TypeError, AttributeError, ArithmeticError):
        raise ConfigError(f"{name} is {_NAMED[kind]}; got {value!r}") from None


def _bool(value: Any) -> bool:
    return value if isinstance(value, bool) else {"true": True, "false": False}[value.lower()]


def _int(value: Any) -> int:
    if isinstance(value, bool) or (isinstance(value, float) and not value.is_integer()):
        raise ValueError(value)
    return int(value)


def _float(value: Any) -> float:
    if isinstance(value, bool):
        raise ValueError(value)
    return float(Fraction(value)) if isinstance(value, str) and "/" in value else float(value)


def _text(value: Any) -> str:
    return str(value)


_READ = {bool: _bool, int: _int, float: _float, str: _text}
_NAMED = {bool: "true or false", int: "a whole number", float: "a number", str: "a word"}


def _check(config: Config) -> None:
    """The values that no part of a run would refuse by itself, or not in words that help."""
    for name, low in (
        *(("batch", 1), ("epochs", 1), ("attack_steps", 0), ("eval_steps", 0), ("eval_batch", 1)),
        *(("eval_every", 1), ("eval_train", 0), ("held_back", 0), ("awp_from", 0), ("chunk", 1)),
        *(("ensgd_steps", 1), ("lr", 0), ("weight_decay", 0), ("awp", 0), ("beta", 0)),
        *(("train_size", 1), ("test_size", 1), ("ensgd_until", 0), ("ensgd_then_lr", 0)),
        *(("ensgd_from", 0), ("attack_unroll", 1), ("checkpoint_every", 1)),
    ):
        value = getattr(config, name)
        if value is not None and not low <= value < math.inf:
            raise ConfigError(f"{name} is at least {low} and finite; got {value}")
    if not 0 <= config.momentum < 1:
        raise ConfigError(f"momentum is in [0, 1); got {config.momentum}")
    for name in ("eps", "attack_step", "eval_step"):
        text = getattr(config, name)
        try:
            if name == "eps" and "eps" in text:
                raise ValueError(text)
            value = number(text, config.eps)
        except (ValueError, ZeroDivisionError):
            example = "8/255 or 0.5" if name == "eps" else "2/255, 0.01 or 0.15*eps"
            raise ConfigError(f"{name} is a length such as {example}; got {text!r}") from None
        if value < 0:
            raise ConfigError(f"{name} is a length, at least 0; got {text}")
        if value > 1 and config.norm == "linf":
            raise ConfigError(
                f"{name} is in input units, for linf at most 1; got {text}. For {text} grey levels "
                f"say {name}={text}/255"
            )
    for epoch, factor in config.lr_drops.items():
        known = isinstance(factor, int | float) and not isinstance(factor, bool)
        if not epoch.isdecimal() or not known or not 0 <= factor < math.inf:
            raise ConfigError(
                f"lr_drops maps epochs to factors, as lr_drops.100=0.1; got {epoch}={factor!r}"
            )
    if config.ensgd_until is not None and config.ensgd_until <= config.ensgd_from > 0:
        raise ConfigError(
            f"ensgd_until={config.ensgd_until} is not after ensgd_from={config.ensgd_from}"
        )
    if config.select == "val" and config.held_back < 1:
        raise ConfigError("select=val needs held_back examples to select by, at least 1; got 0")
