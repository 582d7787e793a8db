"""Eq. (9)-(11) of Yamada et al.: the Hessian at the optimal weight, and its eigenvalues."""

from __future__ import annotations

from typing import Any

from theory.claim import Claim, Hypothesis, Kind, Necessity
from theory.errata import Erratum
from theory.evidence import Evidence, Method, Verdict
from theory.exact import Comparison, Point, dot, matvec, norm, scale, subtract
from theory.exact.logistic import directional, identity_minus_projector, quadratic_form
from theory.registry import register
from theory.run import Run
from theory.support.yamada import LABEL, NONZERO, POSITIVE_RADIUS, reals, yamada

OPTIMAL = Hypothesis(
    "optimal for each point",
    r"$w/\|w\| = y\,x/\varepsilon$",
    lambda w: [
        Comparison(a, "==", b)
        for a, b in zip(scale(w["eps"], w["w"]), scale(w["y"] * norm(w["w"]), w["x"]), strict=True)
    ],
)


def coefficient(eps: Any, length: Any) -> Any:
    """The factor of the projector, for exact numbers, symbols and arrays alike."""
    return eps / (2 * length)


def hessian_at_optimum(point: Point) -> Comparison:
    """vᵀHv from the power series of the loss against (ε/2‖w‖) vᵀPv."""
    w, eps, v = point["w"], point["eps"], point["v"]
    curvature = directional(w, (scale(point["y"], point["x"]),), eps, v)[2]
    return Comparison(
        curvature, "==", coefficient(eps, norm(w)) * quadratic_form(identity_minus_projector(w), v)
    )


EQ_9 = register(
    Claim(
        id="yamada.eq-9",
        kind=Kind.EQUATION,
        source=yamada("Section 3.2", "9"),
        title="where w/‖w‖ = y x/ε for all samples, the Hessian is (ε/2‖w‖)(I − wwᵀ/‖w‖²)",
        statement=(
            r"$\left.\frac{\partial^2L_\eta}{\partial w_i\partial w_j}\right|_{w=w^*} = \frac1{2N}"
            r"\sum_n\frac{\|\eta^n\|}{\|w^*\|}\left(\delta_{ij} - "
            r"\frac{w^*_iw^*_j}{\|w^*\|^2}\right)$"
        ),
        expected=Verdict.PROVED,
        depends=("yamada.appendix-b", "yamada.optimal-weight"),
        hypotheses=(POSITIVE_RADIUS, LABEL, NONZERO, OPTIMAL),
        conclusion=hessian_at_optimum,
        necessity=(
            Necessity(
                "optimal for each point",
                witness={
                    "w": "(3, 4)",
                    "x": "(1, 0)",
                    "y": "1",
                    "eps": "1",
                    "v": "(4, -3)",
                },
                detail=(
                    "Elsewhere the Hessian has the second term of Appendix B, and the factor 1/2 "
                    "is "
                    "the mean of σ(−m), m the margins."
                ),
            ),
            Necessity("w != 0", detail="At w = 0 the loss has a kink and no Hessian."),
            Necessity(
                "eps > 0",
                detail="Proved for every real ε; for ε = 0 the condition asks for x = 0.",
            ),
            Necessity("label", detail="Only z = y x occurs, of which nothing else is assumed."),
        ),
        notes=(
            "The factor 1/2 is σ(0): at this weight every sample has margin 0 and loss log 2. At a "
            "true minimiser other than 0 the factor is mean σ(−m) ≤ 1/2, see "
            "`jaxat.minimiser-as-ridge`. In one dimension the matrix is 0."
        ),
        cost=1.5,
    )
)


@EQ_9.check(Method.SYMBOLIC, Verdict.PROVED)
def substitution(run: Run) -> Evidence:
    """d²/dt² of the loss at w + tv with z = εw/‖w‖, in ‖w‖, ‖v‖ and ⟨w, v⟩."""
    import sympy

    from theory.symbolic import prove_zero

    t, p, eps = sympy.symbols("t p epsilon", real=True)
    a, b = sympy.symbols("a b", positive=True)
    length = sympy.sqrt(a**2 + 2 * t * p + t**2 * b**2)
    exponent = eps * length - eps / a * (a**2 + t * p)
    curvature = sympy.diff(sympy.log(1 + sympy.exp(exponent)), t, 2).subs(t, 0)
    claimed = coefficient(eps, a) * (b**2 - p**2 / a**2)
    return Evidence.from_proofs(
        Method.SYMBOLIC,
        [prove_zero(curvature - claimed)],
        witness={"w": (3, 4), "x": ("3/5", "4/5"), "y": 1, "eps": 1, "v": (4, -3)},
        detail="Dimension-free; all samples give the same term, and v is arbitrary.",
    )


@EQ_9.check(Method.EXACT, Verdict.PROVED)
def rational_entries(run: Run) -> Evidence:
    """The terms of Appendix B at the special weight, in rationals: s = 1/2, u = 0."""
    import z3

    from theory.smt import prove

    # One entry: u_i = y x_i − εw_i/‖w‖ vanishes, the exponent is ‖w‖ε − y w·x = 0.
    y, x, w, a, eps = reals("y x w a eps")
    given = [a > 0, eps > 0, z3.Or(y == 1, y == -1), w * eps == y * x * a]
    entry = prove(y * x - eps * w / a == 0, given=given)
    # ‖w‖² = a² and w·(yx) = Σ w_i·εw_i/a = εa.
    dot_product, square = reals("dot square")
    margin = prove(
        dot_product - eps * a == 0,
        given=[a > 0, eps > 0, square == a * a, dot_product == eps / a * square],
    )
    # s(1−s)u_iu_j + εs/‖w‖ P_ij with u = 0 and s = σ(0) = 1/2.
    s, u_i, u_j, across = reals("s u_i u_j P")
    whole = prove(
        s * (1 - s) * u_i * u_j + eps * s / a * across == coefficient(eps, a) * across,
        given=[a > 0, 2 * s == 1, u_i == 0, u_j == 0],
    )
    return Evidence.from_proofs(
        Method.EXACT, [entry, margin, whole], detail="σ(−m) = 1/2 and the second term of H is 0."
    )


@EQ_9.check(Method.NUMERIC, Verdict.SUPPORTED)
def automatic_hessian(run: Run) -> Evidence:
    """jax.hessian at random special weights, d = 4, against the printed matrix."""
    import jax
    import jax.numpy as jnp
    import numpy as np

    d, count = 4, run.pick(30, 200)

    def loss(w: Any, z: Any, eps: Any) -> Any:
        return jnp.logaddexp(0.0, eps * jnp.sqrt(w @ w) - z @ w)

    rng = run.rng
    w = rng.standard_normal((count, d)) * 10.0 ** rng.uniform(-1, 1, (count, 1))
    eps = rng.uniform(0.1, 3.0, count)
    length = np.linalg.norm(w, axis=1)
    unit = w / length[:, None]
    hessians = np.asarray(
        jax.jit(jax.vmap(jax.hessian(loss)))(w, eps[:, None] * unit, jnp.asarray(eps))
    )
    projectors = np.eye(d) - unit[:, :, None] * unit[:, None, :]
    printed = coefficient(eps, length)[:, None, None] * projectors
    error = np.abs(hessians - printed).max((1, 2)) * length / eps
    return Evidence.supported(
        admissible=count,
        tried=count,
        margin=-float(error.max()),
        tolerance=1e-11,
        seed=run.seed,
    )


def orthogonal_and_parallel(point: Point) -> list[Comparison]:
    """Pv = v for the part v of `v` across w, and Pw = 0; both eigenvalues 1 and 0 occur."""
    w = point["w"]
    projector = identity_minus_projector(w)
    across = subtract(point["v"], scale(dot(point["v"], w) / dot(w, w), w))
    fixed = zip(matvec(projector, across), across, strict=True)
    return [
        *(Comparison(a, "==", b) for a, b in fixed),
        *(Comparison(entry, "==", 0) for entry in matvec(projector, w)),
        # The eigenvalue 1 needs an eigenvector: the trace is d − 1 and must not be 0.
        Comparison(sum(projector[i][i] for i in range(len(w))), ">=", 1),
    ]


EQ_10 = register(
    Claim(
        id="yamada.eq-10-11",
        kind=Kind.EQUATION,
        source=yamada("Section 3.2", "10", "11"),
        title="I − wwᵀ/‖w‖² has the eigenvalues 1, d − 1 times, and 0, once",
        statement=(
            r"$\sum_j\left(\delta_{ij}-\frac{w_iw_j}{\|w\|^2}\right)v_j = v_i$ for $v \perp w$ "
            r"(10), "
            r"$\sum_j\left(\delta_{ij}-\frac{w_iw_j}{\|w\|^2}\right)w_j = 0$ (11). “This matrix "
            r"has "
            r"eigenvalues 1 and 0.”"
        ),
        expected=Verdict.PROVED,
        hypotheses=(
            NONZERO,
            Hypothesis("d >= 2", r"$d \ge 2$", lambda w: len(w["w"]) >= 2),
        ),
        conclusion=orthogonal_and_parallel,
        necessity=(
            Necessity(
                "d >= 2",
                witness={"w": "(3,)", "v": "(1,)"},
                detail=(
                    "In one dimension the matrix is (0): no noise sharpens the landscape by (9)."
                ),
            ),
            Necessity("w != 0", detail="The matrix is not defined."),
        ),
    )
)


@EQ_10.check(Method.SYMBOLIC, Verdict.PROVED)
def projection(run: Run) -> Evidence:
    """P(v − ⟨v, w⟩w/‖w‖²) is itself and Pw = 0, in any dimension; multiplicities by the trace."""
    import sympy

    from theory.gram import dot as inner
    from theory.gram import gram, norm_squared
    from theory.symbolic import prove_zero

    a = sympy.Symbol("a", positive=True)
    d = sympy.Symbol("d", positive=True, integer=True)
    v, w = gram("v w", norms={"w": a})

    def project(u: Any) -> Any:
        return u - w * (inner(u, w) / a**2)

    across = project(v)
    proofs = [
        prove_zero(inner(across, w)),
        prove_zero(norm_squared(project(across) - across)),
        prove_zero(norm_squared(project(w))),
        # trace(I) − trace(wwᵀ)/‖w‖²; for a projection the trace is the multiplicity of 1.
        prove_zero((d - a**2 / a**2) - (d - 1)),
    ]
    return Evidence.from_proofs(
        Method.SYMBOLIC,
        proofs,
        assumes=("the trace of a projection is its rank",),
        witness={"w": (3, 4), "v": (1, 2)},
    )


@EQ_10.check(Method.EXACT, Verdict.PROVED)
def eigenspaces(run: Run) -> Evidence:
    """λ ∉ {0, 1} is impossible: Pu = λu and P² = P give (λ² − λ)‖u‖² = 0."""
    import z3

    from theory.smt import prove

    square, size = reals("lambda size")
    return Evidence.from_proofs(
        Method.EXACT,
        [
            prove(
                z3.Or(square == 0, square == 1),
                given=[size > 0, (square * square - square) * size == 0],
            )
        ],
        detail=(
            "The vectors across w, a space of dimension d − 1, have eigenvalue 1, and w has 0; "
            "these are all, as their dimensions add up to d."
        ),
    )


ERRATA = (
    Erratum(
        "yamada.erratum-8",
        "Section 3.2, after Eq. (9)",
        r"“We consider the Hessian matrix of loss on an optimal weight.” (for any data)",
        (
            r"Eq. (9) holds only if *all* $y^nx^n$ are one vector of length $\varepsilon$; then "
            r"every "
            r"loss is $\log 2$, as for $w = 0$, and all $w = t\,y\,x$, $t \ge 0$, are minimisers"
        ),
        claim="jaxat.yamada-hypothesis",
    ),
    Erratum(
        "yamada.erratum-9",
        "Section 3.2, after Eq. (11)",
        r"“This matrix has eigenvalues 1 and 0.”",
        r"for $d \ge 2$; for $d = 1$ the only eigenvalue is 0",
        claim="yamada.eq-10-11",
    ),
)
