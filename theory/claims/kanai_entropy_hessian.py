"""Eq. (50) to (53) of Kanai et al.: the Hessian of EntropySGD is γI − γ²Σ."""

from __future__ import annotations

from typing import Any

from theory.claim import Claim, Kind, Necessity, truth
from theory.claims.kanai_entropy_gradient import BETA_ONE
from theory.errata import Erratum
from theory.evidence import Evidence, Exactly, Method, Verdict
from theory.exact import Comparison, Point, rational
from theory.facts.moments import DOMINATED, MomentCalculus
from theory.registry import register
from theory.run import Run
from theory.scope import Names, Scope
from theory.support.entropy import (
    ANY_LOSS,
    AT_EXAMPLES,
    INTEGRABLE,
    agree,
    at,
    attacked_logistic,
    derivatives,
    enclose_attacked,
    example_points,
    finite,
    kanai,
)
from theory.support.entropy_samples import quadrature_samples


def printed_hessian(gamma: Any, covariance: Any, identity: Any = 1) -> Any:
    """γI − γ²Σ, the right side of Eq. (53)."""
    return gamma * identity - gamma**2 * covariance


def hessian_identity(point: Point) -> Comparison | bool:
    """−F''(θ), by differentiating the closed form of F, against γ − γ²Var, by the moments."""
    if not finite(point):
        return False  # F is infinite and has no Hessian
    _, minus_hessian = derivatives(point)
    return agree(minus_hessian, printed_hessian(point["gamma"], at(point).variance))


EQ_53 = register(
    Claim(
        id="kanai.eq-53",
        kind=Kind.EQUATION,
        source=kanai("Proof of Theorem 3", "50", "51", "52", "53"),
        title="EntropySGD: −∇²F = γI − γ²Σ with the covariance Σ of p_θ",
        statement=(
            r"$-\frac{\partial^2F}{\partial\theta_j\partial\theta_i}=\gamma\delta_{ij}-\gamma^2("
            r"\mathbb{E}_{p_\theta}[\theta'_j\theta'_i]-\mathbb{E}_{p_\theta}[\theta'_j]"
            r"\mathbb{E}_{p_\theta}[\theta'_i])$, that is "
            r"$-\nabla^2_\theta F=\gamma I-\gamma^2\Sigma_\theta$."
        ),
        expected=Verdict.PROVED,
        hypotheses=(INTEGRABLE, BETA_ONE),
        conclusion=hessian_identity,
        depends=("kanai.eq-11",),
        domain=ANY_LOSS,
        necessity=(
            Necessity(
                "beta = 1",
                witness={
                    "loss": "quadratic",
                    "rho": "1",
                    "theta": "1",
                    "gamma": "1",
                    "beta": "5/2",
                },
                detail="For L = t²/2, γ = 1, β = 5/2: −F'' = 5/4, and γ − γ²Var = 4/5.",
            ),
            Necessity(
                "finite integral",
                witness={"loss": "quadratic", "rho": "-2", "theta": "1", "gamma": "1"},
                detail="For L = −t² and γ = 1 the integral is infinite.",
            ),
        ),
        notes=(
            "Since $\\Sigma\\succeq0$, the curvature of $-F$ is never above $\\gamma$, whatever "
            "the loss; everything about its smoothness is a question about the largest variance."
        ),
        cost=1.5,
    )
)


@EQ_53.check(Method.SYMBOLIC, Verdict.PROVED)
def under_the_integral_sign(run: Run) -> Evidence:
    """∂²log I[1]/∂θⱼ∂θᵢ for i = j and i ≠ j, with L left undefined, at β = 1."""
    from theory.symbolic import prove_zero

    calculus = MomentCalculus()
    proofs = calculus.kernel_rule()
    for i, j in ((0, 0), (0, 1), (1, 0), (1, 1)):
        printed = printed_hessian(calculus.gamma, calculus.covariance(i, j), int(i == j))
        proofs.append(prove_zero((calculus.hessian(i, j) - printed).subs(calculus.beta, 1)))
    return Evidence.from_proofs(
        Method.SYMBOLIC,
        proofs,
        assumes=(DOMINATED,),
        detail="An entry of the Hessian involves two coordinates, so the proof covers every m.",
    )


@EQ_53.check(Method.SYMBOLIC, Verdict.PROVED)
def closed_form_of_a_quadratic(run: Run) -> Evidence:
    """L = ρt²/2: complete the square, read off mean and variance, differentiate F twice."""
    import sympy

    from theory.symbolic import prove_zero

    gamma = sympy.Symbol("gamma", positive=True)
    excess = sympy.Symbol("excess", positive=True)  # γ + ρ > 0, ρ of either sign
    t, theta = sympy.symbols("t theta", real=True)
    rho = excess - gamma
    mean, variance = gamma * theta / excess, 1 / excess
    log_mass = sympy.log(2 * sympy.pi * variance) / 2 - gamma * rho * theta**2 / (2 * excess)
    exponent = -rho / 2 * t**2 - gamma / 2 * (t - theta) ** 2
    normal = -((t - mean) ** 2) / (2 * variance) - sympy.log(2 * sympy.pi * variance) / 2
    proofs = [
        prove_zero(sympy.expand(exponent - normal - log_mass)),
        prove_zero(-sympy.diff(log_mass, theta, 2) - printed_hessian(gamma, variance)),
    ]
    return Evidence.from_proofs(
        Method.SYMBOLIC,
        proofs,
        Scope("L = ρt²/2 with ρ > −γ, m = 1", {"loss": Names("ρt²/2")}),
        detail="p_θ is the normal law with mean γθ/(γ + ρ) and variance 1/(γ + ρ).",
    )


@EQ_53.check(Method.RIGOROUS, Verdict.PROVED)
def two_computations_in_balls(run: Run) -> Evidence:
    """−F'' by power series of the closed form, and γ − γ²Var by moments, to 20 digits."""
    from theory.rigorous.arithmetic import precision

    with precision(256):
        proofs = [
            Exactly(truth(hessian_identity(point)), f"{point['loss']} at {point['theta']}")
            for point in example_points(gamma="3/2")
        ]
    return Evidence.from_proofs(
        Method.RIGOROUS,
        proofs,
        AT_EXAMPLES,
        detail="Quadratic, |t|, tent, cap, double well, hinges; split at kinks, nothing cut off.",
    )


@EQ_53.check(Method.RIGOROUS, Verdict.PROVED)
def difference_quotients_in_balls(run: Run) -> Evidence:
    """Attacked logistic loss: second differences of certified integrals F, to 4 digits.

    A second difference is −F''(ξ) with |ξ − θ| ≤ h, so γ − γ²Var is enclosed for all those θ.
    """
    from theory.rigorous.arithmetic import ball_interval, precision

    step, proofs = rational(1) / 2**20, []
    with precision(96):
        for point in attacked_logistic():
            theta, gamma = point["theta"], point["gamma"]
            behind, middle, ahead = (
                enclose_attacked(point, t).F for t in (theta - step, theta, theta + step)
            )
            quotient = (2 * middle - ahead - behind) / (step * step)
            around = enclose_attacked(point, ball_interval(theta - step, theta + step))
            near = abs(quotient - printed_hessian(gamma, around.variance))
            held = Comparison(near, "<=", rational(1) / 10**4).holds()
            proofs.append(Exactly(held, f"attacked logistic loss at {theta}"))
    return Evidence.from_proofs(
        Method.RIGOROUS,
        proofs,
        AT_EXAMPLES,
        detail="θ on the kink of ε|θ| and beside it; the integrals are split at the kink.",
    )


@EQ_53.check(Method.NUMERIC, Verdict.SUPPORTED)
def automatic_differentiation(run: Run) -> Evidence:
    """jax.hessian of a quadrature of −F: logistic and swish, clean, L2, L∞, m = 1 and 2."""
    import numpy as np

    samples = quadrature_samples(run, beta=1.0)
    errors = []
    for m in (1, 2):
        gamma = samples["gamma"][:, None, None]
        printed = printed_hessian(gamma, samples[f"covariance_{m}"], np.eye(m))
        errors.append(np.abs(samples[f"hessian_{m}"] - printed).max((-1, -2)))
    error = np.concatenate(errors)
    finite = np.isfinite(error)
    return Evidence.supported(
        admissible=int(finite.sum()),
        tried=error.size,
        margin=-float(error[finite].max()),
        tolerance=1e-11,
        seed=run.seed,
    )


ERRATA = (
    Erratum(
        id="kanai.erratum-39",
        where="Final version, Appendix A, (50)",
        printed=r"$\frac{\partial}{\partial\theta_j}\gamma(\theta_i-\mathbb{E}[\theta'_i])zw=\ldots$",
        correct=r"the letters $zw$ are a slip of the keyboard and are to be deleted.",
        why="The next member of the chain, $\\gamma\\delta_{ij}-\\ldots$, has no such factor.",
    ),
)
