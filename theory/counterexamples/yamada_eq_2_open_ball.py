"""A loss that grows towards the boundary has no maximum on an open ball."""

from __future__ import annotations

from theory.counterexample import Counterexample

COUNTEREXAMPLE = Counterexample(
    claim="yamada.eq-2.open-ball",
    intuition=(
        "Whatever $\\eta$ with $\\|\\eta\\| < \\varepsilon$ is proposed, the point halfway between "
        "$\\eta$ and $-y\\varepsilon w/\\|w\\|$ is still inside and has a larger loss. Here "
        "$\\eta = (-9/10, 0)$ is beaten by $(-19/20, 0)$."
    ),
    catch=(
        "For a linear model the loss increases strictly along $-y\\,w$, so its supremum over the "
        "ball is attained on the boundary only."
    ),
    witness={"w": "(1, 0)", "x": "(1, 1)", "y": "1", "eps": "1", "eta": "(-9/10, 0)"},
    disappears="the ball is closed: “at most $\\varepsilon$” (or $w = 0$).",
)
