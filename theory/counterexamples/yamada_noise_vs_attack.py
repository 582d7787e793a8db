"""An attack that moves the sample to 0 leaves no curvature; noise does."""

from __future__ import annotations

from theory.counterexample import Counterexample

COUNTEREXAMPLE = Counterexample(
    claim="yamada.noise-vs-attack",
    intuition=(
        "One sample $x = 1$ with $\\varepsilon = 1$ and $w = 1$. The attack moves $x$ to 0 for "
        "every $w > 0$, so the adversarial loss is $\\log 2$ and flat. Under noise the sample is "
        "in $[0, 2]$, and the mean of $\\sigma'(m)m^2$ there is positive."
    ),
    catch=(
        "The attack makes the loss larger, not the vector $x+\\eta$ that enters the Hessian: that "
        "vector becomes shorter. In one dimension the term $(\\varepsilon/2\\|w\\|)P$ of Theorem 1 "
        "is 0."
    ),
    witness={"w": "(1,)", "x": "(1,)", "y": "1", "eps": "1"},
    disappears=(
        "one compares the weight $\\kappa$ of a sample with a small loss and not the Hessian: "
        "`jaxat.noise-vs-attack`."
    ),
)
