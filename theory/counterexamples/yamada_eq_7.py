"""A sign: −y w·η is not +y‖w‖‖η‖cos∠(w, η)."""

from __future__ import annotations

from theory.counterexample import Counterexample

COUNTEREXAMPLE = Counterexample(
    claim="yamada.eq-7",
    reading=(
        r"The paper does not define $\theta^n$. With the angle between $w$ and $-\eta^n$ (7) "
        r"is right (`yamada.eq-7.repaired`), and so are Lemma 1 and $y^n\cos\theta^n=1$. "
        r"Judged is the angle between $w$ and $\eta^n$."
    ),
    intuition=(
        "With $w = \\eta = (1, 0)$, $x = 0$, $y = 1$ the angle is 0. The first line is "
        "$\\log(1 + e^{-1})$, the second $\\log(1 + e^{+1})$."
    ),
    catch=(
        "$w\\cdot\\eta = \\|w\\|\\|\\eta\\|\\cos\\theta$ enters with the sign $-y$, and is "
        "printed with $+y$."
    ),
    witness={"w": "(1, 0)", "x": "(0, 0)", "eta": "(1, 0)", "y": "1"},
    disappears=(
        "$\\theta$ is the angle between $w$ and $-\\eta$, which is what Lemma 1 and (8) need."
    ),
)
