"""Lemma 5 of Kanai et al.: on the sphere, and what its determinant does not see."""

from __future__ import annotations

from typing import Any

from docs.companion.page import Figure, Page

_CURVATURE = 0.1


def disc() -> dict[str, Any]:
    """Maximisers of -(a/2)(x_1 - 1)^2 - x_2^2/2 + (s + theta).x on the unit disc, two values of "
    "s."""
    import numpy as np

    from theory.general_models import TrustRegionModel, lagrangian_derivatives

    H = np.diag([-_CURVATURE, -1.0])
    nodes = np.linspace(-0.15, 0.15, 41).round(12)
    model = TrustRegionModel(2)
    scenes = {}
    # With s = 0 the maximum at theta = 0 is on the circle with the multiplier 0.
    for name, s in (("positive", 0.3), ("zero", 0.0)):
        weights = np.array([[[_CURVATURE + s + a, b] for b in nodes] for a in nodes])
        found = [[model.attack(np.concatenate([g, H.ravel()])) for g in row] for row in weights]
        x = np.array([[point for point, _ in row] for row in found])
        mu = np.array([[multiplier for _, multiplier in row] for row in found])
        on_circle = np.linalg.norm(x, axis=-1) > 1 - 1e-12
        flat = np.concatenate([weights, np.broadcast_to(H.ravel(), (*x.shape[:2], 4))], axis=-1)
        bordered = lagrangian_derivatives(
            model.loss, 1.0, x[on_circle], mu[on_circle], flat[on_circle]
        )[1]
        least = float(np.linalg.svd(bordered, compute_uv=False).min())
        scenes[name] = {"g": _CURVATURE + s, "x": x.tolist(), "c": least}
    return {"nodes": nodes.tolist(), "H": H.tolist(), "scenes": scenes}


PAGE = Page(
    slug="lemma-5",
    chapter=4,
    title="Lemma 5: on the sphere, and the multiplier that was forgotten",
    short="refuted as printed, proved with μ > 0",
    claims=("kanai.lemma-5", "kanai.lemma-5.repaired"),
    evidence=(
        "kanai.lemma-5.odd-d",
        "kanai.det-criterion",
        "kanai.det-criterion.repaired",
        "kanai.bordered-hessian",
        "kanai.constraints-cause",
        "kanai.linf-difficult",
        "jaxat.lemma-5-tangential",
        "jaxat.lemma-5-linf",
    ),
    question=(
        "The worst input sits on the rim of the disc, but only just: without the constraint it "
        "would "
        "sit at the same place. The weight pushes it gently inward. What happens?"
    ),
    options=(
        "it slides along the rim",
        "nothing, the rim holds it",
        "it leaves the rim and moves as fast as the flatness of the loss allows",
    ),
    answer=(
        "C. The constraint does not hold it: its multiplier μ is 0. The lemma follows the "
        "stationary "
        "point that stays on the rim; on one side of θ that point is no maximum any more."
    ),
    see=(
        "Left, a weight that pushes the gradient of a quadratic loss. Middle, the disc: the "
        "maximiser "
        "sits where a level line (blue) touches the rim from outside. Right, its first "
        "coordinate "
        "along a cut through the weights. Here the multiplier is positive, and the bound holds."
    ),
    figure=Figure(
        widget="lemma-5",
        formulas=("quadratic_loss",),
        data=disc,
        alt=(
            "Three panels. Left: two small weights near the origin. Middle: part of the unit "
            "circle "
            "with elliptic level lines whose centre lies outside; both maximisers sit on the "
            "circle near the point one, zero, a little apart. Right: the first coordinate of the "
            "maximiser stays near one over the whole range of weights."
        ),
        caption=(
            "Maximisers from the secular equation, on a grid of 41 × 41 weights; c is the "
            "smallest "
            "singular value of the bordered Hessian met on the circle."
        ),
    ),
    breaks=(
        "Let the multiplier be 0. The determinant condition of the lemma is still satisfied, and "
        "so is "
        "the bound on the singular values. But for $\\theta_1<0$ the maximum leaves the circle "
        "and runs "
        "inward ten times as fast as the bound allows (a hundred times in the exact witness "
        "below). In "
        "odd dimensions it is worse: no local maximum ever has $\\det\\nabla^2J>0$, and the "
        "lemma is "
        "about nothing."
    ),
    why=(
        "With $J=\\ell-\\mu(\\|x'-x\\|-\\varepsilon)$, $\\det\\nabla^2J=-\\det H_t$, where $H_t$ "
        "is the "
        "$(d-1)\\times(d-1)$ block along the sphere. At a maximum $H_t\\prec0$, so the sign of "
        "the "
        "determinant is $(-1)^d$ whatever the loss is: it cannot tell maxima apart. What is "
        "needed is "
        "$\\mu>0$ (strict complementarity) and $H_t\\prec0$. Then the implicit function theorem "
        "gives "
        "the bound."
    ),
    exercise=(
        "For a linear loss $\\ell=\\theta^\\top x'$ on the disc of radius ε, find μ and $H_t$, "
        "and "
        "compare the repaired lemma with Lemma 2."
    ),
    solution=(
        "$x'=x+\\varepsilon\\theta/\\|\\theta\\|$, $\\mu=\\|\\theta\\|$, "
        "$H_t=-\\frac{\\mu}{\\varepsilon}I$. "
        "So $c_t=\\|\\theta\\|/\\varepsilon$, and $\\|Dx'\\|\\le\\varepsilon/\\|\\theta\\|$: "
        "Lemma 2 exactly."
    ),
    code=("theory.general_models:lagrangian_derivatives", "docs.companion.pages.lemma_5:disc"),
    command="python -m verify kanai.lemma-5 kanai.lemma-5.repaired kanai.lemma-5.odd-d",
)
