"""At a corner of the box the attack does not move at all."""

from __future__ import annotations

from theory.counterexample import Counterexample

COUNTEREXAMPLE = Counterexample(
    claim="kanai.linf-difficult",
    reading=(
        "The paper says that its argument does not carry over and that a proof is "
        "“difficult”; it does not say that no bound holds. Judged is this stronger statement."
    ),
    intuition=(
        "Take $\\ell=(x'_1)^2/2+\\theta_1x'_1+5x'_1-(x'_2)^2+2\\theta_2x'_2$ on the unit square. "
        "The first coordinate sits at $1$ whatever small $\\theta$ does, the second is "
        "$\\theta_2$: the attack is Lipschitz with constant 1, by the same implicit function "
        "argument."
    ),
    catch=(
        "The box is not described by one function that must be twice differentiable; it is "
        "described by $2d$ linear ones, and only the active ones matter."
    ),
    witness={
        "model": "quadratic",
        "A": "((0, 0), (0, 0))",
        "B": "((1, 0), (0, 2))",
        "g": "(5, 0)",
        "H": "((1, 0), (0, -2))",
        "eps": "1",
        "active": "(1, 0)",
        "C_F": "2",
        "c": "2",
        "theta_1": "(0, 1/4)",
        "delta_1": "(1, 1/4)",
        "theta_2": "(0, -1/4)",
        "delta_2": "(1, -1/4)",
    },
    disappears=(
        "a multiplier changes sign: there the attack changes its face of the box, with a kink or, "
        "for a linear loss, with a jump."
    ),
)
