"""On a set that is not convex, a small Jacobian does not make a function Lipschitz."""

from __future__ import annotations

from theory.counterexample import Counterexample

COUNTEREXAMPLE = Counterexample(
    claim="kanai.lemma-2.proof-domain",
    intuition=(
        "The mean value theorem follows the segment from $\\theta_1$ to $\\theta_2$, which must "
        "stay "
        "in the set. In one dimension $\\{|\\theta|\\ge1\\}$ falls into two parts, on each of "
        "which "
        "$\\theta/|\\theta|$ is constant: $C=0$, and yet it takes two values. A connected set "
        "does not "
        "help: on an annulus cut open along a half line the polar angle has a gradient of length "
        "at "
        "most 1 and differs by almost $2\\pi$ between the two sides of the cut."
    ),
    catch=(
        "“Lipschitz constants bound the Jacobian” is true; the proof needs that the Jacobian "
        "bounds "
        "the Lipschitz constant."
    ),
    witness={"f": "example", "theta_1": "(1,)", "theta_2": "(-1,)", "C": "0"},
    disappears=(
        "the set is convex; or, for $x'(\\theta)$, one uses "
        "$\\|x'_1-x'_2\\|^2=\\frac{\\varepsilon^2}{ab}(\\|\\theta_1-\\theta_2\\|^2-(a-b)^2)$ with "
        "$a=\\|\\theta_1\\|$, $b=\\|\\theta_2\\|$ instead of the Jacobian."
    ),
)
