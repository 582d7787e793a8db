"""A black pixel can only become brighter."""

from __future__ import annotations

from theory.counterexample import Counterexample

COUNTEREXAMPLE = Counterexample(
    claim="yamada.moments.clipped",
    reading=(
        "The moments are stated for noise that is not clipped, where they are right "
        "(`yamada.moments`). Judged are the same moments for the noise of the experiments."
    ),
    intuition=(
        "At a black pixel, $x = 0$, the clip sets every negative noise to 0. What is left has mean "
        "$\\varepsilon/4$ and second moment $\\varepsilon^2/6$, half of $\\varepsilon^2/3$."
    ),
    catch=(
        "Clipping makes the noise depend on the image, so $x$ and $\\eta$ are no longer "
        "independent, and near the ends of the range it is no longer symmetric."
    ),
    witness={"x": "0", "eps": "16/255"},
    disappears=r"every pixel lies in $[\varepsilon, 1-\varepsilon]$, or the noise is not clipped.",
)
