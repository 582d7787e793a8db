"""Seven steps of 2/255 are 14/255."""

from __future__ import annotations

from theory.counterexample import Counterexample

COUNTEREXAMPLE = Counterexample(
    claim="yamada.table-5.attack-reach",
    reading=(
        "The paper names steps and radii; it does not say that the steps suffice, nor where "
        "the attack starts. Judged is a start at the image."
    ),
    intuition="$7 \\cdot \\frac2{255} = \\frac{14}{255} < \\frac{16}{255}$.",
    catch=(
        "A pixel moves by at most the step size in each iteration. The number of steps and their "
        "size were taken from a setting with $\\varepsilon = \\frac8{255}$ and kept for larger "
        "radii."
    ),
    witness={"eps": "16/255", "K": "7", "lambda": "2/255"},
    disappears="$K\\lambda \\ge \\varepsilon$, for example 8 steps, or a step that grows with ε.",
)
