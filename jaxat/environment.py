"""With what and on what a result was computed; nothing that names a person, a machine or a path."""

from __future__ import annotations

import os
import platform
import shlex
import subprocess
import sys
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

import jax

__all__ = ["environment"]

_PACKAGES = ("jax", "jaxlib", "flax", "optax", "numpy")
# What computes on a GPU or TPU, named where it is installed.
_PLUGINS = ("jax-cuda12-plugin", "jax-cuda13-plugin", "libtpu")


def environment(command: Sequence[str] | None = None) -> dict[str, Any]:
    """Versions, devices, precision, commit and command line. Starts JAX's backend.

    Args:
        command: the words of the command; by default this process's. Of absolute paths in it, the
            last part is kept.

    >>> found = environment(["train", "yamada-table1", "--workdir", "/home/someone/runs/first"])
    >>> found["command"]
    'train yamada-table1 --workdir .../first'
    """
    from jaxat import __version__

    devices = jax.devices()
    return {
        "jaxat": __version__,
        "commit": _commit(),
        "command": shlex.join(_words(sys.argv) if command is None else map(_pathless, command)),
        "python": platform.python_version(),
        "platform": f"{sys.platform}-{platform.machine()}",
        "cpus": os.cpu_count(),
        "backend": jax.default_backend(),
        "device": devices[0].device_kind,
        "devices": len(devices),
        "processes": jax.process_count(),
        "x64": bool(_setting("jax_enable_x64")),
        "matmul_precision": _setting("jax_default_matmul_precision"),
        "packages": {
            **{name: _version(name) for name in _PACKAGES},
            **{name: found for name in _PLUGINS if (found := _version(name)) is not None},
        },
    }


def _setting(name: str) -> Any:
    return getattr(jax.config, name)  # JAX's attributes are made at run time


def _words(argv: Sequence[str]) -> list[str]:
    program = Path(argv[0]) if argv else Path()
    if program.name == "__main__.py":
        start = ["python", "-m", program.parent.name]
    else:
        start = ["python", *([program.name] if program.name else [])]
    return [*start, *map(_pathless, argv[1:])]


def _pathless(word: str) -> str:
    before, equals, value = word.rpartition("=")
    if value.startswith("~") or os.path.isabs(value):
        return f"{before}{equals}.../{Path(value).name}"
    return word


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def _commit() -> str | None:
    """Of the checkout that this file is in, with ``+changes`` where it is not clean.

    For a copy without its history ``JAXAT_COMMIT`` may say it.
    """
    checkout = Path(__file__).resolve().parents[1]
    if not (checkout / ".git").exists():  # or the commit of whatever lies around an installation
        return os.environ.get("JAXAT_COMMIT") or None
    describe = ["git", "describe", "--always", "--abbrev=40", "--exclude=*", "--dirty=+changes"]
    try:
        found = subprocess.run(
            describe, cwd=checkout, capture_output=True, text=True, timeout=10, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return found.stdout.strip() or None
