"""Theorem 1 of Kanai et al.: the linear model under an L2 attack is smooth away from 0."""

from __future__ import annotations

from typing import Any

from theory.claim import Claim, Hypothesis, Kind, Necessity, Parameter, Source
from theory.evidence import Evidence, Method, Verdict
from theory.exact import Comparison, Point, norm, subtract
from theory.exact.linear import mean, mixed_constant, worst_gradient
from theory.registry import register
from theory.run import Run
from theory.scope import Integers


def gradient_differences(point: Point) -> list[tuple]:
    """∇ℓ_ε(x_n, θ₁) − ∇ℓ_ε(x_n, θ₂) for every sample."""
    samples = list(zip(point["x"], point["y"], strict=True))
    first, second = (
        [worst_gradient(point[name], x, y, point["eps"]) for x, y in samples]
        for name in ("theta_1", "theta_2")
    )
    return [subtract(g, h) for g, h in zip(first, second, strict=True)]


def smooth_with(point: Point, constant: Any) -> Comparison:
    """‖∇L_ε(θ₁) − ∇L_ε(θ₂)‖ ≤ constant · ‖θ₁ − θ₂‖."""
    distance = norm(subtract(point["theta_1"], point["theta_2"]))
    return Comparison(norm(mean(gradient_differences(point))), "<=", constant * distance)


def printed_constant(point: Point) -> Any:
    """C_θθ + εC_θx/θ_min."""
    return point["C_thetatheta"] + point["eps"] * point["C_thetax"] / point["theta_min"]


RADIUS = Hypothesis("eps >= 0", r"$\varepsilon \ge 0$", lambda w: w["eps"] >= 0)
LABELS = Hypothesis(
    "labels", r"$y_n \in \{-1, 1\}$", lambda w: all(abs(label) == 1 for label in w["y"])
)
AWAY_FROM_ZERO = Hypothesis(
    "theta_min",
    r"$\|\theta_1\|_2, \|\theta_2\|_2 \ge \theta_{\min} > 0$",
    lambda w: (
        Comparison(w["theta_min"], ">", 0),
        Comparison(norm(w["theta_1"]), ">=", w["theta_min"]),
        Comparison(norm(w["theta_2"]), ">=", w["theta_min"]),
    ),
)
ASSUMPTION_1 = Hypothesis(
    "Assumption 1",
    r"(6) and (7) hold for $\|x\|\le R+\varepsilon$, $\|\theta\|\le\theta_{\max}$, where "
    r"$\|x_n\|\le R$, $\|\theta_i\|\le\theta_{\max}$; for this loss: "
    r"$C_{\theta\theta}\ge\frac14(R+\varepsilon)^2$ and $C_{\theta x}$ at least the constant of "
    r"[jaxat.logistic-constants](jaxat.logistic-constants.md)",
    lambda w: (
        *(Comparison(norm(x), "<=", w["R"]) for x in w["x"]),
        *(Comparison(norm(w[n]), "<=", w["theta_max"]) for n in ("theta_1", "theta_2")),
        Comparison(w["C_thetatheta"], ">=", (w["R"] + w["eps"]) ** 2 / 4),
        Comparison(w["C_thetax"], ">=", mixed_constant((w["R"] + w["eps"]) * w["theta_max"])),
    ),
)

# Two close weights of norm 1/1000, nearly antiparallel to x = e_1.
_CLOSE = {
    "theta_1": "(-999999/1000001000, 2000/1000001000)",
    "theta_2": "(-999999/1000001000, -2000/1000001000)",
    "x": "((1, 0),)",
    "y": "(1,)",
    "R": "1",
    "theta_min": "1/1000",
    "theta_max": "1/1000",
    "eps": "1/2",
    "C_thetatheta": "9/16",
    "C_thetax": "501/1000",
}

THEOREM_1 = register(
    Claim(
        id="kanai.theorem-1",
        kind=Kind.THEOREM,
        source=Source("kanai", "Theorem 1", "both", ("16", "34", "28 to 29 (early)")),
        title="L2: L_ε is (C_θθ + εC_θx/θ_min)-smooth where ‖θ‖ ≥ θ_min",
        statement=(
            r"For adversarial training with $L_2$ norm constraints $\|\delta\|_2\le\varepsilon$, "
            r"if "
            r"we have $\|\theta\|_2\ge\theta_{\min}>0$: "
            r"$\|\nabla_\theta L_\varepsilon(\theta_1)-\nabla_\theta L_\varepsilon(\theta_2)\|\le"
            r"\left(C_{\theta\theta}+\frac{\varepsilon C_{\theta x}}{\theta_{\min}}\right)"
            r"\|\theta_1-\theta_2\|$."
        ),
        expected=Verdict.PROVED,
        hypotheses=(RADIUS, LABELS, AWAY_FROM_ZERO, ASSUMPTION_1),
        conclusion=lambda w: smooth_with(w, printed_constant(w)),
        domain={"d": Integers(1), "samples": Integers(1)},
        depends=("kanai.lemma-2", "kanai.lemma-2.example", "jaxat.logistic-constants"),
        parameters={
            "d": Parameter(2, 2, 30, "dimension of the weights", integer=True),
            "eps": Parameter(0.6, 0.0, 10.0, "radius of the attack"),
            "theta_min": Parameter(0.1, 1e-4, 10.0, "smallest norm of the weights"),
            "theta_max": Parameter(2.0, 1e-3, 100.0, "largest norm of the weights"),
            "R": Parameter(1.5, 1e-3, 10.0, "norm of the data"),
        },
        necessity=(
            Necessity(
                "theta_min",
                witness={
                    **_CLOSE,
                    "theta_1": "(0, 1/1000)",
                    "theta_2": "(0, -1/1000)",
                    "theta_min": "1",
                },
                detail="The gradient jumps across the origin.",
            ),
            Necessity(
                "Assumption 1",
                witness={**_CLOSE, "C_thetax": "1/4"},
                detail="A constant that is too small for (7) gives a bound that is too small.",
            ),
            Necessity(
                "eps >= 0",
                witness={**_CLOSE, "eps": "-1/2", "C_thetatheta": "1/16"},
                detail="A negative radius makes the constant negative.",
            ),
            Necessity(
                "labels",
                witness={
                    **_CLOSE,
                    "theta_1": "(1/1000, 0)",
                    "theta_2": "(0, 1/1000)",
                    "y": "(10,)",
                    "eps": "0",
                    "C_thetatheta": "1/4",
                },
                detail="A larger label acts like longer data.",
            ),
        ),
        notes=(
            "$C_{\\theta\\theta}$ and $C_{\\theta x}$ have to hold at the perturbed data, so for "
            "$\\|x\\|\\le R+\\varepsilon$. The bound is nearly attained for short weights of one "
            "length, and loose otherwise: "
            "[jaxat.theorem-1-sharp](jaxat.theorem-1-sharp.md) has a constant that does not grow "
            "with $\\|\\theta\\|$."
        ),
        cost=2.5,
    )
)


@THEOREM_1.check(Method.SYMBOLIC, Verdict.PROVED)
def chain(run: Run) -> Evidence:
    """Triangle inequality over ∇ℓ(x'₁,θ₁), ∇ℓ(x'₁,θ₂), ∇ℓ(x'₂,θ₂); Lemma 2; the mean."""
    import sympy

    from theory.smt import gram_pair, prove, reals
    from theory.symbolic import prove_zero

    # ∇ℓ_ε is ∇_θℓ at the example: along v, with k = yx·v, m = yx·θ, p = θ·v, a = ‖θ‖.
    k, m, p, t = sympy.symbols("k m p t", real=True)
    a, w, eps_ = sympy.symbols("a w epsilon", positive=True)
    h = eps_ * sympy.sqrt(a**2 + 2 * t * p + t**2 * w**2) - m - t * k
    slope = sympy.diff(sympy.log(1 + sympy.exp(h)), t).subs(t, 0)
    # yθᵀx' = m − εa and yx'ᵀv = k − εp/a.
    partial = -(k - eps_ * p / a) / (1 + sympy.exp(m - eps_ * a))
    danskin = prove_zero(slope - partial)

    pair = gram_pair()  # the two differences of the chain, by norms and inner product
    triangle = prove(
        pair.a**2 + pair.b**2 + 2 * pair.p <= (pair.a + pair.b) ** 2,
        given=[pair.a >= 0, pair.b >= 0, *pair.constraints[2:]],
    )
    tt, tx, eps, r, apart, moved, one, two = reals("C_tt C_tx eps r D S first second")
    given = [tt >= 0, tx >= 0, eps >= 0, r > 0, apart >= 0, moved >= 0]
    # Assumption 1, (6) and (7), and Lemma 2.
    given += [one <= tt * apart, two <= tx * moved, moved * r <= eps * apart]
    total = prove((one + two) * r <= (tt * r + eps * tx) * apart, given=given)
    count, so_far, last, top = reals("N so_far last top")
    mean_step = prove(
        so_far + last <= (count + 1) * top,
        given=[count >= 1, so_far <= count * top, last <= top],
    )
    from theory.exact import parse_point

    return Evidence.from_proofs(
        Method.SYMBOLIC,
        [danskin, triangle, total, mean_step],
        witness=parse_point(_CLOSE),
        detail="The mean over samples by induction with the triangle inequality.",
    )


@THEOREM_1.check(Method.NUMERIC, Verdict.SUPPORTED)
def search(run: Run) -> Evidence:
    """Ratio ascent over pairs of the annulus and x of norm R, constants of theory.smoothness."""
    import jax
    import jax.numpy as jnp
    import numpy as np

    from theory.adversarial import adversarial_gradient
    from theory.curvature import smoothness_bound
    from theory.numeric import (
        in_annulus,
        lipschitz_ratio,
        maximise_ratio,
        pair_starts,
        split_pair,
        starting_points,
    )

    d, eps, radius = run.integer("d"), run["eps"], run["R"]
    low, high = run["theta_min"], run["theta_max"]
    constant = smoothness_bound(radius, eps, low, high, which="printed")

    def ratio(z: Any) -> Any:
        first, second = jax.vmap(lambda half: in_annulus(half, low, high))(split_pair(z[: 2 * d]))
        x = radius * z[2 * d :] / jnp.linalg.norm(z[2 * d :])
        found = lipschitz_ratio(
            lambda theta: adversarial_gradient(theta, x, 1, eps, 2.0), first, second
        )
        return found / constant

    n = run.pick(40, 100)
    starts = np.concatenate(
        [pair_starts(run.rng, n, d), starting_points(run.rng, n, d, (1.0,))], axis=1
    )
    result = maximise_ratio(ratio, starts, steps=run.pick(60, 150))
    return Evidence.supported(
        admissible=result.admissible,
        tried=result.tried,
        margin=1.0 - result.best,
        tolerance=1e-9,
        seed=run.seed,
    )
