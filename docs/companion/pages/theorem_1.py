"""Theorem 1 of Kanai et al.: a smoothness constant for the L2 attack, away from the origin."""

from __future__ import annotations

import math
from typing import Any

from docs.companion.page import Figure, Page

_X, _Y, _EPS, _THETA_MAX = (-1.0, 1.0), 1.0, 0.6, 3.0


def constants() -> dict[str, Any]:
    """The three constants for a sequence of theta_min, from theory.smoothness."""
    import numpy as np

    from theory.smoothness import logistic_constants, smoothness_bound

    # One sample of norm sqrt(2); R is rounded up so that ||x|| <= R holds exactly.
    R = math.nextafter(math.sqrt(2.0), 2.0)
    r = np.geomspace(0.05, 1.6, 31)
    found = logistic_constants(R + _EPS, _THETA_MAX)
    return {
        "x": _X,
        "y": _Y,
        "eps": _EPS,
        "R": R,
        "theta_max": _THETA_MAX,
        "C_thetatheta": found.C_thetatheta,
        "C_thetax": found.C_thetax,
        "start": 16,
        "r": r.tolist(),
        "printed": [smoothness_bound(R, _EPS, s, _THETA_MAX, which="printed") for s in r.tolist()],
        "sharp": [smoothness_bound(R, _EPS, s, which="sharp") for s in r.tolist()],
        "exact": [smoothness_bound(R, _EPS, s, which="true") for s in r.tolist()],
    }


PAGE = Page(
    slug="theorem-1",
    chapter=3,
    title="Theorem 1: how smooth the loss is under an L2 attack",
    short="a constant that grows like $1/\\theta_{\\min}$",
    claims=("kanai.theorem-1", "jaxat.theorem-1-sharp"),
    evidence=(
        "kanai.assumption-1",
        "kanai.theorem-1.bounded-set",
        "kanai.theorem-1.larger-than-standard",
        "kanai.theorem-1.gd-effective",
        "jaxat.hessian-l2.inner-sphere",
        "jaxat.theorem-1-sharp.gap",
    ),
    question=(
        "Gradient descent on a loss with an $L$-Lipschitz gradient is safe with steps below "
        "$2/L$. "
        "Under an L2 attack, weights are kept at $\\|\\theta\\|\\ge\\theta_{\\min}$. You halve "
        "$\\theta_{\\min}$, from 0.1 to 0.05. What happens to the smallest valid $L$?"
    ),
    options=("nothing", "it about doubles", "it grows a millionfold"),
    answer=(
        "B. The gradient has to turn by a fixed amount on the way round the origin, and half the "
        "radius means half the way: $L\\sim\\varepsilon/(2\\theta_{\\min})$. At the origin itself "
        "the gradient jumps and no $L$ serves."
    ),
    see=(
        "Left, two weights on the level lines of the loss of one sample $x=(-1,1)$, with the grey "
        "disc excluded. Middle, their gradients; the grey curve is the image of the rim of the "
        "disc. It does not shrink to a point with the disc: that is the kink. Right, three "
        "constants against $\\theta_{\\min}$."
    ),
    figure=Figure(
        widget="theorem-1",
        formulas=("loss_l2", "gradient_l2", "norm"),
        data=constants,
        alt=(
            "Three panels. Left: level lines of the loss, rounded everywhere but at the origin, "
            "and two weights on opposite sides of an excluded disc. Middle: the gradients on the "
            "rim of that disc form a closed curve with a diameter of about epsilon, and the two "
            "gradients lie at its opposite ends. Right: on logarithmic axes the constant of "
            "Theorem 1 and our sharper one grow like one over theta_min; the largest Hessian norm "
            "runs below both, close to ours."
        ),
        caption=(
            "The printed constant uses the exact constants of Assumption 1 for weights up to norm "
            "3; the largest Hessian norm is a search with a relative error below 10⁻⁹, made when "
            "the page was built. ε = 0.6, R = √2."
        ),
    ),
    breaks=(
        "Let the weights into the disc: two short weights on both sides of 0 have gradients that "
        "differ by about ε, so the ratio has no limit. The other hypothesis, Assumption 1, hides "
        "a "
        "trap: for the logistic loss $C_{\\theta x}$ is infinite on an unbounded set of weights, "
        "so "
        "as printed the theorem says nothing there. Ours needs no upper limit on ‖θ‖."
    ),
    why=(
        "Change the weights and the example in two steps: "
        "$\\nabla\\ell(x'_1,\\theta_1)-\\nabla\\ell(x'_1,\\theta_2)$ is at most "
        "$C_{\\theta\\theta}"
        "\\|\\theta_1-\\theta_2\\|$, and "
        "$\\nabla\\ell(x'_1,\\theta_2)-\\nabla\\ell(x'_2,\\theta_2)$ at "
        "most $C_{\\theta x}\\|x'_1-x'_2\\|$, which Lemma 2 bounds. The sharper constant keeps "
        "$\\sigma$ and the direction of $\\theta$ together:\n\n"
        "$$\\nabla^2\\ell_\\varepsilon=\\kappa\\,gg^\\top+\\frac{\\sigma\\varepsilon}{\\|\\theta\\|}"
        "\\left(I-uu^\\top\\right),\\qquad g=-yx+\\varepsilon u,\\quad "
        "u=\\frac{\\theta}{\\|\\theta\\|}.$$"
    ),
    exercise=(
        "The paper says that an adversarial loss has a larger smoothness constant than the "
        "standard "
        "one. Take $x$ with $\\|x\\|=\\sqrt2$, far from 0 and $\\theta$ long. Is the true "
        "constant of "
        "the attacked loss larger than the clean one, $\\|x\\|^2/4$?"
    ),
    solution=(
        "Not always: the *bound* of Theorem 1 is larger, the constant itself can be smaller, "
        "since "
        "an attack may move all inputs toward 0. The evidence above has a witness "
        "(kanai.theorem-1.larger-than-standard)."
    ),
    code=(
        "theory.curvature:adversarial_hessian",
        "theory.smoothness:smoothness_bound",
    ),
    command="python -m verify kanai.theorem-1 --set theta_min=0.05 --set eps=0.6",
)
