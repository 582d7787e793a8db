"""EntropySGD of a weakly convex loss: bounds on all of R^m, attained."""

from __future__ import annotations

from typing import Any

from theory.claim import Claim, Hypothesis, Kind, Necessity, truth
from theory.claims.jaxat_entropy_convex import (
    PARTS,
    PREKOPA,
    largest_curvature,
    scale_of,
    weakly_convex,
)
from theory.evidence import Evidence, Exactly, Method, Verdict
from theory.exact import Comparison, Point, rational
from theory.exact.entropy import loss_panels, weak_convexity
from theory.registry import register
from theory.run import Run
from theory.support.entropy import AT_EXAMPLES, at, example_points, ours
from theory.support.entropy_samples import hinge_curvature


def most_negative_curvature(gamma: Any, rho: Any) -> Any:
    """Of −F is not below −γρ/(γ − ρ)."""
    return gamma * rho / (gamma - rho)


def weakly_convex_bounds(point: Point) -> Comparison:
    """−F'' ≤ βγ (part "upper"), F'' ≤ βγρ/(γ − ρ) (part "lower")."""
    curvature, beta = at(point).hessian, point.get("beta", rational(1))
    if point["part"] == "upper":
        return Comparison(curvature, "<=", largest_curvature(scale_of(point)))
    return Comparison(
        -curvature, "<=", beta * most_negative_curvature(point["gamma"], point["rho_weak"])
    )


WEAKLY = register(
    Claim(
        id="jaxat.entropy-weakly-convex",
        kind=Kind.RESULT,
        source=ours("EntropySGD of a weakly convex loss"),
        title="L ρ-weakly convex, ρ < γ ⇒ −γρ/(γ − ρ) I ⪯ −∇²F ⪯ γI on all of R^m",
        statement=(
            r"If $L+\frac\rho2\|\cdot\|^2$ is convex with $0\le\rho<\gamma$, then for every "
            r"$\theta\in\mathbb{R}^m$: $-\frac{\gamma\rho}{\gamma-\rho}I\preceq-\nabla^2F(\theta)"
            r"\preceq\gamma I$ (both ends times $\beta$ for other $\beta$). $-F$ is $\max(\gamma,"
            r"\frac{\gamma\rho}{\gamma-\rho})$-smooth."
        ),
        expected=Verdict.PROVED,
        hypotheses=(
            Hypothesis(
                "rho < gamma",
                r"$0 \le \rho < \gamma$, $\beta > 0$",
                lambda w: (
                    Comparison(w["rho_weak"], ">=", 0),
                    Comparison(w["gamma"], ">", w["rho_weak"]),
                    Comparison(w.get("beta", rational(1)), ">", 0),
                ),
            ),
            Hypothesis(
                "L weakly convex",
                r"$L + \frac\rho2\|\cdot\|^2$ convex",
                lambda w: weakly_convex(w, w["rho_weak"]),
            ),
        ),
        conclusion=weakly_convex_bounds,
        domain=PARTS,
        depends=("jaxat.entropy-convex",),
        necessity=(
            Necessity(
                "rho < gamma",
                witness={
                    "loss": "cap",
                    "rho": "2",
                    "half_width": "5",
                    "rho_weak": "2",
                    "theta": "0",
                    "gamma": "1",
                    "part": "lower",
                },
                detail="With ρ = 2γ the formula would give a positive lower bound.",
            ),
            Necessity(
                "L weakly convex",
                witness={
                    "loss": "tent",
                    "slope": "3",
                    "half_width": "4",
                    "rho_weak": "1/2",
                    "theta": "0",
                    "gamma": "1",
                    "part": "lower",
                },
                detail="The tip of a tent is not weakly convex with any ρ.",
            ),
        ),
        notes="Attained for every $\\rho<\\gamma$ by $L=-\\frac\\rho2t^2$.",
        cost=2.0,
    )
)


@WEAKLY.check(Method.SYMBOLIC, Verdict.PROVED)
def reduction_to_convex(run: Run) -> Evidence:
    """L = (L + ρ|t|²/2) − ρ|t|²/2: complete the square, and F is F of a convex loss, shifted.

    F(θ) = G(γθ/(γ − ρ)) + γρ|θ|²/(2(γ − ρ)), G the local entropy of L + ρ|t|²/2 with γ − ρ.
    """
    import sympy

    from theory.gram import gram, norm_squared
    from theory.symbolic import prove_nonnegative_by_identity, prove_zero

    excess = sympy.Symbol("excess", positive=True)  # γ = ρ + excess
    rho, quadratic = sympy.symbols("rho q", nonnegative=True)
    gamma = rho + excess
    t, theta = gram("t theta")
    old = gamma / 2 * norm_squared(theta - t) - rho / 2 * norm_squared(t)
    new = excess / 2 * norm_squared(t - gamma / excess * theta)
    rest = gamma * rho / (2 * excess) * norm_squared(theta)
    # G is concave: −G'' = q ≥ 0 along a unit vector.
    minus_hessian = (gamma / excess) ** 2 * quadratic - gamma * rho / excess
    lower = minus_hessian + most_negative_curvature(gamma, rho)
    variance = sympy.Symbol("v_Sigma_v", nonnegative=True)
    upper = largest_curvature(gamma) - (gamma - gamma**2 * variance)
    return Evidence.from_proofs(
        Method.SYMBOLIC,
        [
            prove_zero(sympy.expand(old - new + rest)),
            prove_nonnegative_by_identity(lower, (gamma / excess) ** 2 * quadratic),
            prove_nonnegative_by_identity(upper, gamma**2 * variance),
        ],
        assumes=(PREKOPA,),
        witness={
            "loss": "quadratic",
            "rho": -1,
            "rho_weak": 1,
            "theta": 0,
            "gamma": 3,
            "part": "lower",
        },
        detail="Every m, and the integral is finite by itself; attained by a concave quadratic.",
    )


@WEAKLY.check(Method.RIGOROUS, Verdict.PROVED)
def at_rational_points(run: Run) -> Evidence:
    """Both bounds in balls for the weakly convex losses among the examples, two β."""
    from theory.rigorous.arithmetic import precision

    proofs = []
    with precision(256):
        for beta in ("1", "7/3"):
            for point in example_points(lambda w: weakly_convex(w, 1), gamma="3/2", beta=beta):
                least = weak_convexity(loss_panels(point))
                for part in ("upper", "lower"):
                    held = truth(weakly_convex_bounds({**point, "part": part, "rho_weak": least}))
                    proofs.append(Exactly(held, f"{point['loss']}, β = {beta}: {part}"))
    return Evidence.from_proofs(Method.RIGOROUS, proofs, AT_EXAMPLES)


@WEAKLY.check(Method.NUMERIC, Verdict.SUPPORTED)
def search_over_kinks_and_bowls(run: Run) -> Evidence:
    """Largest F''/(γρ/(γ − ρ)) over three convex kinks on −ρt²/2, over ρ and θ; γ = 1."""
    import jax
    import jax.numpy as jnp

    from theory.numeric import maximise_ratio

    gamma = 1.0

    def parts(z: Any) -> tuple[Any, Any, Any, Any]:
        return z[:3], jax.nn.softplus(z[3:6] - 4), jnp.tanh(z[6]), 0.7 * jax.nn.sigmoid(z[7])

    def ratio(z: Any) -> Any:
        kinks, weights, theta, rho = parts(z)
        curvature = hinge_curvature(theta, kinks, weights, -rho, gamma)
        return -curvature / most_negative_curvature(gamma, rho)

    starts = run.rng.normal(size=(run.pick(6, 16), 8))
    result = maximise_ratio(ratio, starts, steps=run.pick(80, 150), learning_rate=0.1, heavy=True)
    kinks, weights, theta, rho = parts(jnp.asarray(result.point))
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
            "rho": -float(rho),
            "rho_weak": float(rho),
            "theta": float(theta),
            "gamma": gamma,
            "part": "lower",
        },
        seed=run.seed,
    )
