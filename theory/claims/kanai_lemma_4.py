"""Lemma 4 of Kanai et al.: an attack inside the feasible region is smooth in the weights."""

from __future__ import annotations

from typing import Any

from theory.claim import Claim, Hypothesis, Kind, Necessity, Parameter, Source
from theory.evidence import Evidence, Method, Verdict
from theory.exact import Comparison, Point, norm
from theory.exact.models import (
    attack_distance,
    attacks,
    curved_at_least,
    mixed_norm_at_most,
    strict_interior_maximum,
    weight_distance,
)
from theory.registry import register
from theory.run import Run


def lipschitz(point: Point) -> Comparison:
    """‖x'(θ₁) − x'(θ₂)‖ ≤ (C_θx/c) ‖θ₁ − θ₂‖."""
    constant = point["C_theta_x"] / point["c"]
    return Comparison(attack_distance(point), "<=", constant * weight_distance(point))


LOCAL_MAXIMUM = Hypothesis(
    "local maximum",
    r"$\nabla_x\ell\in C^1$ and $x'(\theta)$ is a local maximum with "
    r"$\nabla_x^2\ell(x',\theta)\prec 0$",
    strict_interior_maximum,
)
INTERIOR = Hypothesis(
    "inside",
    r"$\|x'-x\|_p<\varepsilon$",
    lambda w: tuple(Comparison(norm(d, w["p"]), "<", w["eps"]) for _, d in attacks(w)),
)
CURVED = Hypothesis(
    "c",
    r"$\max_i\lambda_i(\nabla_x^2\ell(x',\theta))\le -c$ with $c>0$ along the branch over $U$",
    lambda w: (Comparison(w["c"], ">", 0), curved_at_least(w, w["c"])),
)
MIXED = Hypothesis(
    "C_theta_x",
    r"$\nabla_\theta\ell$ is $C_{\theta x}$-Lipschitz in $x$ (Assumption 1)",
    lambda w: mixed_norm_at_most(w, w["C_theta_x"]),
)

# l = theta x' - x'^2/2 + x'^3/6 with x' = 1/10, so theta = 1/10 - 1/200, against x' = 0.
CUBIC = {
    "model": "polynomial",
    "a": "(0, 0, -1/2, 1/6)",
    "eps": "1",
    "p": "2",
    "C_theta_x": "1",
    "c": "1",
    "theta_1": "(19/200,)",
    "delta_1": "(1/10,)",
    "theta_2": "(0,)",
    "delta_2": "(0,)",
}

LEMMA_4 = register(
    Claim(
        id="kanai.lemma-4",
        kind=Kind.LEMMA,
        source=Source("kanai", "Lemma 4", "both", ("19", "38", "39", "41", "35 to 37 (early)")),
        title="Inside the region, a local maximum with Hessian ≤ −c is (C_θx/c)-Lipschitz",
        statement=(
            r"We assume that $\nabla_x\ell(x,\theta)$ is a $C^1$ function and $x'^*$ is the local "
            r"maximum point satisfying $\nabla_x^2\ell(x'^*,\theta)\prec 0$ inside the feasible "
            r"region ($\|x'^*-x\|_p<\varepsilon$). If there is a constant $0<c<\infty$ such as "
            r"$\max_i\lambda_i(\nabla_x^2\ell(x',\theta))\le -c$, the optimal adversarial example "
            r"$x'^*$ in some neighborhood $U$ of $\theta$ is a continuously differentiable "
            r"function $x'(\theta)$ and $\|x'(\theta_1)-x'(\theta_2)\|\le\frac{C_{\theta x}}{c}"
            r"\|\theta_1-\theta_2\|$ for all $\theta_1,\theta_2\in U$."
        ),
        expected=Verdict.PROVED,
        hypotheses=(LOCAL_MAXIMUM, INTERIOR, CURVED, MIXED),
        conclusion=lipschitz,
        parameters={"d": Parameter(5, 1, 8, "inputs of the softplus networks", integer=True)},
        necessity=(
            Necessity(
                "c",
                witness=CUBIC,
                detail="The Hessian is -1 at x' = 0 alone and rises to -9/10 along the branch.",
            ),
            Necessity(
                "inside",
                by="jaxat.lemma-4-convex-set",
                detail=(
                    "With the curvature taken between the two attacks, the Lipschitz bound "
                    "survives "
                    "on the boundary of any convex feasible set; differentiability is lost there."
                ),
            ),
            Necessity(
                "C_theta_x",
                witness={
                    "model": "polynomial",
                    "a": "(0, 0, -1/2)",
                    "eps": "2",
                    "p": "2",
                    "C_theta_x": "1/2",
                    "c": "1",
                    "theta_1": "(1,)",
                    "delta_1": "(1,)",
                    "theta_2": "(0,)",
                    "delta_2": "(0,)",
                },
                detail="The mixed derivative of theta x' - x'^2/2 is 1, and x' = theta.",
            ),
            Necessity(
                "local maximum",
                witness={
                    "model": "polynomial",
                    "a": "(0, 0, -1/2)",
                    "eps": "2",
                    "p": "2",
                    "C_theta_x": "1",
                    "c": "1",
                    "theta_1": "(1/2,)",
                    "delta_1": "(1,)",
                    "theta_2": "(0,)",
                    "delta_2": "(0,)",
                },
                detail="An attack that is not stationary, here 2 theta, is bound by nothing.",
            ),
        ),
        notes=(
            "Read as a statement about the *branch* of local maximisers through $x'^*$, with $c$ "
            "uniform along that branch and $U$ a ball. Both readings are needed: see "
            "`kanai.lemma-4.optimal` and `kanai.lemma-4.c-at-point`."
        ),
        cost=3.0,
    )
)


@LEMMA_4.check(Method.EXACT, Verdict.PROVED)
def implicit_function(run: Run) -> Evidence:
    """H w = −B v with H ≤ −c gives ‖w‖ ≤ (C_θx/c)‖v‖: the implicit Jacobian, in every dimension."""
    import z3

    from theory.smt import prove

    symbols: Any = z3.Reals("w Bv v inner c C_theta_x")
    w, bv, v, inner, c, constant = symbols
    given = [
        w >= 0,
        bv >= 0,
        v >= 0,
        c > 0,
        constant >= 0,
        bv <= constant * v,  # ‖B v‖ <= C_theta_x ‖v‖
        inner <= -c * w**2,  # inner = <w, H w>, and H w = -B v
        -inner <= w * bv,  # Cauchy-Schwarz
        inner <= w * bv,
    ]
    jacobian = prove(c * w <= constant * v, given=given)
    return Evidence.from_proofs(
        Method.EXACT,
        [jacobian],
        assumes=(
            "implicit function theorem",
            "Schwarz: ∇_θ∇_xℓ is the transpose of ∇_x∇_θℓ",
            "mean value inequality on the ball U",
        ),
        witness={
            "model": "polynomial",
            "a": (0, 0, -1),
            "eps": 2,
            "p": 2,
            "C_theta_x": 1,
            "c": 2,
            "theta_1": (1,),
            "delta_1": ("1/2",),
            "theta_2": (-1,),
            "delta_2": ("-1/2",),
        },
        detail="Norms and one inner product only, so the proof holds in every dimension.",
    )


def _implicit_error(run: Run, models: tuple, floor: float) -> Evidence:
    """Relative error of −H⁻¹B against central differences of the re-solved maximiser."""
    import numpy as np

    from theory.general_models import finite_difference, implicit_jacobian, input_derivatives

    rng, tried, admissible = run.rng, 0, 0
    worst = 0.0
    for model in models:
        theta = np.stack([model.draw(rng) for _ in range(run.pick(4, 12))])
        attack = np.stack([model.attack(t) for t in theta])
        gradient, hessian, mixed = input_derivatives(model.loss, attack, theta)
        eigenvalues = np.linalg.eigvalsh(hessian)
        # A stationary point whose Hessian is negative definite, and clearly so.
        good = (np.abs(gradient).max(axis=1) < 1e-12) & (eigenvalues[:, -1] < -floor)
        tried, admissible = tried + len(good), admissible + int(good.sum())
        for i in np.flatnonzero(good):
            measured = finite_difference(model.attack, theta[i])
            implicit = implicit_jacobian(hessian[i], mixed[i])
            scale = np.abs(implicit).max()
            worst = max(worst, float(np.abs(implicit - measured).max() / scale))
            bound = np.linalg.norm(mixed[i], 2) / -eigenvalues[i, -1]
            worst = max(worst, float(np.linalg.norm(measured, 2) / bound - 1.0))
    return Evidence.supported(
        admissible=admissible,
        tried=tried,
        margin=-worst,
        tolerance=1e-6,
        seed=run.seed,
    )


@LEMMA_4.check(Method.NUMERIC, Verdict.SUPPORTED)
def swish_networks(run: Run) -> Evidence:
    """Swish networks with 1, 2, 3 and 6 inputs: −H⁻¹B from jax against the closed form."""
    from theory.general_models import SwishNetwork

    return _implicit_error(run, tuple(SwishNetwork(d) for d in (1, 2, 3, 6)), 1e-2)


@LEMMA_4.check(Method.NUMERIC, Verdict.SUPPORTED)
def softplus_networks(run: Run) -> Evidence:
    """Softplus networks with 2 and d inputs: −H⁻¹B from jax against maxima re-solved by Newton."""
    from theory.general_models import SoftplusNetwork

    return _implicit_error(run, tuple(SoftplusNetwork(d) for d in (2, run.integer("d"))), 1e-2)
