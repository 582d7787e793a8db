"""Eq. (54), (55) of Kanai et al. and the spectral norm of γI − γ²Σ itself."""

from __future__ import annotations

from typing import Any

from theory.claim import Claim, Hypothesis, Kind, Necessity
from theory.evidence import Evidence, Method, Verdict
from theory.exact import Comparison, Point, ball, norm, sqrt
from theory.exact.matrix import positive_semidefinite, transpose
from theory.registry import register
from theory.run import Run
from theory.scope import Names
from theory.support.entropy import kanai, ours


def eigenvalues(matrix: Any) -> tuple[Any, ...]:
    """The eigenvalues of a symmetric matrix of one or two rows."""
    if len(matrix) == 1:
        return (matrix[0][0],)
    (a, b), (_, c) = matrix
    half = sqrt(((a - c) / 2) ** 2 + b * b)
    return ((a + c) / 2 - half, (a + c) / 2 + half)


def spectral_norm(point: Point) -> Any:
    """σ₁(γI − γ²Σ)."""
    gamma = point["gamma"]
    return norm(tuple(gamma - gamma**2 * s for s in eigenvalues(point["Sigma"])), float("inf"))


def frobenius(matrix: Any) -> Any:
    return norm(tuple(entry for row in matrix for entry in row))


def printed_bound(point: Point) -> Comparison:
    """σ₁(γI − γ²Σ) ≤ γ + γ²σ₁(Σ) (part "54"), ≤ γ + γ²‖Σ‖_F (part "55")."""
    gamma, matrix = point["gamma"], point["Sigma"]
    largest = norm(eigenvalues(matrix), float("inf"))
    size = largest if point["part"] == "54" else frobenius(matrix)
    return Comparison(spectral_norm(point), "<=", gamma + gamma**2 * size)


def sharp_bound(point: Point) -> Comparison:
    """σ₁ ≤ max(γ, γ²λ_max − γ) (part "bound") < γ + γ²‖Σ‖_F (part "strict")."""
    gamma, matrix = point["gamma"], point["Sigma"]
    sharp = ball(gamma).max(ball(gamma**2 * eigenvalues(matrix)[-1] - gamma))
    if point["part"] == "bound":
        return Comparison(spectral_norm(point), "<=", sharp)
    return Comparison(sharp, "<", gamma + gamma**2 * frobenius(matrix))


GAMMA = Hypothesis("gamma > 0", r"$\gamma > 0$", lambda w: Comparison(w["gamma"], ">", 0))
SYMMETRIC = Hypothesis(
    "Sigma symmetric",
    r"$\Sigma = \Sigma^\top$",
    lambda w: transpose(w["Sigma"]) == tuple(tuple(row) for row in w["Sigma"]),
)
COVARIANCE = Hypothesis(
    "Sigma is a covariance",
    r"$\Sigma \succeq 0$",
    lambda w: positive_semidefinite(w["Sigma"]),
)
# With a variance of a million the two γ that the bound adds instead of subtracting hardly count.
WIDE = {"Sigma": ((1000000,),), "gamma": 1}

EQ_54 = register(
    Claim(
        id="kanai.eq-54-55",
        kind=Kind.STEP,
        source=kanai("Proof of Theorem 3", "54", "55", "72"),
        title="σ₁(γI − γ²Σ) ≤ γ + γ²σ₁(Σ) ≤ γ + γ²‖Σ‖_F",
        statement=(
            r"$\sigma_1(-\nabla^2_\theta F)=\sigma_1(\gamma I-\gamma^2\Sigma_\theta)\le\gamma"
            r"\sigma_1(I)+\sigma_1(-\gamma^2\Sigma_\theta)=\gamma+\gamma^2\sigma_1(\Sigma_\theta)$ "
            r"and $\sigma_1(\Sigma_\theta)\le\|\Sigma_\theta\|_F$."
        ),
        expected=Verdict.PROVED,
        hypotheses=(GAMMA, SYMMETRIC),
        conclusion=printed_bound,
        domain={"part": Names("54", "55")},
        necessity=(
            Necessity(
                "gamma > 0",
                witness={"Sigma": "((0,),)", "gamma": "-1", "part": "54"},
                detail="The norm of −I is 1, and the bound is γ = −1.",
            ),
            Necessity(
                "Sigma symmetric",
                detail=(
                    "Singular values obey the same inequalities for every matrix; symmetric ones "
                    "have σ₁ = max|λᵢ|, in which the statement is judged here."
                ),
            ),
        ),
        notes=(
            "True for every symmetric $\\Sigma$. A covariance is not any symmetric matrix: "
            "`jaxat.entropy-spectral-norm` has the norm itself."
        ),
        cost=0.2,
    )
)


@EQ_54.check(Method.EXACT, Verdict.PROVED)
def smt(run: Run) -> Evidence:
    """Every eigenvalue λ of Σ, |λ| ≤ s ≤ f with s = σ₁(Σ), f² = Σλᵢ²: |γ − γ²λ| ≤ γ + γ²s."""
    import z3

    from theory.smt import prove, reals

    gamma, eigenvalue, top, rest, size = reals("gamma lambda top rest f")
    given = [gamma > 0, top >= 0, eigenvalue <= top, eigenvalue >= -top]
    moved = gamma - gamma**2 * eigenvalue
    bound = gamma + gamma**2 * top
    proofs = [
        prove(z3.And(moved <= bound, -moved <= bound), given=given),
        prove(top <= size, given=[top >= 0, size >= 0, rest >= 0, size**2 == top**2 + rest]),
    ]
    return Evidence.from_proofs(
        Method.EXACT,
        proofs,
        assumes=("spectral theorem: σ₁ = max|λᵢ| and ‖Σ‖_F² = Σλᵢ² for symmetric matrices",),
        witness={**WIDE, "part": "55"},
        detail=(
            "Every dimension m. Attained for Σ = 0 alone among covariances; the ratio tends to 1 "
            "as one variance tends to infinity."
        ),
    )


SHARP = register(
    Claim(
        id="jaxat.entropy-spectral-norm",
        kind=Kind.RESULT,
        source=ours("The spectral norm of γI − γ²Σ"),
        title="σ₁(−∇²F) = max(γ − γ²λ_min, γ²λ_max − γ) ≤ max(γ, γ²λ_max − γ) < γ + γ²‖Σ‖_F",
        statement=(
            r"For a covariance $\Sigma$ with extreme eigenvalues $\lambda_{\min}$, "
            r"$\lambda_{\max}$: $\sigma_1(\gamma I-\gamma^2\Sigma)=\max(\gamma-\gamma^2"
            r"\lambda_{\min},\gamma^2\lambda_{\max}-\gamma)\le\max(\gamma,\gamma^2\lambda_{\max}"
            r"-\gamma)$, and if $\Sigma\ne0$ this is smaller than the bound "
            r"$\gamma+\gamma^2\|\Sigma\|_F$ of Theorem 3."
        ),
        expected=Verdict.PROVED,
        hypotheses=(
            GAMMA,
            COVARIANCE,
            Hypothesis(
                "Sigma is not 0",
                r"$\Sigma \ne 0$ (for the strict inequality)",
                lambda w: w["part"] != "strict" or any(e != 0 for row in w["Sigma"] for e in row),
            ),
        ),
        conclusion=sharp_bound,
        domain={"part": Names("bound", "strict")},
        depends=("kanai.eq-54-55",),
        necessity=(
            Necessity(
                "Sigma is a covariance",
                witness={"Sigma": "((-1,),)", "gamma": "1", "part": "bound"},
                detail="A negative variance would add to the curvature.",
            ),
            Necessity(
                "gamma > 0",
                witness={"Sigma": "((1,),)", "gamma": "-1", "part": "strict"},
                detail="With γ = −1 the bound of Theorem 3 is 0.",
            ),
            Necessity(
                "Sigma is not 0",
                witness={"Sigma": "((0,),)", "gamma": "1", "part": "strict"},
                detail="Both are γ; the covariance of a density is never 0.",
            ),
        ),
        notes=(
            "So the constant of Theorem 3 is never attained: $\\gamma$ and $\\gamma^2\\Sigma$ are "
            "subtracted, not added. For $L=\\frac\\rho2t^2$ the ratio of the two is "
            "$\\rho/(\\rho+2\\gamma)$; for a constant loss $-F$ is flat, and the printed constant "
            "is $\\gamma(1+\\sqrt m)$."
        ),
        cost=0.2,
    )
)


@SHARP.check(Method.EXACT, Verdict.PROVED)
def decided_in_eigenvalues(run: Run) -> Evidence:
    """0 ≤ l ≤ λ ≤ h: |γ − γ²λ| ≤ max(γ − γ²l, γ²h − γ) ≤ max(γ, γ²h − γ) < γ + γ²f, f ≥ h > 0."""
    import z3

    from theory.smt import prove, reals

    gamma, low, middle, high, size = reals("gamma low lambda high f")
    given = [gamma > 0, low >= 0, low <= middle, middle <= high, size >= high]
    moved = gamma - gamma**2 * middle
    down, up = gamma - gamma**2 * low, gamma**2 * high - gamma
    proofs = [
        prove(z3.And(z3.Or(moved <= down, moved <= up), -moved <= up), given=given),
        prove(down <= gamma, given=given),
        prove(
            z3.And(gamma < gamma + gamma**2 * size, up < gamma + gamma**2 * size),
            given=[*given, high > 0],
        ),
    ]
    return Evidence.from_proofs(
        Method.EXACT,
        proofs,
        assumes=("spectral theorem: σ₁ = max|λᵢ| and ‖Σ‖_F² = Σλᵢ² for symmetric matrices",),
        witness={"Sigma": ((2, 1), (1, 2)), "gamma": 1, "part": "bound"},
        detail="Every dimension m; the norm itself is attained at one of the two ends.",
    )
