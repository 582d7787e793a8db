"""What the hypothesis of Theorem 1 of Yamada et al. says about the data."""

from __future__ import annotations

from theory.claim import Claim, Hypothesis, Kind, Necessity
from theory.claims.jaxat_sharpness_phases import mean_sample
from theory.evidence import Evidence, Method, Verdict
from theory.exact import Comparison, Point, dot, norm, scale
from theory.exact.logistic import directional, robust_gradient, weighted_mean
from theory.registry import register
from theory.run import Run
from theory.scope import Names, Scope
from theory.support.yamada import NONZERO, POSITIVE_RADIUS, ours, reals


def what_the_premise_says(point: Point) -> list[Comparison]:
    """All z_n are one vector of length ε, every margin is 0, and 7w is as optimal as w."""
    w, z, eps = point["w"], point["z"], point["eps"]
    gradients = [robust_gradient(scale(7, w), (row,), eps) for row in z]
    return [
        *(Comparison(a, "==", b) for row in z for a, b in zip(row, z[0], strict=True)),
        Comparison(norm(z[0]), "==", eps),
        *(Comparison(dot(w, row), "==", eps * norm(w)) for row in z),
        *(Comparison(entry, "==", 0) for gradient in gradients for entry in gradient),
    ]


PREMISE = register(
    Claim(
        id="jaxat.yamada-hypothesis",
        kind=Kind.RESULT,
        source=ours("the hypothesis of Theorem 1 of Yamada et al."),
        title="∇ℓ_n(w) = 0 for all n means: all y x are one vector of length ε, all losses log 2",
        statement=(
            r"For $w \ne 0$, $\varepsilon > 0$: $\nabla_w\ell_n(w) = 0$ for all $n$ if and only if "
            r"$z_n = y^nx^n = \varepsilon w/\|w\|$ for all $n$. Then (i) all $z_n$ are one vector, "
            r"of "
            r"length $\varepsilon$, so it happens for one radius only; (ii) the attack moves every "
            r"sample to 0, every margin is 0 and every loss $\log 2$, as for $w = 0$; (iii) every "
            r"$tw$, $t > 0$, is as good. In general "
            r"$\|\nabla_w\ell_n(w)\| \ge s_n\,\big|\|x^n\| - \varepsilon\big|$."
        ),
        expected=Verdict.PROVED,
        depends=("yamada.optimal-weight",),
        hypotheses=(
            POSITIVE_RADIUS,
            NONZERO,
            Hypothesis(
                "stationary for each point",
                r"$\nabla_w\ell_n(w) = 0$ for all $n$",
                lambda w: [
                    Comparison(entry, "==", 0)
                    for row in w["z"]
                    for entry in robust_gradient(w["w"], (row,), w["eps"])
                ],
            ),
        ),
        conclusion=what_the_premise_says,
        domain={"part": Names("premise", "lower bound")},
        necessity=(
            Necessity(
                "stationary for each point",
                witness={"w": "(3, 4)", "z": "((3/5, 4/5), (-3/5, 4/5))", "eps": "1"},
                detail="Two different samples of length ε are not both on the ray of w.",
            ),
            Necessity(
                "eps > 0",
                detail="For ε = 0 the premise says z = 0; all of the conclusion holds trivially.",
            ),
            Necessity("w != 0", detail="The loss has no gradient at 0."),
        ),
    )
)


@PREMISE.check(Method.SYMBOLIC, Verdict.PROVED)
def substitution(run: Run) -> Evidence:
    """z = εw/‖w‖ gives ‖z‖ = ε, w·z − ε‖w‖ = 0, and z − εtw/‖tw‖ = 0, in any dimension."""
    import sympy

    from theory.gram import dot as inner
    from theory.gram import gram, norm_squared
    from theory.symbolic import prove_zero

    a, eps, t = sympy.symbols("a epsilon t", positive=True)
    (w,) = gram("w", norms={"w": a})
    z = w * (eps / a)
    moved = z - (w * t) * (eps / sympy.sqrt(norm_squared(w * t)))
    return Evidence.from_proofs(
        Method.SYMBOLIC,
        [
            prove_zero(norm_squared(z) - eps**2),
            prove_zero(inner(w, z) - eps * a),
            prove_zero(norm_squared(moved)),
        ],
        Scope("the premise", {"part": Names("premise")}),
        witness={"w": (3, 4), "z": (("3/5", "4/5"), ("3/5", "4/5")), "eps": 1},
        detail=(
            "∇ℓ = −s(z − εw/‖w‖) with s > 0, so the premise is z_n = εw/‖w‖ for every n. The "
            "third identity, for all t > 0, says that the whole ray is optimal."
        ),
    )


@PREMISE.check(Method.EXACT, Verdict.PROVED)
def reverse_triangle(run: Run) -> Evidence:
    """‖z − εŵ‖² ≥ (‖z‖ − ε)²."""
    import z3

    from theory.smt import gram_pair, prove

    pair = gram_pair()  # z and ŵ
    eps = z3.Real("eps")
    proof = prove(
        pair.a**2 - 2 * eps * pair.p + eps**2 >= (pair.a - eps) ** 2,
        given=[*pair.constraints, pair.b == 1, eps > 0],
    )
    return Evidence.from_proofs(
        Method.EXACT, [proof], Scope("lower bound", {"part": Names("lower bound")})
    )


def on_the_mean(point: Point) -> Comparison:
    """vᵀHv for v across w against ¼ mean⟨z, v⟩² + ε‖v‖²/(2‖w‖)."""
    w, z, eps, v = point["w"], point["z"], point["eps"], point["v"]
    spread = weighted_mean([dot(row, v) ** 2 for row in z])
    return Comparison(
        directional(w, z, eps, v)[2], "==", spread / 4 + eps / (2 * norm(w)) * dot(v, v)
    )


ON_AVERAGE = register(
    Claim(
        id="jaxat.yamada-hypothesis.on-average",
        kind=Kind.RESULT,
        source=ours("the hypothesis of Theorem 1 of Yamada et al."),
        title="many minimisers exist only if ε = ‖mean z‖ and all z_n reach equally far along it",
        statement=(
            r"Read for the mean loss, $\nabla F(w) = 0$ at a $w \ne 0$ that is no better than 0: "
            r"for $\varepsilon > 0$, $F(w) = \log 2 = \min F$ holds for some $w \ne 0$ if and only "
            r"if $\varepsilon = \|\mu\|$, "
            r"$\mu = \frac1N\sum z_n \ne 0$, and $z_n\cdot\mu = \|\mu\|^2$ for all $n$. Then the "
            r"minimisers are the ray of $\mu$, and on it $H = \frac1{4N}\sum_n (Pz_n)(Pz_n)^\top + "
            r"\frac{\varepsilon}{2\|w\|}P$: Eq. (9) with one more term."
        ),
        expected=Verdict.PROVED,
        depends=("jaxat.collapse-threshold", "jaxat.yamada-hessian"),
        domain={"part": Names("only if", "if")},
        hypotheses=(
            POSITIVE_RADIUS,
            NONZERO,
            Hypothesis(
                "on the ray",
                (
                    r"$w\cdot z_n = \varepsilon\|w\|$ for all $n$, and $\varepsilon = \|\mu\|$; so "
                    r"$w$ is on the ray of $\mu$"
                ),
                lambda w: (
                    *(
                        Comparison(dot(w["w"], row), "==", w["eps"] * norm(w["w"]))
                        for row in w["z"]
                    ),
                    Comparison(dot(mean_sample(w["z"]), mean_sample(w["z"])), "==", w["eps"] ** 2),
                ),
            ),
            Hypothesis("v across w", r"$v \perp w$", lambda w: dot(w["v"], w["w"]) == 0),
        ),
        conclusion=on_the_mean,
        necessity=(
            Necessity(
                "on the ray",
                witness={"w": "(3, 4)", "z": "((1, 0), (0, 1))", "eps": "1", "v": "(4, -3)"},
                detail="Elsewhere s is not 1/2 for every sample.",
            ),
            Necessity(
                "v across w",
                witness={"w": "(1, 0)", "z": "((1, 0), (1, 0))", "eps": "1", "v": "(1, 0)"},
                detail="Along w the curvature is 0, since all margins are; the formula is for P.",
            ),
            Necessity(
                "eps > 0",
                detail=(
                    "The Hessian does not need it. The “only if” does: for ε = 0 and μ = 0 every w "
                    "orthogonal to all z_n has F(w) = log 2 = min F."
                ),
            ),
            Necessity("w != 0", detail="At w = 0 there is no Hessian."),
        ),
    )
)


@ON_AVERAGE.check(Method.EXACT, Verdict.PROVED)
def equality_in_jensen(run: Run) -> Evidence:
    """log 2 = F(w) ≥ softplus(mean h) ≥ log 2: all h_n are one number, and it is 0."""
    from theory.smt import gram_pair, prove

    pair = gram_pair()  # w and μ
    eps, mean = reals("eps mean")
    # Softplus is strictly increasing and strictly convex: h_n = mean h = 0 for all n.
    given = [*pair.constraints, eps >= pair.b, mean == eps * pair.a - pair.p, mean == 0]
    radius = prove(eps == pair.b, given=given)
    parallel = prove(pair.p == pair.a * pair.b, given=given)
    # If μ = 0, the mean of h is ε‖w‖ > 0.
    centred = prove(eps * pair.a > 0, given=[eps > 0, pair.a > 0])
    # With w = aμ/b: h_n = εa − (a/b)⟨μ, z_n⟩ = 0 gives ⟨μ, z_n⟩ = b².
    inner, b, a = reals("inner b a")
    level = prove(inner == b * b, given=[a > 0, b > 0, b * a - a / b * inner == 0])
    return Evidence.from_proofs(
        Method.EXACT,
        [radius, parallel, level, centred],
        Scope("only if", {"part": Names("only if")}),
        assumes=("Jensen, with its case of equality for a strictly convex function",),
        detail="F ≥ log 2 everywhere needs ε ≥ ‖μ‖ by `jaxat.collapse-threshold`.",
    )


@ON_AVERAGE.check(Method.SYMBOLIC, Verdict.PROVED)
def hessian_on_the_ray(run: Run) -> Evidence:
    """With w·z = ε‖w‖ the loss is log 2, s = 1/2, and d²/dt² along v across w is the formula."""
    import sympy

    from theory.symbolic import prove_zero

    t, k = sympy.symbols("t k", real=True)  # k = ⟨z, v⟩
    a, b, eps = sympy.symbols("a b epsilon", positive=True)
    exponent = eps * sympy.sqrt(a**2 + t**2 * b**2) - eps * a - t * k
    value = sympy.log(1 + sympy.exp(exponent))
    curvature = sympy.diff(value, t, 2).subs(t, 0)
    return Evidence.from_proofs(
        Method.SYMBOLIC,
        [
            prove_zero(value.subs(t, 0) - sympy.log(2)),
            prove_zero(curvature - (k**2 / 4 + eps * b**2 / (2 * a))),
        ],
        Scope("if", {"part": Names("if")}),
        witness={"w": (1, 0), "z": ((1, 1), (1, -1)), "eps": 1, "v": (0, 1)},
        detail=(
            "For one sample, hence for the mean. Along w all is 0, and the mixed entries vanish as "
            "⟨u_n, w⟩ = 0."
        ),
    )
