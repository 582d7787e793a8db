"""Seven steps of 1/255 are 7/255."""

from __future__ import annotations

from theory.counterexample import Counterexample

COUNTEREXAMPLE = Counterexample(
    claim="yamada.table-6.attack-reach",
    reading=(
        "The paper names steps and radii; it does not say that the steps suffice, nor where "
        "the attack starts. Judged is a start at the image."
    ),
    intuition=(
        "$7 \\cdot \\frac1{255} = \\frac7{255} < \\frac8{255}$: already the third of the five "
        "radii is out of reach, and trainings with $\\frac8{255}$, $\\frac{12}{255}$ and "
        "$\\frac{16}{255}$ see the same examples."
    ),
    catch=(
        "A pixel moves by at most the step size in each iteration, whatever the model. The "
        "projection onto the larger ball never acts."
    ),
    witness={"eps": "8/255", "K": "7", "lambda": "1/255"},
    disappears="$K\\lambda \\ge \\varepsilon$, or the attack starts at a random point of the ball.",
)
