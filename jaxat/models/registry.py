"""Models by name."""

from __future__ import annotations

import dataclasses
import inspect
import numbers
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import flax.linen as nn
import numpy as np

from jaxat.models.model import Model
from jaxat.models.networks import BinaryLogistic, PreActResNet, ResNet, SmallCNN, WideResNet
from jaxat.models.style import Style, check_positive_int, did_you_mean

__all__ = ["available", "build", "options"]


@dataclass(frozen=True)
class Architecture:
    """``make(style, **own)`` builds the module; ``style`` has defaults other than the usual."""

    make: Callable[..., nn.Module]
    style: Mapping[str, Any] = field(default_factory=dict)
    input_rank: int | None = 3


def _logistic(style: Style, *, bias: bool = True) -> nn.Module:
    _check_flag("bias", bias)
    return BinaryLogistic(style, bias)


def _small_cnn(
    style: Style,
    *,
    num_classes: int = 10,
    width: int = 16,
    hidden: int = 100,
    batch_norm: bool = False,
) -> nn.Module:
    check_positive_int("num_classes", num_classes, 2)
    check_positive_int("width", width)
    check_positive_int("hidden", hidden)
    _check_flag("batch_norm", batch_norm)
    return SmallCNN(style, num_classes, width, hidden, batch_norm)


def _preactresnet18(style: Style, *, num_classes: int = 10, width: int = 64) -> nn.Module:
    check_positive_int("num_classes", num_classes, 2)
    check_positive_int("width", width)
    return PreActResNet(style, num_classes, width)


def _resnet18(style: Style, *, num_classes: int = 10, width: int = 64) -> nn.Module:
    check_positive_int("num_classes", num_classes, 2)
    check_positive_int("width", width)
    return ResNet(style, num_classes, width)


def _wrn(
    style: Style,
    *,
    depth: int,
    width: int,
    num_classes: int = 10,
    base_width: int = 16,
    dropout: float = 0.0,
) -> nn.Module:
    check_positive_int("num_classes", num_classes, 2)
    check_positive_int("depth", depth, 10)
    check_positive_int("width", width)
    check_positive_int("base_width", base_width)
    if (depth - 4) % 6:
        raise ValueError(
            f"depth of a wide residual network is 6 n + 4 (10, 16, 22, 28, 34, ...); got {depth}."
        )
    real = isinstance(dropout, numbers.Real) and not isinstance(dropout, bool)
    if not real or not 0 <= dropout < 1:
        raise ValueError(f"dropout is a probability in [0, 1); got {dropout!r}.")
    return WideResNet(style, num_classes, depth, width, base_width, float(dropout))


def _check_flag(option: str, value: object) -> None:
    if not isinstance(value, bool):
        raise ValueError(f"{option} is True or False; got {value!r}.")


def _plain(value: Any) -> Any:
    """A scalar of NumPy as Python's own, so that ``Model.options`` can be written as JSON."""
    return value.item() if isinstance(value, np.generic) else value


ARCHITECTURES: Mapping[str, Architecture] = {
    "logistic": Architecture(_logistic, input_rank=None),
    "small-cnn": Architecture(_small_cnn),
    "preactresnet18": Architecture(_preactresnet18),
    "resnet18": Architecture(_resnet18),
    "wrn": Architecture(_wrn, {"init": "he"}),
}
# The reference's, besides the generic "wrn" and every "wrn-DEPTH-WIDTH".
_SIZED = re.compile(r"wrn-(\d+)-(\d+)")
_WELL_KNOWN = ("wrn-28-10", "wrn-34-10")


def available() -> tuple[str, ...]:
    """Names that ``build`` knows; every other ``wrn-DEPTH-WIDTH`` is a name too.

    >>> available()
    ('logistic', 'preactresnet18', 'resnet18', 'small-cnn', 'wrn', 'wrn-28-10', 'wrn-34-10')
    """
    return tuple(sorted((*ARCHITECTURES, *_WELL_KNOWN)))


def options(name: str) -> dict[str, Any]:
    """Options of the model ``name`` with their defaults; ``inspect.Parameter.empty`` has none.

    >>> options("logistic")["bias"], options("wrn-34-10")["init"]
    (True, 'he')
    """
    architecture, fixed = resolve(name)
    own = inspect.signature(architecture.make).parameters
    defaults = {key: own[key].default for key in own if key != "style" and key not in fixed}
    style = dataclasses.asdict(Style(**architecture.style))
    return {**defaults, **style}


def build(name: str, **chosen: Any) -> Model:
    """The model ``name`` with the given options.

    - ``"logistic"``: binary, logits (0, wᵀx + b) of the flattened input; ``bias``.
    - ``"small-cnn"``: convolutions 4x4 of stride 2 with ``width`` and twice ``width`` channels,
      ``hidden`` units; ``batch_norm``, ``num_classes``. For work on a CPU.
    - ``"preactresnet18"``: what the public code of adversarial weight perturbation trains and
      calls ResNet-18: 11,172,170 parameters; ``num_classes``, ``width`` (64).
    - ``"resnet18"``: the ResNet-18 with post-activation; the same options.
    - ``"wrn-34-10"``, any ``"wrn-DEPTH-WIDTH"``, or ``"wrn"`` with ``depth`` and ``width``:
      46,160,474 parameters for 34 and 10; ``num_classes``, ``base_width`` (16), ``dropout`` (0).

    The options of ``jaxat.models.Style`` go with every one of them.

    Raises:
        ValueError: unknown name or option (with the nearest ones), or a value out of range.

    >>> build("resnet18", width=8, normalization="cifar10").options["width"]
    8
    >>> build("preact-resnet18")
    Traceback (most recent call last):
    ValueError: Unknown model 'preact-resnet18'. Did you mean preactresnet18, resnet18?
    """
    architecture, fixed = resolve(name)
    defaults = options(name)
    for option in chosen:
        if option in fixed:
            raise ValueError(
                f"{option}={chosen[option]!r}: the name {name!r} already says {fixed[option]}. "
                f"Take 'wrn' to choose it."
            )
        if option not in defaults:
            raise ValueError(
                f"Unknown option {option!r} of model {name!r}. {did_you_mean(option, defaults)}"
            )
    values = {key: _plain(value) for key, value in {**defaults, **chosen}.items()}
    absent = [key for key, value in values.items() if value is inspect.Parameter.empty]
    if absent:
        raise ValueError(
            f"Model {name!r} needs {' and '.join(f'{key}=' for key in absent)}, for example "
            "'wrn-34-10', or depth=34 and width=10."
        )
    shared = {f.name for f in dataclasses.fields(Style)}
    style = Style(**{key: values[key] for key in values if key in shared})
    own = {key: values[key] for key in values if key not in shared}
    module = architecture.make(style, **own, **fixed)
    return Model(name, {**own, **dataclasses.asdict(style)}, module, architecture.input_rank)


def resolve(name: str) -> tuple[Architecture, dict[str, int]]:
    """The architecture of a name, and the options that the name itself fixes."""
    sized = _SIZED.fullmatch(name) if isinstance(name, str) else None
    if sized is not None:
        return ARCHITECTURES["wrn"], {"depth": int(sized[1]), "width": int(sized[2])}
    if not isinstance(name, str) or name not in ARCHITECTURES:
        raise ValueError(f"Unknown model {name!r}. {did_you_mean(name, available())}")
    return ARCHITECTURES[name], {}
