"""A gradient can vanish because the noisy sample is 0."""

from __future__ import annotations

from theory.counterexample import Counterexample

COUNTEREXAMPLE = Counterexample(
    claim="yamada.theorem-2.kappa",
    intuition=(
        "Let the noise move a sample to 0: $x = (1, 0)$, $\\eta = (-1, 0)$. Then $\\nabla\\ell = "
        "0$ at every weight, while $\\kappa = e^0 = 1$."
    ),
    catch=(
        "The numerator of (13) is a product, $(g-1)(x_i+\\eta_i)$. It can vanish by its second "
        "factor, which (13) prints without the noise; the first factor is an exponential and is "
        "never 0."
    ),
    witness={"w": "(1, 0)", "x": "((1, 0),)", "eta": "((-1, 0),)", "y": "(1,)"},
    disappears=(
        "the noisy samples stay away from 0 and “is zero” is read as “tends to 0”: "
        "`yamada.theorem-2.kappa.repaired`. The Hessian of such a sample is 0 in either case."
    ),
)
