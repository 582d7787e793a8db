"""Which source files determine a figure's arrays: its own and all that it imports from us."""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Sequence
from functools import cache
from pathlib import Path

__all__ = ["source_digest", "source_files"]

ROOT = Path(__file__).resolve().parent.parent
# Changes to these change a picture, not its arrays.
DRAWING = {"figures.style", "figures.relief", "figures.figure"}


def source_digest(module: str, records: Sequence[str] = (), reported: Sequence[str] = ()) -> str:
    """Sixteen hexadecimal digits that change with `source_files(module)` and what is read."""
    from figures.recorded import record_path, reported_path

    digest = hashlib.sha256()
    for path in source_files(module):
        digest.update(path.read_bytes())
    for path in (*map(record_path, records), *map(reported_path, reported)):
        digest.update(path.read_bytes() if path.exists() else b"not recorded")
    return digest.hexdigest()[:16]


def source_files(module: str) -> list[Path]:
    """The files of a module and of what it imports, directly or not, from figures and theory.

    >>> names = [path.name for path in source_files("figures.gallery.kanai_early_fig3")]
    >>> "kanai_fig4.py" in names and "adversarial.py" in names and "style.py" not in names
    True
    """
    found: dict[str, Path] = {}
    waiting = [module]
    while waiting:
        name = waiting.pop()
        path = _path(name)
        if path is not None and name not in found and name not in DRAWING:
            found[name] = path
            waiting += _imported(path)
    return [found[name] for name in sorted(found)]


def _path(module: str) -> Path | None:
    if module.split(".")[0] not in ("figures", "theory"):
        return None
    path = ROOT.joinpath(*module.split("."))
    files = (path.with_suffix(".py"), path / "__init__.py")
    return next((file for file in files if file.is_file()), None)


@cache
def _imported(path: Path) -> list[str]:
    names: list[str] = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.append(node.module)
            names += [f"{node.module}.{alias.name}" for alias in node.names]
    return names
