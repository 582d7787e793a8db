"""L2-PGD without a box on the linear model: exact as soon as its steps add up to the radius."""

from __future__ import annotations

from typing import Any

from theory.claim import Claim, Hypothesis, Kind, Necessity
from theory.evidence import Evidence, Method, Verdict
from theory.exact import Comparison, Point, add, dot, norm, scale
from theory.registry import register
from theory.run import Run
from theory.support.yamada import POSITIVE_RADIUS, ours


def walked(point: Point) -> tuple[Any, ...]:
    """η after K steps τg from 0, each projected onto the ball."""
    eta: tuple[Any, ...] = tuple(0 * entry for entry in point["g"])
    for _ in range(int(point["K"])):
        eta = add(eta, scale(point["tau"], point["g"]))
        length = norm(eta)
        if length > point["eps"]:
            eta = scale(point["eps"] / length, eta)
    return eta


SHORT = {"g": "(3/5, -4/5)", "tau": "3/20", "eps": "1", "K": "6"}

EXACT = register(
    Claim(
        id="jaxat.pgd-exact-l2",
        kind=Kind.RESULT,
        source=ours("PGD on the linear model"),
        title="L2-PGD from x, without a box, is exact on the linear model if Kτ ≥ ε",
        statement=(
            r"On the linear model $K$ steps of $L_2$-PGD of length $\tau$ from $x$, without a box, "
            r"give $\eta = \min(K\tau, \varepsilon)\,g$, $g = -yw/\|w\|$; with $K\tau \ge "
            r"\varepsilon$ that is the maximiser of the loss. The step $0.15\,\varepsilon$ of "
            r"Yamada et al. reaches it in 7 of the 40 iterations, for every $\varepsilon$."
        ),
        expected=Verdict.PROVED,
        hypotheses=(
            POSITIVE_RADIUS,
            Hypothesis(
                "unit step",
                r"$\|g\|_2 = 1$, $g = -yw/\|w\|$",
                lambda w: Comparison(norm(w["g"]), "==", 1),
            ),
            Hypothesis(
                "K tau >= eps",
                r"$\tau > 0$, $K\tau \ge \varepsilon$",
                lambda w: (
                    Comparison(w["tau"], ">", 0),
                    Comparison(w["K"] * w["tau"], ">=", w["eps"]),
                ),
            ),
        ),
        conclusion=lambda w: Comparison(w["eps"], "<=", dot(w["g"], walked(w))),
        necessity=(
            Necessity(
                "K tau >= eps",
                witness=SHORT,
                detail="Six steps of 0.15 reach 0.9 of the radius.",
            ),
            Necessity(
                "unit step",
                witness={**SHORT, "g": "(3/10, -4/10)", "K": "7"},
                detail="Half the step needs twice the number of steps.",
            ),
            Necessity(
                "eps > 0",
                detail="At ε = 0 nothing moves, and the statement holds trivially.",
            ),
        ),
        notes="With a box see `jaxat.pgd-l2-radius`.",
    )
)


@EXACT.check(Method.EXACT, Verdict.PROVED)
def along_a_ray(run: Run) -> Evidence:
    """From s g a step goes to min(s + τ, ε) g; g·δ ≤ ‖δ‖ ≤ ε for every feasible δ."""
    import z3

    from theory.smt import gram_pair, prove, reals

    s, tau, eps, factor = reals("s tau eps factor")
    moved = s + tau  # the length of s g + τ g, since ‖g‖ = 1
    # The projection multiplies by ε/length where the length is above ε.
    given = [
        *(s >= 0, s <= eps, tau > 0, eps > 0),
        z3.If(moved > eps, factor * moved == eps, factor == 1),
    ]
    step = prove(factor * moved == z3.If(moved <= eps, moved, eps), given=given)
    pair = gram_pair()  # g and δ
    best = prove(pair.p <= eps, given=[*pair.constraints, pair.a == 1, pair.b <= eps])
    return Evidence.from_proofs(
        Method.EXACT,
        [step, best],
        witness={"g": ("3/5", "-4/5"), "tau": "3/20", "eps": 1, "K": 7},
        detail="Dimension-free: all iterates lie on the ray of g. Induction from s = 0.",
    )
