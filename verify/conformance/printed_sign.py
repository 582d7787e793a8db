"""What the sign of line 10 does in our code: `printed` climbs, `paper` descends."""

from __future__ import annotations

from typing import Any

from theory.evidence import Evidence, Method, Verdict
from theory.registry import register
from theory.run import Run
from verify.conformance.common import about, search_worst
from verify.conformance.entropy_sgd import AXES, STEPS, drawn, of_jaxat

CLAIM = register(
    about(
        "jaxat.optim.entropy_sgd",
        "entropy-sgd-printed-ascends",
        title="`printed` climbs on convex quadratics, `paper` descends: the sign of ⟨g, ∇L(θ)⟩",
        statement=(
            r"On $L = \frac12\theta^\top A\theta$ with $A$ positive definite, without noise, "
            r"with $\eta'(\gamma+\lambda_j)\le1$: the outer gradient $g$ of `printed` has "
            r"$\langle g,\nabla L(\theta)\rangle<0$, so that by convexity every step "
            r"$\theta-\eta g$ raises the loss; that of `paper` has "
            r"$\langle g,\nabla L(\theta)\rangle>0$."
        ),
        depends=("kanai.algorithm-1.line-10", "jaxat.algorithm-1-stability"),
        parameters={"steps": STEPS},
    )
)


def cosines(convention: str, steps: int) -> Any:
    """The cosine of the outer gradient and ∇L(θ), for points of the unit cube."""
    import numpy as np

    update = of_jaxat(convention, steps)

    def of(points: Any) -> Any:
        points = points.copy()
        points[:, :AXES] = (1.1 + 9.9 * points[:, :AXES]) / 11  # eigenvalues from 0.1 to 10
        A, b, theta, gamma, share, alpha = drawn(points)
        largest = np.linalg.eigvalsh(A)[:, -1]
        eta = share / 0.2 / (largest + gamma)
        slope = np.einsum("nij,nj->ni", A, theta)
        g = np.asarray(update(A, 0 * b, theta, gamma, eta, alpha)[0])
        lengths = np.linalg.norm(g, axis=1) * np.linalg.norm(slope, axis=1)
        return (g * slope).sum(axis=1) / lengths

    return of


@CLAIM.check(Method.NUMERIC, Verdict.SUPPORTED)
def direction(run: Run) -> Evidence:
    """The cosine of g and ∇L(θ) where it is nearest to the wrong sign."""
    import numpy as np

    steps, size = run.integer("steps"), {"count": run.pick(100, 500), "rounds": 6}
    printed, paper = cosines("printed", steps), cosines("paper", steps)
    climbs = search_worst(lambda points: printed(points), 4 * AXES + 3, run, **size)
    falls = search_worst(lambda points: -paper(points), 4 * AXES + 3, run, **size)
    worst = np.concatenate([climbs, falls])
    return Evidence.supported(
        admissible=worst.size,
        tried=worst.size,
        margin=-float(worst.max()),
        tolerance=0.0,
        seed=run.seed,
    )
