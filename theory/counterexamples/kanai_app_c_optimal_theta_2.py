"""Without a kink at theta_2 = 0 nothing holds the minimiser of a finite sample there."""

from __future__ import annotations

from theory.counterexample import Counterexample

COUNTEREXAMPLE = Counterexample(
    claim="kanai.app-c.optimal-theta-2",
    intuition=(
        "On the axis $\\theta_2 = 0$ the $L_2$ norm has no kink in $\\theta_2$, so the derivative "
        "of the loss in $\\theta_2$ is the average of $-\\sigma_n y_n x_{n,2}$. For six data "
        "points it is certified not to vanish anywhere near the minimiser of the axis: moving "
        "$\\theta_2$ lowers the loss."
    ),
    catch=(
        "The second feature is useless in the population. In a sample it is correlated with the "
        "label a little, and an $L_2$ attack does not suppress a small weight."
    ),
    witness={
        "x": "((7/5, 2/5), (-9/10, 9/10), (7/10, -1/2), (-1/5, -1/5), (19/10, 11/10), "
        "(-3/10, -7/10))",
        "y": "(1, -1, 1, -1, 1, -1)",
        "eps": "3/5",
        "p": "2",
        "low": "8/5",
        "high": "7/4",
    },
    disappears=(
        "the expectation replaces the sample mean, or the attack is $L_\\infty$: its kink "
        "$\\varepsilon|\\theta_2|$ holds $\\theta_2 = 0$ against a small correlation."
    ),
)
