"""A stronger gradient needs a larger multiplier, not a smaller one."""

from __future__ import annotations

from theory.counterexample import Counterexample

COUNTEREXAMPLE = Counterexample(
    claim="kanai.bordered-hessian.multiplier",
    intuition=(
        "For $\\ell=\\theta^\\top x'$ on the sphere the multiplier is $\\mu=\\|\\theta\\|$, which "
        "grows along $\\theta$ with slope 1. The printed matrix is $DKD$ with the true $K$ and "
        "$D=\\mathrm{diag}(-1,1,\\dots,1)$, so its solution has the slope of $\\mu$ turned around, "
        "$-1$, and that of $x'$ right."
    ),
    catch="The wrong sign of the border in Eq. (43).",
    witness={"theta": "(3, 4)", "v": "(3/5, 4/5)", "eps": "1/2"},
    disappears="the border is $-n$.",
)
