"""What the claims about our code share: their form, and the search for the worst case."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from theory.claim import Claim, Kind, Parameter, Source
from theory.evidence import Evidence, Method, Verdict
from theory.run import Run

if TYPE_CHECKING:
    import numpy as np

__all__ = ["about", "agreement", "search_worst"]


def about(
    code: str,
    name: str,
    *,
    title: str,
    statement: str,
    depends: tuple[str, ...] = (),
    parameters: Mapping[str, Parameter] | None = None,
    notes: str = "",
    cost: float = 1.0,
) -> Claim:
    """The claim ``jaxat.conformance.NAME`` about `code`, the dotted name of a part of jaxat."""
    return Claim(
        id=f"jaxat.conformance.{name}",
        kind=Kind.CODE,
        source=Source("jaxat", f"code of `{code}`"),
        title=title,
        statement=statement,
        expected=Verdict.SUPPORTED,
        depends=depends,
        parameters=parameters or {},
        notes=notes,
        cost=cost,
    )


def agreement(
    run: Run,
    errors: Any,
    tolerance: float,
    *,
    method: Method = Method.NUMERIC,
    tried: int | None = None,
) -> Evidence:
    """Supported if the largest of the errors, one a problem, is within the tolerance."""
    import numpy as np

    errors = np.asarray(errors, float)
    return Evidence.supported(
        admissible=errors.size,
        tried=errors.size if tried is None else tried,
        margin=-float(errors.max(initial=0)),
        tolerance=tolerance,
        seed=run.seed,
        method=method,
    )


def search_worst(
    errors_of: Callable[[np.ndarray], Any], axes: int, run: Run, *, count: int, rounds: int
) -> np.ndarray:
    """The errors of all problems tried; each round is drawn around the worst of those before.

    A problem is a point of the unit cube of `axes` axes, and ``errors_of`` maps `count` of them,
    (count, axes), to their errors, (count,). A NaN is the worst error there is.
    """
    import numpy as np

    points = run.rng.uniform(size=(count, axes))
    errors = np.asarray(errors_of(points), float)
    for round_ in range(1, rounds):
        worst = np.argsort(-np.nan_to_num(errors, nan=np.inf))[: max(count // 10, 1)]
        parents = points[run.rng.choice(worst, count)]
        step = run.rng.normal(size=(count, axes)) * 0.2 / round_
        fresh = np.clip(parents + step, 0, 1)
        points = np.concatenate([points, fresh])
        errors = np.concatenate([errors, np.asarray(errors_of(fresh), float)])
    return errors
