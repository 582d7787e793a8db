"""Projection and sign in the steps of PGD: which of the two is continuous (Kanai et al., 3.2.3)."""

from __future__ import annotations

from math import inf
from typing import Any

from theory.claim import Claim, Hypothesis, Kind, Necessity, Source
from theory.errata import Erratum
from theory.evidence import Evidence, Method, Verdict
from theory.exact import Comparison, Point, norm, scale, sign, subtract
from theory.registry import register
from theory.run import Run
from theory.scope import Names, Scope


def project(point: Point, a: tuple) -> tuple:
    """Π_ε(a): clipping for L∞, radial for L2."""
    eps = point["eps"]
    if point["p"] == inf:
        return tuple(min(max(e, -eps), eps) for e in a)
    length = norm(a)
    return a if length <= eps else scale(eps / length, a)


def distances(point: Point) -> tuple[Any, Any]:
    """‖Π(a) − Π(b)‖₂ and ‖a − b‖₂."""
    a, b = point["a"], point["b"]
    return norm(subtract(project(point, a), project(point, b))), norm(subtract(a, b))


RADIUS = Hypothesis("eps", r"$\varepsilon>0$", lambda w: Comparison(w["eps"], ">", 0))
BALL = Hypothesis(
    "ball", r"the $L_2$ or $L_\infty$ ball of radius $\varepsilon$", lambda w: w["p"] in (2, inf)
)

register(
    Claim(
        id="kanai.projection-continuous",
        kind=Kind.REMARK,
        source=Source("kanai", "Section 3.2.3", "both", ("5 (early)",)),
        title="The projection Π_ε of PGD is not continuous",
        statement=(
            r"We can conjecture that adversarial loss with the $L_\infty$ constraints using PGD "
            r"does not have globally Lipschitz continuous gradients because projection "
            r"$\Pi_\varepsilon$ in PGD is not a continuous function. (So somewhere, say across the "
            r"boundary, arguments arbitrarily near to each other have images at least some $j>0$ "
            r"apart.)"
        ),
        expected=Verdict.REFUTED,
        repaired_by=("kanai.projection-continuous.repaired",),
        hypotheses=(
            RADIUS,
            BALL,
            Hypothesis(
                "near",
                r"$a$ and $b$ on the two sides of the boundary, nearer than any candidate jump $j$",
                lambda w: (
                    Comparison(norm(w["a"], w["p"]), "<", w["eps"]),
                    Comparison(norm(w["b"], w["p"]), ">", w["eps"]),
                    Comparison(distances(w)[1], "<", w["j"]),
                ),
            ),
        ),
        conclusion=lambda w: Comparison(distances(w)[0], ">=", w["j"]),
    )
)

PROJECTION = register(
    Claim(
        id="kanai.projection-continuous.repaired",
        kind=Kind.REMARK,
        source=Source("kanai", "Section 3.2.3, repaired", "both"),
        title="Π_ε is 1-Lipschitz, for L∞ and for L2",
        statement=(
            r"$\|\Pi_\varepsilon(a)-\Pi_\varepsilon(b)\|_2\le\|a-b\|_2$ for all $a,b$ (projection "
            r"onto a convex set)."
        ),
        expected=Verdict.PROVED,
        hypotheses=(RADIUS, BALL),
        conclusion=lambda w: Comparison(distances(w)[0], "<=", distances(w)[1]),
        domain={"p": Names("2", "inf")},
        necessity=(
            Necessity(
                "eps",
                witness={"p": "2", "eps": "-1", "a": "(1/10, 0)", "b": "(-1/10, 0)"},
                detail="A formality: for ε < 0 the formula stretches and reflects. For ε = 0 the "
                "ball is a point, and the bound holds.",
            ),
            Necessity(
                "ball",
                detail="The identity of the proof holds for the projection onto any closed convex "
                "set; only the formulas written here are those of the two balls.",
            ),
        ),
        notes=(
            "If gradients through PGD are not Lipschitz, the sign is to blame, or the inner "
            "problem; not the projection."
        ),
        cost=0.3,
    )
)


@PROJECTION.check(Method.EXACT, Verdict.PROVED)
def clipping(run: Run) -> Evidence:
    """|clip(s) − clip(t)| ≤ |s − t| in one coordinate; squares add up over the coordinates."""
    import z3

    from theory.smt import prove

    symbols: Any = z3.Reals("s t eps")
    s, t, eps = symbols

    def clip(u: Any) -> Any:
        return z3.If(u > eps, eps, z3.If(u < -eps, -eps, u))

    proof = prove((clip(s) - clip(t)) ** 2 <= (s - t) ** 2, given=[eps > 0])
    return Evidence.from_proofs(
        Method.EXACT,
        [proof],
        Scope("L∞, any dimension", {"p": Names("inf")}),
        witness={"p": inf, "eps": 1, "a": (0, "1/2"), "b": ("1/2", 0)},
    )


@PROJECTION.check(Method.SYMBOLIC, Verdict.PROVED)
def convex_set(run: Run) -> Evidence:
    """‖a−b‖² = ‖P−Q‖² + ‖(a−P)−(b−Q)‖² + 2⟨a−P, P−Q⟩ + 2⟨b−Q, Q−P⟩, the last two ≥ 0."""
    import sympy

    from theory.gram import dot, gram, norm_squared
    from theory.symbolic import prove_zero

    a, b, p, q = gram("a b P Q")
    split = prove_zero(
        norm_squared(a - b)
        - norm_squared(p - q)
        - norm_squared((a - p) - (b - q))
        - 2 * dot(a - p, p - q)
        - 2 * dot(b - q, q - p)
    )
    # Outside the L2 ball a = (eps + s) u, P = eps u, and ||z|| <= eps: <a - P, P - z> =
    # s (eps - <u, z>), and eps - <u, z> = ||z|| - <u, z> + slack = ||z| u - z|^2 / (2 |z|) + slack.
    s, slack = sympy.symbols("s slack", nonnegative=True)
    length = sympy.Symbol("|z|", positive=True)
    u, z = gram("u z", norms={"u": sympy.Integer(1), "z": length})
    eps = length + slack
    variational = prove_zero(dot(u * (eps + s) - u * eps, u * eps - z) - s * (eps - dot(u, z)))
    cauchy = prove_zero(eps - dot(u, z) - norm_squared(u * length - z) / (2 * length) - slack)
    return Evidence.from_proofs(
        Method.SYMBOLIC,
        [split, variational, cauchy],
        Scope("L2, any dimension", {"p": Names("2")}),
        witness={"p": 2, "eps": 1, "a": (0, 0), "b": ("3/5", "4/5")},
        detail=(
            "The identity is the usual proof for any closed convex set. For a in the ball P = a, "
            "and the inner product is 0."
        ),
    )


SIGN = register(
    Claim(
        id="kanai.early.sign-continuous",
        kind=Kind.REMARK,
        source=Source("kanai", "Section 3.2.3", "early"),
        title="The sign in PGD is not continuous: it jumps by 2 across 0",
        statement=(
            r"… because projection $\Pi_\varepsilon$ and sign in PGD are not continuous function: "
            r"the part about the sign, $|\mathrm{sign}(t)-\mathrm{sign}(-t)|=2$ for every $t>0$."
        ),
        expected=Verdict.PROVED,
        hypotheses=(Hypothesis("t", r"$t>0$", lambda w: Comparison(w["t"], ">", 0)),),
        conclusion=lambda w: Comparison(sign(w["t"]) - sign(-w["t"]), ">=", 2),
        necessity=(
            Necessity("t", witness={"t": "0"}, detail="At t = 0 the two arguments are equal."),
        ),
        notes="The other half of the sentence is `kanai.projection-continuous`.",
        cost=0.1,
    )
)


@SIGN.check(Method.EXACT, Verdict.PROVED)
def jump(run: Run) -> Evidence:
    """sign(t) − sign(−t) = 2 for t > 0, by z3; the arguments are 2t apart."""
    import z3

    from theory.smt import prove

    t: Any = z3.Real("t")

    def signum(u: Any) -> Any:
        return z3.If(u > 0, z3.RealVal(1), z3.If(u < 0, z3.RealVal(-1), z3.RealVal(0)))

    return Evidence.from_proofs(
        Method.EXACT, [prove(signum(t) - signum(-t) == 2, given=[t > 0])], witness={"t": 1}
    )


ERRATA = (
    Erratum(
        id="kanai.erratum-29",
        where="Section 3.2.3",
        printed=r"projection $\Pi_\varepsilon$ in PGD is not a continuous function",
        correct=(
            r"$\Pi_\varepsilon$ is 1-Lipschitz; it is the sign of the gradient that is not "
            r"continuous (the early version names both)"
        ),
        claim="kanai.projection-continuous",
    ),
    Erratum(
        id="kanai.erratum-30",
        where="Early version, after Eq. (5)",
        printed=r"feasible region $\{\theta\mid\|\delta\|_\infty\le\varepsilon\}$",
        correct=r"$\{\delta\mid\|\delta\|_\infty\le\varepsilon\}$",
        why="The sentence goes on: clipping of $\\delta$; the weights are not clipped.",
    ),
)
