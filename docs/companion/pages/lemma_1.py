"""Lemma 1 of Kanai et al.: from a Lipschitz example to a smooth loss."""

from __future__ import annotations

import math
from typing import Any

from docs.companion.page import Figure, Page


def setting() -> dict[str, Any]:
    """One sample, and the exact constants of Assumption 1 for weights up to norm 3."""
    from theory.smoothness import logistic_constants

    eps = 0.6
    found = logistic_constants(math.nextafter(math.sqrt(2.0), 2.0) + eps, 3.0)
    return {
        "x": [-1.0, 1.0],
        "y": 1.0,
        "eps": eps,
        "C_thetatheta": found.C_thetatheta,
        "C_thetax": found.C_thetax,
    }


PAGE = Page(
    slug="lemma-1",
    chapter=3,
    title="Lemma 1: a calm example makes a smooth loss",
    short="two steps, one triangle",
    claims=("kanai.lemma-1",),
    evidence=("kanai.early.lemma-1", "kanai.assumption-1", "jaxat.logistic-constants"),
    question=(
        "The gradient of the adversarial loss depends on the weights twice: directly, and through "
        "the worst input. If the worst input is a $C$-Lipschitz function of the weights, how "
        "smooth "
        "is the loss?"
    ),
    options=(
        "as smooth as the clean loss, $C_{\\theta\\theta}$",
        "$C_{\\theta\\theta}+C\\,C_{\\theta x}$",
        "that cannot be said: a maximum is never smooth",
    ),
    answer="B. One constant for each of the two ways, and the triangle inequality adds them.",
    see=(
        "From $\\theta_1$ to $\\theta_2$ in two steps: first move the weights and keep the input "
        "(orange arrow), then let the input follow (green arrow). The dashed side of the "
        "triangle is "
        "the change of the gradient of the adversarial loss. Drag a weight near the origin and "
        "see "
        "which of the two steps takes over."
    ),
    figure=Figure(
        widget="lemma-1",
        formulas=("example_l2", "gradient_l2", "norm"),
        data=setting,
        alt=(
            "Three panels. Left: two short weights in different directions. Middle: a circle "
            "around "
            "the input with the two adversarial examples, clearly apart. Right: a triangle of "
            "arrows in the plane of gradients: a short step where the weights move, a longer "
            "one where the input moves, and their sum."
        ),
        caption="One sample under an L2 attack, ε = 0.6; constants for all weights up to norm 3.",
    ),
    breaks=(
        "Count the first step only, as if the attack were held constant (which is what automatic "
        "differentiation does if one forgets that $x'$ depends on θ): near the origin the bound "
        "fails. Also needed, though the lemma does not say so: $x'$ must be the *maximiser*. "
        "An attack that is Lipschitz but not optimal has another gradient, and the bound can fail."
    ),
    why=(
        "$\\nabla\\ell_\\varepsilon(\\theta)=\\nabla_\\theta\\ell(x'(\\theta),\\theta)$: to "
        "first order "
        "the maximiser's own movement does not change the maximum (Danskin). Then\n\n"
        "$$\\|\\nabla\\ell_\\varepsilon(\\theta_1)-\\nabla\\ell_\\varepsilon(\\theta_2)\\|\\le "
        "C_{\\theta\\theta}\\|\\theta_1-\\theta_2\\|+C_{\\theta "
        "x}\\|x'(\\theta_1)-x'(\\theta_2)\\| .$$"
    ),
    exercise="Combine Lemma 1 with Lemma 2, and with Lemma 3. What do you get?",
    solution=(
        "With $C=\\varepsilon/\\theta_{\\min}$: Theorem 1. With $C=0$, between sign changes: "
        "Theorem 2. "
        "(The early version asks for $C>0$, which would exclude the second use.)"
    ),
    code=("theory.adversarial:adversarial_gradient", "theory.smoothness:logistic_constants"),
    command="python -m verify kanai.lemma-1 jaxat.logistic-constants",
)
