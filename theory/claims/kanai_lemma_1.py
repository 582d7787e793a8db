"""Lemma 1 of Kanai et al.: a Lipschitz attack makes the adversarial loss smooth."""

from __future__ import annotations

from typing import Any

from theory.claim import Claim, Hypothesis, Kind, Necessity, Source
from theory.errata import Erratum
from theory.evidence import Evidence, Method, Verdict
from theory.exact import Comparison, Point, matvec, norm, subtract
from theory.exact.matrix import (
    multiply,
    negative_definite,
    scaled,
    spectral_norm_at_most,
    summed,
    transpose,
)
from theory.registry import register
from theory.run import Run
from theory.scope import Names, Scope


def adversarial_gradient(point: Point, theta: tuple) -> tuple:
    """∇ of θ ↦ ℓ(Kθ, θ) for ℓ = ½θ'Aθ + θ'Bx' − ½x''Cx': (A + BK + K'B' − K'CK) θ."""
    A, B, C, K = (point[name] for name in "ABCK")
    cross = summed(multiply(B, K), transpose(multiply(B, K)))
    curvature = scaled(-1, multiply(transpose(K), multiply(C, K)))
    return matvec(summed(summed(A, cross), curvature), theta)


def smooth(point: Point) -> Comparison:
    """‖∇ℓ_ε(θ₁) − ∇ℓ_ε(θ₂)‖ ≤ (C_θθ + C C_θx) ‖θ₁ − θ₂‖."""
    first, second = point["theta_1"], point["theta_2"]
    jump = subtract(adversarial_gradient(point, first), adversarial_gradient(point, second))
    constant = point["C_theta_theta"] + point["lipschitz"] * point["C_theta_x"]
    return Comparison(norm(jump), "<=", constant * norm(subtract(first, second)))


ASSUMPTION_1 = Hypothesis(
    "Assumption 1",
    r"$\nabla_\theta\ell$ is $C_{\theta\theta}$-Lipschitz in $\theta$ and $C_{\theta x}$-Lipschitz "
    r"in $x$",
    lambda w: (
        spectral_norm_at_most(w["A"], w["C_theta_theta"]),
        spectral_norm_at_most(w["B"], w["C_theta_x"]),
    ),
)
LIPSCHITZ = Hypothesis(
    "x' is C-Lipschitz",
    r"$\|x'(\theta_1) - x'(\theta_2)\| \le C \|\theta_1 - \theta_2\|$",
    lambda w: spectral_norm_at_most(w["K"], w["lipschitz"]),
)
OPTIMAL = Hypothesis(
    "x' is optimal",
    r"$x'(\theta)$ maximises $\ell(\cdot, \theta)$ over the feasible set",
    lambda w: (
        negative_definite(scaled(-1, w["C"])),
        multiply(w["C"], w["K"]) == transpose(w["B"]),
    ),
)

PARTS = Names("gradient", "constant")

# l = 1/2 theta^2 + theta x' - x'^2/2, attacked by x' = theta: gradient 2 theta.
TIGHT = {
    "A": ((1,),),
    "B": ((1,),),
    "C": ((1,),),
    "K": ((1,),),
    "C_theta_theta": 1,
    "C_theta_x": 1,
    "lipschitz": 1,
    "theta_1": (1,),
    "theta_2": (0,),
}

LEMMA_1 = register(
    Claim(
        id="kanai.lemma-1",
        kind=Kind.LEMMA,
        source=Source("kanai", "Lemma 1", "both", ("24", "25")),
        title="A C-Lipschitz attack makes the adversarial loss (C_θθ + C C_θx)-smooth",
        statement=(
            r"If the adversarial example $x'(\theta)$ is a $C$-Lipschitz function, the gradient of "
            r"adversarial loss is $(C_{\theta\theta} + C C_{\theta x})$-Lipschitz, that is, "
            r"adversarial loss is $(C_{\theta\theta} + C C_{\theta x})$-smooth."
        ),
        expected=Verdict.PROVED,
        hypotheses=(ASSUMPTION_1, LIPSCHITZ, OPTIMAL),
        conclusion=smooth,
        domain={"part": PARTS},
        necessity=(
            Necessity(
                "x' is optimal",
                witness={
                    "A": "((0,),)",
                    "B": "((0,),)",
                    "C": "((2,),)",
                    "K": "((1,),)",
                    "C_theta_theta": "0",
                    "C_theta_x": "0",
                    "lipschitz": "1",
                    "theta_1": "(1,)",
                    "theta_2": "(0,)",
                },
                detail=(
                    "l = -x'^2 attacked by x' = theta is Lipschitz and not optimal: the loss "
                    "-theta^2 is 2-smooth, and the bound says 0."
                ),
            ),
            Necessity(
                "x' is C-Lipschitz",
                witness={
                    "A": "((1,),)",
                    "B": "((1,),)",
                    "C": "((1,),)",
                    "K": "((1,),)",
                    "C_theta_theta": "1",
                    "C_theta_x": "1",
                    "lipschitz": "0",
                    "theta_1": "(1,)",
                    "theta_2": "(0,)",
                },
                detail="The optimal attack x' = theta is not constant; the gradient is 2 theta.",
            ),
            Necessity(
                "Assumption 1",
                witness={
                    "A": "((1,),)",
                    "B": "((1,),)",
                    "C": "((1,),)",
                    "K": "((1,),)",
                    "C_theta_theta": "0",
                    "C_theta_x": "1",
                    "lipschitz": "1",
                    "theta_1": "(1,)",
                    "theta_2": "(0,)",
                },
                detail="The clean loss theta^2/2 is not 0-smooth, and its curvature adds up.",
            ),
        ),
        notes=(
            "The statement does not say that $x'(\\theta)$ must be a maximiser. It is needed: the "
            "proof uses $\\nabla\\ell_\\varepsilon(\\theta) = \\nabla_\\theta\\ell(x'(\\theta), "
            "\\theta)$, which is Danskin's theorem. For a Lipschitz selection of maximisers that "
            "theorem is proved here too."
        ),
        cost=0.8,
    )
)


@LEMMA_1.check(Method.SYMBOLIC, Verdict.PROVED)
def triangle_inequality(run: Run) -> Evidence:
    """‖u + v‖ ≤ ‖u‖ + ‖v‖ for the two steps of Eq. (14), by one Gram identity."""
    import sympy

    from theory.gram import dot, gram, norm_squared
    from theory.symbolic import prove_nonnegative_by_identity, prove_zero

    a, b = sympy.symbols("a b", positive=True)
    u, v = gram("u v", norms={"u": a, "v": b})
    # (a + b)^2 - |u + v|^2 = |bu - av|^2 / (ab), and the right side is a squared norm.
    square = norm_squared(b * u - a * v)
    triangle = prove_zero((a + b) ** 2 - norm_squared(u + v) - square / (a * b))
    coefficients = sympy.symbols("C_tt C_tx C T", nonnegative=True)
    c_tt, c_tx, c, t = coefficients
    s1, s2, s3 = sympy.symbols("s1:4", nonnegative=True)  # slacks of the three Lipschitz bounds
    moved = c * t - s1  # the distance of the attacks
    steps = (c_tt * t - s2) + (c_tx * moved - s3)
    total = prove_nonnegative_by_identity((c_tt + c * c_tx) * t - steps, s2 + c_tx * s1 + s3)
    cauchy = prove_zero(dot(u, v) - (a**2 + b**2 - norm_squared(u - v)) / 2)
    return Evidence.from_proofs(
        Method.SYMBOLIC,
        [triangle, total, cauchy],
        Scope("the constant", {"part": Names("constant")}),
        witness=TIGHT,
        detail=(
            "Dimension-free. The mean over the data keeps the constant, by the same triangle "
            "inequality."
        ),
    )


@LEMMA_1.check(Method.EXACT, Verdict.PROVED)
def danskin(run: Run) -> Evidence:
    """ℓ_ε is differentiable with gradient ∇_θℓ(x'(θ), θ): remainder ≤ (3C_θθ/2 + C C_θx)‖h‖².

    With f(a, b) = l(x'(theta + a h), theta + b h): optimality says f(1,1) >= f(0,1) and
    f(0,0) >= f(1,0). Smoothness in theta bounds f(0,1) - f(0,0) - <g, h> and f(1,0) - f(1,1) +
    <G, h> by C_tt |h|^2 / 2, where g = grad l(x'(theta), theta), G the same at theta + h.
    """
    import z3

    from theory.smt import prove

    symbols: Any = z3.Reals("f00 f01 f10 f11 gh Gh C_tt C_times_C_tx h")
    f00, f01, f10, f11, g, G, c_tt, product, h = symbols
    given = [
        f11 >= f01,
        f00 >= f10,
        f01 - f00 - g >= -c_tt * h**2 / 2,
        f10 - f11 + G >= -c_tt * h**2 / 2,
        # |<G - g, h>| <= (C_tt + C C_tx) |h|^2, the triangle inequality above.
        G - g <= (c_tt + product) * h**2,
        g - G <= (c_tt + product) * h**2,
        c_tt >= 0,
        product >= 0,
        h >= 0,
    ]
    constant = 3 * c_tt / 2 + product
    lower = prove(f11 - f00 - g >= -constant * h**2, given=given)
    upper = prove(f11 - f00 - g <= constant * h**2, given=given)
    return Evidence.from_proofs(
        Method.EXACT,
        [lower, upper],
        Scope("the gradient that the proof takes", {"part": Names("gradient")}),
        assumes=("descent lemma: a C-smooth function is within C‖h‖²/2 of its linearisation",),
        detail="So the gradient that the proof of Lemma 1 takes is the gradient of the loss.",
    )


@LEMMA_1.check(Method.NUMERIC, Verdict.SUPPORTED)
def softmax_model(run: Run) -> Evidence:
    """The derivative of the re-solved adversarial loss is ∇_θℓ(x'(θ), θ): three classes, d = 3."""
    import jax
    import numpy as np

    from theory.general_models import SoftmaxModel

    model = SoftmaxModel(3)
    rng = run.rng
    thetas = [model.draw(rng) for _ in range(run.pick(3, 8))]
    attacks = [model.attack(theta)[0] for theta in thetas]
    step = 1e-5 * np.eye(thetas[0].size)
    moved = [
        (t + sign * h, x)
        for t, x in zip(thetas, attacks, strict=True)
        for h in step
        for sign in (1, -1)
    ]
    moved_attacks = np.stack([model.attack(t, start=x)[0] for t, x in moved])
    both = jax.jit(jax.vmap(jax.value_and_grad(model.loss, argnums=1)))
    loss = np.asarray(both(moved_attacks, np.stack([t for t, _ in moved]))[0])
    loss = loss.reshape(len(thetas), -1, 2)
    slope = (loss[..., 0] - loss[..., 1]) / 2e-5
    partial = np.asarray(both(np.stack(attacks), np.stack(thetas))[1])
    error = np.abs(slope - partial).max(axis=1) / np.abs(partial).max(axis=1)
    return Evidence.supported(
        admissible=len(thetas),
        tried=len(thetas),
        margin=-float(error.max()),
        tolerance=1e-8,
        seed=run.seed,
    )


EARLY = register(
    Claim(
        id="kanai.early.lemma-1",
        kind=Kind.LEMMA,
        source=Source("kanai", "Lemma 1", "early"),
        title="Lemma 1 with 0 < C < ∞",
        statement=(
            r"If $\|x'(\theta_1)-x'(\theta_2)\|\le C\|\theta_1-\theta_2\|$ where $0<C<\infty$, "
            r"adversarial loss is $(C_{\theta\theta}+CC_{\theta x})$-smooth."
        ),
        expected=Verdict.PROVED,
        depends=("kanai.lemma-1",),
        hypotheses=(
            ASSUMPTION_1,
            Hypothesis("0 < C", r"$0 < C < \infty$", lambda w: Comparison(w["lipschitz"], ">", 0)),
            LIPSCHITZ,
            OPTIMAL,
        ),
        conclusion=smooth,
        domain={"part": PARTS},
        necessity=(
            Necessity(
                "0 < C",
                by="kanai.lemma-1",
                detail="Theorem 2 is the case C = 0, which this wording leaves out.",
            ),
            Necessity(
                "x' is C-Lipschitz",
                witness={
                    "A": "((1,),)",
                    "B": "((1,),)",
                    "C": "((1,),)",
                    "K": "((1,),)",
                    "C_theta_theta": "1",
                    "C_theta_x": "1",
                    "lipschitz": "1/2",
                    "theta_1": "(1,)",
                    "theta_2": "(0,)",
                },
                detail="The optimal attack x' = theta is 1-Lipschitz; the gradient is 2 theta.",
            ),
            *(n for n in LEMMA_1.necessity if n.hypothesis != "x' is C-Lipschitz"),
        ),
        cost=0.3,
    )
)
EARLY.check(Method.SYMBOLIC, Verdict.PROVED)(triangle_inequality)
EARLY.check(Method.EXACT, Verdict.PROVED)(danskin)

ERRATA = (
    Erratum(
        id="kanai.erratum-18",
        where="Early version, Lemma 1",
        printed=r"where $0 < C < \infty$",
        correct=(
            r"where $0 \le C < \infty$: Theorem 2 applies the lemma with $C = 0$, and the proof "
            r"covers it (the final version asks only for a $C$-Lipschitz function)."
        ),
        claim="kanai.early.lemma-1",
    ),
)
