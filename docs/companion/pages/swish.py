"""The swish model of Kanai et al., Figure 2 (c, f): a kink that vanishes, and where."""

from __future__ import annotations

from typing import Any

from docs.companion.page import Figure, Page


def constants() -> dict[str, Any]:
    """What the claims prove once and for all: where swish turns, and a bound of |φ''|."""
    from theory.exact.swish import CURVATURE
    from theory.swish import SWISH_ARGMAX

    return {"turn": SWISH_ARGMAX, "K": float(CURVATURE)}


PAGE = Page(
    slug="swish",
    chapter=4,
    title="The swish model: where its kinks are, and where they vanish",
    short="in closed form, though the paper says there is none",
    claims=("jaxat.swish-kinks", "jaxat.swish-closed-form", "kanai.early.eq-44"),
    evidence=(
        "jaxat.swish-kinks.figure",
        "jaxat.swish-kinks.elsewhere",
        "jaxat.swish-curvature",
        "kanai.swish.u-star",
        "kanai.swish.interior-region",
        "kanai.swish.interior-region.repaired",
        "kanai.swish.no-closed-form",
    ),
    question=(
        "The linear model has its kinks on the axes: Figure 2 (c). Now put a swish behind it, "
        "$z=u\\,\\sigma(u)$ with $u=\\theta^\\top(x+\\delta)$, Figure 2 (f). Swish falls, turns at "
        "$u^*\\approx-1.28$, and rises. The attack is L∞ again. Where are the kinks?"
    ),
    options=(
        "nowhere: swish is smooth",
        "on both axes, as before",
        "on the axes, but for a stretch on which the attack reaches $u^*$",
    ),
    answer=(
        "C. The attack moves $u$ over an interval whose half width $\\varepsilon\\|\\theta\\|_1$ "
        "has a kink on each axis. As long as the attack ends at an end of the interval, the loss "
        "inherits the kink. Once the interval contains $u^*$, its ends no longer matter."
    ),
    see=(
        "Left, the weights: the kinks are thick, and between the green outlines the attack reaches "
        "$u^*$. Drag the point along an axis. Middle, the loss over $u$ for the label 1, and the "
        "interval that the attack has; it takes $c$, the point nearest to $u^*$. Right, the loss "
        "as the other weight crosses 0. The gradient jumps by $2\\varepsilon|\\varphi'(c)|$; what "
        "is left of its change shrinks with the step $t$."
    ),
    figure=Figure(
        widget="swish",
        formulas=(
            "swish_linf",
            "swish_l2",
            "swish_gradient_linf",
            "swish_gradient_l2",
            "swish_reach_linf",
            "swish_reach_l2",
            "swish_phi",
        ),
        data=constants,
        alt=(
            "Three panels. Left: the plane of the two weights with curved level lines of the loss. "
            "The axes are drawn thick where the loss has a kink and thin on a stretch of the first "
            "axis to the right of 0.8 and of the second axis below minus 0.8; outlines bound "
            "the region in which the attack reaches the turning point of swish. Middle: the loss "
            "over u rises to one maximum at minus 1.28 and falls; the interval of the attack lies "
            "to the right of it, and the attack takes its left end. Right: the loss while the "
            "second weight crosses zero has a corner."
        ),
        caption=(
            "x = (−1, 1), y = 1, as in the paper. Everything is the closed form; the paper used "
            "projected gradient steps."
        ),
    ),
    breaks=(
        "Drop the kink from the formula, as if the loss were smooth: over the first step the "
        "gradient changes nearly four times as much as it could without a kink. Drag the point "
        "to the right of 0.8 with the switch on, and the bound holds: there the kink is gone. The "
        "L2 attack has one kink only, at the origin, of height $\\varepsilon/2$.\n\n"
        "The early version defines the attack by $\\max$ over the *open* ball. Unless $u^*$ is "
        "reached inside, that maximum does not exist: the loss rises up to the boundary, which is "
        "left out."
    ),
    why=(
        "With $\\varphi(u)=\\log(1+e^{-u\\sigma(u)})$ the loss is $\\varphi(c)$, "
        "$c=\\mathrm{clip}(u^*,\\ \\theta^\\top x-\\varepsilon\\|\\theta\\|_q,\\ "
        "\\theta^\\top x+\\varepsilon\\|\\theta\\|_q)$: φ rises up to $u^*$ and falls after it, so "
        "the best $u$ of an interval is the one nearest to $u^*$. By the chain rule\n\n"
        "$$\\nabla\\ell_\\varepsilon=\\varphi'(c)\\,(x\\pm\\varepsilon\\,\\mathrm{sign}(\\theta)),"
        "$$\n\n"
        "and across $\\theta_i=0$ one sign flips: the jump is $2\\varepsilon|\\varphi'(c)|$. Where "
        "$c=u^*$, $\\varphi'(c)=0$ and nothing jumps: a flat top hides the kink."
    ),
    exercise=(
        "$x=(-1,1)$, $\\varepsilon=0.6$, L∞. For which points $(\\theta_1,0)$ of the first axis "
        "has the loss no kink? Is $\\theta=(2,-2)$ in the region of reached optima, as the paper "
        "says?"
    ),
    solution=(
        "For $\\theta_1>0$, $u$ runs over $[-1.6\\,\\theta_1,-0.4\\,\\theta_1]$, which contains "
        "$u^*$ exactly for $-u^*/1.6\\le\\theta_1\\le-u^*/0.4$, that is "
        "$0.799\\ldots\\le\\theta_1\\le3.196\\ldots$. For $\\theta_1<0$ it is positive: always a "
        "kink. At $(2,-2)$ the interval is $[-6.4,-1.6]$: $u^*$ is not in it."
    ),
    code=("theory.swish:swish_adversarial_loss", "theory.swish:swish_interior"),
    command="python -m verify 'jaxat.swish-*' kanai.early.eq-44",
)
