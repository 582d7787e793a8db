"""What a source says (`Claim`) and what it asks for (`Hypothesis`); evidence is kept apart from it.

Importing this file, or any file of claims, loads neither JAX nor SymPy: checks import inside.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Union

from theory.evidence import Evidence, Method, Verdict
from theory.exact import Comparison, Point
from theory.scope import Axis

if TYPE_CHECKING:
    from theory.run import Run

__all__ = [
    "Check",
    "Claim",
    "Hypothesis",
    "Kind",
    "Necessity",
    "Parameter",
    "Source",
]

Truth = Union[bool, None, Comparison, Sequence[Union[bool, Comparison, None]]]


class Kind(StrEnum):
    """What the source calls the statement; `RESULT` is one of ours, `CODE` about our own code."""

    DEFINITION = "definition"
    ASSUMPTION = "assumption"
    PROPOSITION = "proposition"
    LEMMA = "lemma"
    THEOREM = "theorem"
    COROLLARY = "corollary"
    EQUATION = "equation"
    STEP = "step of a proof"
    REMARK = "remark"
    ALGORITHM = "algorithm"
    EXPERIMENT = "experiment"
    RESULT = "result"
    CODE = "property of our code"


@dataclass(frozen=True)
class Source:
    """Where a statement stands: paper "kanai", "yamada" or "jaxat" (ours), version, number."""

    paper: str
    number: str
    version: str = ""  # "final", "early" or "both" for kanai, empty otherwise
    equations: tuple[str, ...] = ()

    def __str__(self) -> str:
        title = {"kanai": "Kanai et al.", "yamada": "Yamada et al.", "jaxat": "jaxat"}[self.paper]
        version = {"": "", "both": ", both versions"}.get(self.version, f", {self.version} version")
        equations = f", Eq. {', '.join(self.equations)}" if self.equations else ""
        return f"{title}, {self.number}{equations}{version}"


@dataclass(frozen=True)
class Hypothesis:
    """One hypothesis: its name, its text in LaTeX, and a test at an exact point.

    `holds` may answer with comparisons, so that the decision is made in ball arithmetic.
    """

    name: str
    text: str
    holds: Callable[[Point], Truth]


@dataclass(frozen=True)
class Necessity:
    """What happens without one hypothesis.

    With a `witness` (the other hypotheses hold there, this one fails, and so does the conclusion)
    the hypothesis is needed; with `by`, the id of a claim that holds without it, it is not; with
    neither the question is open. The answer is computed by replaying, never written down.
    """

    hypothesis: str
    witness: Mapping[str, str] | None = None
    by: str | None = None
    detail: str = ""


@dataclass(frozen=True)
class Parameter:
    """A number that a user may choose with ``--set``: default, range, meaning."""

    default: float
    low: float
    high: float
    text: str
    integer: bool = False

    def parse(self, name: str, value: str) -> float:
        """The value, or `ValueError` naming the parameter, what was given, and the range."""
        kind = "an integer" if self.integer else "a number"
        try:
            number = int(value) if self.integer else float(value)
        except ValueError:
            raise ValueError(f"{name} must be {kind}, got {value!r}") from None
        if not self.low <= number <= self.high:
            raise ValueError(f"{name} must be {kind} in [{self.low}, {self.high}], got {value}")
        return number


@dataclass(frozen=True)
class Check:
    """One piece of evidence to be made: how, what to expect, and the function that makes it."""

    name: str
    method: Method
    expect: Verdict
    make: Callable[[Run], Evidence]


@dataclass(frozen=True)
class Claim:
    """A statement of a source, with everything needed to test it.

    `hypotheses` and `conclusion` are functions of an exact point, so that any witness, whoever
    found it, is judged by the statement itself. `domain` names the axes over which the statement
    is asserted: the claim is PROVED only if proved scopes together cover it.
    """

    id: str
    kind: Kind
    source: Source
    title: str  # one line of plain text
    statement: str  # LaTeX, as printed
    expected: Verdict
    hypotheses: tuple[Hypothesis, ...] = ()
    conclusion: Callable[[Point], Truth] | None = None
    domain: Mapping[str, Axis] = field(default_factory=dict)
    depends: tuple[str, ...] = ()
    repaired_by: tuple[str, ...] = ()
    necessity: tuple[Necessity, ...] = ()
    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    notes: str = ""  # Markdown for the claim's page: what a reader should know besides
    # A running cost in seconds, for scheduling alone: long claims start first.
    cost: float = 0.5
    checks: list[Check] = field(default_factory=list, compare=False)

    def check(
        self, method: Method, expect: Verdict, name: str = ""
    ) -> Callable[[Callable[[Run], Evidence]], Callable[[Run], Evidence]]:
        """Decorator: register a function as a piece of evidence, with its pinned verdict."""

        def register(make: Callable[[Run], Evidence]) -> Callable[[Run], Evidence]:
            label = name or make.__name__.strip("_").replace("_", " ")
            if any(existing.name == label for existing in self.checks):
                raise ValueError(f"{self.id} has two checks named {label!r}; rename one")
            self.checks.append(Check(label, method, expect, make))
            return make

        return register

    def questions(self) -> tuple[Necessity, ...]:
        """Whether each hypothesis is needed: what the claim says, or that nobody looked yet.

        Of a claim that fails as it stands only what is said is asked.
        """
        if self.expected in (Verdict.REFUTED, Verdict.VACUOUS):
            return self.necessity
        asked = {necessity.hypothesis for necessity in self.necessity}
        others = (h.name for h in self.hypotheses if h.name not in asked)
        return (*self.necessity, *(Necessity(name, detail="Not examined.") for name in others))


def truth(answer: Any) -> bool | None:
    """One answer from what a hypothesis or a conclusion returns (all parts must hold)."""
    if isinstance(answer, Comparison):
        return answer.holds()
    if answer is None or isinstance(answer, bool):
        return answer
    answers = [truth(part) for part in answer]
    if any(a is False for a in answers):
        return False
    return None if any(a is None for a in answers) else True
