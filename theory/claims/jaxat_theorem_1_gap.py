"""How good the sharp form of Theorem 1 is: between the best constant and the printed one."""

from __future__ import annotations

from theory.claim import Claim, Hypothesis, Kind, Necessity, Source
from theory.evidence import Evidence, Method, Verdict
from theory.exact import Comparison, Point
from theory.exact.linear import mixed_constant, sharp_constant
from theory.registry import register
from theory.run import Run
from theory.scope import Integers, Names, Scope

RADIUS = Hypothesis("eps >= 0", r"$\varepsilon \ge 0$", lambda w: w["eps"] >= 0)


def below_printed(point: Point) -> Comparison:
    """The sharp constant is at most C_θθ + εC_θx/θ_min with the best C_θθ and C_θx."""
    eps, r = point["eps"], point["theta_min"]
    reach = point["R"] + eps
    printed = reach * reach / 4 + eps / r * mixed_constant(reach * point["theta_max"])
    return Comparison(sharp_constant(point["R"], eps, r), "<=", printed)


GAP = register(
    Claim(
        id="jaxat.theorem-1-sharp.gap",
        kind=Kind.RESULT,
        source=Source("jaxat", "Theorem 1 on an unbounded set"),
        title="L2, d ≥ 2: the sharp constant is below Theorem 1's, and off by at most (R+ε)²/4",
        statement=(
            r"For $d\ge2$, $r=\theta_{\min}\le\theta_{\max}$: $\frac{\varepsilon}{r}\sigma"
            r"(r(R+\varepsilon))$ is an eigenvalue of $\nabla^2\ell_\varepsilon$ at the $\theta$ "
            r"of "
            r"norm $r$ antiparallel to $yx$, $\|x\|=R$, so no constant below it is possible; and "
            r"$\frac14(R+\varepsilon)^2+\frac{\varepsilon}{r}\sigma(r(R+\varepsilon))\le "
            r"C_{\theta\theta}+\frac{\varepsilon C_{\theta x}}{r}$ with the best constants on "
            r"$\|x\|\le R+\varepsilon$, $\|\theta\|\le\theta_{\max}$."
        ),
        expected=Verdict.PROVED,
        hypotheses=(
            RADIUS,
            Hypothesis("R >= 0", r"$R \ge 0$", lambda w: w["R"] >= 0),
            Hypothesis(
                "annulus",
                r"$0 < \theta_{\min} \le \theta_{\max}$",
                lambda w: [w["theta_min"] > 0, w["theta_min"] <= w["theta_max"]],
            ),
        ),
        conclusion=below_printed,
        domain={"d": Integers(2), "part": Names("eigenvalue", "comparison")},
        depends=("jaxat.hessian-l2", "jaxat.logistic-constants"),
        necessity=(
            Necessity(
                "annulus",
                witness={"R": "1", "eps": "1", "theta_min": "100", "theta_max": "1/100"},
                detail="With weights shorter than θ_min allowed the comparison makes no sense.",
            ),
            Necessity(
                "eps >= 0",
                witness={"R": "1", "eps": "-1/2", "theta_min": "1", "theta_max": "2"},
                detail="A formality: for ε < 0 the larger factor of ε makes the smaller sum.",
            ),
            Necessity("R >= 0", detail="Not a norm otherwise."),
        ),
    )
)


@GAP.check(Method.SYMBOLIC, Verdict.PROVED)
def eigenvalue(run: Run) -> Evidence:
    """At u = −yx/R, g is parallel to u: every v ⟂ u is an eigenvector for σε/r, h = r(R+ε)."""
    import sympy

    from theory.gram import dot, gram
    from theory.symbolic import prove_zero

    r = sympy.Symbol("r", positive=True)
    size, eps = sympy.symbols("R epsilon", nonnegative=True)
    u, v = gram("u v", norms={"u": sympy.Integer(1)})
    yx = u * (-size)
    g = u * eps - yx
    margin = prove_zero(eps * r - dot(yx, u * r) - r * (size + eps))
    parallel = prove_zero(dot(g, v) - (eps + size) * dot(u, v))
    return Evidence.from_proofs(
        Method.SYMBOLIC,
        [margin, parallel],
        Scope("the eigenvalue", {"part": Names("eigenvalue")}),
        detail="κgg⊤v = 0 and (I − uu⊤)v = v for ⟨u, v⟩ = 0.",
    )


@GAP.check(Method.EXACT, Verdict.PROVED)
def comparison(run: Run) -> Evidence:
    """C_θθ is the same number, and C_θx ≥ σ(P) ≥ σ(r(R+ε)), from its value at m = −P."""
    from theory.facts.sigmoid import increasing
    from theory.smt import prove, reals

    # The polynomial of C_θx at s is not positive for m ≤ P, so its larger root is at least s.
    s, kappa, p, m = reals("s kappa P m")
    above = prove(
        s**2 - kappa * p * s - s * (s - kappa * m) <= 0,
        given=[kappa > 0, s > 0, m <= p],
    )
    r, top, reach = reals("r theta_max reach")
    longer = prove(r * reach <= top * reach, given=[r > 0, r <= top, reach >= 0])
    return Evidence.from_proofs(
        Method.EXACT,
        [above, longer, *increasing()],
        Scope("the comparison", {"part": Names("comparison")}),
        witness={"R": 1, "eps": 1, "theta_min": "1/1000", "theta_max": "1/1000"},
    )
