"""Appendix C of Kanai et al.: is the second weight of the minimiser 0 in Figures 4 and 5?"""

from __future__ import annotations

from math import inf
from typing import Any

from theory.claim import Claim, Hypothesis, Kind, Necessity
from theory.errata import Erratum
from theory.evidence import Evidence, Method, Verdict
from theory.exact import Comparison, Point, ball, rational, sigmoid
from theory.exact.linear import worst_loss
from theory.registry import register
from theory.run import Run
from theory.support.entropy import kanai, ours


def margins(point: Point) -> list[Any]:
    """ε − |x_{n,1}|: on the axis θ₂ = 0, θ₁ = t > 0, the loss is the mean of softplus(c_n t)."""
    return [point["eps"] - abs(row[0]) for row in point["x"]]


def axis_slope(point: Point, t: Any) -> Any:
    """∂L_ε/∂θ₁ at (t, 0), t > 0, times the number of data."""
    return sum((c * sigmoid(c * t) for c in margins(point)), rational(0))


def second_partial(point: Point) -> tuple[Any, Any]:
    """Σ σ(h_n)(−y_n x_{n,2}) and ε Σ σ(h_n), over the bracket of the minimiser of the axis."""
    from theory.rigorous import ball_interval

    bracket = ball_interval(point["low"], point["high"])
    weights = [sigmoid(ball(c) * bracket) for c in margins(point)]
    pull = sum(
        (-w * y * row[1] for w, y, row in zip(weights, point["y"], point["x"], strict=True)),
        ball(0),
    )
    return pull, point["eps"] * sum(weights, ball(0))


def second_weight_is_zero(point: Point) -> Comparison:
    """0 ∈ ∂L_ε/∂θ₂ at the minimiser of the axis: pull = 0 for L2, |pull| ≤ ε Σσ for L∞."""
    pull, kink = second_partial(point)
    return Comparison(pull, "==", 0) if point["p"] == 2 else Comparison(abs(pull), "<=", kink)


LABELS = Hypothesis(
    "labels",
    r"$y_n = \mathrm{sign}(x_{n,1})$",
    lambda w: all(bool(row[0] * y > 0) for row, y in zip(w["x"], w["y"], strict=True)),
)
BRACKET = Hypothesis(
    "bracket",
    r"$L_\varepsilon(\theta_1, 0)$ has its minimiser in $[\text{low}, \text{high}]$, low > 0",
    lambda w: (
        Comparison(w["low"], ">", 0),
        Comparison(axis_slope(w, w["low"]), "<", 0),
        Comparison(axis_slope(w, w["high"]), ">", 0),
    ),
)

CLAIM = register(
    Claim(
        id="kanai.app-c.optimal-theta-2",
        kind=Kind.REMARK,
        source=kanai("Appendix C, Figure 4"),
        title="With y_n = sign(x_{n,1}) the adversarial losses of Figure 4 have θ₂* = 0",
        statement=(
            r"In Fig. 4, we set the label as $y_n=\mathrm{sign}(x_{n,1})$, and thus, the optimal "
            r"$\theta_2^*$ for adversarial loss is $0$ since the second feature of adversarial "
            r"examples $x_{n,2}+\delta_{n,2}$ only degrades the classification performance."
        ),
        expected=Verdict.REFUTED,
        repaired_by=("jaxat.app-c-population-optimum", "jaxat.figure-4-criterion"),
        hypotheses=(
            LABELS,
            BRACKET,
            Hypothesis(
                "p = 2 or inf", r"$\|\delta\|_p \le \varepsilon$", lambda w: w["p"] in (2, inf)
            ),
        ),
        conclusion=second_weight_is_zero,
        notes=(
            "If the minimiser had $\\theta_2=0$ it would be the minimiser on the axis, and "
            "$\\partial L_\\varepsilon/\\partial\\theta_2$ would vanish there. For the $L_2$ "
            "attack that derivative is an average of $-\\sigma_ny_nx_{n,2}$, which is 0 with "
            "probability 0: with $N=100$ the optimum is near the axis, not on it. For the "
            "$L_\\infty$ attack the kink of $\\varepsilon\\|\\theta\\|_1$ holds it there "
            "(`jaxat.figure-4-samples`)."
        ),
        cost=0.1,
    )
)


def mirrored_loss(point: Point, second: Any) -> Any:
    """L_ε at (θ₁, second) over the data and their mirror images x₂ → −x₂."""
    q = {2: 2, inf: 1}[point["p"]]
    theta = (point["theta"][0], second)
    values = [
        worst_loss(theta, (row[0], side * row[1]), y, point["eps"], q)
        for row, y in zip(point["x"], point["y"], strict=True)
        for side in (1, -1)
    ]
    return sum(values[1:], values[0])


POPULATION = register(
    Claim(
        id="jaxat.app-c-population-optimum",
        kind=Kind.RESULT,
        source=ours("The optimum of Figure 4 in the population"),
        title="Data symmetric in x₂, labels from x₁ alone: L_ε(θ₁, 0) ≤ L_ε(θ₁, θ₂), every p",
        statement=(
            r"If the law of $(x_1,x_2,y)$ is that of $(x_1,-x_2,y)$, as for "
            r"$x\sim\mathcal{N}(0,I_2)$, $y=\mathrm{sign}(x_1)$, then the expected adversarial "
            r"loss of the linear logistic model satisfies $L_\varepsilon(\theta_1,0)\le "
            r"L_\varepsilon(\theta_1,\theta_2)$, for the attack in any $L_p$ norm: "
            r"$\theta_2^*=0$ is optimal."
        ),
        expected=Verdict.PROVED,
        hypotheses=(
            Hypothesis("eps >= 0", r"$\varepsilon \ge 0$", lambda w: Comparison(w["eps"], ">=", 0)),
        ),
        conclusion=lambda w: Comparison(
            mirrored_loss(w, rational(0)), "<=", mirrored_loss(w, w["theta"][1])
        ),
        necessity=(
            Necessity(
                "eps >= 0",
                witness={
                    "x": "((1, 2), (2, -1))",
                    "y": "(1, 1)",
                    "eps": "-10",
                    "p": "2",
                    "theta": "(1, 1)",
                },
                detail="A negative radius would reward long weights.",
            ),
        ),
        notes="The claim of Appendix C is this statement, read for a finite sample.",
        cost=0.2,
    )
)


@POPULATION.check(Method.EXACT, Verdict.PROVED)
def symmetric_and_convex(run: Run) -> Evidence:
    """L(θ₁, θ₂) = L(θ₁, −θ₂), and a convex function is at most the mean of its values at ±θ₂."""
    from theory.smt import prove, reals

    middle, above, below = reals("middle above below")
    proof = prove(middle <= above, given=[2 * middle <= above + below, above == below])
    return Evidence.from_proofs(
        Method.EXACT,
        [proof],
        assumes=(
            "softplus of a convex function is convex: −yθᵀx + ε‖θ‖_q is convex in θ, and an "
            "expectation of convex functions is convex",
            "‖(θ₁, −θ₂)‖_q = ‖(θ₁, θ₂)‖_q, so mirrored data give the mirrored loss",
        ),
        witness={
            "x": ((1, 2), (2, -1)),
            "y": (1, 1),
            "eps": "3/5",
            "p": 2,
            "theta": (1, "1/100"),
        },
    )


ERRATA = (
    Erratum(
        id="kanai.erratum-45",
        where="Final version, Appendix C, about Figure 4 (early version, Figure 3)",
        printed=r"“the optimal $\theta_2^*$ for adversarial loss is $0$”",
        correct=(
            r"true for the expected loss, and for the $L_\infty$ attack on samples like that of "
            r"the figure; for the $L_2$ attack on a finite sample $\theta_2^*$ is small, not $0$."
        ),
        claim="kanai.app-c.optimal-theta-2",
    ),
)
