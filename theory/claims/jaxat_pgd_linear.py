"""Where PGD gets on the linear model: Linf with any number of steps, from any start."""

from __future__ import annotations

from typing import Any

from theory.claim import Claim, Hypothesis, Kind, Necessity, Parameter
from theory.evidence import Evidence, Method, Verdict
from theory.exact import Comparison, Point, rational, sign
from theory.registry import register
from theory.run import Run
from theory.scope import Names
from theory.support.yamada import LABEL, RADIUS, ours

PGD = ours("PGD on the linear model")


def direction(point: Point) -> tuple[int, ...]:
    """The sign of the gradient of the loss in x, −y sign(w): the same at every iterate."""
    return tuple(-int(point["y"]) * sign(entry) for entry in point["w"])


def walked(point: Point) -> list[Any]:
    """η after K steps of size λ, each clipped to the ball and then, with "box", to x + η ∈ [0, "
    "1]."""
    eta, eps, box = list(point["start"]), point["eps"], point["set"] == "box"
    for _ in range(int(point["K"])):
        eta = [e + point["lambda"] * g for e, g in zip(eta, direction(point), strict=True)]
        eta = [max(-eps, min(eps, e)) for e in eta]
        if box:
            eta = [max(-x, min(1 - x, e)) for e, x in zip(eta, point["x"], strict=True)]
    return eta


def largest(point: Point) -> list[Any]:
    """The perturbation that maximises the loss: ε in every direction, clipped with "box"."""
    eta = [point["eps"] * g for g in direction(point)]
    if point["set"] == "box":
        eta = [max(-x, min(1 - x, e)) for e, x in zip(eta, point["x"], strict=True)]
    return eta


def gains(point: Point, eta: list[Any]) -> Any:
    """−y w·η, what the perturbation adds to the logit of the loss."""
    pairs = zip(point["w"], eta, strict=True)
    return sum((-point["y"] * w * e for w, e in pairs), rational(0))


def reaches_the_maximum(point: Point) -> Comparison:
    return Comparison(gains(point, largest(point)), "<=", gains(point, walked(point)))


SETS = Hypothesis("set", "with the box $[0,1]^d$ or without", lambda w: w["set"] in ("box", "free"))
IN_BOX = Hypothesis(
    "x in the box",
    r"$x \in [0, 1]^d$ if there is a box",
    lambda w: w["set"] == "free" or all(0 <= x <= 1 for x in w["x"]),
)
CLEAN = Hypothesis(
    "clean start", r"PGD starts at $\eta = 0$", lambda w: all(e == 0 for e in w["start"])
)


def reach(factor: int) -> Hypothesis:
    name = "K lambda >= eps" if factor == 1 else "K lambda >= 2 eps"
    times = "" if factor == 1 else "2"
    return Hypothesis(
        name,
        rf"$\lambda > 0$, $K\lambda \ge {times}\varepsilon$",
        lambda w: (
            Comparison(w["lambda"], ">", 0),
            Comparison(w["K"] * w["lambda"], ">=", factor * w["eps"]),
        ),
    )


SHORT = {"w": "(1, 0)", "x": "(1/2, 1/2)", "y": "1", "start": "(0, 0)", "eps": "1/4"}

OTHER_LABEL = {**SHORT, "y": "2", "set": "free", "K": "6", "lambda": "1/10"}

EXACT = register(
    Claim(
        id="jaxat.pgd-exact-linf",
        kind=Kind.RESULT,
        source=PGD,
        title="L∞-PGD from x is exact on the linear model as soon as Kλ ≥ ε, also with a box",
        statement=(
            r"On the linear model $K$ steps of $L_\infty$-PGD of size $\lambda$ from $x$, with or "
            r"without the box $[0,1]^d$, give $\eta = \mathrm{clip}(\min(K\lambda, "
            r"\varepsilon)\,g)$, $g = -y\,\mathrm{sign}(w)$. With $K\lambda \ge \varepsilon$ that "
            r"is the exact maximiser of the loss; with $K\lambda < \varepsilon$ it is the one for "
            r"the radius $K\lambda$. The step 0.01 of Yamada et al. with 40 iterations reaches "
            r"$0.4 \ge \frac{76.5}{255}$."
        ),
        expected=Verdict.PROVED,
        domain={"set": Names("free", "box")},
        hypotheses=(RADIUS, LABEL, SETS, IN_BOX, CLEAN, reach(1)),
        conclusion=reaches_the_maximum,
        parameters={"steps": Parameter(7, 1, 60, "number of steps K in the search", integer=True)},
        necessity=(
            Necessity(
                "K lambda >= eps",
                witness={**SHORT, "set": "free", "K": "2", "lambda": "1/10"},
                detail="Two steps of 1/10 stop at 1/5 < 1/4.",
            ),
            Necessity(
                "x in the box",
                witness={
                    "w": "(1,)",
                    "x": "(-1,)",
                    "y": "-1",
                    "start": "(0,)",
                    "eps": "0",
                    "set": "box",
                    "K": "0",
                    "lambda": "1",
                },
                detail="From outside the box, PGD without a step stays outside.",
            ),
            Necessity("clean start", by="jaxat.pgd-random-start", detail="With Kλ ≥ 2ε instead."),
            Necessity("eps >= 0", detail="A negative radius leaves nothing feasible."),
            Necessity(
                "label",
                witness=OTHER_LABEL,
                detail="With y = 2 the direction −y sign(w) is no sign, and εg leaves the ball.",
            ),
            Necessity("set", detail="Two cases, both covered."),
        ),
    )
)


def step(eta: Any, g: Any, lam: Any, eps: Any, low: Any, high: Any) -> Any:
    """One coordinate of a step: move, clip to the ball, clip to the box [low, high]."""
    import z3

    moved = eta + lam * g
    inside = z3.If(moved > eps, eps, z3.If(moved < -eps, -eps, moved))
    return z3.If(inside > high, high, z3.If(inside < low, low, inside))


def clip(value: Any, low: Any, high: Any) -> Any:
    import z3

    return z3.If(value > high, high, z3.If(value < low, low, value))


def _free(eta: Any, g: Any, lam: Any, eps: Any) -> Any:
    import z3

    moved = eta + lam * g
    return z3.If(moved > eps, eps, z3.If(moved < -eps, -eps, moved))


def least(a: Any, b: Any) -> Any:
    import z3

    return z3.If(a <= b, a, b)


@EXACT.check(Method.EXACT, Verdict.PROVED)
def induction(run: Run) -> Evidence:
    """One step takes η = clip(min(s, ε) g) to clip(min(s + λ, ε) g); s ≥ 0, g ∈ {−1, 0, 1}."""
    import z3

    from theory.smt import prove, reals

    s, lam, eps, g, low, high = reals("s lam eps g low high")
    signs = z3.Or(g == -1, g == 0, g == 1)
    given = [s >= 0, lam > 0, eps >= 0, signs]
    box = [low <= 0, high >= 0]
    free = prove(_free(least(s, eps) * g, g, lam, eps) == least(s + lam, eps) * g, given=given)
    boxed = prove(
        step(clip(least(s, eps) * g, low, high), g, lam, eps, low, high)
        == clip(least(s + lam, eps) * g, low, high),
        given=[*given, *box],
    )
    # Within the ball and the box no δ gains more in this coordinate, where w g = −... = |w| ≥ 0.
    delta, size = reals("delta size")
    best = prove(
        size * g * delta <= size * g * clip(eps * g, low, high),
        given=[*given, *box, size >= 0, delta <= eps, -eps <= delta, low <= delta, delta <= high],
    )
    return Evidence.from_proofs(
        Method.EXACT,
        [free, boxed, best],
        witness={
            "w": (2, -1, 0),
            "x": ("1/2", "9/10", "1/2"),
            "y": 1,
            "start": (0, 0, 0),
            "eps": "1/4",
            "set": "box",
            "K": 3,
            "lambda": "1/10",
        },
        detail=(
            "Every coordinate moves alone. The start is s = 0, and K steps give s = Kλ; "
            "[low, high] = [−x, 1 − x] contains 0."
        ),
    )


@EXACT.check(Method.NUMERIC, Verdict.SUPPORTED)
def simulated(run: Run) -> Evidence:
    """PGD through jax.grad in float64 against the closed form, with the box."""
    import jax
    import jax.numpy as jnp
    import numpy as np

    d, count, steps, rng = 6, run.pick(50, 400), run.integer("steps"), run.rng

    @jax.jit
    @jax.vmap
    def attack(w: Any, x: Any, y: Any, eps: Any, lam: Any) -> Any:
        slope = jax.grad(lambda e: jax.nn.softplus(-y * (w @ (x + e))))

        def step(eta: Any, _: None) -> Any:
            eta = jnp.clip(eta + lam * jnp.sign(slope(eta)), -eps, eps)
            return jnp.clip(eta, -x, 1 - x), None

        return jax.lax.scan(step, jnp.zeros(d), None, length=steps)[0]

    w, x = rng.standard_normal((count, d)), rng.uniform(0, 1, (count, d))
    y, eps = rng.choice([-1.0, 1.0], count), rng.uniform(0, 0.5, count)
    lam = eps * rng.uniform(0.5, 3, count) / steps
    found = np.asarray(attack(w, x, y, eps, lam))
    size = np.minimum(steps * lam, eps)[:, None]
    closed = np.clip(-y[:, None] * np.sign(w) * size, -x, 1 - x)
    return Evidence.supported(
        admissible=count,
        tried=count,
        margin=-float(np.abs(found - closed).max()),
        tolerance=1e-13,
        seed=run.seed,
    )
