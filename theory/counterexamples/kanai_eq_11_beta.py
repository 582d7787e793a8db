"""The factor beta of the definition comes out with every derivative."""

from __future__ import annotations

from theory.counterexample import Counterexample

COUNTEREXAMPLE = Counterexample(
    claim="kanai.eq-11.beta",
    reading=(
        r"(11) and (53) are stated for $\beta=1$, where they are right (`kanai.eq-11`, "
        r"`kanai.eq-53`). Judged is their use with another $\beta$ of (10)."
    ),
    intuition=(
        "Take $L = \\frac12 t^2$, $\\gamma = 1$, $\\beta = \\frac52$. Then $p_\\theta$ is the "
        "normal law with mean $\\theta/2$, and $-F'(\\theta) = \\beta\\theta/2$, while the printed "
        "formula "
        "gives $\\gamma(\\theta - \\theta/2) = \\theta/2$. At $\\theta = 1$: $\\frac54$ against "
        "$\\frac12$."
    ),
    catch=(
        "The derivative of the exponent $-\\beta\\frac\\gamma2\\|\\theta-\\theta'\\|^2$ is "
        "$-\\beta\\gamma(\\theta-\\theta')$; the $\\beta$ is dropped."
    ),
    witness={"loss": "quadratic", "rho": "1", "theta": "1", "gamma": "1", "beta": "5/2"},
    disappears="$\\beta = 1$, as the paper assumes, or with the factor $\\beta$ written.",
)
