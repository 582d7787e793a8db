"""The worst perturbation of a linear model when inputs must stay in a box."""

from __future__ import annotations

from math import inf
from typing import Any

from theory.claim import Claim, Hypothesis, Kind, Necessity
from theory.evidence import Evidence, Method, Verdict
from theory.exact import Comparison, Point, dot, norm, sign
from theory.registry import register
from theory.run import Run
from theory.scope import Names, Scope
from theory.support.yamada import LABEL, POSITIVE_RADIUS, ours, reals


def clipped(point: Point) -> tuple[Any, ...]:
    """clip(−y ε sign(w), −x, 1 − x) for p = ∞, clip(−y t w, −x, 1 − x) for p = 2."""
    w, x, y = point["w"], point["x"], point["y"]
    if point["p"] == inf:
        free = [-y * point["eps"] * sign(a) for a in w]
    else:
        free = [-y * point["t"] * a for a in w]
    return tuple(max(-b, min(1 - b, e)) for e, b in zip(free, x, strict=True))


def allowed(point: Point, eta: tuple[Any, ...]) -> list[Comparison]:
    moved = [a + b for a, b in zip(point["x"], eta, strict=True)]
    return [
        Comparison(norm(eta, point["p"]), "<=", point["eps"]),
        *(Comparison(entry, ">=", 0) for entry in moved),
        *(Comparison(entry, "<=", 1) for entry in moved),
    ]


def multiplier_fits(point: Point) -> Any:
    """p = 2: t > 0 and the clipped perturbation has length ε."""
    if point["p"] == inf:
        return True
    return (
        Comparison(point["t"], ">", 0),
        Comparison(dot(clipped(point), clipped(point)), "==", point["eps"] ** 2),
    )


BOX = register(
    Claim(
        id="jaxat.box-attack",
        kind=Kind.RESULT,
        source=ours("the attack on a linear model with inputs in a box"),
        title="ball ∩ [0, 1]^d: the worst η is −yε sign(w) or −y t w, clipped to the box",
        statement=(
            r"For a linear model and inputs that must stay in $[0,1]^d$, as in the experiments of "
            r"Yamada et al., the loss over $\|\eta\|_p \le \varepsilon$, $0 \le x+\eta \le 1$ is "
            r"largest at $\eta = \mathrm{clip}(-y\varepsilon\,\mathrm{sign}\,w, -x, 1-x)$ for "
            r"$p = \infty$, and at $\eta = \mathrm{clip}(-y\,t\,w, -x, 1-x)$ for $p = 2$, where "
            r"$t > 0$ is chosen so that $\|\eta\|_2 = \varepsilon$."
        ),
        expected=Verdict.PROVED,
        domain={"p": Names("2", "inf")},
        hypotheses=(
            POSITIVE_RADIUS,
            LABEL,
            Hypothesis("p", r"$p \in \{2, \infty\}$", lambda w: w["p"] in (2, inf)),
            Hypothesis(
                "allowed",
                r"$\|\eta\|_p \le \varepsilon$, $0 \le x + \eta \le 1$, and $x$ in the box",
                lambda w: (
                    *allowed(w, w["eta"]),
                    *(Comparison(e, ">=", 0) for e in w["x"]),
                    *(Comparison(e, "<=", 1) for e in w["x"]),
                ),
            ),
            Hypothesis(
                "multiplier",
                r"for $p = 2$: $t > 0$ and $\|\mathrm{clip}(-y\,t\,w, -x, 1-x)\|_2 = \varepsilon$",
                multiplier_fits,
            ),
        ),
        conclusion=lambda w: Comparison(
            -w["y"] * dot(w["w"], w["eta"]), "<=", -w["y"] * dot(w["w"], clipped(w))
        ),
        necessity=(
            Necessity(
                "multiplier",
                witness={
                    "w": "(1, 0)",
                    "x": "(1, 0)",
                    "y": "1",
                    "eps": "1/2",
                    "p": "2",
                    "t": "1/4",
                    "eta": "(-1/2, 0)",
                },
                detail="A smaller t leaves a part of the radius unused.",
            ),
            Necessity(
                "allowed",
                witness={
                    "w": "(1, 0)",
                    "x": "(0, 0)",
                    "y": "1",
                    "eps": "1",
                    "p": "inf",
                    "t": "1",
                    "eta": "(-1, 0)",
                },
                detail="Without the box, the perturbation of the plain ball does more.",
            ),
            Necessity(
                "p",
                witness={
                    "w": "(3, 4)",
                    "x": "(1/2, 1/2)",
                    "y": "1",
                    "eps": "1/2",
                    "p": "4",
                    "t": "1/10",
                    "eta": "(-21/50, -21/50)",
                },
                detail="For p = 4 the direction of w is not the best one.",
            ),
            Necessity(
                "label",
                witness={
                    "w": "(1, 0)",
                    "x": "(1, 0)",
                    "y": "1/2",
                    "eps": "1/2",
                    "p": "inf",
                    "t": "1",
                    "eta": "(-1/2, 0)",
                },
                detail="With a label of 1/2 the formula uses half of the radius.",
            ),
            Necessity("eps > 0", detail="For ε = 0 no perturbation but 0 is allowed."),
        ),
        notes=(
            "If even the farthest corner in the direction of the attack is within ε, no t gives "
            "the "
            "length ε, and that corner (t = ∞) is the maximiser."
        ),
    )
)


@BOX.check(Method.EXACT, Verdict.PROVED)
def coordinate_by_coordinate(run: Run) -> Evidence:
    """p = ∞: the constraints are intervals, in each of which −y w_i η_i is monotone."""
    import z3

    from theory.smt import prove

    w, x, y, eps, eta = reals("w x y eps eta")
    free = z3.If(w > 0, -y * eps, z3.If(w < 0, y * eps, 0))
    best = z3.If(free < -x, -x, z3.If(free > 1 - x, 1 - x, free))
    given = [
        *(z3.Or(y == 1, y == -1), eps > 0, x >= 0, x <= 1),
        *(eta >= -eps, eta <= eps, x + eta >= 0, x + eta <= 1),
    ]
    return Evidence.from_proofs(
        Method.EXACT,
        [
            prove(-y * w * eta <= -y * w * best, given=given),
            prove(z3.And(best >= -eps, best <= eps, x + best >= 0, x + best <= 1), given=given),
        ],
        Scope("p = ∞", {"p": Names("inf")}),
        witness={
            "w": (2, -1),
            "x": ("1/4", "1/2"),
            "y": 1,
            "eps": "1/2",
            "p": inf,
            "t": 1,
            "eta": ("-1/4", "1/2"),
        },
    )


@BOX.check(Method.EXACT, Verdict.PROVED)
def lagrange_multiplier(run: Run) -> Evidence:
    """p = 2: clip(tg) maximises gη − η²/(2t) in each interval; sum up and use ‖η‖ ≤ ε = ‖η*‖."""
    import z3

    from theory.smt import prove

    g, t, low, high, eta = reals("g t low high eta")
    best: Any = z3.If(t * g < low, low, z3.If(t * g > high, high, t * g))
    # Multiplied by 2t > 0.
    coordinate = prove(
        2 * t * g * eta - eta * eta <= 2 * t * g * best - best * best,
        given=[t > 0, low <= 0, high >= 0, eta >= low, eta <= high],
    )
    gain, gain_best, size, size_best, eps = reals("gain gain_best size size_best eps")
    together = prove(
        gain <= gain_best,
        given=[
            *(t > 0, size <= eps * eps, size_best == eps * eps),
            2 * t * gain - size <= 2 * t * gain_best - size_best,
        ],
    )
    return Evidence.from_proofs(
        Method.EXACT,
        [coordinate, together],
        Scope("p = 2", {"p": Names("2")}),
        witness={
            "w": (4, 4),
            "x": ("3/10", "1/2"),
            "y": 1,
            "eps": "1/2",
            "p": 2,
            "t": "1/10",
            "eta": ("-3/10", "-4/10"),
        },
        detail="g = −y w; the inequality of the coordinates is summed over them, in any dimension.",
    )


@BOX.check(Method.NUMERIC, Verdict.SUPPORTED)
def convex_programme(run: Run) -> Evidence:
    """SciPy's SLSQP on random L2 instances against the clipped perturbation."""
    import numpy as np
    from scipy.optimize import brentq, minimize

    rng, count, worst, d = run.rng, run.pick(4, 12), 0.0, 4
    for _ in range(count):
        x, g = rng.uniform(0, 1, d), rng.standard_normal(d)
        corner = np.where(g > 0, 1 - x, -x)
        eps = float(np.linalg.norm(corner)) * rng.uniform(0.3, 0.9)

        def clip(t: float, x: Any = x, g: Any = g) -> Any:
            return np.clip(t * g, -x, 1 - x)

        def excess(t: float, eps: float = eps, clip: Any = clip) -> float:
            return float(np.linalg.norm(clip(t))) - eps

        root: Any = brentq(excess, 0.0, 1e6)
        best = float(g @ clip(root))
        found = minimize(
            lambda e, g=g: -float(g @ e),
            np.zeros(d),
            jac=lambda e, g=g: -g,
            method="SLSQP",
            bounds=list(zip(-x, 1 - x, strict=True)),
            constraints={
                "type": "ineq",
                "fun": lambda e, eps=eps: eps**2 - e @ e,
                "jac": lambda e: -2 * e,
            },
            options={"ftol": 1e-12, "maxiter": 300},
        )
        worst = max(worst, abs(-float(found.fun) - best) / best)
    return Evidence.supported(
        admissible=count, tried=count, margin=-worst, tolerance=1e-5, seed=run.seed
    )
