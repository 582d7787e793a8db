"""Sharper than Lemma 5: the tangential Hessian alone decides how fast an L2 attack moves."""

from __future__ import annotations

from typing import Any, cast

from theory.claim import Claim, Hypothesis, Kind, Necessity, Source
from theory.claims.kanai_lemma_4 import MIXED
from theory.claims.kanai_lemma_5 import COMPLEMENTARY, MAXIMUM, NO_MULTIPLIER
from theory.evidence import Evidence, Exactly, Method, Verdict
from theory.exact import Comparison, Point, rational
from theory.exact.lagrangian import bordered_hessian
from theory.exact.matrix import singular_values_at_least
from theory.exact.models import attack_distance, weight_distance
from theory.exact.sphere import tangential_curvature
from theory.registry import register
from theory.run import Run
from theory.scope import Names, Scope

PARTS = Names("Lipschitz", "c at most 1 and c_t", "Hessian", "invariance")


def tangential(point: Point) -> Comparison:
    """‖x'(θ₁) − x'(θ₂)‖ ≤ (C_θx/c_t) ‖θ₁ − θ₂‖."""
    constant = point["C_theta_x"] / point["c_t"]
    return Comparison(attack_distance(point), "<=", constant * weight_distance(point))


CURVED = Hypothesis(
    "c_t", r"$H_t\preceq-c_t$ with $c_t>0$ along the branch over $U$", tangential_curvature
)
LINEAR = {
    "model": "quadratic",
    "A": "((0, 0), (0, 0))",
    "B": "((1, 0), (0, 1))",
    "g": "(0, 0)",
    "H": "((0, 0), (0, 0))",
    "eps": "1/10",
    "C_theta_x": "1",
    "theta_1": "(99/101, 20/101)",
    "delta_1": "(99/1010, 20/1010)",
    "mu_1": "1",
    "theta_2": "(1, 0)",
    "delta_2": "(1/10, 0)",
    "mu_2": "1",
}

TANGENTIAL = register(
    Claim(
        id="jaxat.lemma-5-tangential",
        kind=Kind.RESULT,
        source=Source("jaxat", "Lemma 5 by the tangential Hessian"),
        title=(
            "L2 sphere, μ > 0, H_t ≤ −c_t: Dx' = −N H_t⁻¹NᵀB, (C_θx/c_t)-Lipschitz, c ≤ min(1, c_t)"
        ),
        statement=(
            r"Let $N$ be an orthonormal basis of the tangent space of the sphere at $x'$, $H_t="
            r"N^\top(\nabla_x^2\ell-\frac\mu\varepsilon I)N$ and $B=\nabla_\theta\nabla_x\ell$. If "
            r"$\mu>0$ and $H_t\preceq-c_t$ along the branch, then $D_\theta x'=-NH_t^{-1}N^\top "
            r"B$, "
            r"$x'$ is $(\|N^\top B\|/c_t)$-Lipschitz, and $\nabla^2\ell_\varepsilon="
            r"\ell_{\theta\theta}-B^\top NH_t^{-1}N^\top B$ lies between $\ell_{\theta\theta}$ and "
            r"$\ell_{\theta\theta}+\frac{\|N^\top B\|^2}{c_t}I$. The $c$ of Lemma 5 is at most "
            r"$\min(1,c_t)$ for the best $c_t$, and it changes when the constraint is written as "
            r"$\frac12(\|x'-x\|^2-\varepsilon^2)\le0$; $H_t$ does not."
        ),
        expected=Verdict.PROVED,
        depends=("kanai.lemma-5.repaired",),
        hypotheses=(MAXIMUM, COMPLEMENTARY, CURVED, MIXED),
        conclusion=tangential,
        domain={"part": PARTS},
        necessity=(
            Necessity(
                "mu > 0",
                witness={**NO_MULTIPLIER, "c_t": "1"},
                detail="The counterexample to Lemma 5: the attack leaves the sphere.",
            ),
            Necessity(
                "c_t",
                witness={**LINEAR, "c_t": "20"},
                detail="For a linear loss c_t = ‖θ‖/ε = 10, attained.",
            ),
            Necessity(
                "C_theta_x",
                witness={**LINEAR, "C_theta_x": "1/2", "c_t": "9"},
                detail="The mixed derivative of a linear loss is the identity.",
            ),
            Necessity(
                "local maximum",
                witness={**LINEAR, "delta_1": "(-1/10, 0)", "c_t": "9"},
                detail="A point of the sphere that is no maximum may lie anywhere.",
            ),
        ),
        notes=(
            "For a linear loss $c_t=\\|\\theta\\|/\\varepsilon$ is attained, while Lemma 5 can use "
            "at "
            "most $c=1$: its bound is too large by the factor $\\|\\theta\\|/\\varepsilon$ "
            "whenever that "
            "exceeds 1."
        ),
        cost=1.2,
    )
)


@TANGENTIAL.check(Method.EXACT, Verdict.PROVED)
def speed(run: Run) -> Evidence:
    """⟨w, H_L w⟩ = −⟨w, Bv⟩ for the tangent w = Dx' v, so c_t ‖w‖ ≤ ‖NᵀBv‖."""
    import z3

    from theory.smt import prove

    symbols: Any = z3.Reals("w v inner wB wn dmu c_t C_theta_x")
    w, v, inner, wb, wn, slope, c_t, constant = symbols
    given = [
        w >= 0,
        v >= 0,
        c_t > 0,
        constant >= 0,
        wn == 0,  # the sphere: <n, w> = 0
        inner - slope * wn == -wb,  # <w, .> of H_L w - n dmu = -B v
        inner <= -c_t * w**2,
        wb <= w * constant * v,  # Cauchy-Schwarz and the norm of N'B
    ]
    return Evidence.from_proofs(
        Method.EXACT,
        [prove(c_t * w <= constant * v, given=given)],
        Scope("the Lipschitz constant", {"part": Names("Lipschitz")}),
        assumes=(
            "implicit function theorem",
            "second-order sufficient conditions: μ > 0 and H_t ≺ 0 keep it a local maximum near θ",
            "mean value inequality on the ball U",
        ),
        witness={
            **_point(LINEAR),
            "theta_1": ("9999/10001", "200/10001"),
            "delta_1": ("9999/100010", "20/10001"),
            "c_t": rational("9999/1000"),
        },
        detail="The multiplier drops out, because w is tangent.",
    )


def _point(strings: dict[str, str]) -> dict[str, Any]:
    from theory.exact import parse_point

    return parse_point(strings)


@TANGENTIAL.check(Method.SYMBOLIC, Verdict.PROVED)
def comparison_vectors(run: Run) -> Evidence:
    """K(⟨n, H_L τ⟩, τ) = (0, λτ) for an eigenvector τ of H_t, and K(1, 0) = (0, −n)."""
    import sympy
    import z3

    from theory.gram import dot, gram, norm_squared
    from theory.smt import prove
    from theory.symbolic import prove_zero

    one = sympy.Integer(1)
    n, tau = gram("n tau", norms={"n": one, "tau": one})
    m, lam = sympy.symbols("m lambda", real=True)
    applied = lam * tau + m * n  # H_L tau = lambda tau + m n, m = <n, H_L tau>
    top, rest = -dot(n, tau), applied - m * n
    length = (top**2 + norm_squared(rest)).subs(dot(n, tau), 0)
    eigenvector = prove_zero(length - lam**2)
    border = prove_zero(norm_squared(-n) - 1)
    symbols: Any = z3.Reals("c lam mm")
    c, value, mm = symbols
    smaller = prove(c <= -value, given=[c > 0, value < 0, c**2 * (1 + mm**2) <= value**2])
    at_most_one = prove(c <= 1, given=[c > 0, c**2 * 1 <= 1])
    return Evidence.from_proofs(
        Method.SYMBOLIC,
        [eigenvector, border, smaller, at_most_one],
        Scope("c of Lemma 5", {"part": Names("c at most 1 and c_t")}),
    )


@TANGENTIAL.check(Method.EXACT, Verdict.PROVED)
def envelope(run: Run) -> Evidence:
    """f'' = F_bb + F_ab with F_ab = ⟨w, Bv⟩ = −⟨w, H_t w⟩ ∈ [0, ‖NᵀBv‖²/c_t]."""
    import z3

    from theory.smt import prove

    symbols: Any = z3.Reals("Faa Fab Fbb second w b inner mixed c_t")
    f_aa, f_ab, f_bb, second, w, b, inner, mixed, c_t = symbols
    chain = prove(
        second == f_bb + f_ab,
        given=[
            second == f_aa + 2 * f_ab + f_bb,  # F(a, b) = l(x'(a), theta + b v), on a = b = t
            f_aa + f_ab == 0,  # F_a(t, t) = mu <n, dx'> = 0 on the sphere, differentiated
        ],
    )
    given = [w >= 0, b >= 0, c_t > 0, inner <= -c_t * w**2, mixed == -inner, mixed <= w * b]
    lower = prove(mixed >= 0, given=given)
    upper = prove(c_t * mixed <= b**2, given=given)
    return Evidence.from_proofs(
        Method.EXACT,
        [chain, lower, upper],
        Scope("the Hessian of the adversarial loss", {"part": Names("Hessian")}),
        assumes=("implicit function theorem",),
    )


@TANGENTIAL.check(Method.EXACT, Verdict.PROVED)
def two_ways_to_write_the_constraint(run: Run) -> Evidence:
    """‖δ‖ − ε and ½(‖δ‖² − ε²): one H_t, but σ_min 1 against less than 1/100, one maximum."""
    import sympy

    from theory.gram import dot, gram
    from theory.symbolic import prove_zero

    # The two Hessians of J differ by (mu/eps) n n', which vanishes between tangent vectors.
    mu = sympy.Symbol("mu", real=True)
    eps = sympy.Symbol("epsilon", positive=True)
    n, s, t = gram("n s t", norms={"n": sympy.Integer(1)})
    tangent = {dot(n, s): sympy.Integer(0), dot(n, t): sympy.Integer(0)}
    difference = (mu / eps) * dot(n, s) * dot(n, t)
    same = prove_zero(cast(sympy.Expr, difference.xreplace(tangent)))
    zero = ((rational(0),) * 2,) * 2
    delta, multiplier = (rational("3/50"), rational("4/50")), rational(1)  # eps = 1/10
    first = bordered_hessian(zero, delta, multiplier)
    nu = multiplier * 10
    second = (
        (rational(0), -delta[0], -delta[1]),
        (-delta[0], -nu, rational(0)),
        (-delta[1], rational(0), -nu),
    )
    large = Exactly(singular_values_at_least(first, rational(1)), "σ_min ≥ 1 for ‖δ‖ − ε")
    small = Exactly(
        not singular_values_at_least(second, rational("1/100")), "σ_min < 1/100 for ½(‖δ‖² − ε²)"
    )
    return Evidence.from_proofs(
        Method.EXACT,
        [same, large, small],
        Scope("how the constraint is written", {"part": Names("invariance")}),
        detail="The loss is linear with ‖θ‖ = 1 and ε = 1/10; H_t = −10 either way.",
    )


@TANGENTIAL.check(Method.NUMERIC, Verdict.SUPPORTED)
def softmax_model(run: Run) -> Evidence:
    """−N H_t⁻¹ NᵀB against the rows of −K⁻¹[0; B], K by jax: three classes in 3 dimensions."""
    import numpy as np

    from theory.general_models import SoftmaxModel, implicit_jacobian, lagrangian_derivatives

    rng, model, tried = run.rng, SoftmaxModel(3), run.pick(5, 12)
    theta = np.stack([model.draw(rng) for _ in range(tried)])
    solved = [model.attack(t) for t in theta]
    delta, mu = np.stack([s[0] for s in solved]), np.array([s[1] for s in solved])
    _, K, mixed = lagrangian_derivatives(model.loss, model.eps, delta, mu, theta)
    worst, admissible = 0.0, 0
    for i in range(tried):
        N = np.linalg.svd(delta[i][None])[2][1:].T
        tangent = N.T @ K[i, 1:, 1:] @ N
        if mu[i] < 0.05 or np.linalg.eigvalsh(tangent)[-1] > -0.05:
            continue
        admissible += 1
        B = mixed[i, 1:]
        jacobian = -N @ np.linalg.solve(tangent, N.T @ B)
        scale = np.abs(jacobian).max()
        error = np.abs(jacobian - implicit_jacobian(K[i], mixed[i])[1:]).max() / scale
        c, c_t = np.abs(np.linalg.eigvalsh(K[i])).min(), -np.linalg.eigvalsh(tangent)[-1]
        worst = max(worst, float(error), float(c / min(1.0, c_t) - 1.0))
    return Evidence.supported(
        admissible=admissible, tried=tried, margin=-worst, tolerance=1e-9, seed=run.seed
    )
