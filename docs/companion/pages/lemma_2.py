"""Lemma 2 of Kanai et al.: away from the origin the L2 example glides."""

from __future__ import annotations

from docs.companion.page import Figure, Page

PAGE = Page(
    slug="lemma-2",
    chapter=2,
    title="Lemma 2: the L2 example glides",
    short="and turns faster the nearer the weights are to 0",
    claims=("kanai.lemma-2",),
    evidence=(
        "kanai.lemma-2.example",
        "kanai.lemma-2.bounded-set",
        "jaxat.lemma-2-exact",
        "jaxat.lemma-2-dunkl-williams",
    ),
    question=(
        "A linear classifier is attacked inside an L2 ball of radius ε. Its worst input is "
        "$x' = x - y\\,\\varepsilon\\,\\theta/\\|\\theta\\|_2$. You nudge the weights by 0.01. "
        "How far "
        "can the worst input move?"
    ),
    options=(
        "at most 0.01",
        "at most ε, whatever the weights are",
        "that depends on how long the weights are: up to 2ε if they are tiny",
    ),
    answer=(
        "C. Only the *direction* of θ counts, and a nudge of 0.01 turns short weights a lot and "
        "long ones a little. Weights shorter than 0.005 can be turned round, and then the worst "
        "input jumps to the other side of the ball, 2ε away."
    ),
    see=(
        "Left, two weights. Middle, the worst input that each of them makes. Right, the speed of "
        "the worst input, which is $\\varepsilon/\\|\\theta\\|_2$: small for long weights, "
        "without "
        "limit near 0. The lemma keeps the weights out of the grey disc, and so the speed below "
        "the dashed line. Drag a weight, or focus it and use the arrow keys."
    ),
    figure=Figure(
        widget="lemma-2",
        formulas=("example_l2", "example_linf", "norm"),
        alt=(
            "Three panels. Left: the plane of weights with a disc of radius theta_min around the "
            "origin that is excluded, and two weights at its rim, above and below the first axis. "
            "Middle: a circle of radius epsilon around x with the two adversarial examples on it, "
            "opposite to the weights. Right: the speed epsilon over norm of theta falls like a "
            "hyperbola; at theta_min it meets the bound of the lemma, a dashed horizontal line."
        ),
        caption=(
            "The examples of two weights, and the bound of Lemma 2 with its slack. Two weights on "
            "the rim of the disc, at equal distance from 0, use our bound up completely."
        ),
    ),
    breaks=(
        "Let the weights into the disc: two tiny weights on opposite sides of the axis have "
        "examples "
        "far apart, and the bound fails. Or attack in L∞: the example then sits in a corner of "
        "the "
        "square, and a single change of sign makes it jump by 2ε. The final version of the paper "
        "asks only for “a bounded set not including” θ = 0; such a set may still come "
        "arbitrarily near to 0, and that version of the sentence is refuted."
    ),
    why=(
        "Expand the square: with $a=\\|\\theta_1\\|$, $b=\\|\\theta_2\\|$,\n\n"
        "$$\\|x'_1-x'_2\\|^2=\\frac{\\varepsilon^2}{ab}\\left(\\|\\theta_1-\\theta_2\\|^2-(a-b)^2\\right)"
        "\\le\\frac{\\varepsilon^2}{\\theta_{\\min}^2}\\|\\theta_1-\\theta_2\\|^2 .$$\n\n"
        "It is an identity, then one inequality. No derivative is taken, so the set of weights "
        "need not be convex, which a ball with a hole is not."
    ),
    exercise=(
        "Which pairs of weights attain the bound $\\frac{\\varepsilon}{\\theta_{\\min}}"
        "\\|\\theta_1-\\theta_2\\|$? Find one with the mouse, then say all of them."
    ),
    solution=(
        "Exactly those with $\\|\\theta_1\\|=\\|\\theta_2\\|=\\theta_{\\min}$ (besides equal "
        "ones): then "
        "$a=b$, the subtracted square vanishes, and $ab=\\theta_{\\min}^2$."
    ),
    code=("theory.adversarial:adversarial_example", "theory.claims.kanai_lemma_2:lipschitz_bound"),
    command="python -m verify kanai.lemma-2 --set d=7 --set eps=0.3 --set theta_min=0.05",
)
