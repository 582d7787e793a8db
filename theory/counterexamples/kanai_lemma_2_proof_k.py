"""With k = ε the perturbation −kθ has length ε‖θ‖, not ε."""

from __future__ import annotations

from theory.counterexample import Counterexample

COUNTEREXAMPLE = Counterexample(
    claim="kanai.lemma-2.proof-k",
    intuition=(
        "$\\|-k\\theta\\|=k\\|\\theta\\|$, so $k=\\varepsilon$ gives a perturbation of length "
        "$\\varepsilon\\|\\theta\\|$: too long for $\\|\\theta\\|>1$, too short for "
        "$\\|\\theta\\|<1$."
    ),
    catch="A factor $1/\\|\\theta\\|$ is missing; the next line of the proof has it again.",
    witness={"theta": "(3, 4)", "eps": "3/5"},
    disappears="$\\|\\theta\\|=1$, or one writes $k=\\varepsilon/\\|\\theta\\|$.",
)
