"""Lemma 3 of Kanai et al., first sentence: when sign changes do destroy Lipschitz continuity."""

from __future__ import annotations

from theory.claim import Claim, Hypothesis, Kind, Necessity, Parameter, Source
from theory.claims.kanai_lemma_3 import (
    LABEL,
    LINF_ATTACK,
    POSITIVE_RADIUS,
    RADIUS,
    example_distance,
    weight_distance,
)
from theory.errata import Erratum
from theory.evidence import Evidence, Method, Verdict
from theory.exact import Comparison, Point
from theory.exact.adversarial import signs
from theory.registry import register
from theory.run import Run
from theory.scope import Integers, Names, Scope

SIGNS_DIFFER = Hypothesis(
    "signs differ",
    r"$\exists i: \mathrm{sign}(\theta_{1,i}) \ne \mathrm{sign}(\theta_{2,i})$",
    lambda w: signs(w["theta_1"]) != signs(w["theta_2"]),
)


def separated(point: Point) -> list[Comparison]:
    """min |θ_i| ≥ a > 0 for both weights."""
    entries = [abs(t) for name in ("theta_1", "theta_2") for t in point[name]]
    return [Comparison(point["a"], ">", 0), *(Comparison(t, ">=", point["a"]) for t in entries)]


SEPARATED = Hypothesis(
    "separated",
    r"$\min_i|\theta_{k,i}| \ge a > 0$ for $k=1,2$",
    separated,
)

register(
    Claim(
        id="kanai.lemma-3.sign-change",
        kind=Kind.LEMMA,
        source=Source("kanai", "Lemma 3, first sentence", "both"),
        title="L∞: x'(θ) is not Lipschitz on a set in which the sign of a weight differs",
        statement=(
            r"If the sign of one element at least is different between $\theta_1$ and $\theta_2$ "
            r"($\exists i:\mathrm{sign}(\theta_{1,i})\ne\mathrm{sign}(\theta_{2,i})$), adversarial "
            r"examples are not Lipschitz continuous."
        ),
        expected=Verdict.REFUTED,
        repaired_by=("kanai.lemma-3.sign-change.repaired",),
        hypotheses=(
            POSITIVE_RADIUS,
            LINF_ATTACK,
            LABEL,
            SIGNS_DIFFER,
            Hypothesis("constant", r"any candidate $L \ge 0$", lambda w: w["L"] >= 0),
        ),
        conclusion=lambda w: Comparison(example_distance(w), ">", w["L"] * weight_distance(w)),
        domain={"d": Integers(1)},
        notes=(
            "Lipschitz continuity is a property of a function on a set, not of a pair. Whatever "
            "the set is, some constant $L$ serves as soon as weights of different signs keep a "
            "positive distance from one another."
        ),
    )
)


def lipschitz_or_jump(point: Point) -> Comparison:
    if point["part"] == "upper":
        bound = point["eps"] / point["a"] * weight_distance(point)
        return Comparison(example_distance(point), "<=", bound)
    return Comparison(example_distance(point), ">=", 2 * point["eps"])


REPAIRED = register(
    Claim(
        id="kanai.lemma-3.sign-change.repaired",
        kind=Kind.LEMMA,
        source=Source("kanai", "Lemma 3, first sentence", "both"),
        title="L∞: ε/a-Lipschitz where all |θᵢ| ≥ a; a flipped sign moves x' by at least 2ε",
        statement=(
            r"*Upper:* on $\{\min_i|\theta_i|\ge a\}$, sign changes included, "
            r"$\|x'(\theta_1)-x'(\theta_2)\|\le\frac{\varepsilon}{a}\|\theta_1-\theta_2\|$. "
            r"*Jump:* if a sign differs and no coordinate is 0, "
            r"$\|x'(\theta_1)-x'(\theta_2)\|\ge2\varepsilon$. Hence on a set of weights without "
            r"zero coordinates $x'$ is Lipschitz exactly if weights of different signs keep a "
            r"positive distance from one another."
        ),
        expected=Verdict.PROVED,
        hypotheses=(RADIUS, LINF_ATTACK, LABEL, SIGNS_DIFFER, SEPARATED),
        conclusion=lipschitz_or_jump,
        domain={"d": Integers(1), "part": Names("upper", "jump")},
        depends=("kanai.theorem-2.otherwise-bound.repaired", "kanai.lemma-3.same-signs"),
        necessity=(
            Necessity(
                "separated",
                witness={
                    "part": "upper",
                    "theta_1": "(1, 1/100)",
                    "theta_2": "(1, -1/100)",
                    "a": "1",
                    "eps": "1",
                    "p": "inf",
                    "y": "1",
                },
                detail="Opposite signs at distance 1/50 beat the constant ε/1 a hundredfold.",
            ),
            Necessity(
                "signs differ",
                witness={
                    "part": "jump",
                    "theta_1": "(1, 2)",
                    "theta_2": "(1, 1)",
                    "a": "1",
                    "eps": "1",
                    "p": "inf",
                    "y": "1",
                },
                detail="For the jump; the upper bound holds for equal signs too, with constant 0.",
            ),
            Necessity(
                "p = inf",
                witness={
                    "part": "jump",
                    "theta_1": "(100, 1)",
                    "theta_2": "(100, -1)",
                    "a": "1",
                    "eps": "1",
                    "p": "2",
                    "y": "1",
                },
                detail="An L2 example moves little when a small weight changes its sign; the upper "
                "bound is Lemma 2.",
            ),
            Necessity(
                "eps >= 0",
                witness={
                    "part": "upper",
                    "theta_1": "(1,)",
                    "theta_2": "(-1,)",
                    "a": "1",
                    "eps": "-1",
                    "p": "inf",
                    "y": "1",
                },
                detail="A formality: a negative radius makes the bound negative.",
            ),
            Necessity(
                "label",
                witness={
                    "part": "upper",
                    "theta_1": "(1,)",
                    "theta_2": "(-1,)",
                    "a": "1",
                    "eps": "1",
                    "p": "inf",
                    "y": "2",
                },
                detail="A formality: the formula for x' is meant for labels of modulus 1.",
            ),
        ),
        parameters={
            "d": Parameter(3, 1, 50, "dimension of the weights", integer=True),
            "eps": Parameter(0.6, 0.0, 100.0, "radius of the attack"),
            "a": Parameter(0.5, 1e-6, 100.0, "smallest size of a coordinate"),
        },
        notes=(
            "If the distances of weights of different signs have infimum $r>0$ on a set, the "
            "Lipschitz constant is at most $2\\varepsilon\\sqrt d/r$; if the infimum is 0, the "
            "jump of $2\\varepsilon$ over vanishing distances excludes every constant."
        ),
        cost=1.5,
    )
)


@REPAIRED.check(Method.EXACT, Verdict.PROVED)
def coordinate_and_induction(run: Run) -> Evidence:
    """a |sign s − sign t| ≤ |s − t| for |s|, |t| ≥ a, then squares summed."""
    from theory.smt import prove
    from theory.smt_signs import reals, sign_of, size_of

    s, t, a, jumps, squares = reals("s t a jumps squares")
    jump = sign_of(s) - sign_of(t)
    given = [a > 0, size_of(s) >= a, size_of(t) >= a]
    one = prove(a**2 * jump**2 <= (s - t) ** 2, given=given)
    step = prove(
        a**2 * (jumps + jump**2) <= squares + (s - t) ** 2,
        given=[*given, a**2 * jumps <= squares],
    )
    return Evidence.from_proofs(
        Method.EXACT,
        [one, step],
        Scope("the upper bound", {"part": Names("upper")}),
        witness={
            "part": "upper",
            "theta_1": (1, 2),
            "theta_2": (-1, 2),
            "a": 1,
            "eps": 1,
            "p": float("inf"),
            "y": 1,
        },
        detail="The second query is the induction over coordinates, so the proof is for every d.",
    )


@REPAIRED.check(Method.EXACT, Verdict.PROVED)
def a_flip_moves_by_two_eps(run: Run) -> Evidence:
    """(ε sign s − ε sign t)² = 4ε² for s, t of opposite sign; further coordinates only add."""
    from theory.smt import prove
    from theory.smt_signs import reals, sign_of

    s, t, eps, others = reals("s t eps others")
    moved = (eps * sign_of(s) - eps * sign_of(t)) ** 2
    proof = prove(moved + others >= (2 * eps) ** 2, given=[s * t < 0, eps >= 0, others >= 0])
    # "Exactly if": distances of at least r between different signs leave 2 eps sqrt(d) / r, and
    # distances below 2 eps / L refute the constant L.
    far, away, r, root, top = reals("distance moved r sqrt_d L")
    enough = prove(
        away * r <= 2 * eps * root * far,
        given=[r > 0, far >= r, eps >= 0, root >= 1, away <= 2 * eps * root, away >= 0],
    )
    needed = prove(
        away > top * far,
        given=[top > 0, eps > 0, away >= 2 * eps, far >= 0, far * top < 2 * eps],
    )
    return Evidence.from_proofs(
        Method.EXACT,
        [proof, enough, needed],
        Scope("the jump", {"part": Names("jump")}),
        witness={
            "part": "jump",
            "theta_1": (1, 2),
            "theta_2": (-1, 2),
            "a": 1,
            "eps": 1,
            "p": float("inf"),
            "y": 1,
        },
    )


@REPAIRED.check(Method.NUMERIC, Verdict.SUPPORTED)
def search(run: Run) -> Evidence:
    """Ratio ascent over pairs of weights with all |θᵢ| ≥ a and any signs."""
    import jax
    import jax.numpy as jnp
    import numpy as np

    from theory.adversarial import adversarial_example
    from theory.numeric import lipschitz_ratio, maximise_ratio, split_pair

    d, eps, a = run.integer("d"), run["eps"], run["a"]

    def weights(z: jax.Array) -> jax.Array:
        # The first halves choose the orthants, which no ascent can leave; the second the sizes.
        orthant, size = split_pair(z)
        return split_pair(jnp.where(orthant < 0, -1.0, 1.0) * (a + size**2))

    def attack(theta: jax.Array) -> jax.Array:
        return adversarial_example(theta, jnp.zeros(d), 1, eps, np.inf)

    def ratio(z: jax.Array) -> jax.Array:
        first, second = weights(z)
        return lipschitz_ratio(attack, first, second) * a / max(eps, 1e-300)

    starts = run.rng.standard_normal((run.pick(60, 120), 4 * d))
    result = maximise_ratio(ratio, starts, steps=run.pick(80, 200))
    first, second = weights(jnp.asarray(result.point))
    worst = {
        "part": "upper",
        "theta_1": first,
        "theta_2": second,
        "a": a,
        "eps": eps,
        "p": float("inf"),
        "y": 1,
    }
    return Evidence.supported(
        admissible=result.admissible,
        tried=result.tried,
        margin=1.0 - result.best,
        tolerance=1e-9,
        tightness=result.best,
        worst=worst if eps > 0 else None,
        seed=run.seed,
        scope=Scope("the upper bound", {"part": Names("upper")}),
    )


ERRATA = (
    Erratum(
        id="kanai.erratum-12",
        where="Lemma 3, first sentence, and end of its proof (both versions)",
        printed=(
            "“If the sign of one element at least is different …, adversarial examples are not "
            "Lipschitz continuous.”"
        ),
        correct=(
            r"They fail to be Lipschitz exactly on sets that contain weights of different signs at "
            r"arbitrarily small distance; on $\{\min_i|\theta_i|\ge a\}$ they are "
            r"$\varepsilon/a$-Lipschitz across all sign changes."
        ),
        claim="kanai.lemma-3.sign-change",
    ),
)
