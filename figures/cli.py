"""The command line of the figures: which ones, where to, in which formats.

Exit 0: drawn; 2: wrong usage, one line each; 130: interrupted.
"""

from __future__ import annotations

import argparse
import difflib
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from figures.figure import Figure, all_figures

__all__ = ["main"]

FORMATS = ("png", "pdf", "svg", "html")
ROOT = Path(__file__).resolve().parent.parent


class UsageError(Exception):
    """Wrong usage: shown as one line, exit 2."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message}; see python -m figures --help")


def parser() -> argparse.ArgumentParser:
    p = _Parser(prog="python -m figures", description="Draw the figures of both papers, and ours.")
    add = p.add_argument
    add("names", nargs="*", metavar="NAME", help="figures by name, or 'all' (the default)")
    add("--out", default="build/figures", metavar="DIR", help="folder (default build/figures)")
    add("--format", default="png", metavar="LIST", help=f"of {','.join(FORMATS)} (default png)")
    add("--dpi", type=int, default=200, metavar="N", help="of png files, 20 to 1200")
    add("--resolution", type=int, metavar="N", help="grid points along an axis, 5 to 2001")
    add("--smoke", action="store_true", help="small grids, to see that everything works")
    add(
        "--workers",
        type=int,
        default=min(os.cpu_count() or 1, 4),
        metavar="N",
        help="processes (default: one a core, at most 4)",
    )
    add("--list", action="store_true", help="list the figures")
    add("--gallery", action="store_true", help="write docs/gallery.md and its pictures")
    return p


def main(arguments: Sequence[str]) -> int:
    """Run the command; returns the exit status."""
    try:
        return _main(list(arguments))
    except UsageError as error:
        print(f"figures: {error.args[0]}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("figures: interrupted; finished figures are kept", file=sys.stderr)
        return 130


def _main(arguments: list[str]) -> int:
    options = parser().parse_args(arguments)
    if options.list:
        for figure in all_figures().values():
            print(f"{figure.name}\t{figure.title}\t{figure.source}")
        return 0
    chosen = _chosen(options.names)
    formats = _formats(options.format)
    _in_range("--dpi", options.dpi, 20, 1200)
    _in_range("--workers", options.workers, 1, 64)
    if options.resolution is not None:
        _in_range("--resolution", options.resolution, 5, 2001)
    if options.gallery and (options.names or options.smoke or options.resolution):
        raise UsageError("--gallery draws all figures at their own resolution; choose nothing else")
    folder = _writable(Path(options.out))
    import jax

    jax.config.update("jax_enable_x64", True)
    if options.gallery:
        from figures.pages import write_gallery

        write_gallery(ROOT / "docs", folder)
        return 0
    _draw_all(chosen, formats, folder, options)
    return 0


def _chosen(names: Sequence[str]) -> list[Figure]:
    known = all_figures()
    for name in names:
        if name not in known and name != "all":
            near = difflib.get_close_matches(name, known, n=3, cutoff=0.3)
            hint = f"; nearest: {', '.join(near)}" if near else ""
            raise UsageError(f"no figure is named {name!r}{hint}; see python -m figures --list")
    chosen = known if not names or "all" in names else dict.fromkeys(names)
    return [known[name] for name in chosen]


def _formats(text: str) -> list[str]:
    formats = [part.strip() for part in text.split(",") if part.strip()]
    unknown = [part for part in formats if part not in FORMATS]
    if unknown or not formats:
        raise UsageError(f"--format takes a list of {', '.join(FORMATS)}; got {text!r}")
    return list(dict.fromkeys(formats))


def _in_range(option: str, value: int, low: int, high: int) -> None:
    if not low <= value <= high:
        raise UsageError(f"{option} must be in [{low}, {high}], got {value}")


def _writable(folder: Path) -> Path:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"cannot make the folder {folder}: {error.strerror}") from None
    if not os.access(folder, os.W_OK):
        raise UsageError(f"cannot write into {folder}: choose another folder with --out")
    return folder


def _draw_all(
    chosen: Sequence[Figure], formats: Sequence[str], folder: Path, options: argparse.Namespace
) -> None:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    from figures.drawing import Job, draw_each

    dpi = 60 if options.smoke else options.dpi
    jobs = []
    for figure in chosen:
        size = figure.smoke if options.smoke else options.resolution or figure.resolution
        jobs.append(Job(figure.name, size, tuple(formats), folder, dpi))
    costs = {figure.name: figure.cost for figure in chosen}
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    console = Console(stderr=True)
    quiet = not sys.stderr.isatty()
    with Progress(*columns, console=console, disable=quiet, transient=True) as progress:
        task = progress.add_task("drawing", total=sum(costs.values()))
        for done in draw_each(jobs, options.workers, costs):
            progress.update(task, advance=costs[done.name], description=done.name)
            how = "computed" if done.computed else "redrawn from stored arrays"
            print(f"{done.name}: {how} in {done.seconds:.1f} s")
            for line in done.lines:
                print(line)
