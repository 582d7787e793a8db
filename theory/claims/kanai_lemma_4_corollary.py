"""What Kanai et al. draw from Lemma 4: smoothness of the loss, and its cause."""

from __future__ import annotations

from typing import Any

from theory.claim import Claim, Hypothesis, Kind, Necessity, Source
from theory.claims.kanai_lemma_4 import CURVED, INTERIOR, LOCAL_MAXIMUM, MIXED
from theory.errata import Erratum
from theory.evidence import Evidence, Method, Verdict
from theory.exact import Comparison, Point, norm, subtract
from theory.exact.matrix import spectral_norm_at_most
from theory.exact.models import global_maximum_inside, weight_distance, weight_gradient
from theory.registry import register
from theory.run import Run


def gradient_distance(point: Point) -> Any:
    """‖∇ℓ_ε(θ₁) − ∇ℓ_ε(θ₂)‖, the gradients being ∇_θℓ at the attacks."""
    first, second = (
        weight_gradient(point, point[f"theta_{i}"], point[f"delta_{i}"]) for i in (1, 2)
    )
    return norm(subtract(first, second))


def smooth(point: Point) -> Comparison:
    """‖∇ℓ_ε(θ₁) − ∇ℓ_ε(θ₂)‖ ≤ (C_θθ + C_θx²/c) ‖θ₁ − θ₂‖."""
    constant = point["C_theta_theta"] + point["C_theta_x"] ** 2 / point["c"]
    return Comparison(gradient_distance(point), "<=", constant * weight_distance(point))


WEIGHTS = Hypothesis(
    "C_theta_theta",
    r"$\nabla_\theta\ell$ is $C_{\theta\theta}$-Lipschitz in $\theta$ (Assumption 1)",
    lambda w: (
        w["C_theta_theta"] >= 0
        if w["model"] == "polynomial"
        else spectral_norm_at_most(w["A"], w["C_theta_theta"])
    ),
)

# l = theta x' - x'^2/2, attacked by x' = theta.
_SCALAR = {
    "model": "polynomial",
    "a": "(0, 0, -1/2)",
    "eps": "2",
    "p": "2",
    "C_theta_theta": "0",
    "C_theta_x": "1",
    "c": "1",
    "theta_1": "(1,)",
    "delta_1": "(1,)",
    "theta_2": "(0,)",
    "delta_2": "(0,)",
}

COROLLARY = register(
    Claim(
        id="kanai.lemma-4.corollary",
        kind=Kind.COROLLARY,
        source=Source("kanai", "after Lemma 4", "final"),
        title="Inside the region the adversarial loss is locally (C_θθ + C_θx²/c)-smooth",
        statement=(
            r"From Lemmas 1 and 4, adversarial loss can be locally $(C_{\theta\theta}+"
            r"C_{\theta x}^2/c)$-smooth on the parameter set such that the local maximum point "
            r"$x'^*$ exists inside the feasible region."
        ),
        expected=Verdict.PROVED,
        depends=("kanai.lemma-1", "kanai.lemma-4"),
        hypotheses=(LOCAL_MAXIMUM, INTERIOR, CURVED, MIXED, WEIGHTS),
        conclusion=smooth,
        necessity=(
            Necessity(
                "C_theta_theta",
                witness={
                    "model": "quadratic",
                    "A": "((1,),)",
                    "B": "((1,),)",
                    "g": "(0,)",
                    "H": "((-1,),)",
                    "eps": "2",
                    "p": "2",
                    "C_theta_theta": "0",
                    "C_theta_x": "1",
                    "c": "1",
                    "theta_1": "(1,)",
                    "delta_1": "(1,)",
                    "theta_2": "(0,)",
                    "delta_2": "(0,)",
                },
                detail="The clean curvature 1 adds to what the attack gives.",
            ),
            Necessity(
                "c",
                witness={
                    "model": "polynomial",
                    "a": "(0, 0, -1/2, 1/6)",
                    "eps": "1",
                    "p": "2",
                    "C_theta_theta": "0",
                    "C_theta_x": "1",
                    "c": "1",
                    "theta_1": "(19/200,)",
                    "delta_1": "(1/10,)",
                    "theta_2": "(0,)",
                    "delta_2": "(0,)",
                },
                detail="c = 1 holds at x' = 0 only; along the branch the curvature falls to 9/10.",
            ),
            Necessity(
                "C_theta_x",
                witness={**_SCALAR, "C_theta_x": "1/2"},
                detail="The mixed derivative of theta x' - x'^2/2 is 1, and so is the curvature.",
            ),
            Necessity(
                "local maximum",
                witness={**_SCALAR, "theta_1": "(1/2,)"},
                detail="An attack that is not stationary, here 2 theta, moves too fast.",
            ),
            Necessity(
                "inside",
                by="jaxat.lemma-4-convex-set",
                detail="That claim bounds the attack; Lemma 1 then bounds the gradient.",
            ),
        ),
        notes=(
            "The smooth function is the loss of the local branch. The constant is reached; the "
            "curvature of the branch is never below that of the clean loss (`jaxat.lemma-4-schur`)."
        ),
        cost=0.3,
    )
)


@COROLLARY.check(Method.EXACT, Verdict.PROVED)
def composition(run: Run) -> Evidence:
    """Lemma 1 with C = C_θx/c, multiplied by c."""
    import z3

    from theory.smt import prove

    symbols: Any = z3.Reals("jump D T c C_theta_theta C_theta_x")
    jump, distance, step, c, c_tt, c_tx = symbols
    given = [
        jump <= c_tt * step + c_tx * distance,  # Lemma 1, before the last line
        c * distance <= c_tx * step,  # Lemma 4
        c > 0,
        c_tt >= 0,
        c_tx >= 0,
        step >= 0,
    ]
    proof = prove(c * jump <= (c * c_tt + c_tx**2) * step, given=given)
    return Evidence.from_proofs(
        Method.EXACT,
        [proof],
        assumes=(
            "Lemma 4: implicit function theorem, mean value inequality",
            "chain rule: the loss of the branch has the gradient ∇_θℓ, as ∇_xℓ(x'(θ), θ) = 0",
        ),
        witness={
            "model": "quadratic",
            "A": ((1,),),
            "B": ((1,),),
            "g": (0,),
            "H": ((-1,),),
            "eps": 2,
            "p": 2,
            "C_theta_theta": 1,
            "C_theta_x": 1,
            "c": 1,
            "theta_1": (1,),
            "delta_1": (1,),
            "theta_2": (0,),
            "delta_2": (0,),
        },
    )


register(
    Claim(
        id="kanai.constraints-cause",
        kind=Kind.REMARK,
        source=Source("kanai", "after Lemma 4; after Lemma 5", "both"),
        title="Non-smoothness is caused by the constraints: inactive ones leave a smooth loss",
        statement=(
            r"This lemma also indicates that non-smoothness of adversarial loss is caused by the "
            r"constraints of adversarial examples: if the constraints of adversarial examples are "
            r"inactive, the adversarial loss tends to be smooth under Assumption 1. (Read: where "
            r"they are inactive it is smooth, with some constant $K$.)"
        ),
        expected=Verdict.REFUTED,
        repaired_by=("kanai.lemma-4.corollary",),
        hypotheses=(
            Hypothesis(
                "inactive",
                r"the global maximum is strictly inside, $\|x'-x\|<\varepsilon$",
                lambda w: (
                    *(Comparison(norm(w[f"delta_{i}"]), "<", w["eps"]) for i in (1, 2)),
                    global_maximum_inside(w),
                ),
            ),
            MIXED,
            WEIGHTS,
            Hypothesis(
                "constant",
                r"any candidate $K$ for the smoothness constant",
                lambda w: Comparison(w["K"], ">", 0),
            ),
        ),
        conclusion=lambda w: Comparison(gradient_distance(w), "<=", w["K"] * weight_distance(w)),
    )
)


ERRATA = (
    Erratum(
        id="kanai.erratum-28",
        where="After Lemma 4 and after Lemma 5",
        printed="non-smoothness of adversarial loss is caused by the constraints",
        correct=(
            r"constraints are one cause. With inactive constraints the loss is still not smooth "
            r"where the curvature vanishes ($-x'^4+\theta x'$) or where two maxima have equal "
            r"height ($-(x'^2-1)^2+\theta x'$); and where the loss is strongly concave in the "
            r"input, active convex constraints do no harm."
        ),
        claim="kanai.constraints-cause",
    ),
)
