"""The swish example of Kanai et al.: where the optimum lies, and in closed form."""

from __future__ import annotations

from fractions import Fraction
from math import inf

from theory.claim import Claim, Hypothesis, Kind, Necessity, Source
from theory.errata import Erratum
from theory.evidence import Evidence, Exactly, Method, Verdict
from theory.exact import Comparison, Point, ball, rational
from theory.exact.swish import clipped, interval, phi, stationary_point, swish_slope
from theory.registry import register
from theory.run import Run

X = (rational(-1), rational(1))
EPS = rational("3/5")

U_STAR = register(
    Claim(
        id="kanai.swish.u-star",
        kind=Kind.STEP,
        source=Source("kanai", "Sections 5.1 (final) and 3.2.4 (early)", "both"),
        title="swish has one stationary point u*, and it is in [−2, −1]",
        statement=(
            r"the optimal input $u^*$ satisfying $\frac{\partial z}{\partial "
            r"u}=\mathrm{sigmoid}(u)+u\,\mathrm{sigmoid}(u)(1-\mathrm{sigmoid}(u))=0$ is in the "
            r"interval of $[-2,-1]$."
        ),
        expected=Verdict.PROVED,
        hypotheses=(
            Hypothesis("outside", r"$u\notin[-2,-1]$", lambda w: w["u"] < -2 or w["u"] > -1),
        ),
        conclusion=lambda w: (Comparison(swish_slope(w["u"]), "<" if w["u"] < -2 else ">", 0),),
        necessity=(
            Necessity(
                "outside",
                witness={"u": "-3/2"},
                detail="Inside [−2, −1] the slope changes its sign, at u*.",
            ),
        ),
        notes=(
            "$u^*=-(1+W(1/e))=-1.278464542761073795109\\ldots$ with Lambert's $W$, and "
            "$\\mathrm{swish}(u^*)=u^*+1$."
        ),
        cost=0.5,
    )
)


@U_STAR.check(Method.SYMBOLIC, Verdict.PROVED)
def sign_of_one_increasing_function(run: Run) -> Evidence:
    """swish' = eᵘ g(u)/(1+eᵘ)² with g = 1 + u + eᵘ increasing and g(−2) < 0 < g(−1)."""
    from flint import arb

    from theory.facts.swish import g_increases, slope_identity

    ends = [arb(u).exp() + 1 + u for u in (-2, -1)]
    return Evidence.from_proofs(
        Method.SYMBOLIC,
        [
            slope_identity(),
            g_increases(),
            Exactly(bool(ends[0] < 0) and bool(ends[1] > 0), "g(−2) < 0 < g(−1) in balls"),
        ],
        witness={"u": "-999/1000"},
        detail="So swish' has exactly one zero, negative before it and positive after it.",
    )


@U_STAR.check(Method.RIGOROUS, Verdict.PROVED)
def enclosure_and_lambert(run: Run) -> Evidence:
    """The enclosed root, −(1 + W(1/e)) and the library's constant agree."""
    import sympy
    from flint import arb

    from theory import swish
    from theory.facts.swish import g_increases, root, slope_identity
    from theory.rigorous import precision
    from theory.symbolic import prove_zero

    w = sympy.LambertW(sympy.exp(-1))
    solves = prove_zero(1 - (1 + w) + sympy.exp(-1) * sympy.exp(-w))
    with precision(160):
        found = root(30)
        thin = bool(found.rad() < arb("1e-28"))
        lambert = found.overlaps(stationary_point())
        within = bool(found > -2) and bool(found < -1)
        used = bool(abs(found - arb(swish.SWISH_ARGMAX)) < arb("3e-16"))
    return Evidence.from_proofs(
        Method.RIGOROUS,
        [
            slope_identity(),
            g_increases(),
            solves,
            Exactly(within, "a sign change of g is enclosed inside (−2, −1)"),
            Exactly(thin, "the root is enclosed to 28 digits"),
            Exactly(lambert, "the enclosure meets −(1 + W(1/e))"),
            Exactly(used, "theory.swish.SWISH_ARGMAX is within 3e-16 of it"),
        ],
        detail="u* = −1.27846454276107379510935873902 up to 3e-30.",
    )


def interior(point: Point) -> Comparison:
    """|θᵀx − u*| < ε‖θ‖_q: some δ with ‖δ‖_p < ε has θᵀ(x + δ) = u*."""
    low, high = interval(point["theta"], X, EPS, point["p"])
    middle, reach = (low + high) / 2, (high - low) / 2
    return Comparison(abs(middle - stationary_point()), "<", reach)


REGION = Hypothesis(
    "region",
    r"$1\le\theta_1\le2$ and $-2\le\theta_2\le-1$",
    lambda w: 1 <= w["theta"][0] <= 2 and -2 <= w["theta"][1] <= -1,
)
LINF = Hypothesis("p = inf", r"$\|\delta\|_\infty\le0.6$", lambda w: w["p"] == inf)

register(
    Claim(
        id="kanai.swish.interior-region",
        kind=Kind.STEP,
        source=Source("kanai", "Sections 5.1 (final) and 3.2.4 (early)", "both"),
        title="swish, L∞: the optimum is interior for all 1 ≤ θ₁ ≤ 2, −2 ≤ θ₂ ≤ −1",
        statement=(
            r"there exists $x'^*$ satisfying $\nabla_x\ell(x'^*)=\frac{\partial\ell}{\partial z}"
            r"\frac{\partial z}{\partial u}\nabla_xu(x'^*)=0$ inside the region of "
            r"$\|x-x'\|_\infty\le0.6$ for $1\le\theta_1\le2$ and $-2\le\theta_2\le-1$ because the "
            r"optimal input $u^*=\theta^\top x'^*$ … is in the interval of $[-2,-1]$ "
            r"($x=(-1,1)$, $y=1$)."
        ),
        expected=Verdict.REFUTED,
        repaired_by=("kanai.swish.interior-region.repaired",),
        hypotheses=(REGION, LINF),
        conclusion=interior,
    )
)


def exact_region(point: Point) -> bool | None:
    """interior ⟺ −u*/1.6 < θ₁ − θ₂ < −u*/0.4."""
    total, best = point["theta"][0] - point["theta"][1], stationary_point()
    inside = interior(point).holds()
    answers = (
        Comparison(total * 8, ">", -5 * best).holds(),
        Comparison(total * 2, "<", -5 * best).holds(),
    )
    if inside is None or None in answers:
        return None
    return inside == all(answers)


REPAIRED = register(
    Claim(
        id="kanai.swish.interior-region.repaired",
        kind=Kind.STEP,
        source=Source("kanai", "Sections 5.1 (final) and 3.2.4 (early)", "both"),
        title="swish, L∞: interior for θ₁ ≥ 0 ≥ θ₂ exactly if 0.79904… < θ₁ − θ₂ < 3.19616…",
        statement=(
            r"For $x=(-1,1)$, $y=1$, $\varepsilon=0.6$, $p=\infty$ and $\theta_1\ge0\ge\theta_2$ "
            r"the optimum is interior exactly if $-u^*/1.6<\theta_1-\theta_2<-u^*/0.4$, that is, "
            r"between $0.79904\ldots$ and $3.19616\ldots$. In the square $1\le\theta_1\le2$, "
            r"$-2\le\theta_2\le-1$ this fails on the share $\frac12(4+u^*/0.4)^2=32.3\,\%$ of the "
            r"area."
        ),
        expected=Verdict.PROVED,
        hypotheses=(
            Hypothesis(
                "quadrant",
                r"$\theta_1\ge0\ge\theta_2$",
                lambda w: w["theta"][0] >= 0 >= w["theta"][1],
            ),
            LINF,
        ),
        conclusion=exact_region,
        depends=("kanai.swish.u-star", "kanai.lemma-3.attack"),
        necessity=(
            Necessity(
                "quadrant",
                witness={"theta": "(2, 2)", "p": "inf"},
                detail="In the other quadrants the condition is another: θ₁ − θ₂ = 0 here, and the "
                "optimum is interior.",
            ),
            Necessity(
                "p = inf",
                witness={"theta": "(17/40, -17/40)", "p": "2"},
                detail="The L2 ball is smaller and reaches u* later.",
            ),
        ),
        notes=(
            "Interior means $|\\theta^\\top x-u^*|<\\varepsilon\\|\\theta\\|_q$, because "
            "$\\theta^\\top\\delta$ runs over the interval of that half width. "
            "The region is at once smaller and much larger than the one named in the paper: "
            "$\\theta=(2,-2)$ is outside, $\\theta=(0.5,-0.5)$ inside."
        ),
    )
)


@REPAIRED.check(Method.EXACT, Verdict.PROVED)
def interval_of_inputs(run: Run) -> Evidence:
    """θᵀ(x+δ) runs over (−1.6 S, −0.4 S) with S = θ₁ − θ₂; z3 for every u* in (−2, −1)."""
    from theory.facts.swish import root
    from theory.rigorous import precision
    from theory.smt import prove
    from theory.smt_signs import reals, size_of

    first, second, u = reals("theta_1 theta_2 u")
    total, reach = first - second, (size_of(first) + size_of(second)) * 3 / 5
    given = [first >= 0, second <= 0, u > -2, u < -1]
    inside = size_of(-first + second - u) < reach
    forth = prove(inside == (-5 * u < 8 * total), given=[*given, 2 * total < -5 * u])
    back = prove(2 * total < -5 * u, given=[*given, inside])
    with precision(120):
        corner = 4 + root() * 5 / 2
        share = corner * corner / 2
        size = bool(share > ball(rational("32307/100000"))) and bool(
            share < ball(rational("32308/100000"))
        )
        ends = bool(corner > 0) and bool(corner < 1)
    return Evidence.from_proofs(
        Method.EXACT,
        [
            forth,
            back,
            Exactly(ends, "the line θ₁ − θ₂ = −u*/0.4 cuts off a triangle of the square"),
            Exactly(size, "its share is between 0.32307 and 0.32308"),
        ],
        witness={"theta": ("2/5", "-2/5"), "p": inf},
    )


def miss(point: Point) -> Comparison:
    """|φ(clip(u*, lo, hi)) − max φ over [lo, hi]|, the maximum by branch and bound."""
    from theory.rigorous import Box, hull, maximise
    from theory.rigorous.functions import logistic, softplus

    low, high = interval(point["theta"], X, EPS, point["p"])
    a, b = (Fraction(int(end.p), int(end.q)) for end in (low, high))
    top = maximise(lambda u: softplus(-u * logistic(u)), Box({"u": (a, b)}), rtol=0, atol=1e-7)
    value = phi(clipped(low, high))
    return Comparison(abs(hull(ball(top.lo), ball(top.hi)) - value), ">", rational("1/1000000"))


register(
    Claim(
        id="kanai.swish.no-closed-form",
        kind=Kind.REMARK,
        source=Source("kanai", "Sections 5.1 (final) and 3.2.4 (early)", "both"),
        title="swish: the optimal adversarial examples have no closed form",
        statement=(
            r"Since we cannot compute the optimal adversarial examples in closed form, we used PGD "
            r"attacks to generate adversarial examples. (As a testable statement: no expression is "
            r"the maximum; in particular $\varphi(\mathrm{clip}(u^*,u_0-\varepsilon\|\theta\|_q,"
            r"u_0+\varepsilon\|\theta\|_q))$ misses it by more than $10^{-6}$.)"
        ),
        expected=Verdict.REFUTED,
        repaired_by=("jaxat.swish-closed-form",),
        hypotheses=(
            Hypothesis(
                "plotted", r"$\theta_i\in[-2,2]$", lambda w: all(abs(t) <= 2 for t in w["theta"])
            ),
            LINF,
        ),
        conclusion=miss,
        notes=(
            "Projected gradient steps are only approximate: with unnormalised gradients the L2 "
            "attack stays visibly below the maximum, since the gradient vanishes near its flat "
            "parts."
        ),
    )
)

register(
    Claim(
        id="kanai.early.eq-44",
        kind=Kind.EQUATION,
        source=Source("kanai", "Section 3.2.4", "early", ("44",)),
        title="swish: the maximum over the open ball ‖δ‖_p < ε exists",
        statement=(
            r"$\ell_\varepsilon(x,y,\theta)=\max_{\|\delta\|_p<\varepsilon}\log(1+e^{-yz})$, "
            r"$z=u\,\mathrm{sigmoid}(u)$, $u=\theta^\top(x+\delta)$. (The maximum is attained in "
            r"the open ball exactly if $u^*$ is strictly between the ends of the interval of $u$.)"
        ),
        expected=Verdict.REFUTED,
        repaired_by=("jaxat.swish-closed-form",),
        depends=("jaxat.swish-closed-form",),
        hypotheses=(
            Hypothesis("theta != 0", r"$\theta\ne0$", lambda w: any(w["theta"])),
            LINF,
        ),
        conclusion=interior,
        notes=(
            "The other definitions of the paper take the closed ball "
            "$\\|\\delta\\|_p\\le\\varepsilon$."
        ),
    )
)

ERRATA = (
    Erratum(
        id="kanai.erratum-31",
        where="Section 5.1 (final), Section 3.2.4 (early)",
        printed=(
            r"an optimum inside the ball “for $1\le\theta_1\le2$ and $-2\le\theta_2\le-1$” "
            r"(early); “in the region where $\theta_1>1$ and $\theta_2<-1$ … the optimal attacks "
            r"are inside the feasible region” (final)"
        ),
        correct=(
            r"inside exactly if $0.79904\ldots<|\theta_1|+|\theta_2|<3.19616\ldots$ (for "
            r"$\theta_1\ge0\ge\theta_2$); $32.3\,\%$ of the square violate this, for instance "
            r"$\theta=(2,-2)$"
        ),
        claim="kanai.swish.interior-region",
    ),
    Erratum(
        id="kanai.erratum-34",
        where="Section 5.1 (final), Section 3.2.4 (early)",
        printed="“we cannot compute the optimal adversarial examples in closed form” (swish)",
        correct=(
            r"$\ell_\varepsilon=\varphi(\mathrm{clip}(u^*,\theta^\top x-\varepsilon\|\theta\|_q,"
            r"\theta^\top x+\varepsilon\|\theta\|_q))$ with $\varphi(u)=\log(1+e^{-u\sigma(u)})$"
        ),
        claim="kanai.swish.no-closed-form",
    ),
)

__all__ = ["EPS", "LINF", "REGION", "X", "interior"]
