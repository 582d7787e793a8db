"""C_θx grows with the norm of the weights, and a closed set may be unbounded."""

from __future__ import annotations

from theory.counterexample import Counterexample

COUNTEREXAMPLE = Counterexample(
    claim="kanai.early.theorem-1.closed-set",
    reading=(
        r"Where Assumption 1 holds, $C_{\theta x}<\infty$ is granted, and then the sentence is "
        r"right: a closed set without 0 has a $\theta_{\min}>0$. Judged is whether the loss of "
        r"Section 3.1 has a finite $C_{\theta x}$ on every such set."
    ),
    intuition=(
        "$\\nabla_\\theta\\ell=-y\\sigma(-y\\theta^\\top x)x$. With $\\theta=T e_2$ the weight "
        "$\\sigma$ falls from $\\frac12$ at $x=e_1$ to almost 0 at $x=e_1+\\tau e_2$ as soon as "
        "$T\\tau$ is large: a change of about $\\frac12$ over the distance $\\tau$, which is "
        "arbitrarily small."
    ),
    catch=(
        "$\\theta_{\\min}$ exists on a closed set, but a finite $C_{\\theta x}$ needs a bounded "
        "one "
        "(for $d\\ge2$)."
    ),
    witness={
        "theta": "(0, 1000000)",
        "x_1": "(1, 0)",
        "x_2": "(1, 1/1000)",
        "C_thetax": "100",
    },
    disappears=(
        "the set is also bounded, or one uses that $D_\\theta x'$ vanishes on $\\theta$, so that "
        "the "
        "growing part of $\\nabla_x\\nabla_\\theta\\ell$ never acts."
    ),
)
