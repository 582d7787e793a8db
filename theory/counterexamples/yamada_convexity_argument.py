"""Curved upwards at the minimum, and yet not convex."""

from __future__ import annotations

from theory.counterexample import Counterexample

COUNTEREXAMPLE = Counterexample(
    claim="yamada.convexity.argument",
    intuition=(
        "$f(t) = t^2/(1+t^2)$ has its minimum at 0 with $f''(0) = 2$, and flattens towards 1. "
        "Between $t = 1$ and $t = 3$ the midpoint value $f(2) = 4/5$ lies above the mean of "
        "$f(1) = 1/2$ and $f(3) = 9/10$."
    ),
    catch=(
        "Every smooth function has a positive semidefinite Hessian at its minimisers; convexity "
        "needs it at all points. Eq. (9) is the Hessian at one special weight."
    ),
    witness={"t_star": "0", "t_1": "1", "t_2": "3"},
    disappears=(
        "convexity is proved directly: for a linear model the loss is convex in the weights for "
        "every fixed perturbation, and a maximum of convex functions is convex."
    ),
)
