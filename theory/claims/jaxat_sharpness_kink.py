"""Sharpness (Definition 2 of Kanai et al.) at a kink, where adversarial losses can be smallest."""

from __future__ import annotations

from typing import Any

from theory.claim import Claim, Hypothesis, Kind, Necessity, Source
from theory.evidence import Evidence, Method, Verdict
from theory.exact import Comparison, Point, ball, log, norm, softplus
from theory.registry import register
from theory.run import Run

RADIUS = Hypothesis("radius > 0", r"$\varepsilon>0$", lambda w: Comparison(w["eps"], ">", 0))


def kink_sharpness(point: Point) -> Any:
    """(73) of θ ↦ softplus(−yθx + ε_A|θ|) at its minimum θ = 0, |x| ≤ ε_A."""
    top = softplus(ball(point["eps"] * (abs(point["x"]) + point["eps_A"])))
    return (top - log(ball(2))) / (1 + log(ball(2)))


def minimum_and_order(point: Point) -> tuple[Comparison, ...]:
    """L(±ε) ≥ L(0), and the lower bound of (73)."""
    log_2, size = log(ball(2)), abs(point["x"])
    lowest = softplus(ball(point["eps"] * (point["eps_A"] - size)))
    bound = point["eps"] * (size + point["eps_A"]) / (2 * (1 + log_2))
    return (
        Comparison(lowest, ">=", log_2),
        Comparison(kink_sharpness(point), ">=", bound),
    )


KINK = register(
    Claim(
        id="jaxat.sharpness-kink",
        kind=Kind.RESULT,
        source=Source("jaxat", "Sharpness of Kanai et al. (73) at a kink"),
        title="adversarial logistic loss at its kink minimum: sharpness ≥ ε(|x|+ε_A)/(2(1+log 2))",
        statement=(
            r"For $L(\theta)=\log(1+\exp(-y\theta x+\varepsilon_A|\theta|))$ with "
            r"$|x|\le\varepsilon_A$ the minimum is $\theta=0$, where $L$ has no Hessian, and "
            r"(73) is at least $\frac{\varepsilon(|x|+\varepsilon_A)}{2(1+\log2)}$: of order "
            r"$\varepsilon$, not $\varepsilon^2$."
        ),
        expected=Verdict.PROVED,
        depends=("kanai.definition-2",),
        hypotheses=(
            RADIUS,
            Hypothesis(
                "attack beats the input",
                r"$|x|\le\varepsilon_A$, $\varepsilon_A>0$",
                lambda w: (
                    Comparison(norm((w["x"],)), "<=", w["eps_A"]),
                    Comparison(w["eps_A"], ">", 0),
                ),
            ),
        ),
        conclusion=minimum_and_order,
        necessity=(
            Necessity(
                "radius > 0",
                witness={"eps": "-1", "x": "0", "eps_A": "1"},
                detail="A formality: there is no ball of negative radius.",
            ),
            Necessity(
                "attack beats the input",
                witness={"eps": "1", "x": "2", "eps_A": "1"},
                detail="Then 0 is no minimum: weights that fit the datum have a smaller loss.",
            ),
        ),
    )
)


@KINK.check(Method.SYMBOLIC, Verdict.PROVED)
def tangent_of_the_softplus(run: Run) -> Evidence:
    """softplus(u) − log 2 − u/2 is log cosh(u/2), by its derivative, and −yθx + ε_A|θ| ≥ 0."""
    import sympy

    from theory.smt import prove, reals
    from theory.symbolic import prove_zero

    u = sympy.Symbol("u", real=True)
    gap = sympy.log(1 + sympy.exp(u)) - sympy.log(2) - u / 2
    derivative = prove_zero(gap.diff(u) - (sympy.exp(u) - 1) / (2 * (sympy.exp(u) + 1)))
    start = prove_zero(gap.subs(u, 0))
    power = reals("e")[0]
    # exp(u) ≥ 1 for u ≥ 0, so the gap rises from 0.
    rises = prove((power - 1) / (2 * (power + 1)) >= 0, given=[power >= 1])
    theta, x, eps, y = reals("theta x eps y")
    # |θ| is θ or −θ; the logit is non-negative, so 0 is the minimum of the loss.
    lowest = [
        prove(-y * theta * x + eps * sign * theta >= 0, given=[*given, sign * theta >= 0])
        for sign in (1, -1)
        for given in ([y * y == 1, x * x <= eps * eps, eps > 0],)
    ]
    return Evidence.from_proofs(
        Method.SYMBOLIC,
        [derivative, start, rises, *lowest],
        witness={"eps": "1/1000", "x": "1/2", "eps_A": 1},
        detail="The largest logit on the ball is ε(|x| + ε_A), at one of its two ends.",
    )
