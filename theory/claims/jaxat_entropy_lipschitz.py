"""EntropySGD of a Lipschitz loss, such as any adversarial loss: a bound on all of R^m."""

from __future__ import annotations

from typing import Any

from theory.claim import Claim, Hypothesis, Kind, Necessity, Parameter, truth
from theory.evidence import Evidence, Exactly, Method, Verdict
from theory.exact import Comparison, Point, rational, sqrt
from theory.exact.entropy import lipschitz_constant, loss_panels
from theory.registry import register
from theory.run import Run
from theory.scope import Names, Scope
from theory.support.entropy import (
    ANY_LOSS,
    AT_EXAMPLES,
    POSITIVE,
    at,
    example_points,
    finite,
    ours,
)
from theory.support.entropy_samples import hinge_curvature


def variance_bound(slope: Any, gamma: Any, root: Any) -> Any:
    """((G + √(G² + 4γ))/(2γ))², with root = √(G² + 4γ)."""
    return ((slope + root) / (2 * gamma)) ** 2


def curvature_bound(slope: Any, root: Any) -> Any:
    """½G(G + √(G² + 4γ)), with root = √(G² + 4γ)."""
    return slope * (slope + root) / 2


def lipschitz_bounds(point: Point) -> Comparison | bool:
    """Var (part "variance") and F'' (part "curvature") with G → βG, γ → βγ."""
    if not finite(point):
        return False
    beta = point.get("beta", rational(1))
    slope, gamma = beta * point["G"], beta * point["gamma"]
    root = sqrt(slope * slope + 4 * gamma)
    moments = at(point)
    if point["part"] == "variance":
        return Comparison(moments.variance, "<=", variance_bound(slope, gamma, root))
    return Comparison(-moments.hessian, "<=", curvature_bound(slope, root))


def is_lipschitz(point: Point) -> bool:
    least = lipschitz_constant(loss_panels(point))
    return least is not None and bool(least <= point["G"])


CLAIM = register(
    Claim(
        id="jaxat.entropy-lipschitz",
        kind=Kind.RESULT,
        source=ours("EntropySGD of a Lipschitz loss"),
        title="L G-Lipschitz ⇒ −F is max(γ, ½G(G + √(G² + 4γ)))-smooth on all of R^m",
        statement=(
            r"If $|L(t)-L(t')|\le G\|t-t'\|$, then for every $\theta\in\mathbb{R}^m$: $\lambda_{"
            r"\max}(\Sigma_\theta)\le\big(\frac{G+\sqrt{G^2+4\gamma}}{2\gamma}\big)^2$, and "
            r"$\nabla F$ is $\max\big(\gamma,\tfrac12G(G+\sqrt{G^2+4\gamma})\big)$-Lipschitz on "
            r"$\mathbb{R}^m$. For other $\beta$ put $\beta G$, $\beta\gamma$ for $G$, $\gamma$."
        ),
        expected=Verdict.PROVED,
        hypotheses=(
            POSITIVE,
            Hypothesis("L Lipschitz", r"$L$ is $G$-Lipschitz", is_lipschitz),
        ),
        conclusion=lipschitz_bounds,
        domain={"part": Names("variance", "curvature"), **ANY_LOSS},
        depends=("jaxat.entropy-beta",),
        parameters={
            "G": Parameter(6.0, 0.5, 7.0, "Lipschitz constant in the search"),
            "gamma": Parameter(1.0, 0.8, 4.0, "γ in the search"),
        },
        necessity=(
            Necessity(
                "L Lipschitz",
                witness={
                    "loss": "cap",
                    "rho": "2",
                    "half_width": "5",
                    "G": "1",
                    "theta": "0",
                    "gamma": "1",
                    "part": "curvature",
                },
                detail="The cap has slopes up to 10.",
            ),
            Necessity(
                "gamma, beta > 0",
                witness={
                    "loss": "absolute",
                    "slope": "1",
                    "G": "1",
                    "theta": "0",
                    "gamma": "-1",
                    "part": "variance",
                },
                detail="Without a Gaussian nothing makes the integral finite.",
            ),
        ),
        notes=(
            "An adversarial loss is $C_\\theta$-Lipschitz when Assumption 1 of Kanai et al. holds "
            "(Proposition 1), however kinked it is: so EntropySGD smooths it on all of "
            "$\\mathbb{R}^m$, with a constant that does not depend on the dimension. Of $-F$ "
            "divided by $\\beta$ the bound grows like $\\beta G^2$, and the tent shows that this "
            "growth is real."
        ),
        cost=2.0,
    )
)


@CLAIM.check(Method.SYMBOLIC, Verdict.PROVED)
def integration_by_parts(run: Run) -> Evidence:
    """E[∂ᵥV (tᵥ − Eᵥ)] = 1 for V = L + γ|t − θ|²/2: 1 − γλ = Cov(∂ᵥL, tᵥ), so −F'' = γ Cov."""
    import sympy

    from theory.symbolic import prove_zero

    gamma = sympy.Symbol("gamma", positive=True)
    theta, mean, t = sympy.symbols("theta E t", real=True)
    loss = sympy.Function("L", real=True)(t)
    density = sympy.exp(-loss - gamma / 2 * (t - theta) ** 2)
    # d/dt [(t − E) p] = p − (t − E)(L' + γ(t − θ)) p: its integral is 0.
    parts = sympy.diff((t - mean) * density, t)
    expected = density * (1 - (t - mean) * (sympy.diff(loss, t) + gamma * (t - theta)))
    # E[(t − E)(t − θ)] = λ and E[(t − E) L'] = Cov, as E[t − E] = 0: moments by name.
    variance, covariance, m1 = sympy.symbols("lambda Cov m_1", real=True)
    second = variance + m1**2  # E[(t − θ)²] with m₁ = E − θ
    mixed = second - m1 * m1  # E[(t − E)(t − θ)] = E[(t − θ)²] − (E − θ)E[t − θ]
    relation = 1 - covariance - gamma * mixed
    hessian = gamma - gamma**2 * variance
    return Evidence.from_proofs(
        Method.SYMBOLIC,
        [prove_zero(parts - expected), prove_zero(hessian - gamma * covariance - gamma * relation)],
        Scope("the identity −F'' = γ Cov(∂ᵥL, tᵥ)", {"loss": Names("the identity alone")}),
        assumes=("Rademacher's theorem and integration by parts for Lipschitz L",),
        detail="So −∇²F along a unit eigenvector v of Σ is γ Cov(∂ᵥL, tᵥ).",
    )


@CLAIM.check(Method.EXACT, Verdict.PROVED)
def quadratic_inequality(run: Run) -> Evidence:
    """|1 − γλ| = |Cov(∂ᵥL, tᵥ)| ≤ G√λ decides: √λ ≤ (G + √(G² + 4γ))/(2γ)."""
    from theory.smt import prove, reals

    gamma, slope, s, root, covariance, variance = reals("gamma G s root Cov v")
    # s = √λ_max; Cauchy-Schwarz: Cov² ≤ E[(∂ᵥL)²] λ ≤ G² s².
    given = [
        gamma > 0,
        slope >= 0,
        s >= 0,
        root > 0,
        root**2 == slope**2 + 4 * gamma,
        1 - gamma * s**2 == covariance,
        covariance <= slope * s,
        -covariance <= slope * s,
    ]
    proofs = [
        prove(2 * gamma * s <= slope + root, given=given),
        prove(-gamma * covariance <= curvature_bound(slope, root), given=given),
        prove(s**2 <= variance_bound(slope, gamma, root), given=given),
        # The other end of the spectrum of −∇²F: every variance v is at least 0.
        prove(gamma - gamma**2 * variance <= gamma, given=[gamma > 0, variance >= 0]),
    ]
    return Evidence.from_proofs(
        Method.EXACT,
        proofs,
        assumes=(
            "Rademacher's theorem and integration by parts for Lipschitz L: the relation "
            "1 − γλ = Cov(∂ᵥL, tᵥ) on eigenvectors v of Σ",
            "Cauchy-Schwarz for Cov",
        ),
        witness={
            "loss": "tent",
            "slope": 30,
            "half_width": 60,
            "G": 30,
            "theta": 0,
            "gamma": 1,
            "part": "curvature",
        },
        detail="Every m: an eigenvector of Σ makes it a question on the line.",
    )


@CLAIM.check(Method.RIGOROUS, Verdict.PROVED)
def at_rational_points(run: Run) -> Evidence:
    """Both bounds in balls for the Lipschitz losses among the examples, two β."""
    from theory.rigorous.arithmetic import precision

    proofs = []
    with precision(256):
        for beta in ("1", "7/3"):
            points = example_points(
                lambda w: lipschitz_constant(loss_panels(w)) is not None, gamma="3/4", beta=beta
            )
            for point in points:
                slope = lipschitz_constant(loss_panels(point))
                for part in ("variance", "curvature"):
                    held = truth(lipschitz_bounds({**point, "part": part, "G": slope}))
                    proofs.append(Exactly(held, f"{point['loss']}, β = {beta}: {part}"))
    return Evidence.from_proofs(Method.RIGOROUS, proofs, AT_EXAMPLES)


@CLAIM.check(Method.NUMERIC, Verdict.SUPPORTED)
def search_over_kinks(run: Run) -> Evidence:
    """Largest F''/bound over the places and the weights of five kinks, Σ|weights| = G, and θ."""
    import jax.numpy as jnp
    import numpy as np

    from theory.numeric import maximise_ratio

    gamma, slope = run["gamma"], run["G"]
    root = float(np.sqrt(slope**2 + 4 * gamma))

    def parts(z: Any) -> tuple[Any, Any, Any]:
        weights = slope * z[5:10] / jnp.sum(jnp.abs(z[5:10])) * (1 - 1e-12)
        return 4 * z[:5], weights, jnp.tanh(z[10])

    def ratio(z: Any) -> Any:
        kinks, weights, theta = parts(z)
        return -hinge_curvature(theta, kinks, weights, 0.0, gamma) / curvature_bound(slope, root)

    starts = run.rng.normal(size=(run.pick(16, 24), 11))
    result = maximise_ratio(ratio, starts, steps=run.pick(100, 200), learning_rate=0.1, heavy=True)
    kinks, weights, theta = parts(jnp.asarray(result.point))
    return Evidence.supported(
        admissible=result.admissible,
        tried=result.tried,
        margin=1.0 - result.best,
        tolerance=1e-3,
        tightness=result.best,
        worst={
            "loss": "hinges",
            "kinks": tuple(kinks.tolist()),
            "weights": tuple(weights.tolist()),
            "theta": float(theta),
            "gamma": gamma,
            "G": slope,
            "part": "curvature",
        },
        seed=run.seed,
    )
