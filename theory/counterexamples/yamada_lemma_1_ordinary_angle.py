"""Noise along the weights helps the label y = 1."""

from __future__ import annotations

from theory.counterexample import Counterexample

COUNTEREXAMPLE = Counterexample(
    claim="yamada.lemma-1.ordinary-angle",
    reading=(
        r"The paper does not define $\theta^n$. With the angle between $w$ and $-\eta^n$, as "
        "(7) needs it, the lemma is right (`yamada.lemma-1`). Judged is the angle between $w$ "
        r"and $\eta^n$."
    ),
    intuition=(
        "For $w = (1, 0)$ and $y = 1$, moving $x$ along $w$ makes the model surer: "
        "$\\eta_2 = (1, 0)$, with cosine 1, gives $\\log(1 + e^{-1})$; $\\eta_1 = (-1, 0)$, with "
        "cosine $-1$, gives $\\log(1 + e)$."
    ),
    catch="The sign in Eq. (7): the printed $\\theta$ is the angle between $w$ and $-\\eta$.",
    witness={"w": "(1, 0)", "x": "(0, 0)", "y": "1", "eta_1": "(-1, 0)", "eta_2": "(1, 0)"},
    disappears="the two words “increasing” and “decreasing” are exchanged.",
)
