"""The weight of a sample depends on its noise."""

from __future__ import annotations

from theory.counterexample import Counterexample

COUNTEREXAMPLE = Counterexample(
    claim="yamada.eq-15",
    reading=(
        "(15) says that the limit is 0, which is right (`yamada.eq-15.limit`). Judged is the "
        r"relation for small $\kappa>0$ from which the paper goes on to argue, with an error "
        "of 5 % allowed."
    ),
    intuition=(
        "Let $w = 1$, $x = 10$ and $\\varepsilon = 1$: every loss is below $10^{-3}$. The weight "
        "$\\kappa = e^{-x-\\eta}$ prefers negative noise: its mean under this weight is "
        "$a = -(\\coth 1 - 1) \\approx -0.31$. The Hessian is that of a sample near $9.69$ and not "
        "near $10$, about 6 % smaller than (15) says. As the weight grows and $\\kappa \\to 0$, "
        "the error grows: $a \\to -1$, and in the limit the Hessian is 19 % smaller."
    ),
    catch=(
        "$\\frac1N\\sum_n\\kappa^n(x^n+\\eta^n)(x^n+\\eta^n)^\\top$ is treated as if $\\kappa^n$ "
        "were independent of $\\eta^n$. It is a function of $w\\cdot\\eta^n$."
    ),
    witness={"w": "1", "x": "10", "eps": "1"},
    disappears=(
        "$\\varepsilon\\|w\\|$ is small, or $\\varepsilon$ is small beside $|x|$, or the exact law "
        "is used: `jaxat.noise-langevin-law`."
    ),
)
