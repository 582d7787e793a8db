"""All claims by id: registering them, looking them up, and whether their links hold."""

from __future__ import annotations

import difflib
import fnmatch
import graphlib
import importlib
import pkgutil
import sys
from collections.abc import MutableSequence
from functools import cache
from types import ModuleType

from theory.claim import Claim
from theory.counterexample import Counterexample
from theory.evidence import Evidence, Method, Verdict
from theory.run import Run

__all__ = [
    "COUNTEREXAMPLE",
    "add_package",
    "all_claims",
    "broken_links",
    "claim_files",
    "claim_modules",
    "counterexamples",
    "natural_key",
    "register",
    "select",
]

COUNTEREXAMPLE = "counterexample"  # the name of the check that replays a page's witness
_PACKAGES = ["theory.claims"]
_CLAIMS: dict[str, Claim] = {}
_FILES: dict[str, str] = {}  # of the claims, by id
_PAGES: dict[str, str] = {}  # of their counterexamples


def register(claim: Claim) -> Claim:
    """Add a claim to the registry; ids are permanent and unique.

    A claim refuted by a page in `theory/counterexamples/` gets the check that replays it.
    """
    if claim.id in _CLAIMS:
        raise ValueError(f"two claims have the id {claim.id!r}; ids are permanent and unique")
    names = [h.name for h in claim.hypotheses]
    for necessity in claim.necessity:
        if necessity.hypothesis not in names:
            raise ValueError(
                f"{claim.id}: necessity of unknown hypothesis {necessity.hypothesis!r}"
            )
    _CLAIMS[claim.id] = claim
    _FILES[claim.id] = sys._getframe(1).f_code.co_filename  # noqa: SLF001  inspect.stack takes a second
    counterexample = counterexamples().get(claim.id)
    if counterexample is not None:

        @claim.check(Method.EXACT, Verdict.REFUTED, COUNTEREXAMPLE)
        def _replay(run: Run) -> Evidence:
            from theory.exact import parse_point

            return Evidence.refuted(parse_point(counterexample.witness), counterexample.intuition)

    return claim


def claim_files(id_: str) -> list[str]:
    """The file that registered the claim, and the one that refutes it, if there is one."""
    counterexamples()
    return [_FILES[id_], *([_PAGES[id_]] if id_ in _PAGES else [])]


@cache
def counterexamples() -> dict[str, Counterexample]:
    """The pages of `theory/counterexamples/` by the id of the claim that they refute."""
    import theory.counterexamples as package

    found: dict[str, Counterexample] = {}
    for module in _modules(package.__name__, package.__path__):
        source = importlib.import_module(module)
        page: Counterexample = source.COUNTEREXAMPLE
        if page.claim in found:
            raise ValueError(f"two counterexamples refute {page.claim!r}")
        found[page.claim] = page
        _PAGES[page.claim] = str(source.__file__)
    return found


def _modules(name: str, path: MutableSequence[str]) -> list[str]:
    return [f"{name}.{m.name}" for m in pkgutil.iter_modules(path)]


@cache
def all_claims() -> dict[str, Claim]:
    """Every claim by id, in the papers' order, which the file of claims gives and ids refine."""
    claim_modules()
    return {id_: _CLAIMS[id_] for id_ in sorted(_CLAIMS, key=natural_key)}


@cache
def claim_modules() -> tuple[ModuleType, ...]:
    """The modules of `theory/claims/` and of added packages; importing them registers claims."""
    packages = [importlib.import_module(name) for name in _PACKAGES]
    names = [name for package in packages for name in _modules(package.__name__, package.__path__)]
    return tuple(importlib.import_module(name) for name in names)


def add_package(name: str) -> None:
    """Add the claims in the modules of another package; it is imported when claims are asked for.

    For rooms above this one, which may import what claims of `theory` may not.
    """
    if name not in _PACKAGES:
        _PACKAGES.append(name)
        claim_modules.cache_clear()
        all_claims.cache_clear()


def natural_key(id_: str) -> tuple[object, ...]:
    """Sort key: papers in order, numbers as numbers, a statement before its parts."""
    paper, _, rest = id_.partition(".")
    order = {"kanai": 0, "yamada": 1, "jaxat": 2}.get(paper, 3)
    words = rest.replace(".", " . ").replace("-", " ").split()
    return (order, *((0, int(w), "") if w.isdigit() else (1, 0, w) for w in words))


def broken_links() -> list[str]:
    """References to claims that do not exist, and circles of dependencies, in words.

    They are reported with the results of a run and do not keep any claim from running.
    """
    claims = all_claims()
    found = [
        f"{claim.id} refers to {other!r}, which is no claim"
        for claim in claims.values()
        for other in (*claim.depends, *claim.repaired_by, *(n.by for n in claim.necessity))
        if other is not None and other not in claims
    ]
    found += [
        f"a counterexample refutes {id_!r}, which is no claim"
        for id_ in counterexamples()
        if id_ not in claims
    ]
    sorter = graphlib.TopologicalSorter({c.id: c.depends for c in claims.values()})
    try:
        sorter.prepare()
    except graphlib.CycleError as error:
        found.append(f"claims depend on each other in a circle: {' -> '.join(error.args[1])}")
    return found


def select(patterns: list[str]) -> list[Claim]:
    """The claims that the patterns name, in registry order; all claims for no pattern.

    An exact id selects that claim alone; otherwise a glob (``kanai.*``) or a dotted prefix
    (``kanai.lemma-2.``). `LookupError` names the nearest ids of a pattern that matches nothing.
    """
    claims = all_claims()
    if not patterns:
        return list(claims.values())
    chosen: set[str] = set()
    for pattern in patterns:
        if pattern in claims:
            chosen.add(pattern)
            continue
        prefix = pattern if pattern.endswith(".") else pattern + "."
        matches = {i for i in claims if fnmatch.fnmatchcase(i, pattern) or i.startswith(prefix)}
        if not matches:
            near = difflib.get_close_matches(pattern, claims, n=4, cutoff=0.4)
            hint = f"; nearest: {', '.join(near)}" if near else ""
            raise LookupError(f"no claim matches {pattern!r}{hint}; list them with --list")
        chosen |= matches
    return [claim for id_, claim in claims.items() if id_ in chosen]
