"""Eq. (4) of Kanai et al. (early (10)): the condition under which gradient descent converges."""

from __future__ import annotations

from typing import Any

from theory.claim import Claim, Hypothesis, Kind, Necessity, Source
from theory.evidence import Evidence, Method, Verdict
from theory.exact import Comparison, Point, dot, scale, subtract
from theory.registry import register
from theory.run import Run
from theory.scope import Integers, Names, Scope


def value(point: Point, theta: tuple) -> Any:
    """f(θ) = ½θᵀdiag(a)θ for the word "quadratic", |θ₁| for the word "modulus"."""
    if point["f"] == "modulus":
        return abs(theta[0])
    return sum((a * t * t for a, t in zip(point["a"], theta, strict=True)), 0 * theta[0]) / 2


def gradient(point: Point, theta: tuple) -> tuple:
    if point["f"] == "modulus":
        return ((theta[0] > 0) - (theta[0] < 0), *(0 for _ in theta[1:]))
    return tuple(a * t for a, t in zip(point["a"], theta, strict=True))


def descent(point: Point) -> Comparison:
    """‖∇f(θ)‖²/(2C_s) ≤ f(θ) − f(θ − ∇f(θ)/C_s)."""
    theta, constant = point["theta"], point["C_s"]
    slope = gradient(point, theta)
    after = subtract(theta, scale(1 / constant, slope))
    return Comparison(
        dot(slope, slope) / (2 * constant), "<=", value(point, theta) - value(point, after)
    )


def _smooth(point: Point) -> Any:
    # |θ| has two gradients on every sublevel set, at points as near as one likes.
    if point["f"] == "modulus":
        return False
    return [abs(a) <= point["C_s"] for a in point["a"]]


def _bounded(point: Point) -> bool:
    if point["f"] == "modulus":
        return len(point["theta"]) == 1
    return all(a > 0 for a in point["a"])


GD = register(
    Claim(
        id="kanai.eq-4",
        kind=Kind.EQUATION,
        source=Source("kanai", "Section 2, condition for convergence", "both", ("4", "10 (early)")),
        title="A gradient Lipschitz on the sublevel set makes gradient descent converge",
        statement=(
            r"If we choose the appropriate learning rate, a gradient method converges to a "
            r"stationary "
            r"point of the loss function under $\|\nabla f(\theta_1)-\nabla f(\theta_2)\|\le C_s"
            r"\|\theta_1-\theta_2\|$ for all $\theta_1,\theta_2\in\{\theta\mid L(\theta)\le "
            r"L(\theta^0)\}$, a set that is assumed to be bounded. (Read: the iterates have limit "
            r"points, and all of them are stationary.) What can be checked at one point: "
            r"$f(\theta-\frac1{C_s}\nabla f(\theta))\le f(\theta)-\frac1{2C_s}\|\nabla "
            r"f(\theta)\|^2$."
        ),
        expected=Verdict.PROVED,
        hypotheses=(
            Hypothesis("C_s > 0", r"$0 < C_s < \infty$", lambda w: Comparison(w["C_s"], ">", 0)),
            Hypothesis(
                "smooth",
                r"$\nabla f$ exists and is $C_s$-Lipschitz on the sublevel set",
                _smooth,
            ),
            Hypothesis(
                "bounded",
                r"$\{\theta\mid L(\theta)\le L(\theta^0)\}$ is bounded",
                _bounded,
            ),
        ),
        conclusion=descent,
        domain={"d": Integers(1), "part": Names("descent", "stationary limits")},
        necessity=(
            Necessity(
                "smooth",
                witness={"f": "modulus", "theta": "(1/100,)", "C_s": "1"},
                detail="At a kink gradient descent with a fixed step goes back and forth.",
            ),
            Necessity(
                "C_s > 0",
                detail="The step is 1/C_s. No gradient is Lipschitz with a negative constant, and "
                "with the constant 0 the loss is affine, without a bounded sublevel set.",
            ),
            Necessity(
                "bounded",
                detail="Not used for the descent. Without it the iterates need have no limit: "
                "$f(\\theta)=-\\theta$ is smooth and has no stationary point.",
            ),
        ),
        notes=(
            "Cited in the paper from a textbook. The proof is the standard one; for the descent "
            "the "
            "sublevel set needs to be neither bounded nor convex. “Stationary point” means that "
            "every "
            "limit of the iterates is stationary; boundedness is what makes such limits exist."
        ),
    )
)


@GD.check(Method.EXACT, Verdict.PROVED)
def descent_lemma(run: Run) -> Evidence:
    """∇f(θ − τg) is g up to C_sτ‖g‖, so the slope along the step is at most −G + C_sτG."""
    import sympy

    from theory.smt import gram_pair, prove, reals
    from theory.symbolic import prove_zero

    # g = ∇f(θ) and k = ∇f(θ − τg): ⟨k, g⟩ ≥ G − ‖k − g‖‖g‖ ≥ G(1 − C_sτ).
    pair = gram_pair()  # a = ‖g‖, b = ‖k‖, p = ⟨g, k⟩
    tau, constant, t = reals("tau C_s t")
    slope = prove(
        pair.p >= pair.a**2 * (1 - constant * tau),
        given=[
            *(pair.a >= 0, pair.b >= 0, *pair.constraints[2:]),  # either gradient may vanish
            constant > 0,
            tau >= 0,
            pair.distance_squared <= (constant * tau * pair.a) ** 2,
        ],
    )
    big, step, grad = sympy.symbols("C_s t G", positive=True)
    s = sympy.Symbol("tau", nonnegative=True)
    integral = sympy.integrate(-grad + big * s * grad, (s, 0, step))
    fall = prove_zero(integral - (-grad * step + big * step**2 * grad / 2))
    at_end = prove_zero(integral.subs(step, 1 / big) + grad / (2 * big))
    # Up to the end of the step f stays below its start, so the path never leaves the sublevel set.
    (g,) = reals("G")
    below = prove(
        -g * t + constant * t**2 * g / 2 < 0,
        given=[constant > 0, g > 0, t > 0, t * constant <= 1],
    )
    return Evidence.from_proofs(
        Method.EXACT,
        [slope, fall, at_end, below],
        Scope("the descent inequality", {"part": Names("descent")}),
        assumes=(
            "the fundamental theorem of calculus",
            "a continuous path that leaves a sublevel set passes its level (intermediate values)",
        ),
        witness={"f": "quadratic", "a": (2, 1), "theta": (3, 0), "C_s": 2},
    )


@GD.check(Method.EXACT, Verdict.PROVED)
def summation(run: Run) -> Evidence:
    """The falls add up to at most f(θ⁰) − inf f, so ‖∇f‖² is summable and tends to 0."""

    from theory.smt import prove, reals

    # One more step keeps: sum of G_k ≤ 2C_s(f(θ⁰) − f(θ^K)).
    total, constant, start, now, after, grad, low = reals("total C start now after G low")
    step = prove(
        total + grad <= 2 * constant * (start - after),
        given=[
            constant > 0,
            total <= 2 * constant * (start - now),
            grad <= 2 * constant * (now - after),
        ],
    )
    bounded = prove(
        total <= 2 * constant * (start - low),
        given=[constant > 0, low <= now, total <= 2 * constant * (start - now)],
    )
    return Evidence.from_proofs(
        Method.EXACT,
        [step, bounded],
        Scope("every limit point is stationary", {"part": Names("stationary limits")}),
        assumes=(
            "a continuous function on a closed bounded set has a minimum (Weierstrass)",
            "the terms of a convergent series tend to 0",
            "a bounded sequence has a limit point (Bolzano-Weierstrass)",
        ),
    )
