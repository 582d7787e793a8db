"""Algorithm 1 of Kanai et al., lines 7 and 10: the attack step, and the sign of the gradient."""

from __future__ import annotations

from collections.abc import Callable
from math import inf
from typing import Any

from theory import algorithm_1
from theory.claim import Claim, Hypothesis, Kind, Necessity, Source
from theory.errata import Erratum, NotAClaim
from theory.evidence import Evidence, Method, Verdict
from theory.exact import Comparison, Point, add, dot, norm, rational
from theory.registry import register
from theory.run import Run
from theory.scope import Integers

SCOPE = Hypothesis("gamma > 0", r"$\gamma > 0$", lambda w: w["gamma"] > 0)
STEP = Hypothesis(
    "small step",
    r"$\eta' > 0$ and $\eta'(\gamma+\rho_j) \le 2$ for every $j$",
    lambda w: (
        Comparison(w["eta_prime"], ">", 0),
        *(Comparison(w["eta_prime"] * (w["gamma"] + r), "<=", 2) for r in w["rho"]),
    ),
)
CONVEX = Hypothesis("rho >= 0", r"$\rho \ge 0$", lambda w: all(r >= 0 for r in w["rho"]))


def energy(point: Point, theta_prime: tuple) -> Any:
    """−log p_θ(θ') up to a constant: ½ Σ ρ_j θ'_j² + (γ/2)‖θ − θ'‖²."""
    loss = sum((r * t * t for r, t in zip(point["rho"], theta_prime, strict=True)), rational(0))
    pull = sum(
        ((s - t) * (s - t) for s, t in zip(point["theta"], theta_prime, strict=True)), rational(0)
    )
    return (loss + point["gamma"] * pull) / 2


def energy_falls(version: algorithm_1.Version) -> Callable[[Point], Comparison]:
    """A conclusion: one noise-free pass through lines 10 and 11 does not raise the energy."""

    def conclusion(point: Point) -> Comparison:
        theta, before = point["theta"], point["theta_prime"]
        gradient = algorithm_1.quadratic_gradient(point["rho"])(before)
        step = algorithm_1.line_10(theta, before, gradient, point["gamma"], version)
        after = algorithm_1.line_11(before, step, point["eta_prime"])
        return Comparison(energy(point, after), "<=", energy(point, before))

    return conclusion


STATEMENT = (
    r"Line 10: $d\theta' \leftarrow -\frac1{|D_l|}\sum_i\nabla_{\theta'}\ell(x_i+\delta_i,y_i,"
    r"\theta'+v)-\gamma(\theta-\theta')$; line 11: $\theta'\leftarrow\theta'-\eta'd\theta'"
    r"+\sqrt{\eta'}\varepsilon_E\mathcal N(0,I)$. These are to be Langevin steps for "
    r"$p_\theta(\theta')\propto\exp(-L(\theta')-\frac\gamma2\|\theta-\theta'\|^2)$, so without "
    r"noise they must not raise $U(\theta')=L(\theta')+\frac\gamma2\|\theta-\theta'\|^2$ when "
    r"$\eta'$ is small. Judged here for $L(\theta')=\frac12\sum_j\rho_j\theta_j'^2$."
)

register(
    Claim(
        id="kanai.algorithm-1.line-10",
        kind=Kind.ALGORITHM,
        source=Source("kanai", "Algorithm 1, lines 10 and 11", "final"),
        title="lines 10–11 as printed descend on L(θ') + (γ/2)‖θ−θ'‖²",
        statement=STATEMENT,
        expected=Verdict.REFUTED,
        repaired_by=("kanai.algorithm-1.line-10.repaired",),
        hypotheses=(SCOPE, STEP, CONVEX),
        conclusion=energy_falls("printed"),
        domain={"d": Integers(1)},
    )
)

LINE_10 = register(
    Claim(
        id="kanai.algorithm-1.line-10.repaired",
        kind=Kind.ALGORITHM,
        source=Source("kanai", "Algorithm 1, lines 10 and 11, sign corrected", "final"),
        title="with +∇L in line 10, dθ' = ∇U and lines 10–11 descend on U",
        statement=(
            r"$d\theta' \leftarrow +\frac1{|D_l|}\sum_i\nabla_{\theta'}\ell - "
            r"\gamma(\theta-\theta')$ is $\nabla U(\theta')$ for every differentiable $L$, and for "
            r"$L=\frac12\sum_j\rho_j\theta_j'^2$ the noise-free step does not raise $U$ while "
            r"$\eta'>0$ and $\eta'(\gamma+\rho_j)\le2$; no sign of $\gamma$ or $\rho$ is needed."
        ),
        expected=Verdict.PROVED,
        hypotheses=(STEP,),
        conclusion=energy_falls("corrected"),
        domain={"d": Integers(1)},
        necessity=(
            Necessity(
                "small step",
                witness={
                    "theta": "(0,)",
                    "theta_prime": "(1,)",
                    "rho": "(1,)",
                    "gamma": "1",
                    "eta_prime": "2",
                },
                detail="η'(γ+ρ) = 4: the step overshoots from 1 to −3.",
            ),
        ),
        notes=(
            "The reference implementation of EntropySGD by its authors has the plus sign too. With "
            "the printed sign the inner loop climbs the loss: see "
            "`jaxat.algorithm-1-fixed-point` and `jaxat.algorithm-1-stability` for what it then "
            "converges to, if it does."
        ),
    )
)


@LINE_10.check(Method.SYMBOLIC, Verdict.PROVED)
def gradient_and_descent(run: Run) -> Evidence:
    """dθ' = U'(θ') for any L, and U(θ'−η'U') − U(θ') = −η'U'²(1 − η'(γ+ρ)/2) coordinatewise."""
    import sympy

    from theory.symbolic import prove_nonnegative_by_identity, prove_zero

    theta, t, gamma, rho = sympy.symbols("theta t gamma rho", real=True)
    step, slack = sympy.symbols("eta slack", nonnegative=True)
    loss = sympy.Function("L", real=True)(t)
    pull = gamma * (theta - t) ** 2 / 2
    (direction,) = algorithm_1.line_10((theta,), (t,), (loss.diff(t),), gamma, "corrected")
    any_loss = prove_zero(direction - (loss + pull).diff(t))
    quadratic = rho * t**2 / 2 + pull
    (direction,) = algorithm_1.line_10((theta,), (t,), (rho * t,), gamma, "corrected")
    (after,) = algorithm_1.line_11((t,), (direction,), step)
    fall = quadratic - quadratic.subs(t, after)
    identity = prove_zero(fall - step * direction**2 * (1 - step * (gamma + rho) / 2))
    # With slack = 1 − η'(γ+ρ)/2 ≥ 0 the fall is a product of non-negative factors.
    square = sympy.Symbol("g", real=True)
    sign = prove_nonnegative_by_identity(step * square**2 * slack, step * square**2 * slack)
    return Evidence.from_proofs(
        Method.SYMBOLIC,
        [any_loss, identity, sign],
        witness={"theta": (0,), "theta_prime": (1,), "rho": (1,), "gamma": 1, "eta_prime": 1},
        detail=(
            "U is a sum over coordinates, and the step acts on each alone. At η'(γ+ρ) = 2 the "
            "energy stays exactly the same."
        ),
    )


LINE_7 = register(
    Claim(
        id="kanai.algorithm-1.line-7",
        kind=Kind.ALGORITHM,
        source=Source("kanai", "Algorithm 1, line 7", "final"),
        title="linear model: T ≥ 2ε/η_P steps of line 7 reach the optimal L∞ attack",
        statement=(
            r"$\delta_i\leftarrow\Pi_\varepsilon(\delta_i+\eta_P\,\mathrm{sgn}(\nabla_\delta"
            r"\ell(x_i+\delta_i,y_i,\theta')))$ (printed with $\delta$ for the inner $\delta_i$). "
            r"For $\ell=\log(1+\exp(-y\theta^\top(x+\delta)))$, any start in the ball and "
            r"$T\eta_P\ge2\varepsilon$: $y\theta^\top\delta=-\varepsilon\|\theta\|_1$ after $T$ "
            r"steps."
        ),
        expected=Verdict.PROVED,
        hypotheses=(
            Hypothesis("label", r"$y\in\{-1,1\}$", lambda w: abs(w["y"]) == 1),
            Hypothesis(
                "start in the ball",
                r"$\|\delta_0\|_\infty\le\varepsilon$",
                lambda w: Comparison(norm(w["delta"], inf), "<=", w["eps"]),
            ),
            Hypothesis(
                "enough steps",
                r"$\eta_P > 0$, $T\eta_P\ge2\varepsilon$",
                lambda w: (
                    Comparison(w["eta_P"], ">", 0),
                    Comparison(w["T"] * w["eta_P"], ">=", 2 * w["eps"]),
                ),
            ),
        ),
        conclusion=lambda w: Comparison(
            w["y"] * dot(w["theta"], pgd(w)), "==", -w["eps"] * norm(w["theta"], 1)
        ),
        domain={"d": Integers(1)},
        necessity=(
            Necessity(
                "enough steps",
                witness={
                    "theta": "(1,)",
                    "y": "-1",
                    "delta": "(-8/255,)",
                    "eps": "8/255",
                    "eta_P": "1/255",
                    "T": "10",
                },
                detail=(
                    "The printed training attack on SVHN (ε = 8/255, ten steps of 1/255, random "
                    "start): from −8/255 it gets to 2/255 only. On CIFAR (steps of 2/255) ten "
                    "steps are enough."
                ),
            ),
            Necessity(
                "label",
                witness={
                    "theta": "(1,)",
                    "y": "2",
                    "delta": "(0,)",
                    "eps": "1",
                    "eta_P": "1",
                    "T": "2",
                },
                detail="With y = 2 the left-hand side is twice as large.",
            ),
            Necessity(
                "start in the ball",
                witness={
                    "theta": "(1,)",
                    "y": "-1",
                    "delta": "(-10,)",
                    "eps": "1",
                    "eta_P": "2",
                    "T": "1",
                },
                detail="One step from far outside ends at the wrong corner.",
            ),
        ),
    )
)


def pgd(point: Point) -> tuple:
    """δ after T steps of line 7 on the linear model, whose gradient has the sign of −yθ."""
    delta, gradient = point["delta"], tuple(-point["y"] * t for t in point["theta"])
    for _ in range(int(point["T"])):
        delta = algorithm_1.line_7(delta, gradient, point["eps"], point["eta_P"])
    return add(delta, (rational(0),) * len(delta))


@LINE_7.check(Method.EXACT, Verdict.PROVED)
def induction(run: Run) -> Evidence:
    """Coordinatewise: after k steps δ ≥ min(ε, −ε + kη_P) where the gradient is positive."""
    import z3

    from theory.smt import prove, reals

    eps, eta, delta, k = reals("eps eta delta k")
    given = [eps >= 0, eta > 0, delta <= eps, delta >= -eps, k >= 0]

    def smaller(a: Any, b: Any) -> Any:
        return z3.If(a <= b, a, b)

    reached = delta >= smaller(eps, -eps + k * eta)
    start = prove(reached, given=[*given, k == 0])
    # The step cannot leave at −ε when it goes up, so the projection is a minimum.
    after = smaller(eps, delta + eta)
    step = prove(after >= smaller(eps, -eps + (k + 1) * eta), given=[*given, reached])
    stays = prove(z3.And(after <= eps, after >= -eps), given=given)
    end = prove(delta == eps, given=[*given, reached, k * eta >= 2 * eps])
    return Evidence.from_proofs(
        Method.EXACT,
        [start, step, stays, end],
        witness={
            "theta": (1, -2, 0),
            "y": -1,
            "delta": ("-1/4", "1/8", 0),
            "eps": "1/4",
            "eta_P": "1/8",
            "T": 4,
        },
        detail=(
            "The gradient −yσθ keeps its sign. Where it is negative the same holds for −δ; where "
            "θ_i = 0 nothing moves and nothing matters."
        ),
    )


ERRATA = (
    Erratum(
        "kanai.erratum-47",
        "Algorithm 1, line 10 (final version)",
        r"$d\theta'\leftarrow-\frac1{|D_l|}\sum_i\nabla_{\theta'}\ell-\gamma(\theta-\theta')$",
        r"$d\theta'\leftarrow+\frac1{|D_l|}\sum_i\nabla_{\theta'}\ell-\gamma(\theta-\theta')$, "
        r"because line 11 subtracts $d\theta'$",
        claim="kanai.algorithm-1.line-10",
    ),
    Erratum(
        "kanai.erratum-48",
        "Algorithm 1, lines 7 and 15 (final version)",
        r"$\ell(x_i+\delta,y_i,\theta')$ in line 7; “for $j\le d$” in line 15",
        r"$\ell(x_i+\delta_i,y_i,\theta')$; “for $j\le m$”",
        why=r"line 7 updates $\delta_i$; weights have $m$ coordinates and inputs $d$.",
    ),
    Erratum(
        "kanai.erratum-50",
        "Proof of Theorem 3 and Appendix E.1 (final version)",
        "“From Eq. (75)” in the proof of Theorem 3; “Figure 1 of the main paper”",
        "Eq. (13), which is the same inequality in the main text; Figure 3",
        why="Figure 1 shows constraints; accuracies against epochs are in Figure 3.",
    ),
    Erratum(
        "kanai.erratum-51",
        "Section 5.2 against Appendix E (final version)",
        "WRN has “the same hyperparameters as those of RN18”; AWP is tuned in {0.01, 0.005}; the "
        "learning rate is 0.1",
        "Appendix E has L = 20 for RN18 and 30 for WRN (E.1), an AWP size of 0.007 (E.2), and a "
        "learning rate of 0.01 next to η = 0.1 (E.3); one of the two places is to be followed",
        why="the two descriptions of the same experiments differ.",
    ),
)

NOT_CLAIMS = (
    NotAClaim(
        "Algorithm 1, lines 5 and 9 (final version)",
        "“Sample a minibatch”; “Update v ∈ V to maximize …”",
        "Steps without a stated result: neither the number of inner steps nor their size is given.",
    ),
    NotAClaim(
        "Appendix D.1 (final version)",
        "“the computation cost of EntropySGD and 2nd order EntropySGD are almost the same as SGD”",
        "A remark on cost that depends on the machine; both need L gradients for one step of θ.",
    ),
)
