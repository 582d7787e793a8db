"""At a hump with two valleys in reach the local entropy is more curved than the loss."""

from __future__ import annotations

from theory.counterexample import Counterexample

COUNTEREXAMPLE = Counterexample(
    claim="kanai.entropy-improves-smooth",
    intuition=(
        "$L = 100(1 + \\cos t)$ is $100$-smooth. Over the hump at $0$ the exponent is nearly flat "
        "for $\\gamma = 110$, since $\\gamma + L''(0) = 10$: $p_0$ is wide, its variance is about "
        "$0.075$ instead of $1/\\gamma$, and $F''(0) = \\gamma^2\\Sigma - \\gamma$ is $8.005$ "
        "times as large as the constant of $\\nabla L$."
    ),
    catch=(
        "The cited result assumes that no eigenvalue of $\\nabla^2L$ lies between $-2\\gamma - c$ "
        "and $c$; where $L$ is concave with curvature near $-\\gamma$, smoothing sharpens."
    ),
    witness={"loss": "cosine", "height": "100", "theta": "0", "gamma": "110", "C_s": "100"},
    disappears=(
        "$L$ is convex: then $-F$ is $\\gamma\\rho/(\\gamma+\\rho)$-smooth. For $\\gamma > C_s$ "
        "the growth is at most by the factor $\\gamma/(\\gamma - C_s)$."
    ),
)
