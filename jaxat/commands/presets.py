"""``python -m jaxat presets``: the experiments by name."""

from __future__ import annotations

from collections.abc import Sequence

from jaxat import presets
from jaxat.commands.arguments import Parser, UsageError, complain
from jaxat.commands.columns import columns
from jaxat.presets import Preset

__all__ = ["main"]


def main(words: Sequence[str]) -> int:
    """Runs ``python -m jaxat presets WORDS``. 0: listed; 2: a mistake in the call."""
    parser = Parser("presets", "List the presets: what they are, on what, and what is reported.")
    try:
        parser.parse_args(list(words))
    except UsageError as error:
        return complain("presets", error)
    rows = [("name", "data set", "reported", "what")]
    for name in presets.names():
        preset = presets.get(name)
        rows.append((name, preset.config.dataset, _reported(preset), preset.what.rstrip(".")))
    print(columns(rows))
    print("\npython -m jaxat show NAME says more; python -m jaxat train NAME trains it.")
    return 0


def _reported(preset: Preset) -> str:
    if "mean" in preset.reported:
        return f"{preset.reported['mean']}±{preset.reported['std']}"
    if "rows" in preset.reported:
        return f"{len(preset.reported['rows'])} rows"
    return "-"
