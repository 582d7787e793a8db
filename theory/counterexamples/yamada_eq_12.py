"""The norm of the optimal weight is free, so the coefficient of (9) can be anything."""

from __future__ import annotations

from theory.counterexample import Counterexample

COUNTEREXAMPLE = Counterexample(
    claim="yamada.eq-12",
    intuition=(
        "Let all $y^nx^n = (1, 0)$ and $\\varepsilon_a = \\varepsilon_b = 1$. Every weight $(t, "
        "0)$ "
        "with $t > 0$ is optimal for each point (the loss is $\\log 2$ on the whole ray). With "
        "$w_a = (10, 0)$ and $w_b = (1, 0)$ the two sides of (12) are $1/20$ and $1/2$."
    ),
    catch=(
        "“Filter normalisation makes the scale of the weights the same.” It sets "
        "$\\|h\\| = \\|w\\|$ for the direction $h$ in which the loss is plotted, and leaves "
        "$\\|w_a\\|$ and $\\|w_b\\|$ as they are. On two data sets the radii can differ as well: "
        "$\\varepsilon_a = 2$, $\\|w_a\\| = 10$ against $\\varepsilon_b = 1$, $\\|w_b\\| = 1$."
    ),
    witness={
        "z": "((1, 0),)",
        "eps_a": "1",
        "w_a": "(10, 0)",
        "eps_b": "1",
        "w_b": "(1, 0)",
    },
    disappears="$\\|w_a\\| = \\|w_b\\|$ is assumed, which the hypotheses do not give.",
)
