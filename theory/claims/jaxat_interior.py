"""Sharper than Lemma 4: no implicit function theorem, any convex constraint, the Schur Hessian."""

from __future__ import annotations

from math import inf
from typing import Any

from theory.claim import Claim, Hypothesis, Kind, Necessity, Source
from theory.claims.kanai_lemma_4 import MIXED, lipschitz
from theory.evidence import Evidence, Method, Verdict
from theory.exact import Comparison, Point, add, dot, parse_point, subtract
from theory.exact.matrix import negative_definite, quadratic_form, spectral_norm_at_most
from theory.exact.models import adversarial_loss, attacks, curved_at_least, first_order_maximum
from theory.registry import register
from theory.run import Run

CONVEX_SET = register(
    Claim(
        id="jaxat.lemma-4-convex-set",
        kind=Kind.RESULT,
        source=Source("jaxat", "Lemma 4 on any convex set"),
        title="Where ∇²_xℓ ≤ −c, attacks in any convex set are (C_θx/c)-Lipschitz",
        statement=(
            r"Let $\nabla_x^2\ell(\cdot,\theta_1)\preceq -c$, $c>0$, between $x'(\theta_1)$ and "
            r"$x'(\theta_2)$, and let both be local maxima over one convex feasible set (an "
            r"$L_p$ ball, a box of pixels, all of space). Then $\|x'(\theta_1)-x'(\theta_2)\|\le"
            r"\frac{C_{\theta x}}{c}\|\theta_1-\theta_2\|$."
        ),
        expected=Verdict.PROVED,
        hypotheses=(
            Hypothesis(
                "maximum over the set",
                r"$\langle\nabla_x\ell(x'(\theta_i),\theta_i),z-x'(\theta_i)\rangle\le0$ for "
                r"feasible $z$",
                lambda w: tuple(first_order_maximum(w, t, d) for t, d in attacks(w)),
            ),
            Hypothesis(
                "c",
                r"$\nabla_x^2\ell(\cdot,\theta_1)\preceq-c$, $c>0$, on the segment between the "
                r"attacks",
                lambda w: (Comparison(w["c"], ">", 0), curved_at_least(w, w["c"])),
            ),
            MIXED,
        ),
        conclusion=lipschitz,
        necessity=(
            Necessity(
                "c",
                witness={
                    "model": "quadratic",
                    "A": "((0,),)",
                    "B": "((1,),)",
                    "g": "(0,)",
                    "H": "((0,),)",
                    "eps": "1",
                    "p": "inf",
                    "C_theta_x": "1",
                    "c": "1",
                    "theta_1": "(1/10,)",
                    "delta_1": "(1,)",
                    "theta_2": "(-1/10,)",
                    "delta_2": "(-1,)",
                },
                detail="A linear loss has no curvature, and its attack jumps with the sign.",
            ),
            Necessity(
                "maximum over the set",
                witness={
                    "model": "quadratic",
                    "A": "((0,),)",
                    "B": "((1,),)",
                    "g": "(0,)",
                    "H": "((-1,),)",
                    "eps": "1",
                    "p": "inf",
                    "C_theta_x": "1",
                    "c": "1",
                    "theta_1": "(1/10,)",
                    "delta_1": "(1,)",
                    "theta_2": "(-1/10,)",
                    "delta_2": "(-1,)",
                },
                detail="Sign steps to the corner are not optimal here, and jump.",
            ),
            Necessity(
                "C_theta_x",
                witness={
                    "model": "quadratic",
                    "A": "((0,),)",
                    "B": "((1,),)",
                    "g": "(0,)",
                    "H": "((-1,),)",
                    "eps": "1",
                    "p": "inf",
                    "C_theta_x": "1/2",
                    "c": "1",
                    "theta_1": "(1/2,)",
                    "delta_1": "(1/2,)",
                    "theta_2": "(0,)",
                    "delta_2": "(0,)",
                },
                detail="The mixed derivative of theta x' - x'^2/2 is 1, and x' = theta.",
            ),
        ),
        notes=(
            "It removes the hypothesis that the attack is inside the region, and with it the "
            "special place of $p=2$: under concavity in the input, $L_\\infty$ attacks are just as "
            "Lipschitz. Only differentiability of $x'(\\theta)$ is lost where a constraint becomes "
            "active."
        ),
        cost=0.3,
    )
)


@CONVEX_SET.check(Method.EXACT, Verdict.PROVED)
def variational_inequalities(run: Run) -> Evidence:
    """c D² ≤ ⟨∇ℓ(x₂,θ₁) − ∇ℓ(x₂,θ₂), x₁ − x₂⟩ ≤ C_θx T D, from two variational inequalities."""
    import z3

    from theory.smt import prove

    symbols: Any = z3.Reals("a11 a21 a22 c C_theta_x D T")
    # a_ij = <grad l(x_i, theta_j), x_1 - x_2>
    a11, a21, a22, c, constant, distance, step = symbols
    given = [
        a11 >= 0,  # x_1 is a maximum for theta_1, and x_2 is feasible
        a22 <= 0,  # x_2 is a maximum for theta_2, and x_1 is feasible
        a11 - a21 <= -c * distance**2,  # strong concavity between x_1 and x_2
        a21 - a22 <= constant * step * distance,  # Assumption 1 and Cauchy-Schwarz
        c > 0,
        constant >= 0,
        distance >= 0,
        step >= 0,
    ]
    proof = prove(c * distance <= constant * step, given=given)
    return Evidence.from_proofs(
        Method.EXACT,
        [proof],
        assumes=(
            "mean value theorem for ∇_xℓ on the segment between the attacks",
            "Schwarz: ∇_θ∇_xℓ is the transpose of ∇_x∇_θℓ",
        ),
        witness={
            "model": "quadratic",
            "A": ((0,),),
            "B": ((1,),),
            "g": (0,),
            "H": ((-1,),),
            "eps": 1,
            "p": inf,
            "C_theta_x": 1,
            "c": 1,
            "theta_1": (1,),
            "delta_1": (1,),
            "theta_2": (0,),
            "delta_2": (0,),
        },
        detail="No implicit function theorem, no differentiability of the attack, every dimension.",
    )


def schur(point: Point) -> tuple[Comparison, Comparison]:
    """0 ≤ ⟨v, (∇²ℓ_ε − ℓ_θθ) v⟩ ≤ (C_θx²/c) ‖v‖², with ∇²ℓ_ε from second differences of ℓ_ε."""
    theta, v = point["theta"], point["v"]
    sides = adversarial_loss(point, add(theta, v)) + adversarial_loss(point, subtract(theta, v))
    # Exact, because the adversarial loss of a quadratic model is quadratic.
    curvature = sides - 2 * adversarial_loss(point, theta)
    gained = curvature - quadratic_form(point["A"], v)
    bound = point["C_theta_x"] ** 2 / point["c"] * dot(v, v)
    return Comparison(gained, ">=", 0), Comparison(gained, "<=", bound)


_SCHUR = {
    "model": "quadratic",
    "A": "((0, 0), (0, 1))",
    "B": "((2, 0), (0, 1))",
    "g": "(0, 0)",
    "H": "((-1, 0), (0, -2))",
    "C_theta_x": "2",
    "c": "1",
    "theta": "(1, 1)",
    "v": "(1, 0)",
}

SCHUR = register(
    Claim(
        id="jaxat.lemma-4-schur",
        kind=Kind.RESULT,
        source=Source("jaxat", "Lemma 4, the exact Hessian"),
        title="Inside: ∇²ℓ_ε = ℓ_θθ − ℓ_θx ℓ_xx⁻¹ ℓ_xθ, between ℓ_θθ and ℓ_θθ + C_θx²/c",
        statement=(
            r"Under Lemma 4, $\nabla^2\ell_\varepsilon=\ell_{\theta\theta}-\ell_{\theta x}"
            r"\ell_{xx}^{-1}\ell_{x\theta}$ at $(x'(\theta),\theta)$, and $\ell_{\theta\theta}"
            r"\preceq\nabla^2\ell_\varepsilon\preceq\ell_{\theta\theta}+\frac{C_{\theta x}^2}{c}I$."
        ),
        expected=Verdict.PROVED,
        depends=("kanai.lemma-4",),
        hypotheses=(
            Hypothesis(
                "local maximum",
                r"$\nabla_x\ell = 0$, $\nabla_x^2\ell\prec0$, inside the region",
                lambda w: negative_definite(w["H"]),
            ),
            Hypothesis(
                "c",
                r"$\max_i\lambda_i(\nabla_x^2\ell)\le-c$, $c>0$",
                lambda w: (Comparison(w["c"], ">", 0), curved_at_least(w, w["c"])),
            ),
            Hypothesis(
                "C_theta_x",
                r"$\|\ell_{\theta x}\|\le C_{\theta x}$",
                lambda w: spectral_norm_at_most(w["B"], w["C_theta_x"]),
            ),
        ),
        conclusion=schur,
        necessity=(
            Necessity(
                "c",
                witness={**_SCHUR, "c": "10"},
                detail="With less curvature in the input the attack gains more.",
            ),
            Necessity(
                "C_theta_x",
                witness={**_SCHUR, "C_theta_x": "1"},
                detail="What the attack gains is quadratic in the mixed derivative.",
            ),
            Necessity(
                "local maximum",
                detail="At a stationary point it follows from c; where the attack is on the "
                "boundary see `jaxat.lemma-5-tangential`.",
            ),
        ),
        notes=(
            "The attack can only add curvature: all that an inner maximum does to the Hessian in "
            "the weights is upwards, by at most $C_{\\theta x}^2/c$."
        ),
        cost=1.0,
    )
)


@SCHUR.check(Method.EXACT, Verdict.PROVED)
def envelope(run: Run) -> Evidence:
    """Along θ + tv: f'' = F_bb + F_ab for F(a,b) = ℓ(x'(θ+av), θ+bv), and F_ab = −⟨w, ℓ_xx w⟩."""
    import z3

    from theory.smt import prove

    symbols: Any = z3.Reals("Faa Fab Fbb second w Bv v inner mixed c C_theta_x")
    f_aa, f_ab, f_bb, second, w, bv, v, inner, mixed, c, constant = symbols
    chain = prove(
        second == f_bb + f_ab,
        given=[
            second == f_aa + 2 * f_ab + f_bb,  # the chain rule on the diagonal
            f_aa + f_ab == 0,  # F_a(t, t) = 0 for all t, differentiated
        ],
    )
    given = [
        w >= 0,
        bv >= 0,
        v >= 0,
        c > 0,
        constant >= 0,
        bv <= constant * v,
        inner <= -c * w**2,  # inner = <w, l_xx w>, w = Dx' v
        mixed == -inner,  # mixed = <l_xtheta v, w> and l_xx w = -l_xtheta v
        mixed <= bv * w,
    ]
    lower = prove(mixed >= 0, given=given)
    upper = prove(c * mixed <= constant**2 * v**2, given=given)
    return Evidence.from_proofs(
        Method.EXACT,
        [chain, lower, upper],
        assumes=("implicit function theorem",),
        witness=parse_point(_SCHUR),
        detail="The upper bound is attained if the largest mixed slope meets the least curvature.",
    )


@SCHUR.check(Method.NUMERIC, Verdict.SUPPORTED)
def softplus_network(run: Run) -> Evidence:
    """Derivatives of ∇_θℓ(x'(θ), θ) at re-solved maxima against ℓ_θθ − ℓ_θx ℓ_xx⁻¹ ℓ_xθ, d = 2."""
    import jax
    import numpy as np

    from theory.general_models import SoftplusNetwork, finite_difference, implicit_jacobian

    model = SoftplusNetwork(2)

    def blocks(x: Any, theta: Any) -> tuple[Any, ...]:
        slope = jax.grad(model.loss, argnums=(0, 1))
        (h_xx, h_xt), (_, h_tt) = jax.jacfwd(slope, argnums=(0, 1))(x, theta)
        return slope(x, theta)[1], h_xx, h_xt, h_tt

    compiled = jax.jit(blocks)
    rng, tried = run.rng, run.pick(3, 8)
    worst, admissible = 0.0, 0
    for _ in range(tried):
        theta = model.draw(rng)
        _, h_xx, h_xt, h_tt = map(np.asarray, compiled(model.attack(theta), theta))
        if np.linalg.eigvalsh(h_xx)[-1] > -1e-2:
            continue
        admissible += 1
        exact = h_tt + h_xt.T @ implicit_jacobian(h_xx, h_xt)
        measured = finite_difference(lambda t: np.asarray(compiled(model.attack(t), t)[0]), theta)
        worst = max(worst, float(np.abs(exact - measured).max() / np.abs(exact).max()))
        gained = np.linalg.eigvalsh(exact - h_tt)
        worst = max(worst, float(-gained[0] / gained[-1]) - 1e-12)
    return Evidence.supported(
        admissible=admissible, tried=tried, margin=-worst, tolerance=1e-6, seed=run.seed
    )
