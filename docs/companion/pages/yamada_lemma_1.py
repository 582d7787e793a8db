"""Lemma 1 of Yamada et al.: the loss is monotone in a cosine, of one of two angles."""

from __future__ import annotations

from docs.companion.page import Figure, Page

PAGE = Page(
    slug="yamada-lemma-1",
    chapter=7,
    title="Yamada et al., Lemma 1: which angle?",
    short="monotone in the cosine, of w and −η",
    claims=("yamada.lemma-1", "yamada.lemma-1.ordinary-angle", "yamada.lemma-1.repaired"),
    evidence=("yamada.eq-7", "yamada.eq-7.repaired", "yamada.cos-theta", "yamada.eq-2.repaired"),
    question=(
        "Noise η of fixed length is added to an input with the label $y=1$. The loss of the "
        "linear "
        "model is largest when η points …"
    ),
    options=("along w", "against w", "across w"),
    answer=(
        "B. The loss $\\log(1+e^{-w\\cdot(x+\\eta)})$ grows as $w\\cdot\\eta$ falls. So the "
        "cosine of "
        "the angle between $w$ and η is −1, and that between $w$ and −η is +1. The paper uses the "
        "second one in its formula, and calls it the angle of the noise."
    ),
    see=(
        "Left, drag the noise round the circle. Right, the loss as a function of the cosine in "
        "Equation (7) of the paper; the blue point is the end that the lemma calls worst."
    ),
    figure=Figure(
        widget="yamada-lemma-1",
        formulas=("loss_l2", "norm"),
        data=lambda: {"x": [0.5, 0.4], "w": [1.1, 0.8]},
        alt=(
            "Two panels. Left: an input with a circle of noise around it, an arrow for the weight "
            "and one for the noise, and straight level lines of the loss. Right: the loss rises "
            "with the cosine of the angle between the weight and minus the noise; its largest "
            "value is at cosine one."
        ),
        caption="The loss against the cosine, for the label +1; choose the other label as well.",
    ),
    breaks=(
        "Read θ as what a reader would expect, the angle between $w$ and η: the curve turns "
        "round, and "
        "the angle that the lemma calls worst becomes the most harmless one. As its formula (7) "
        "stands, "
        "with a plus sign before the cosine, the lemma is true."
    ),
    why=(
        "$\\frac{\\partial}{\\partial\\cos\\theta}\\log(1+e^{-yw\\cdot "
        "x+y\\|w\\|\\|\\eta\\|\\cos\\theta})"
        "=y\\,\\|w\\|\\,\\|\\eta\\|\\,\\sigma(\\cdot)$, which has the sign of $y$ and no zero."
    ),
    exercise=(
        "The lemma fixes the length of η. What else is needed to conclude that the worst noise "
        "in the "
        "ball $\\|\\eta\\|\\le\\varepsilon$ is $\\eta=-y\\varepsilon w/\\|w\\|$?"
    ),
    solution=(
        "That the loss also increases in $\\|\\eta\\|$ at the worst angle, so that the worst η "
        "lies on "
        "the sphere (yamada.cos-theta.repaired)."
    ),
    code=("theory.claims.yamada_lemma_1:printed_exponent", "theory.adversarial:adversarial_loss"),
    command="python -m verify 'yamada.lemma-1*' 'yamada.eq-7*'",
)
