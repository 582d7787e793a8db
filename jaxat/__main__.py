"""``python -m jaxat``: the commands of the trainer."""

from __future__ import annotations

import difflib
import sys
from collections.abc import Sequence

from jaxat.data.command import main as data

__all__ = ["main"]

COMMANDS = ("data", "evaluate", "presets", "show", "table", "train")
BUILT = {"data": data}


def main(arguments: Sequence[str]) -> int:
    """Runs ``python -m jaxat ARGUMENTS`` and returns the exit status."""
    words = list(arguments)
    if words and words[0] in ("-h", "--help"):
        print(f"usage: python -m jaxat {{{','.join(BUILT)}}} ...; each says more with --help")
        return 0
    if words and words[0] in BUILT:
        return BUILT[words[0]](words[1:])
    print(f"jaxat: {_complaint(words)}", file=sys.stderr)
    return 2


def _complaint(words: list[str]) -> str:
    if not words:
        return f"say what to do: {', '.join(BUILT)}"
    if words[0] in COMMANDS:
        return f"the command {words[0]} is not built yet; there is {', '.join(BUILT)}"
    near = difflib.get_close_matches(words[0], COMMANDS, n=2, cutoff=0.5)
    hint = f"did you mean {' or '.join(near)}?" if near else f"there is {', '.join(BUILT)}"
    return f"unknown command {words[0]!r}; {hint}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
