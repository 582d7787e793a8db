"""Theorem 2 of Kanai et al.: under an L-infinity attack the loss is smooth inside an orthant."""

from __future__ import annotations

from docs.companion.page import Figure, Page

PAGE = Page(
    slug="theorem-2",
    chapter=3,
    title="Theorem 2: kinks along whole axes under an L∞ attack",
    short="smooth between them",
    claims=("kanai.theorem-2", "jaxat.theorem-2-exact"),
    evidence=(
        "jaxat.gradient-jump",
        "kanai.theorem-2.clean-constants",
        "kanai.theorem-2.exclusion",
        "kanai.theorem-2.otherwise-bound",
        "kanai.theorem-2.non-lipschitz-step",
        "jaxat.theorem-2-exact.across-orthants",
        "jaxat.lp-classification",
    ),
    question=(
        "A loss surface over two weights, under attack. Where does it have creases: in L2, and "
        "in L∞?"
    ),
    options=(
        "nowhere in either",
        "at one point in L2, along both axes in L∞",
        "along both axes in either",
    ),
    answer=(
        "B. The loss is a smooth function of $\\|\\theta\\|_2$ in the one case and of "
        "$\\|\\theta\\|_1$ in the other, and those norms have their kinks exactly there."
    ),
    see=(
        "Left, level lines of the loss for the sample $x=(-1,1)$; the orange lines (or the orange "
        "point) are where it is not differentiable. Middle and right, the loss and its slope "
        "along "
        "the dotted vertical cut, for both attacks. The L∞ slope jumps by $2\\varepsilon\\sigma$ "
        "where the cut meets the axis."
    ),
    figure=Figure(
        widget="theorem-2",
        formulas=(
            "example_linf",
            "loss_l2",
            "loss_linf",
            "gradient_l2",
            "gradient_linf",
            "norm",
        ),
        data=lambda: {"x": [-1.0, 1.0], "y": 1.0},
        alt=(
            "Three panels. Left: level lines of the loss under an L-infinity attack; they bend "
            "sharply where they cross either axis. Middle: the loss along a vertical cut; the "
            "L-infinity curve has a corner at zero, the L2 curve is round. Right: the slope along "
            "the cut; for L-infinity it jumps upward at zero, for L2 it rises steeply but "
            "continuously."
        ),
        caption="Where the kinks are, and how large. Choose L2: all but one point of them go.",
    ),
    breaks=(
        "Flip a sign: the two weights now lie on different sides of an axis, close to each other, "
        "and the gradients differ by the jump. A subtler hypothesis is where "
        "$C_{\\theta\\theta}$ is "
        "taken: at the *perturbed* data. Taken at the clean data the theorem is refuted."
    ),
    why=(
        "Inside an orthant $x'$ does not move (Lemma 3). So the gradient of one sample is "
        "$-y\\,\\sigma(-y\\theta^\\top x')\\,x'$ with $x'$ constant, and $\\sigma$ is "
        "$\\frac14$-Lipschitz: $\\frac14\\|x'\\|^2$ serves. Across the axis $\\theta_i=0$ the "
        "term "
        "$\\varepsilon|\\theta_i|$ adds $2\\varepsilon\\sigma$ to the slope at once."
    ),
    exercise=(
        "For $\\|\\delta\\|_p\\le\\varepsilon$ with $2<p<\\infty$ the loss is a smooth function "
        "of "
        "$\\|\\theta\\|_q$, $1<q<2$. Does it have kinks on the axes?"
    ),
    solution=(
        "No kinks: the gradient is continuous off 0. But $|\\theta_i|^{q-1}$ with $q-1<1$ has "
        "infinite slope at 0, so the gradient is only Hölder continuous with the exponent "
        "$1/(p-1)$, not Lipschitz (jaxat.lp-classification)."
    ),
    code=("theory.adversarial:adversarial_loss", "theory.adversarial:adversarial_gradient"),
    command="python -m verify kanai.theorem-2 jaxat.gradient-jump",
)
