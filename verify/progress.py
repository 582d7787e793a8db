"""Runs claims with a live display: what is done, how far, how long; Ctrl-C keeps what was done."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from typing import Any

from theory.claim import Claim
from verify.runner import Settings, run_claims

__all__ = ["run_with_progress"]


def run_with_progress(
    claims: Sequence[Claim], settings: Settings
) -> tuple[list[dict[str, Any]], bool]:
    """The records of all claims that ran, and whether the run was interrupted."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    records: list[dict[str, Any]] = []
    console = Console(stderr=True)
    columns = (
        TextColumn("verifying"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[last]}"),
    )
    lines = not sys.stderr.isatty()  # a log gets a line every ten seconds instead of a bar
    start = shown = time.monotonic()
    with Progress(*columns, console=console, disable=lines, transient=True) as progress:
        task = progress.add_task("verifying", total=len(claims), last="")
        try:
            for done, (id_, record) in enumerate(run_claims(claims, settings), start=1):
                if record is not None:
                    records.append(record)
                progress.update(task, advance=1, last=id_)
                now = time.monotonic()
                if lines and now - shown > 10:
                    shown = now
                    print(f"{done}/{len(claims)} claims, {now - start:.0f} s", file=sys.stderr)
        except KeyboardInterrupt:
            return records, True
    return records, False
