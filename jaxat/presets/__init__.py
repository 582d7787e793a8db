"""Experiments by name: those of the papers, and small ones for a laptop.

``python -m jaxat presets`` lists them, ``python -m jaxat show NAME`` prints one.
"""

from __future__ import annotations

import difflib
from functools import cache

from jaxat.config import ConfigError
from jaxat.presets.preset import Preset, smoke

__all__ = ["Preset", "get", "names", "smoke"]


@cache
def _all() -> dict[str, Preset]:
    from jaxat.presets import kanai, kanai_trades, short, small, yamada

    rooms = (kanai, kanai_trades, short, small, yamada)
    return {preset.name: preset for room in rooms for preset in room.PRESETS}


def names() -> tuple[str, ...]:
    """The names of all presets.

    >>> len([name for name in names() if name.startswith("yamada-table")])
    6
    """
    return tuple(_all())


def get(name: str) -> Preset:
    """The preset ``name``.

    Raises:
        ConfigError: there is no such preset; the message has the nearest names.

    >>> get("cifar10-rn18-awp").config.awp
    0.01
    >>> get("cifar10-rn18-wap")
    Traceback (most recent call last):
    jaxat.config.ConfigError: unknown preset 'cifar10-rn18-wap'; did you mean cifar10-rn18-awp ...
    """
    known = _all()
    if name in known:
        return known[name]
    near = difflib.get_close_matches(name, known, n=3, cutoff=0.5)
    hint = f"did you mean {' or '.join(near)}?" if near else "python -m jaxat presets lists them"
    raise ConfigError(f"unknown preset {name!r}; {hint}")
