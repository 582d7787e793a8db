"""Lemma 2, sharpened: an identity for ‖x'(θ₁) − x'(θ₂)‖ and the best constant of a pair."""

from __future__ import annotations

from math import inf

from theory.claim import Claim, Hypothesis, Kind, Necessity, Parameter, Source
from theory.evidence import Evidence, Method, Verdict
from theory.exact import Comparison, Point, norm, subtract
from theory.exact.linear import l2_example
from theory.registry import register
from theory.run import Run
from theory.scope import Integers, Names, Reals, Scope

NONZERO = Hypothesis(
    "weights != 0",
    r"$\theta_1, \theta_2 \ne 0$",
    lambda w: tuple(Comparison(norm(w[name]), ">", 0) for name in ("theta_1", "theta_2")),
)
RADIUS = Hypothesis("eps >= 0", r"$\varepsilon \ge 0$", lambda w: w["eps"] >= 0)


def _moved(point: Point) -> tuple:
    zero = tuple(0 for _ in point["theta_1"])
    first, second = (
        l2_example(point[name], zero, point["y"], point["eps"]) for name in ("theta_1", "theta_2")
    )
    return subtract(first, second)


def exact_distance(point: Point) -> Comparison:
    """‖x'₁ − x'₂‖² = (ε²/ab)(‖θ₁ − θ₂‖² − (a − b)²), a = ‖θ₁‖, b = ‖θ₂‖."""
    a, b = norm(point["theta_1"]), norm(point["theta_2"])
    apart = norm(subtract(point["theta_1"], point["theta_2"]))
    right = point["eps"] ** 2 / (a * b) * (apart**2 - (a - b) ** 2)
    return Comparison(norm(_moved(point)) ** 2, "==", right)


def dunkl_williams(point: Point) -> Comparison:
    """‖x'₁ − x'₂‖ ≤ 2ε/(a + b) ‖θ₁ − θ₂‖."""
    a, b = norm(point["theta_1"]), norm(point["theta_2"])
    apart = norm(subtract(point["theta_1"], point["theta_2"]))
    return Comparison(norm(_moved(point)), "<=", 2 * point["eps"] / (a + b) * apart)


EXACT = register(
    Claim(
        id="jaxat.lemma-2-exact",
        kind=Kind.RESULT,
        source=Source("jaxat", "Lemma 2 as an identity"),
        title="L2: ‖x'₁ − x'₂‖² = (ε²/ab)(‖θ₁ − θ₂‖² − (a − b)²), a = ‖θ₁‖, b = ‖θ₂‖",
        statement=(
            r"For all $\theta_1,\theta_2\ne0$, with $a=\|\theta_1\|$, $b=\|\theta_2\|$: "
            r"$\|x'(\theta_1)-x'(\theta_2)\|^2=\frac{\varepsilon^2}{ab}"
            r"\left(\|\theta_1-\theta_2\|^2-(a-b)^2\right)$. Hence for $\varepsilon>0$, "
            r"$\theta_1\ne\theta_2$, equality holds in Lemma 2 if and only if "
            r"$a=b=\theta_{\min}$."
        ),
        expected=Verdict.PROVED,
        hypotheses=(NONZERO,),
        conclusion=exact_distance,
        domain={"d": Integers(1), "part": Names("identity", "case of equality")},
        parameters={"eps": Parameter(0.6, 1e-6, 100.0, "radius of the attack")},
        necessity=(Necessity("weights != 0", detail="Both sides have a value only away from 0."),),
    )
)


@EXACT.check(Method.SYMBOLIC, Verdict.PROVED)
def bilinear_expansion(run: Run) -> Evidence:
    """Both sides expand to ε²(2 − 2⟨θ₁, θ₂⟩/(ab))."""
    import sympy

    from theory.gram import gram, norm_squared
    from theory.symbolic import prove_zero

    a, b = sympy.symbols("a b", positive=True)
    eps = sympy.Symbol("epsilon", nonnegative=True)
    u, v = gram("u v", norms={"u": a, "v": b})
    right = eps**2 * (norm_squared(u - v) - (a - b) ** 2) / (a * b)
    proof = prove_zero(norm_squared(eps * (u / a - v / b)) - right)
    return Evidence.from_proofs(
        Method.SYMBOLIC,
        [proof],
        Scope("the identity, every dimension", {"part": Names("identity")}),
        witness={"theta_1": (3, 4), "theta_2": (-3, 4), "eps": "3/5", "y": 1},
    )


@EXACT.check(Method.EXACT, Verdict.PROVED)
def equality_case(run: Run) -> Evidence:
    """z3: equality in Lemma 2 with θ₁ ≠ θ₂ forces ‖θ₁‖ = ‖θ₂‖ = θ_min, and conversely."""
    import z3

    from theory.smt import gram_pair, prove, reals

    pair = gram_pair()
    (m,) = reals("m")
    given = [*pair.constraints, m > 0, pair.a >= m, pair.b >= m, pair.distance_squared > 0]
    left = (2 * pair.a * pair.b - 2 * pair.p) * m**2
    right = pair.distance_squared * pair.a * pair.b
    forward = prove(z3.And(pair.a == m, pair.b == m), given=[*given, left == right])
    back = prove(left == right, given=[*given, pair.a == m, pair.b == m])
    return Evidence.from_proofs(
        Method.EXACT,
        [forward, back],
        Scope("the case of equality, every dimension", {"part": Names("case of equality")}),
    )


@EXACT.check(Method.NUMERIC, Verdict.SUPPORTED)
def closed_form(run: Run) -> Evidence:
    """The identity for theory.adversarial at pairs that nearly coincide, or are antipodal."""
    import jax
    import numpy as np

    from theory.adversarial import adversarial_example
    from theory.numeric import pair_starts

    eps, n, d = run["eps"], run.pick(100, 400), 3
    pairs = pair_starts(run.rng, n, d).reshape(n, 2, d)
    shift = jax.jit(jax.vmap(jax.vmap(lambda t: adversarial_example(t, np.zeros(d), -1, eps, 2.0))))
    moved = np.asarray(shift(pairs))
    left = np.linalg.norm(moved[:, 0] - moved[:, 1], axis=1)
    a, b = np.linalg.norm(pairs, axis=2).T
    apart = np.linalg.norm(pairs[:, 0] - pairs[:, 1], axis=1)
    right = eps * np.sqrt(np.maximum(apart**2 - (a - b) ** 2, 0.0) / (a * b))
    # Relative to the size of the examples: near-equal pairs cancel in both expressions.
    worst = float(np.max(np.abs(left**2 - right**2)) / eps**2)
    return Evidence.supported(admissible=n, tried=n, margin=-worst, tolerance=1e-12, seed=run.seed)


ANTIPODAL: Point = {"theta_1": (3, 4), "theta_2": (-6, -8), "eps": "3/5", "y": 1}

PAIR = register(
    Claim(
        id="jaxat.lemma-2-dunkl-williams",
        kind=Kind.RESULT,
        source=Source("jaxat", "Lemma 2, best constant of a pair"),
        title="L2: ‖x'₁ − x'₂‖ ≤ 2ε/(‖θ₁‖ + ‖θ₂‖) · ‖θ₁ − θ₂‖, and this is best",
        statement=(
            r"For all $\theta_1,\theta_2\ne0$, with $a=\|\theta_1\|$, $b=\|\theta_2\|$: "
            r"$\|x'(\theta_1)-x'(\theta_2)\|\le\frac{2\varepsilon}{a+b}\|\theta_1-\theta_2\|$ "
            r"(the inequality of Dunkl and Williams), with equality for equal norms and for "
            r"antipodal directions, and "
            r"$\frac{2\varepsilon}{a+b}\le\frac{\varepsilon}{\sqrt{ab}}"
            r"\le\frac{\varepsilon}{\min(a,b)}$."
        ),
        expected=Verdict.PROVED,
        hypotheses=(RADIUS, NONZERO),
        conclusion=dunkl_williams,
        domain={"d": Integers(1), "eps": Reals(0, inf)},
        depends=("jaxat.lemma-2-exact",),
        necessity=(
            Necessity("weights != 0", detail="The examples have a formula only away from 0."),
            Necessity(
                "eps >= 0",
                witness={"theta_1": "(1, 0)", "theta_2": "(0, 1)", "eps": "-1", "y": "1"},
                detail="A negative radius makes the bound negative.",
            ),
        ),
        notes="No set, no minimum norm and no convexity occurs; Lemma 2 is a corollary.",
    )
)


@PAIR.check(Method.SYMBOLIC, Verdict.PROVED)
def gap(run: Run) -> Evidence:
    """4‖Δ‖²/(a+b)² − ‖u₁−u₂‖² = ‖u₁+u₂‖² (a−b)²/(a+b)², and 4‖u₁+u₂‖² is visibly not negative."""
    import sympy

    from theory.gram import gram, norm_squared
    from theory.symbolic import prove_nonnegative_by_identity, prove_zero

    a, b = sympy.symbols("a b", positive=True)
    s = sympy.Symbol("s", nonnegative=True)
    u, v = gram("u v", norms={"u": sympy.Integer(1), "v": sympy.Integer(1)})
    difference = 4 * norm_squared(a * u - b * v) / (a + b) ** 2 - norm_squared(u - v)
    claimed = norm_squared(u + v) * (a - b) ** 2 / (a + b) ** 2
    # a + b ≥ 2√(ab), and √(ab) ≥ b for a = b + s.
    means = prove_nonnegative_by_identity((a + b) ** 2 - 4 * a * b, (a - b) ** 2)
    least = prove_nonnegative_by_identity((b + s) * b - b**2, s * b)
    # Equality: equal norms, or u + v = 0.
    at_equal = prove_zero(claimed.subs(a, b))
    return Evidence.from_proofs(
        Method.SYMBOLIC,
        [prove_zero(difference - claimed), means, least, at_equal],
        witness=ANTIPODAL,
        detail="‖u₁ + u₂‖² ≥ 0 is the only inequality used; u₁, u₂ are the directions.",
    )


@PAIR.check(Method.EXACT, Verdict.PROVED)
def smt(run: Run) -> Evidence:
    """The same, multiplied out, decided by z3 in a, b and ⟨θ₁, θ₂⟩."""
    from theory.smt import gram_pair, prove

    pair = gram_pair()
    left = (2 * pair.a * pair.b - 2 * pair.p) * (pair.a + pair.b) ** 2
    right = 4 * pair.distance_squared * pair.a * pair.b
    proof = prove(left <= right, given=list(pair.constraints))
    return Evidence.from_proofs(Method.EXACT, [proof], witness=ANTIPODAL)
