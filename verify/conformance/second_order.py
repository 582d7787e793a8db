"""The second order of EntropySGD against lines 16 to 18 of Algorithm 1, in exact arithmetic."""

from __future__ import annotations

from typing import Any

from theory.evidence import Evidence, Method, Verdict
from theory.registry import register
from theory.run import Run
from verify.conformance.common import about, agreement
from verify.conformance.entropy_sgd import (
    AXES,
    CONVENTIONS,
    STEPS,
    averages,
    drawn,
    in_rationals,
    of_jaxat,
    rational_of,
)

GUARD = "1/10"  # the default of `entropy_sgd`

CLAIM = register(
    about(
        "jaxat.optim.entropy_sgd",
        "entropy-sgd-second-order",
        title="order 2 is γh ⊙ (θ−θ̄) of lines 16 and 18 where 1 − γσ̄ is at least the guard",
        statement=(
            r"With ``order=2`` the outer gradient is $\gamma h\odot(\theta-\bar\theta)$, $h_j = "
            r"1/(\gamma-\gamma^2(\bar\xi_j-\bar\theta_j^2))$, in every coordinate where $1 - "
            r"\gamma\bar\sigma_j \ge 0.1$, with $\bar\theta$ and $\bar\xi$ of the convention's own "
            r"inner loop; in the others $(\theta_j-\bar\theta_j)/0.1$, and their number is the "
            r"metric `guarded`. Quadratic losses, no noise; in float64, within $10^{-12}$ of the "
            r"largest entry of the outer gradient in exact arithmetic."
        ),
        depends=("kanai.eq-77", "kanai.eq-77.well-defined"),
        parameters={"steps": STEPS},
        cost=1.5,
    )
)


def expected_gradient(problem: Any, convention: str, steps: int) -> tuple[list[Any], int]:
    """The outer gradient in exact numbers, and how many coordinates are guarded."""
    from theory.algorithm_1 import line_16, line_18
    from theory.exact import rational

    mean, square = averages(problem, convention, steps)
    gradient, guarded = [], 0
    for t, m, q in zip(problem.theta, mean, square, strict=True):
        if 1 - problem.gamma * (q - m * m) < rational(GUARD):
            guarded += 1
            gradient.append((t - m) / rational(GUARD))
        else:
            h = line_16((m,), (q,), problem.gamma)
            (after,) = line_18((t,), (m,), h, 1, problem.gamma)
            gradient.append(t - after)
    return gradient, guarded


@CLAIM.check(Method.EXACT, Verdict.SUPPORTED)
def lines_16_to_18(run: Run) -> Evidence:
    """Random problems in rationals, from the same doubles, guarded coordinates among them."""
    import numpy as np

    steps, errors, kinds = run.integer("steps"), [], set()
    for convention in CONVENTIONS:
        points = run.rng.uniform(size=(run.pick(10, 30), 4 * AXES + 3))
        points[:, -3] /= 3  # γ from 0.5 on, where second order matters
        arrays = drawn(points)
        found, metrics = of_jaxat(convention, steps, 2)(*arrays)
        for k, got in enumerate(np.asarray(found)):
            problem = in_rationals(arrays, k)
            expected, guarded = expected_gradient(problem, convention, steps)
            kinds |= {guarded == 0, guarded > 0}
            far = max(abs(rational_of(g) - e) for g, e in zip(got, expected, strict=True))
            miscounted = int(metrics.guarded[k]) != guarded
            errors.append(float(far / max(abs(e) for e in expected)) + miscounted)
    if len(kinds) < 2:
        return Evidence.undecided(Method.EXACT, "no problem with, or none without, the guard")
    return agreement(run, errors, 1e-12, method=Method.EXACT)
