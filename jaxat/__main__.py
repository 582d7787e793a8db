"""``python -m jaxat``: the commands of the trainer."""

from __future__ import annotations

import difflib
import importlib
import os
import sys
from collections.abc import Sequence

__all__ = ["COMMANDS", "main"]

# Imported when they are called: listing presets shall not wait for JAX.
COMMANDS = {
    "data": "jaxat.data.command",
    "evaluate": "jaxat.commands.evaluate",
    "presets": "jaxat.commands.presets",
    "show": "jaxat.commands.show",
    "table": "jaxat.commands.table",
    "train": "jaxat.commands.train",
}


def main(arguments: Sequence[str]) -> int:
    """Runs ``python -m jaxat ARGUMENTS`` and returns the exit status."""
    words = list(arguments)
    if words and words[0] in ("-h", "--help"):
        print(f"usage: python -m jaxat {{{','.join(COMMANDS)}}} ...; each says more with --help")
        return 0
    if words and words[0] in COMMANDS:
        try:
            status = importlib.import_module(COMMANDS[words[0]]).main(words[1:])
            sys.stdout.flush()
        except BrokenPipeError:
            # Whoever read the output, such as head, has had enough.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return 1
        return status
    print(f"jaxat: {_complaint(words)}", file=sys.stderr)
    return 2


def _complaint(words: list[str]) -> str:
    if not words:
        return f"say what to do: {', '.join(COMMANDS)}"
    near = difflib.get_close_matches(words[0], COMMANDS, n=2, cutoff=0.5)
    hint = f"did you mean {' or '.join(near)}?" if near else f"there is {', '.join(COMMANDS)}"
    return f"unknown command {words[0]!r}; {hint}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
