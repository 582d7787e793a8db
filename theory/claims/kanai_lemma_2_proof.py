"""The first half of the proof of Lemma 2 of Kanai et al.: which perturbation is the worst one."""

from __future__ import annotations

from typing import Any

from theory.claim import Claim, Hypothesis, Kind, Necessity, Parameter, Source
from theory.errata import Erratum
from theory.evidence import Evidence, Method, Verdict
from theory.exact import Comparison, Point, add, dot, norm, scale, sigmoid
from theory.exact.linear import clean_loss
from theory.registry import register
from theory.run import Run
from theory.scope import Integers

NONZERO = Hypothesis(
    "theta != 0", r"$\theta \ne 0$", lambda w: Comparison(norm(w["theta"]), ">", 0)
)
RADIUS = Hypothesis("eps > 0", r"$\varepsilon > 0$", lambda w: Comparison(w["eps"], ">", 0))
LABEL = Hypothesis("label", r"$y \in \{-1, 1\}$", lambda w: abs(w["y"]) == 1)
FEASIBLE = Hypothesis(
    "delta in the ball",
    r"$\|\delta\|_2 \le \varepsilon$",
    lambda w: Comparison(norm(w["delta"]), "<=", w["eps"]),
)


def multiple_of_theta(y: Any, eps: Any, length: Any) -> Any:
    """k in δ = kθ: −yε/‖θ‖."""
    return -y * eps / length


def example_is_worst(point: Point) -> tuple[Comparison, ...]:
    """x' is feasible, and the loss at x + δ is at most the loss at x'."""
    theta, x, y, eps = (point[name] for name in ("theta", "x", "y", "eps"))
    shift = scale(multiple_of_theta(y, eps, norm(theta)), theta)
    return (
        Comparison(norm(shift), "<=", eps),
        Comparison(
            clean_loss(theta, add(x, point["delta"]), y), "<=", clean_loss(theta, add(x, shift), y)
        ),
    )


EXAMPLE = register(
    Claim(
        id="kanai.lemma-2.example",
        kind=Kind.STEP,
        source=Source("kanai", "Lemma 2, proof", "both", ("20 (early)",)),
        title="L2: the adversarial example of the linear model is x − yε θ/‖θ‖",
        statement=(
            r"$\operatorname{argmax}_\delta \log(1+\exp(-y\theta^\top(x+\delta)))$ subject to "
            r"$\|\delta\|_2\le\varepsilon$: we consider the case of $y=1$ (the same results are "
            r"easily derived for $y=-1$) and have $x'(\theta)=x-\varepsilon\theta/\|\theta\|_2$."
        ),
        expected=Verdict.PROVED,
        hypotheses=(RADIUS, NONZERO, LABEL, FEASIBLE),
        conclusion=example_is_worst,
        domain={"d": Integers(1)},
        parameters={
            "d": Parameter(3, 1, 50, "dimension of the weights", integer=True),
            "eps": Parameter(0.6, 1e-6, 100.0, "radius of the attack"),
        },
        necessity=(
            Necessity(
                "delta in the ball",
                witness={
                    "theta": "(1, 0)",
                    "x": "(0, 0)",
                    "y": "1",
                    "eps": "1",
                    "delta": "(-2, 0)",
                },
                detail="A longer perturbation does more harm.",
            ),
            Necessity(
                "theta != 0",
                detail="At 0 the formula has no value; every point of the ball is a maximiser.",
            ),
            Necessity(
                "label",
                witness={
                    "theta": "(1, 0)",
                    "x": "(0, 0)",
                    "y": "1/2",
                    "eps": "1",
                    "delta": "(-1, 0)",
                },
                detail="The length of $-y\\varepsilon\\theta/\\|\\theta\\|$ is ε for |y| = 1 only.",
            ),
            Necessity(
                "eps > 0",
                detail="For ε = 0 the formula holds too; for ε < 0 no perturbation is feasible.",
            ),
        ),
        notes="The proof also shows that for $\\theta\\ne0$ there is no other maximiser.",
        cost=1.0,
    )
)


@EXAMPLE.check(Method.SYMBOLIC, Verdict.PROVED)
def margin_and_monotonicity(run: Run) -> Evidence:
    """−yθᵀδ ≤ ε‖θ‖ with equality only at −yεθ/‖θ‖, and the loss increases in −yθᵀ(x + δ)."""
    import sympy

    from theory.gram import dot as inner
    from theory.gram import gram, norm_squared
    from theory.smt import gram_pair, prove, reals
    from theory.symbolic import prove_monotone, prove_zero

    t = sympy.Symbol("t", real=True)
    rising = prove_monotone(sympy.log(1 + sympy.exp(t)), t, 1 / (1 + sympy.exp(-t)))
    a, eps = sympy.symbols("a epsilon", positive=True)
    (theta,) = gram("theta", norms={"theta": a})
    attained = []
    for y in (1, -1):
        delta = multiple_of_theta(y, eps, a) * theta
        attained += [
            prove_zero(norm_squared(delta) - eps**2),
            prove_zero(-y * inner(theta, delta) - eps * a),
        ]
    # z3: a = ‖θ‖, b = ‖δ‖, p = ⟨yθ, δ⟩.
    pair, (radius,) = gram_pair(), reals("eps")
    # δ = 0 is feasible, so b may be 0.
    given = [pair.a > 0, pair.b >= 0, *pair.constraints[2:], radius > 0, pair.b <= radius]
    bound = prove(-pair.p <= radius * pair.a, given=given)
    gap_squared = pair.b**2 * pair.a + 2 * radius * pair.p + radius**2 * pair.a
    only = prove(gap_squared <= 0, given=[*given, -pair.p >= radius * pair.a])
    return Evidence.from_proofs(
        Method.SYMBOLIC,
        [rising, *attained, bound, only],
        witness={"theta": (3, 4), "x": (1, 1), "y": -1, "eps": 1, "delta": ("3/5", "4/5")},
        detail="Cauchy-Schwarz in norms and one inner product, for both labels.",
    )


@EXAMPLE.check(Method.NUMERIC, Verdict.SUPPORTED)
def attack_by_ascent(run: Run) -> Evidence:
    """Ascent over θ, x and δ for y = −1: the loss over the claimed maximum never exceeds 1."""
    import jax.numpy as jnp

    from theory.adversarial import adversarial_example
    from theory.numeric import in_ball, maximise_ratio, starting_points

    d, eps = run.integer("d"), run["eps"]

    def ratio(z: Any) -> Any:
        theta, x, free = z.reshape(3, d)
        delta = in_ball(free, eps)
        worst = adversarial_example(theta, x, -1, eps, 2.0)
        reached, claimed = jnp.dot(theta, x + delta), jnp.dot(theta, worst)
        return jnp.logaddexp(0.0, reached) / jnp.logaddexp(0.0, claimed)

    starts = starting_points(run.rng, run.pick(20, 60), 3 * d, scales=(0.3, 1.0, 3.0))
    result = maximise_ratio(ratio, starts, steps=run.pick(60, 150))
    return Evidence.supported(
        admissible=result.admissible,
        tried=result.tried,
        margin=1.0 - result.best,
        tolerance=1e-12,
        seed=run.seed,
    )


def stationary(run: Run) -> Evidence:
    """∇J(δ) along any v is that of (31), and it vanishes at δ = −εθ/‖θ‖, λ = −σ‖θ‖ ≤ 0."""
    import sympy

    from theory.gram import gram, norm_squared
    from theory.symbolic import prove_nonnegative_by_identity, prove_zero

    m, p, q, lam, t = sympy.symbols("m p q lambda t", real=True)
    a, b, w, eps = sympy.symbols("a b w epsilon", positive=True)
    # m = θᵀ(x + δ), p = θᵀv, q = δᵀv, b = ‖δ‖, w = ‖v‖.
    length = sympy.sqrt(b**2 + 2 * t * q + t**2 * w**2)
    lagrangian = sympy.log(1 + sympy.exp(-(m + t * p))) + lam * (length - eps)
    printed = -sympy.exp(-m) / (1 + sympy.exp(-m)) * p + lam * q / b
    gradient = prove_zero(sympy.diff(lagrangian, t).subs(t, 0) - printed)
    s = sympy.exp(-m) / (1 + sympy.exp(-m))
    (theta,) = gram("theta", norms={"theta": a})
    delta = -eps * theta / a
    at_solution = prove_zero(norm_squared(-s * theta + (-s * a) * delta / eps))
    on_sphere = prove_zero(norm_squared(delta) - eps**2)
    sign = prove_nonnegative_by_identity(-(-s * a), a * sympy.exp(-m) / (1 + sympy.exp(-m)))
    return Evidence.from_proofs(
        Method.SYMBOLIC,
        [gradient, at_solution, on_sphere, sign],
        witness={"theta": (3, 4), "x": ("3/5", "4/5"), "eps": 1},
        detail="The derivative is taken along an arbitrary v, so the dimension does not matter.",
    )


def kkt_conditions(point: Point) -> tuple[Comparison, ...]:
    """(28) to (30) at δ = −εθ/‖θ‖, λ = −σ‖θ‖, σ = σ(−θᵀ(x + δ)), with ∇J as in (31)."""
    theta, x, eps = point["theta"], point["x"], point["eps"]
    length = norm(theta)
    delta = scale(multiple_of_theta(1, eps, length), theta)
    weight = sigmoid(-dot(theta, add(x, delta)))
    multiplier = -weight * length
    gradient = add(scale(-weight, theta), scale(multiplier / norm(delta), delta))
    return (
        *(Comparison(g, "==", 0) for g in gradient),
        Comparison(norm(delta), "<=", eps),
        Comparison(multiplier, "<=", 0),
    )


KKT = register(
    Claim(
        id="kanai.lemma-2.kkt",
        kind=Kind.STEP,
        source=Source("kanai", "Lemma 2, proof", "both", ("27 to 31", "21 to 25 (early)")),
        title="L2: the conditions (28) to (30) hold at δ = −εθ/‖θ‖ with λ = −σ‖θ‖",
        statement=(
            r"$J(\delta)=\log(1+\exp(-\theta^\top(x+\delta)))+\lambda(\|\delta\|_2-\varepsilon)$; "
            r"the solution satisfies $\nabla_\delta J=0$, $\|\delta\|_2-\varepsilon\le0$, "
            r"$\lambda\le0$, where $\nabla_\delta J=\frac{-\exp(-\theta^\top(x+\delta))}"
            r"{1+\exp(-\theta^\top(x+\delta))}\theta+\lambda\frac{\delta}{\|\delta\|_2}$."
        ),
        expected=Verdict.PROVED,
        hypotheses=(RADIUS, NONZERO),
        conclusion=kkt_conditions,
        domain={"d": Integers(1)},
        necessity=(
            Necessity(
                "eps > 0",
                witness={"theta": "(3, 4)", "x": "(-3/5, -4/5)", "eps": "-1"},
                detail="A formality: a negative radius leaves no feasible perturbation.",
            ),
            Necessity("theta != 0", detail="At 0 neither δ nor the direction of λ's term exists."),
        ),
        notes=(
            "The paper does not name the multiplier; $\\lambda=-\\sigma(-\\theta^\\top "
            "x')\\|\\theta\\|$."
        ),
    )
)
KKT.check(Method.SYMBOLIC, Verdict.PROVED)(stationary)


register(
    Claim(
        id="kanai.lemma-2.proof-k",
        kind=Kind.STEP,
        source=Source("kanai", "Lemma 2, proof", "both", ("29", "23 (early)")),
        title="L2: the worst δ = −kθ has k = ε",
        statement=(
            r"We can write $\delta=-k\theta$ where $k\ge0$. … we have $k=\varepsilon$ from Eq. "
            r"(29)."
        ),
        expected=Verdict.REFUTED,
        repaired_by=("kanai.lemma-2.example",),
        hypotheses=(RADIUS, NONZERO),
        conclusion=lambda w: Comparison(norm(scale(-w["eps"], w["theta"])), "==", w["eps"]),
        domain={"d": Integers(1)},
    )
)


ERRATA = (
    Erratum(
        "kanai.erratum-3",
        "Lemma 2, proof (both versions)",
        r"$\delta=-k\theta$ with $k=\varepsilon$",
        r"$k=\varepsilon/\|\theta\|_2$; the next line of the proof uses this value",
        claim="kanai.lemma-2.proof-k",
    ),
    Erratum(
        "kanai.erratum-5",
        "Lemma 2, proof, after final Eq. (31) / early Eq. (25)",
        r"$\lambda/\|\theta_2\|$",
        r"$\lambda/\|\delta\|_2$",
        why="It is the second coefficient in the equation that the sentence refers to.",
    ),
    Erratum(
        "kanai.erratum-6",
        "Lemma 2, proof (both versions)",
        r"$x'(\theta)=x-\varepsilon\theta/\|\theta\|_2$, said for $y=1$ and used for every label",
        r"$x'(\theta)=x-y\varepsilon\theta/\|\theta\|_2$; the Lemma is the same for both labels",
        claim="kanai.lemma-2.example",
    ),
)
