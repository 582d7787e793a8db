"""Lemma 5 of Kanai et al., L2 attacks on the sphere: false at μ = 0, and repaired."""

from __future__ import annotations

from typing import Any

from theory.claim import Claim, Hypothesis, Kind, Necessity, Parameter, Source
from theory.claims.kanai_det_criterion import congruence
from theory.claims.kanai_lagrangian import second_order
from theory.claims.kanai_lemma_4 import MIXED, lipschitz
from theory.evidence import Evidence, Method, Verdict
from theory.exact import Comparison
from theory.exact.matrix import determinant
from theory.exact.sphere import bordered_at, bordered_curvature, maxima_on_ball, on_sphere
from theory.registry import register
from theory.run import Run
from theory.scope import Integers

STATEMENT = (
    r"We assume that $\nabla_x\ell(x,\theta)$ is a $C^1$ function and $\tilde "
    r"x^*=[\mu^*,x'^{*\top}]^\top$ is the local maximum point satisfying $\det(\nabla_{\tilde "
    r"x}^2J(\tilde x^*,\theta))>0$ on the boundary of the feasible region of the $L_2$ constraint "
    r"($\|x'^*-x\|_2=\varepsilon$). If there is a constant $0<c<\infty$ such as "
    r"$\min_i\sigma_i(\nabla_{\tilde x}^2J(\tilde x,\theta))\ge c$, the local maximum point $x'^*$ "
    r"in some neighborhood $U$ of $\theta$ is a continuously differentiable function $x'(\theta)$ "
    r"and $\|x'(\theta_1)-x'(\theta_2)\|\le\frac{C_{\theta x}}{c}\|\theta_1-\theta_2\|$ for all "
    r"$\theta_1,\theta_2\in U$."
)

MAXIMUM = Hypothesis(
    "local maximum",
    r"$\nabla_x\ell\in C^1$, $x'(\theta)$ is a (local) maximum over the ball",
    maxima_on_ball,
)
BOUNDARY = Hypothesis(
    "boundary",
    r"$\|x'^*-x\|_2=\varepsilon$ at $\theta^*=\theta_2$",
    lambda w: on_sphere(w, 2),
)
DETERMINANT = Hypothesis(
    "determinant",
    r"$\det\nabla_{\tilde x}^2J(\tilde x^*,\theta^*)>0$",
    lambda w: Comparison(determinant(bordered_at(w, 2)), ">", 0),
)
CURVED = Hypothesis(
    "c", r"$\min_i\sigma_i(\nabla_{\tilde x}^2J)\ge c>0$ along the branch", bordered_curvature
)
COMPLEMENTARY = Hypothesis(
    "mu > 0",
    r"strict complementarity: $\mu>0$, and the attack stays on the sphere",
    lambda w: tuple(Comparison(w[f"mu_{i}"], ">", 0) if on_sphere(w, i) else False for i in (1, 2)),
)

# The multiplier is 0 at theta_2 = 0, and for theta_1 < 0 the attack moves inwards a hundred times
# faster than theta: l = -(x_1 - 1)^2 / 200 - x_2^2 / 2 + theta.x' on the unit disc.
NO_MULTIPLIER = {
    "model": "quadratic",
    "A": "((0, 0), (0, 0))",
    "B": "((1, 0), (0, 1))",
    "g": "(1/100, 0)",
    "H": "((-1/100, 0), (0, -1))",
    "eps": "1",
    "C_theta_theta": "0",
    "C_theta_x": "1",
    "c": "199/200",
    "theta_1": "(-1/1000000, 0)",
    "delta_1": "(9999/10000, 0)",
    "mu_1": "0",
    "theta_2": "(0, 0)",
    "delta_2": "(1, 0)",
    "mu_2": "0",
}

register(
    Claim(
        id="kanai.lemma-5",
        kind=Kind.LEMMA,
        source=Source("kanai", "Lemma 5", "both", ("21", "42", "45", "40 (early)", "43 (early)")),
        title="On the L2 sphere with det ∇²J > 0 and σ_min(∇²J) ≥ c, x'(θ) is (C_θx/c)-Lipschitz",
        statement=STATEMENT,
        expected=Verdict.REFUTED,
        repaired_by=("kanai.lemma-5.repaired",),
        hypotheses=(MAXIMUM, BOUNDARY, DETERMINANT, CURVED, MIXED),
        conclusion=lipschitz,
        domain={"d": Integers(1)},
    )
)

REPAIRED = register(
    Claim(
        id="kanai.lemma-5.repaired",
        kind=Kind.LEMMA,
        source=Source("kanai", "Lemma 5, repaired", "both", ("21", "42", "44", "45")),
        title="On the L2 sphere with μ > 0, H_t ≺ 0 and σ_min(∇²J) ≥ c: (C_θx/c)-Lipschitz",
        statement=(
            r"As Lemma 5, with $\det\nabla_{\tilde x}^2J>0$ replaced by strict complementarity "
            r"$\mu^*>0$ and $H_t\prec0$ (the tangential block of "
            r"$\nabla_x^2\ell-\frac{\mu}{\varepsilon}I$; it follows from the local maximum, "
            r"$\mu>0$ and $c>0$): the local maximum continues to a $C^1$ function $x'(\theta)$ on "
            r"a ball $U$ with $\|x'(\theta_1)-x'(\theta_2)\|\le\frac{C_{\theta "
            r"x}}{c}\|\theta_1-\theta_2\|$."
        ),
        expected=Verdict.PROVED,
        depends=(
            "kanai.bordered-hessian.repaired",
            "kanai.det-criterion.repaired",
            "kanai.lagrangian-kkt",
        ),
        hypotheses=(MAXIMUM, COMPLEMENTARY, CURVED, MIXED),
        conclusion=lipschitz,
        domain={"d": Integers(1)},
        parameters={"eps": Parameter(1.0, 0.1, 10.0, "radius of the attack")},
        necessity=(
            Necessity(
                "mu > 0",
                witness=NO_MULTIPLIER,
                detail="With mu = 0 the attack leaves the sphere, a hundred times too fast.",
            ),
            Necessity(
                "c",
                witness={
                    "model": "quadratic",
                    "A": "((0, 0), (0, 0))",
                    "B": "((1, 0), (0, 1))",
                    "g": "(0, 0)",
                    "H": "((0, 0), (0, 0))",
                    "eps": "1",
                    "C_theta_x": "1",
                    "c": "1",
                    "theta_1": "(3/50, 2/25)",
                    "delta_1": "(3/5, 4/5)",
                    "mu_1": "1/10",
                    "theta_2": "(3/50, -2/25)",
                    "delta_2": "(3/5, -4/5)",
                    "mu_2": "1/10",
                },
                detail="A linear loss with weights of norm 1/10: the curvature is 1/10, not 1.",
            ),
            Necessity(
                "C_theta_x",
                witness={
                    "model": "quadratic",
                    "A": "((0, 0), (0, 0))",
                    "B": "((1, 0), (0, 1))",
                    "g": "(0, 0)",
                    "H": "((0, 0), (0, 0))",
                    "eps": "1",
                    "C_theta_x": "1/2",
                    "c": "99/100",
                    "theta_1": "(99/101, 20/101)",
                    "delta_1": "(99/101, 20/101)",
                    "mu_1": "1",
                    "theta_2": "(1, 0)",
                    "delta_2": "(1, 0)",
                    "mu_2": "1",
                },
                detail="The mixed derivative of a linear loss is the identity.",
            ),
            Necessity(
                "local maximum",
                witness={
                    "model": "quadratic",
                    "A": "((0, 0), (0, 0))",
                    "B": "((1, 0), (0, 1))",
                    "g": "(0, 0)",
                    "H": "((0, 0), (0, 0))",
                    "eps": "1",
                    "C_theta_x": "1",
                    "c": "99/100",
                    "theta_1": "(99/101, 20/101)",
                    "delta_1": "(-1, 0)",
                    "mu_1": "1",
                    "theta_2": "(1, 0)",
                    "delta_2": "(1, 0)",
                    "mu_2": "1",
                },
                detail="A point of the sphere that is no maximum may lie anywhere.",
            ),
        ),
        notes=(
            "The constant $c$ is never larger than 1 and depends on how the constraint is written; "
            "`jaxat.lemma-5-tangential` gives a constant that does not."
        ),
        cost=2.5,
    )
)


@REPAIRED.check(Method.EXACT, Verdict.PROVED)
def implicit_function(run: Run) -> Evidence:
    """K z = −[0; Bv] with ‖Kz‖ ≥ c‖z‖ and ‖z‖² = μ'² + ‖w‖² gives ‖w‖ ≤ (C_θx/c)‖v‖."""
    import z3

    from theory.smt import prove

    symbols: Any = z3.Reals("w dmu z Kz v c C_theta_x")
    w, slope, z, kz, v, c, constant = symbols
    given = [
        w >= 0,
        z >= 0,
        v >= 0,
        c > 0,
        constant >= 0,
        z**2 == slope**2 + w**2,
        kz >= c * z,  # every singular value of K is at least c
        kz <= constant * v,  # K z = -[0; B v]
    ]
    # H_t < 0: no eigenvalue is positive at a maximum, and their product, -det K, is not 0.
    eigenvalue, others, determinant = z3.Reals("eigenvalue others det_K")
    definite = prove(
        eigenvalue < 0,
        given=[eigenvalue <= 0, determinant == -eigenvalue * others, determinant != 0],
    )
    return Evidence.from_proofs(
        Method.EXACT,
        [
            prove(c * w <= constant * v, given=given),
            *congruence(run).proofs,
            *second_order(),
            definite,
        ],
        assumes=(
            "implicit function theorem",
            "Schwarz: ∇_θ∇_xℓ is the transpose of ∇_x∇_θℓ",
            "second-order sufficient conditions: μ > 0 and H_t ≺ 0 keep it a local maximum near θ",
            "mean value inequality on the ball U",
        ),
        witness={
            "model": "quadratic",
            "A": ((0, 0), (0, 0)),
            "B": ((1, 0), (0, 1)),
            "g": (0, 0),
            "H": ((0, 0), (0, 0)),
            "eps": 2,
            "C_theta_x": 1,
            "c": "4999/10000",
            "theta_1": ("9999/10001", "200/10001"),
            "delta_1": ("19998/10001", "400/10001"),
            "mu_1": 1,
            "theta_2": ("9999/10001", "-200/10001"),
            "delta_2": ("19998/10001", "-400/10001"),
            "mu_2": 1,
        },
        detail=(
            "In every dimension. H_t ≺ 0 follows from det K = −det H_t ≠ 0 and from the curvature "
            "along great circles, which is not positive. The linear loss with ‖θ‖ ≤ ε "
            "attains the bound in the limit of near weights."
        ),
    )


def sphere_error(run: Run, models: tuple) -> Evidence:
    """Relative error of −K⁻¹[0; B] (K by jax) against differences of re-solved maxima."""
    import numpy as np

    from theory.general_models import (
        finite_difference,
        implicit_jacobian,
        lagrangian_derivatives,
    )

    rng, tried, admissible = run.rng, 0, 0
    worst = 0.0
    for model in models:
        theta = np.stack([model.draw(rng) for _ in range(run.pick(4, 10))])
        solved = [model.attack(t) for t in theta]
        delta, mu = np.stack([s[0] for s in solved]), np.array([s[1] for s in solved])
        gradient, K, mixed = lagrangian_derivatives(model.loss, model.eps, delta, mu, theta)
        eigenvalues = np.linalg.eigvalsh(K)
        # Stationary, mu > 0, and H_t < 0: one eigenvalue of K is positive, the others negative.
        good = (np.abs(gradient).max(axis=1) < 1e-9) & (mu > 0.1) & (eigenvalues[:, -2] < -0.1)
        tried, admissible = tried + len(good), admissible + int(good.sum())
        for i in np.flatnonzero(good):

            def solution(t: Any, start: Any = delta[i], model: Any = model) -> Any:
                x, m = model.attack(t, start=start)
                return np.concatenate([[m], x])

            measured = finite_difference(solution, theta[i])
            implicit = implicit_jacobian(K[i], mixed[i])
            error = np.abs(implicit - measured).max() / np.abs(implicit).max()
            c = np.abs(eigenvalues[i]).min()
            bound = np.linalg.norm(mixed[i], 2) / c
            excess = np.linalg.norm(measured[1:], 2) / bound - 1.0
            worst = max(worst, float(error), float(excess))
    return Evidence.supported(
        admissible=admissible, tried=tried, margin=-worst, tolerance=1e-6, seed=run.seed
    )


@REPAIRED.check(Method.NUMERIC, Verdict.SUPPORTED)
def trust_region_models(run: Run) -> Evidence:
    """Quadratic losses in 1 to 6 dimensions: implicit (μ, x') against the secular equation."""
    from theory.general_models import TrustRegionModel

    return sphere_error(run, tuple(TrustRegionModel(d, run["eps"]) for d in range(1, 7)))


@REPAIRED.check(Method.NUMERIC, Verdict.SUPPORTED)
def softmax_models(run: Run) -> Evidence:
    """Three-class cross-entropy, d = 2 and 4, ‖x'‖ = ε: implicit against re-solved maxima."""
    from theory.general_models import SoftmaxModel

    return sphere_error(run, (SoftmaxModel(2, run["eps"]), SoftmaxModel(4, run["eps"])))
