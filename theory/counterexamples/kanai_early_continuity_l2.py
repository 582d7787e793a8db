"""The L2 norm is smooth at every point but the origin, also where a coordinate is 0."""

from __future__ import annotations

from theory.counterexample import Counterexample

COUNTEREXAMPLE = Counterexample(
    claim="kanai.early.continuity-l2",
    intuition=(
        "At $\\theta=(1,0)$ the norm $\\|\\theta\\|_2$ is smooth; only its sign pattern changes "
        "across "
        "$\\theta_2=0$, which the L2 attack does not notice. The gradient changes by about "
        "$10^{-6}$ over the distance $2\\cdot10^{-6}$."
    ),
    catch=(
        "The set $\\theta_i=0$ belongs to the L∞ attack; for L2 it is the single point $\\theta=0$."
    ),
    witness={
        "theta": "(1, 0)",
        "u": "(0, 1)",
        "t": "1/1000000",
        "gap": "1/1000",
        "x": "(-1, 1)",
        "y": "1",
        "eps": "3/5",
        "p": "2",
    },
    disappears="$\\theta=0$ for L2, or the attack is L∞.",
)
