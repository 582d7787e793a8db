"""A maximum that is flat moves infinitely fast, far from every constraint."""

from __future__ import annotations

from theory.counterexample import Counterexample

COUNTEREXAMPLE = Counterexample(
    claim="kanai.constraints-cause",
    reading=(
        "The abstract calls the constraint “one cause of the non-smoothness”, and the "
        "sentence says “tends to be smooth”. Judged is the rule without these hedges."
    ),
    intuition=(
        "For $\\ell=-x'^4+\\theta x'$ the maximiser is $(\\theta/4)^{1/3}$, unique, continuous and "
        "far inside the region, and it is the gradient of the adversarial loss. Its slope at "
        "$\\theta=0$ is infinite, so no constant $K$ bounds the ratio near 0."
    ),
    catch=(
        "Lemma 4 needs *both* an inactive constraint and curvature bounded away from 0; only the "
        "first is kept in the conclusion that is drawn from it. Two maxima of equal height "
        "(`kanai.lemma-4.optimal`) break smoothness as well."
    ),
    witness={
        "model": "polynomial",
        "a": "(0, 0, 0, 0, -1)",
        "eps": "1",
        "C_theta_theta": "0",
        "C_theta_x": "1",
        "K": "1000",
        "theta_1": "(1/250000000,)",
        "delta_1": "(1/1000,)",
        "theta_2": "(-1/250000000,)",
        "delta_2": "(-1/1000,)",
    },
    disappears="the curvature at the maximum is bounded away from 0 and the branch is kept.",
)
