"""What Kanai et al. conclude from Theorem 1: when a gradient method is effective."""

from __future__ import annotations

from typing import Any

from theory.claim import Claim, Hypothesis, Kind, Necessity, Parameter, Source
from theory.evidence import Evidence, Method, Verdict
from theory.exact import Comparison, Point, dot, log, norm, scale, subtract
from theory.exact.linear import (
    mean,
    sharp_constant,
    worst_gradient,
    worst_loss,
)
from theory.registry import register
from theory.run import Run
from theory.scope import Integers


def loss(point: Point, theta: tuple) -> Any:
    """L_ε(θ), L2."""
    samples = zip(point["x"], point["y"], strict=True)
    return mean([worst_loss(theta, x, y, point["eps"]) for x, y in samples])


LABELS = Hypothesis(
    "labels", r"$y_n \in \{-1, 1\}$", lambda w: all(abs(label) == 1 for label in w["y"])
)
RADIUS = Hypothesis("eps >= 0", r"$\varepsilon \ge 0$", lambda w: w["eps"] >= 0)
GOOD_START = Hypothesis(
    "good start",
    r"$L_\varepsilon(\theta^0) < L_\varepsilon(0)$",
    lambda w: Comparison(loss(w, w["theta_0"]), "<", log(2)),
)
IN_SUBLEVEL_SET = Hypothesis(
    "sublevel set",
    r"$L_\varepsilon(\theta) \le L_\varepsilon(\theta^0)$",
    lambda w: (
        True
        if w["theta"] == w["theta_0"]
        else Comparison(loss(w, w["theta"]), "<=", loss(w, w["theta_0"]))
    ),
)

register(
    Claim(
        id="kanai.theorem-1.gd-effective",
        kind=Kind.REMARK,
        source=Source("kanai", "Section 3.1, after Theorem 1", "both", ("4", "10 (early)")),
        title="L2: L_ε(θ⁰) < L_ε(0) gives the condition of (4), a bounded sublevel set included",
        statement=(
            r"From Eq. (4), if $L_\varepsilon(\theta^0)<L_\varepsilon(0)$, a gradient method is "
            r"effective in this case [where (4) assumes that $\{\theta\mid L(\theta)\le "
            r"L(\theta^0)\}$ "
            r"is bounded]."
        ),
        expected=Verdict.REFUTED,
        repaired_by=("kanai.theorem-1.gd-effective.repaired",),
        depends=("kanai.eq-4",),
        hypotheses=(
            RADIUS,
            LABELS,
            GOOD_START,
            IN_SUBLEVEL_SET,
            Hypothesis("bound", r"any candidate $B > 0$", lambda w: w["bound"] > 0),
        ),
        conclusion=lambda w: Comparison(norm(w["theta"]), "<=", w["bound"]),
        domain={"d": Integers(1)},
    )
)


def step_constant(point: Point) -> Any:
    """L* = mean of (R_n+ε)²/4 + (ε/θ_min)σ(θ_min(R_n+ε)), θ_min = 2(log 2 − L(θ⁰))/(‖x̄‖ − ε)."""
    middle = mean([scale(y, x) for x, y in zip(point["x"], point["y"], strict=True)])
    r = 2 * (log(2) - loss(point, point["theta_0"])) / (norm(middle) - point["eps"])
    return mean([sharp_constant(norm(x), point["eps"], r) for x in point["x"]])


def descends(point: Point) -> Comparison:
    """‖∇L_ε(θ)‖²/(2L*) ≤ L_ε(θ) − L_ε(θ − ∇L_ε(θ)/L*)."""
    samples = list(zip(point["x"], point["y"], strict=True))
    theta = point["theta"]
    gradient = mean([worst_gradient(theta, x, y, point["eps"]) for x, y in samples])
    constant = step_constant(point)
    after = subtract(theta, scale(1 / constant, gradient))
    fall = loss(point, theta) - loss(point, after)
    return Comparison(dot(gradient, gradient) / (2 * constant), "<=", fall)


DESCENT = register(
    Claim(
        id="kanai.theorem-1.gd-effective.repaired",
        kind=Kind.REMARK,
        source=Source(
            "kanai", "Section 3.1, after Theorem 1, repaired", "both", ("4", "10 (early)")
        ),
        title="L2: from L_ε(θ⁰) < log 2, gradient descent with an explicit step always descends",
        statement=(
            r"Let $L_\varepsilon(\theta^0)<\log2=L_\varepsilon(0)$, "
            r"$\theta_{\min}=\frac{2(\log2-L_\varepsilon(\theta^0))}{\|\bar x\|-\varepsilon}$ and "
            r"$L^*=\frac1N\sum_n[\frac14(\|x_n\|+\varepsilon)^2+\frac{\varepsilon}{\theta_{\min}}"
            r"\sigma(\theta_{\min}(\|x_n\|+\varepsilon))]$. Every step $\theta^+=\theta-\nabla "
            r"L_\varepsilon(\theta)/L^*$ from the sublevel set of $\theta^0$ stays in it, with "
            r"$L_\varepsilon(\theta^+)\le L_\varepsilon(\theta)-\frac{1}{2L^*}\|\nabla "
            r"L_\varepsilon"
            r"(\theta)\|^2$. Hence $\min_{k<K}\|\nabla L_\varepsilon(\theta^k)\|^2\le "
            r"2L^*L_\varepsilon(\theta^0)/K$. The set need not be bounded."
        ),
        expected=Verdict.PROVED,
        hypotheses=(RADIUS, LABELS, GOOD_START, IN_SUBLEVEL_SET),
        conclusion=descends,
        domain={"d": Integers(1), "samples": Integers(1)},
        depends=("jaxat.theta-min", "jaxat.theorem-1-sharp", "kanai.eq-4"),
        parameters={
            "n": Parameter(100, 2, 1000, "number of samples", integer=True),
            "eps": Parameter(0.6, 0.0, 1.2, "radius of the attack"),
        },
        necessity=(
            Necessity(
                "sublevel set",
                witness={
                    "x": "((1, 0),)",
                    "y": "(1,)",
                    "eps": "1/2",
                    "theta_0": "(100, 0)",
                    "theta": "(0, 1/100)",
                },
                detail="From nearer to the origin a step of this size passes the kink.",
            ),
            Necessity(
                "good start",
                witness={
                    "x": "((1, 0),)",
                    "y": "(1,)",
                    "eps": "1/2",
                    "theta_0": "(-1, 0)",
                    "theta": "(0, 1/100)",
                },
                detail="The sublevel set of a worse start contains the origin.",
            ),
            Necessity(
                "eps >= 0",
                witness={
                    "x": "((1, 0), (-1/2, 0))",
                    "y": "(1, 1)",
                    "eps": "-1",
                    "theta_0": "(1/10, 0)",
                    "theta": "(1/10, 0)",
                },
                detail="With a negative radius L* is no Lipschitz constant.",
            ),
            Necessity(
                "labels",
                witness={
                    "x": "((1, 0), (-1/2, 0))",
                    "y": "(10, 10)",
                    "eps": "1/10",
                    "theta_0": "(1/10, 0)",
                    "theta": "(1/10, 0)",
                },
                detail="A larger label acts like longer data.",
            ),
        ),
    )
)


@DESCENT.check(Method.EXACT, Verdict.PROVED)
def chain(run: Run) -> Evidence:
    """The sublevel set keeps away from 0, L* is a Lipschitz constant there; then as in Eq. (4)."""

    from theory.smt import prove, reals

    # Along θ − tg: f(θ − tg) − f(θ) ≤ −t G + L t² G/2 with G = ‖g‖², as long as it stays inside.
    t, big, grad = reals("t L G")
    inside = prove(
        -t * grad + big * t**2 * grad / 2 < 0,
        given=[big > 0, grad > 0, t > 0, t * big <= 1],
    )
    whole = prove(-t * grad + big * t**2 * grad / 2 == -t * grad / 2, given=[big > 0, t * big == 1])
    # K steps: the sum of the falls is at most L(θ⁰), because the loss is positive.
    steps, least, total, start = reals("K least total start")
    rate = prove(
        least * steps <= 2 * big * start,
        given=[big > 0, steps >= 1, total <= 2 * big * start, least * steps <= total],
    )
    return Evidence.from_proofs(
        Method.EXACT,
        [inside, whole, rate],
        assumes=(
            "the fundamental theorem of calculus",
            "the mean value theorem (in jaxat.theorem-1-sharp)",
            "a continuous path that leaves a sublevel set passes its level (intermediate values)",
        ),
        witness={
            "x": ((1, 0), ("-1/2", 0)),
            "y": (1, 1),
            "eps": "1/10",
            "theta_0": ("1/10", 0),
            "theta": ("1/10", 0),
        },
        detail=(
            "The smallest norm is jaxat.theta-min, the constant per sample is "
            "jaxat.theorem-1-sharp."
        ),
    )


@DESCENT.check(Method.NUMERIC, Verdict.SUPPORTED)
def gradient_descent(run: Run) -> Evidence:
    """Gradient descent with step 1/L* on Gaussian data, labels sign(x₁): every step descends."""
    import numpy as np
    from scipy.special import expit

    n, eps, steps = run.integer("n"), run["eps"], run.pick(100, 400)
    x = run.rng.standard_normal((n, 2))
    z = x * np.sign(x[:, :1])
    radii = np.linalg.norm(z, axis=1) + eps

    def value(theta: Any) -> tuple[float, Any]:
        length = np.linalg.norm(theta)
        h = eps * length - z @ theta
        gradient = np.mean(expit(h)[:, None] * (eps * theta / length - z), axis=0)
        return float(np.mean(np.logaddexp(0.0, h))), gradient

    middle = z.mean(axis=0)
    gap = float(np.linalg.norm(middle)) - eps
    if gap <= 0:
        return Evidence.supported(admissible=0, tried=1, detail="‖x̄‖ ≤ ε: no start is good.")
    theta = 0.5 * middle
    start, _ = value(theta)
    if start >= np.log(2):
        return Evidence.supported(admissible=0, tried=1, detail="The start is not good.")
    theta_min = 2 * (np.log(2) - start) / gap
    constant = float(np.mean(radii**2 / 4 + eps / theta_min * expit(theta_min * radii)))
    worst = 0.0
    for _ in range(steps):
        before, gradient = value(theta)
        theta = theta - gradient / constant
        after, _ = value(theta)
        promised = float(gradient @ gradient) / (2 * constant)
        worst = max(worst, after - before + promised)
    return Evidence.supported(
        admissible=steps, tried=steps, margin=-worst, tolerance=1e-14, seed=run.seed
    )
