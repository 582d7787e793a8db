"""Theorem 3 of Kanai et al.: EntropySGD smooths nonnegative losses, locally."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from theory.claim import Claim, Kind, Necessity, truth
from theory.claims.jaxat_entropy_nonnegative import gaussian_mass
from theory.claims.kanai_entropy_gradient import BETA_ONE
from theory.errata import Erratum
from theory.evidence import Evidence, Exactly, Method, Verdict
from theory.exact import Comparison, Point, ball, exp, rational
from theory.exact.entropy import Panel, integrable, local_moments, loss_panels
from theory.registry import register
from theory.run import Run
from theory.scope import Names
from theory.support.entropy import AT_EXAMPLES, NONNEGATIVE, at, example_points, kanai

PIECES = 64


def largest_variance(panels: list[Panel], first: Any, second: Any, gamma: Any) -> Any:
    """A ball that contains the supremum of Var over the segment from `first` to `second`."""
    from theory.rigorous import ball_interval

    low, high = sorted((first, second))
    ends = [low + (high - low) * k / PIECES for k in range(PIECES + 1)]
    values = [ball(local_moments(panels, t, gamma).variance) for t in ends]
    wide = [
        ball(local_moments(panels, ball_interval(a, b), gamma).variance) for a, b in pairwise(ends)
    ]
    above, below = wide[0], values[0]
    for value in wide[1:]:
        above = above.max(value)
    for value in values[1:]:
        below = below.max(value)
    return below.lower().union(above.upper())


def local_bound(point: Point) -> Comparison:
    """Var at θ₂ ≤ e^{γR²} √(2π/γ) / (γ Z_{2γ}(θ₁)), R = |θ₂ − θ₁|: one number for a ball of θ."""
    gamma, radius = point["gamma"], abs(point["theta_2"] - point["theta_1"])
    doubled = local_moments(loss_panels(point), point["theta_1"], 2 * gamma).F
    bound = gaussian_mass(gamma) / ball(gamma) * exp(ball(gamma * radius * radius) - doubled)
    return Comparison(at(point, point["theta_2"]).variance, "<=", bound)


def theorem_3(point: Point) -> Comparison | bool:
    """‖Σ‖ < ∞; the Lipschitz bound on the segment [θ₁, θ₂]; sup ‖Σ‖ < ∞ on bounded sets."""
    panels, gamma = loss_panels(point), point["gamma"]
    first, second = point["theta_1"], point["theta_2"]
    if not integrable(panels, gamma):
        return False  # no density, no covariance
    if point["part"] == "finite":
        return bool(ball(at(point, first).variance).is_finite())
    if point["part"] == "bounded set":
        return local_bound(point)
    change = at(point, second).gradient - at(point, first).gradient
    constant = gamma + gamma**2 * (
        at(point, first).variance
        if len(panels) == 1
        else largest_variance(panels, first, second, gamma)
    )
    return Comparison(abs(change), "<=", constant * abs(second - first))


THEOREM_3 = register(
    Claim(
        id="kanai.theorem-3",
        kind=Kind.THEOREM,
        source=kanai("Theorem 3", "23", "46", "56", "64", "69", "70", "71", "72"),
        title="L ≥ 0 ⇒ ∇F is (γ + γ² sup‖Σ‖_F)-Lipschitz, and that is finite on bounded sets",
        statement=(
            r"If we use EntropySGD for the non-negative loss function $L(\theta)\ge0$, we have "
            r"$\|\nabla_\theta F(\theta_1)-\nabla_\theta F(\theta_2)\|\le(\gamma+\gamma^2"
            r"\sup_\theta\|\Sigma_{\theta'}\|_F)\|\theta_1-\theta_2\|$, and "
            r"$\|\Sigma_{\theta'}\|_F<\infty$ for $\theta\in\mathbb{R}^m$. Thus, "
            r"$-\nabla_\theta F(\theta)$ is Lipschitz continuous on a bounded set of $\theta$."
        ),
        expected=Verdict.PROVED,
        hypotheses=(NONNEGATIVE, BETA_ONE),
        conclusion=theorem_3,
        domain={
            "part": Names("finite", "lipschitz", "bounded set"),
            "loss": Names("every loss that satisfies the hypotheses"),
        },
        depends=("kanai.eq-53", "kanai.eq-54-55", "jaxat.entropy-nonnegative"),
        necessity=(
            Necessity(
                "L >= 0",
                witness={
                    "loss": "quadratic",
                    "rho": "-2",
                    "theta_1": "0",
                    "theta_2": "1",
                    "gamma": "1",
                    "part": "finite",
                },
                detail=(
                    "L = −γt² makes the integral infinite. Less would do: "
                    "L ≥ −a − (γ′/2)‖θ‖² with γ′ < γ."
                ),
            ),
            Necessity("beta = 1", by="jaxat.entropy-beta", detail="With βγ for γ and βL for L."),
        ),
        notes=(
            "The supremum is over the segment between $\\theta_1$ and $\\theta_2$, or over a "
            "convex set that contains both; over all of $\\mathbb{R}^m$ it can be infinite "
            "(`kanai.theorem-3.supremum`). Implicit: $L$ is measurable and not $+\\infty$ almost "
            "everywhere. The constant is never attained; `jaxat.entropy-spectral-norm` has the "
            "sharp one, and `jaxat.entropy-convex`, `jaxat.entropy-weakly-convex`, "
            "`jaxat.entropy-lipschitz` bound it on all of $\\mathbb{R}^m$."
        ),
        cost=0.8,
    )
)


@THEOREM_3.check(Method.SYMBOLIC, Verdict.PROVED)
def explicit_bound_on_balls(run: Run) -> Evidence:
    """‖θ − t‖² ≤ 2‖t − θ₀‖² + 2R² gives Z(θ) ≥ e^{−γR²}Z_{2γ}(θ₀), and Σ ≤ S₀/Z(θ)."""
    import sympy

    from theory.gram import gram, norm_squared
    from theory.symbolic import prove_nonnegative_by_identity, prove_zero

    a, b, c = gram("t theta theta_0")
    spread = 2 * norm_squared(a - c) + 2 * norm_squared(b - c) - norm_squared(b - a)
    # Σ ≤ S₀/Z ≤ S₀ e^{γR²}/Z₂ when Z = e^{−γR²}Z₂ + slack.
    mass, moment = sympy.symbols("Z_2 S_0", positive=True)
    exponent = sympy.Symbol("gamma_R_squared", nonnegative=True)
    slack = sympy.Symbol("slack", nonnegative=True)
    low = sympy.exp(-exponent) * mass
    gap = moment / low - moment / (low + slack)
    return Evidence.from_proofs(
        Method.SYMBOLIC,
        [
            prove_zero(sympy.expand(spread - norm_squared(a + b - 2 * c))),
            prove_nonnegative_by_identity(gap, moment * slack / (low * (low + slack))),
        ],
        assumes=(
            "mean value inequality: a bound on ‖∇²F‖ over a segment is a Lipschitz constant of "
            "∇F between its ends",
            "the integral is monotone",
        ),
        witness={
            "loss": "quadratic",
            "rho": 10000,
            "theta_1": 0,
            "theta_2": 1,
            "gamma": 1,
            "part": "lipschitz",
        },
        detail=(
            "Every m. The Hessian is Eq. (53), its norm Eq. (54), (55), the variance at one point "
            "`jaxat.entropy-nonnegative`; the explicit bound on the ball ‖θ − θ₀‖ ≤ R is what "
            "turns finite at every θ into bounded on bounded sets."
        ),
    )


@THEOREM_3.check(Method.RIGOROUS, Verdict.PROVED)
def at_rational_points(run: Run) -> Evidence:
    """All three parts in balls for nonnegative losses with kinks, over segments across a kink."""
    from theory.rigorous.arithmetic import precision

    def allowed(point: Point) -> bool | None:
        return truth(NONNEGATIVE.holds(point))

    proofs = []
    with precision(128):
        for point in example_points(allowed, gamma="3/4"):
            for part in ("finite", "lipschitz", "bounded set"):
                pair = {"theta_1": point["theta"], "theta_2": point["theta"] + rational("3/2")}
                held = truth(theorem_3({**point, **pair, "part": part}))
                proofs.append(Exactly(held, f"{point['loss']}: {part}"))
    return Evidence.from_proofs(
        Method.RIGOROUS,
        proofs,
        AT_EXAMPLES,
        detail="The supremum over the segment is enclosed by 64 balls of θ.",
    )


ERRATA = (
    Erratum(
        id="kanai.erratum-41",
        where="Final version, Theorem 3 and the end of its proof, (71), (72)",
        printed=(
            r"$\|\Sigma_\theta\|_F<\infty$ for every $\theta$, “thus, $-\nabla F$ is Lipschitz "
            r"continuous on a bounded set”"
        ),
        correct=(
            r"finite at every $\theta$ is not bounded on a set. What is missing is true: "
            r"$\|\Sigma_\theta\|_2\le\frac1\gamma(2\pi/\gamma)^{m/2}e^{-F(\theta)}$, and $F$ is "
            r"continuous. The set has to be convex, or the supremum is taken over its convex hull."
        ),
        claim="kanai.theorem-3",
    ),
    Erratum(
        id="kanai.erratum-8.theorem-3",
        where="Final version, first sentence of the proof of Theorem 3",
        printed=(
            r"“From Eq. (75), the loss of EntropySGD is smooth if the spectral norm of the Hessian "
            r"matrix of loss are bounded above by finite values”"
        ),
        correct=(
            r"(75), which is (13), says that a smooth loss has a bounded Hessian. The converse is "
            r"used here; it holds between points whose segment lies in the set."
        ),
        claim="kanai.theorem-3",
    ),
)
