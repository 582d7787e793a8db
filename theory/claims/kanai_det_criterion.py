"""The determinant test of Kanai et al. for a maximum on the sphere, and what it does say."""

from __future__ import annotations

from typing import Any

from theory.claim import Claim, Hypothesis, Kind, Necessity, Source
from theory.errata import Erratum
from theory.evidence import Evidence, Method, Verdict
from theory.exact import Comparison, Point, dot, norm
from theory.exact.lagrangian import bordered_hessian, tangent_form
from theory.exact.matrix import determinant, multiply, positive_semidefinite, scaled, summed
from theory.registry import register
from theory.run import Run


def bordered_determinant(point: Point) -> Any:
    """det ∇²J at (μ, δ)."""
    return determinant(bordered_hessian(point["H"], point["delta"], point["mu"]))


def tangentially_negative(point: Point) -> bool:
    """Whether ⟨v, (H − μI/r) v⟩ < 0 for all v ⟂ δ, v ≠ 0."""
    delta, mu = point["delta"], point["mu"]
    d, r = len(delta), norm(delta)
    project = tuple(
        tuple((1 if i == j else 0) - delta[i] * delta[j] / (r * r) for j in range(d))
        for i in range(d)
    )
    shifted = tuple(
        tuple(h - (mu / r if i == j else 0) for j, h in enumerate(row))
        for i, row in enumerate(point["H"])
    )
    tangential = multiply(project, multiply(shifted, project))
    # With -nn' in the missing direction, negative definite means negative on the tangent space.
    normal = tuple(tuple(delta[i] * delta[j] / (r * r) for j in range(d)) for i in range(d))
    full = summed(scaled(-1, tangential), normal)
    return positive_semidefinite(full) and determinant(full) != 0


NONZERO = Hypothesis(
    "sphere", r"$\|x'-x\|_2=\varepsilon>0$", lambda w: Comparison(norm(w["delta"]), ">", 0)
)
DETERMINANT = Hypothesis(
    "determinant",
    r"$\det\nabla_{\tilde x}^2J(\tilde x^*,\theta)>0$ at a stationary point of $J$",
    lambda w: Comparison(bordered_determinant(w), ">", 0),
)
TANGENT = Hypothesis(
    "tangent",
    r"$v\perp x'-x$, a direction along the sphere",
    lambda w: Comparison(dot(w["v"], w["delta"]), "==", 0),
)


def no_ascent(point: Point) -> tuple[Comparison, Comparison]:
    """What every local maximum over the ball satisfies: μ ≥ 0 and ⟨v, (H − μI/r) v⟩ ≤ 0."""
    curvature = tangent_form(point["H"], point["delta"], point["mu"], point["v"])
    return Comparison(point["mu"], ">=", 0), Comparison(curvature, "<=", 0)


def alternating(point: Point) -> tuple[Comparison]:
    """(−1)^d det ∇²J > 0."""
    return (Comparison((-1) ** len(point["delta"]) * bordered_determinant(point), ">", 0),)


register(
    Claim(
        id="kanai.det-criterion",
        kind=Kind.STEP,
        source=Source("kanai", "Section 3.2.2, citing Bertsekas", "both"),
        title="det ∇²J > 0 is sufficient for a local maximum on the sphere",
        statement=(
            r"The condition $\det(\nabla_{\tilde x}^2J(\tilde x^*,\theta))>0$ is a sufficient "
            r"condition of the local maximum point for constrained optimization problems. (Then, "
            r"at least, $\mu\ge0$ and $\langle v,\nabla_x^2J\,v\rangle\le0$ for tangent $v$.)"
        ),
        expected=Verdict.REFUTED,
        repaired_by=("kanai.det-criterion.repaired",),
        hypotheses=(NONZERO, DETERMINANT, TANGENT),
        conclusion=no_ascent,
    )
)

register(
    Claim(
        id="kanai.det-criterion.circle",
        kind=Kind.STEP,
        source=Source("kanai", "Section 3.2.2, two inputs", "both"),
        title="d = 2: det ∇²J > 0 is sufficient for a local maximum over the disc",
        statement=(
            r"As `kanai.det-criterion`, for $d=2$, where the sign of the determinant is right for "
            r"a maximum along the circle."
        ),
        expected=Verdict.REFUTED,
        repaired_by=("kanai.det-criterion.repaired",),
        hypotheses=(
            NONZERO,
            DETERMINANT,
            TANGENT,
            Hypothesis("d = 2", r"$d=2$", lambda w: len(w["delta"]) == 2),
        ),
        conclusion=no_ascent,
    )
)

REPAIRED = register(
    Claim(
        id="kanai.det-criterion.repaired",
        kind=Kind.STEP,
        source=Source("kanai", "Section 3.2.2, repaired", "both"),
        title="det ∇²J = −det H_t; at a maximum with H_t ≺ 0 its sign is (−1)^d",
        statement=(
            r"Let $H_t$ be $\nabla_x^2\ell-\frac{\mu}{\varepsilon}I$ restricted to the tangent "
            r"space of the sphere. Then $\det\nabla_{\tilde x}^2J=-\det H_t$. A stationary point "
            r"with $\mu>0$ and $H_t\prec0$ is a strict local maximum over the ball, and there "
            r"$(-1)^d\det\nabla_{\tilde x}^2J>0$: one positive and $d$ negative eigenvalues."
        ),
        expected=Verdict.PROVED,
        hypotheses=(
            NONZERO,
            Hypothesis("H_t < 0", r"$H_t\prec0$", tangentially_negative),
        ),
        conclusion=alternating,
        necessity=(
            Necessity(
                "H_t < 0",
                witness={
                    "H": "((0, 0, 0), (0, 2, 0), (0, 0, 0))",
                    "delta": "(1, 0, 0)",
                    "mu": "1",
                },
                detail="A saddle along the sphere in three dimensions has determinant +1.",
            ),
            Necessity("sphere", detail="At x' = x the norm has no derivative, J no Hessian."),
        ),
        notes=(
            "That $\\mu>0$ and $H_t\\prec0$ suffice for a strict local maximum is the classical "
            "second-order condition (Bertsekas). A positive determinant is right for the circle "
            "($d=2$), excludes a nondegenerate maximum for odd $d$, and lets saddles pass from "
            "$d=3$ on."
        ),
        cost=0.8,
    )
)


@REPAIRED.check(Method.SYMBOLIC, Verdict.PROVED)
def congruence(run: Run) -> Evidence:
    """EᵀKE = diag([[0,σ],[σ,0]], T) for K = [[0,σ,0],[σ,a,bᵀ],[0,b,T]] and σ = ±1, by blocks."""
    import sympy

    from theory.symbolic import SymbolicProof

    a = sympy.Symbol("a", real=True)
    b, b_t, block = sympy.symbols("b b^T T", commutative=False)
    proofs = []
    for border in (-1, 1):
        K = sympy.Matrix([[0, border, 0], [border, a, b_t], [0, b, block]])
        E = sympy.Matrix([[1, -border * a / 2, -border * b_t], [0, 1, 0], [0, 0, 1]])
        E_t = sympy.Matrix([[1, 0, 0], [-border * a / 2, 1, 0], [-border * b, 0, 1]])
        target = sympy.Matrix([[0, border, 0], [border, 0, 0], [0, 0, block]])
        left = (E_t * K * E - target).applyfunc(sympy.expand)
        zero = left == sympy.zeros(3, 3)
        proofs.append(SymbolicProof(zero, str(left), f"block product, border {border:+d}"))
    return Evidence.from_proofs(
        Method.SYMBOLIC,
        proofs,
        assumes=(
            "Sylvester's law of inertia",
            "second-order sufficient conditions: μ > 0 and H_t ≺ 0 give a strict local maximum",
        ),
        witness={"H": ((0, 0, 0), (0, 0, 0), (0, 0, 0)), "delta": (2, 3, 6), "mu": 5},
        detail=(
            "In coordinates with x' − x along the first axis; E is unimodular, so det K = −det T "
            "and the inertia of K is one plus, one minus, and that of T = H_t. Neither the sign of "
            "the border nor the nn' term in a matters."
        ),
    )


@REPAIRED.check(Method.NUMERIC, Verdict.SUPPORTED)
def trust_region(run: Run) -> Evidence:
    """Global maxima of random quadratic losses on the sphere, d = 1 to 6: sign and inertia of K."""
    import numpy as np

    from theory.general_models import TrustRegionModel

    rng, tried, admissible = run.rng, 0, 0
    margin = np.inf
    for d in range(1, 7):
        model = TrustRegionModel(d)
        for _ in range(run.pick(10, 40)):
            tried += 1
            theta = model.draw(rng)
            delta, mu = model.attack(theta)
            H = theta[d:].reshape(d, d)
            if mu < 1e-6:
                continue
            admissible += 1
            K = np.zeros((d + 1, d + 1))
            K[1:, 1:] = (H + H.T) / 2 - mu * (np.eye(d) - np.outer(delta, delta))
            K[0, 1:] = K[1:, 0] = -delta
            eigenvalues = np.linalg.eigvalsh(K)
            # One positive, d negative: the two eigenvalues next to zero have these signs.
            margin = min(margin, float(eigenvalues[-1]), float(-eigenvalues[-2]))
    return Evidence.supported(
        admissible=admissible, tried=tried, margin=margin, tolerance=1e-9, seed=run.seed
    )


ERRATA = (
    Erratum(
        id="kanai.erratum-23",
        where="Section 3.2.2; early Section 3.2.2 and 3.2.3",
        printed=r"$\det(\nabla_{\tilde x}^2J)>0$ is a sufficient condition of the local maximum",
        correct=(
            r"$\mu>0$ and $H_t\prec0$ are sufficient, and then the sign of the determinant is "
            r"$(-1)^d$. A positive determinant is the right sign for even $d$ only, and from $d=3$ "
            r"on it also lets saddles pass."
        ),
        claim="kanai.det-criterion",
    ),
)
