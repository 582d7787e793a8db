"""What Kanai et al. say about the sets on which the surfaces of Figure 2 are smooth."""

from __future__ import annotations

from math import inf
from typing import Any

from theory.claim import Claim, Hypothesis, Kind, Necessity, Source
from theory.claims.kanai_swish import EPS, X
from theory.errata import NotAClaim
from theory.evidence import Evidence, Method, Verdict
from theory.exact import Comparison, Point, absolute, rational
from theory.exact.swish import clipped, interval, phi_slope, stationary_point
from theory.registry import register
from theory.run import Run
from theory.scope import Names, Scope


def jump(theta: Any, p: Any) -> Any:
    """2ε|φ'(c)| where the attack's direction jumps: L2 at θ = 0, L∞ where a coordinate is 0."""
    candidate = not any(theta) if p == 2 else not all(theta)
    if not candidate:
        return rational(0)
    return 2 * EPS * absolute(phi_slope(clipped(*interval(theta, X, EPS, p))))


def compared(point: Point) -> Comparison:
    sign = "<" if point["part"] == "larger" else "<="
    return Comparison(jump(point["theta"], 2), sign, jump(point["theta"], inf))


def off_the_window(point: Point) -> Any:
    """For the part "larger": one coordinate is 0, the other not, and u* is out of reach."""
    if point["part"] != "larger":
        return True
    theta = point["theta"]
    low, high = interval(theta, X, EPS, inf)
    best = stationary_point()
    missed = (Comparison(best, "<", low).holds(), Comparison(best, ">", high).holds())
    on_an_axis = any(theta) and not all(theta)
    return on_an_axis and (None if None in missed else any(missed))


SETS = register(
    Claim(
        id="kanai.swish.larger-smooth-set",
        kind=Kind.REMARK,
        source=Source("kanai", "Sections 5.1 (final) and 3.2.4 (early)", "both"),
        title="swish: the loss is smooth on a larger set under the L2 than under the L∞ attack",
        statement=(
            r"“The adversarial loss with the $L_2$ constraint (Fig. 2(e)) have larger sets where "
            r"the loss is smooth than that with the $L_\infty$ constraint (Fig. 2(f)), which "
            r"follows Lemma 5.” For $x=(-1,1)$, $y=1$, $\varepsilon=0.6$: *contained*: where the "
            r"gradient jumps under the $L_2$ attack, which is at $\theta=0$ alone, it jumps under "
            r"the $L_\infty$ attack as well; *larger*: under the $L_\infty$ attack it jumps also "
            r"at the $\theta\ne0$ on the axes from which $u^*$ is not reached."
        ),
        expected=Verdict.PROVED,
        hypotheses=(
            Hypothesis(
                "out of reach",
                r"*larger*: one coordinate of $\theta$ is 0, one is not, and $u^*$ is not in "
                r"$\theta^\top x\pm\varepsilon\|\theta\|_1$",
                off_the_window,
            ),
        ),
        conclusion=compared,
        domain={"part": Names("contained", "larger")},
        depends=("jaxat.swish-kinks", "jaxat.swish-kinks.elsewhere", "kanai.swish.u-star"),
        necessity=(
            Necessity(
                "out of reach",
                witness={"part": "larger", "theta": "(1/2, -1/2)"},
                detail="Off the axes neither loss has a kink.",
            ),
        ),
        notes=(
            "Lemma 5 is the reason only in part. It covers the L2 attack on the boundary of the "
            "ball, where $H_t=-\\frac\\mu\\varepsilon I$ and $\\mu=|\\varphi'(c)|\\|\\theta\\|$ is "
            "positive. In the interior regime the attack is not unique, and where the two regimes "
            "meet $\\mu=0$; there the reason is `jaxat.swish-kinks.elsewhere`."
        ),
        cost=0.3,
    )
)


@SETS.check(Method.EXACT, Verdict.PROVED)
def at_the_origin(run: Run) -> Evidence:
    """At θ = 0 both attacks reach u = 0 alone, so both jumps are 2ε|φ'(0)|; elsewhere L2 has 0."""
    import z3

    from theory.smt import prove
    from theory.smt_signs import reals, size_of

    best, height, reach = reals("best height reach")
    low, high = -reach, reach
    clip = z3.If(best < low, low, z3.If(best > high, high, best))
    only = prove(clip == 0, given=[reach == 0, best < -1])
    elsewhere = prove(size_of(height) >= 0)
    return Evidence.from_proofs(
        Method.EXACT,
        [only, elsewhere],
        Scope("contained", {"part": Names("contained")}),
        witness={"part": "contained", "theta": (0, 0)},
        detail="That the L2 loss has no kink off the origin is jaxat.swish-kinks.elsewhere.",
    )


@SETS.check(Method.EXACT, Verdict.PROVED)
def on_the_axes(run: Run) -> Evidence:
    """Where u* is not reached the best u is an end c ≠ u*, and φ'(c) ≠ 0: u* is the only root."""
    import z3

    from theory.smt import prove
    from theory.smt_signs import reals

    low, high, best = reals("low high best")
    clip = z3.If(best < low, low, z3.If(best > high, high, best))
    missed = z3.Or(best < low, best > high)
    proof = prove(clip != best, given=[low <= high, missed])
    return Evidence.from_proofs(
        Method.EXACT,
        [proof],
        Scope("larger", {"part": Names("larger")}),
        witness={"part": "larger", "theta": ("1/2", 0)},
        detail="The jump is that of jaxat.swish-kinks, the root that of kanai.swish.u-star.",
    )


NOT_CLAIMS = (
    NotAClaim(
        "Section 5.1 and Appendix C (final version)",
        "“smoothnesses of their loss functions −F(θ) are almost the same”",
        "No measure of smoothness is named. Both −F are convex and γ-smooth, whatever the norm of "
        "the attack (`jaxat.entropy-convex`).",
    ),
)
