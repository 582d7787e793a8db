"""Lemma 3 of Kanai et al., same signs: the L∞ example does not depend on the weights."""

from __future__ import annotations

from math import inf

from theory.claim import Claim, Hypothesis, Kind, Necessity, Parameter, Source
from theory.evidence import Evidence, Exactly, Method, Verdict
from theory.exact import Comparison, Point, add, dot, norm, subtract
from theory.exact.adversarial import example, signs
from theory.registry import register
from theory.run import Run
from theory.scope import Integers


def example_distance(point: Point) -> object:
    """‖x'(θ₁) − x'(θ₂)‖₂, the data point cancelling."""
    y, eps, p = point["y"], point["eps"], point["p"]
    x = (0,) * len(point["theta_1"])
    first, second = (example(point[name], x, y, eps, p) for name in ("theta_1", "theta_2"))
    return norm(subtract(first, second))


def weight_distance(point: Point) -> object:
    return norm(subtract(point["theta_1"], point["theta_2"]))


RADIUS = Hypothesis("eps >= 0", r"$\varepsilon \ge 0$", lambda w: w["eps"] >= 0)
POSITIVE_RADIUS = Hypothesis("eps > 0", r"$\varepsilon > 0$", lambda w: w["eps"] > 0)
LINF_ATTACK = Hypothesis("p = inf", r"$\|\delta\|_\infty \le \varepsilon$", lambda w: w["p"] == inf)
LABEL = Hypothesis("label", r"$y \in \{-1, 1\}$", lambda w: abs(w["y"]) == 1)
SAME_SIGNS = Hypothesis(
    "same signs",
    r"$\forall i: \mathrm{sign}(\theta_{1,i}) = \mathrm{sign}(\theta_{2,i})$",
    lambda w: signs(w["theta_1"]) == signs(w["theta_2"]),
)

ATTACK = register(
    Claim(
        id="kanai.lemma-3.attack",
        kind=Kind.STEP,
        source=Source("kanai", "proof of Lemma 3", "both", ("31 (early)",)),
        title="L∞: δ = −yε sign(θ) solves the inner maximisation",
        statement=(
            r"$\operatorname{argmax}_{\|\delta\|_\infty\le\varepsilon}"
            r"\log(1+\exp(-y\theta^\top(x+\delta)))$ is attained at "
            r"$\delta=-y\varepsilon\,\mathrm{sign}(\theta)$ (printed for $y=1$)."
        ),
        expected=Verdict.PROVED,
        hypotheses=(
            RADIUS,
            LABEL,
            Hypothesis(
                "admissible",
                r"$\|\delta\|_\infty \le \varepsilon$",
                lambda w: Comparison(norm(w["delta"], inf), "<=", w["eps"]),
            ),
        ),
        # The loss increases with −yθᵀ(x+δ), so this comparison of rationals is that of the losses.
        conclusion=lambda w: Comparison(
            -w["y"] * dot(w["theta"], add(w["x"], w["delta"])),
            "<=",
            -w["y"] * dot(w["theta"], example(w["theta"], w["x"], w["y"], w["eps"], inf)),
        ),
        domain={"d": Integers(1)},
        necessity=(
            Necessity(
                "admissible",
                witness={"theta": "(1,)", "x": "(0,)", "y": "1", "eps": "1", "delta": "(-2,)"},
                detail="A longer perturbation does more harm.",
            ),
            Necessity(
                "label",
                witness={"theta": "(1,)", "x": "(0,)", "y": "1/2", "eps": "1", "delta": "(-1,)"},
                detail="For |y| < 1 the formula stays inside the cube; for |y| > 1 it leaves it.",
            ),
            Necessity("eps >= 0", detail="For ε < 0 no perturbation is feasible."),
        ),
        parameters={
            "d": Parameter(4, 1, 10, "dimension of the weights", integer=True),
            "eps": Parameter(0.6, 0.0, 100.0, "radius of the attack"),
        },
        notes=(
            "The maximiser is unique where no coordinate of θ is 0. Where θᵢ = 0 every "
            "δᵢ in [−ε, ε] is optimal, and sign(0) = 0 is one choice among them."
        ),
        cost=1.0,
    )
)


@ATTACK.check(Method.EXACT, Verdict.PROVED)
def coordinatewise(run: Run) -> Evidence:
    """−y t δ ≤ ε|t|, with equality at δ = −yε sign(t), decided by z3 for one coordinate."""
    import sympy

    from theory.smt import prove
    from theory.smt_signs import label, reals, sign_of, size_of
    from theory.symbolic import prove_monotone

    t, delta, eps, y = reals("t delta eps y")
    chosen = -y * eps * sign_of(t)
    given = [label(y), -eps <= delta, delta <= eps]
    best = prove(-y * t * delta <= -y * t * chosen, given=given)
    admissible = prove(size_of(chosen) <= eps, given=given)
    h = sympy.Symbol("h", real=True)
    increasing = prove_monotone(sympy.log(1 + sympy.exp(h)), h, sympy.exp(h) / (1 + sympy.exp(h)))
    return Evidence.from_proofs(
        Method.EXACT,
        [best, admissible, increasing],
        witness={
            "theta": (1, -2),
            "x": (3, 5),
            "y": -1,
            "eps": 1,
            "delta": (1, -1),
        },
        detail=(
            "The objective is a sum over coordinates, the constraint a product of intervals, so "
            "one coordinate decides every dimension; the loss increases in −yθᵀ(x+δ)."
        ),
    )


@ATTACK.check(Method.NUMERIC, Verdict.SUPPORTED)
def corners(run: Run) -> Evidence:
    """The loss at the closed form against the best of all corners of the cube."""
    import jax
    import numpy as np

    from theory.adversarial import adversarial_example

    d, eps, n = run.integer("d"), run["eps"], run.pick(100, 400)
    theta, x = run.rng.standard_normal((2, n, d))
    y = run.rng.choice([-1.0, 1.0], n)
    closed = jax.jit(
        jax.vmap(lambda t, a, b: adversarial_example(t, a, b, eps, np.inf)),
    )(theta, x, y)
    cube = eps * np.array(np.meshgrid(*[(-1.0, 1.0)] * d)).reshape(d, -1)
    best = np.max(-y[:, None] * (np.sum(theta * x, axis=1)[:, None] + theta @ cube), axis=1)
    found = -y * np.sum(theta * np.asarray(closed), axis=1)
    error = float(np.max(np.abs(found - best) / (1 + np.abs(best))))
    return Evidence.supported(admissible=n, tried=n, margin=-error, tolerance=1e-12, seed=run.seed)


SAME = register(
    Claim(
        id="kanai.lemma-3.same-signs",
        kind=Kind.LEMMA,
        source=Source("kanai", "Lemma 3", "both", ("17", "35", "36", "30 (early)", "32 (early)")),
        title="L∞: x'(θ₁) = x'(θ₂) where all signs agree",
        statement=(
            r"If all signs are the same, "
            r"$\forall i:\mathrm{sign}(\theta_{1,i})=\mathrm{sign}(\theta_{2,i})$, then "
            r"$\|x'(\theta_1)-x'(\theta_2)\|=0$."
        ),
        expected=Verdict.PROVED,
        hypotheses=(RADIUS, LINF_ATTACK, LABEL, SAME_SIGNS),
        conclusion=lambda w: Comparison(example_distance(w), "==", 0),
        domain={"d": Integers(1)},
        depends=("kanai.lemma-3.attack",),
        necessity=(
            Necessity(
                "same signs",
                witness={
                    "theta_1": "(1, 1/100)",
                    "theta_2": "(1, -1/100)",
                    "eps": "3/5",
                    "p": "inf",
                    "y": "1",
                },
                detail="One flipped sign moves the example by 2ε.",
            ),
            Necessity(
                "p = inf",
                witness={
                    "theta_1": "(3, 4)",
                    "theta_2": "(4, 3)",
                    "eps": "3/5",
                    "p": "2",
                    "y": "1",
                },
                detail="The L2 example turns with θ inside an orthant.",
            ),
            Necessity(
                "eps >= 0", detail="Not used: the two examples are one formula of the signs."
            ),
            Necessity("label", detail="Not used: the two examples are one formula of the signs."),
        ),
        parameters={
            "d": Parameter(4, 1, 50, "dimension of the weights", integer=True),
            "eps": Parameter(0.6, 0.0, 100.0, "radius of the attack"),
        },
        notes=(
            "Coordinates that are 0 in both weights are covered too, for the choice sign(0) = 0. "
            "The weights of one sign pattern form a convex set, so, unlike in Lemma 2, nothing is "
            "lost by arguing with derivatives there."
        ),
        cost=1.0,
    )
)


@SAME.check(Method.EXACT, Verdict.PROVED)
def equal_signs_equal_examples(run: Run) -> Evidence:
    """−yε sign(s) = −yε sign(t) for numbers of one sign, and exactly at rational points."""
    import z3

    from theory.exact import rational
    from theory.smt import prove
    from theory.smt_signs import reals, sign_of

    s, t, eps, y = reals("s t eps y")
    one_sign = z3.Or(z3.And(s > 0, t > 0), z3.And(s < 0, t < 0), z3.And(s == 0, t == 0))
    equal = prove(-y * eps * sign_of(s) == -y * eps * sign_of(t), given=[one_sign])
    x = (rational("1/7"), rational(-3), rational(2))
    first, second = (
        example((rational(a), rational(b), 0), x, -1, rational("3/5"), inf)
        for a, b in (("1/9", "-4"), ("70", "-1/3"))
    )
    return Evidence.from_proofs(
        Method.EXACT,
        [equal, Exactly(first == second, "the examples of two weights on a face of an orthant")],
        witness={"theta_1": (1, -2, 0), "theta_2": (9, "-1/7", 0), "eps": 1, "p": inf, "y": -1},
        detail="Coordinate by coordinate, hence in every dimension.",
    )


@SAME.check(Method.NUMERIC, Verdict.SUPPORTED)
def jacobian_is_zero(run: Run) -> Evidence:
    """jax.jacobian of the example vanishes inside orthants, and pairs have equal examples."""
    import jax
    import jax.numpy as jnp
    import numpy as np

    from theory.adversarial import adversarial_example
    from theory.sampling import in_orthant

    d, eps, n = run.integer("d"), run["eps"], run.pick(50, 200)
    x, y = jnp.ones(d), -1.0
    q = run.rng.choice([-1.0, 1.0], (n, d))
    first, second = (in_orthant(2 * run.rng.standard_normal((n, d)), q) for _ in range(2))

    def attack(theta: jax.Array) -> jax.Array:
        return adversarial_example(theta, x, y, eps, np.inf)

    def both(theta: jax.Array) -> tuple[jax.Array, jax.Array]:
        return attack(theta), jax.jacfwd(attack)(theta)

    value = jax.jit(jax.vmap(both))
    (one, slope), (two, _) = value(first), value(second)
    worst = max(float(jnp.abs(slope).max()), float(jnp.abs(one - two).max()))
    return Evidence.supported(admissible=n, tried=n, margin=-worst, tolerance=0.0, seed=run.seed)
