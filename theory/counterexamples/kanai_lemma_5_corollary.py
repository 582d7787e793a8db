"""The gradient of the loss is the attack itself, so it inherits its speed."""

from __future__ import annotations

from theory.counterexample import Counterexample

COUNTEREXAMPLE = Counterexample(
    claim="kanai.lemma-5.corollary",
    intuition=(
        "In the counterexample to Lemma 5 the loss is linear in $\\theta$, so "
        "$C_{\\theta\\theta}=0$ and the gradient of the adversarial loss is $x'(\\theta)$: its "
        "ratio is 100, the promised constant is $200/199$."
    ),
    catch="It rests on Lemma 5 as printed, which allows $\\mu^*=0$.",
    witness={
        "model": "quadratic",
        "A": "((0, 0), (0, 0))",
        "B": "((1, 0), (0, 1))",
        "g": "(1/100, 0)",
        "H": "((-1/100, 0), (0, -1))",
        "eps": "1",
        "C_theta_theta": "0",
        "C_theta_x": "1",
        "c": "199/200",
        "theta_1": "(-1/1000000, 0)",
        "delta_1": "(9999/10000, 0)",
        "mu_1": "0",
        "theta_2": "(0, 0)",
        "delta_2": "(1, 0)",
        "mu_2": "0",
    },
    disappears="$\\mu^*>0$ and $H_t\\prec0$ are assumed.",
)
