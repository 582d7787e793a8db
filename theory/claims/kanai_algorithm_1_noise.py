"""Algorithm 1 of Kanai et al., line 11: which distribution its noise samples."""

from __future__ import annotations

from typing import Any

from theory.algorithm_1 import line_10, line_11
from theory.claim import Claim, Hypothesis, Kind, Necessity, Source
from theory.errata import Erratum
from theory.evidence import Evidence, Method, Verdict
from theory.exact import Comparison, Point
from theory.registry import register
from theory.run import Run

STEP = Hypothesis(
    "small step",
    r"$0<\eta'\lambda\le1$ with $\lambda=\gamma+\rho$",
    lambda w: (
        Comparison(curvature(w), ">", 0),
        Comparison(w["eta_prime"], ">", 0),
        Comparison(w["eta_prime"] * curvature(w), "<=", 1),
    ),
)
NOISE = Hypothesis("eps_E > 0", r"$\varepsilon_E>0$", lambda w: Comparison(w["eps_E"], ">", 0))


def curvature(point: Point) -> Any:
    """λ = γ + ρ, the curvature of L(θ') + (γ/2)(θ − θ')² for L = (ρ/2)θ'²."""
    return point["gamma"] + point["rho"]


def stationary_variance(point: Point) -> Any:
    """The v with v = (1−η'λ)² v + η' ε_E²: what lines 10 (sign corrected) and 11 settle at."""
    keep = 1 - point["eta_prime"] * curvature(point)
    return point["eta_prime"] * point["eps_E"] ** 2 / (1 - keep**2)


def relative_error(point: Point, beta: Any) -> Comparison:
    """|v βλ − 1| ≤ η'λ: the chain has the variance 1/(βλ) of p, up to its step size."""
    ratio = stationary_variance(point) * beta * curvature(point)
    return Comparison(abs(ratio - 1), "<=", point["eta_prime"] * curvature(point))


register(
    Claim(
        id="kanai.algorithm-1.line-11",
        kind=Kind.ALGORITHM,
        source=Source("kanai", "Algorithm 1, line 11, and Appendix D.1", "final"),
        title="line 11 samples p_θ(θ') ∝ exp(−L(θ') − (γ/2)‖θ−θ'‖²)",
        statement=(
            r"$\theta'\leftarrow\theta'-\eta'd\theta'+\sqrt{\eta'}\varepsilon_E\mathcal N(0,I)$; "
            r"“$\bar\xi$ is estimated $\mathbb E_{p(\theta')}[\theta'\odot\theta']$ by using "
            r"SGLD”, with $\varepsilon_E=10^{-4}$. Read (with the sign of line 10 corrected) as: "
            r"for $L=\frac\rho2\theta'^2$ the stationary variance of the chain is that of "
            r"$p_\theta$, $1/\lambda$ with $\lambda=\gamma+\rho$, up to a relative error of at "
            r"most the step size $\eta'\lambda$."
        ),
        expected=Verdict.REFUTED,
        repaired_by=("kanai.algorithm-1.line-11.repaired",),
        hypotheses=(STEP, NOISE),
        conclusion=lambda w: relative_error(w, 1),
    )
)

LINE_11 = register(
    Claim(
        id="kanai.algorithm-1.line-11.repaired",
        kind=Kind.ALGORITHM,
        source=Source("kanai", "Algorithm 1, line 11, temperature corrected", "final"),
        title="line 11 samples exp(−βU) with β = 2/ε_E², so ε_E = √2 gives p_θ",
        statement=(
            r"For $L=\frac\rho2\theta'^2$ and the corrected line 10 the stationary variance is "
            r"$1/(\beta\lambda)$ with $\beta=2/\varepsilon_E^2$, up to a relative error of at most "
            r"$\eta'\lambda$: the chain samples $p_\theta$ at the inverse temperature $\beta$, "
            r"$2\cdot10^8$ for $\varepsilon_E=10^{-4}$. With $\varepsilon_E=\sqrt{2}$ it is "
            r"$p_\theta$ itself."
        ),
        expected=Verdict.PROVED,
        hypotheses=(STEP, NOISE),
        conclusion=lambda w: w["eps_E"] != 0 and relative_error(w, 2 / w["eps_E"] ** 2),
        necessity=(
            Necessity(
                "small step",
                witness={"gamma": "1", "rho": "0", "eta_prime": "3/2", "eps_E": "1"},
                detail="At η'λ = 3/2 the variance is four times 1/(βλ).",
            ),
            Necessity(
                "eps_E > 0",
                witness={"gamma": "1", "rho": "0", "eta_prime": "1/2", "eps_E": "0"},
                detail="Without noise the inverse temperature is infinite.",
            ),
        ),
        notes=(
            "The exact value is $v\\beta\\lambda=1/(1-\\eta'\\lambda/2)$: a discretised chain is "
            "wider than its limit. A test that expects $1/(\\beta\\lambda)$ of a real step size "
            "rejects a correct sampler; see `jaxat.algorithm-1-variance`."
        ),
    )
)


@LINE_11.check(Method.SYMBOLIC, Verdict.PROVED)
def closed_form(run: Run) -> Evidence:
    """v βλ − 1 = (η'λ/2)/(1 − η'λ/2), and η'λ − that = η'λ(1 − η'λ)/(2 − η'λ) ≥ 0."""
    import sympy

    from theory.symbolic import prove_nonnegative_by_identity, prove_zero

    gamma, eta, eps_E, s = sympy.symbols("gamma eta epsilon_E s", positive=True)
    rho, theta, start, xi = sympy.symbols("rho theta theta' xi", real=True)
    (d_theta,) = line_10((theta,), (start,), (rho * start,), gamma, "corrected")
    (after,) = line_11((start,), (d_theta,), eta, eps_E, (xi,), sympy.sqrt)
    point = {"gamma": gamma, "rho": rho, "eta_prime": eta, "eps_E": eps_E}
    v, product = stationary_variance(point), eta * (gamma + rho)
    # One step is linear, so a variance v becomes (∂θ'⁺/∂θ')² v + (∂θ'⁺/∂ξ)².
    settled = prove_zero(after.diff(start) ** 2 * v + after.diff(xi) ** 2 - v)
    error = v * 2 / eps_E**2 * (gamma + rho) - 1
    identity = prove_zero(error - product / (2 - product))
    # η'λ in (0, 1] is s/(s + t) with t ≥ 0, which makes every factor visibly non-negative.
    t = sympy.Symbol("t", nonnegative=True)
    u = s / (s + t)
    positive = prove_nonnegative_by_identity(u / (2 - u), s / (s + 2 * t))
    gap = prove_nonnegative_by_identity(u - u / (2 - u), s * t / ((s + t) * (s + 2 * t)))
    return Evidence.from_proofs(
        Method.SYMBOLIC,
        [settled, identity, positive, gap],
        witness={"gamma": 1, "rho": 0, "eta_prime": 1, "eps_E": "1/10000"},
        detail="Attained at η'λ = 1, where the chain forgets everything at each step.",
    )


ERRATA = (
    Erratum(
        "kanai.erratum-49",
        "Algorithm 1, line 11, and Appendix D.1 (final version)",
        r"$+\sqrt{\eta'}\,\varepsilon_E\,\mathcal N(0,I)$ with $\varepsilon_E=10^{-4}$ as a "
        r"sampler of $p_\theta$",
        r"$+\sqrt{2\eta'/\beta}\,\mathcal N(0,I)$; as printed the inverse temperature is "
        r"$\beta=2/\varepsilon_E^2=2\cdot10^8$, and $\bar\xi-\bar\theta^2$ estimates the variance "
        r"at that temperature",
        claim="kanai.algorithm-1.line-11",
    ),
)
