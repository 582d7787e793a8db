"""Algorithm 1 on quadratics, without noise: its inner loop in closed form, and its stability."""

from __future__ import annotations

from typing import Any

from theory.algorithm_1 import (
    InnerLoop,
    Version,
    inner_loop,
    quadratic_gradient,
)
from theory.claim import Claim, Hypothesis, Kind, Necessity, Source
from theory.evidence import Evidence, Method, Verdict
from theory.exact import Comparison, Point, parse_point, rational
from theory.registry import register
from theory.run import Run
from theory.scope import Integers, Names

SIGNS = {"printed": -1, "corrected": 1}


def curvature(point: Point) -> Any:
    """λ = γ + ρ with the corrected line 10, γ − ρ as printed: the pull of the inner loop."""
    return point["gamma"] + SIGNS[point["version"]] * point["rho"]


def run_inner_loop(point: Point) -> InnerLoop:
    """Lines 2 to 14 without noise for L(θ') = (ρ/2) θ'², through the transcription."""
    version: Version = point["version"]
    return inner_loop(
        (point["theta"],),
        quadratic_gradient((point["rho"],)),
        gamma=point["gamma"],
        eta_prime=point["eta_prime"],
        alpha=point["alpha"],
        L=int(point["L"]),
        version=version,
    )


def pulls(point: Point) -> tuple[Comparison, ...]:
    """λ ≠ 0."""
    return (Comparison(curvature(point), "!=", 0),)


def apart(point: Point) -> tuple[Comparison, ...]:
    """1 − α is neither a nor a²."""
    keep = 1 - point["eta_prime"] * curvature(point)
    return tuple(Comparison(keep**k, "!=", 1 - point["alpha"]) for k in (1, 2))


def geometric_average(base: Any, alpha: Any, power: Any, decay: Any) -> Any:
    """Σ_l w_l base^l over lines 12 and 13, for power = base^L and decay = (1−α)^L."""
    return decay + alpha * base * (power - decay) / (base - (1 - alpha))


def averages(
    limit: Any, offset: Any, keep: Any, alpha: Any, power: Any, decay: Any
) -> tuple[Any, Any, Any]:
    """θ'_L, θ̄ and ξ̄ of θ'_l = limit + offset keep^l; power = keep^L and decay = (1−α)^L."""
    first = geometric_average(keep, alpha, power, decay)
    second = geometric_average(keep * keep, alpha, power * power, decay)
    return (
        limit + offset * power,
        limit + offset * first,
        limit * limit + 2 * limit * offset * first + offset * offset * second,
    )


def agrees_with_closed_form(point: Point) -> tuple[Comparison, ...] | bool:
    """The transcription of Algorithm 1 against the closed form; false where that is 0/0."""
    if not all(c.holds() for c in (*pulls(point), *apart(point))):
        return False
    inner, steps, alpha = run_inner_loop(point), int(point["L"]), point["alpha"]
    keep = 1 - point["eta_prime"] * curvature(point)
    limit = point["gamma"] * point["theta"] / curvature(point)
    offset = point["theta"] - limit
    expected = averages(limit, offset, keep, alpha, keep**steps, (1 - alpha) ** steps)
    found = (inner.theta_prime[0], inner.theta_bar[0], inner.xi_bar[0])
    return tuple(Comparison(a, "==", b) for a, b in zip(found, expected, strict=True))


PULL = Hypothesis("pull", r"$\lambda\ne0$", pulls)
PRINTED = (
    "for $\\lambda=\\gamma+\\rho$ (line 10 corrected) or $\\lambda=\\gamma-\\rho$ (as printed)"
)

UNIT = {"theta": "1", "gamma": "1", "eta_prime": "1/2", "L": "3"}

FIXED_POINT = register(
    Claim(
        id="jaxat.algorithm-1-fixed-point",
        kind=Kind.RESULT,
        source=Source("jaxat", "Algorithm 1 on quadratics"),
        title="inner loop: θ'_L = m + (θ−m)aᴸ, m = γθ/λ, a = 1−η'λ; λ = γ+ρ, printed γ−ρ",
        statement=(
            r"For $L(\theta')=\frac\rho2\theta'^2$ (each coordinate apart), without noise: "
            r"$\theta'_L=m+(\theta-m)a^L$ with $m=\gamma\theta/\lambda$, $a=1-\eta'\lambda$, "
            + PRINTED
            + r". The averages are $\bar\theta=m+(\theta-m)E(a)$ and $\bar\xi=m^2+2m(\theta-m)E(a)"
            r"+(\theta-m)^2E(a^2)$ with $E(r)=(1-\alpha)^L+\alpha r\frac{r^L-(1-\alpha)^L}"
            r"{r-(1-\alpha)}$."
        ),
        expected=Verdict.PROVED,
        hypotheses=(
            PULL,
            Hypothesis(
                "no resonance",
                r"$1-\alpha\notin\{a,a^2\}$",
                apart,
            ),
        ),
        conclusion=agrees_with_closed_form,
        domain={"L": Integers(0), "version": Names("printed", "corrected")},
        necessity=(
            Necessity(
                "pull",
                witness={**UNIT, "rho": "1", "alpha": "1/3", "version": "printed"},
                detail="With λ = 0 the loop drifts by η'γθ a step, or rests; no fixed point.",
            ),
            Necessity(
                "no resonance",
                witness={**UNIT, "rho": "0", "alpha": "1/2", "version": "corrected"},
                detail="There E(r) is its limit (1−α)^L + αL r^L; the formula as written is 0/0.",
            ),
        ),
        notes=(
            "With the corrected sign the fixed point is the mean of p_θ, and −∇F = γ(θ − m) is the "
            "gradient of EntropySGD. With the printed sign it is γθ/(γ − ρ), the mean for the loss "
            "−L. ξ̄ − θ̄² = (θ−m)²(E(a²) − E(a)²) without any noise: what line 16 calls the "
            "variance contains how far the loop has travelled."
        ),
    )
)


@FIXED_POINT.check(Method.SYMBOLIC, Verdict.PROVED)
def induction(run: Run) -> Evidence:
    """The closed form holds at L = 0, and one pass through the transcription takes L to L + 1."""
    import sympy

    from theory.algorithm_1 import line_10, line_11, line_12_13
    from theory.symbolic import prove_zero

    theta, gamma, rho, eta, alpha = sympy.symbols("theta gamma rho eta alpha", real=True)
    limit, offset, keep = sympy.symbols("m D a", real=True)
    power, decay, now = sympy.symbols("A B t", real=True)  # a^L, (1−α)^L and θ'_L
    proofs = []
    version: Version
    for version in ("printed", "corrected"):
        pull = curvature({"gamma": gamma, "rho": rho, "version": version})
        (d_theta,) = line_10((theta,), (now,), (rho * now,), gamma, version)
        (after,) = line_11((now,), (d_theta,), eta)
        fixed = gamma * theta / pull
        proofs.append(prove_zero(after - fixed - (1 - eta * pull) * (now - fixed)))
    # From here on θ'_l = m + D a^l, whatever m, D and a are.
    start = averages(limit, offset, keep, alpha, sympy.Integer(1), sympy.Integer(1))
    first = limit + offset
    proofs += [prove_zero(s - t) for s, t in zip(start, (first, first, first**2), strict=True)]
    _, mean, square = averages(limit, offset, keep, alpha, power, decay)
    after, *expected = averages(limit, offset, keep, alpha, keep * power, (1 - alpha) * decay)
    (next_mean,), (next_square,) = line_12_13((mean,), (square,), (after,), alpha)
    found = (next_mean, next_square)
    proofs += [prove_zero(s - t) for s, t in zip(found, expected, strict=True)]
    return Evidence.from_proofs(
        Method.SYMBOLIC,
        proofs,
        witness=parse_point({**UNIT, "rho": "2", "alpha": "1/3", "version": "printed"}),
        detail="a^L and (1−α)^L enter as free symbols, so for every L.",
    )


STABILITY = register(
    Claim(
        id="jaxat.algorithm-1-stability",
        kind=Kind.RESULT,
        source=Source("jaxat", "Algorithm 1 on quadratics"),
        title="the inner loop contracts iff 0 < η'λ < 2; as printed never where ρ ≥ γ",
        statement=(
            r"The noise-free inner loop contracts, $|a|<1$ with $a=1-\eta'\lambda$, if and only if "
            r"$0<\eta'\lambda<2$, " + PRINTED + r". As printed it therefore never contracts in a "
            r"direction of curvature $\rho\ge\gamma>0$ of the loss, whatever the step $\eta'>0$, "
            r"and for $\rho>\gamma$ the distance from $m$ grows by the factor $|a|>1$ in each "
            r"pass; with the values of Appendix E, $\gamma$ is $0.03$."
        ),
        expected=Verdict.PROVED,
        depends=("jaxat.algorithm-1-fixed-point",),
        conclusion=lambda w: contracts(w) is stable(w),
        domain={"version": Names("printed", "corrected")},
    )
)


def contracts(point: Point) -> bool | None:
    """|θ'_1 − θ''_1| < |θ' − θ''|: the transcription of one pass, from 1 and from 0."""
    ends = []
    for start in (rational(1), rational(0)):
        # θ only shifts both runs, so the difference of two starts is a times their distance.
        pull = {**point, "theta": start, "alpha": rational("1/2"), "L": 1}
        ends.append(run_inner_loop(pull).theta_prime[0])
    shift = point["eta_prime"] * point["gamma"]  # what θ itself contributes
    return Comparison(abs(ends[0] - ends[1] - shift), "<", 1).holds()


def stable(point: Point) -> bool:
    """0 < η'λ < 2."""
    product = point["eta_prime"] * curvature(point)
    return bool(0 < product < 2)


@STABILITY.check(Method.EXACT, Verdict.PROVED)
def equivalence(run: Run) -> Evidence:
    """z3: |1 − η'λ| < 1 ⟺ 0 < η'λ < 2, and the printed λ = γ − ρ ≤ 0 where ρ ≥ γ."""
    import z3

    from theory.algorithm_1 import line_10, line_11
    from theory.smt import prove, reals

    eta, gamma, rho, theta, first, second = reals("eta gamma rho theta first second")
    proofs = []
    version: Version
    for version in ("printed", "corrected"):
        ends = []
        for t in (first, second):
            (d_theta,) = line_10((theta,), (t,), (rho * t,), gamma, version)
            ends.append(line_11((t,), (d_theta,), eta)[0])
        pull = gamma + SIGNS[version] * rho
        factor = prove(ends[0] - ends[1] == (1 - eta * pull) * (first - second))
        keep = 1 - eta * pull
        inside = z3.And(keep < 1, keep > -1)
        both = prove(inside == z3.And(eta * pull > 0, eta * pull < 2))
        proofs += [factor, both]
    printed = 1 - eta * (gamma - rho)
    proofs.append(prove(printed >= 1, given=[eta > 0, gamma > 0, rho >= gamma]))
    proofs.append(prove(printed > 1, given=[eta > 0, gamma > 0, rho > gamma]))
    return Evidence.from_proofs(
        Method.EXACT,
        proofs,
        witness={"gamma": "3/100", "rho": 1, "eta_prime": "1/10", "version": "printed"},
        detail="Two runs of lines 10 and 11 from different θ' differ by the factor a each step.",
    )
