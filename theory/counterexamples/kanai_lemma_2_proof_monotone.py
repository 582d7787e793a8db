"""At the multiplier of the solution the Lagrangian first falls and then rises along −kθ."""

from __future__ import annotations

from theory.counterexample import Counterexample

COUNTEREXAMPLE = Counterexample(
    claim="kanai.lemma-2.proof-monotone",
    intuition=(
        "$J(-k\\theta)=\\mathrm{softplus}(k\\|\\theta\\|^2-\\theta^\\top x)"
        "+\\lambda(k\\|\\theta\\|-\\varepsilon)$ is convex in $k$ and stationary at the solution "
        "$k=\\varepsilon/\\|\\theta\\|$, so it decreases before. Here $\\theta=e_1$, $x=0$, "
        "$\\varepsilon=1$: $J$ falls from $k=0$ to $k=1$."
    ),
    catch=(
        "The sentence is true of the loss alone. In $J$ the term with $\\lambda\\le0$ works "
        "against "
        "it, which is what makes the solution a stationary point."
    ),
    witness={"theta": "(1, 0)", "x": "(0, 0)", "eps": "1", "k_1": "0", "k_2": "1"},
    disappears="$J$ is replaced by the loss, which is all that the proof needs.",
)
