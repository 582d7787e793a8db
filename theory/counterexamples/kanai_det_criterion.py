"""A determinant counts signs only modulo two."""

from __future__ import annotations

from theory.counterexample import Counterexample

COUNTEREXAMPLE = Counterexample(
    claim="kanai.det-criterion",
    intuition=(
        "Take $\\ell=x'_1+x_2'^2$ at $x'=(1,0,0)$ on the unit sphere in $\\mathbb R^3$: stationary "
        "with $\\mu=1$. Along the sphere $\\ell$ curves upwards in the second direction and "
        "downwards in the third, so it is a saddle, and $\\det\\nabla^2J=-\\det\\mathrm{diag}"
        "(1,-1)=1>0$."
    ),
    catch=(
        "The test for a maximum asks for alternating signs of *all* bordered leading minors, which "
        "is one determinant only for $d=2$. For $d=3$ a nondegenerate maximum has determinant "
        "$-1$ times a positive number, for instance every linear loss."
    ),
    witness={
        "H": "((0, 0, 0), (0, 2, 0), (0, 0, 0))",
        "delta": "(1, 0, 0)",
        "mu": "1",
        "v": "(0, 1, 0)",
    },
    disappears="$\\mu>0$ and the tangential Hessian $H_t$ is negative definite.",
)
