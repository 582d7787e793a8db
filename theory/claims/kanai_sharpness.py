"""Definition 2 of Kanai et al., ε-sharpness, and its approximation (74) by the Hessian."""

from __future__ import annotations

from typing import Any

from theory.claim import Claim, Hypothesis, Kind, Necessity, Source
from theory.errata import Erratum
from theory.evidence import Evidence, Method, Verdict
from theory.exact import Comparison, Point, rational
from theory.registry import register
from theory.run import Run
from theory.scope import Integers

RADIUS = Hypothesis("radius > 0", r"$\varepsilon>0$", lambda w: Comparison(w["eps"], ">", 0))
LEVEL = Hypothesis("L >= 0", r"$L(\theta)\ge0$", lambda w: Comparison(w["level"], ">=", 0))


def rise(point: Point, t: Any) -> Any:
    """L(θ+t) − L(θ) = g t + (λ/2) t² + (m/6) t³ + k t⁴, the losses that witnesses use."""
    cubic = point["slope"] * t + point["curvature"] * t * t / 2 + point["third"] * t**3 / 6
    return cubic + point["fourth"] * t**4


def sharpness(point: Point) -> Any:
    """(73) in one dimension, where the maximum is at an end of [−ε, ε] (a hypothesis says so)."""
    ends = [rise(point, end) for end in (point["eps"], -point["eps"])]
    return max(*ends, rational(0)) / (1 + point["level"])


def approximation(point: Point) -> Any:
    """(74): ‖∇²L‖₂ ε²/(2(1+L))."""
    return abs(point["curvature"]) * point["eps"] ** 2 / (2 * (1 + point["level"]))


def rises_outward(point: Point) -> bool:
    """On each side of 0 the polynomial rises: its derivative is a sum of terms of one sign."""
    k, m = point["fourth"], point["third"]
    eps = point["eps"]
    # t·(g + λt + m t²/2 + 4k t³) ≥ 0 on [−ε, ε] if g = 0 and λ ≥ |m|ε/2, k ≥ 0.
    return point["slope"] == 0 and k >= 0 and point["curvature"] >= abs(m) * eps / 2


MINIMUM = Hypothesis(
    "minimum",
    r"$\theta$ is a minimum of $L$ on the ball (judged for $L(\theta+t)=L(\theta)+gt+\frac\lambda2"
    r"t^2+\frac m6t^3+kt^4$ in one dimension: $g=0$, $k\ge0$, $\lambda\ge|m|\varepsilon/2$)",
    rises_outward,
)

DEFINITION = register(
    Claim(
        id="kanai.definition-2",
        kind=Kind.DEFINITION,
        source=Source("kanai", "Definition 2", "final", ("73",)),
        title="ε-sharpness is defined and non-negative for L ≥ 0, and grows with ε",
        statement=(
            r"$\dfrac{\max_{\theta'\in B_2(\varepsilon,\theta)}(L(\theta')-L(\theta))}"
            r"{1+L(\theta)}$ for a non-negative $L$. The denominator is at least 1, the numerator "
            r"at least 0 because $\theta$ is in the ball, and larger balls have larger maxima."
        ),
        expected=Verdict.PROVED,
        hypotheses=(LEVEL,),
        conclusion=lambda w: Comparison(sharpness(w), ">=", 0),
        domain={"d": Integers(1)},
        necessity=(
            Necessity(
                "L >= 0",
                witness={
                    "slope": "0",
                    "curvature": "1",
                    "third": "0",
                    "fourth": "0",
                    "level": "-2",
                    "eps": "1",
                },
                detail="With 1 + L < 0 the sign turns.",
            ),
        ),
    )
)


@DEFINITION.check(Method.EXACT, Verdict.PROVED)
def centre_is_in_the_ball(run: Run) -> Evidence:
    """z3: a maximum over a set that holds θ is at least L(θ); over a larger set it is larger."""
    from theory.smt import prove, reals

    top, larger, level = reals("top larger level")
    given = [level >= 0, top >= level, larger >= top]
    sign = prove((top - level) / (1 + level) >= 0, given=given)
    grows = prove((top - level) / (1 + level) <= (larger - level) / (1 + level), given=given)
    return Evidence.from_proofs(
        Method.EXACT,
        [sign, grows],
        assumes=("a continuous loss attains its maximum on a closed ball",),
        witness={
            "slope": 0,
            "curvature": 0,
            "third": 0,
            "fourth": 0,
            "level": "1/2",
            "eps": 1,
        },
        detail="The sharpness is 0 where the loss is constant.",
    )


register(
    Claim(
        id="kanai.eq-74",
        kind=Kind.EQUATION,
        source=Source("kanai", "Appendix B", "final", ("74",)),
        title="for small ε the sharpness (73) is ‖∇²L‖ε²/(2(1+L)), within one half of it",
        statement=(
            r"“For small $\varepsilon$, Eq. (73) can be approximated by using the spectral norm of "
            r"the Hessian matrix”: $\frac{\|\nabla^2_\theta L(\theta)\|_2\varepsilon^2}"
            r"{2(1+L(\theta))}$, at a minimum. Judged as: for small $\varepsilon$ (here "
            r"$\varepsilon\le1/100$) the two differ by at most half of (73)."
        ),
        expected=Verdict.REFUTED,
        repaired_by=("kanai.eq-74.repaired",),
        depends=("kanai.definition-2",),
        hypotheses=(
            RADIUS,
            LEVEL,
            MINIMUM,
            Hypothesis(
                "small radius",
                r"$\varepsilon\le1/100$",
                lambda w: Comparison(w["eps"], "<=", rational("1/100")),
            ),
        ),
        conclusion=lambda w: Comparison(
            abs(sharpness(w) - approximation(w)), "<=", sharpness(w) / 2
        ),
        notes=(
            "Away from minima it is worse: on a slope g the sharpness is gε to first order "
            "(necessity witness of `kanai.eq-74.repaired`), and at a kink there is no Hessian "
            "while the sharpness is of order ε (`jaxat.sharpness-kink`). The adversarial loss of "
            "the linear model can have its minimum at such a kink."
        ),
    )
)

THIRD = Hypothesis(
    "third derivative",
    r"$|D^3L|\le M$ on the ball",
    lambda w: (
        Comparison(w["M"], ">=", abs(w["third"] + 24 * w["fourth"] * w["eps"])),
        Comparison(w["M"], ">=", abs(w["third"] - 24 * w["fourth"] * w["eps"])),
    ),
)

CUBIC = {"slope": "0", "curvature": "1", "third": "1", "fourth": "0", "M": "1"}

REPAIRED = register(
    Claim(
        id="kanai.eq-74.repaired",
        kind=Kind.EQUATION,
        source=Source("kanai", "Eq. (74) with its error", "final", ("74",)),
        title="at a C³ minimum |(73) − (74)| ≤ Mε³/(6(1+L)), so (73)/(74) → 1 if ∇²L ≠ 0",
        statement=(
            r"If $\theta$ is a minimum, $L$ is $C^3$ on $B_2(\varepsilon,\theta)$ and "
            r"$|D^3L[v,v,v]|\le M\|v\|^3$ there, then (73) and (74) differ by at most "
            r"$\frac{M\varepsilon^3}{6(1+L(\theta))}$; relative to (74) by at most "
            r"$\frac{M\varepsilon}{3\|\nabla^2L\|_2}$."
        ),
        expected=Verdict.PROVED,
        depends=("kanai.definition-2",),
        hypotheses=(RADIUS, LEVEL, MINIMUM, THIRD),
        conclusion=lambda w: Comparison(
            abs(sharpness(w) - approximation(w)),
            "<=",
            w["M"] * w["eps"] ** 3 / (6 * (1 + w["level"])),
        ),
        domain={"d": Integers(1)},
        necessity=(
            Necessity(
                "minimum",
                witness={
                    "slope": "1",
                    "curvature": "1",
                    "third": "0",
                    "fourth": "0",
                    "level": "0",
                    "eps": "1/1000",
                    "M": "0",
                },
                detail="On a slope of 1 with curvature 1, (73) is 2001 times (74) at ε = 1/1000.",
            ),
            Necessity(
                "third derivative",
                witness={
                    "slope": "0",
                    "curvature": "1",
                    "third": "1",
                    "fourth": "0",
                    "level": "0",
                    "eps": "1",
                    "M": "1/2",
                },
                detail="With M below the third derivative the bound fails.",
            ),
            Necessity(
                "radius > 0",
                witness={**CUBIC, "level": "0", "eps": "-1"},
                detail="A formality: a negative radius makes the right-hand side negative.",
            ),
            Necessity(
                "L >= 0",
                witness={**CUBIC, "level": "-2", "eps": "1"},
                detail="What is used is 1 + L > 0.",
            ),
        ),
    )
)


@REPAIRED.check(Method.EXACT, Verdict.PROVED)
def taylor(run: Run) -> Evidence:
    """z3: every rise is within Mε³/6 of ½vᵀ∇²Lv, which is at most ½λε², attained for one v."""
    import z3

    from theory.smt import prove, reals

    top, at_eigenvector, quadratic, curvature, eps, remainder, level, third = reals(
        "top at_eigenvector quadratic curvature eps remainder level M"
    )
    half = curvature * eps**2 / 2
    given = [
        *(curvature >= 0, eps > 0, remainder >= 0, level >= 0),
        # the maximiser's quadratic part, and its rise
        *(quadratic <= half, top <= quadratic + remainder),
        # the top eigenvector's rise is one of those under the maximum
        *(at_eigenvector >= half - remainder, top >= at_eigenvector),
    ]
    value, stated = top / (1 + level), half / (1 + level)
    bound = remainder / (1 + level)
    claim = z3.And(value - stated <= bound, stated - value <= bound)
    return Evidence.from_proofs(
        Method.EXACT,
        [
            prove(claim, given=given),
            # Mε³/6 relative to λε²/2 is Mε/(3λ).
            prove(
                third * eps**3 / 6 == third * eps / (3 * curvature) * half,
                given=[curvature > 0],
            ),
        ],
        assumes=(
            "Taylor's theorem with the third-order remainder",
            "at a minimum inside a ball ∇L = 0 and ∇²L ⪰ 0",
        ),
        witness={
            "slope": 0,
            "curvature": 1,
            "third": 1,
            "fourth": 0,
            "level": "1/2",
            "eps": "1/10",
            "M": 1,
        },
        detail=(
            "At a minimum ∇²L is positive semidefinite, so its norm is its largest eigenvalue. "
            "Attained by a cubic in one dimension."
        ),
    )


ERRATA = (
    Erratum(
        "kanai.erratum-46",
        "Appendix B, Eq. (74) (final version)",
        "“For small ε, Eq. (73) can be approximated by using the spectral norm of the Hessian "
        "matrix”",
        r"at a minimum where $L$ is $C^3$ and $\nabla^2L\ne0$; the error is at most "
        r"$M\varepsilon^3/(6(1+L))$. At a kink, where adversarial losses can have their minimum, "
        r"(73) is of order $\varepsilon$",
        claim="kanai.eq-74",
    ),
)
