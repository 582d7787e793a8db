"""The command line: what to run, with which numbers, and what the exit status means.

Exit 0: all as expected; 1: evidence drifted, was vacuous, or a page is stale; 2: wrong usage;
130: interrupted, after reporting what was done.
"""

from __future__ import annotations

import argparse
import difflib
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

from theory.claim import Claim
from theory.registry import all_claims, broken_links, counterexamples, select

__all__ = ["main"]

ROOT = Path(__file__).resolve().parent.parent
_METHODS = ("symbolic", "exact", "rigorous", "numeric", "empirical")


class UsageError(Exception):
    """Wrong usage: shown as one line, exit 2."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message}; see python -m verify --help")


def parser() -> argparse.ArgumentParser:
    p = _Parser(prog="python -m verify", description="Run the claims of both papers.")
    add = p.add_argument
    add("ids", nargs="*", metavar="ID", help="an id, a dotted prefix, or a glob like 'kanai.*'")
    add("--list", action="store_true", help="list the claims, tab-separated when piped")
    add("--method", choices=_METHODS, action="append", help="only this kind of evidence")
    add("--budget", choices=("quick", "full"), default="full", help="quick shortens searches only")
    add("--seed", type=int, default=0, metavar="N", help="seed of all searches (default 0)")
    add("--set", action="append", default=[], metavar="NAME=VALUE", help="your own numbers")
    add("--json", metavar="FILE", help="write everything to FILE")
    add("--replay", metavar="FILE", help="judge the witnesses of FILE again, run nothing else")
    add(
        "--workers",
        type=int,
        default=min(os.cpu_count() or 1, 8),
        metavar="N",
        help="processes (default: one a core, at most 8)",
    )
    add("--write", action="store_true", help="write the generated pages and the README's table")
    add("--check", action="store_true", help="change nothing; fail if a generated page is stale")
    return p


def main(arguments: Sequence[str]) -> int:
    """Run the command; returns the exit status."""
    try:
        return _main(list(arguments))
    except (UsageError, LookupError) as error:
        print(f"verify: {error.args[0]}", file=sys.stderr)
        return 2
    except BrokenPipeError:
        # The reader of a pipe (head, grep -q) has seen enough; that is no error of ours.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _main(arguments: list[str]) -> int:
    options = parser().parse_args(arguments)
    if options.replay:
        return _replay(Path(options.replay))
    claims = select(options.ids)
    if options.list:
        return _list(claims)
    if options.workers < 1:
        raise UsageError(f"--workers must be at least 1, got {options.workers}")
    if options.seed < 0:
        raise UsageError(f"--seed must be at least 0, got {options.seed}")
    overrides = _overrides(options.set, claims)
    generated = options.write or options.check
    narrowed = arguments_narrow(options) or options.budget != "full"
    if generated and narrowed:
        raise UsageError("--write and --check need the whole run: no ID, --method, --set, --budget")
    if options.json:
        _must_be_writable(Path(options.json))
    return _run(arguments, options, claims, overrides)


def arguments_narrow(options: argparse.Namespace) -> bool:
    """Whether the user asked for less than all claims, or for other numbers."""
    return bool(options.ids or options.method or options.set)


def _list(claims: Sequence[Claim]) -> int:
    from verify.report import list_lines

    for line in list_lines(claims):
        if sys.stdout.isatty():
            line = "  ".join(line.split("\t")[:4])
        print(line)
    return 0


def _overrides(assignments: Sequence[str], claims: Sequence[Claim]) -> dict[str, str]:
    """The values of ``--set``, each name known to some selected claim, each value in its range."""
    known = {name for claim in claims for name in claim.parameters}
    overrides: dict[str, str] = {}
    for assignment in assignments:
        name, equals, value = assignment.partition("=")
        if not equals:
            raise UsageError(f"--set takes NAME=VALUE, got {assignment!r}")
        if name not in known:
            near = difflib.get_close_matches(name, known, n=3, cutoff=0.3) or sorted(known)
            hint = f"; they know {', '.join(near)}" if near else "; they take no parameters"
            raise UsageError(f"no selected claim has a parameter {name!r}{hint}")
        overrides[name] = value
    for claim in claims:
        for name in claim.parameters.keys() & overrides.keys():
            try:
                claim.parameters[name].parse(name, overrides[name])
            except ValueError as error:
                raise UsageError(f"{claim.id}: {error}") from None
    return overrides


def _must_be_writable(path: Path) -> None:
    try:
        with path.open("a", encoding="utf-8"):
            pass
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror}") from None


def _replay(path: Path) -> int:
    from verify.replaying import load, replay_document

    try:
        data = load(path)
    except ValueError as error:
        raise UsageError(str(error)) from None
    failed = total = 0
    for id_, what, confirmed, words in replay_document(data):
        total += 1
        failed += not confirmed
        print(f"{'confirmed' if confirmed else 'FAILED   '}  {id_}  {what}: {words}")
    print(f"{total - failed} of {total} witnesses confirmed")
    return 1 if failed else 0


def _run(
    arguments: list[str],
    options: argparse.Namespace,
    claims: Sequence[Claim],
    overrides: dict[str, str],
) -> int:
    from verify.progress import run_with_progress
    from verify.recorded import read_records
    from verify.runner import Settings

    settings = Settings(
        budget=options.budget,
        seed=options.seed,
        methods=frozenset(m.upper() for m in options.method or ()),
        overrides=overrides,
        records=read_records(ROOT / "benchmarks" / "results"),
        workers=options.workers,
    )
    records, interrupted = run_with_progress(claims, settings)
    order = {claim.id: i for i, claim in enumerate(claims)}
    records.sort(key=lambda record: order[record["id"]])
    if options.json:
        from verify.record import document, environment

        about = environment(arguments, options.budget, options.seed)
        text = json.dumps(document(records, about), indent=1, allow_nan=False)
        Path(options.json).write_text(text + "\n", encoding="utf-8")
    not_run = len(claims) - len(records)
    problems = _report(records, not_run, overrides, interrupted)
    if interrupted:
        return 130
    if not arguments_narrow(options):
        for link in broken_links():
            problems += 1
            print(link)
    if options.write or options.check:
        problems += _pages(records, write_them=options.write)
    return 1 if problems else 0


def _report(
    records: list[dict[str, Any]], not_run: int, overrides: dict[str, str], interrupted: bool
) -> int:
    """Print table, problems and counts; returns the number of problems."""
    from rich.console import Console

    from verify.report import drift, print_table, summary

    console = Console(width=None if sys.stdout.isatty() else 170, highlight=False)
    print_table(records, console)
    if overrides:
        problems = [p for record in records for p in _violations(record)]
        untouched = sum(not (record["parameters"].keys() & overrides.keys()) for record in records)
        numbers = ", ".join(f"{name} = {value}" for name, value in overrides.items())
        console.print(f"at your numbers: {numbers}; {_claims(untouched)} ran at their defaults")
    else:
        problems = [p for record in records for p in drift(record)]
    for problem in problems:
        console.print(problem, style="bold red", markup=False)
    n = summary(records)
    interruption = "INTERRUPTED. " if interrupted else ""
    console.print(
        f"{interruption}{_claims(n['claims'])}: {n['proved']} proved "
        f"({n['proved_with_citations']} citing), {n['supported']} supported, {n['refuted']} "
        f"refuted, {n['vacuous']} vacuous, {n['undecided']} undecided; {n['repaired']} repaired; "
        f"{not_run} not run; {len(problems)} not as expected"
    )
    return len(problems)


def _claims(n: int) -> str:
    return "1 claim" if n == 1 else f"{n} claims"


def _violations(record: dict[str, Any]) -> list[str]:
    """With the user's numbers: a statement that holds must not fail, nor become vacuous."""
    if record["expected"] not in ("PROVED", "SUPPORTED"):
        return []
    return [
        f"{record['id']}: {e['name']}: {e['verdict']}. {e['detail']}"
        for e in record["evidence"]
        if e["violated"] or e["verdict"] in ("VACUOUS", "REFUTED") or "ERROR" in e["detail"]
    ]


def _pages(records: list[dict[str, Any]], *, write_them: bool) -> int:
    from theory.errata import all_errata, not_claims
    from verify import pages

    built = pages.build(ROOT, records, all_claims(), counterexamples(), all_errata(), not_claims())
    if write_them:
        for name in pages.write(ROOT, built):
            print(f"wrote {name}")
        return 0
    differ = pages.stale(ROOT, built)
    for name in differ:
        print(f"stale: {name}; run python -m verify --write")
    return len(differ)
