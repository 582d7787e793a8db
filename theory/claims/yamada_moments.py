"""The moments of the noise in Section 3.2 of Yamada et al., and what clipping does to them."""

from __future__ import annotations

from typing import Any

from theory.claim import Claim, Hypothesis, Kind, Necessity
from theory.errata import Erratum
from theory.evidence import Evidence, Method, Verdict
from theory.exact import Comparison, Point, rational
from theory.exact.noise import uniform_mean
from theory.registry import register
from theory.run import Run
from theory.scope import Names, Scope
from theory.support.yamada import ours, yamada


def claimed_variance(eps: Any) -> Any:
    """ε²/3, for rationals and symbols."""
    return eps**2 / 3


MOMENTS = register(
    Claim(
        id="yamada.moments",
        kind=Kind.STEP,
        source=yamada("Section 3.2, proof of Theorem 2, before Eq. (15)"),
        title="uniform noise: mean of η x is 0, mean of η ηᵀ is (ε²/3) I",
        statement=(
            r"“Since we assume the uniform distribution noise, $x$ and $\eta$ [are] uncorrelated "
            r"and the mean of $\eta$ is zero, $\lim_{N\to\infty}\frac1N\sum_n\eta^n_ix^n_j = 0$, "
            r"and the variance of the noise is $\lim_{N\to\infty}\frac1N\sum_n\eta^n_i\eta^n_j = "
            r"\frac{\varepsilon^2}{3}\delta_{ij}$.” The limits are almost sure, for bounded $x^n$ "
            r"and independent $\eta^n_i \sim U(-\varepsilon, \varepsilon)$."
        ),
        expected=Verdict.PROVED,
        conclusion=lambda w: [
            Comparison(uniform_mean(lambda u: u, w["eps"]), "==", 0),
            Comparison(uniform_mean(lambda u: u * u, w["eps"]), "==", claimed_variance(w["eps"])),
        ],
        notes=(
            "These limits say nothing about the products with κ that (15) needs: "
            "`yamada.eq-15`. In the experiments the noise is clipped, and then they do not hold: "
            "`yamada.moments.clipped`."
        ),
    )
)


@MOMENTS.check(Method.SYMBOLIC, Verdict.PROVED)
def integrals(run: Run) -> Evidence:
    """E η = 0, E η² = ε²/3; products of independent factors with mean 0 have mean 0."""
    import sympy

    from theory.symbolic import prove_zero

    u = sympy.Symbol("u", real=True)
    x = sympy.Symbol("x", real=True)
    eps = sympy.Symbol("epsilon", positive=True)

    def mean(value: Any) -> Any:
        return sympy.integrate(value, (u, -eps, eps)) / (2 * eps)

    first, second = mean(u), mean(u**2)
    return Evidence.from_proofs(
        Method.SYMBOLIC,
        [
            prove_zero(first),
            prove_zero(second - claimed_variance(eps)),
            prove_zero(mean(u * x)),
            prove_zero(first * first),
        ],
        assumes=("Kolmogorov's strong law of large numbers, for bounded x",),
        witness={"eps": 1},
    )


def clipped_moment(point: Point, k: int) -> Any:
    """E[(clip(x + η, 0, 1) − x)^k], integrated exactly over its three pieces; ε > 0, 0 ≤ x ≤ 1."""
    low, high, eps = reach_below(point), reach_above(point), point["eps"]
    inner = (high ** (k + 1) - (-low) ** (k + 1)) / (k + 1)
    return eps**k * ((-low) ** k * (1 - low) + inner + high**k * (1 - high)) / 2


def reach_below(point: Point) -> Any:
    """l = min(1, x/ε): how far down the noise can move the pixel, in units of ε."""
    return min(rational(1), point["x"] / point["eps"])


def reach_above(point: Point) -> Any:
    """r = min(1, (1 − x)/ε)."""
    return min(rational(1), (1 - point["x"]) / point["eps"])


PIXEL = Hypothesis(
    "pixel",
    r"$0 \le x \le 1$",
    lambda w: (Comparison(w["x"], ">=", 0), Comparison(w["x"], "<=", 1)),
)
POSITIVE = Hypothesis("eps > 0", r"$\varepsilon > 0$", lambda w: Comparison(w["eps"], ">", 0))

register(
    Claim(
        id="yamada.moments.clipped",
        kind=Kind.STEP,
        source=yamada("Section 5.1, Comparison with Random Noise"),
        title="noise clipped to [0, 1] with the image has mean 0 and variance ε²/3",
        statement=(
            r"The moments before Eq. (15), $E\eta = 0$ and $E\eta^2 = \varepsilon^2/3$, for the "
            r"noise of the experiments, which is “constrained to fit in the range $[0, 1]$ of the "
            r"normalized image along with the image”: $\eta = \mathrm{clip}(x+u, 0, 1) - x$, "
            r"$u \sim U(-\varepsilon, \varepsilon)$."
        ),
        expected=Verdict.REFUTED,
        repaired_by=("jaxat.noise-clipped-moments",),
        hypotheses=(PIXEL, POSITIVE),
        conclusion=lambda w: [
            Comparison(clipped_moment(w, 1), "==", 0),
            Comparison(clipped_moment(w, 2), "==", w["eps"] ** 2 / 3),
        ],
    )
)


def clipped_formulas(point: Point) -> list[Comparison]:
    low, high, eps = reach_below(point), reach_above(point), point["eps"]
    mean = eps * ((high - low) / 2 - (high**2 - low**2) / 4)
    square = eps**2 * ((low**2 + high**2) / 2 - (low**3 + high**3) / 3)
    return [
        Comparison(clipped_moment(point, 1), "==", mean),
        Comparison(clipped_moment(point, 2), "==", square),
        Comparison(square, "<=", eps**2 / 3),
    ]


CLIPPED = register(
    Claim(
        id="jaxat.noise-clipped-moments",
        kind=Kind.RESULT,
        source=ours("random noise on images"),
        title="clipped uniform noise: on black pixels the mean is ε/4, the variance 5ε²/48",
        statement=(
            r"For $0 \le x \le 1$, $l = \min(1, x/\varepsilon)$, $r = \min(1, (1-x)/\varepsilon)$ "
            r"and $\eta = \mathrm{clip}(x+u, 0, 1) - x$, $u \sim U(-\varepsilon, \varepsilon)$: "
            r"$E\eta = \varepsilon\left(\frac{r-l}2 - \frac{r^2-l^2}4\right)$ and $E\eta^2 = "
            r"\varepsilon^2\left(\frac{l^2+r^2}2 - \frac{l^3+r^3}3\right) \le "
            r"\frac{\varepsilon^2}3$, with equality for $l = r = 1$ only. At $x = 0$ and "
            r"$\varepsilon \le 1$: $E\eta = \varepsilon/4$, $\mathrm{Var}\,\eta = "
            r"5\varepsilon^2/48$."
        ),
        expected=Verdict.PROVED,
        domain={"part": Names("formulas", "bound")},
        hypotheses=(PIXEL, POSITIVE),
        conclusion=clipped_formulas,
        necessity=(
            Necessity(
                "pixel",
                witness={"x": "-1/2", "eps": "1/4"},
                detail="Outside [0, 1] the clip alone moves x, by more than any noise.",
            ),
            Necessity(
                "eps > 0",
                witness={"x": "1/2", "eps": "-1/4"},
                detail="A formality: l and r are ratios to ε, and a negative one has no meaning.",
            ),
        ),
        notes=(
            "Images with many black pixels therefore receive a drift: the noise has a mean of ε/4 "
            "there, the same in every sample, which acts like a change of the data and not like "
            "noise."
        ),
    )
)


@CLIPPED.check(Method.SYMBOLIC, Verdict.PROVED)
def pieces(run: Run) -> Evidence:
    """The integral over the three pieces of the clip, for all l, r in [0, 1]."""
    import sympy

    from theory.symbolic import prove_zero

    u = sympy.Symbol("u", real=True)
    low, high = sympy.symbols("l r", nonnegative=True)

    def mean(k: int) -> Any:
        inside = sympy.integrate(u**k, (u, -low, high))
        ends = (-low) ** k * (1 - low) + high**k * (1 - high)
        return sympy.expand((inside + ends) / 2)

    at_zero = {low: 0, high: 1}
    square = (low**2 + high**2) / 2 - (low**3 + high**3) / 3
    first = mean(1).subs(at_zero)
    return Evidence.from_proofs(
        Method.SYMBOLIC,
        [
            prove_zero(mean(1) - ((high - low) / 2 - (high**2 - low**2) / 4)),
            prove_zero(mean(2) - square),
            prove_zero(first - sympy.Rational(1, 4)),
            prove_zero(mean(2).subs(at_zero) - first**2 - sympy.Rational(5, 48)),
        ],
        Scope("the formulas", {"part": Names("formulas")}),
        witness={"x": 0, "eps": "1/2"},
    )


@CLIPPED.check(Method.EXACT, Verdict.PROVED)
def at_most_a_third(run: Run) -> Evidence:
    """l²/2 − l³/3 ≤ 1/6 on [0, 1], with equality at 1 only; the same for r."""
    from theory.smt import prove, reals

    (low,) = reals("l")
    unit = [low >= 0, low <= 1]
    return Evidence.from_proofs(
        Method.EXACT,
        [
            prove(low**2 / 2 - low**3 / 3 <= reals_ratio(1, 6), given=unit),
            prove(low**2 / 2 - low**3 / 3 < reals_ratio(1, 6), given=[*unit, low < 1]),
        ],
        Scope("the bound", {"part": Names("bound")}),
        witness={"x": "1/2", "eps": "1/4"},
    )


def reals_ratio(p: int, q: int) -> Any:
    import z3

    return z3.Q(p, q)


ERRATA = (
    Erratum(
        "yamada.erratum-25",
        "Section 5.1, Comparison with Random Noise, against Section 3.2",
        r"the theory takes noise with mean 0 and variance $\varepsilon^2/3$",
        (
            r"The noise of the experiments is clipped to $[0, 1]$ together with the image. On "
            r"black pixels its mean is $\varepsilon/4$ and its variance $5\varepsilon^2/48$, less "
            r"than a third of what the theory takes."
        ),
        claim="yamada.moments.clipped",
    ),
)
