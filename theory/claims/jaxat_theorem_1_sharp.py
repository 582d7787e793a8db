"""Theorem 1, sharpened: a constant for the linear model on all of ‖θ‖ ≥ r, with no upper limit."""

from __future__ import annotations

from math import inf
from typing import Any

from theory.claim import Claim, Hypothesis, Kind, Necessity, Parameter, Source
from theory.evidence import Evidence, Method, Verdict
from theory.exact import Comparison, Point, norm, subtract
from theory.exact.linear import sharp_constant, worst_gradient
from theory.registry import register
from theory.run import Run
from theory.scope import Integers, Reals

LABEL = Hypothesis("label", r"$y \in \{-1, 1\}$", lambda w: abs(w["y"]) == 1)
RADIUS = Hypothesis("eps >= 0", r"$\varepsilon \ge 0$", lambda w: w["eps"] >= 0)
DATA = Hypothesis(
    "||x|| <= R", r"$\|x\|_2 \le R$", lambda w: Comparison(norm(w["x"]), "<=", w["R"])
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


def gradient_bound(point: Point) -> Comparison:
    """‖∇ℓ_ε(θ₁) − ∇ℓ_ε(θ₂)‖ ≤ [(R + ε)²/4 + (ε/θ_min) σ(θ_min(R + ε))] ‖θ₁ − θ₂‖."""
    first, second = (
        worst_gradient(point[name], point["x"], point["y"], point["eps"])
        for name in ("theta_1", "theta_2")
    )
    constant = sharp_constant(point["R"], point["eps"], point["theta_min"])
    distance = norm(subtract(point["theta_1"], point["theta_2"]))
    return Comparison(norm(subtract(first, second)), "<=", constant * distance)


SHARP = register(
    Claim(
        id="jaxat.theorem-1-sharp",
        kind=Kind.RESULT,
        source=Source("jaxat", "Theorem 1 on an unbounded set"),
        title="L2: L_ε is ((R+ε)²/4 + (ε/r)σ(r(R+ε)))-smooth on all of ‖θ‖ ≥ r",
        statement=(
            r"For the linear model, $\|x_n\|_2\le R$, $\|\delta\|_2\le\varepsilon$, and all "
            r"$\theta_1,\theta_2$ with $\|\theta_i\|_2\ge\theta_{\min}>0$: "
            r"$\|\nabla L_\varepsilon(\theta_1)-\nabla L_\varepsilon(\theta_2)\|\le\left[\frac14"
            r"(R+\varepsilon)^2+\frac{\varepsilon}{\theta_{\min}}\,\sigma(\theta_{\min}"
            r"(R+\varepsilon))\right]\|\theta_1-\theta_2\|$."
        ),
        expected=Verdict.PROVED,
        hypotheses=(RADIUS, LABEL, DATA, AWAY_FROM_ZERO),
        conclusion=gradient_bound,
        domain={
            "d": Integers(1),
            "samples": Integers(1),
            "theta_min": Reals(0, inf, low_open=True),
        },
        depends=("kanai.lemma-2.example", "jaxat.lemma-2-exact"),
        parameters={
            "d": Parameter(3, 1, 30, "dimension of the weights", integer=True),
            "eps": Parameter(0.6, 0.0, 10.0, "radius of the attack"),
            "theta_min": Parameter(0.1, 1e-4, 10.0, "smallest norm of the weights"),
            "R": Parameter(1.5, 0.0, 10.0, "largest norm of the data"),
        },
        necessity=(
            Necessity(
                "theta_min",
                witness={
                    "theta_1": "(1/1000, 0)",
                    "theta_2": "(-1/1000, 0)",
                    "theta_min": "1",
                    "x": "(0, 1)",
                    "R": "1",
                    "y": "1",
                    "eps": "1",
                },
                detail="The gradient jumps across the origin.",
            ),
            Necessity(
                "||x|| <= R",
                witness={
                    "theta_1": "(1, 1/100)",
                    "theta_2": "(1, -1/100)",
                    "theta_min": "1",
                    "x": "(0, 100)",
                    "R": "1",
                    "y": "1",
                    "eps": "1",
                },
                detail="Long data points make the clean loss itself steep.",
            ),
            Necessity(
                "eps >= 0",
                witness={
                    "theta_1": "(1, 1/100)",
                    "theta_2": "(1, -1/100)",
                    "theta_min": "1",
                    "x": "(0, 1)",
                    "R": "1",
                    "y": "1",
                    "eps": "-1",
                },
                detail="A negative radius makes the constant negative.",
            ),
            Necessity(
                "label",
                witness={
                    "theta_1": "(1, 1/100)",
                    "theta_2": "(1, -1/100)",
                    "theta_min": "1",
                    "x": "(0, 1)",
                    "R": "1",
                    "y": "10",
                    "eps": "0",
                },
                detail="A larger label acts like longer data.",
            ),
        ),
        notes=(
            "For $d\\ge2$ it lies between the best constant and that of Theorem 1: "
            "[jaxat.theorem-1-sharp.gap](jaxat.theorem-1-sharp.gap.md)."
        ),
        cost=2.5,
    )
)


def difference_of_gradients(run: Run) -> list[Any]:
    """(σ₁ − σ₂)g₁ + σ₂ε(u₁ − u₂) = σ₁g₁ − σ₂g₂ for g_i = −yx + εu_i, and ∇ℓ_ε = σ(h)g."""
    import sympy

    from theory.gram import gram
    from theory.symbolic import prove_zero

    eps, s1, s2 = sympy.symbols("epsilon s_1 s_2", nonnegative=True)
    x, u1, u2 = gram("x u_1 u_2", norms={"u_1": sympy.Integer(1), "u_2": sympy.Integer(1)})
    g1, g2 = eps * u1 - x, eps * u2 - x  # x stands for yx
    gap = (s1 - s2) * g1 + s2 * eps * (u1 - u2) - (s1 * g1 - s2 * g2)
    split = [prove_zero(c) for c in gap.coefficients]
    # Along any v: x·v = k, θ·v = p, ‖θ‖ = a, x·θ = m.
    k, p, m, t = sympy.symbols("k p m t", real=True)
    a, w = sympy.symbols("a w", positive=True)
    h = eps * sympy.sqrt(a**2 + 2 * t * p + t**2 * w**2) - m - t * k
    slope = sympy.diff(sympy.log(1 + sympy.exp(h)), t).subs(t, 0)
    claimed = (eps * p / a - k) / (1 + sympy.exp(m - eps * a))
    return [*split, prove_zero(slope - claimed)]


@SHARP.check(Method.SYMBOLIC, Verdict.PROVED)
def chain(run: Run) -> Evidence:
    """The chain of inequalities, each link by an identity or by z3 in norms and inner products."""
    import z3

    from theory.facts.sigmoid import (
        MEAN_VALUE,
        decreasing_over_its_argument,
        increasing,
        slope_at_most_quarter,
    )
    from theory.smt import gram_pair, prove, reals

    pair = gram_pair()  # a = ‖θ₁‖ ≥ b = ‖θ₂‖, after exchanging them if necessary
    a, b, p = pair.a, pair.b, pair.p
    eps, radius, apart = reals("eps R D")
    ordered = [*pair.constraints, a >= b]
    # h_i = ε‖θ_i‖ − ⟨yx, θ_i⟩: |‖θ₁‖ − ‖θ₂‖| ≤ D, Cauchy-Schwarz for ⟨yx, Δ⟩, |·| ≤ triangle.
    far = [apart >= 0, apart**2 == pair.distance_squared]
    norms = prove(z3.And(a - b <= apart, b - a <= apart), given=[*pair.constraints, *far])
    (k,) = reals("k")  # ⟨yx, Δ⟩
    data = [eps >= 0, radius >= 0, -radius * apart <= k, k <= radius * apart]
    change = eps * (a - b) - k
    reach = (radius + eps) * apart
    margins = prove(
        z3.And(change <= reach, -change <= reach),
        given=[*data, apart >= 0, a - b <= apart, b - a <= apart],
    )
    # ‖g‖² = ε² − 2ε⟨u, yx⟩ + ‖x‖² with |⟨u, yx⟩| ≤ ‖x‖ ≤ R; h₂ ≤ b(R + ε) likewise.
    n, c = reals("n c")
    inner = [eps >= 0, n >= 0, n <= radius, -n <= c, c <= n]
    gradient = prove(eps**2 - 2 * eps * c + n**2 <= (radius + eps) ** 2, given=inner)
    margin = prove(eps * b - b * c <= b * (radius + eps), given=[*inner, b > 0])
    # ‖u₁ − u₂‖² = 2 − 2p/(ab) ≤ D²/b², multiplied by a b².
    turned = prove(
        (2 * a * b - 2 * p) * b**2 <= pair.distance_squared * a * b,
        given=ordered,
    )
    # The norm of a sum: ‖v + w‖² ≤ (‖v‖ + ‖w‖)².
    both = gram_pair("s")
    triangle = prove(
        both.a**2 + both.b**2 + 2 * both.p <= (both.a + both.b) ** 2, given=list(both.constraints)
    )
    # Together: |σ₁ − σ₂| ≤ (R+ε)D/4, ‖g₁‖ ≤ R+ε, ‖u₁ − u₂‖ ≤ D/b, σ₂ ≤ bK, K = σ(r(R+ε))/r.
    ds, g1, s2, turn, kk = reals("ds g1 s2 turn K")
    parts = [
        eps >= 0,
        radius >= 0,
        b > 0,
        kk >= 0,
        apart >= 0,
        *(
            z3.And(v >= 0, v <= top)
            for v, top in ((ds, reach / 4), (g1, radius + eps), (s2, b * kk))
        ),
        turn >= 0,
        turn * b <= apart,
    ]
    first = prove(ds * g1 <= (radius + eps) ** 2 / 4 * apart, given=parts)
    second = prove(s2 * turn <= kk * apart, given=parts)
    # The mean over samples: if N vectors add up to at most N c, one more of at most c keeps that.
    count, total, one, top = reals("N total one top")
    mean = prove(
        total + one <= (count + 1) * top,
        given=[count >= 1, total <= count * top, one <= top],
    )
    return Evidence.from_proofs(
        Method.SYMBOLIC,
        [
            *difference_of_gradients(run),
            norms,
            margins,
            gradient,
            margin,
            turned,
            triangle,
            first,
            second,
            mean,
            *increasing(),
            *slope_at_most_quarter(),
            *decreasing_over_its_argument(),
        ],
        assumes=(MEAN_VALUE,),
        witness={
            "theta_1": ("-999999/1000001000", "2000/1000001000"),
            "theta_2": ("-999999/1000001000", "-2000/1000001000"),
            "theta_min": "1/1000",
            "x": (1, 0),
            "R": 1,
            "y": 1,
            "eps": 1,
        },
        detail=(
            "No segment between the weights is used, so the set needs to be neither bounded nor "
            "convex; no coordinates, so the dimension does not matter."
        ),
    )


@SHARP.check(Method.NUMERIC, Verdict.SUPPORTED)
def search(run: Run) -> Evidence:
    """Ratio ascent over both weights and the data point, outside the ball of radius θ_min."""
    import jax
    import jax.numpy as jnp
    import numpy as np

    from theory.adversarial import adversarial_gradient
    from theory.numeric import (
        in_ball,
        lipschitz_ratio,
        maximise_ratio,
        outside_ball,
        pair_starts,
        split_pair,
        starting_points,
    )

    d, eps, r, radius = run.integer("d"), run["eps"], run["theta_min"], run["R"]
    reach = radius + eps
    constant = reach**2 / 4 + eps / r * float(jax.nn.sigmoid(r * reach))

    def unpack(z: Any) -> tuple[Any, Any, Any]:
        pair = jax.vmap(lambda half: outside_ball(half, r))(split_pair(z[: 2 * d]))
        first, second = pair * (1 + 1e-12)
        return first, second, in_ball(z[2 * d :], max(radius, 1e-12))

    def ratio(z: Any) -> Any:
        first, second, x = unpack(z)
        found = lipschitz_ratio(
            lambda theta: adversarial_gradient(theta, x, 1, eps, 2.0), first, second
        )
        return found / constant

    n = run.pick(40, 100)
    starts = np.concatenate(
        [pair_starts(run.rng, n, d), starting_points(run.rng, n, d, (1.0,))], axis=1
    )
    # Near the worst case: weights on the inner sphere, antiparallel to yx, close to each other.
    axis, aside = np.eye(1, d)[0], 0.02 * np.eye(1, d, d - 1)[0]
    near = np.concatenate([-axis - aside, aside - axis, axis])
    starts[:4] = near + 0.05 * starts[:4] * np.array([[0.0], [0.1], [1.0], [1.0]])
    result = maximise_ratio(ratio, starts, steps=run.pick(100, 200))
    first, second, x = unpack(jnp.asarray(result.point))
    return Evidence.supported(
        admissible=result.admissible,
        tried=result.tried,
        margin=1.0 - result.best,
        tolerance=1e-9,
        tightness=result.best,
        worst={
            "theta_1": first,
            "theta_2": second,
            "x": x,
            "theta_min": r,
            "R": max(radius, 1e-12),
            "y": 1,
            "eps": eps,
        },
        seed=run.seed,
    )
