"""Algorithm 1 on quadratics: the exact variance of its chain, and the weights of its averages."""

from __future__ import annotations

from typing import Any

from theory.algorithm_1 import inner_loop, line_12_13, quadratic_gradient
from theory.claim import Claim, Hypothesis, Kind, Necessity, Parameter, Source
from theory.evidence import Evidence, Method, Verdict
from theory.exact import Comparison, Point, rational
from theory.registry import register
from theory.run import Run
from theory.scope import Integers, Scope


def settles(point: Point) -> tuple[Comparison, ...]:
    """η'λ is neither 0 nor 2, where noise accumulates without end."""
    product = point["eta_prime"] * (point["gamma"] + point["rho"])
    return tuple(Comparison(product, "!=", value) for value in (0, 2))


def is_as_stated(point: Point) -> Comparison | bool:
    """The transcription's variance against the formula; false where the formula is 0/0."""
    if not all(c.holds() for c in settles(point)):
        return False
    steps = int(point["L"])
    return Comparison(chain_variance(point, steps), "==", variance(point, steps))


def variance(point: Point, steps: int) -> Any:
    """T/(λ(1 − η'λ/2)) (1 − (1 − η'λ)^{2L}) with T = ε_E²/2, the temperature."""
    curvature = point["gamma"] + point["rho"]
    product = point["eta_prime"] * curvature
    temperature = point["eps_E"] ** 2 / 2
    return temperature / (curvature * (1 - product / 2)) * (1 - (1 - product) ** (2 * steps))


def chain_variance(point: Point, steps: int) -> Any:
    """Var θ'_L over the noise: lines 10 and 11 are linear in it, so unit impulses tell it all.

    It is η' times what the transcription gives for ξ divided by √η', which stays rational.
    """
    total = 0
    for k in range(steps):
        inner = inner_loop(
            (0,),
            quadratic_gradient((point["rho"],)),
            gamma=point["gamma"],
            eta_prime=point["eta_prime"],
            alpha=0,
            L=steps,
            version="corrected",
            eps_E=point["eps_E"],
            noise=[(int(k == step),) for step in range(steps)],
            root=lambda _: 1,
        )
        total = total + inner.theta_prime[0] ** 2
    return point["eta_prime"] * total


VARIANCE = register(
    Claim(
        id="jaxat.algorithm-1-variance",
        kind=Kind.RESULT,
        source=Source("jaxat", "Algorithm 1 on quadratics"),
        title="variance of the chain: T/(λ(1−η'λ/2)) as L → ∞, with T = ε_E²/2, λ = γ+ρ",
        statement=(
            r"For $L(\theta')=\frac\rho2\theta'^2$ and line 10 corrected, $\mathrm{Var}\,\theta'_L="
            r"\frac{T}{\lambda(1-\eta'\lambda/2)}\bigl(1-(1-\eta'\lambda)^{2L}\bigr)$ with the "
            r"temperature $T=\varepsilon_E^2/2$ and $\lambda=\gamma+\rho$. For $0<\eta'\lambda<2$ "
            r"it tends to $T/\lambda$, the variance of the continuous limit, times "
            r"$1/(1-\eta'\lambda/2)$."
        ),
        expected=Verdict.PROVED,
        hypotheses=(Hypothesis("step", r"$\eta'\lambda\notin\{0,2\}$", settles),),
        conclusion=is_as_stated,
        domain={"L": Integers(0)},
        parameters={
            "gamma": Parameter(0.5, 1e-3, 100.0, "scope γ"),
            "rho": Parameter(1.5, 0.0, 100.0, "curvature of the loss"),
            "product": Parameter(0.75, 0.05, 1.9, "step size times curvature, η'λ"),
        },
        necessity=(
            Necessity(
                "step",
                witness={"gamma": "1", "rho": "0", "eta_prime": "2", "eps_E": "1", "L": "1"},
                detail="At η'λ = 2 the chain flips its sign each step and forgets nothing.",
            ),
        ),
        cost=1.0,
    )
)


@VARIANCE.check(Method.SYMBOLIC, Verdict.PROVED)
def induction(run: Run) -> Evidence:
    """0 at L = 0, and each pass turns v into (∂θ'⁺/∂θ')² v + (∂θ'⁺/∂ξ)², which the formula does."""
    import sympy

    from theory.algorithm_1 import line_10, line_11
    from theory.symbolic import prove_zero

    gamma, eta, eps_E = sympy.symbols("gamma eta epsilon_E", positive=True)
    rho, theta, now, xi, power = sympy.symbols("rho theta t xi A", real=True)  # A = (1−η'λ)^{2L}
    point = {"gamma": gamma, "rho": rho, "eta_prime": eta, "eps_E": eps_E}
    (d_theta,) = line_10((theta,), (now,), (rho * now,), gamma, "corrected")
    (after,) = line_11((now,), (d_theta,), eta, eps_E, (xi,), sympy.sqrt)
    square = (1 - eta * (gamma + rho)) ** 2
    # variance(point, L) is settled · (1 − A); L = 1 has A = square.
    settled = variance(point, 1) / (1 - square)
    start = prove_zero(variance(point, 0))
    step = prove_zero(
        after.diff(now) ** 2 * settled * (1 - power)
        + after.diff(xi) ** 2
        - settled * (1 - square * power)
    )
    return Evidence.from_proofs(
        Method.SYMBOLIC,
        [start, step],
        witness={"gamma": 1, "rho": "1/2", "eta_prime": "1/3", "eps_E": 2, "L": 4},
    )


@VARIANCE.check(Method.EXACT, Verdict.PROVED)
def impulses_through_the_transcription(run: Run) -> Evidence:
    """Impulses through all of lines 2 to 14 with symbols for γ, ρ, η', ε_E, up to L = 3."""
    import sympy

    from theory.symbolic import prove_zero

    gamma, rho, eta, eps_E = sympy.symbols("gamma rho eta epsilon_E", positive=True)
    point = {"gamma": gamma, "rho": rho, "eta_prime": eta, "eps_E": eps_E}
    proofs = [prove_zero(chain_variance(point, L) - variance(point, L)) for L in range(4)]
    return Evidence.from_proofs(Method.EXACT, proofs, Scope("L ≤ 3", {"L": Integers(0, 3)}))


@VARIANCE.check(Method.NUMERIC, Verdict.SUPPORTED)
def simulation(run: Run) -> Evidence:
    """Many chains at once: their mean square is within six standard errors of the formula."""
    import numpy as np

    steps, chains = 24, run.pick(4_000, 40_000)
    gamma, rho = run["gamma"], run["rho"]
    eta_prime = run["product"] / (gamma + rho)
    inner = inner_loop(
        (np.zeros(chains),),
        quadratic_gradient((rho,)),
        gamma=gamma,
        eta_prime=eta_prime,
        alpha=0.5,
        L=steps,
        version="corrected",
        eps_E=1.0,
        noise=[(row,) for row in run.rng.standard_normal((steps, chains))],
        root=np.sqrt,
    )
    point = {"gamma": gamma, "rho": rho, "eta_prime": eta_prime, "eps_E": 1.0}
    expected = variance(point, steps)
    # The mean of squares of Gaussians has the relative standard error √(2/n).
    error = abs(np.mean(inner.theta_prime[0] ** 2) / expected - 1)
    return Evidence.supported(
        admissible=chains,
        tried=chains,
        margin=float(6 * np.sqrt(2 / chains) - error),
        tolerance=0.0,
        seed=run.seed,
    )


def average_weights(alpha: Any, steps: int) -> tuple[Any, ...]:
    """The weights in θ̄ of θ, θ'_1, ..., θ'_L, by sending impulses through lines 12 and 13."""
    weights = []
    for k in range(steps + 1):
        mean = (rational(int(k == 0)),)
        for step in range(1, steps + 1):
            mean, _ = line_12_13(mean, mean, (rational(int(k == step)),), alpha)
        weights.append(mean[0])
    return tuple(weights)


EMA = register(
    Claim(
        id="jaxat.algorithm-1-ema-weights",
        kind=Kind.RESULT,
        source=Source("jaxat", "Algorithm 1, lines 12 and 13"),
        title="the averages remember (2−α)/α draws: 5/3 for α = 0.75, 17/3 for α = 0.3",
        statement=(
            r"After $L$ passes $\bar\theta$ has the weights $(1-\alpha)^L$ of $\theta$ and "
            r"$\alpha(1-\alpha)^{L-l}$ of $\theta'_l$; they sum to 1. For $0<\alpha<1$ the "
            r"effective number of draws $1/\sum w^2$ rises to $(2-\alpha)/\alpha$: $5/3$, "
            r"$17/3$ and $7$ for $\alpha=0.75$, $0.3$ and $0.25$."
        ),
        expected=Verdict.PROVED,
        conclusion=lambda w: weights_as_stated(w["alpha"], int(w["L"])),
        domain={"L": Integers(0)},
    )
)


def weights_as_stated(alpha: Any, steps: int) -> tuple[Comparison, ...]:
    """Weights, their sum, and the sum of their squares, against the closed forms."""
    weights = average_weights(alpha, steps)
    keep = 1 - alpha
    stated = (keep**steps, *(alpha * keep ** (steps - k) for k in range(1, steps + 1)))
    squares = sum((w * w for w in weights), rational(0))
    return (
        *(Comparison(a, "==", b) for a, b in zip(weights, stated, strict=True)),
        Comparison(sum(weights, rational(0)), "==", 1),
        Comparison(squares * (2 - alpha), "==", alpha + 2 * keep * keep ** (2 * steps)),
    )


@EMA.check(Method.SYMBOLIC, Verdict.PROVED)
def induction_on_weights(run: Run) -> Evidence:
    """A pass multiplies the old weights by 1−α and adds α: their sum and the sum of squares."""
    import sympy

    from theory.symbolic import prove_zero

    alpha, decay, mean, new = sympy.symbols("alpha B m t", real=True)  # B = (1−α)^{2L}
    (after,), _ = line_12_13((mean,), (mean,), (new,), alpha)
    keep, weight = after.diff(mean), after.diff(new)
    proofs = [prove_zero(keep - (1 - alpha)), prove_zero(weight - alpha)]
    proofs.append(prove_zero(keep + weight - 1))

    def squares(b: Any) -> Any:
        return (alpha + 2 * (1 - alpha) * b) / (2 - alpha)

    proofs.append(prove_zero(squares(sympy.Integer(1)) - 1))
    step = keep**2 * squares(decay) + weight**2 - squares((1 - alpha) ** 2 * decay)
    proofs.append(prove_zero(step))
    # The limit B = 0, and its inverse at the printed values.
    for value, draws in (("3/4", "5/3"), ("3/10", "17/3"), ("1/4", "7")):
        limit = squares(sympy.Integer(0)).subs(alpha, sympy.Rational(value))
        proofs.append(prove_zero(limit * sympy.Rational(draws) - 1))
    return Evidence.from_proofs(Method.SYMBOLIC, proofs, witness={"alpha": "3/10", "L": 4})
