"""Numbers, targets, tables and lines of provenance, as Markdown."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from benchmarks.reporting.records import Entry

__all__ = [
    "NOT_MEASURED",
    "Row",
    "Target",
    "cell",
    "listed",
    "provenance",
    "rounded",
    "short",
    "table",
]

NOT_MEASURED = "not measured"
_NAMES = {"jax": "JAX", "flax": "Flax", "numpy": "NumPy", "scipy": "SciPy", "sympy": "SymPy"}


@dataclass(frozen=True)
class Target:
    """A bound that a number is judged by."""

    side: Literal["at most", "at least"]
    bound: float

    def met(self, value: float) -> bool:
        """Whether ``value`` is on the right side of the bound; the bound itself is.

        >>> Target("at most", 1.15).met(1.15), Target("at least", 3).met(float("nan"))
        (True, False)
        """
        return value <= self.bound if self.side == "at most" else value >= self.bound

    def __str__(self) -> str:
        return f"{'≤' if self.side == 'at most' else '≥'} {self.bound:,.12g}"

    def judged(self, value: float | None, unit: str = "") -> str:
        """The bound, and the verdict on a value.

        >>> Target("at least", 10_000).judged(9_999.0)
        '≥ 10,000: **not met**'
        """
        if value is None:
            return f"{self}{unit}"
        return f"{self}{unit}: {'met' if self.met(value) else '**not met**'}"


def rounded(value: float, decimals: int, target: Target | None = None) -> str:
    """``value`` with so many decimals, or more, until it is as good or as bad as it was.

    >>> rounded(1.1534, 2), rounded(1.1534, 2, Target("at most", 1.15)), rounded(15524.3, 0)
    ('1.15', '1.153', '15,524')
    """
    if not math.isfinite(value):
        return "not finite"
    for more in range(decimals, decimals + 12):
        shown = f"{value:,.{more}f}"
        if target is None or target.met(float(shown.replace(",", ""))) == target.met(value):
            return shown
    return repr(value)


def cell(value: float | None, decimals: int, target: Target | None = None, unit: str = "") -> str:
    """A number with its target in one cell.

    >>> cell(1.127, 2, Target("at most", 1.15)), cell(None, 2, Target("at most", 1.15))
    ('1.13 (≤ 1.15: met)', 'not measured (≤ 1.15)')
    """
    shown = NOT_MEASURED if value is None else rounded(value, decimals, target) + unit
    return shown if target is None else f"{shown} ({target.judged(value, unit)})"


class Row(NamedTuple):
    """A line of a table of single numbers. No ``value`` and no ``text``: it was not measured.

    ``text`` stands for the number, or says why there is none.
    """

    what: str
    value: float | None = None
    decimals: int = 2
    unit: str = ""
    target: Target | None = None
    remark: str = ""
    text: str = ""

    def cells(self) -> tuple[str, str, str]:
        judged = "" if self.target is None else self.target.judged(self.value, self.unit)
        if self.value is None:
            return self.what, self.text or NOT_MEASURED, judged
        shown = (self.text or rounded(self.value, self.decimals, self.target)) + self.unit
        return self.what, f"{shown}; {self.remark}" if self.remark else shown, judged


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table; bars and line breaks in cells are made harmless."""
    lines = [header, ["---"] * len(header), *rows]
    return "".join(f"| {' | '.join(map(_harmless, line))} |\n" for line in lines)


def listed(rows: Iterable[Row]) -> str:
    """A table of single numbers beside their targets."""
    return table(("", "measured", "target"), (row.cells() for row in rows))


def _harmless(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def short(error: str, most: int = 160) -> str:
    """An error on one line, without what Markdown would take for marks.

    >>> short("RuntimeError: out of\\n  memory `x`")
    "failed: RuntimeError: out of memory 'x'"
    """
    line = " ".join(error.split()).replace("`", "'").replace("*", "\\*")
    return f"failed: {line if len(line) <= most else line[: most - 1] + '…'}"


def provenance(entries: Mapping[str, Entry], whole: str = "") -> str:
    """With what each was measured, a line for those that were measured alike.

    ``entries`` are labelled as the reader knows them, or ``whole`` if all of them were measured
    alike. What a record does not say is said to be missing.
    """
    alike: dict[str, list[str]] = {}
    for label, entry in entries.items():
        alike.setdefault(_made_with(entry.environment), []).append(label)
    if whole and len(alike) == 1:
        alike = {text: [whole] for text in alike}
    return "".join(f"- {'; '.join(labels)}: {text}.\n" for text, labels in alike.items())


def _made_with(environment: Mapping[str, Any]) -> str:
    return "; ".join(
        [
            _device(environment),
            _versions(environment),
            _command(environment),
            _commit(environment.get("commit")),
        ]
    )


def _device(environment: Mapping[str, Any]) -> str:
    device, count = environment.get("device"), environment.get("devices") or 1
    if device not in (None, "cpu"):
        return f"{count} × {device}" if count > 1 else str(device)
    cores = environment.get("cpus")
    where = "CPU" if cores is None else f"CPU, {cores} cores"
    return f"{where} ({environment['platform']})" if environment.get("platform") else where


def _versions(environment: Mapping[str, Any]) -> str:
    packages = {"python": environment.get("python"), **environment.get("packages", {})}
    found = [
        f"{_NAMES.get(name, 'Python' if name == 'python' else name)} {version}"
        for name, version in packages.items()
        if version and name != "jaxlib"
    ]
    return ", ".join(found) or "versions not recorded"


def _command(environment: Mapping[str, Any]) -> str:
    """The command from the checkout's root; records keep the name of a script alone."""
    command = environment.get("command")
    if command is None:
        return "command not recorded"
    shown = re.sub(r"^python (?=\w+\.py)", "python benchmarks/", str(command))
    return f"`{shown}`"


def _commit(commit: str | None) -> str:
    """Twelve digits of it, and whether the checkout was clean.

    >>> _commit("43f26bd37ccf1a2b3c4d+changes"), _commit(None)
    ('commit 43f26bd37ccf with changes', 'commit not recorded')
    """
    if not commit:
        return "commit not recorded"
    digits, changed, _ = commit.partition("+")
    return f"commit {digits[:12]}{' with changes' if changed else ''}"
