"""The mixed second derivative of the logistic loss grows like the norm of the weights."""

from __future__ import annotations

from theory.counterexample import Counterexample

COUNTEREXAMPLE = Counterexample(
    claim="kanai.assumption-1",
    reading=(
        r"The paper assumes (5) to (7), and does not say for which $x$ and $\theta$; on "
        "bounded sets of both its loss satisfies them (`jaxat.logistic-constants`). Judged is "
        "its loss at all weights."
    ),
    intuition=(
        "$\\nabla_x\\nabla_\\theta\\ell=-y\\sigma I+\\kappa x\\theta^\\top$. For $x\\perp\\theta$ "
        "the "
        "factor $\\kappa$ is $\\frac14$ however long $\\theta$ is, so the norm is at least about "
        "$\\|x\\|\\|\\theta\\|/4$. In differences: the gradient $-y\\sigma x$ changes by "
        "$\\|x\\|/2$ over "
        "a distance of a few $1/\\|\\theta\\|$."
    ),
    catch=(
        "The sets of $x$ and $\\theta$ are not stated. Data in a bounded set are not enough, the "
        "weights must be bounded too."
    ),
    witness={
        "x": "(1, 0)",
        "y": "1",
        "theta_1": "(1, 0)",
        "theta_2": "(0, 0)",
        "theta": "(0, 1000000)",
        "x_1": "(1, 0)",
        "x_2": "(1, 1/1000)",
        "C_theta": "100",
        "C_thetatheta": "100",
        "C_thetax": "100",
    },
    disappears="$\\|\\theta\\|\\le\\rho$ (or $d=1$, where $|\\nabla_x\\nabla_\\theta\\ell|<1.1$).",
)
