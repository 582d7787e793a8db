"""EntropySGD of a convex loss: -F is convex and gamma-smooth on all of R^m."""

from __future__ import annotations

from typing import Any

from theory.claim import Claim, Hypothesis, Kind, Necessity, truth
from theory.evidence import Evidence, Exactly, Method, Verdict
from theory.exact import Comparison, Point, rational
from theory.exact.entropy import loss_panels, weak_convexity
from theory.registry import register
from theory.run import Run
from theory.scope import Names
from theory.support.entropy import (
    ANY_LOSS,
    AT_EXAMPLES,
    POSITIVE,
    at,
    example_points,
    finite,
    ours,
)
from theory.support.entropy_samples import hinge_curvature, quadrature_samples

PREKOPA = "Prékopa's theorem: a marginal of a log-concave function is log-concave"
PARTS = {"part": Names("upper", "lower"), **ANY_LOSS}


def scale_of(point: Point) -> Any:
    return point["gamma"] * point.get("beta", rational(1))


def weakly_convex(point: Point, rho: Any) -> bool:
    """Is L + rho t²/2 convex?"""
    least = weak_convexity(loss_panels(point))
    return least is not None and bool(least <= rho)


def largest_curvature(gamma: Any) -> Any:
    """Of −F: γ, whatever the loss."""
    return gamma


def convex_bounds(point: Point) -> Comparison | bool:
    """−F'' ≤ βγ (part "upper"), −F'' ≥ 0 (part "lower")."""
    if not finite(point):
        return False
    curvature = at(point).hessian
    if point["part"] == "upper":
        return Comparison(curvature, "<=", largest_curvature(scale_of(point)))
    return Comparison(curvature, ">=", 0)


CONVEX = register(
    Claim(
        id="jaxat.entropy-convex",
        kind=Kind.RESULT,
        source=ours("EntropySGD of a convex loss"),
        title="L convex ⇒ 0 ⪯ −∇²F ⪯ γI on all of R^m: −F is convex and γ-smooth",
        statement=(
            r"If $L$ is convex, then $0\preceq-\nabla^2F(\theta)\preceq\gamma I$ for every "
            r"$\theta\in\mathbb{R}^m$ ($\beta\gamma I$ for other $\beta$): $-F$ is convex and "
            r"$\gamma$-smooth, whatever kinks $L$ has."
        ),
        expected=Verdict.PROVED,
        hypotheses=(
            POSITIVE,
            Hypothesis("L convex", r"$L$ convex", lambda w: weakly_convex(w, rational(0))),
        ),
        conclusion=convex_bounds,
        domain=PARTS,
        depends=("jaxat.entropy-beta",),
        necessity=(
            Necessity(
                "L convex",
                witness={
                    "loss": "tent",
                    "slope": "3",
                    "half_width": "4",
                    "theta": "0",
                    "gamma": "1",
                    "part": "lower",
                },
                detail="−F of a tent keeps a hump. The upper bound γ holds for every loss.",
            ),
            Necessity(
                "gamma, beta > 0",
                witness={
                    "loss": "quadratic",
                    "rho": "3",
                    "theta": "1",
                    "gamma": "-1",
                    "part": "lower",
                },
                detail="With γ = −1 the loss 3t²/2 gives −F'' = −3/2.",
            ),
        ),
        notes=(
            "The integral is finite by itself: a convex loss with values in $\\mathbb{R}$ lies "
            "above an affine function. The adversarial loss of the linear logistic model is "
            "convex, for every norm of the attack: this is the answer to how smooth the surfaces "
            "of Figures 2 (g), (h) and 5 are. $\\gamma$ is the best constant: for $L=a|t|$, "
            "$-F''(0)\\to\\gamma$ as $a\\to\\infty$."
        ),
        cost=2.0,
    )
)


@CONVEX.check(Method.SYMBOLIC, Verdict.PROVED)
def jointly_convex_exponent(run: Run) -> Evidence:
    """L(t) + (γ/2)|θ − t|² is convex in (θ, t), so e^F is log-concave; and Σ ⪰ 0."""
    import sympy

    from theory.gram import gram, norm_squared
    from theory.symbolic import prove_nonnegative_by_identity, prove_zero

    # λu + μv with λ + μ = 1: the square of the norm is convex, and u = θ − t is linear in (θ, t).
    share, gamma = sympy.symbols("lambda gamma", nonnegative=True)
    other = sympy.Symbol("mu", nonnegative=True)
    u, v = gram("u v")
    chord = share * norm_squared(u) + other * norm_squared(v)
    gap = chord - norm_squared(share * u + other * v) - share * other * norm_squared(u - v)
    slack = sympy.Symbol("convexity_of_L", nonnegative=True)
    norm = sympy.Symbol("|u-v|", nonnegative=True)
    total = slack + gamma / 2 * share * other * norm**2
    variance = sympy.Symbol("v_Sigma_v", nonnegative=True)
    upper = largest_curvature(gamma) - (gamma - gamma**2 * variance)
    return Evidence.from_proofs(
        Method.SYMBOLIC,
        [
            prove_zero(sympy.expand(gap.subs(other, 1 - share))),
            prove_nonnegative_by_identity(total, total),
            prove_nonnegative_by_identity(upper, gamma**2 * variance),
        ],
        assumes=(PREKOPA,),
        witness={"loss": "absolute", "slope": 100, "theta": 0, "gamma": 1, "part": "upper"},
        detail="Every m. Equivalently Σ ⪯ I/γ, the inequality of Brascamp and Lieb.",
    )


@CONVEX.check(Method.RIGOROUS, Verdict.PROVED)
def at_rational_points(run: Run) -> Evidence:
    """Both bounds in balls for the convex losses among the examples, two β."""
    from theory.rigorous.arithmetic import precision

    def allowed(point: Point) -> bool:
        return weakly_convex(point, rational(0))

    proofs = []
    with precision(256):
        for beta in ("1", "7/3"):
            for point in example_points(allowed, gamma="3/4", beta=beta):
                for part in ("upper", "lower"):
                    held = truth(convex_bounds({**point, "part": part}))
                    proofs.append(Exactly(held, f"{point['loss']}, β = {beta}: {part}"))
    return Evidence.from_proofs(Method.RIGOROUS, proofs, AT_EXAMPLES)


@CONVEX.check(Method.NUMERIC, Verdict.SUPPORTED)
def attacked_logistic_loss(run: Run) -> Evidence:
    """Eigenvalues of jax.hessian of a quadrature of −F in [0, βγ]: clean, L2, L∞, m = 1 and 2."""
    import numpy as np

    from theory.local_entropy.bounds import curvature_bounds_convex

    samples = quadrature_samples(run)
    scales = zip(samples["gamma"].tolist(), samples["beta"].tolist(), strict=True)
    low, high = np.transpose([curvature_bounds_convex(*scale) for scale in scales])
    logistic = np.arange(len(low)) % 6 < 3
    margins = []
    for m in (1, 2):
        found = np.linalg.eigvalsh(samples[f"hessian_{m}"])
        margins.append(np.minimum(found.min(-1) - low, high - found.max(-1)) / high)
    margin = np.concatenate([found[logistic] for found in margins])
    finite = np.isfinite(margin)
    return Evidence.supported(
        admissible=int(finite.sum()),
        tried=margin.size,
        margin=float(margin[finite].min()),
        tolerance=1e-11,
        seed=run.seed,
    )


@CONVEX.check(Method.NUMERIC, Verdict.SUPPORTED)
def search_over_kinks(run: Run) -> Evidence:
    """Largest −F''/γ over the places and the weights of three convex kinks and over θ."""
    import jax.numpy as jnp

    from theory.numeric import maximise_ratio

    gamma = 1.0

    def parts(z: Any) -> tuple[Any, Any, Any]:
        return 0.2 * z[:3], 12 * jnp.tanh(z[3:6] / 2) ** 2, jnp.tanh(z[6])

    def ratio(z: Any) -> Any:
        kinks, weights, theta = parts(z)
        curvature = hinge_curvature(theta, kinks, weights, 0.0, gamma, half=7.0)
        return curvature / largest_curvature(gamma)

    starts = run.rng.normal(size=(run.pick(6, 16), 7))
    result = maximise_ratio(ratio, starts, steps=run.pick(80, 150), learning_rate=0.1, heavy=True)
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
            "part": "upper",
        },
        seed=run.seed,
    )
