"""Linf-PGD on the linear model from an arbitrary start: twice the radius has to be walked."""

from __future__ import annotations

from theory.claim import Claim, Hypothesis, Kind, Necessity
from theory.claims.jaxat_pgd_linear import (
    OTHER_LABEL,
    PGD,
    SETS,
    clip,
    least,
    reach,
    reaches_the_maximum,
    step,
)
from theory.evidence import Evidence, Method, Verdict
from theory.registry import register
from theory.run import Run
from theory.support.yamada import LABEL, RADIUS

FEASIBLE = Hypothesis(
    "feasible start",
    r"$\|\eta_0\|_\infty \le \varepsilon$, and $x + \eta_0$ in the box if there is one",
    lambda w: all(
        abs(e) <= w["eps"] and (w["set"] == "free" or 0 <= x + e <= 1)
        for e, x in zip(w["start"], w["x"], strict=True)
    ),
)

ANY_START = register(
    Claim(
        id="jaxat.pgd-random-start",
        kind=Kind.RESULT,
        source=PGD,
        title="from an arbitrary start L∞-PGD is exact if Kλ ≥ 2ε, and 2ε is needed",
        statement=(
            r"From every feasible start $\eta_0$, $K$ steps of $L_\infty$-PGD with $K\lambda \ge "
            r"2\varepsilon$ reach the maximiser of the loss on the linear model. The setting of "
            r"Yamada et al., $40 \cdot 0.01 = 0.4$, would not reach it from every start at "
            r"$\varepsilon = \frac{76.5}{255}$, where $2\varepsilon = 0.6$."
        ),
        expected=Verdict.PROVED,
        depends=("jaxat.pgd-exact-linf",),
        hypotheses=(RADIUS, LABEL, SETS, FEASIBLE, reach(2)),
        conclusion=reaches_the_maximum,
        necessity=(
            Necessity(
                "K lambda >= 2 eps",
                witness={
                    "w": "(1,)",
                    "x": "(1/2,)",
                    "y": "1",
                    "start": "(3/10,)",
                    "eps": "3/10",
                    "set": "free",
                    "K": "40",
                    "lambda": "1/100",
                },
                detail="40 steps of 0.01 from the wrong corner at ε = 0.3 stop at −0.1.",
            ),
            Necessity(
                "feasible start",
                witness={
                    "w": "(1,)",
                    "x": "(1/2,)",
                    "y": "1",
                    "start": "(9,)",
                    "eps": "1",
                    "set": "free",
                    "K": "1",
                    "lambda": "2",
                },
                detail="From far outside, one step ends at the wrong side of the ball.",
            ),
            Necessity("eps >= 0", detail="A negative radius leaves nothing feasible."),
            Necessity(
                "label",
                witness=OTHER_LABEL,
                detail="With y = 2 the direction −y sign(w) is no sign, and εg leaves the ball.",
            ),
            Necessity("set", detail="Two cases, both covered."),
        ),
    )
)


@ANY_START.check(Method.EXACT, Verdict.PROVED)
def monotone_progress(run: Run) -> Evidence:
    """Each step gains λ in the direction g until it is stopped by the ball or by the box."""
    import z3

    from theory.smt import prove, reals

    eta, s, lam, eps, g, low, high = reals("eta s lam eps g low high")
    # Invariant for g = ±1: g η ≥ min(−ε + s, g clip(ε g)); a step raises s by λ.
    goal = g * clip(eps * g, low, high)
    given = [
        *(s >= 0, lam > 0, eps >= 0, z3.Or(g == -1, g == 1), low <= high),
        *(eta <= eps, -eps <= eta, low <= eta, eta <= high),
    ]
    kept = prove(
        g * step(eta, g, lam, eps, low, high) >= least(-eps + s + lam, goal),
        given=[*given, g * eta >= least(-eps + s, goal)],
    )
    after = step(eta, g, lam, eps, low, high)
    stays = prove(z3.And(after <= eps, -eps <= after, low <= after, after <= high), given=given)
    # No feasible δ gains more in this coordinate than the goal.
    delta, size = reals("delta size")
    feasible = [delta <= eps, -eps <= delta, low <= delta, delta <= high]
    best = prove(size * g * delta <= size * goal, given=[*given, *feasible, size >= 0])
    reached = prove(g * eta >= goal, given=[*given, g * eta >= least(-eps + s, goal), s >= 2 * eps])
    return Evidence.from_proofs(
        Method.EXACT,
        [kept, stays, best, reached],
        witness={
            "w": (1,),
            "x": ("1/2",),
            "y": 1,
            "start": ("1/4",),
            "eps": "1/4",
            "set": "free",
            "K": 5,
            "lambda": "1/10",
        },
        detail="At the start g η₀ ≥ −ε. Without a box low and high are −ε and ε.",
    )
