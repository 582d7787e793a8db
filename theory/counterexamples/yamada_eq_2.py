"""A perturbation from the ball around x is not a small perturbation."""

from __future__ import annotations

from theory.counterexample import Counterexample

COUNTEREXAMPLE = Counterexample(
    claim="yamada.eq-2",
    intuition=(
        "Take $x = (3, 0)$ and $\\varepsilon = 1$. Then $\\eta = x$ lies in "
        "$\\mathbb B(x, \\varepsilon)$, and $x + \\eta = (6, 0)$ is at distance 3 from $x$."
    ),
    catch=(
        "The ball is meant either for the example $x + \\eta$, with centre $x$, or for the "
        "perturbation $\\eta$, with centre 0. Printed is a mixture of both, also in (4) and (5)."
    ),
    witness={"x": "(3, 0)", "eta": "(3, 0)", "eps": "1"},
    disappears="the ball has its centre at 0.",
)
