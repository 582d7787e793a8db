"""Proposition 1 of Kanai et al.: the loss is Lipschitz, its gradient nearly so, up to a factor."""

from __future__ import annotations

from docs.companion.page import Figure, Page

PAGE = Page(
    slug="proposition-1",
    chapter=3,
    title="Proposition 1: a gradient that is Lipschitz up to a jump",
    short="true for p ≤ 2, false as printed for L∞",
    claims=("kanai.proposition-1.gradient", "jaxat.proposition-1-any-norm"),
    evidence=("kanai.proposition-1.loss", "kanai.theorem-2.otherwise-bound", "kanai.continuity"),
    question=(
        "Two adversarial examples of one input lie in the same L∞ ball of radius ε, a square. "
        "How far "
        "apart can they be, measured as usual in L2?"
    ),
    options=("at most ε", "at most 2ε", "up to $2\\varepsilon\\sqrt2$ in the plane"),
    answer=(
        "C. From a corner to the opposite one. In $d$ dimensions it is $2\\varepsilon\\sqrt d$: "
        "for "
        "CIFAR-10, with $d=3072$, that is 55 times more than 2ε."
    ),
    see=(
        "The loss is $\\ell=-\\theta^\\top x$, whose constants are $C_{\\theta\\theta}=0$ and "
        "$C_{\\theta x}=1$, so the weight gradient *is* the example, up to its sign. The dashed "
        "circle "
        "has the diameter 2ε that the proof grants: the chord has to fit into it."
    ),
    figure=Figure(
        widget="proposition-1",
        formulas=("example_l1", "example_l2", "example_linf", "norm"),
        alt=(
            "Two panels. Left: two weights pointing in nearly opposite directions. Right: an L1 "
            "diamond, an L2 circle and an L-infinity square of the same radius; the two "
            "L2 examples lie almost at opposite points of the circle, and the chord between them "
            "just fits into a dashed circle of diameter two epsilon."
        ),
        caption="The chord against the diameter 2ε. Only the square has a chord that is longer.",
    ),
    breaks=(
        "Attack in L∞: the chord is a diagonal, and the printed bound fails by the factor "
        "$\\sqrt2$. The repaired one has the factor $\\max(1,d^{1/2-1/p})$, and is attained."
    ),
    why=(
        "Add and subtract: $\\|\\nabla\\ell(x'_1,\\theta_1)-\\nabla\\ell(x'_2,\\theta_2)\\|\\le "
        "C_{\\theta\\theta}\\|\\theta_1-\\theta_2\\|+C_{\\theta x}\\|x'_1-x'_2\\|_2$. The last "
        "step of the "
        "paper puts 2ε for the distance. That is the diameter of the ball *in its own norm*, "
        "while "
        "Assumption 1 measures in L2: "
        "$\\|v\\|_2\\le d^{1/2-1/p}\\|v\\|_p$ for $p\\ge2$."
    ),
    exercise=(
        "The first half of the Proposition says that the loss itself is $C_\\theta$-Lipschitz, "
        "for every norm. Why does no factor appear there?"
    ),
    solution=(
        "A maximum of $C_\\theta$-Lipschitz functions of θ is $C_\\theta$-Lipschitz: each fixed δ "
        "gives such a function, and how far the maximising δ moves does not matter."
    ),
    code=("theory.dual_norm:steepest", "theory.adversarial:adversarial_example"),
    command="python -m verify kanai.proposition-1.gradient jaxat.proposition-1-any-norm",
)
