"""The attack makes the inputs longer, and with them the curvature of the loss."""

from __future__ import annotations

from theory.counterexample import Counterexample

COUNTEREXAMPLE = Counterexample(
    claim="kanai.theorem-2.clean-constants",
    reading=(
        "Assumption 1 does not say for which $x$ it is made. With the perturbed inputs among "
        "them Theorem 2 is right (`kanai.theorem-2`). Judged is the constant of the training "
        "data alone."
    ),
    intuition=(
        "For $x=(1,1)$, $y=1$ and $\\theta_1,\\theta_2<0$ the attack is $\\delta=(\\varepsilon,"
        "\\varepsilon)$, so the loss is the logistic loss of the longer input "
        "$x'=(1+\\varepsilon)(1,1)$. Near $\\theta=0$ its curvature along $x'$ is "
        "$\\frac14\\|x'\\|^2=1.28$, while $\\frac14\\|x\\|^2=0.5$."
    ),
    catch=(
        "The proof applies Assumption 1 at $x'$. The constants must hold for all inputs within "
        "reach of the attack, not only for the training data."
    ),
    witness={
        "theta_1": "(-1/100, -1/100)",
        "theta_2": "(-1/50, -1/50)",
        "x": "(1, 1)",
        "y": "1",
        "eps": "3/5",
        "p": "inf",
    },
    disappears="$C_{\\theta\\theta}$ is taken at the perturbed inputs $x'_n$.",
)
