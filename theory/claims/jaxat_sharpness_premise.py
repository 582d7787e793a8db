"""What the hypothesis of Theorem 1 of Yamada et al. says about the data."""

from __future__ import annotations

from theory.claim import Claim, Hypothesis, Kind, Necessity
from theory.claims_support_yamada import NONZERO, POSITIVE_RADIUS, ours
from theory.evidence import Evidence, Method, Verdict
from theory.exact import Comparison, Point, dot, norm, scale
from theory.exact_logistic import robust_gradient
from theory.registry import register
from theory.run import Run
from theory.scope import Names, Scope


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
