"""Filter-normalised sharpness, the quantity that Yamada et al. define, at Eq. (9)."""

from __future__ import annotations

from theory.claim import Claim, Hypothesis, Kind, Necessity
from theory.evidence import Evidence, Method, Verdict
from theory.exact import Comparison, Point, dot, norm, scale
from theory.exact.logistic import directional
from theory.registry import register
from theory.run import Run
from theory.scope import Names, Scope
from theory.support.yamada import NONZERO, POSITIVE_RADIUS, ours


def curvature_along_h(point: Point) -> Comparison:
    """g''(0) at the special weight, from the power series of the loss, against ε‖w‖/2."""
    w, eps = point["w"], point["eps"]
    z = (scale(eps / norm(w), w),)
    return Comparison(directional(w, z, eps, point["h"])[2], "<=", eps * norm(w) / 2)


NORMALISED = register(
    Claim(
        id="jaxat.normalised-sharpness",
        kind=Kind.RESULT,
        source=ours("filter-normalised sharpness"),
        title="with ‖h‖ = ‖w‖ the sharpness at Eq. (9) is ε‖w‖/2, which grows with ‖w‖",
        statement=(
            r"For $g(\alpha) = F(w + \alpha h)$ with $\|h\| = \|w\|$, Eq. (5) and (6): $g''(0) = "
            r"h^\top Hh \le \|w\|^2\lambda_{\max}(H)$, on average over the directions "
            r"$\|w\|^2\,\mathrm{tr}\,H/d$. At the weight of Eq. (9) the largest value is "
            r"$\frac{\varepsilon\|w\|}2$ and the average $\frac{d-1}d\frac{\varepsilon\|w\|}2$: "
            r"the "
            r"normalised sharpness grows with the norm, while the coefficient "
            r"$\frac\varepsilon{2\|w\|}$ of (9) falls."
        ),
        expected=Verdict.PROVED,
        depends=("yamada.eq-9", "yamada.eq-6"),
        domain={"part": Names("largest", "average")},
        hypotheses=(
            POSITIVE_RADIUS,
            NONZERO,
            Hypothesis(
                "normalised",
                r"$\|h\| = \|w\|$",
                lambda w: Comparison(dot(w["h"], w["h"]), "==", dot(w["w"], w["w"])),
            ),
        ),
        conclusion=curvature_along_h,
        necessity=(
            Necessity(
                "normalised",
                witness={"w": "(3, 4)", "eps": "5", "h": "(8, -6)"},
                detail="A direction twice as long has four times the curvature.",
            ),
            Necessity(
                "eps > 0",
                witness={"w": "(3, 4)", "eps": "-5", "h": "(3, 4)"},
                detail="For a negative radius the bound is negative, and along w nothing bends.",
            ),
            Necessity("w != 0", detail="At w = 0 all normalised directions are 0."),
        ),
        notes=(
            "Section 3.1 of Yamada et al. defines sharpness with normalised weights, Eq. (12) "
            "compares coefficients without the normalisation. On the ray of optimal weights the "
            "two "
            "order the same models in opposite ways."
        ),
    )
)


@NORMALISED.check(Method.SYMBOLIC, Verdict.PROVED)
def largest(run: Run) -> Evidence:
    """d²/dα² of the loss at w + αh, ‖h‖ = ‖w‖ = a: ε(a² − p²/a²)/(2a) ≤ εa/2, p = ⟨w, h⟩."""
    import sympy

    from theory.symbolic import prove_nonnegative_by_identity, prove_zero

    t, p = sympy.symbols("t p", real=True)
    a, eps = sympy.symbols("a epsilon", positive=True)
    length = sympy.sqrt(a**2 + 2 * t * p + t**2 * a**2)
    exponent = eps * length - eps / a * (a**2 + t * p)
    curvature = sympy.diff(sympy.log(1 + sympy.exp(exponent)), t, 2).subs(t, 0)
    formula = eps / (2 * a) * (a**2 - p**2 / a**2)
    return Evidence.from_proofs(
        Method.SYMBOLIC,
        [
            prove_zero(curvature - formula),
            prove_nonnegative_by_identity(eps * a / 2 - formula, eps * p**2 / (2 * a**3)),
        ],
        Scope("largest value", {"part": Names("largest")}),
        witness={"w": (3, 4), "eps": 5, "h": (4, -3)},
        detail="Dimension-free; attained by every h across w.",
    )


@NORMALISED.check(Method.SYMBOLIC, Verdict.PROVED)
def average(run: Run) -> Evidence:
    """E hhᵀ = (‖w‖²/d) I, so E g''(0) = ‖w‖² tr(H)/d, and tr P = d − 1."""
    import sympy

    from theory.symbolic import prove_zero

    a, eps = sympy.symbols("a epsilon", positive=True)
    d = sympy.Symbol("d", positive=True, integer=True)
    trace = eps / (2 * a) * (d - 1)
    mean = a**2 / d * trace
    return Evidence.from_proofs(
        Method.SYMBOLIC,
        [prove_zero(mean - (d - 1) / d * eps * a / 2)],
        Scope("average", {"part": Names("average")}),
        assumes=("a normalised Gauss vector is uniform on the sphere, so E hhᵀ = (‖w‖²/d) I",),
    )
