"""The Hessian of the robust logistic loss, its bounds and its radial part."""

from __future__ import annotations

from typing import Any

from theory.claim import Claim, Kind, Necessity
from theory.evidence import Evidence, Exactly, Method, Verdict
from theory.exact import Comparison, Point, dot, norm, rational, scale, sigmoid, subtract
from theory.exact.logistic import (
    directional,
    identity_minus_projector,
    projector_coefficient,
    quadratic_form,
    weighted_mean,
)
from theory.registry import register
from theory.run import Run
from theory.scope import Names, Scope
from theory.support.yamada import NONZERO, RADIUS, ours, reals

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
            r"$A = \frac1N\sum s_n(1-s_n)u_nu_n^\top$ and $c = "
            r"\frac{\varepsilon}{\|w\|}\frac1N\sum s_n$; "
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
    """d²/dt² of the loss at w + tv against vᵀ(A + cP)v, in norms and inner products."""
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
        witness={"w": (3, 4), "z": ((1, 2), (2, 1)), "eps": 1, "v": (1, 0)},
        detail="Dimension-free. P has the eigenvalue 1 with multiplicity d − 1.",
        assumes=("Weyl: H ⪰ cP orders the eigenvalues",),
    )


@HESSIAN.check(Method.EXACT, Verdict.PROVED)
def upper_bound(run: Run) -> Evidence:
    """s(1−s)⟨u, v⟩² + c(‖v‖² − ⟨ŵ, v⟩²) ≤ (s(1−s)‖u‖² + c)‖v‖², by Cauchy-Schwarz."""
    import z3

    from theory.smt import gram_pair, prove

    pair = gram_pair()  # u and v
    s, c, q = reals("s c q")  # q = ⟨ŵ, v⟩
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
        witness={"w": (3, 4), "z": ((1, 2), (1, 2)), "eps": 1, "v": (2, -1)},
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
            r"$w^\top H w = \frac1N\sum_n\sigma'(m_n)m_n^2 \le C$, $m_n = w\cdot z_n - "
            r"\varepsilon\|w\|$, "
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
    value, exponential = reals("m E")
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
