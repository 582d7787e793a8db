"""Eq. (10) to (12) of Kanai et al.: the gradient of EntropySGD, printed for beta = 1."""

from __future__ import annotations

from typing import Any

from theory.claim import Claim, Hypothesis, Kind, Necessity, truth
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


def printed_gradient(gamma: Any, theta: Any, mean: Any) -> Any:
    """γ(θ − E), the right side of Eq. (11)."""
    return gamma * (theta - mean)


def gradient_identity(point: Point) -> Comparison | bool:
    """−F'(θ), by differentiating the closed form of F, against γ(θ − E), by the moments."""
    if not finite(point):
        return False  # F is infinite and has no gradient
    minus_gradient, _ = derivatives(point)
    return agree(minus_gradient, printed_gradient(point["gamma"], point["theta"], at(point).mean))


BETA_ONE = Hypothesis(
    "beta = 1", r"$\beta = 1$", lambda w: w.get("beta", rational(1)) == rational(1)
)

EQ_11 = register(
    Claim(
        id="kanai.eq-11",
        kind=Kind.EQUATION,
        source=kanai("Section 2.2 and proof of Theorem 3", "10", "11", "12", "47", "48", "49"),
        title="EntropySGD: −∇F(θ) = γ(θ − E[θ']) for β = 1",
        statement=(
            r"$-F(\theta)=-\log\int_{\theta'}\exp(-\beta L(\theta')-\beta\frac{\gamma}{2}"
            r"\|\theta-\theta'\|_2^2)\,d\theta'$. "
            r"The gradient of EntropySGD with $\beta=1$ becomes "
            r"$-\nabla_\theta F(\theta)=\gamma(\theta-\mathbb{E}_{p_\theta(\theta')}[\theta'])$, "
            r"where $p_\theta(\theta')=\frac{1}{\exp(F(\theta,\gamma))}\exp(-L(\theta')-"
            r"\frac{\gamma}{2}\|\theta-\theta'\|_2^2)$."
        ),
        expected=Verdict.PROVED,
        hypotheses=(INTEGRABLE, BETA_ONE),
        conclusion=gradient_identity,
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
                detail="For L = t²/2, γ = 1 the gradient is βθ/2, and γ(θ − E) = θ/2.",
            ),
            Necessity(
                "finite integral",
                witness={"loss": "quadratic", "rho": "-2", "theta": "1", "gamma": "1"},
                detail="For L = −t² and γ = 1 the integral is infinite, and F is not a number.",
            ),
        ),
        notes=(
            "Nothing is asked of $L$ but that it is measurable and that the integral is finite and "
            "positive (a loss may be $+\\infty$, but not almost everywhere): $F$ is infinitely "
            "differentiable whatever kinks or jumps $L$ has. "
            "`jaxat.entropy-beta` gives the formulas for every $\\beta$."
        ),
        cost=1.5,
    )
)


@EQ_11.check(Method.SYMBOLIC, Verdict.PROVED)
def under_the_integral_sign(run: Run) -> Evidence:
    """∂ log I[1]/∂θᵢ with L left undefined: ∂w/∂θᵢ = −βγ(θᵢ − tᵢ)w, at β = 1."""
    from theory.symbolic import prove_zero

    calculus = MomentCalculus()
    proofs = calculus.kernel_rule()
    for i in range(2):
        printed = printed_gradient(calculus.gamma, calculus.theta[i], calculus.mean(i))
        proofs.append(prove_zero((calculus.gradient(i) - printed).subs(calculus.beta, 1)))
    return Evidence.from_proofs(
        Method.SYMBOLIC,
        proofs,
        assumes=(DOMINATED,),
        detail="Coordinate by coordinate, so in every dimension m; the density stays abstract.",
    )


@EQ_11.check(Method.SYMBOLIC, Verdict.PROVED)
def closed_form_of_a_kink(run: Run) -> Evidence:
    """L = a|t|: antiderivatives by erf, checked by differentiating, then −F' = βγ(θ − E)."""
    import sympy
    from sympy import erf, exp, sqrt

    from theory.symbolic import prove_zero

    a, g, b = sympy.symbols("a gamma beta", positive=True)
    t, theta = sympy.symbols("t theta", real=True)
    proofs, mass, first = [], sympy.S.Zero, sympy.S.Zero
    for side in (1, -1):
        integrand = exp(-b * side * a * t - b * g / 2 * (t - theta) ** 2)
        middle = theta - side * a / g
        height = exp(b * a**2 / (2 * g) - b * side * a * theta) * sqrt(sympy.pi / (2 * b * g))
        zeroth: Any = height * erf(sqrt(b * g / 2) * (t - middle))
        moment: Any = middle * zeroth - integrand / (b * g)
        proofs.append(prove_zero(sympy.diff(zeroth, t) - integrand))
        proofs.append(prove_zero(sympy.diff(moment, t) - t * integrand))
        # erf is ±1 at ±∞, where the integrand vanishes.
        mass += height - side * zeroth.subs(t, 0)
        first += middle * height - side * moment.subs(t, 0)
    mean = sympy.sympify(first) / mass
    minus_slope = -sympy.diff(sympy.log(mass), theta)
    gap = minus_slope - b * printed_gradient(g, theta, mean)
    proofs.append(prove_zero((gap * mass).expand()))
    return Evidence.from_proofs(
        Method.SYMBOLIC,
        proofs,
        Scope("L = a|t|, every a, γ, β, θ, m = 1", {"loss": Names("a|t|")}),
        detail="A kink in L, and no exchange of limits is assumed: both sides are closed forms.",
    )


@EQ_11.check(Method.RIGOROUS, Verdict.PROVED)
def two_computations_in_balls(run: Run) -> Evidence:
    """−F' by power series of the closed form, and γ(θ − E) by moments, to 20 digits."""
    from theory.rigorous.arithmetic import precision

    with precision(256):
        proofs = [
            Exactly(truth(gradient_identity(point)), f"{point['loss']} at {point['theta']}")
            for point in example_points(gamma="3/2")
        ]
    return Evidence.from_proofs(
        Method.RIGOROUS,
        proofs,
        AT_EXAMPLES,
        detail="Quadratic, |t|, tent, cap, double well, hinges; split at kinks, nothing cut off.",
    )


@EQ_11.check(Method.RIGOROUS, Verdict.PROVED)
def difference_quotients_in_balls(run: Run) -> Evidence:
    """Attacked logistic loss: central differences of certified integrals F, to 5 digits.

    A difference quotient is −F'(ξ) with |ξ − θ| ≤ h, so γ(θ − E) is enclosed for all those θ.
    """
    from theory.rigorous.arithmetic import ball_interval, precision

    step, proofs = rational(1) / 2**24, []
    with precision(96):
        for point in attacked_logistic():
            theta, gamma = point["theta"], point["gamma"]
            ahead, behind = (enclose_attacked(point, t).F for t in (theta + step, theta - step))
            quotient = (behind - ahead) / (2 * step)
            around = ball_interval(theta - step, theta + step)
            printed = printed_gradient(gamma, around, enclose_attacked(point, around).mean)
            near = Comparison(abs(quotient - printed), "<=", rational(1) / 10**5)
            proofs.append(Exactly(near.holds(), f"attacked logistic loss at {theta}"))
    return Evidence.from_proofs(
        Method.RIGOROUS,
        proofs,
        AT_EXAMPLES,
        detail="θ on the kink of ε|θ| and beside it; the integrals are split at the kink.",
    )


@EQ_11.check(Method.NUMERIC, Verdict.SUPPORTED)
def automatic_differentiation(run: Run) -> Evidence:
    """jax.grad of a quadrature of −F: logistic and swish, clean, L2, L∞, m = 1 and 2."""
    import numpy as np

    samples = quadrature_samples(run, beta=1.0)
    errors = []
    for m in (1, 2):
        gamma = samples["gamma"][:, None]
        printed = printed_gradient(gamma, samples[f"theta_{m}"], samples[f"mean_{m}"])
        errors.append(np.abs(samples[f"gradient_{m}"] - printed).max(-1))
    error = np.concatenate(errors)
    finite = np.isfinite(error)
    return Evidence.supported(
        admissible=int(finite.sum()),
        tried=error.size,
        margin=-float(error[finite].max()),
        tolerance=1e-11,
        seed=run.seed,
    )


BETA = register(
    Claim(
        id="kanai.eq-11.beta",
        kind=Kind.REMARK,
        source=kanai("Section 2.2, (11) and (12) read for every β of (10)", "10", "11"),
        title="−∇F(θ) = γ(θ − E[θ']) with the β of Eq. (10), whatever β is",
        statement=(
            r"(10) defines $F$ with a factor $\beta$ that “is usually set to one”. Formulas (11) "
            r"and (53), which the text states for $\beta=1$, are the gradient and the Hessian of "
            r"that $F$ for other $\beta$ too."
        ),
        expected=Verdict.REFUTED,
        repaired_by=("jaxat.entropy-beta",),
        hypotheses=(INTEGRABLE,),
        conclusion=gradient_identity,
        domain=ANY_LOSS,
        notes=(
            "The paper does not assert this: it says “with $\\beta=1$”. The claim is here because "
            "(11), (12) and (53) are easily copied next to (10), and then a factor is missing."
        ),
        cost=0.1,
    )
)

ERRATA = (
    Erratum(
        id="kanai.erratum-38",
        where="Final version, Section 2.2, (11) and (12), and Appendix A, (47), (48), (53)",
        printed=(
            r"$-\nabla F=\gamma(\theta-\mathbb{E}[\theta'])$ and "
            r"$-\nabla^2F=\gamma I-\gamma^2\Sigma_\theta$, next to a definition of $F$ with $\beta$"
        ),
        correct=(
            r"right for $\beta=1$, as the text says. For the $F$ of (10): "
            r"$-\nabla F=\beta\gamma(\theta-\mathbb{E}[\theta'])$ and "
            r"$-\nabla^2F=\beta\gamma I-\beta^2\gamma^2\Sigma_\theta$, with "
            r"$p_\theta\propto\exp(-\beta L-\beta\frac\gamma2\|\theta-\theta'\|^2)$."
        ),
        claim="kanai.eq-11.beta",
    ),
)
