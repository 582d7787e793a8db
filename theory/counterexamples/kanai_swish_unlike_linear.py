"""The region of the remark lies inside one orthant."""

from __future__ import annotations

from theory.counterexample import Counterexample

COUNTEREXAMPLE = Counterexample(
    claim="kanai.swish.unlike-linear",
    intuition=(
        "For $\\theta_1>1$, $\\theta_2<-1$ no sign changes, the linear attack always is "
        "$x'=(-1.6,1.6)$, and Theorem 2 makes the linear loss $\\frac14\\|x'\\|^2=1.28$-smooth, "
        "hence 2-smooth."
    ),
    catch="The remark compares with kinks that the linear loss has elsewhere, on the axes.",
    witness={"C": "2"},
    disappears=(
        "the comparison is made across $\\theta_2=0$ for $0.79904\\le\\theta_1\\le2$, where only "
        "the "
        "linear loss has a kink."
    ),
)
