"""Far from the origin the attack can make the loss smoother."""

from __future__ import annotations

from theory.counterexample import Counterexample

COUNTEREXAMPLE = Counterexample(
    claim="kanai.theorem-1.larger-than-standard",
    reading=(
        "The two numbers that the sentence compares are bounds, and of them it is right "
        "(`kanai.theorem-1.larger-than-standard.repaired`). Judged are the smallest constants "
        "of the two losses."
    ),
    intuition=(
        "The standard Hessian $\\kappa xx^\\top$ reaches $\\|x\\|^2/4$ where $\\theta\\perp x$, "
        "at any "
        "distance from 0. Under attack the margin there is $h=\\varepsilon\\|\\theta\\|$, large, "
        "and "
        "$\\kappa$ has died out; $\\kappa$ is large only near $y\\,u^\\top x=\\varepsilon$, where "
        "the "
        "tangential part of $g$ has the square $\\|x\\|^2-\\varepsilon^2$ instead of $\\|x\\|^2$. "
        "The "
        "term $\\sigma\\varepsilon/\\|\\theta\\|$ that the attack adds is small for long weights."
    ),
    catch=(
        "Two upper bounds are compared. That one bound is larger does not say that the constant "
        "itself is."
    ),
    witness={"x": "(0, 1)", "a": "(1, 0)", "eps": "1/2", "theta_min": "100"},
    disappears=(
        "$\\theta_{\\min}$ is small: the constant then is about $\\varepsilon/(2\\theta_{\\min})$."
    ),
)
