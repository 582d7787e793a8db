"""The Hessian of the robust logistic loss, its bounds, its radial part, and what autodiff sees."""

from __future__ import annotations

from typing import Any

from theory.claim import Claim, Hypothesis, Kind, Necessity
from theory.claims_support_yamada import NONZERO, RADIUS, ours
from theory.evidence import Evidence, Exactly, Method, Verdict
from theory.exact import Comparison, Point, dot, norm, rational, scale, sigmoid, subtract
from theory.exact_logistic import (
    detached_hessian,
    directional,
    identity_minus_projector,
    projector_coefficient,
    quadratic_form,
    robust_gradient,
    weighted_mean,
)
from theory.registry import register
from theory.run import Run
from theory.scope import Names, Scope

NEEDS_NONZERO = Necessity("w != 0", detail="At w = 0 the loss has a kink and no Hessian.")


def samples(point: Point) -> tuple[Any, Any, Any]:
    return point["w"], point["z"], point["eps"]


def worst_examples(point: Point) -> tuple[list[Any], list[Any]]:
    """s_n and u_n = z_n − εw/‖w‖."""
    w, z, eps = samples(point)
    length = norm(w)
    s = [sigmoid(eps * length - dot(w, row)) for row in z]
    return s, [subtract(row, scale(eps / length, w)) for row in z]


def curvature_and_bounds(point: Point) -> list[Comparison]:
    """c vᵀPv ≤ vᵀHv ≤ (c + mean s(1−s)‖u‖²)‖v‖², with vᵀHv from the power series of the loss."""
    w, z, eps = samples(point)
    v = point["v"]
    curvature = directional(w, z, eps, v)[2]
    c = projector_coefficient(w, z, eps)
    s, u = worst_examples(point)
    spread = weighted_mean([a * (1 - a) * dot(row, row) for a, row in zip(s, u, strict=True)])
    return [
        Comparison(c * quadratic_form(identity_minus_projector(w), v), "<=", curvature),
        Comparison(curvature, "<=", (c + spread) * dot(v, v)),
    ]


HESSIAN = register(
    Claim(
        id="jaxat.yamada-hessian",
        kind=Kind.RESULT,
        source=ours("the Hessian of the robust logistic loss"),
        title="H = A + cP, cP ≤ H, λ_max ≤ c + mean s(1 − s)‖u‖²",
        statement=(
            r"With $s_n = \sigma(\varepsilon\|w\|-w\cdot z_n)$, $u_n = z_n - \varepsilon w/\|w\|$, "
            r"$P = I - ww^\top/\|w\|^2$ and $w \ne 0$: the Hessian is $H = A + cP$ with "
            r"$A = \frac1N\sum s_n(1-s_n)u_nu_n^\top$ and $c = \frac{\varepsilon}{\|w\|}\frac1N\sum s_n$; "
            r"$H \succeq cP$, so at least $d - 1$ eigenvalues are $\ge c$; and "
            r"$\lambda_{\max}(H) \le c + \frac1N\sum s_n(1-s_n)\|u_n\|^2$."
        ),
        expected=Verdict.PROVED,
        depends=("yamada.appendix-b",),
        domain={"part": Names("formula", "lower bound", "upper bound")},
        hypotheses=(RADIUS, NONZERO),
        conclusion=curvature_and_bounds,
        necessity=(
            Necessity(
                "eps >= 0",
                witness={"w": "(1, 0)", "z": "((0, 0),)", "eps": "-2", "v": "(1, 0)"},
                detail="A negative radius makes c negative, which does not bound cP along w.",
            ),
            NEEDS_NONZERO,
        ),
    )
)


@HESSIAN.check(Method.SYMBOLIC, Verdict.PROVED)
def second_derivative(run: Run) -> Evidence:
    """d²/dt² of the loss at w + tv against vᵀ(A + cP)v, with norms and inner products as symbols."""
    import sympy

    from theory.symbolic import prove_nonnegative_by_identity, prove_zero

    t, p, k, m = sympy.symbols("t p k m", real=True)  # ⟨w, v⟩, ⟨z, v⟩, ⟨z, w⟩
    a, b = sympy.symbols("a b", positive=True)
    eps = sympy.Symbol("epsilon", nonnegative=True)
    h = eps * sympy.sqrt(a**2 + 2 * t * p + t**2 * b**2) - m - t * k
    curvature = sympy.diff(sympy.log(1 + sympy.exp(h)), t, 2).subs(t, 0)
    e = sympy.exp(eps * a - m)
    s, inner = e / (1 + e), k - eps * p / a
    across = b**2 - p**2 / a**2
    formula = s * (1 - s) * inner**2 + eps * s / a * across
    lower = formula - eps * s / a * across
    return Evidence.from_proofs(
        Method.SYMBOLIC,
        [
            prove_zero(curvature - formula),
            prove_nonnegative_by_identity(lower, e / (1 + e) ** 2 * inner**2),
        ],
        Scope("formula and lower bound", {"part": Names("formula", "lower bound")}),
        detail="Dimension-free. P has the eigenvalue 1 with multiplicity d − 1.",
        assumes=("Weyl: H ⪰ cP orders the eigenvalues",),
    )


@HESSIAN.check(Method.EXACT, Verdict.PROVED)
def upper_bound(run: Run) -> Evidence:
    """s(1−s)⟨u, v⟩² + c(‖v‖² − ⟨ŵ, v⟩²) ≤ (s(1−s)‖u‖² + c)‖v‖², by Cauchy-Schwarz."""
    import z3

    from theory.smt import gram_pair, prove

    pair = gram_pair()  # u and v
    s, c, q = z3.Reals("s c q")  # q = ⟨ŵ, v⟩
    given = [*pair.constraints, s > 0, s < 1, c >= 0]
    cauchy = prove(pair.p**2 <= pair.a**2 * pair.b**2, given=given)
    product = z3.Real("p_squared")
    weighted = prove(
        s * (1 - s) * product + c * (pair.b**2 - q**2)
        <= s * (1 - s) * pair.a**2 * pair.b**2 + c * pair.b**2,
        given=[*given, product <= pair.a**2 * pair.b**2],
    )
    return Evidence.from_proofs(
        Method.EXACT,
        [cauchy, weighted],
        Scope("upper bound", {"part": Names("upper bound")}),
        detail="For every sample; the mean keeps the inequality, and v is arbitrary.",
    )


def constant() -> Any:
    """max of σ'(m)m², at the positive root of m tanh(m/2) = 2."""
    from flint import ctx

    from theory.rigorous import enclose_root

    root = enclose_root(lambda m: m * (m / 2).tanh() - 2, 2, 3, digits=int(ctx.prec * 0.3) + 5)
    return root * root / (4 * (root / 2).cosh() ** 2)


RADIAL = register(
    Claim(
        id="jaxat.yamada-radial-curvature",
        kind=Kind.RESULT,
        source=ours("the Hessian of the robust logistic loss"),
        title="wᵀHw = mean σ'(m)m² ≤ 0.43922…, for all data, weights and radii",
        statement=(
            r"$w^\top H w = \frac1N\sum_n\sigma'(m_n)m_n^2 \le C$, $m_n = w\cdot z_n - \varepsilon\|w\|$, "
            r"with $C = \max_m \sigma'(m)m^2 = 0.4392288398906451\ldots$, attained at the root "
            r"$2.3993572805154676\ldots$ of $m\tanh(m/2) = 2$. The curvature along $w$ in units of "
            r"$\|w\|^2$, the radial part of filter-normalised sharpness, is bounded by a number."
        ),
        expected=Verdict.PROVED,
        depends=("jaxat.yamada-hessian",),
        hypotheses=(NONZERO,),
        conclusion=lambda w: Comparison(directional(*samples(w), w["w"])[2], "<=", constant()),
        necessity=(NEEDS_NONZERO,),
    )
)


@RADIAL.check(Method.RIGOROUS, Verdict.PROVED)
def certified_maximum(run: Run) -> Evidence:
    """g = σ'(m)m² rises up to the one root of m tanh(m/2) = 2 and falls after it."""
    import sympy
    import z3

    from theory.exact import ball
    from theory.rigorous import enclose_root, precision
    from theory.smt import prove
    from theory.symbolic import prove_zero

    t, a = sympy.symbols("t a", positive=True)
    eps = sympy.Symbol("epsilon", nonnegative=True)
    m = sympy.Symbol("m", positive=True)
    x = sympy.Symbol("x", real=True)  # ⟨z, w⟩
    along = sympy.log(1 + sympy.exp(eps * a * t - t * x))
    e = sympy.exp(eps * a - x)
    radial = sympy.diff(along, t, 2).subs(t, 1) - e / (1 + e) ** 2 * (x - eps * a) ** 2
    g = m**2 * sympy.exp(m) / (1 + sympy.exp(m)) ** 2
    u = m * (sympy.exp(m) - 1) / (sympy.exp(m) + 1)  # m tanh(m/2)
    slope = sympy.diff(g, m) - g * (2 - u) / m
    rise = sympy.diff(u, m) - (
        (sympy.exp(2 * m) - 1 + 2 * m * sympy.exp(m)) / (sympy.exp(m) + 1) ** 2
    )
    value, exponential = z3.Reals("m E")
    increasing = prove(
        exponential * exponential - 1 + 2 * value * exponential > 0,
        given=[value > 0, exponential > 1],
    )
    with precision(140):
        root = enclose_root(lambda r: r * (r / 2).tanh() - 2, 2, 3, digits=32)
        printed = abs(root - ball(rational("2.399357280515467667832739697283"))) < ball(
            rational("1e-29")
        )
        top = abs(constant() - ball(rational("0.439228839890645150775979636655"))) < ball(
            rational("1e-29")
        )
    return Evidence.from_proofs(
        Method.RIGOROUS,
        [
            prove_zero(radial),
            prove_zero(slope),
            prove_zero(rise),
            increasing,
            Exactly(bool(printed), "the root to 29 digits, by a certified change of sign"),
            Exactly(bool(top), "the maximum to 29 digits, in balls"),
        ],
        witness={"w": ("2399357280515467668/1000000000000000000", 0), "z": ((1, 0),), "eps": 0},
        detail=(
            "σ'(m)m² is even, so m > 0 is enough; m tanh(m/2) increases from 0 without bound, and "
            "g' has the sign of 2 − m tanh(m/2). Proved for each sample, hence for the mean."
        ),
    )


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
            r"Hessian-vector products through a loss at *fixed* adversarial examples, as one gets by "
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
            r"At every minimiser $w^* \ne 0$ of the robust loss $F$: $c\,w^* = \frac1N\sum s_nz_n$, so "
            r"$w^*$ is stationary for *ridge* logistic regression with margins shifted by "
            r"$\varepsilon\|w^*\|$ and weight decay $c$; and $\bar s \le 1 - e^{-F(w^*)} \le \frac12$, so "
            r"the coefficient $\frac{\varepsilon}{2\|w^*\|}$ of Eq. (9) is an upper bound of the true $c$, "
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
        ),
        cost=0.5,
    )
)


@RIDGE.check(Method.SYMBOLIC, Verdict.PROVED)
def stationarity_and_jensen(run: Run) -> Evidence:
    """mean s(z − εŵ) = 0 is c w = mean s z; σ(h) = 1 − e^{−ℓ}; F(w*) ≤ F(0) = log 2."""
    import sympy

    from theory.symbolic import prove_monotone, prove_zero

    h, g, q = sympy.symbols("h g q", real=True)
    a, loss = sympy.symbols("a L", positive=True)
    eps, s = sympy.symbols("epsilon s", nonnegative=True)
    # One coordinate: gradient g = −(q − ε s w/a), q = mean s z, w the coordinate, c = εs/a.
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
        assumes=("Jensen: mean e^{−ℓ} ≥ e^{−mean ℓ}",),
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
