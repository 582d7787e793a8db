"""Two remarks of Kanai et al. about EntropySGD: smoother than a smooth loss, and same minima."""

from __future__ import annotations

from typing import Any

from theory.claim import Claim, Hypothesis, Kind, Necessity
from theory.claims.jaxat_entropy_convex import PREKOPA, scale_of, weakly_convex
from theory.errata import Erratum
from theory.evidence import Evidence, Method, Verdict
from theory.exact import Comparison, Point, rational
from theory.exact.entropy import is_even, loss_panels, smoothness_constant
from theory.registry import register
from theory.run import Run
from theory.support.entropy import (
    INTEGRABLE,
    POSITIVE,
    agree,
    at,
    attacked_slopes,
    enclose_attacked,
    finite,
    kanai,
    ours,
)


def smoothness_of_loss(point: Point) -> Any:
    """The Lipschitz constant of L', None if there is none; a for a(1 + cos t)."""
    if point["loss"] == "cosine":
        return point["height"]
    return smoothness_constant(loss_panels(point))


def curvature(point: Point) -> Any:
    """−F''(θ), for the cosine by a certified integral, else in closed form."""
    if point["loss"] != "cosine":
        return at(point).hessian
    from flint import ctx

    from theory.local_entropy.balls import enclose_local_entropy

    def loss(z: Any, panel: int, analytic: bool) -> Any:
        return (1 + z.cos()) * point["height"]

    return enclose_local_entropy(
        loss, point["theta"], point["gamma"], precision=max(ctx.prec, 64)
    ).hessian


GAMMA = Hypothesis("gamma > 0", r"$\gamma > 0$", lambda w: Comparison(w["gamma"], ">", 0))
SMOOTH = Hypothesis(
    "L smooth",
    r"$\nabla L$ is $C_s$-Lipschitz",
    lambda w: (c := smoothness_of_loss(w)) is not None and bool(c <= w["C_s"]),
)


def convex_smooth_bound(point: Point) -> Comparison:
    """|F''| ≤ βγρ/(γ + ρ)."""
    bound = scale_of(point) * point["C_s"] / (point["gamma"] + point["C_s"])
    return Comparison(abs(at(point).hessian), "<=", bound)


SMOOTHER = register(
    Claim(
        id="kanai.entropy-improves-smooth",
        kind=Kind.REMARK,
        source=kanai("Section 2.2, citing Chaudhari et al."),
        title="If L is smooth, the Lipschitz constant of −∇F is smaller than that of ∇L",
        statement=(
            r"Chaudhari et al. have shown that EntropySGD improves the smoothness of the smooth "
            r"loss: i.e., the Lipschitz constant of $-\nabla_\theta F(\theta)$ is smaller than "
            r"that of $\nabla_\theta L(\theta)$ when $L(\theta)$ is smooth."
        ),
        expected=Verdict.REFUTED,
        repaired_by=("jaxat.entropy-improves-convex", "jaxat.entropy-weakly-convex"),
        hypotheses=(GAMMA, SMOOTH),
        conclusion=lambda w: Comparison(abs(curvature(w)), "<=", w["C_s"]),
        notes=(
            "Chaudhari et al. assume that no eigenvalue of $\\nabla^2L$ lies in $[-2\\gamma-c, c]$ "
            "and that an approximation of $\\Sigma$ holds; the sentence leaves that out. For "
            "$\\gamma>C_s$ the constant is at most $\\gamma C_s/(\\gamma-C_s)$, which can be "
            "larger than $C_s$ by any factor as $\\gamma$ falls to $C_s$."
        ),
        cost=0.2,
    )
)

CONVEX_SMOOTH = register(
    Claim(
        id="jaxat.entropy-improves-convex",
        kind=Kind.RESULT,
        source=ours("EntropySGD of a smooth convex loss"),
        title="L convex and ρ-smooth ⇒ −F is convex and γρ/(γ + ρ)-smooth, less than ρ",
        statement=(
            r"If $L$ is convex and $\nabla L$ is $\rho$-Lipschitz, then for every $\theta\in"
            r"\mathbb{R}^m$: $0\preceq-\nabla^2F(\theta)\preceq\frac{\gamma\rho}{\gamma+\rho}I$ "
            r"(times $\beta$ for other $\beta$), and $\frac{\gamma\rho}{\gamma+\rho}<\rho$ if "
            r"$\rho>0$."
        ),
        expected=Verdict.PROVED,
        hypotheses=(
            POSITIVE,
            SMOOTH,
            Hypothesis("L convex", r"$L$ convex", lambda w: weakly_convex(w, rational(0))),
        ),
        conclusion=convex_smooth_bound,
        depends=("jaxat.entropy-convex",),
        necessity=(
            Necessity(
                "L convex",
                witness={
                    "loss": "double well",
                    "rho": "10",
                    "C_s": "10",
                    "theta": "0",
                    "gamma": "11",
                },
                detail="Two wells with curvature ±10 and γ = 11: F'' at the hump is far above 10.",
            ),
            Necessity(
                "L smooth",
                witness={
                    "loss": "absolute",
                    "slope": "10",
                    "C_s": "1",
                    "theta": "0",
                    "gamma": "1",
                },
                detail="A kink counts as infinite curvature; then the bound is γ.",
            ),
            Necessity(
                "gamma, beta > 0",
                witness={
                    "loss": "quadratic",
                    "rho": "3",
                    "C_s": "3",
                    "theta": "1",
                    "gamma": "-1",
                },
                detail="With γ = −1 the curvature 3/2 stands against γρ/(γ + ρ) = −3/2.",
            ),
        ),
        notes="Attained by $L=\\frac\\rho2t^2$, for every $\\rho$ and $\\gamma$.",
        cost=0.2,
    )
)


@CONVEX_SMOOTH.check(Method.EXACT, Verdict.PROVED)
def variance_from_below(run: Run) -> Evidence:
    """1 = E[∂ᵥV (tᵥ − Eᵥ)] ≤ √(E[(∂ᵥV)²] λ), E[(∂ᵥV)²] = E[∂ᵥᵥV] ≤ γ + ρ: λ ≥ 1/(γ + ρ)."""
    from theory.smt import prove, reals

    gamma, rho, variance, fisher = reals("gamma rho v_Sigma_v fisher")
    given = [
        gamma > 0,
        rho >= 0,
        variance >= 0,
        fisher * variance >= 1,  # Cauchy-Schwarz
        fisher <= gamma + rho,
    ]
    curvature = gamma - gamma**2 * variance
    upper = prove((gamma + rho) * curvature <= gamma * rho, given=given)
    smaller = prove(gamma * rho < rho * (gamma + rho), given=[gamma > 0, rho > 0])
    return Evidence.from_proofs(
        Method.EXACT,
        [upper, smaller],
        assumes=("integration by parts for C¹ L with Lipschitz gradient", PREKOPA),
        witness={"loss": "quadratic", "rho": 2, "C_s": 2, "theta": 1, "gamma": 3},
        detail="Along every unit vector v, so in every m; −∇²F ⪰ 0 is `jaxat.entropy-convex`.",
    )


def minimised_at_zero(point: Point) -> tuple[Comparison, ...]:
    """0 is in the subdifferential at 0, [½ mean(c_left), ½ mean(c_right)], of a convex loss."""
    left, right = attacked_slopes(point)
    return (
        Comparison(point["eps"], ">=", 0),
        Comparison(sum(left, rational(0)), "<=", 0),
        Comparison(sum(right, rational(0)), ">=", 0),
    )


def entropy_slope_at_minimum(point: Point) -> Comparison:
    """−F'(0) = 0 at the minimiser 0 of the mean of softplus(−y x t + ε|t|)."""
    return Comparison(enclose_attacked(point, rational(0)).gradient, "==", 0)


SAME = register(
    Claim(
        id="kanai.entropy-same-minima",
        kind=Kind.REMARK,
        source=kanai("Appendix C"),
        title="The optimal points of −F are the same as those of L",
        statement=(
            r"Note that the optimal points of $-F(\theta)$ are the same as the original loss "
            r"functions $L(\theta)$. (About the adversarial losses of Figure 5, linear logistic "
            r"models with $y_n=\mathrm{sign}(x_{n,1})$ and $\varepsilon=0.6$.)"
        ),
        expected=Verdict.REFUTED,
        repaired_by=("jaxat.entropy-same-minima-even",),
        hypotheses=(
            GAMMA,
            Hypothesis(
                "labels",
                r"$y_n = \mathrm{sign}(x_n)$",
                lambda w: all(bool(a * b > 0) for a, b in zip(w["x"], w["y"], strict=True)),
            ),
            Hypothesis("0 minimises L", r"$L(0) = \min L$", minimised_at_zero),
        ),
        conclusion=entropy_slope_at_minimum,
        notes=(
            "The minimiser of $-F$ moves to where $L$ is flat. As $\\gamma\\to\\infty$ it tends to "
            "that of $L$; for the paper's $\\gamma=0.03$ it is far away."
        ),
        cost=0.2,
    )
)

EVEN = register(
    Claim(
        id="jaxat.entropy-same-minima-even",
        kind=Kind.RESULT,
        source=ours("When EntropySGD keeps a minimiser"),
        title="L even about θ* ⇒ ∇F(θ*) = 0; if L is convex too, θ* minimises both L and −F",
        statement=(
            r"If $L(2\theta^*-t)=L(t)$ for all $t\in\mathbb{R}^m$, then $\nabla F(\theta^*)=0$ for "
            r"every $\gamma$ and $\beta$. If moreover $L$ is convex, then $\theta^*$ minimises "
            r"both $L$ and $-F$."
        ),
        expected=Verdict.PROVED,
        hypotheses=(
            INTEGRABLE,
            Hypothesis(
                "L even",
                r"$L(2\theta^* - t) = L(t)$, here with $\theta^* = 0$",
                lambda w: is_even(loss_panels(w)) and bool(w["theta"] == 0),
            ),
        ),
        conclusion=lambda w: finite(w) and (agree(at(w).gradient, 0),),
        depends=("jaxat.entropy-beta", "jaxat.entropy-convex"),
        necessity=(
            Necessity(
                "L even",
                witness={"loss": "slopes", "left": "3", "right": "1", "theta": "0", "gamma": "1"},
                detail="Both slopes lead down to 0, but the mass leans to the flatter side.",
            ),
            Necessity(
                "finite integral",
                witness={"loss": "quadratic", "rho": "-2", "theta": "0", "gamma": "1"},
                detail="For L = −t² and γ = 1 the integral is infinite.",
            ),
        ),
        cost=0.2,
    )
)


@EVEN.check(Method.SYMBOLIC, Verdict.PROVED)
def reflection(run: Run) -> Evidence:
    """The kernel at θ* is the same at t and 2θ* − t, so E[t − θ*] = −E[t − θ*]."""
    import sympy

    from theory.gram import gram, norm_squared
    from theory.smt import prove, reals
    from theory.symbolic import prove_nonnegative_by_identity, prove_zero

    t, centre = gram("t theta")
    mirrored = 2 * centre - t
    (shift,) = reals("E_shift")
    # L(θ*) ≤ (L(t) + L(2θ* − t))/2 = L(t) for a convex L: slack ≥ 0.
    value = sympy.Symbol("L_t", real=True)
    slack = sympy.Symbol("slack", nonnegative=True)
    least = (value + value) / 2 - slack
    return Evidence.from_proofs(
        Method.SYMBOLIC,
        [
            prove_zero(sympy.expand(norm_squared(mirrored - centre) - norm_squared(t - centre))),
            prove(shift == 0, given=[shift == -shift]),
            prove_nonnegative_by_identity(value - least, slack),
        ],
        assumes=(
            "the substitution t → 2θ* − t leaves the integral unchanged",
            "a critical point of a convex function is a minimiser (−F is convex: "
            "jaxat.entropy-convex)",
        ),
        witness={"loss": "absolute", "slope": 2, "theta": 0, "gamma": 1},
        detail="Every m, γ, β.",
    )


ERRATA = (
    Erratum(
        id="kanai.erratum-43",
        where="Final version, Section 2.2, after (12)",
        printed=(
            r"“EntropySGD improves the smoothness of the smooth loss: i.e., the Lipschitz constant "
            r"of $-\nabla F$ is smaller than that of $\nabla L$ when $L$ is smooth”"
        ),
        correct=(
            r"under further assumptions, which Chaudhari et al. make. For a convex $\rho$-smooth "
            r"loss it is true, with $\gamma\rho/(\gamma+\rho)$. In general it is not: for "
            r"$L=100(1+\cos t)$ and $\gamma=110$ the constant grows eightfold."
        ),
        claim="kanai.entropy-improves-smooth",
    ),
    Erratum(
        id="kanai.erratum-44",
        where="Final version, Appendix C, last paragraph",
        printed=r"“the optimal points of $-F(\theta)$ are the same as the original loss functions”",
        correct=(
            r"they differ unless $L$ is symmetric about its minimiser; they approach each other as "
            r"$\gamma\to\infty$."
        ),
        claim="kanai.entropy-same-minima",
    ),
)
