"""Theorem 2 with its exact constant, and what holds across orthants."""

from __future__ import annotations

from math import inf
from typing import Any

from theory.claim import Claim, Kind, Necessity, Parameter, Source
from theory.claims.kanai_lemma_3 import LINF_ATTACK, RADIUS, SAME_SIGNS
from theory.claims.kanai_theorem_2 import LABELS
from theory.evidence import Evidence, Method, Verdict
from theory.exact import Comparison, Point, norm, rational, sigmoid, subtract
from theory.exact.adversarial import (
    example,
    largest_eigenvalue,
    logit,
    mean_gradient,
    samples,
)
from theory.registry import register
from theory.run import Run
from theory.scope import Integers, Names, Scope


def second_moment(point: Point, weights: list[Any]) -> Any:
    """λ_max((1/N) Σ w_n x'_n x'_nᵀ) at θ₁."""
    theta, eps, p = point["theta_1"], point["eps"], point["p"]
    rows = [example(theta, x, y, eps, p) for x, y in samples(point)]
    d, n = len(theta), len(rows)
    matrix = [
        tuple(
            sum((w * row[i] * row[j] for w, row in zip(weights, rows, strict=True)), rational(0))
            / n
            for j in range(d)
        )
        for i in range(d)
    ]
    return largest_eigenvalue(matrix)


def change(point: Point) -> tuple[Any, Any]:
    """‖∇L_ε(θ₁) − ∇L_ε(θ₂)‖ and ‖θ₁ − θ₂‖."""
    first, second = point["theta_1"], point["theta_2"]
    moved = subtract(mean_gradient(point, first), mean_gradient(point, second))
    return norm(moved), norm(subtract(first, second))


def exact_constant(point: Point) -> Comparison:
    largest = second_moment(point, [1] * len(samples(point)))
    if point["part"] == "upper":
        moved, distance = change(point)
        return Comparison(moved, "<=", largest / 4 * distance)
    h = [logit(point["theta_1"], x, y, point["eps"], inf) for x, y in samples(point)]
    curvature = second_moment(point, [sigmoid(t) * (1 - sigmoid(t)) for t in h])
    slack = 1 - max(t * t for t in h) / 4
    return Comparison(curvature, ">=", slack * largest / 4)


EXACT = register(
    Claim(
        id="jaxat.theorem-2-exact",
        kind=Kind.RESULT,
        source=Source("jaxat", "Theorem 2, exact constant"),
        title="L∞: the smallest constant in an orthant is ¼ λ_max of the perturbed second moment",
        statement=(
            r"In the open orthant of the signs $q$ let $x'_n=x_n-y_n\varepsilon q$ and "
            r"$\Lambda=\lambda_{\max}\bigl(\frac1N\sum_n x'_nx_n'^\top\bigr)$. *Upper:* "
            r"$\|\nabla L_\varepsilon(\theta_1)-\nabla L_\varepsilon(\theta_2)\|\le\frac14\Lambda"
            r"\|\theta_1-\theta_2\|$. *Sharp:* $\lambda_{\max}(\nabla^2L_\varepsilon(\theta))\ge"
            r"\bigl(1-\frac14\max_n h_n(\theta)^2\bigr)\frac14\Lambda$ with $h_n(\theta)\to0$ as "
            r"$\theta\to0$ in the orthant, so no smaller constant serves."
        ),
        expected=Verdict.PROVED,
        hypotheses=(RADIUS, LINF_ATTACK, LABELS, SAME_SIGNS),
        conclusion=exact_constant,
        domain={"d": Integers(1), "part": Names("upper", "sharp")},
        depends=("kanai.lemma-3.same-signs",),
        necessity=(
            Necessity(
                "same signs",
                witness={
                    "part": "upper",
                    "theta_1": "(1, 1/100)",
                    "theta_2": "(1, -1/100)",
                    "x": "(-1, 1)",
                    "y": "1",
                    "eps": "3/5",
                    "p": "inf",
                },
                detail="Between two orthants the gradient jumps.",
            ),
            Necessity(
                "p = inf",
                witness={
                    "part": "upper",
                    "theta_1": "(1/100, 1/100)",
                    "theta_2": "(1/100, 1/50)",
                    "x": "(0, 0)",
                    "y": "1",
                    "eps": "1",
                    "p": "2",
                },
                detail="An L2 attack turns with the weights, which bends the loss near 0.",
            ),
            Necessity(
                "label",
                witness={
                    "part": "upper",
                    "theta_1": "(1/1000, 1/1000)",
                    "theta_2": "(1/500, 1/1000)",
                    "x": "(1, 1)",
                    "y": "10",
                    "eps": "0",
                    "p": "inf",
                },
                detail="A label of 10 acts like longer data, which Λ does not count.",
            ),
            Necessity("eps >= 0", detail="The proof does not use it; ε < 0 is no radius."),
        ),
        parameters={"eps": Parameter(0.6, 0.0, 10.0, "radius of the attack")},
        notes=(
            "Theorem 2 with $\\frac14\\max_n\\|x'_n\\|^2$ is never below this and equal to it for "
            "$N=1$. Inside an orthant the weights form a convex set, so the pairwise constant is "
            "the supremum of the Hessian's norm."
        ),
        cost=1.5,
    )
)


@EXACT.check(Method.SYMBOLIC, Verdict.PROVED)
def weighted_second_moment(run: Run) -> Evidence:
    """∇L(θ₁) − ∇L(θ₂) = AΔ, A = (1/N) Σ wₙ x'ₙx'ₙᵀ with 0 ≤ wₙ ≤ ¼, and ‖AΔ‖ ≤ ¼Λ‖Δ‖."""
    from theory.facts.sigmoid_lemmas import (
        cauchy_schwarz,
        sigmoid_increases,
        sigmoid_quarter_lipschitz,
    )
    from theory.smt import prove
    from theory.smt_signs import reals

    # v = AΔ; form(·) is ⟨·, A·⟩, and v2 = ‖v‖² = ⟨v, AΔ⟩.
    v2, distance2, form_v, form_d, bound = reals("v2 distance2 form_v form_d bound")
    squares = prove(
        v2 <= bound**2 * distance2,
        given=[
            bound >= 0,
            v2 >= 0,
            distance2 >= 0,
            form_v >= 0,
            form_d >= 0,
            v2**2 <= form_v * form_d,
            form_v <= bound * v2,
            form_d <= bound * distance2,
        ],
    )
    return Evidence.from_proofs(
        Method.SYMBOLIC,
        [sigmoid_increases(), sigmoid_quarter_lipschitz(), cauchy_schwarz(), squares],
        Scope("the upper bound", {"part": Names("upper")}),
        witness={
            "part": "upper",
            "theta_1": ("1/500", "1/1000"),
            "theta_2": ("1/1000", "1/1000"),
            "x": ((3, 1), (1, 2)),
            "y": (1, 1),
            "eps": 1,
            "p": inf,
        },
        detail=(
            "wₙ is the slope of σ between hₙ(θ₁) and hₙ(θ₂), in [0, ¼]. The form ⟨v, Aw⟩ is "
            "semidefinite and at most ¼Λ‖·‖², and Cauchy-Schwarz holds for it."
        ),
    )


@EXACT.check(Method.SYMBOLIC, Verdict.PROVED)
def curvature_near_the_origin(run: Run) -> Evidence:
    """σ'(h) = ¼ − (σ(h) − ½)² ≥ ¼(1 − h²/4), since |σ(h) − ½| ≤ |h|/4."""
    from theory.facts.sigmoid_lemmas import sigmoid_increases, sigmoid_quarter_lipschitz
    from theory.smt import prove
    from theory.smt_signs import reals, size_of

    s, h = reals("s h")
    half = (2 * s - 1) / 2
    curved = prove(4 * s * (1 - s) >= 1 - h**2 / 4, given=[4 * size_of(half) <= size_of(h)])
    return Evidence.from_proofs(
        Method.SYMBOLIC,
        [sigmoid_increases(), sigmoid_quarter_lipschitz(), curved],
        Scope("sharpness", {"part": Names("sharp")}),
        witness={
            "part": "sharp",
            "theta_1": ("1/100", "1/100"),
            "theta_2": ("1/100", "1/100"),
            "x": ((3, 1), (1, 2)),
            "y": (1, 1),
            "eps": 1,
            "p": inf,
        },
        detail="Both matrices are sums of the same squares, so the Rayleigh quotients compare.",
    )


@EXACT.check(Method.NUMERIC, Verdict.SUPPORTED)
def search(run: Run) -> Evidence:
    """Ratio ascent inside one orthant for three samples; the constant is approached from below."""
    import jax
    import jax.numpy as jnp
    import numpy as np

    from theory.adversarial import adversarial_gradient
    from theory.numeric import in_orthant, lipschitz_ratio, maximise_ratio, split_pair

    eps, q = run["eps"], np.array([1.0, -1.0])
    x, y = np.array([[-1.0, 1.0], [0.5, 2.0], [1.5, -0.25]]), np.array([1.0, -1.0, 1.0])
    worst = x - eps * y[:, None] * q
    bound = float(np.linalg.eigvalsh(worst.T @ worst / 3)[-1]) / 4

    def mean(theta: jax.Array) -> jax.Array:
        return jnp.mean(adversarial_gradient(theta, x, y, eps, inf), axis=0)

    def ratio(z: jax.Array) -> jax.Array:
        first, second = jax.vmap(lambda half: in_orthant(half, q))(split_pair(z))
        return lipschitz_ratio(mean, first, second) / bound

    starts = run.rng.standard_normal((run.pick(60, 100), 4))
    starts += run.rng.choice([0.0, -3.0, -5.0], (len(starts), 1))
    result = maximise_ratio(ratio, starts, steps=run.pick(100, 250))
    first, second = (in_orthant(half, q) for half in split_pair(result.point))
    point = {
        "part": "upper",
        "theta_1": first,
        "theta_2": second,
        "x": x,
        "y": y,
        "eps": eps,
        "p": inf,
    }
    return Evidence.supported(
        admissible=result.admissible,
        tried=result.tried,
        margin=1.0 - result.best,
        tolerance=1e-9,
        tightness=result.best,
        worst=point,
        seed=run.seed,
        scope=Scope("the upper bound", {"part": Names("upper")}),
    )
