"""If the data can be separated with margin ε, long weights are as good as one likes."""

from __future__ import annotations

from theory.counterexample import Counterexample

COUNTEREXAMPLE = Counterexample(
    claim="kanai.theorem-1.gd-effective",
    reading=(
        "With (4) the paper assumes that the sublevel set is bounded, and then the remark is "
        "right: the set is compact and does not contain 0, so Theorem 1 applies on it. Judged "
        "is whether a good start is enough for the condition of (4), boundedness included."
    ),
    intuition=(
        "For the single point of the paper's figures, $x=(-1,1)$, $y=1$, $\\varepsilon=3/5$, the "
        "loss "
        "along $\\theta=tx$ is $\\mathrm{softplus}(-(2-\\varepsilon\\sqrt2)t)$, which tends to 0: "
        "the "
        "sublevel set of every $\\theta^0=t_0x$ contains a ray."
    ),
    catch=(
        "$L_\\varepsilon(\\theta^0)<L_\\varepsilon(0)$ keeps the weights away from 0, not from "
        "infinity."
    ),
    witness={
        "x": "((-1, 1),)",
        "y": "(1,)",
        "eps": "3/5",
        "theta_0": "(-1, 1)",
        "theta": "(-1000000, 1000000)",
        "bound": "1000000",
    },
    disappears=(
        "the data are not separable with margin $\\varepsilon$; or boundedness is not asked for: a "
        "constant that holds on the whole sublevel set is enough for descent."
    ),
)
