"""At the corner (2, −2) of the plotted square every attack stays below u*."""

from __future__ import annotations

from theory.counterexample import Counterexample

COUNTEREXAMPLE = Counterexample(
    claim="kanai.swish.interior-region",
    intuition=(
        "At $\\theta=(2,-2)$ the input is $u_0=\\theta^\\top x=-4$ and the attack moves it by at "
        "most $0.6\\cdot4=2.4$, so $u\\in[-6.4,-1.6]$. The best input $u^*=-1.278\\ldots$ is out "
        "of reach; the optimum is on the boundary, at a corner of the cube."
    ),
    catch=(
        "That $u^*$ lies in $[-2,-1]$ is right. What has to be compared with it is the interval "
        "that $u$ can reach, $\\theta^\\top x\\pm\\varepsilon\\|\\theta\\|_1$, and this depends on "
        "$\\theta$."
    ),
    witness={"theta": "(2, -2)", "p": "inf"},
    disappears="$0.79904<|\\theta_1|+|\\theta_2|<3.19616$ (for $\\theta_1\\ge0\\ge\\theta_2$).",
)
