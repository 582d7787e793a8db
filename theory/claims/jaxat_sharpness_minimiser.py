"""What autodiff sees of the Hessian of the robust loss, and what a minimiser satisfies."""

from __future__ import annotations

from typing import Any

from theory.claim import Claim, Hypothesis, Kind, Necessity
from theory.claims.jaxat_sharpness import NEEDS_NONZERO, samples, worst_examples
from theory.evidence import Evidence, Method, Verdict
from theory.exact import Comparison, Point, rational
from theory.exact.logistic import (
    detached_hessian,
    directional,
    quadratic_form,
    robust_gradient,
    weighted_mean,
)
from theory.registry import register
from theory.run import Run
from theory.support.yamada import NONZERO, RADIUS, ours


def detached_below_true(point: Point) -> Comparison:
    """vᵀAv ≤ vᵀHv, the latter from the power series of the loss."""
    w, z, eps = samples(point)
    held = quadratic_form(detached_hessian(w, z, eps), point["v"])
    return Comparison(held, "<=", directional(w, z, eps, point["v"])[2])


DETACHED = register(
    Claim(
        id="jaxat.detached-hessian",
        kind=Kind.RESULT,
        source=ours("the Hessian of the robust logistic loss"),
        title="with the attack held constant, autodiff gives A: it misses cP, all of Eq. (9)",
        statement=(
            r"Hessian-vector products through a loss at *fixed* adversarial examples, as one gets "
            r"by "
            r"running an attack first and differentiating afterwards, give $A \preceq H$ and not "
            r"$H = A + cP$. At the weight of Eq. (9) they give 0, while "
            r"$H = \frac{\varepsilon}{2\|w\|}P$."
        ),
        expected=Verdict.PROVED,
        depends=("jaxat.yamada-hessian",),
        hypotheses=(RADIUS, NONZERO),
        conclusion=detached_below_true,
        necessity=(
            Necessity(
                "eps >= 0",
                witness={"w": "(1, 0)", "z": "((0, 0),)", "eps": "-2", "v": "(0, 1)"},
                detail="The missing term has the sign of ε.",
            ),
            NEEDS_NONZERO,
        ),
        cost=1.5,
    )
)


@DETACHED.check(Method.SYMBOLIC, Verdict.PROVED)
def difference_is_the_projector(run: Run) -> Evidence:
    """d²/dt² with η fixed is s(1−s)⟨u, v⟩²; what is missing is (εs/‖w‖)(‖v‖² − ⟨w, v⟩²/‖w‖²)."""
    import sympy

    from theory.gram import dot as inner
    from theory.gram import gram, norm_squared
    from theory.symbolic import prove_nonnegative_by_identity, prove_zero

    t = sympy.Symbol("t", real=True)
    a = sympy.Symbol("a", positive=True)
    eps = sympy.Symbol("epsilon", nonnegative=True)
    w, z, v = gram("w z v", norms={"w": a})
    u = z - w * (eps / a)
    fixed = sympy.log(1 + sympy.exp(-inner(w, u) - t * inner(v, u)))
    e = sympy.exp(-inner(w, u))
    held = sympy.diff(fixed, t, 2).subs(t, 0) - e / (1 + e) ** 2 * inner(u, v) ** 2
    # ‖v‖² − ⟨w, v⟩²/‖w‖² is the squared length of the part of v across w.
    missing = norm_squared(v) - inner(w, v) ** 2 / a**2
    across = norm_squared(v - w * (inner(w, v) / a**2))
    at_special = inner(u, v).subs(inner(z, v), eps / a * inner(w, v))
    size = sympy.Symbol("size", nonnegative=True)
    return Evidence.from_proofs(
        Method.SYMBOLIC,
        [
            prove_zero(held),
            prove_zero(missing - across),
            prove_nonnegative_by_identity(eps / a * size**2, eps / a * size**2),
            prove_zero(at_special),
        ],
        witness={"w": (3, 4), "z": ((1, 2), (2, 1)), "eps": 1, "v": (3, 4)},
        detail="Dimension-free. Along v = w nothing is missing, which makes the bound sharp.",
    )


@DETACHED.check(Method.NUMERIC, Verdict.SUPPORTED)
def automatic_differentiation(run: Run) -> Evidence:
    """jax.hessian with stop_gradient on the examples against A, and without it against A + cP."""
    import jax
    import jax.numpy as jnp
    import numpy as np

    from theory.weight_sharpness import detached_hessian as closed
    from theory.weight_sharpness import robust_hessian

    n, d, count = 3, 3, run.pick(50, 300)

    def loss(w: Any, z: Any, eps: Any, held: bool) -> Any:
        shift = eps * w / jnp.sqrt(w @ w)
        u = z - (jax.lax.stop_gradient(shift) if held else shift)
        return jnp.mean(jnp.logaddexp(0.0, -u @ w))

    @jax.jit
    @jax.vmap
    def four(w: Any, z: Any, eps: Any) -> Any:
        held, true = (jax.hessian(lambda q, h=h: loss(q, z, eps, h))(w) for h in (True, False))
        return held, closed(w, z, eps), true, robust_hessian(w, z, eps)

    rng = run.rng
    w, z = rng.standard_normal((count, d)), rng.standard_normal((count, n, d))
    parts = four(w, z, rng.uniform(0, 2, count))
    held, closed_held, true, closed_true = (np.asarray(part) for part in parts)
    scale_ = np.abs(closed_true).max((1, 2))
    error = np.maximum(
        np.abs(held - closed_held).max((1, 2)), np.abs(true - closed_true).max((1, 2))
    )
    return Evidence.supported(
        admissible=count,
        tried=count,
        margin=-float((error / scale_).max()),
        tolerance=1e-11,
        seed=run.seed,
    )


def implied_coefficient(point: Point) -> Comparison:
    """mean s ≤ 1/2, so that c = ε mean s/‖w‖ ≤ ε/(2‖w‖)."""
    return Comparison(weighted_mean(worst_examples(point)[0]), "<=", rational("1/2"))


RIDGE = register(
    Claim(
        id="jaxat.minimiser-as-ridge",
        kind=Kind.RESULT,
        source=ours("the Hessian of the robust logistic loss"),
        title="at a minimiser c w = mean s z, and c ≤ (1 − e^{−F})ε/‖w‖ ≤ ε/(2‖w‖)",
        statement=(
            r"At every minimiser $w^* \ne 0$ of the robust loss $F$: $c\,w^* = \frac1N\sum "
            r"s_nz_n$, so "
            r"$w^*$ is stationary for *ridge* logistic regression with margins shifted by "
            r"$\varepsilon\|w^*\|$ and weight decay $c$; and $\bar s \le 1 - e^{-F(w^*)} \le "
            r"\frac12$, so "
            r"the coefficient $\frac{\varepsilon}{2\|w^*\|}$ of Eq. (9) is an upper bound of the "
            r"true $c$, "
            r"attained only if all losses are $\log 2$."
        ),
        expected=Verdict.PROVED,
        depends=("jaxat.yamada-hessian", "yamada.convexity"),
        hypotheses=(
            RADIUS,
            NONZERO,
            Hypothesis(
                "minimiser",
                r"$\nabla F(w) = 0$, which for a convex loss means a minimiser",
                lambda w: [Comparison(e, "==", 0) for e in robust_gradient(*samples(w))],
            ),
        ),
        conclusion=implied_coefficient,
        necessity=(
            Necessity(
                "minimiser",
                witness={"w": "(1, 0)", "z": "((-1, 0),)", "eps": "0"},
                detail="Where most samples are misclassified, mean s is above 1/2.",
            ),
            NEEDS_NONZERO,
            Necessity(
                "eps >= 0",
                detail="For ε < 0 the loss is not convex and ∇F = 0 means no minimiser; open.",
            ),
        ),
        cost=0.5,
    )
)


@RIDGE.check(Method.SYMBOLIC, Verdict.PROVED)
def stationarity_and_jensen(run: Run) -> Evidence:
    """mean s(z − εŵ) = 0 is c w = mean s z; σ(h) = 1 − e^{−ℓ}; F(w*) ≤ F(0) = log 2."""
    import sympy

    from theory.symbolic import prove_monotone, prove_zero

    h, q = sympy.symbols("h q", real=True)
    a, loss = sympy.symbols("a L", positive=True)
    eps, s = sympy.symbols("epsilon s", nonnegative=True)
    # One coordinate: the gradient is −(q − ε s w/a), q = mean s z, w the coordinate, c = εs/a.
    w = sympy.Symbol("w", real=True)
    gradient = -(q - eps * s * w / a)
    e = sympy.exp(h)
    return Evidence.from_proofs(
        Method.SYMBOLIC,
        [
            prove_zero((gradient + q) - eps * s / a * w),
            prove_zero(e / (1 + e) - (1 - sympy.exp(-sympy.log(1 + e)))),
            prove_zero(1 - sympy.exp(-sympy.log(2)) - sympy.Rational(1, 2)),
            prove_monotone(1 - sympy.exp(-loss), loss, sympy.exp(-loss)),
        ],
        assumes=("Jensen: mean e^{−ℓ} ≥ e^{−mean ℓ}, with equality only for equal ℓ",),
        witness={"w": (3, 4), "z": (("3/5", "4/5"),), "eps": 1},
        detail="1 − e^{−F} increases in F, and F(w*) ≤ F(0) = log 2.",
    )


@RIDGE.check(Method.NUMERIC, Verdict.SUPPORTED)
def minimisers_by_newton(run: Run) -> Evidence:
    """Random overlapping data: c w* against mean s z, and the sign of 1 − e^{−F} − mean s."""
    import numpy as np

    from theory.weight_phases import collapse_radius, minimiser, robust_margin

    rng, count, worst, done = run.rng, run.pick(10, 40), 0.0, 0
    for _ in range(count):
        z = rng.standard_normal((8, 2)) + np.array([0.7, 0.0])
        low, high = robust_margin(z), collapse_radius(z)
        if high < 0.1 or low > 0.8 * high:
            continue
        eps = low + (high - low) * rng.uniform(0.2, 0.9)
        w = minimiser(z, eps)
        length = np.linalg.norm(w)
        h = eps * length - z @ w
        s, value = 1 / (1 + np.exp(-h)), np.logaddexp(0.0, h).mean()
        gap = np.abs(eps * s.mean() / length * w - (s @ z) / len(z)).max() / length
        worst, done = max(worst, float(gap), float(s.mean() + np.exp(-value) - 1)), done + 1
    return Evidence.supported(
        admissible=done, tried=count, margin=-worst, tolerance=1e-9, seed=run.seed
    )
