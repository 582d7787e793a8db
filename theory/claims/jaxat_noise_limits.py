"""Weak and strong noise in the Langevin law, and what grows with the radius."""

from __future__ import annotations

from theory.claim import Claim, Hypothesis, Kind, Necessity
from theory.evidence import Evidence, Method, Verdict
from theory.exact import Comparison, Point, ball
from theory.exact.noise import langevin, langevin_slope, sinhc
from theory.registry import register
from theory.run import Run
from theory.support.yamada import ours

LAW = ours("the law of random noise at small losses")


def limits(point: Point) -> list[Comparison]:
    """|Lg(t) − t/3| ≤ t³/45 and 1 − Lg(t) ≤ 1/t, for t > 0."""
    t = point["t"]
    value = langevin(t)
    return [
        Comparison(t / 3 - t**3 / 45, "<=", value),
        Comparison(value, "<=", t / 3),
        Comparison(1 - 1 / ball(t), "<=", value),
        Comparison(value, "<=", 1),
    ]


POSITIVE_T = Hypothesis("t > 0", r"$t > 0$", lambda w: Comparison(w["t"], ">", 0))

LIMITS = register(
    Claim(
        id="jaxat.noise-langevin-law.limits",
        kind=Kind.RESULT,
        source=LAW,
        title="weak noise: a ≈ −yε²w/3; strong noise: a ≈ −yε sign(w), the L∞ attack",
        statement=(
            r"$\frac t3 - \frac{t^3}{45} \le \mathcal L(t) \le \frac t3$ and $1 - \frac1t \le "
            r"\mathcal L(t) \le 1$ for $t > 0$. So the tilted mean is $a_k = "
            r"-y\varepsilon^2w_k/3$ up to $\varepsilon^4|w_k|^3/45$, and the $L_\infty$ "
            r"perturbation $-y\varepsilon\,\mathrm{sign}(w_k)$ up to $1/|w_k|$."
        ),
        expected=Verdict.PROVED,
        depends=("jaxat.noise-langevin-law",),
        hypotheses=(POSITIVE_T,),
        conclusion=limits,
        necessity=(
            Necessity(
                "t > 0",
                witness={"t": "-1"},
                detail="The Langevin function is odd, so the inequalities turn round.",
            ),
        ),
    )
)


@LIMITS.check(Method.SYMBOLIC, Verdict.PROVED)
def both_ends(run: Run) -> Evidence:
    """Differences that rise from 0, after multiplication by t sinh t."""
    from theory.facts.langevin import near_zero, towards_one

    return Evidence.from_proofs(
        Method.SYMBOLIC, [*near_zero(), *towards_one()], witness={"t": "1/1000"}
    )


def growth(point: Point) -> list[Comparison]:
    """M, ‖a‖∞ and τ at the two radii, for one weight w of any sign."""
    first, second = (point[name] * abs(point["w"]) for name in ("eps_a", "eps_b"))
    a, b = point["eps_a"], point["eps_b"]
    return [
        Comparison(sinhc(first), ">=", sinhc(second)),
        Comparison(a * langevin(first), ">=", b * langevin(second)),
        Comparison(a**2 * langevin_slope(first), ">=", b**2 * langevin_slope(second)),
    ]


GROWTH = register(
    Claim(
        id="jaxat.noise-langevin-law.growth",
        kind=Kind.RESULT,
        source=LAW,
        title="at given weights M, |a| and τ all grow with the radius of the noise",
        statement=(
            r"For $\varepsilon_a \ge \varepsilon_b > 0$ and fixed $w$: $M$, every $|a_k|$ and "
            r"every $\tau_k$ are at least as large at $\varepsilon_a$. So the curvature "
            r"$\kappa_0M[(v\cdot(x+a))^2 + \sum_kv_k^2\tau_k]$ grows with the noise in every "
            r"direction $v$ orthogonal to $x$ and to the $a$ of both radii. This is what is left "
            r"of the second half of Theorem 2: along $x$ the curvature can fall."
        ),
        expected=Verdict.PROVED,
        depends=("jaxat.noise-langevin-law",),
        hypotheses=(
            Hypothesis(
                "eps_a >= eps_b",
                r"$\varepsilon_a \ge \varepsilon_b > 0$",
                lambda w: (
                    Comparison(w["eps_a"], ">=", w["eps_b"]),
                    Comparison(w["eps_b"], ">", 0),
                ),
            ),
        ),
        conclusion=growth,
        necessity=(
            Necessity(
                "eps_a >= eps_b",
                witness={"w": "1", "eps_a": "1", "eps_b": "2"},
                detail="The order of the radii is what is concluded.",
            ),
        ),
    )
)


@GROWTH.check(Method.SYMBOLIC, Verdict.PROVED)
def slopes(run: Run) -> Evidence:
    """sinh t/t, Lg(t) and t² Lg'(t) increase in t = ε|w|; τ = t² Lg'(t)/w²."""
    from theory.facts.langevin import grows

    return Evidence.from_proofs(
        Method.SYMBOLIC,
        grows(),
        witness={"w": "1", "eps_a": "1", "eps_b": "1/2"},
        detail="For w_k = 0 the terms are 1, 0 and ε²/3, which do not fall with ε either.",
    )
