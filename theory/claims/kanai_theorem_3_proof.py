"""The steps of the proof of Theorem 3 of Kanai et al. that show the covariance to be finite."""

from __future__ import annotations

from typing import Any

from theory.claim import Claim, Hypothesis, Kind, Necessity
from theory.errata import Erratum
from theory.evidence import Evidence, Method, Verdict
from theory.exact import Comparison, Point, rational
from theory.exact.entropy import Panel, local_moments, loss_panels, panel_moments
from theory.registry import register
from theory.run import Run
from theory.scope import Names
from theory.support.entropy import NONNEGATIVE, kanai, ours

GAMMA = Hypothesis("gamma > 0", r"$\gamma > 0$", lambda w: Comparison(w["gamma"], ">", 0))
NO_LOSS = loss_panels({"loss": "constant", "height": rational(0)})


def kernel_variance(point: Point) -> Any:
    """The variance of the density proportional to exp(−γ(t − θ)²/2)."""
    return local_moments(NO_LOSS, rational(0), point["gamma"]).variance


def stated_variance(gamma: Any) -> Any:
    """1/γ: γ is the precision."""
    return 1 / gamma


SPLIT = register(
    Claim(
        id="kanai.theorem-3.split",
        kind=Kind.STEP,
        source=kanai("Proof of Theorem 3", "59", "60", "65", "66"),
        title="Θ₊, Θ₋ partition R^m, and θ'_iθ'_j has one sign on each",
        statement=(
            r"$\Theta_+=\{0\le\theta'_i,0\le\theta'_j\}\cup\{\theta'_i<0,\theta'_j<0\}$ and "
            r"$\Theta_-=\{0\le\theta'_i,\theta'_j<0\}\cup\{\theta'_i<0,0\le\theta'_j\}$ split the "
            r"integral into parts with $\theta'_i\theta'_j\ge0$ and $\theta'_i\theta'_j\le0$; for "
            r"the mean, $\{0\le\theta'_i\}$ and $\{\theta'_i<0\}$."
        ),
        expected=Verdict.PROVED,
        notes=(
            "Also for $i=j$, where $\\Theta_-$ is empty. The lower end “$-\\infty\\le\\theta'_i$” "
            "of $\\Theta_-$ in (66) is meant as $-\\infty<\\theta'_i$."
        ),
        cost=0.1,
    )
)


@SPLIT.check(Method.EXACT, Verdict.PROVED)
def decided_by_signs(run: Run) -> Evidence:
    """Every pair (a, b) is in exactly one part; ab ≥ 0 and ab ≤ 0 there; i = j gives a² only."""
    import z3

    from theory.smt import prove, reals

    a, b = reals("a b")
    plus = z3.Or(z3.And(a >= 0, b >= 0), z3.And(a < 0, b < 0))
    minus = z3.Or(z3.And(a >= 0, b < 0), z3.And(a < 0, b >= 0))
    proofs = [
        prove(z3.Xor(plus, minus)),
        prove(z3.Implies(plus, a * b >= 0)),
        prove(z3.Implies(minus, a * b <= 0)),
        prove(plus, given=[a == b]),
        prove(z3.Xor(a >= 0, a < 0)),
    ]
    return Evidence.from_proofs(Method.EXACT, proofs)


def on_half_line(panels: list[Panel], side: int) -> list[Panel]:
    """The parts of the panels right (side 1) or left (−1) of 0."""
    kept, zero = [], rational(0)
    for p in panels:
        if side > 0 and (p.high is None or p.high > 0):
            kept.append(p._replace(low=zero if p.low is None or p.low < 0 else p.low))
        if side < 0 and (p.low is None or p.low < 0):
            kept.append(p._replace(high=zero if p.high is None or p.high > 0 else p.high))
    return kept


def moment(panels: list[Panel], point: Point, power: int) -> Any:
    """∫ |t|^power exp(−L − γ(t − θ)²/2) dt over the panels, for power 1 (one sign) and 2."""
    theta, gamma = point["theta"], point["gamma"]
    rows = [panel_moments(p, theta, gamma, 1) for p in panels]
    mass, first, second = (sum(c[1:], c[0]) for c in zip(*rows, strict=True))
    if power == 1:
        return abs(first + theta * mass)
    return second + 2 * theta * first + theta * theta * mass


def dominated(point: Point) -> Comparison:
    """(61)/(63) with i = j on a half line (part "second moment"), (67)/(68) (part "mean")."""
    power = 2 if point["part"] == "second moment" else 1
    left = moment(on_half_line(loss_panels(point), int(point["side"])), point, power)
    right = moment(on_half_line(NO_LOSS, int(point["side"])), point, power)
    return Comparison(left, "<=", right)


DOMINATION = register(
    Claim(
        id="kanai.theorem-3.domination",
        kind=Kind.STEP,
        source=kanai("Proof of Theorem 3", "57", "58", *map(str, range(61, 71))),
        title="L ≥ 0 ⇒ the parts of E[θ'_i] and E[θ'_iθ'_j] are at most those of a Gaussian",
        statement=(
            r"$\int_{\Theta_\pm}\pm\theta'_i\theta'_j\exp(-L(\theta')-\frac\gamma2\|\theta-\theta'"
            r"\|_2^2)d\theta'\le\int_{\Theta_\pm}\pm\theta'_i\theta'_j\exp(-\frac\gamma2\|\theta-"
            r"\theta'\|_2^2)d\theta'<\infty$ because $0\le\exp(-L)\le1$, and likewise for "
            r"$\theta'_i$; thus $|\mathbb{E}[\theta'_i\theta'_j]|<\infty$ and "
            r"$|\mathbb{E}[\theta'_i]\mathbb{E}[\theta'_j]|<\infty$."
        ),
        expected=Verdict.PROVED,
        hypotheses=(NONNEGATIVE,),
        conclusion=dominated,
        domain={"part": Names("second moment", "mean")},
        depends=("kanai.theorem-3.split",),
        necessity=(
            Necessity(
                "L >= 0",
                witness={
                    "loss": "constant",
                    "height": "-1",
                    "theta": "1",
                    "gamma": "1",
                    "side": "1",
                    "part": "mean",
                },
                detail="A negative loss makes the weight larger than the Gaussian.",
            ),
        ),
        cost=0.2,
    )
)


@DOMINATION.check(Method.EXACT, Verdict.PROVED)
def pointwise(run: Run) -> Evidence:
    """q ≥ 0, 0 ≤ e ≤ 1, g ≥ 0 ⇒ q e g ≤ q g, and the integral is monotone."""
    from theory.smt import prove, reals

    q, e, g = reals("q e g")  # ±θᵢθⱼ or ±θᵢ, exp(−L), the Gaussian kernel
    proof = prove(q * e * g <= q * g, given=[q >= 0, e >= 0, e <= 1, g >= 0])
    return Evidence.from_proofs(
        Method.EXACT,
        [proof],
        assumes=("the integral is monotone, and Gaussian moments are finite",),
        witness={
            "loss": "constant",
            "height": "1/1000",
            "theta": 1,
            "gamma": 1,
            "side": 1,
            "part": "second moment",
        },
        detail="The division by e^F asks for e^F > 0: L is not +∞ almost everywhere.",
    )


VARIANCE = register(
    Claim(
        id="kanai.theorem-3.gaussian-variance",
        kind=Kind.STEP,
        source=kanai("Proof of Theorem 3, after (61) and after (68)", "61", "68"),
        title="exp(−(γ/2)‖θ − θ'‖²) belongs to the Gaussian N(θ, γI)",
        statement=(
            r"“the right hand side of Eq. (61) is a part of the computation of the covariance "
            r"(variance) of Gaussian distributions $\mathcal{N}(\theta,\gamma I)$”"
        ),
        expected=Verdict.REFUTED,
        repaired_by=("jaxat.entropy-gaussian",),
        hypotheses=(GAMMA,),
        conclusion=lambda w: Comparison(kernel_variance(w), "==", w["gamma"]),
        notes="Nothing in the proof depends on it: any finite covariance does.",
        cost=0.1,
    )
)

GAUSSIAN = register(
    Claim(
        id="jaxat.entropy-gaussian",
        kind=Kind.RESULT,
        source=ours("The Gaussian of the local entropy"),
        title="exp(−(γ/2)‖θ − θ'‖²) is (2π/γ)^{m/2} times the density of N(θ, γ⁻¹I)",
        statement=(
            r"$\exp(-\frac\gamma2\|\theta-\theta'\|^2)=(2\pi/\gamma)^{m/2}$ times the density of "
            r"$\mathcal{N}(\theta,\gamma^{-1}I)$: every coordinate has the variance $1/\gamma$."
        ),
        expected=Verdict.PROVED,
        hypotheses=(GAMMA,),
        conclusion=lambda w: Comparison(kernel_variance(w), "==", stated_variance(w["gamma"])),
        necessity=(Necessity("gamma > 0", detail="For γ ≤ 0 the kernel has no finite integral."),),
        notes="For the paper's $\\gamma=0.03$ the variance is $33.3$, not $0.03$.",
        cost=0.3,
    )
)


@GAUSSIAN.check(Method.SYMBOLIC, Verdict.PROVED)
def moments_of_the_kernel(run: Run) -> Evidence:
    """Mass √(2π/γ), mean 0, second moment mass/γ of exp(−γs²/2), by antiderivatives with erf."""
    import sympy

    from theory.symbolic import prove_zero

    gamma, s = sympy.Symbol("gamma", positive=True), sympy.Symbol("s", real=True)
    kernel = sympy.exp(-gamma * s**2 / 2)
    zeroth = sympy.sqrt(sympy.pi / (2 * gamma)) * sympy.erf(sympy.sqrt(gamma / 2) * s)
    antiderivatives = (zeroth, -kernel / gamma, zeroth / gamma - s * kernel / gamma)
    proofs = [prove_zero(sympy.diff(a, s) - s**k * kernel) for k, a in enumerate(antiderivatives)]
    mass, first, second = (
        sympy.limit(a, s, sympy.oo) - sympy.limit(a, s, -sympy.oo) for a in antiderivatives
    )
    proofs += [
        prove_zero(mass - sympy.sqrt(2 * sympy.pi / gamma)),
        prove_zero(first),
        prove_zero(second / mass - stated_variance(gamma)),
    ]
    return Evidence.from_proofs(
        Method.SYMBOLIC,
        proofs,
        witness={"gamma": "3/100"},
        detail="The kernel is a product over coordinates, so this is every m.",
    )


ERRATA = (
    Erratum(
        id="kanai.erratum-40",
        where="Final version, Appendix A, after (61) and after (68)",
        printed=r"Gaussian distributions $\mathcal{N}(\theta,\gamma I)$ (twice)",
        correct=r"$\mathcal{N}(\theta,\gamma^{-1}I)$; the argument does not depend on it.",
        claim="kanai.theorem-3.gaussian-variance",
    ),
)
