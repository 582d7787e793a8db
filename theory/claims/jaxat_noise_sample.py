"""How large N must be before the sample covariance of the noise is (ε²/3) I."""

from __future__ import annotations

from theory.claim import Claim, Hypothesis, Kind, Necessity
from theory.evidence import Evidence, Method, Verdict
from theory.exact import Comparison, Point, rational
from theory.registry import register
from theory.run import Run
from theory.scope import Integers
from theory.support.yamada import POSITIVE_RADIUS, ours


def relative_square(point: Point) -> Comparison:
    """E‖S − (ε²/3) I‖_F² / ‖(ε²/3) I‖_F² from the moments 1/3 and 1/5 of U(−1, 1)."""
    d, second, fourth = point["d"], rational("1/3"), rational("1/5")
    total = d * (fourth - second**2) + d * (d - 1) * second**2
    return Comparison(total / point["N"] / (d * second**2), "==", (d - fourth) / point["N"])


SAMPLE = register(
    Claim(
        id="jaxat.noise-sample-covariance",
        kind=Kind.RESULT,
        source=ours("the large N of Eq. (15)"),
        title="the sample covariance of the noise misses (ε²/3) I by √((d − 1/5)/N) in the mean",
        statement=(
            r"For $N$ independent samples of noise in $[-\varepsilon, \varepsilon]^d$ and $S = "
            r"\frac1N\sum_n\eta^n\eta^{n\top}$: $E\left\|S - \frac{\varepsilon^2}3I\right\|_F^2 = "
            r"\frac{d-1/5}N\left\|\frac{\varepsilon^2}3I\right\|_F^2$. “Large $N$” before (15) "
            r"means $N \gg d$; with $N = 12665$ and $d = 784$ the relative error is still about a "
            r"quarter."
        ),
        expected=Verdict.PROVED,
        domain={"d": Integers(1), "N": Integers(1)},
        hypotheses=(
            POSITIVE_RADIUS,
            Hypothesis(
                "sizes",
                r"$d, N \ge 1$",
                lambda w: (Comparison(w["d"], ">=", 1), Comparison(w["N"], ">=", 1)),
            ),
        ),
        conclusion=relative_square,
        necessity=(
            Necessity("eps > 0", detail="At ε = 0 both sides are 0."),
            Necessity("sizes", detail="There is no sample without them."),
        ),
    )
)


@SAMPLE.check(Method.SYMBOLIC, Verdict.PROVED)
def second_moments(run: Run) -> Evidence:
    """Variances of η_i² and η_i η_j, d of the first and d(d − 1) of the second, divided by N."""
    import sympy

    from theory.symbolic import prove_zero

    u = sympy.Symbol("u", real=True)
    eps, d, n = sympy.symbols("epsilon d N", positive=True)

    def mean(k: int) -> sympy.Expr:
        return sympy.integrate(u**k, (u, -eps, eps)) / (2 * eps)

    on_diagonal = mean(4) - mean(2) ** 2
    off_diagonal = mean(2) ** 2 - mean(1) ** 4  # of a product of independent factors
    total = (d * on_diagonal + d * (d - 1) * off_diagonal) / n
    size = d * (eps**2 / 3) ** 2
    claimed = (d - sympy.Rational(1, 5)) / n * size
    return Evidence.from_proofs(
        Method.SYMBOLIC,
        [
            prove_zero(mean(2) - eps**2 / 3),
            prove_zero(total - claimed),
        ],
        witness={"eps": 1, "d": 784, "N": 12665},
        detail="A mean of N independent terms has the variance of one of them, divided by N.",
    )


@SAMPLE.check(Method.NUMERIC, Verdict.SUPPORTED)
def sampling(run: Run) -> Evidence:
    """The mean over repeated samples with d = 6, N = 10, in standard errors."""
    import numpy as np

    d, n, repeats, rng = 6, 10, run.pick(2_000, 20_000), run.rng
    eta = rng.uniform(-1, 1, (repeats, n, d))
    gap = np.einsum("rni,rnj->rij", eta, eta) / n - np.eye(d) / 3
    values = (gap**2).sum((1, 2)) / (d / 9)
    deviation = abs(values.mean() - (d - 0.2) / n) / (values.std() / np.sqrt(repeats))
    return Evidence.supported(
        admissible=repeats,
        tried=repeats,
        margin=6.0 - float(deviation),
        tolerance=0.0,
        seed=run.seed,
        detail="The margin is in standard errors of the mean, of which six are allowed.",
    )
