"""A sample far on the wrong side bends the loss less under the attack than under noise."""

from __future__ import annotations

from theory.counterexample import Counterexample

COUNTEREXAMPLE = Counterexample(
    claim="yamada.noise-vs-attack",
    reading=(
        "The paper compares trained models, by its two theorems. Judged is one sample at one "
        "weight, where both Hessians can be computed."
    ),
    intuition=(
        "One sample $x = (0, 10)$ at $w = (10, 0)$, with $\\varepsilon = 1$. The attack gives it "
        "the margin $-10$, where the loss is all but linear: $s(1-s)\\|u\\|^2$ is below $1/200$ "
        "and the largest eigenvalue little more than $\\varepsilon/\\|w\\| = 1/10$. Under noise "
        "the margin $10\\eta_1$ is often near 0, where the loss bends most, and the mean "
        "curvature along $e_2$ is about $\\frac1{20}(100+\\frac13)$, near 5."
    ),
    catch=(
        "The attack makes the loss larger, not its curvature: $\\sigma'(m)$ is largest at $m = 0$, "
        "and the attack moves all margins down, those below 0 away from it. An attack can even "
        "leave no curvature at all: for $x = w = \\varepsilon = 1$ in one dimension it moves the "
        "sample to 0, and the Hessian vanishes, while noise has a positive one."
    ),
    witness={"w": "(10, 0)", "x": "(0, 10)", "y": "1", "eps": "1"},
    disappears=(
        "one compares the weight $\\kappa$ of a sample with a small loss and not the Hessian: "
        "`jaxat.noise-vs-attack`."
    ),
)
