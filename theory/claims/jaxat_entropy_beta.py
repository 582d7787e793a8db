"""The gradient and the Hessian of EntropySGD for every beta."""

from __future__ import annotations

from typing import Any

from theory.claim import Claim, Kind, Necessity, Parameter, truth
from theory.evidence import Evidence, Exactly, Method, Verdict
from theory.exact import Comparison, Point, rational
from theory.facts.moments import DOMINATED, MomentCalculus
from theory.registry import register
from theory.run import Run
from theory.support.entropy import (
    ANY_LOSS,
    AT_EXAMPLES,
    INTEGRABLE,
    agree,
    at,
    derivatives,
    example_points,
    finite,
    ours,
)
from theory.support.entropy_samples import quadrature_samples


def gradient_formula(gamma: Any, beta: Any, theta: Any, mean: Any) -> Any:
    """βγ(θ − E)."""
    return beta * gamma * (theta - mean)


def hessian_formula(gamma: Any, beta: Any, covariance: Any, identity: Any = 1) -> Any:
    """βγI − β²γ²Σ."""
    return beta * gamma * identity - beta**2 * gamma**2 * covariance


def identities(point: Point) -> tuple[Comparison, ...] | bool:
    """Both formulas against the derivatives of the closed form of F."""
    gamma, beta = point["gamma"], point.get("beta", rational(1))
    if not finite(point):
        return False  # F is infinite and has no derivatives
    minus_gradient, minus_hessian = derivatives(point)
    moments = at(point)
    return (
        agree(minus_gradient, gradient_formula(gamma, beta, point["theta"], moments.mean)),
        agree(minus_hessian, hessian_formula(gamma, beta, moments.variance)),
    )


CLAIM = register(
    Claim(
        id="jaxat.entropy-beta",
        kind=Kind.RESULT,
        source=ours("Gradient and Hessian of EntropySGD for every β"),
        title="EntropySGD, every β: −∇F = βγ(θ − E), −∇²F = βγI − β²γ²Σ",
        statement=(
            r"Let $F(\theta)=\log\int\exp(-\beta L(\theta')-\beta\frac\gamma2\|\theta-\theta'\|^2)"
            r"\,d\theta'$ be finite, and let $\mathbb{E}$ and $\Sigma_\theta$ be the mean and the "
            r"covariance of the density $p_\theta\propto\exp(-\beta L-\beta\frac\gamma2"
            r"\|\theta-\cdot\|^2)$. Then $-\nabla F=\beta\gamma(\theta-\mathbb{E}[\theta'])$ and "
            r"$-\nabla^2F=\beta\gamma I-\beta^2\gamma^2\Sigma_\theta$."
        ),
        expected=Verdict.PROVED,
        hypotheses=(INTEGRABLE,),
        conclusion=identities,
        domain=ANY_LOSS,
        parameters={"beta": Parameter(2.5, 0.1, 10.0, "inverse temperature of the search")},
        necessity=(
            Necessity(
                "finite integral",
                witness={
                    "loss": "quadratic",
                    "rho": "-2",
                    "theta": "1",
                    "gamma": "1",
                    "beta": "5/2",
                },
                detail="For L = −t² and γ = 1 the integral is infinite for every β.",
            ),
        ),
        notes=(
            "In other words, $\\beta$ is no new parameter: replace $L$ by $\\beta L$ and $\\gamma$ "
            "by $\\beta\\gamma$ in the formulas for $\\beta=1$."
        ),
        cost=1.5,
    )
)


@CLAIM.check(Method.SYMBOLIC, Verdict.PROVED)
def under_the_integral_sign(run: Run) -> Evidence:
    """First and second derivatives of log I[1], with L left undefined and β a symbol."""
    from theory.symbolic import prove_zero

    calculus = MomentCalculus()
    gamma, beta, proofs = calculus.gamma, calculus.beta, calculus.kernel_rule()
    for i in range(2):
        formula = gradient_formula(gamma, beta, calculus.theta[i], calculus.mean(i))
        proofs.append(prove_zero(calculus.gradient(i) - formula))
    for i, j in ((0, 0), (0, 1), (1, 0), (1, 1)):
        formula = hessian_formula(gamma, beta, calculus.covariance(i, j), int(i == j))
        proofs.append(prove_zero(calculus.hessian(i, j) - formula))
    return Evidence.from_proofs(
        Method.SYMBOLIC,
        proofs,
        assumes=(DOMINATED,),
        detail="An entry of the Hessian involves two coordinates, so the proof covers every m.",
    )


@CLAIM.check(Method.RIGOROUS, Verdict.PROVED)
def two_computations_in_balls(run: Run) -> Evidence:
    """Derivatives by power series of the closed form of F, and by the moments, to 20 digits."""
    from theory.rigorous.arithmetic import precision

    proofs = []
    with precision(256):
        for beta in ("1/3", "5/2"):
            for point in example_points(gamma="3/2", beta=beta):
                proofs.append(Exactly(truth(identities(point)), f"{point['loss']}, β = {beta}"))
    return Evidence.from_proofs(
        Method.RIGOROUS,
        proofs,
        AT_EXAMPLES,
        detail="Quadratic, |t|, tent, cap, double well and hinges, β = 1/3 and 5/2.",
    )


@CLAIM.check(Method.NUMERIC, Verdict.SUPPORTED)
def automatic_differentiation(run: Run) -> Evidence:
    """jax.grad and jax.hessian of a quadrature of −F: logistic and swish, clean, L2, L∞, m ≤ 2."""
    import numpy as np

    beta = run["beta"]
    samples = quadrature_samples(run, beta=beta)
    errors = []
    for m in (1, 2):
        gamma = samples["gamma"][:, None]
        gradient = gradient_formula(gamma, beta, samples[f"theta_{m}"], samples[f"mean_{m}"])
        hessian = hessian_formula(gamma[..., None], beta, samples[f"covariance_{m}"], np.eye(m))
        size = 1 + beta * gamma[:, 0]
        errors.append(np.abs(samples[f"gradient_{m}"] - gradient).max(-1) / size)
        errors.append(np.abs(samples[f"hessian_{m}"] - hessian).max((-1, -2)) / size**2)
    error = np.concatenate(errors)
    finite = np.isfinite(error)
    return Evidence.supported(
        admissible=int(finite.sum()),
        tried=error.size,
        margin=-float(error[finite].max()),
        tolerance=1e-11,
        seed=run.seed,
    )
