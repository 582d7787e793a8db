"""A maximum along the circle may be a minimum across it."""

from __future__ import annotations

from theory.counterexample import Counterexample

COUNTEREXAMPLE = Counterexample(
    claim="kanai.det-criterion.circle",
    reading=(
        "The paper does not name the set. Along the circle alone, with the constraint as an "
        "equation, the criterion is right for $d=2$. Judged is the disc, over which the "
        "attack maximises."
    ),
    intuition=(
        "Take $\\ell=-x'_1-\\frac32x_2'^2$ at $x'=(1,0)$ on the unit disc. Along the circle it is "
        "a strict maximum, $H_t=-2$ and $\\det\\nabla^2J=2$. But $\\mu=-1$: the loss grows "
        "inwards, $\\ell(\\frac{9}{10},0)=-\\frac{9}{10}>-1$."
    ),
    catch="The determinant does not see the sign of the multiplier.",
    witness={"H": "((0, 0), (0, -3))", "delta": "(1, 0)", "mu": "-1", "v": "(0, 1)"},
    disappears="$\\mu>0$ is asked for, or the feasible set is the circle and not the disc.",
)
