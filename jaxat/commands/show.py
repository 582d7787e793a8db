"""``python -m jaxat show``: the contract of a preset and all of its settings."""

from __future__ import annotations

import dataclasses
import json
import shutil
import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

from jaxat import presets
from jaxat.commands.arguments import Parser, UsageError, complain
from jaxat.config import Config, ConfigError
from jaxat.presets import Preset
from jaxat.settings import MEANING

__all__ = ["main"]


def main(words: Sequence[str]) -> int:
    """Runs ``python -m jaxat show WORDS``. 0: shown; 2: a mistake in the call."""
    parser = Parser(
        "show",
        "Print the contract of a preset and every setting with its meaning. A setting that is not "
        "the default is marked with *, one that --set or --smoke changed with !.",
    )
    parser.add_argument("preset", metavar="PRESET")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", dest="settings")
    parser.add_argument("--smoke", action="store_true", help="the settings of train --smoke")
    try:
        chosen = parser.parse_args(list(words))
        named = presets.get(chosen.preset)
        preset = presets.smoke(named) if chosen.smoke else named
        preset = preset.with_settings(chosen.settings)
    except (UsageError, ConfigError) as error:
        return complain("show", error)
    print(f"{preset.name}\n\n{preset.doc}\n")
    for key, values in preset.sweep.items():
        print(f"One run for each {key} of {', '.join(values)}.\n")
    print("Settings (--set KEY=VALUE; * is not the default, ! was changed in this call):")
    print(_settings(preset, named.config))
    return 0


def _settings(preset: Preset, contract: Config) -> str:
    """A line, or a few, for every setting."""
    usual = Config()
    names = [field.name for field in dataclasses.fields(Config)]
    shown = {name: _text(_value(preset, name)) for name in names}
    first, second = max(map(len, names)), min(28, max(map(len, shown.values())))
    width = max(60, min(120, shutil.get_terminal_size((100, 24)).columns))
    start = " " * (first + second + 6)
    lines = []
    for name in names:
        mine = getattr(preset.config, name)
        changed = mine != getattr(contract, name)
        mark = "!" if changed else "*" if mine != getattr(usual, name) else " "
        head = f"{mark} {name:{first}}  {shown[name]:{second}}  "
        # What is too long for its column pushes its meaning onto the next line.
        if len(head) > len(start):
            lines.append(head.rstrip())
            head = start
        lines.append(
            textwrap.fill(MEANING[name], width, initial_indent=head, subsequent_indent=start)
        )
    return "\n".join(lines)


def _value(preset: Preset, name: str) -> Any:
    return "(swept)" if name in preset.sweep else getattr(preset.config, name)


def _text(value: Any) -> str:
    if value is None:
        return "none"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Mapping):
        return json.dumps(dict(value))
    return f"{value:g}" if isinstance(value, float) else str(value)
