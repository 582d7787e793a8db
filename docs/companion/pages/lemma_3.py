"""Lemma 3 of Kanai et al.: the L-infinity example stays, and then jumps."""

from __future__ import annotations

from docs.companion.page import Figure, Page

PAGE = Page(
    slug="lemma-3",
    chapter=2,
    title="Lemma 3: the L∞ example stays in its corner, then jumps",
    short="by 2ε for each sign that flips",
    claims=(
        "kanai.lemma-3.same-signs",
        "kanai.lemma-3.sign-change",
        "kanai.lemma-3.sign-change.repaired",
    ),
    evidence=("kanai.lemma-3.attack", "kanai.lemma-3.exclusion", "kanai.lemma-3.contradiction-d1"),
    question=(
        "The same classifier, attacked inside a square: $\\|\\delta\\|_\\infty\\le\\varepsilon$. "
        "The "
        "worst input is $x'=x-y\\,\\varepsilon\\,\\mathrm{sign}(\\theta)$. The weight "
        "$\\theta_2$ moves "
        "slowly from 0.1 to −0.1. What does the worst input do?"
    ),
    options=(
        "it glides through the middle of a side of the square",
        "it stands still, then jumps by 2ε at once, then stands still",
        "it leaves the square for a moment",
    ),
    answer=(
        "B. Only the signs of θ count. Nothing happens until $\\theta_2$ passes 0, and then the "
        "worst input is in the next corner, a side of the square away, however slowly you go."
    ),
    see=(
        "Drag θ (circle) across an axis and watch its worst input in the middle: the L∞ one jumps "
        "to another corner, the L2 one glides along the circle. Right: the second coordinate of "
        "both, as functions of $\\theta_2$. The step is why the adversarial loss has kinks there."
    ),
    figure=Figure(
        widget="lemma-3",
        formulas=("example_l2", "example_linf", "norm"),
        alt=(
            "Three panels. Left: two weights in the same quadrant. Middle: a square and a circle "
            "of radius epsilon around x; both L-infinity examples lie on the same corner, the two "
            "L2 examples on different points of the circle. Right: the second coordinate of the "
            "example while the second weight crosses zero: for L-infinity a step from plus "
            "epsilon "
            "to minus epsilon, for L2 a smooth falling curve between the same values."
        ),
        caption="A step and a glide: one crossing in both norms. The height of the step is 2ε.",
    ),
    breaks=(
        "Flip a sign: the first bound, 0, fails, and that is what the lemma's second sentence "
        "says. "
        "Its *first* sentence says more, that examples “are not Lipschitz continuous” as soon as "
        "one sign differs. The button shows a pair with different signs for which the constant ε "
        "serves. What is true: the examples are $(\\varepsilon/a)$-Lipschitz where all "
        "$|\\theta_i|\\ge a$, whatever the signs are, and not Lipschitz on sets that come "
        "arbitrarily near to an axis from both sides."
    ),
    why=(
        "$\\max_{\\|\\delta\\|_\\infty\\le\\varepsilon}(-y\\theta^\\top\\delta)=\\varepsilon\\sum_i"
        "|\\theta_i|$: each coordinate of δ takes its own extreme, "
        "$-y\\varepsilon\\,\\mathrm{sign}"
        "(\\theta_i)$. Between sign changes that is a constant. If $k$ signs flip, $k$ "
        "coordinates "
        "move by $2\\varepsilon$, and the example by $2\\varepsilon\\sqrt k$."
    ),
    exercise=(
        "In one dimension the L2 ball and the L∞ ball are the same interval. Lemma 2 says that "
        "the "
        "example is Lipschitz on $|\\theta|\\ge\\theta_{\\min}$; the first sentence of Lemma 3 "
        "says "
        "that it is not. Which one is right?"
    ),
    solution=(
        "Lemma 2. The example is $x-y\\varepsilon\\,\\mathrm{sign}(\\theta)$. Two weights of "
        "different signs are at least $2\\theta_{\\min}$ apart and their examples 2ε, so "
        "$\\varepsilon/\\theta_{\\min}$ serves. Lipschitz continuity belongs to a set, not to a "
        "pair."
    ),
    code=("theory.dual_norm:steepest", "theory.adversarial:adversarial_example"),
    command="python -m verify kanai.lemma-3.same-signs 'kanai.lemma-3.sign-change*'",
)
