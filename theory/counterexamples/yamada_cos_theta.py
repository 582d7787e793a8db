"""The worst perturbation points against the label's side, not along it."""

from __future__ import annotations

from theory.counterexample import Counterexample

COUNTEREXAMPLE = Counterexample(
    claim="yamada.cos-theta",
    reading=(
        r"The paper does not define $\theta^n$. With the angle between $w$ and $-\eta^n$ the "
        "sentence is right (`yamada.cos-theta.repaired`), and so are (7) and Lemma 1. Judged "
        r"is the angle between $w$ and $\eta^n$."
    ),
    intuition=(
        "For $y = 1$ the model is right where $w\\cdot x$ is large, so the attack moves $x$ "
        "*against* $w$: with $w = (3, 4)$ and $\\varepsilon = 5$ it is $\\eta = (-3, -4)$, whose "
        "angle with $w$ has cosine $-1$."
    ),
    catch=(
        "$\\cos\\theta$ in Eq. (7) is the cosine of the angle between $w$ and $-\\eta$, since "
        "$-y\\,w\\cdot\\eta$ is printed as $+y\\|w\\|\\|\\eta\\|\\cos\\theta$. That is nowhere "
        "said, "
        "and $\\theta$ is introduced as an angle of the adversarial noise."
    ),
    witness={"w": "(3, 4)", "y": "1", "eps": "5", "eta": "(-3, -4)"},
    disappears=(
        "$\\theta$ is the angle between $w$ and $-\\eta$, or the conclusion is $y\\cos\\theta = "
        "-1$."
    ),
)
