"""Writes what was measured into README.md and benchmarks/README.md, from the records alone.

python benchmarks/report.py --write    # after new records
python benchmarks/report.py --check    # is what stands there what the records say?

Sources: gpu.json, train_speed.json, autoattack_speed.json, verify_speed.json and
figures_speed.json in benchmarks/results; what is not there is written as not measured.
Status: 0 all well; 1 stale; 2 a record or a page that cannot be used.
"""

from __future__ import annotations

import argparse
import itertools
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))


def pages(root: Path) -> dict[Path, str]:
    """Both pages as they should be, from the records below ``root``.

    Raises:
        ValueError: a record cannot be quoted, or a page has lost its marks.
    """
    from benchmarks.reporting.missing import not_measured
    from benchmarks.reporting.on_cpu import read_records
    from benchmarks.reporting.performance import performance
    from benchmarks.reporting.records import gpu_stages
    from benchmarks.reporting.tuned import tuning
    from verify.generated import between

    results = root / "benchmarks" / "results"
    stages, records = gpu_stages(results / "gpu.json"), read_records(results)
    parts = {
        "README.md": {
            "performance": performance(stages, records),
            "not measured": not_measured(stages, records, results),
        },
        "benchmarks/README.md": {"tuning": tuning(stages)},
    }
    found = {}
    for name, generated in parts.items():
        path = root / name
        try:
            text = path.read_text(encoding="utf-8")
        except OSError as error:
            raise ValueError(f"{name} cannot be read: {error.strerror}; restore it") from None
        for part, content in generated.items():
            text = between(text, part, content, name)
        found[path] = text
    return found


def difference(old: str, new: str) -> str | None:
    """The first line that differs, as it is and as it should be; None if there is none.

    >>> print(difference("a\\nb 1\\nc", "a\\nb 2\\nc"))
    line 2 is 'b 1' and should be 'b 2'
    """
    lines = itertools.zip_longest(old.splitlines(), new.splitlines(), fillvalue="")
    for number, (one, other) in enumerate(lines, start=1):
        if one != other:
            return f"line {number} is {one!r} and should be {other!r}"
    return None if old == new else "its ends of lines differ"


def main(words: Sequence[str] | None = None, root: Path = ROOT) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    group = parser.add_mutually_exclusive_group(required=True)
    group.add_argument("--write", action="store_true", help="write both pages")
    group.add_argument("--check", action="store_true", help="status 1 if a page is stale")
    chosen = parser.parse_args(words)
    try:
        wanted = pages(root)
    except ValueError as error:
        print(f"report.py: {error}", file=sys.stderr)
        return 2
    stale = 0
    for path, text in wanted.items():
        differs = difference(path.read_text(encoding="utf-8"), text)
        if differs is None:
            continue
        stale += 1
        name = path.relative_to(root)
        if chosen.write:
            path.write_text(text, encoding="utf-8")
            print(f"wrote {name}")
        else:
            print(f"stale: {name}: {differs}; run python benchmarks/report.py --write")
    return 1 if stale and chosen.check else 0


if __name__ == "__main__":
    sys.exit(main())
