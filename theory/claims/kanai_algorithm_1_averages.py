"""Algorithm 1 of Kanai et al., lines 12, 13 and 16: the running averages and their variance."""

from __future__ import annotations

from typing import Any

from theory.algorithm_1 import line_12_13
from theory.claim import Claim, Hypothesis, Kind, Necessity, Source
from theory.evidence import Evidence, Method, Verdict
from theory.exact import Comparison, Point
from theory.registry import register
from theory.run import Run
from theory.scope import Integers

WEIGHT = Hypothesis(
    "alpha in [0, 1]",
    r"$0\le\alpha\le1$",
    lambda w: (Comparison(w["alpha"], ">=", 0), Comparison(w["alpha"], "<=", 1)),
)
INNER_WEIGHT = Hypothesis(
    "alpha in (0, 1)",
    r"$0<\alpha<1$",
    lambda w: (Comparison(w["alpha"], ">", 0), Comparison(w["alpha"], "<", 1)),
)


def averages(point: Point) -> tuple[Any, Any]:
    """θ̄ and ξ̄ of one coordinate after lines 2, 3 and all passes through lines 12 and 13."""
    mean, square = (point["theta"],), (point["theta"] * point["theta"],)
    for iterate in point["iterates"]:
        mean, square = line_12_13(mean, square, (iterate,), point["alpha"])
    return mean[0], square[0]


def estimated_variance(point: Point) -> Any:
    """ξ̄ − θ̄²."""
    mean, square = averages(point)
    return square - mean * mean


LINES_12_13 = register(
    Claim(
        id="kanai.algorithm-1.line-12-13",
        kind=Kind.ALGORITHM,
        source=Source("kanai", "Algorithm 1, lines 12, 13 and 16", "final"),
        title="the estimated variance ξ̄ − θ̄² is never negative",
        statement=(
            r"$\bar\theta\leftarrow(1-\alpha)\bar\theta+\alpha\theta'$, $\bar\xi\leftarrow"
            r"(1-\alpha)\bar\xi+\alpha\theta'\odot\theta'$ from $\bar\theta=\theta$, "
            r"$\bar\xi=\theta\odot\theta$: “the variance is computed at line 16 as "
            r"$\bar\xi_j-\bar\theta_j^2$”. For any iterates it is a variance, "
            r"$\bar\xi_j-\bar\theta_j^2\ge0$."
        ),
        expected=Verdict.PROVED,
        hypotheses=(WEIGHT,),
        conclusion=lambda w: Comparison(estimated_variance(w), ">=", 0),
        domain={"L": Integers(0)},
        necessity=(
            Necessity(
                "alpha in [0, 1]",
                witness={"theta": "0", "iterates": "(1,)", "alpha": "2"},
                detail="α = 2 extrapolates: θ̄ = 2 and ξ̄ = 2.",
            ),
        ),
    )
)


@LINES_12_13.check(Method.SYMBOLIC, Verdict.PROVED)
def induction_on_the_variance(run: Run) -> Evidence:
    """One pass turns V = ξ̄ − θ̄² into (1−α)V + α(1−α)(θ'−θ̄)²; V is 0 at the start."""
    import sympy

    from theory.smt import prove, reals
    from theory.symbolic import prove_zero

    mean, square, iterate, theta, alpha = sympy.symbols("m x t theta alpha", real=True)
    (new_mean,), (new_square,) = line_12_13((mean,), (square,), (iterate,), alpha)
    start = prove_zero(estimated_variance({"theta": theta, "iterates": (), "alpha": alpha}))
    before = square - mean**2
    step = prove_zero(
        new_square
        - new_mean**2
        - (1 - alpha) * before
        - alpha * (1 - alpha) * (iterate - mean) ** 2
    )
    a, v, distance = reals("a v distance")
    sign = prove((1 - a) * v + a * (1 - a) * distance**2 >= 0, given=[a >= 0, a <= 1, v >= 0])
    return Evidence.from_proofs(
        Method.SYMBOLIC,
        [start, step, sign],
        witness={"theta": 1, "iterates": (1, 1), "alpha": "3/4"},
        detail=(
            "Induction over the passes, so for every number L of them and whatever the iterates "
            "are. It is Jensen's inequality for weights that sum to 1, an equality for constant "
            "iterates."
        ),
    )


def limit_of_expectation(point: Point) -> Any:
    """lim E[ξ̄ − θ̄²] = σ²(1 − Σw²) with Σw² = α/(2−α), for independent draws of variance σ²."""
    return point["sigma_squared"] * (1 - squared_weights(point["alpha"]))


def squared_weights(alpha: Any) -> Any:
    """Σ_l w_l² of the weights α(1−α)^l, l = 0, 1, ..."""
    return alpha / (2 - alpha)


SPREAD = Hypothesis("sigma > 0", r"$\sigma^2>0$", lambda w: Comparison(w["sigma_squared"], ">", 0))

register(
    Claim(
        id="kanai.algorithm-1.line-16",
        kind=Kind.ALGORITHM,
        source=Source("kanai", "Algorithm 1, line 16, and Appendix D.1", "final"),
        title="as L grows, ξ̄ − θ̄² has the variance of p_θ for its expectation",
        statement=(
            r"“the variance is computed at line 16 as $\bar\xi_j-\bar\theta_j^2$”. Read as: even "
            r"from independent exact draws $\theta'_l$ of $p_\theta$, with variance $\sigma^2$, "
            r"$\mathbb E[\bar\xi-\bar\theta^2]\to\sigma^2$ as $L\to\infty$."
        ),
        expected=Verdict.REFUTED,
        repaired_by=("kanai.algorithm-1.line-16.repaired",),
        hypotheses=(INNER_WEIGHT, SPREAD),
        conclusion=lambda w: Comparison(limit_of_expectation(w), "==", w["sigma_squared"]),
    )
)


def unbiased_in_the_limit(point: Point) -> Comparison | bool:
    """The limit, divided by 2(1−α)/(2−α), is σ²; false where there is no limit or no factor."""
    alpha = point["alpha"]
    if not 0 < alpha < 2 or alpha == 1:
        return False
    factor = 2 * (1 - alpha) / (2 - alpha)
    return Comparison(limit_of_expectation(point) / factor, "==", point["sigma_squared"])


LINE_16 = register(
    Claim(
        id="kanai.algorithm-1.line-16.repaired",
        kind=Kind.ALGORITHM,
        source=Source("kanai", "Algorithm 1, line 16, divided by 1 − Σw²", "final"),
        title="(ξ̄ − θ̄²)(2−α)/(2(1−α)) has the expectation σ² as L grows",
        statement=(
            r"For independent draws of variance $\sigma^2$ and any start, $\mathbb E[\bar\xi-"
            r"\bar\theta^2]\to\sigma^2\,\frac{2(1-\alpha)}{2-\alpha}$; divided by this factor, "
            r"which is 0.4 for $\alpha=0.75$ and 0.82 for $\alpha=0.3$, it is unbiased in the "
            r"limit."
        ),
        expected=Verdict.PROVED,
        hypotheses=(INNER_WEIGHT,),
        conclusion=unbiased_in_the_limit,
        necessity=(
            Necessity(
                "alpha in (0, 1)",
                witness={"alpha": "1", "sigma_squared": "1"},
                detail=(
                    "With α = 1 only the last iterate counts, and one draw has no variance; for α "
                    "outside (0, 2) the averages diverge."
                ),
            ),
        ),
    )
)


@LINE_16.check(Method.SYMBOLIC, Verdict.PROVED)
def induction_on_moments(run: Run) -> Evidence:
    """E[ξ̄], E[θ̄] and Var θ̄ solve the recursions of lines 12 and 13, and so give the limit."""
    import sympy

    from theory.symbolic import prove_zero

    alpha, sigma2 = sympy.symbols("alpha sigma2", positive=True)
    theta, m, decay = sympy.symbols("theta m q", real=True)  # q stands for (1−α)^L
    keep = 1 - alpha

    def mean(q: Any) -> Any:
        return m + q * (theta - m)

    def square(q: Any) -> Any:
        return (1 - q) * (m**2 + sigma2) + q * theta**2

    def spread(q: Any) -> Any:  # the variance of θ̄
        return sigma2 * squared_weights(alpha) * (1 - q**2)

    # One pass: an independent draw of mean m and variance σ² enters with weight α.
    (next_mean,), (next_square,) = line_12_13(
        (mean(decay),), (square(decay),), (sympy.Symbol("draw"),), alpha
    )
    draw = sympy.Symbol("draw")
    proofs = [
        prove_zero(mean(sympy.Integer(1)) - theta),
        prove_zero(square(sympy.Integer(1)) - theta**2),
        prove_zero(spread(sympy.Integer(1))),
        prove_zero(next_mean.subs(draw, m) - mean(keep * decay)),
        prove_zero(next_square.subs(draw**2, m**2 + sigma2) - square(keep * decay)),
        prove_zero(
            keep**2 * spread(decay) + next_mean.diff(draw) ** 2 * sigma2 - spread(keep * decay)
        ),
    ]
    # E[ξ̄ − θ̄²] = E ξ̄ − (E θ̄)² − Var θ̄, continuous in q, and q = (1−α)^L tends to 0.
    expectation = square(decay) - mean(decay) ** 2 - spread(decay)
    limit = limit_of_expectation({"alpha": alpha, "sigma_squared": sigma2})
    factor = 2 * (1 - alpha) / (2 - alpha)
    proofs.append(prove_zero(expectation.subs(decay, 0) - limit))
    proofs.append(prove_zero(limit - factor * sigma2))
    return Evidence.from_proofs(
        Method.SYMBOLIC,
        proofs,
        witness={"alpha": "3/4", "sigma_squared": 2},
        detail=(
            "The claim is about independent draws; the chain's are correlated, which lowers the "
            "estimate further."
        ),
    )
