"""Whether the largest Hessian bounds pairs too, on a set that is not convex."""

from __future__ import annotations

from typing import Any

from theory.claim import Claim, Hypothesis, Kind, Necessity, Parameter, Source
from theory.claims.jaxat_theorem_1_sharp import AWAY_FROM_ZERO, DATA, LABEL, RADIUS
from theory.evidence import Evidence, Method, Verdict
from theory.exact import Comparison, Point, norm, subtract
from theory.exact.linear import largest_hessian_norm, worst_gradient
from theory.registry import register
from theory.run import Run
from theory.scope import Integers


def _largest_curvature(point: Point) -> Any:
    radius, eps, r = point["R"], point["eps"], point["theta_min"]
    if len(point["theta_1"]) > 1:
        return largest_hessian_norm(radius, eps, r)
    # d = 1: σ'(h)(ε − c)² is at most this, which is enough to show that d ≥ 2 is needed.
    return (radius + eps) ** 2 / 4


def pairs_bounded(point: Point) -> Comparison:
    """‖∇ℓ_ε(θ₁) − ∇ℓ_ε(θ₂)‖ ≤ sup ‖∇²ℓ_ε‖ ‖θ₁ − θ₂‖, the supremum over ‖θ‖ ≥ θ_min, ‖x‖ ≤ R."""
    first, second = (
        worst_gradient(point[name], point["x"], point["y"], point["eps"])
        for name in ("theta_1", "theta_2")
    )
    distance = norm(subtract(point["theta_1"], point["theta_2"]))
    return Comparison(norm(subtract(first, second)), "<=", _largest_curvature(point) * distance)


_UNIT = {
    "theta_1": "(1, 1/100)",
    "theta_2": "(1, -1/100)",
    "theta_min": "1",
    "x": "(0, 1)",
    "R": "1",
    "y": "1",
    "eps": "1",
}

PAIRS = register(
    Claim(
        id="jaxat.hessian-l2.pairs",
        kind=Kind.RESULT,
        source=Source("jaxat", "Best smoothness constants of the linear model"),
        title="L2, d ≥ 2: sup ‖∇²ℓ_ε‖ is a Lipschitz constant on all of ‖θ‖ ≥ r",
        statement=(
            r"For $d\ge2$ and all $\theta_1,\theta_2$ in the set $\{\|\theta\|\ge\theta_{\min}\}$, "
            r"which is not convex: $\|\nabla\ell_\varepsilon(\theta_1)-\nabla\ell_\varepsilon"
            r"(\theta_2)\|\le\sup\{\|\nabla^2\ell_\varepsilon(\theta)\|:\|\theta\|\ge\theta_{\min},"
            r"\|x\|\le R\}\,\|\theta_1-\theta_2\|$."
        ),
        expected=Verdict.SUPPORTED,
        hypotheses=(
            RADIUS,
            LABEL,
            DATA,
            AWAY_FROM_ZERO,
            Hypothesis("d >= 2", r"$d \ge 2$", lambda w: len(w["theta_1"]) >= 2),
        ),
        conclusion=pairs_bounded,
        domain={"d": Integers(2)},
        depends=("jaxat.hessian-l2.inner-sphere",),
        parameters={
            "d": Parameter(2, 2, 30, "dimension of the weights", integer=True),
            "eps": Parameter(0.6, 1e-3, 10.0, "radius of the attack"),
            "theta_min": Parameter(0.5, 1e-3, 10.0, "smallest norm of the weights"),
            "R": Parameter(1.5, 1e-3, 10.0, "largest norm of the data"),
        },
        necessity=(
            Necessity(
                "d >= 2",
                witness={
                    "theta_1": "(1/2,)",
                    "theta_2": "(-1/2,)",
                    "theta_min": "1/2",
                    "x": "(3/2,)",
                    "R": "3/2",
                    "y": "1",
                    "eps": "3/5",
                },
                detail="In one dimension the two sides of 0 are not connected.",
            ),
            Necessity(
                "theta_min",
                witness={**_UNIT, "theta_1": "(1/1000, 0)", "theta_2": "(-1/1000, 0)"},
                detail="The gradient jumps across the origin.",
            ),
            Necessity(
                "||x|| <= R",
                witness={**_UNIT, "x": "(0, 100)"},
                detail="Long data points make the clean loss itself steep.",
            ),
            Necessity(
                "label",
                witness={**_UNIT, "y": "10", "eps": "0"},
                detail="A larger label acts like longer data.",
            ),
            Necessity("eps >= 0", detail="Not a radius otherwise."),
        ),
        notes=(
            "Not proved: a segment that crosses the ball $\\|\\theta\\|<\\theta_{\\min}$ is not "
            "covered "
            "by the mean value theorem. What is proved for all pairs is "
            "[jaxat.theorem-1-sharp](jaxat.theorem-1-sharp.md). For pairs whose segment stays in "
            "the set the inequality holds."
        ),
        cost=2.0,
    )
)


@PAIRS.check(Method.NUMERIC, Verdict.SUPPORTED)
def search(run: Run) -> Evidence:
    """Ratio ascent over pairs outside the ball and x of norm R, from all the nasty starts."""
    import jax
    import jax.numpy as jnp
    import numpy as np

    from theory.adversarial import adversarial_gradient
    from theory.curvature import smoothness_bound
    from theory.numeric import (
        lipschitz_ratio,
        maximise_ratio,
        outside_ball,
        pair_starts,
        split_pair,
        starting_points,
    )

    d, eps, r, radius = run.integer("d"), run["eps"], run["theta_min"], run["R"]
    constant = smoothness_bound(radius, eps, r, which="true")

    def ratio(z: Any) -> Any:
        first, second = jax.vmap(lambda half: outside_ball(half, r))(split_pair(z[: 2 * d]))
        x = radius * z[2 * d :] / jnp.linalg.norm(z[2 * d :])
        found = lipschitz_ratio(
            lambda theta: adversarial_gradient(theta, x, 1, eps, 2.0), first, second
        )
        return found / constant

    n = run.pick(60, 150)
    starts = np.concatenate(
        [pair_starts(run.rng, n, d), starting_points(run.rng, n, d, (1.0,))], axis=1
    )
    result = maximise_ratio(ratio, starts, steps=run.pick(150, 300))
    return Evidence.supported(
        admissible=result.admissible,
        tried=result.tried,
        margin=1.0 - result.best,
        tolerance=1e-9,
        seed=run.seed,
    )
