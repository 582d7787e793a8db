"""The inner maximum of the linear model, in closed form."""

from __future__ import annotations

from docs.companion.page import Figure, Page

PAGE = Page(
    slug="inner-maximum",
    chapter=1,
    title="The worst input has a closed form",
    short="for a linear model, in any norm",
    claims=("kanai.lemma-2.example", "kanai.lemma-3.attack"),
    evidence=(
        "kanai.eq-1",
        "kanai.eq-1.repaired",
        "kanai.lemma-2.proof-k",
        "kanai.lemma-2.proof-monotone",
        "jaxat.pgd-exact-linf",
        "jaxat.box-attack",
    ),
    question=(
        "A linear classifier gives the input $x$ the loss $\\log(1+e^{-y\\theta^\\top x})$. You "
        "may move "
        "the input anywhere in a ball around $x$. Where is the loss largest?"
    ),
    options=(
        "somewhere inside the ball; one has to search",
        "at the point of the ball that is farthest in the direction $-y\\theta$",
        "at the point of the ball that is farthest from the origin",
    ),
    answer=(
        "B. The loss depends on $\\theta^\\top x$ alone, and increases as $y\\theta^\\top x$ "
        "falls. A "
        "linear function on a ball is extreme at the boundary: at one point of a circle, at a "
        "corner of a square."
    ),
    see=(
        "Middle, the inputs, with level lines of the loss: straight, and perpendicular to θ. The "
        "ball "
        "touches the highest of them (blue) at $x'$. Right, the loss all the way round the "
        "ball. "
        "Drag the diamond to look for a worse input than $x'$, or the weight to turn everything."
    ),
    figure=Figure(
        widget="inner-maximum",
        formulas=("example_l2", "example_linf", "loss_l2", "loss_linf", "norm"),
        alt=(
            "Three panels. Left: a weight vector pointing to the upper right. Middle: parallel "
            "straight level lines of the loss, perpendicular to the weight; a circle around the "
            "input x touches the highest line, in blue, in one point x prime, opposite to the "
            "weight. "
            "Right: the loss along the circle is a wave with one maximum, at x prime, where it "
            "meets a dashed horizontal line, the closed form."
        ),
        caption="No input of the ball has a larger loss than the closed form says. Look for one.",
    ),
    breaks=(
        "Leave the ball: the bound fails, of course. Less obvious: at $\\theta=0$ *every* input "
        "of the "
        "ball is a worst one, so “the” adversarial example is no function of θ there; and for L∞ "
        "the "
        "same happens to one coordinate wherever $\\theta_i=0$. That is what goes wrong in the "
        "pages "
        "that follow."
    ),
    why=(
        "By Hölder's inequality $-y\\theta^\\top\\delta\\le\\varepsilon\\|\\theta\\|_q$ for "
        "$\\|\\delta\\|_p\\le\\varepsilon$ and $\\frac1p+\\frac1q=1$, with equality for\n\n"
        "$$\\delta=-y\\,\\varepsilon\\,\\frac{\\theta}{\\|\\theta\\|_2}\\ (p=2),\\qquad"
        "\\delta=-y\\,\\varepsilon\\,\\mathrm{sign}(\\theta)\\ (p=\\infty).$$\n\n"
        "So the adversarial loss is $\\log(1+e^{-y\\theta^\\top "
        "x+\\varepsilon\\|\\theta\\|_q})$: a smooth "
        "function of a linear one and of a *norm of the weights*. Norms have kinks."
    ),
    exercise=(
        "What is the worst δ in the L1 ball, $|\\delta_1|+|\\delta_2|\\le\\varepsilon$, for "
        "$\\theta=(3,1)$?"
    ),
    solution=(
        "$\\delta=(-y\\varepsilon,0)$: all of it on the largest weight. The dual norm is "
        "$\\|\\theta\\|_\\infty=3$, and its kinks are where the largest $|\\theta_i|$ is shared."
    ),
    code=("theory.adversarial:adversarial_example", "theory.adversarial:adversarial_loss"),
    command="python -m verify kanai.lemma-2.example kanai.lemma-3.attack",
)
