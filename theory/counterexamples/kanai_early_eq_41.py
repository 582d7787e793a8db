"""The norm is linear along its own ray, so its second derivative vanishes there."""

from __future__ import annotations

from theory.counterexample import Counterexample

COUNTEREXAMPLE = Counterexample(
    claim="kanai.early.eq-41",
    intuition=(
        "Along $x'-x$ itself the norm is linear, so $-\\alpha\\|x'-x\\|$ adds no second "
        "derivative. With $x'-x=(3,4)$ the printed block gives $-5\\alpha+125\\alpha$ in the "
        "direction $(3,4)$ instead of 0; the two versions agree only where $\\|x'-x\\|=1$."
    ),
    catch="$\\nabla^2\\|z\\|=\\frac{I}{\\|z\\|}-\\frac{zz^\\top}{\\|z\\|^3}$; the cube is lost.",
    witness={
        "H": "((0, 0), (0, 0))",
        "delta": "(3, 4)",
        "mu": "1",
        "direction": "(0, 3, 4)",
    },
    disappears="the last term is divided by $\\|x'-x\\|_2^3$, as in the final version.",
)
