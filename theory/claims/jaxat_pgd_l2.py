"""L2-PGD with a box on the linear model: it solves the problem for a slightly smaller radius."""

from __future__ import annotations

from typing import Any

from theory.claim import Claim, Hypothesis, Kind, Necessity
from theory.evidence import Evidence, Method, Verdict
from theory.exact import Comparison, Point, add, dot, norm, parse_point, rational, scale
from theory.registry import register
from theory.run import Run
from theory.scope import Names, Scope
from theory.support.yamada import POSITIVE_RADIUS, ours


def shrink(point: Point) -> Any:
    """c = min(1, ε/‖η + τg‖), the factor of the projection onto the ball."""
    length = norm(add(point["eta"], scale(point["tau"], point["g"])))
    return point["eps"] / length if length > point["eps"] else rational(1)


def clip(value: Any, low: Any, high: Any) -> Any:
    return min(max(value, low), high)


def at_rest(point: Point) -> list[Comparison]:
    """η = clip(c(η + τg)): a step, projected onto the ball and then the box, changes nothing."""
    c = shrink(point)
    moved = scale(c, add(point["eta"], scale(point["tau"], point["g"])))
    sides = zip(point["eta"], moved, point["low"], point["high"], strict=True)
    return [Comparison(e, "==", clip(m, low, high)) for e, m, low, high in sides]


def lost_square(point: Point) -> Any:
    """Σ over clipped coordinates of c²(b + τg)² − b²; zero over the others."""
    c = shrink(point)
    moved = scale(c, add(point["eta"], scale(point["tau"], point["g"])))
    pairs = zip(moved, point["eta"], strict=True)
    return sum((m * m - e * e for m, e in pairs), rational(0))


def exact_for_a_smaller_radius(point: Point) -> list[Comparison]:
    """ε² − ‖η‖² is the lost square, and no δ of the box with ‖δ‖ ≤ ‖η‖ gains more than η."""
    eta, delta, g = point["eta"], point["delta"], point["g"]
    comparisons = [
        Comparison(dot(eta, eta), "<=", point["eps"] ** 2),
        Comparison(dot(g, delta), "<=", dot(g, eta)),
    ]
    if shrink(point) < 1:
        lost = lost_square(point)
        comparisons.append(Comparison(point["eps"] ** 2 - dot(eta, eta), "==", lost))
    return comparisons


UNIT = Hypothesis(
    "unit step", r"$\|g\|_2 = 1$, $g = -yw/\|w\|$", lambda w: Comparison(norm(w["g"]), "==", 1)
)
STEP = Hypothesis("tau > 0", r"$\tau > 0$", lambda w: Comparison(w["tau"], ">", 0))
BOX = Hypothesis(
    "0 in the box",
    r"$-x_i \le 0 \le 1 - x_i$: the image itself is feasible",
    lambda w: [
        comparison
        for low, high in zip(w["low"], w["high"], strict=True)
        for comparison in (Comparison(low, "<=", 0), Comparison(high, ">=", 0))
    ],
)
CHALLENGER = Hypothesis(
    "challenger",
    r"$\delta$ in the box with $\|\delta\|_2 \le \|\eta\|_2$",
    lambda w: [
        Comparison(dot(w["delta"], w["delta"]), "<=", dot(w["eta"], w["eta"])),
        *(
            comparison
            for e, low, high in zip(w["delta"], w["low"], w["high"], strict=True)
            for comparison in (Comparison(low, "<=", e), Comparison(e, "<=", high))
        ),
    ],
)

# g = (3/5, 4/5), τ = 1, c = 1/2: the first coordinate is clipped at 1/15, the second is free.
RESTING = {
    "g": "(3/5, 4/5)",
    "tau": "1",
    "eps": "13/15",
    "eta": "(1/15, 4/5)",
    "low": "(-1, -1)",
    "high": "(1/15, 1)",
    "delta": "(0, 4/5)",
}

RADIUS = register(
    Claim(
        id="jaxat.pgd-l2-radius",
        kind=Kind.RESULT,
        source=ours("PGD on the linear model"),
        title="L2-PGD clipped to a box rests at the maximiser for a radius ε' ≤ ε, known exactly",
        statement=(
            r"On the linear model let $\eta$ be at rest under a step $\tau g$, $g = -yw/\|w\|$, "
            r"the projection onto $\|\eta\|_2 \le \varepsilon$, and *then* the clip to $x + \eta "
            r"\in [0, 1]^d$. Then $\eta$ maximises the loss over the box and the ball of radius "
            r"$\varepsilon' = \|\eta\|_2 \le \varepsilon$. If the ball acts, with the factor $c = "
            r"\varepsilon/\|\eta+\tau g\| < 1$, then $\varepsilon^2 - \varepsilon'^2 = \sum_{i\ "
            r"\mathrm{clipped}}\left[c^2(\eta_i+\tau g_i)^2 - \eta_i^2\right]$: the two "
            r"projections one after the other are not the projection onto the intersection."
        ),
        expected=Verdict.PROVED,
        domain={"ball": Names("acts", "does not act")},
        hypotheses=(
            POSITIVE_RADIUS,
            STEP,
            UNIT,
            BOX,
            Hypothesis("at rest", r"$\eta = \mathrm{clip}(c\,(\eta + \tau g))$", at_rest),
            CHALLENGER,
        ),
        conclusion=exact_for_a_smaller_radius,
        necessity=(
            Necessity(
                "at rest",
                witness={**RESTING, "eta": "(0, 1/2)", "delta": "(1/15, 49/100)"},
                detail="A point of the ball on the way is not a maximiser for its own radius.",
            ),
            Necessity(
                "challenger",
                witness={**RESTING, "delta": "(1/15, 1)"},
                detail="A longer δ gains more: the radius is really smaller than ε.",
            ),
            Necessity(
                "tau > 0",
                witness={**RESTING, "tau": "0", "eta": "(0, 1/2)", "delta": "(1/15, 49/100)"},
                detail="Without a step everything is at rest.",
            ),
            Necessity("unit step", detail="Not used: the length of g only changes τ."),
            Necessity(
                "0 in the box",
                witness={
                    "g": "(1,)",
                    "tau": "1",
                    "eps": "1",
                    "eta": "(2,)",
                    "low": "(2,)",
                    "high": "(3,)",
                    "delta": "(2,)",
                },
                detail="If the box misses the ball, the clip leaves the ball.",
            ),
            Necessity("eps > 0", detail="At ε = 0 only η = 0 is at rest, and nothing is lost."),
        ),
        notes=(
            "The smaller radius depends on the sample and on w. So the loss that such an attack "
            "defines is not exactly the adversarial loss of a fixed set, and convexity in w "
            "(`jaxat.convex-any-set`) is not guaranteed for it."
        ),
    )
)


def _is_clip(value: Any, target: Any, low: Any, high: Any) -> Any:
    """value = clip(target, low, high), for low ≤ high."""
    import z3

    return value == z3.If(target > high, high, z3.If(target < low, low, target))


@RADIUS.check(Method.EXACT, Verdict.PROVED)
def ball_acts(run: Run) -> Evidence:
    """c < 1: η = clip(μg) with μ = cτ/(1 − c), the solution for its own norm."""
    import z3

    from theory.smt import prove, reals

    eta, g, tau, c, low, high, delta = reals("eta g tau c low high delta")
    mu, moved = reals("mu moved")
    base = [tau > 0, c > 0, c < 1, low <= 0, high >= 0, mu * (1 - c) == c * tau]
    rest = _is_clip(eta, c * (eta + tau * g), low, high)
    clipped = prove(_is_clip(eta, mu * g, low, high), given=[*base, rest])
    # Projection onto an interval: (μg − η)(δ − η) ≤ 0 for every δ in it.
    inside = [low <= delta, delta <= high]
    projection = prove(
        (mu * g - eta) * (delta - eta) <= 0,
        given=[low <= 0, high >= 0, *inside, _is_clip(eta, mu * g, low, high)],
    )
    # Summed over the coordinates: μ(g·δ − g·η) ≤ η·δ − ‖η‖² ≤ (‖δ‖² − ‖η‖²)/2 ≤ 0.
    gain, inner, a, b = reals("gain inner a b")  # g·δ − g·η, ⟨η, δ⟩, ‖η‖, ‖δ‖
    summed = prove(
        gain <= 0,
        given=[*(mu > 0, a >= 0, b >= 0, b <= a), mu * gain <= inner - a * a, inner <= a * b],
    )
    # A clipped coordinate loses a square that is not negative, a free one loses nothing.
    lost = prove(
        z3.And(moved**2 - eta**2 >= 0, z3.Implies(eta == moved, moved**2 - eta**2 == 0)),
        given=[low <= 0, high >= 0, _is_clip(eta, moved, low, high)],
    )
    return Evidence.from_proofs(
        Method.EXACT,
        [clipped, projection, summed, lost],
        Scope("the ball acts", {"ball": Names("acts")}),
        witness=parse_point(RESTING),
        detail=(
            "Coordinate by coordinate, then summed; Cauchy-Schwarz gives ⟨η, δ⟩ ≤ ‖η‖‖δ‖. Before "
            "the clip the point has norm ε, so ε² is the sum of the squares before the clip and "
            "‖η‖² the sum after it."
        ),
    )


@RADIUS.check(Method.EXACT, Verdict.PROVED)
def ball_does_not_act(run: Run) -> Evidence:
    """c = 1: η = clip(η + τg) is the corner of the box that maximises g·η."""
    from theory.smt import prove, reals

    eta, g, tau, low, high, delta = reals("eta g tau low high delta")
    given = [tau > 0, low <= 0, high >= 0, low <= delta, delta <= high]
    best = prove(g * delta <= g * eta, given=[*given, _is_clip(eta, eta + tau * g, low, high)])
    moved = reals("moved")[0]
    shorter = prove(
        eta**2 <= moved**2, given=[low <= 0, high >= 0, _is_clip(eta, moved, low, high)]
    )
    return Evidence.from_proofs(
        Method.EXACT,
        [best, shorter],
        Scope("the ball does not act", {"ball": Names("does not act")}),
        detail="Then ‖η‖ ≤ ‖η + τg‖ ≤ ε and the box alone decides.",
    )


@RADIUS.check(Method.NUMERIC, Verdict.SUPPORTED)
def simulated(run: Run) -> Evidence:
    """PGD from the image against the maximiser for its own radius, found by bisection in μ."""
    import numpy as np

    d, count, rng = 12, run.pick(100, 500), run.rng
    x = rng.uniform(0, 1, (count, d)) * rng.choice([0.0, 1.0], (count, d))
    g = rng.standard_normal((count, d))
    g /= np.linalg.norm(g, axis=1, keepdims=True)
    eps = rng.uniform(0.2, 0.8, (count, 1))
    eta, tau = np.zeros((count, d)), 0.15 * eps
    for _ in range(600):
        eta = eta + tau * g
        eta = eta * np.minimum(1, eps / np.linalg.norm(eta, axis=1, keepdims=True))
        eta = np.clip(eta, -x, 1 - x)
    radius = np.linalg.norm(eta, axis=1, keepdims=True)
    low, high = np.zeros((count, 1)), np.full((count, 1), 1e4)
    for _ in range(80):
        middle = (low + high) / 2
        longer = np.linalg.norm(np.clip(middle * g, -x, 1 - x), axis=1, keepdims=True) > radius
        low, high = np.where(longer, low, middle), np.where(longer, middle, high)
    best = (g * np.clip(high * g, -x, 1 - x)).sum(1)
    error = np.abs(best - (g * eta).sum(1)) / eps[:, 0]
    worst = max(float(error.max()), float((radius / eps).max()) - 1)
    return Evidence.supported(
        admissible=count,
        tried=count,
        margin=-worst,
        tolerance=1e-7,
        seed=run.seed,
        detail=f"The radius reached is between {float((radius / eps).min()):.3f} ε and ε.",
    )
