"""Eq. (77) of Kanai et al.: the diagonal Newton step of second order EntropySGD."""

from __future__ import annotations

from typing import Any

from theory.algorithm_1 import line_16, line_18
from theory.claim import Claim, Hypothesis, Kind, Necessity, Source
from theory.evidence import Evidence, Method, Verdict
from theory.exact import Comparison, Point
from theory.registry import register
from theory.run import Run
from theory.scope import Integers

SCOPE = Hypothesis("gamma > 0", r"$\gamma>0$", lambda w: Comparison(w["gamma"], ">", 0))


def denominators(point: Point) -> tuple[Comparison, ...]:
    """γ − γ²σ̄_j ≠ 0 for every j."""
    gamma = point["gamma"]
    return tuple(Comparison(gamma - gamma**2 * s, "!=", 0) for s in point["sigma"])


def step(point: Point) -> tuple[Any, ...]:
    """The new θ by lines 16 and 18, from θ, θ̄ and the variances σ̄."""
    mean = point["theta_bar"]
    square = tuple(s + m * m for s, m in zip(point["sigma"], mean, strict=True))
    h = line_16(mean, square, point["gamma"])
    return line_18(point["theta"], mean, h, point["eta"], point["gamma"])


def newton_step(point: Point) -> tuple[Any, ...]:
    """θ − η ∇(−F)/∂²(−F) with ∇(−F) = γ(θ − θ̄) and ∂²_j(−F) = γ − γ²σ̄_j."""
    gamma, eta = point["gamma"], point["eta"]
    rows = zip(point["theta"], point["theta_bar"], point["sigma"], strict=True)
    return tuple(t - eta * (gamma * (t - m)) / (gamma - gamma**2 * s) for t, m, s in rows)


def simple_step(point: Point) -> tuple[Any, ...]:
    """θ − η(θ − θ̄)/(1 − γσ̄): γ cancels but for the product γσ̄."""
    gamma, eta = point["gamma"], point["eta"]
    rows = zip(point["theta"], point["theta_bar"], point["sigma"], strict=True)
    return tuple(t - eta * (t - m) / (1 - gamma * s) for t, m, s in rows)


def is_newtons_step(point: Point) -> tuple[Comparison, ...] | bool:
    """The three forms agree; false where they divide by zero."""
    if not all(c.holds() for c in denominators(point)):
        return False
    return tuple(
        Comparison(a, "==", b)
        for other in (newton_step, simple_step)
        for a, b in zip(step(point), other(point), strict=True)
    )


EQ_77 = register(
    Claim(
        id="kanai.eq-77",
        kind=Kind.EQUATION,
        source=Source("kanai", "Appendix D", "final", ("77",)),
        title="(77) is Newton's step for −F with its diagonal: θ − η(θ−θ̄)/(1−γσ̄)",
        statement=(
            r"$\theta\leftarrow\theta-\eta\gamma h\odot(\theta-\bar\theta)$, $h_j=1/(\gamma-"
            r"\gamma^2\bar\sigma_{j,\theta'})$: “This update rule corresponds to the Newton method "
            r"under the diagonal approximation of $\Sigma_{\theta'}$”."
        ),
        expected=Verdict.PROVED,
        hypotheses=(
            Hypothesis(
                "denominator",
                r"$\gamma\ne0$ and $\gamma\bar\sigma_j\ne1$ for every $j$",
                denominators,
            ),
        ),
        conclusion=is_newtons_step,
        domain={"m": Integers(1)},
        necessity=(
            Necessity(
                "denominator",
                witness={
                    "theta": "(1,)",
                    "theta_bar": "(0,)",
                    "sigma": "(1,)",
                    "gamma": "1",
                    "eta": "1",
                },
                detail="At γσ̄ = 1 line 16 divides by zero; see kanai.eq-77.well-defined.",
            ),
        ),
        notes=(
            "γ cancels: the step is that of the first order method with the step size η/γ, divided "
            "by 1 − γσ̄. Where γσ̄ is near 0, as with the printed noise "
            "(`kanai.algorithm-1.line-11`), it is θ − η(θ − θ̄), the step of the reference "
            "implementation of EntropySGD."
        ),
    )
)


@EQ_77.check(Method.SYMBOLIC, Verdict.PROVED)
def identity(run: Run) -> Evidence:
    """Lines 16 and 18, the Newton step and the simple form agree as rational functions."""
    import sympy

    from theory.symbolic import prove_zero

    theta, mean, sigma, gamma, eta = sympy.symbols("theta m sigma gamma eta", real=True)
    point = {"theta": (theta,), "theta_bar": (mean,), "sigma": (sigma,), "gamma": gamma, "eta": eta}
    (found,), (newton,), (simple,) = step(point), newton_step(point), simple_step(point)
    return Evidence.from_proofs(
        Method.SYMBOLIC,
        [prove_zero(found - newton), prove_zero(found - simple)],
        witness={"theta": (2, 1), "theta_bar": (1, 3), "sigma": (1, 0), "gamma": "1/2", "eta": 1},
        detail=(
            "The step acts on each coordinate alone. That γ(θ − θ̄) and γ − γ²σ̄ are the gradient "
            "and the diagonal of the Hessian of −F is a claim of its own, Eqs. (11) and (53)."
        ),
    )


def exact_moments(point: Point) -> Point:
    """The mean and the variance of p_θ for the quadratic loss, with η = 1."""
    gamma = point["gamma"]
    rows = list(zip(point["theta"], point["rho"], strict=True))
    return {
        **point,
        "eta": 1,
        "theta_bar": tuple(gamma * t / (gamma + r) for t, r in rows),
        "sigma": tuple(1 / (gamma + r) for _, r in rows),
    }


def lands_on_zero(point: Point) -> tuple[Comparison, ...] | bool:
    """The step from exact moments is 0 in every coordinate; false where it divides by zero."""
    moments = exact_moments(point)
    if not all(c.holds() for c in denominators(moments)):
        return False
    return tuple(Comparison(t, "==", 0) for t in step(moments))


LANDING = register(
    Claim(
        id="jaxat.eq-77-one-step",
        kind=Kind.RESULT,
        source=Source("jaxat", "Eq. (77) on quadratics"),
        title="exact moments, quadratic L, η = 1: (77) lands on the stationary point in one step",
        statement=(
            r"For $L=\frac12\sum_j\rho_j\theta_j'^2$ with $\gamma+\rho_j>0$, $\rho_j\ne0$, "
            r"$p_\theta$ has the mean $\gamma\theta_j/(\gamma+\rho_j)$ and the variance "
            r"$1/(\gamma+\rho_j)$, and (77) with $\eta=1$ gives $\theta=0$: in the coordinate $j$ "
            r"the minimum if $\rho_j>0$, a maximum if $\rho_j<0$. The first order step "
            r"$\theta-\eta\gamma(\theta-\bar\theta)$ leaves $1-\eta\gamma\rho_j/(\gamma+\rho_j)$ "
            r"of $\theta_j$."
        ),
        expected=Verdict.PROVED,
        depends=("kanai.eq-77",),
        hypotheses=(
            SCOPE,
            Hypothesis(
                "curvature",
                r"$\gamma+\rho_j>0$, $\rho_j\ne0$",
                lambda w: tuple(
                    Comparison(value, relation, 0)
                    for r in w["rho"]
                    for value, relation in ((w["gamma"] + r, ">"), (r, "!="))
                ),
            ),
        ),
        conclusion=lands_on_zero,
        domain={"m": Integers(1)},
        necessity=(
            Necessity(
                "curvature",
                witness={"theta": "(1,)", "rho": "(0,)", "gamma": "1"},
                detail="With ρ = 0 the step is 0/0: θ̄ = θ and γσ̄ = 1; F is flat there.",
            ),
            Necessity(
                "gamma > 0",
                witness={"theta": "(1,)", "rho": "(1,)", "gamma": "0"},
                detail="With γ = 0 line 16 divides by zero.",
            ),
        ),
    )
)


@LANDING.check(Method.SYMBOLIC, Verdict.PROVED)
def gaussian_moments(run: Run) -> Evidence:
    """Complete the square in the exponent of p_θ, then insert mean and variance in (77)."""
    import sympy

    from theory.symbolic import prove_zero

    theta, t, rho = sympy.symbols("theta t rho", real=True)
    gamma = sympy.Symbol("gamma", positive=True)
    point = exact_moments({"theta": (theta,), "rho": (rho,), "gamma": gamma})
    (mean,), (sigma,) = point["theta_bar"], point["sigma"]
    exponent = rho * t**2 / 2 + gamma * (theta - t) ** 2 / 2
    # A Gaussian density: the exponent and (t − mean)²/(2σ) differ by a constant.
    square = prove_zero((exponent - (t - mean) ** 2 / (2 * sigma)).diff(t))
    (landed,) = step(point)
    # The first order step from the same moments leaves the stated share of θ.
    eta = sympy.Symbol("eta", real=True)
    share = 1 - eta * gamma * rho / (gamma + rho)
    first_order = prove_zero(theta - eta * gamma * (theta - mean) - share * theta)
    return Evidence.from_proofs(
        Method.SYMBOLIC,
        [square, prove_zero(landed), first_order],
        witness={"theta": (3, -1), "rho": (2, "-1/2"), "gamma": 1},
    )
