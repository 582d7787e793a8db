"""The Lagrangian of Kanai et al., Eq. (20), is stationary at a maximum on the sphere."""

from __future__ import annotations

from typing import Any

from theory.claim import Claim, Hypothesis, Kind, Necessity, Source
from theory.evidence import Evidence, Method, Verdict
from theory.exact import Comparison, Point, dot, norm, scale, subtract
from theory.exact.models import first_order_maximum, input_gradient
from theory.registry import register
from theory.run import Run


def stationary(point: Point) -> tuple[Comparison, ...]:
    """∇_x̃ J = 0: ∇ℓ = μ n and ‖δ‖ = ε, with μ = ⟨∇ℓ, n⟩ ≥ 0."""
    delta, eps = point["delta"], point["eps"]
    slope = input_gradient(point, point["theta"], delta)
    unit = scale(1 / norm(delta), delta)
    mu = dot(slope, unit)
    return (
        Comparison(norm(subtract(slope, scale(mu, unit))), "<=", 0),
        Comparison(norm(delta) - eps, "==", 0),
        Comparison(mu, ">=", 0),
    )


def second_order() -> list[Any]:
    """ε²⟨v, H_t v⟩ is ℓ'' along a great circle, so it is at most 0 at a maximum on the sphere."""
    import sympy

    from theory.gram import dot, gram, norm_squared
    from theory.symbolic import prove_zero

    # Along the great circle delta cos t + eps v sin t, v a unit tangent, l'' = eps^2 <v, H_t v>.
    t, mu, h = sympy.symbols("t mu h", real=True)
    eps = sympy.Symbol("epsilon", positive=True)
    n, v = gram("n v", norms={"n": sympy.Integer(1), "v": sympy.Integer(1)})
    circle = n * (eps * sympy.cos(t)) + v * (eps * sympy.sin(t))
    stays = prove_zero(norm_squared(circle).subs(dot(n, v), 0) - eps**2)
    slope = mu * dot(n, circle - n * eps)  # <grad l, z - delta> with grad l = mu n
    # <z - delta, H (z - delta)> to second order: only v enters, with h = <v, H v>.
    loss = slope.subs(dot(n, v), 0) + (eps * sympy.sin(t)) ** 2 * h / 2
    return [stays, prove_zero(sympy.diff(loss, t, 2).subs(t, 0) - eps**2 * (h - mu / eps))]


LAGRANGIAN = register(
    Claim(
        id="kanai.lagrangian-kkt",
        kind=Kind.STEP,
        source=Source("kanai", "Section 3.2.2", "both", ("20", "38 (early)")),
        title="On the sphere a local maximum satisfies ∇J(μ, x') = 0, with μ = ‖∇_xℓ‖ ≥ 0",
        statement=(
            r"For $J(x',\theta,\mu)=\ell(x',\theta)-\mu(\|x'-x\|_p-\varepsilon)$, $\mu\in\mathbb "
            r"R$, and $\tilde x=[\mu,x'^\top]^\top$, the local maximum point $x'^*$ satisfies "
            r"$\nabla_{\tilde x}J(\tilde x^*,\theta)=0$ ($p=2$, $\|x'^*-x\|_2=\varepsilon$)."
        ),
        expected=Verdict.PROVED,
        hypotheses=(
            Hypothesis(
                "local maximum",
                r"$x'^*$ is a local maximum of $\ell$ over the ball",
                lambda w: first_order_maximum(w, w["theta"], w["delta"]),
            ),
            Hypothesis(
                "boundary",
                r"$\|x'^*-x\|_2=\varepsilon>0$",
                lambda w: (
                    Comparison(w["eps"], ">", 0),
                    Comparison(norm(w["delta"]), "==", w["eps"]),
                ),
            ),
        ),
        conclusion=stationary,
        necessity=(
            Necessity(
                "boundary",
                witness={
                    "model": "quadratic",
                    "A": "((0,),)",
                    "B": "((1,),)",
                    "g": "(0,)",
                    "H": "((-1,),)",
                    "p": "2",
                    "eps": "2",
                    "theta": "(1,)",
                    "delta": "(1,)",
                },
                detail="Inside the ball ∂J/∂μ = −(‖x'−x‖−ε) is not 0.",
            ),
            Necessity(
                "local maximum",
                witness={
                    "model": "quadratic",
                    "A": "((0,),)",
                    "B": "((1,),)",
                    "g": "(0,)",
                    "H": "((0,),)",
                    "p": "2",
                    "eps": "1",
                    "theta": "(1,)",
                    "delta": "(-1,)",
                },
                detail="At the minimum of a linear loss the multiplier is negative.",
            ),
        ),
        notes=(
            "The paper allows any real $\\mu$. At a maximum over the *ball* $\\mu\\ge0$; Lemma 5 "
            "goes wrong at $\\mu=0$, where the constraint is about to become inactive."
        ),
        cost=0.4,
    )
)


@LAGRANGIAN.check(Method.SYMBOLIC, Verdict.PROVED)
def ascent_direction(run: Run) -> Evidence:
    """If ∇ℓ = γu is not along n, v = u − n ascends at rate γ‖v‖²/2, inside the ball for t ≤ ε."""
    import sympy

    from theory.gram import dot as inner
    from theory.gram import gram, norm_squared
    from theory.symbolic import prove_zero

    one = sympy.Integer(1)
    u, n = gram("u n", norms={"u": one, "n": one})
    gamma, eps = sympy.symbols("gamma epsilon", positive=True)
    rest = sympy.Symbol("rest", nonnegative=True)  # eps - t
    v = u - n
    cos = inner(u, n)
    rate = prove_zero(inner(gamma * u, v) - gamma * norm_squared(v) / 2)
    t = eps - rest
    slack = eps**2 - norm_squared(eps * n + t * v)
    inside = prove_zero(slack - 2 * (1 - cos) * t * rest)
    return Evidence.from_proofs(
        Method.SYMBOLIC,
        [rate, inside],
        witness={
            "model": "quadratic",
            "A": ((0, 0), (0, 0)),
            "B": ((1, 0), (0, 1)),
            "g": (0, 0),
            "H": ((0, 0), (0, 0)),
            "p": 2,
            "eps": 5,
            "theta": (3, 4),
            "delta": (3, 4),
        },
        detail=(
            "So at a local maximum u = n or ∇ℓ = 0, hence ∇ℓ = μn with μ = ‖∇ℓ‖ ≥ 0. The direction "
            "is explicit; no theorem on multipliers is used."
        ),
    )
