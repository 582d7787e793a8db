"""A named experiment: its configuration, what it is swept over, and its contract."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import product
from typing import Any, Literal

from jaxat.config import Config, with_settings

__all__ = ["Preset", "smoke"]

# Of a smoke run: images in a minibatch, and minibatches in an epoch.
_BATCH, _MINIBATCHES = 8, 2


@dataclass(frozen=True)
class Preset:
    """An experiment by name.

    ``doc`` is its contract: command, hardware and time, expected numbers, what the source leaves
    open and what was chosen; its first line says what it is. ``sweep`` maps settings to the values
    that they run through, as texts of ``--set``. ``reported`` is what the source prints, in types
    that JSON knows; empty for experiments of our own. ``judged_by`` is the attack that the source's
    robust accuracy is against; training itself evaluates against PGD.

    Raises:
        ConfigError: a setting of the sweep does not exist, or a value is one that it cannot have.

    >>> preset = Preset("mine", Config(), "Mine.", {"eps": ("4/255", "8/255")})
    >>> [(label, config.eps) for label, config in preset.points()]
    [('eps-4_255', '4/255'), ('eps-8_255', '8/255')]
    >>> preset.with_settings(["eps=0.1"]).points()[0][0]
    ''
    """

    name: str
    config: Config
    doc: str
    sweep: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    reported: Mapping[str, Any] = field(default_factory=dict)
    judged_by: Literal["pgd", "autoattack"] = "pgd"

    def __post_init__(self) -> None:
        self.points()

    @property
    def what(self) -> str:
        """The first line of the contract."""
        return self.doc.strip().partition("\n")[0]

    def points(self) -> tuple[tuple[str, Config], ...]:
        """Every point of the sweep: the name of its folder, and its configuration.

        One point without a name if there is no sweep.
        """
        found = []
        for values in product(*self.sweep.values()):
            chosen = list(zip(self.sweep, values, strict=True))
            label = "-".join(f"{key}-{value.replace('/', '_')}" for key, value in chosen)
            settings = [f"{key}={value}" for key, value in chosen]
            found.append((label, with_settings(self.config, settings)))
        return tuple(found)

    def with_settings(self, settings: Iterable[str]) -> Preset:
        """The preset with settings as ``jaxat.config.with_settings`` reads them.

        A setting that the preset sweeps over is swept over no longer.
        """
        settings = list(settings)
        config = with_settings(self.config, settings)
        chosen = {setting.partition("=")[0].strip() for setting in settings}
        sweep = {key: values for key, values in self.sweep.items() if key not in chosen}
        return dataclasses.replace(self, config=config, sweep=sweep)


def smoke(preset: Preset) -> Preset:
    """The same run made tiny, to see that all of its parts work: seconds on one core.

    A computed data set stands in for the real one, so that nothing has to be prepared, and a
    narrow and shallow network for the network. There are two minibatches of eight
    images an epoch, one step of every attack (two in evaluation), two Langevin minibatches, the
    first two points of a sweep, and as few epochs as it takes to pass every change of phase once:
    two, or three if EntropySGD both begins late and ends early. The numbers that come out mean
    nothing.

    >>> tiny = smoke(Preset("mine", Config(ensgd="first", lr_drops={"100": 0.1}), "Mine."))
    >>> tiny.config.epochs, tiny.config.ensgd_steps, dict(tiny.config.lr_drops)
    (2, 2, {'1': 0.1})
    """
    config = preset.config
    held_back = _BATCH if config.select == "val" else 0
    late = bool(config.ensgd_from)
    until = None if config.ensgd_until is None else 1 + late
    model, narrow = _narrow(config.model)
    drops = [config.lr_drops[at] for at in sorted(config.lr_drops, key=int)]
    tiny = dataclasses.replace(
        config,
        dataset="synthetic-two" if config.model == "logistic" else "synthetic-rgb",
        train_size=_BATCH * _MINIBATCHES + held_back,
        test_size=2 * _BATCH,
        held_back=held_back,
        batch=_BATCH,
        model=model,
        model_options={**config.model_options, **narrow},
        attack_steps=min(config.attack_steps, 1),
        epochs=max(2, (until or 0) + 1),
        lr_drops={"1": drops[0]} if drops else {},
        awp_from=min(config.awp_from, 1),
        ensgd_steps=_MINIBATCHES,
        ensgd_from=min(config.ensgd_from, 1),
        ensgd_until=until,
        eval_every=1,
        eval_steps=min(config.eval_steps, 2),
        eval_batch=2 * _BATCH,
        eval_train=0,
    )
    sweep = {key: values[:2] for key, values in preset.sweep.items()}
    return dataclasses.replace(preset, config=tiny, sweep=sweep)


def _narrow(model: str) -> tuple[str, dict[str, Any]]:
    """A network of residual blocks, or the small one itself, that compiles and runs in seconds."""
    if model.startswith("wrn"):
        return "wrn-10-1", {"base_width": 4}
    if model in ("preactresnet18", "resnet18"):
        return "wrn-10-1", {"base_width": 4, "init": "torch"}
    return model, {} if model == "logistic" else {"width": 4}
