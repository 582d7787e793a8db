"""Random noise against the attack of the same size, at the same weights."""

from __future__ import annotations

from math import comb, inf, prod
from typing import Any

from theory.claim import Claim, Hypothesis, Kind, Necessity
from theory.errata import Erratum
from theory.evidence import Evidence, Exactly, Method, Verdict
from theory.exact import Comparison, Point, ball, dot, exp, norm, rational, scale
from theory.exact.logistic import largest_eigenvalue, robust_hessian
from theory.exact.noise import sinhc, slope_of_sigmoid, uniform_mean
from theory.registry import register
from theory.run import Run
from theory.scope import Integers, Names, Scope
from theory.support.yamada import LABEL, NONZERO, POSITIVE_RADIUS, ours, yamada

SERIES = "power series with infinite radius of convergence may be compared term by term"
# Terms of the series of the mean over an L2 ball; below t = 20 the rest is less than the last one.
_TERMS = 120


def mean_factor(point: Point) -> Any:
    """M = E e^{−y w·η}: η uniform in the ball ‖η‖_p ≤ ε, p = ∞ (a cube) or 2."""
    eps, w = point["eps"], point["w"]
    if point["p"] == inf:
        return prod((sinhc(eps * entry) for entry in w), start=ball(1))
    square, d = eps**2 * dot(w, w), len(w)
    term, total = ball(1), ball(1)
    for k in range(_TERMS):
        term = term * ball(square) / ((2 * k + 2) * (2 * k + d + 2))
        total += term
    # The ratio of later terms is below 1/2, so that they sum to less than the last one.
    return total + ball(term).union(ball(0))


def mean_bound(point: Point) -> Any:
    """e^{ε²‖w‖²/6} for the cube, e^{ε²‖w‖²/(2(d+2))} for the L2 ball."""
    square, d = point["eps"] ** 2 * dot(point["w"], point["w"]), len(point["w"])
    return exp(square / 6) if point["p"] == inf else exp(square / (2 * (d + 2)))


def attack_factor(point: Point) -> Any:
    """e^{ε‖w‖_q}."""
    return exp(point["eps"] * norm(point["w"], 1 if point["p"] == inf else 2))


NORM = Hypothesis("norm", r"$p \in \{2, \infty\}$", lambda w: w["p"] in (2, inf))

VERSUS = register(
    Claim(
        id="jaxat.noise-vs-attack",
        kind=Kind.RESULT,
        source=ours("random noise against the attack"),
        title="the attack multiplies κ by e^{ε‖w‖_q}, noise by at most e^{ε²‖w‖²/6} in the mean",
        statement=(
            r"At the same weight the $L_p$ attack multiplies $\kappa = e^{-y\,w\cdot x}$ by "
            r"$e^{\varepsilon\|w\|_q}$, the largest factor that any $\|\eta\|_p \le \varepsilon$ "
            r"can give. Noise uniform in the same ball multiplies it on average by $M$ with $1 "
            r"\le M \le e^{\varepsilon^2\|w\|_2^2/6}$ for $p = \infty$ and $1 \le M \le "
            r"e^{\varepsilon^2\|w\|_2^2/(2(d+2))}$ for $p = 2$. For $\|w\| = 3.5$, $\varepsilon = "
            r"1$, $p = 2$, $d = 784$ that is 33.1 against at most 1.0079."
        ),
        expected=Verdict.PROVED,
        depends=("jaxat.noise-langevin-law.bounds", "yamada.eq-2.repaired"),
        domain={"p": Names("2", "inf")},
        hypotheses=(POSITIVE_RADIUS, NORM),
        conclusion=lambda w: Comparison(mean_factor(w), "<=", mean_bound(w)),
        necessity=(
            Necessity("eps > 0", detail="At ε = 0 both factors are 1."),
            Necessity("norm", detail="Other norms have other constants in the exponent."),
        ),
        notes=(
            "Where losses are small, loss, gradient and Hessian of a sample are all proportional "
            "to κ, so this is what remains true of the remark that the attack sharpens much more "
            "than noise. As a statement about the Hessian itself it is false: "
            "`yamada.noise-vs-attack`."
        ),
    )
)


@VERSUS.check(Method.SYMBOLIC, Verdict.PROVED)
def cube(run: Run) -> Evidence:
    """Each coordinate: sinh t/t between 1 and e^{t²/6}, and e^{|t|} at the worst corner."""
    from theory.facts.langevin import mass_below_exponential, mass_below_gaussian
    from theory.smt import prove, reals

    y, w, eta, eps, size = reals("y w eta eps size")
    given = [y * y == 1, eps > 0, -eps <= eta, eta <= eps, size * size == w * w, size >= 0]
    worst = prove(-y * w * eta <= eps * size, given=given)
    return Evidence.from_proofs(
        Method.SYMBOLIC,
        [*mass_below_gaussian(), *mass_below_exponential(), worst],
        Scope("p = ∞", {"p": Names("inf")}),
        witness={"p": inf, "eps": 1, "w": ("1/100", "1/100")},
    )


@VERSUS.check(Method.SYMBOLIC, Verdict.PROVED)
def euclidean_ball(run: Run) -> Evidence:
    """E u₁^{2k+2}/E u₁^{2k} = (2k+1)/(2k+d+2), so the series of M is below that of the bound."""
    import sympy

    from theory.symbolic import prove_nonnegative_by_identity, prove_zero

    k, extra, t = sympy.symbols("k d_minus_1 t", nonnegative=True)
    d = extra + 1
    ratio = (2 * k + 1) / (2 * k + d + 2)
    # M and the bound, ratio of neighbouring terms of the series in t = ε‖w‖.
    in_m = t**2 * ratio / ((2 * k + 1) * (2 * k + 2))
    in_bound = t**2 / (2 * (d + 2) * (k + 1))
    certificate = t**2 * 2 * k / ((2 * k + 2) * (2 * k + d + 2) * (d + 2))
    return Evidence.from_proofs(
        Method.SYMBOLIC,
        [
            *moment_recursion(),
            prove_zero(ratio.subs(k, 0) - 1 / (d + 2)),
            prove_nonnegative_by_identity(in_bound - in_m, certificate),
            prove_nonnegative_by_identity(in_m, t**2 / ((2 * k + 2) * (2 * k + d + 2))),
            *example_of_sizes(),
        ],
        Scope("p = 2", {"p": Names("2")}),
        assumes=(SERIES, "the uniform law on a ball is invariant under rotations"),
        witness={"p": 2, "eps": 1, "w": ("1/100", "1/100")},
        detail="The largest factor e^{ε‖w‖} is that of the adversarial example, Eq. (2).",
    )


def example_of_sizes() -> list[Any]:
    """e^{3.5} > 33.1, and e^{3.5²/(2(d + 2))} < 1.0079 for d = 784."""
    attack, noise = exp(rational("7/2")), exp(rational("49/4") / (2 * 786))
    return [
        Exactly(Comparison(attack, ">", rational("331/10")).holds(), "the attack, ε‖w‖ = 3.5"),
        Exactly(Comparison(noise, "<", rational("10079/10000")).holds(), "the noise, d = 784"),
    ]


def moment_recursion() -> list[Any]:
    """∫ u^{2k+2}(1−u²)^m = (2k+1)/(2k+2m+3) ∫ u^{2k}(1−u²)^m by parts, m = (d−1)/2.

    The derivative of u^{2k+1}(1−u²)^{m+1}, which is 0 at both ends, divided by u^{2k}(1−u²)^m.
    """
    import sympy

    from theory.symbolic import prove_zero

    k, m = sympy.symbols("k m", nonnegative=True)
    u = sympy.Symbol("u", positive=True)
    rest = sympy.Symbol("rest", positive=True)  # 1 − u², u in (0, 1)
    logarithm = (2 * k + 1) * sympy.log(u) + (m + 1) * sympy.log(rest)
    derivative = sympy.diff(logarithm, u) + sympy.diff(logarithm, rest) * (-2 * u)
    quotient = (u * rest * derivative).subs(rest, 1 - u**2)
    by_parts = (2 * k + 1) - u**2 * (2 * k + 2 * m + 3)
    d = sympy.Symbol("d", positive=True)
    return [
        prove_zero(quotient - by_parts),
        prove_zero((2 * k + 2 * m + 3).subs(m, (d - 1) / 2) - (2 * k + d + 2)),
    ]


def covariance_of_the_ball(point: Point) -> Comparison | None:
    """ε² E u₁² = ε²/(d + 2), integrating the density (1 − u²)^((d−1)/2) exactly for odd d."""
    d, square = int(point["d"]), point["eps"] ** 2
    if d % 2 == 0:
        return None
    m = (d - 1) // 2
    signed = [(-1) ** k * comb(m, k) for k in range(m + 1)]
    zeroth, second = (
        sum((rational(c) / (2 * k + 1 + j) for k, c in enumerate(signed)), rational(0))
        for j in (0, 2)
    )
    return Comparison(square * second / zeroth, "==", square / (point["d"] + 2))


BALL = register(
    Claim(
        id="jaxat.noise-l2-ball",
        kind=Kind.RESULT,
        source=ours("random noise in an L2 ball"),
        title="noise uniform in the L2 ball has covariance ε²/(d + 2) I",
        statement=(
            r"For $\eta$ uniform in $\|\eta\|_2 \le \varepsilon$ in $\mathbb R^d$: $E\eta = 0$ and "
            r"$E\eta\eta^\top = \frac{\varepsilon^2}{d+2}I$. In place of the "
            r"$\frac{\varepsilon^2}3$ of the cube: for $d = 784$ that is 262 times less in each "
            r"coordinate."
        ),
        expected=Verdict.PROVED,
        domain={"d": Integers(1)},
        hypotheses=(POSITIVE_RADIUS,),
        conclusion=covariance_of_the_ball,
        necessity=(Necessity("eps > 0", detail="At ε = 0 both sides are 0."),),
    )
)


@BALL.check(Method.SYMBOLIC, Verdict.PROVED)
def covariance(run: Run) -> Evidence:
    """E‖η‖² = ε² d/(d + 2) by the radial law, shared equally by d coordinates."""
    import sympy

    from theory.symbolic import prove_zero

    r, eps = sympy.symbols("r epsilon", positive=True)
    d = sympy.Symbol("d", positive=True)
    square = sympy.integrate(d * r ** (d - 1) / eps**d * r**2, (r, 0, eps))
    whole = sympy.integrate(d * r ** (d - 1) / eps**d, (r, 0, eps))
    return Evidence.from_proofs(
        Method.SYMBOLIC,
        [
            prove_zero(sympy.powsimp(sympy.expand(whole)) - 1),
            prove_zero(sympy.powsimp(sympy.expand(square / d)) - eps**2 / (d + 2)),
            *moment_recursion(),
        ],
        assumes=("the uniform law on a ball is invariant under rotations",),
        witness={"eps": 1, "d": 785},
        detail="Two ways: radially, and by the recursion for E u₁^{2k} at k = 0.",
    )


@BALL.check(Method.NUMERIC, Verdict.SUPPORTED)
def sampling(run: Run) -> Evidence:
    """Points in the ball in 7 dimensions: the mean of η₁² against ε²/(d + 2)."""
    import numpy as np

    d, n, rng = 7, run.pick(20_000, 200_000), run.rng
    direction = rng.standard_normal((n, d))
    eta = direction / np.linalg.norm(direction, axis=1, keepdims=True)
    eta *= rng.uniform(size=(n, 1)) ** (1 / d)
    values = eta[:, 0] ** 2
    deviation = abs(values.mean() - 1 / (d + 2)) / (values.std() / np.sqrt(n))
    return Evidence.supported(
        admissible=n,
        tried=n,
        margin=6.0 - float(deviation),
        tolerance=0.0,
        seed=run.seed,
        detail="The margin is in standard errors of the mean, of which six are allowed.",
    )


def one_sample_curvatures(point: Point) -> Comparison:
    """λ_max under the attack, and the mean under noise of the curvature along e₂, w = (W, 0).

    The logit of the noisy sample depends on η₁ alone: the mean is E σ'(m) · (x₂² + ε²/3).
    """
    w, x, y, eps = point["w"], point["x"], point["y"], point["eps"]
    attacked = largest_eigenvalue(robust_hessian(w, (scale(y, x),), eps))
    weight, start = ball(w[0]), ball(x[0])
    slope = uniform_mean(lambda eta: slope_of_sigmoid(weight * (start + eta)), eps)
    return Comparison(attacked, ">=", slope * (x[1] ** 2 + eps**2 / 3))


register(
    Claim(
        id="yamada.noise-vs-attack",
        kind=Kind.REMARK,
        source=yamada("Section 3.2, after Eq. (15)"),
        title="at the same weight the attack gives larger Hessian eigenvalues than noise",
        statement=(
            r"“Considering Theorem 1 and Theorem 2, the adversarial noise sharpens the weight loss "
            r"landscape much more than the weight landscape on training with random noise.” Here "
            r"at one weight and for one sample in the plane: $\lambda_{\max}$ under the $L_2$ "
            r"attack of Theorem 1 is at least the mean of $\lambda_{\max}$ under the noise "
            r"$\eta_i\sim U(-\varepsilon,\varepsilon)$ of Theorem 2, and so at least the mean "
            r"curvature along $e_2$."
        ),
        expected=Verdict.REFUTED,
        repaired_by=("jaxat.noise-vs-attack",),
        depends=("yamada.theorem-1", "yamada.theorem-2"),
        hypotheses=(
            POSITIVE_RADIUS,
            LABEL,
            NONZERO,
            Hypothesis(
                "plane",
                r"$w = (W, 0)$, for which the mean over the noise has a closed form",
                lambda w: len(w["w"]) == 2 and w["w"][1] == 0,
            ),
        ),
        conclusion=one_sample_curvatures,
        notes=(
            "Nor do the two theorems give a comparison of trained models. Theorem 1 is about a "
            "point where all losses are log 2, Theorem 2 about losses that tend to 0. Under equal "
            "conditions, data that can be separated in spite of the perturbation, both Hessians "
            "tend to 0: `yamada.theorem-2`, `jaxat.yamada-phases`."
        ),
    )
)

ERRATA = (
    Erratum(
        "yamada.erratum-26",
        "Section 3.2, after Eq. (15)",
        (
            "“Considering Theorem 1 and Theorem 2, the adversarial noise sharpens the weight loss "
            "landscape much more”"
        ),
        (
            r"The two theorems are about different situations: losses of $\log 2$ in Theorem 1, "
            r"losses tending to 0 in Theorem 2. What can be compared at one weight is the factor "
            r"on small losses, $e^{\varepsilon\|w\|_q}$ against at most "
            r"$e^{\varepsilon^2\|w\|^2/6}$."
        ),
        claim="yamada.noise-vs-attack",
    ),
)
